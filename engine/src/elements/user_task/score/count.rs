//! How score sheets become a result. Pure, in whole numbers of ten-thousandths, so that anybody gets
//! the same; the result keeps its working.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Rule;
use super::candidates::{called, missing};
use crate::form::FieldError;
use crate::text::{Language, Text, Texts};

/// Scores and weights have up to four decimal places.
const UNIT: i128 = 10_000;
const UNIT_PLACES: usize = 4;

/// One candidate on one sheet.
struct Row {
    /// The number of the sheet, from 1.
    sheet: usize,
    /// Scores by criterion, in units.
    scores: Vec<i128>,
    /// Weighted and added up, in square units.
    total: i128,
}

/// A candidate's result.
struct Ranked {
    by: Value,
    /// The mean of what counts, at the places of the result.
    score: i128,
    /// The mean of each criterion that decides among equals.
    ties: Vec<i128>,
    working: Vec<Value>,
}

/// Counts sheets; those of which `void` is true do not count, nor rows about others than the candidates,
/// where it is said who they are.
///
/// # Errors
/// The sentence that says which score is no number, or too great, or whom a sheet leaves out.
pub(crate) fn count(
    rule: &Rule,
    sheets: &[Value],
    void: &[bool],
    whom: Option<&BTreeSet<String>>,
) -> Result<Value, String> {
    let mut candidates: BTreeMap<String, (Value, Vec<Row>)> = BTreeMap::new();
    let mut voided = Vec::new();
    for (at, sheet) in sheets.iter().enumerate() {
        if void.get(at) == Some(&true) {
            voided.push(at + 1);
            continue;
        }
        let left_out = whom.map(|whom| missing(rule, whom, sheet)).unwrap_or_default();
        if !left_out.is_empty() {
            let (at, left_out) = (at + 1, left_out.join(", "));
            return Err(format!(
                "expected a row for each candidate on sheet {at}, found none for {left_out}"
            ));
        }
        let is_counted = |by: &Value| whom.is_none_or(|whom| whom.contains(&called(Some(by))));
        for (by, row) in rows(rule, sheet).into_iter().filter(|(by, _)| is_counted(by)) {
            let row = read(rule, at + 1, row)?;
            candidates.entry(by.to_string()).or_insert_with(|| (by, Vec::new())).1.push(row);
        }
    }
    let valid = sheets.len() - voided.len();
    let enough = valid >= rule.least;
    let mut results: Vec<Ranked> = Vec::new();
    if enough {
        for (by, rows) in candidates.into_values() {
            results.extend(result(rule, by, rows));
        }
    }
    results.sort_by(|a, b| (b.score, &b.ties).cmp(&(a.score, &a.ties)));
    Ok(json!({
        "sheets": sheets.len(),
        "void": voided,
        "enough": enough,
        "ranking": ranking(rule, results),
    }))
}

/// The rows of a sheet, with whom each is about.
fn rows<'s>(rule: &Rule, sheet: &'s Value) -> Vec<(Value, &'s Value)> {
    let Some((rows, by)) = &rule.rows else { return vec![(Value::Null, sheet)] };
    let rows = sheet.get(rows).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    rows.iter().map(|row| (row.get(by).cloned().unwrap_or(Value::Null), row)).collect()
}

fn read(rule: &Rule, sheet: usize, row: &Value) -> Result<Row, String> {
    let mut scores = Vec::with_capacity(rule.criteria.len());
    let mut total = 0_i128;
    for (name, weight) in &rule.criteria {
        let found = row.get(name).unwrap_or(&Value::Null);
        let score = units(found).ok_or_else(|| {
            format!("expected a number with up to {UNIT_PLACES} decimal places as `{name}` on sheet {sheet}, found {found}")
        })?;
        let weight = units(&json!(weight)).ok_or_else(|| {
            format!("expected a weight with up to {UNIT_PLACES} decimal places, found {weight}")
        })?;
        scores.push(score);
        total += score * weight;
    }
    Ok(Row { sheet, scores, total })
}

/// The scores that a sheet lacks: what is no number, is too great, or too fine.
pub(super) fn unscored(rule: &Rule, sheet: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (at, (_, row)) in rows(rule, sheet).into_iter().enumerate() {
        for (name, _) in &rule.criteria {
            if units(row.get(name).unwrap_or(&Value::Null)).is_some() {
                continue;
            }
            let around = rule.rows.as_ref().map(|(rows, _)| [rows.clone(), at.to_string()]);
            let path = around.into_iter().flatten().chain([name.clone()]).collect();
            let message = Text::Many(Texts::from([
                (Language::Zh, format!("应评分：不超过 {UNIT_PLACES} 位小数的数字。")),
                (
                    Language::En,
                    format!("Expected a score: a number with up to {UNIT_PLACES} decimal places."),
                ),
            ]));
            errors.push(FieldError { path, code: "NOT_SCORED".to_owned(), message });
        }
    }
    errors
}

/// A number in units; none where it is none, too great, or too fine.
fn units(value: &Value) -> Option<i128> {
    let text = value.as_number()?.to_string();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    if whole.len() > 12 || fraction.len() > UNIT_PLACES {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<UNIT_PLACES$}").parse().ok()?;
    Some(sign * (whole * UNIT + fraction))
}

/// A candidate's result: the highest and the lowest totals are left out, the mean is of the rest.
fn result(rule: &Rule, by: Value, mut rows: Vec<Row>) -> Option<Ranked> {
    rows.sort_by_key(|row| (row.total, row.sheet));
    let count = rows.len();
    let trim = if count > 2 * rule.trim { rule.trim } else { 0 };
    let kept = trim..count - trim;
    let working = rows.iter().enumerate().map(|(at, row)| {
        let left_out = match at {
            at if at < kept.start => json!("lowest"),
            at if at >= kept.end => json!("highest"),
            _ => Value::Null,
        };
        let total = decimal(rounded(row.total, UNIT * UNIT, rule.places), rule.places);
        json!({ "sheet": row.sheet, "total": total, "leftOut": left_out })
    });
    let mut working: Vec<Value> = working.collect();
    working.sort_by_key(|one| one["sheet"].as_u64());
    let kept = rows.get(kept).filter(|kept| !kept.is_empty())?;
    let of = i128::try_from(kept.len()).ok()?;
    let sum: i128 = kept.iter().map(|row| row.total).sum();
    let mean = |name: &String| {
        let at = rule.criteria.iter().position(|(own, _)| own == name)?;
        Some(rounded(kept.iter().map(|row| row.scores[at]).sum(), UNIT * of, rule.places))
    };
    Some(Ranked {
        by,
        score: rounded(sum, UNIT * UNIT * of, rule.places),
        ties: rule.ties.iter().filter_map(mean).collect(),
        working,
    })
}

/// `value / per`, in units of the last place, half away from zero.
fn rounded(value: i128, per: i128, places: u32) -> i128 {
    let scaled = value * 10_i128.pow(places);
    let half = if scaled < 0 { -per / 2 } else { per / 2 };
    (scaled + half) / per
}

/// A number with its places.
fn decimal(value: i128, places: u32) -> Value {
    let per = 10_i128.pow(places);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / per, value.abs() % per);
    let width = places as usize;
    let text = match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:0>width$}"),
    };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// The sorted results with their ranks: equals have the same one, and the next is left out.
fn ranking(rule: &Rule, results: Vec<Ranked>) -> Vec<Value> {
    let keys: Vec<(i128, Vec<i128>)> =
        results.iter().map(|one| (one.score, one.ties.clone())).collect();
    let pass = rule.pass.and_then(|pass| units(&json!(pass)));
    let ranked = results.into_iter().map(|one| {
        let key = (one.score, one.ties.clone());
        let rank = keys.iter().position(|other| *other == key).unwrap_or_default() + 1;
        let tied = keys.iter().filter(|other| **other == key).count() > 1;
        let enough = |pass: i128| one.score * UNIT >= pass * 10_i128.pow(rule.places);
        let mut entry = Map::new();
        entry.insert("by".into(), one.by);
        entry.insert("score".into(), decimal(one.score, rule.places));
        entry.insert("rank".into(), json!(rank));
        entry.insert("tied".into(), json!(tied));
        entry.insert("passed".into(), json!(pass.is_none_or(enough)));
        entry.insert("sheets".into(), Value::Array(one.working));
        Value::Object(entry)
    });
    ranked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule {
            rows: Some(("scores".into(), "who".into())),
            criteria: vec![("plan".into(), 1.0), ("price".into(), 0.5)],
            trim: 0,
            least: 1,
            places: 2,
            pass: None,
            ties: Vec::new(),
        }
    }

    fn sheet(rows: &[(&str, f64, f64)]) -> Value {
        let rows = rows.iter().map(|(who, plan, price)| {
            json!({ "who": who, "plan": plan, "price": price })
        });
        json!({ "scores": rows.collect::<Vec<_>>() })
    }

    /// Who has which score, rank and whether they are tied.
    fn ranks(result: &Value) -> Vec<(String, f64, u64, bool)> {
        let ranking = result["ranking"].as_array().expect("a ranking").iter();
        let one = |one: &Value| {
            (
                one["by"].as_str().expect("a name").to_owned(),
                one["score"].as_f64().expect("a score"),
                one["rank"].as_u64().expect("a rank"),
                one["tied"].as_bool().expect("tied or not"),
            )
        };
        ranking.map(one).collect()
    }

    #[test]
    fn weighted_totals_have_a_mean_that_is_rounded_half_up() {
        let sheets = [
            sheet(&[("a", 60.0, 40.0), ("b", 70.0, 20.0)]),
            sheet(&[("a", 60.01, 40.0), ("b", 70.0, 20.0)]),
        ];
        let result = count(&rule(), &sheets, &[false, false], None).expect("numbers");
        let expected = [("a".to_owned(), 80.01, 1, false), ("b".to_owned(), 80.0, 2, false)];
        assert_eq!(ranks(&result), expected);
        assert_eq!(
            result["ranking"][0]["sheets"],
            json!([
                { "sheet": 1, "total": 80.0, "leftOut": null },
                { "sheet": 2, "total": 80.01, "leftOut": null }
            ])
        );
    }

    #[test]
    fn the_highest_and_the_lowest_are_left_out_and_void_sheets_do_not_count() {
        let plans = [10.0, 50.0, 70.0, 99.0, 0.0];
        let sheets = plans.map(|plan| sheet(&[("a", plan, 0.0)]));
        let trimmed = Rule { trim: 1, least: 4, ..rule() };
        let void = [false, false, false, false, true];
        let result = count(&trimmed, &sheets, &void, None).expect("numbers");
        assert_eq!(ranks(&result), [("a".to_owned(), 60.0, 1, false)]);
        assert_eq!((&result["sheets"], &result["void"]), (&json!(5), &json!([5])));
        let left_out: Vec<&Value> = (0..4).map(|at| &result["ranking"][0]["sheets"][at]["leftOut"]).collect();
        assert_eq!(left_out, [&json!("lowest"), &Value::Null, &Value::Null, &json!("highest")]);
        let few = count(&trimmed, &sheets, &[true, false, false, false, true], None).expect("numbers");
        assert_eq!((&few["enough"], &few["ranking"]), (&json!(false), &json!([])));
    }

    #[test]
    fn a_criterion_decides_among_equals_and_who_is_still_equal_is_tied() {
        let sheets = [sheet(&[("a", 10.0, 20.0), ("b", 15.0, 10.0), ("c", 10.0, 20.0)])];
        let ranked = |ties: &[&str]| {
            let ties = ties.iter().map(|tie| (*tie).to_owned()).collect();
            ranks(&count(&Rule { ties, ..rule() }, &sheets, &[], None).expect("numbers"))
        };
        let three = |names: [&str; 3], rank: [u64; 3], tied: [bool; 3]| {
            [0, 1, 2].map(|at| (names[at].to_owned(), 20.0, rank[at], tied[at]))
        };
        assert_eq!(ranked(&[]), three(["a", "b", "c"], [1, 1, 1], [true; 3]));
        assert_eq!(ranked(&["plan"]), three(["b", "a", "c"], [1, 2, 2], [false, true, true]));
    }

    #[test]
    fn what_is_enough_passes() {
        let sheets = [sheet(&[("a", 59.999, 0.0), ("b", 60.0, 0.0), ("c", 59.99, 0.0)])];
        let result = count(&Rule { pass: Some(60.0), ..rule() }, &sheets, &[], None).expect("numbers");
        let passed = result["ranking"].as_array().expect("a ranking").iter();
        let passed: Vec<_> = passed.map(|one| one["passed"].as_bool()).collect();
        // 59.999 is 60.00 at two places: what is shown is what counts.
        assert_eq!(passed, [Some(true), Some(true), Some(false)]);
    }

    #[test]
    fn a_score_that_is_no_number_is_told() {
        for (score, found) in [(json!("9"), "\"9\""), (Value::Null, "null"), (json!(1.23456), "1.23456")] {
            let sheets = [json!({ "scores": [{ "who": "a", "plan": score, "price": 1 }] })];
            let error = count(&rule(), &sheets, &[], None).expect_err("no number");
            assert!(error.ends_with(&format!("as `plan` on sheet 1, found {found}")), "{error}");
        }
    }
}

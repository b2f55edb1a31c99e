//! An interval of a cell: `3..5`, both included, and with FEEL's brackets `[3..5]`, `[3..5)`,
//! `(3..5]`, `(3..5)`, where a bracket turned away, `]3..5[`, leaves its end out as `(` and `)` do.

use std::cmp::Ordering;

use super::cell::written;
use super::point::Point;
use crate::expression::Type;
use crate::problem::Problem;

/// Values between two others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    low: End,
    high: End,
}

/// Where it begins or ends.
#[derive(Debug, Clone, PartialEq)]
struct End {
    point: Point,
    /// Whether the value itself is within.
    is_in: bool,
}

impl Range {
    /// Whether a value is within; `None` where it does not compare.
    pub(super) fn holds(&self, point: &Point) -> Option<bool> {
        let (low, high) = (point.order(&self.low.point)?, point.order(&self.high.point)?);
        let is_above = low.is_gt() || (low.is_eq() && self.low.is_in);
        let is_below = high.is_lt() || (high.is_eq() && self.high.is_in);
        Some(is_above && is_below)
    }

    /// The values that it names.
    pub(super) fn ends(&self) -> [&Point; 2] {
        [&self.low.point, &self.high.point]
    }
}

/// Reads an interval; `None` where a text is none, such as a name with dots in it.
pub(super) fn parse(text: &str, ty: &Type) -> Option<Result<Range, Vec<Problem>>> {
    if ty.is_text() || *ty == Type::Bool {
        return None;
    }
    let (first, last) = (text.chars().next()?, text.chars().next_back()?);
    let opens = matches!(first, '[' | '(' | ']');
    let closes = matches!(last, ']' | ')' | '[');
    let inner = text.strip_prefix(['[', '(', ']']).unwrap_or(text);
    let inner = if closes { &inner[..inner.len().saturating_sub(1)] } else { inner };
    let (low, high) = inner.split_once("..")?;
    // A day may be written as a call, which ends with a bracket too.
    let (closes, high) = match (closes, opens) {
        (true, false) => (false, text.split_once("..")?.1),
        _ => (closes, high),
    };
    if opens && !closes {
        let message = format!("expected a bracket at the end of the interval, found `{text}`");
        let problem = Problem::error("badRange", message);
        let hint = "`[` and `]` take their end in, `(` and `)` leave it out: `'[3..5)'`";
        return Some(Err(vec![problem.hint(hint)]));
    }
    let read = |text: &str| written(text.trim(), ty).ok().filter(Point::is_sortable);
    let ends = (read(low), read(high));
    let (Some(low), Some(high)) = ends else {
        return opens.then(|| Err(vec![unread(text, ty)]));
    };
    let low = End { point: low, is_in: !opens || first == '[' };
    let high = End { point: high, is_in: !closes || last == ']' };
    Some(ordered(text, Range { low, high }))
}

/// An interval in brackets whose ends are no values of the type.
fn unread(text: &str, ty: &Type) -> Problem {
    let message = format!("expected an interval between two values ({ty}), found `{text}`");
    Problem::error("wrongType", message).hint(match ty {
        Type::Date => "write `'[2026-01-01..2026-03-31)'`",
        Type::Duration => "write `'[24h..72h)'`",
        _ => "write `'[3..5)'`",
    })
}

/// The interval, if anything can be within.
fn ordered(text: &str, range: Range) -> Result<Range, Vec<Problem>> {
    let (message, code) = match range.low.point.order(&range.high.point) {
        Some(Ordering::Less) => return Ok(range),
        Some(Ordering::Equal) if range.low.is_in && range.high.is_in => return Ok(range),
        Some(Ordering::Equal) => {
            (format!("`{text}` is empty: its ends are the same, and not both within"), "emptyRange")
        }
        Some(Ordering::Greater) => {
            (format!("`{text}` is empty: its beginning is after its end"), "emptyRange")
        }
        None => (format!("expected two values of one kind, found `{text}`"), "wrongType"),
    };
    Err(vec![Problem::error(code, message)])
}

/// A day that is written as FEEL has it, `date("2026-03-31")`, as it stands in it.
pub(super) fn plain_day(text: &str) -> &str {
    let inside = text.strip_prefix("date(").and_then(|rest| rest.strip_suffix(')'));
    inside.map_or(text, |inside| inside.trim().trim_matches(['"', '\'']))
}

/// What to write instead of a condition with signs of elsewhere: `1-10`, `1～10`, `≤ 10`.
pub(super) fn hint(text: &str) -> Option<String> {
    let plain = crate::wide::plain(text).unwrap_or_else(|| text.to_owned());
    for (theirs, ours) in [("≤", "<="), ("≥", ">="), ("≠", "!="), ("=<", "<="), ("=>", ">=")]
    {
        if let Some(rest) = plain.strip_prefix(theirs) {
            return Some(format!("write `'{ours} {}'`", rest.trim()));
        }
    }
    for between in ["~", "至", "到", "—", "-"] {
        if let Some((low, high)) = plain.split_once(between) {
            let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
            if is_number(low) && is_number(high) {
                return Some(format!("write `{}..{}`", low.trim(), high.trim()));
            }
        }
    }
    (plain != text).then(|| format!("write `'{plain}'`, with an English keyboard"))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::decision::point::Point;
    use crate::expression::Type;

    /// Which of some values are within.
    fn within(text: &str, ty: &Type, values: &[&str]) -> String {
        match parse(text, ty) {
            None => "none".to_owned(),
            Some(Err(problems)) => problems[0].code.to_owned(),
            Some(Ok(range)) => {
                let point = |value: &str| super::written(value, ty).expect("it is a value");
                let is_in = |value: &&&str| range.holds(&point(value)) == Some(true);
                values.iter().filter(is_in).copied().collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn brackets_take_ends_in_or_leave_them_out() {
        for (text, expected) in [
            ("3..5", "3 4 5"),
            ("[3..5]", "3 4 5"),
            ("[3..5)", "3 4"),
            ("[3..5[", "3 4"),
            ("(3..5]", "4 5"),
            ("]3..5]", "4 5"),
            ("(3..5)", "4"),
            ("]3..5[", "4"),
            ("( -3 .. 5 )", "2 3 4"),
            ("[3..3]", "3"),
            ("[3..3)", "emptyRange"),
            ("(5..3)", "emptyRange"),
            ("[3..5", "badRange"),
            ("[3..b)", "wrongType"),
            ("a..b", "none"),
            ("3", "none"),
            ("[", "none"),
            ("", "none"),
        ] {
            let found = within(text, &Type::Int, &["2", "3", "4", "5", "6"]);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn conditions_of_elsewhere_have_ours() {
        for (text, expected) in [
            ("1-10", Some("write `1..10`")),
            ("1～10", Some("write `1..10`")),
            ("1至10", Some("write `1..10`")),
            ("≤ 10", Some("write `'<= 10'`")),
            ("＞10", Some("write `'>10'`, with an English keyboard")),
            ("2026-03-31", None),
            ("many", None),
        ] {
            assert_eq!(super::hint(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn days_numbers_and_spans_have_intervals_and_texts_have_none() {
        let days = ["2026-02-28", "2026-03-01", "2026-03-31"];
        for (text, expected) in [
            ("[2026-03-01..2026-03-31)", "2026-03-01"),
            ("]2026-02-28..2026-03-31]", "2026-03-01 2026-03-31"),
            ("[date(\"2026-02-28\")..date(\"2026-03-31\"))", "2026-02-28 2026-03-01"),
            ("date(\"2026-02-28\")..date(\"2026-03-01\")", "2026-02-28 2026-03-01"),
            ("[2026-03-01..2026-13-31)", "wrongType"),
        ] {
            assert_eq!(within(text, &Type::Date, &days), expected, "{text}");
        }
        assert_eq!(within("(0.5..1]", &Type::Double, &["0.5", "0.6", "1", "1.1"]), "0.6 1");
        assert_eq!(within("[24h..72h)", &Type::Duration, &["24h", "71h", "72h"]), "24h 71h");
        assert_eq!(within("[a..b)", &Type::Text, &[]), "none");
        let empty = super::parse("[3..5)", &Type::Int).and_then(Result::ok);
        assert_eq!(empty.and_then(|range| range.holds(&Point::Empty)), None);
    }
}

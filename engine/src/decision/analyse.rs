//! Looks at a table before it decides: cases that no rule covers, cases that too many cover, rules
//! that are never reached. Each input is cut into the stretches that the cells can tell apart, and
//! one value of each is tried with one of every other. Tables with expressions in cells, and those
//! with more than `CASES_MAX` combinations, are not looked at.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

use super::cell::{order, same};
use super::{Answer, CASES_MAX, Decision, HitPolicy, HitSource, Input};
use crate::diagnostic::Severity;
use crate::expression::{Type, day};
use crate::problem::Problem;

/// Most gaps that are told.
const GAPS_MAX: usize = 3;

/// Reports what is found.
pub(super) fn analyse(decision: &Decision, problems: &mut Vec<Problem>) {
    let plain = decision.rules.iter().flat_map(|rule| &rule.cells).all(super::Cell::is_plain);
    let HitSource::Policy(policy) = decision.hit() else { return };
    let listed =
        matches!(policy, HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect);
    if !plain || listed {
        return;
    }
    let mut domains = Vec::with_capacity(decision.inputs.len());
    for (column, input) in decision.inputs.iter().enumerate() {
        let mut written = Vec::new();
        for rule in &decision.rules {
            rule.cells[column].values(&mut written);
        }
        match domain(input, &written) {
            Some(domain) => domains.push(domain),
            None => return,
        }
    }
    let cases = domains.iter().try_fold(1_usize, |cases, domain| cases.checked_mul(domain.len()));
    if let Some(cases) = cases.filter(|cases| *cases <= CASES_MAX) {
        let mut found = Found::default();
        for case in 0..cases {
            found.look(decision, policy, &pick(&domains, case));
        }
        found.report(decision, policy, problems);
    }
}

/// The case of a number: the number's digits choose from the domains.
fn pick(domains: &[Vec<Value>], mut number: usize) -> Vec<Value> {
    domains
        .iter()
        .map(|domain| {
            let value = domain[number % domain.len()].clone();
            number /= domain.len();
            value
        })
        .collect()
}

#[derive(Default)]
struct Found {
    gaps: Vec<String>,
    overlaps: BTreeSet<(usize, usize)>,
    examples: Vec<((usize, usize), String)>,
    reached: BTreeSet<usize>,
}

impl Found {
    fn look(&mut self, decision: &Decision, policy: HitPolicy, case: &[Value]) {
        let nothing: Map<String, Value> = Map::new();
        let holding: Vec<usize> = decision
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| {
                rule.cells
                    .iter()
                    .zip(case)
                    .all(|(cell, value)| cell.holds(value, &nothing).unwrap_or(false))
            })
            .map(|(index, _)| index)
            .collect();
        match (policy, holding.as_slice()) {
            (_, []) if self.gaps.len() <= GAPS_MAX => self.gaps.push(describe(decision, case)),
            (HitPolicy::First, [first, ..]) => {
                self.reached.insert(*first);
            }
            (HitPolicy::Unique | HitPolicy::Any, several) => {
                self.reached.extend(several);
                for (at, left) in several.iter().enumerate() {
                    for right in &several[at + 1..] {
                        let clash = policy == HitPolicy::Unique || differ(decision, *left, *right);
                        if clash && self.overlaps.insert((*left, *right)) {
                            self.examples.push(((*left, *right), describe(decision, case)));
                        }
                    }
                }
            }
            (_, several) => self.reached.extend(several),
        }
    }

    fn report(self, decision: &Decision, policy: HitPolicy, problems: &mut Vec<Problem>) {
        for gap in self.gaps.iter().take(GAPS_MAX) {
            let more = if self.gaps.len() > GAPS_MAX { ", and more" } else { "" };
            let problem = Problem::warning("decisionGap", format!("no rule covers {gap}{more}"));
            problems.push(
                problem
                    .hint("add a rule; one without `when` at the end covers the rest")
                    .under(&["rules"]),
            );
        }
        for ((left, right), example) in self.examples {
            let message = match policy {
                HitPolicy::Any => "give different results",
                _ => "hold at once, but at most one may",
            };
            let message = format!("rules {} and {} {message}: {example}", left + 1, right + 1);
            let problem = Problem::error("decisionOverlap", message);
            problems.push(problem.under(&["rules".to_owned(), right.to_string()]));
        }
        for index in (0..decision.rules.len()).filter(|index| !self.reached.contains(index)) {
            let mut problem = Problem::error(
                "decisionUnreachable",
                format!("rule {} is never reached", index + 1),
            );
            problem.severity = Severity::Warning;
            problem =
                problem.hint("rules before it cover all that it covers, or its cells contradict");
            problems.push(problem.under(&["rules".to_owned(), index.to_string()]));
        }
    }
}

/// Whether two rules are known to give different results.
fn differ(decision: &Decision, left: usize, right: usize) -> bool {
    let (left, right) = (&decision.rules[left].results, &decision.rules[right].results);
    left.iter().zip(right).any(|pair| match pair {
        (Answer::Value(left), Answer::Value(right)) => !same(left, right),
        _ => false,
    })
}

fn describe(decision: &Decision, case: &[Value]) -> String {
    let parts: Vec<String> = decision
        .inputs
        .iter()
        .zip(case)
        .map(|(input, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{} = {value}", input.name)
        })
        .collect();
    parts.join(", ")
}

/// One value of every stretch of an input that the cells can tell apart.
fn domain(input: &Input, written: &[&Value]) -> Option<Vec<Value>> {
    if !input.values.is_empty() {
        return Some(input.values.clone());
    }
    match &input.ty {
        Type::Bool => Some(vec![Value::Bool(true), Value::Bool(false)]),
        Type::Choice(options) => {
            Some(options.iter().map(|option| Value::from(option.as_str())).collect())
        }
        Type::Int => {
            let marks = sorted(written.iter().filter_map(|value| value.as_i64()));
            Some(around(&marks, 1).into_iter().map(Value::from).collect())
        }
        Type::Double => Some(decimals(written)),
        Type::Date => {
            let epoch = NaiveDate::default();
            let marks = sorted(
                written
                    .iter()
                    .filter_map(|value| day(value.as_str()?))
                    .map(|day| (day - epoch).num_days()),
            );
            around(&marks, 1)
                .into_iter()
                .map(|days| {
                    let (ahead, count) = (days >= 0, Days::new(days.unsigned_abs()));
                    let moved = if ahead {
                        epoch.checked_add_days(count)
                    } else {
                        epoch.checked_sub_days(count)
                    };
                    moved.map(|day| Value::from(day.format("%Y-%m-%d").to_string()))
                })
                .collect()
        }
        Type::Text => {
            let mut values: Vec<Value> = Vec::new();
            for value in written {
                if !values.contains(value) {
                    values.push((*value).clone());
                }
            }
            values.push(Value::from("(anything else)"));
            Some(values)
        }
        _ if written.is_empty() => Some(vec![Value::Null]),
        _ => None,
    }
}

fn sorted(values: impl Iterator<Item = i64>) -> Vec<i64> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every mark, and one number before, between and behind them where there is any.
fn around(marks: &[i64], step: i64) -> Vec<i64> {
    let mut values = BTreeSet::new();
    for mark in marks {
        values.extend([mark.saturating_sub(step), *mark, mark.saturating_add(step)]);
    }
    if values.is_empty() {
        values.insert(0);
    }
    values.into_iter().collect()
}

fn decimals(written: &[&Value]) -> Vec<Value> {
    let mut marks: Vec<f64> = written.iter().filter_map(|value| value.as_f64()).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup_by(|left, right| left.total_cmp(right).is_eq());
    let mut values = Vec::new();
    let mut push = |number: f64| values.push(Value::from(number));
    if let Some(first) = marks.first() {
        push(first - 1.0);
    }
    for (index, mark) in marks.iter().enumerate() {
        push(*mark);
        push(marks.get(index + 1).map_or(mark + 1.0, |next| f64::midpoint(*mark, *next)));
    }
    if values.is_empty() {
        values.push(Value::from(0));
    }
    values.sort_by(|left, right| order(left, right).unwrap_or(std::cmp::Ordering::Equal));
    values
}

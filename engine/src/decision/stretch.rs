//! Cuts what an input can be into the stretches that the cells of its column can tell apart, and
//! names one value of each. How the stretches of several inputs meet is `analyse.rs`.

use std::collections::BTreeSet;

use super::Input;
use super::point::Point;
use crate::expression::Type;

/// What stands for every text that no cell names.
const OTHER_TEXT: &str = "(anything else)";

/// One value of every stretch. Not filled in (`null`) is not among them: whether an input can be
/// absent is not known here.
pub(super) fn stretches(input: &Input, written: &[&Point]) -> Vec<Point> {
    if !input.values.is_empty() {
        return input.values.clone();
    }
    match &input.ty {
        Type::Bool => vec![Point::Bool(true), Point::Bool(false)],
        Type::Choice(options) => options.iter().cloned().map(Point::Text).collect(),
        Type::Int => {
            let counts = is_count(input.expression.source());
            let values = whole(written).into_iter();
            values.filter(|value| !counts || *value >= 0).map(Point::Whole).collect()
        }
        Type::Double => decimals(written),
        Type::Date => days(written),
        Type::Duration => spans(written),
        Type::Text | Type::Id => texts(written),
        Type::Any
        | Type::Null
        | Type::Timestamp
        | Type::List(_)
        | Type::Map(_)
        | Type::Object(_) => anything(written),
    }
}

/// Whether an expression is `size(…)` as a whole, which is never negative.
fn is_count(source: &str) -> bool {
    let Some(rest) = source.trim().strip_prefix("size(") else { return false };
    let mut depth = 1;
    let mut closes = rest.char_indices().filter(|(_, character)| {
        depth += match character {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    closes.next().is_some_and(|(at, _)| at + 1 == rest.len())
}

/// Of values of an unknown type, whatever kinds the cells name.
fn anything(written: &[&Point]) -> Vec<Point> {
    let has = |kind: fn(&Point) -> bool| written.iter().any(|point| kind(point));
    let mut values = Vec::new();
    if has(|point| matches!(point, Point::Bool(_))) {
        values.extend([Point::Bool(true), Point::Bool(false)]);
    }
    if has(|point| matches!(point, Point::Number(_))) {
        values.extend(decimals(written));
    } else if has(|point| matches!(point, Point::Whole(_))) {
        values.extend(whole(written).into_iter().map(Point::Whole));
    }
    if has(|point| matches!(point, Point::Day(_))) {
        values.extend(days(written));
    }
    if has(|point| matches!(point, Point::Text(_))) {
        values.extend(texts(written));
    }
    if values.is_empty() {
        values.push(Point::Empty);
    }
    values
}

fn texts(written: &[&Point]) -> Vec<Point> {
    let texts: BTreeSet<&str> = written
        .iter()
        .filter_map(|point| match point {
            Point::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.into_iter().chain([OTHER_TEXT]).map(|text| Point::Text(text.to_owned())).collect()
}

fn whole(written: &[&Point]) -> BTreeSet<i64> {
    around(written.iter().filter_map(|point| match point {
        Point::Whole(value) => Some(*value),
        _ => None,
    }))
}

fn days(written: &[&Point]) -> Vec<Point> {
    let marks = written.iter().filter_map(|point| match point {
        Point::Day(day) => Some(*day),
        _ => None,
    });
    around(marks).into_iter().map(Point::Day).collect()
}

/// Every mark and its neighbours.
fn around(marks: impl Iterator<Item = i64>) -> BTreeSet<i64> {
    let mut values: BTreeSet<i64> =
        marks.flat_map(|mark| [mark.saturating_sub(1), mark, mark.saturating_add(1)]).collect();
    if values.is_empty() {
        values.insert(0);
    }
    values
}

/// Every mark, and a value before, between and behind.
fn spans(written: &[&Point]) -> Vec<Point> {
    const SECOND: i64 = 1000;
    let marks: BTreeSet<i64> = written
        .iter()
        .filter_map(|point| match point {
            Point::Span(span) => Some(*span),
            _ => None,
        })
        .collect();
    let mut values = BTreeSet::from([0]);
    if let (Some(first), Some(last)) = (marks.first(), marks.last()) {
        values = BTreeSet::from([first.saturating_sub(SECOND), last.saturating_add(SECOND)]);
    }
    let between =
        marks.iter().zip(marks.iter().skip(1)).map(|(low, high)| i64::midpoint(*low, *high));
    values.extend(between);
    values.extend(&marks);
    values.into_iter().map(Point::Span).collect()
}

/// Every mark, and a value before, between and behind.
fn decimals(written: &[&Point]) -> Vec<Point> {
    let mut marks: Vec<f64> = written.iter().filter_map(|point| point.number()).collect();
    marks.sort_by(f64::total_cmp);
    marks.dedup_by(|left, right| left.total_cmp(right).is_eq());
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return vec![Point::Whole(0)];
    };
    let mut values = vec![Point::Number(first - 1.0)];
    for (low, high) in marks.iter().zip(marks.iter().skip(1)) {
        values.extend([Point::Number(*low), Point::Number(f64::midpoint(*low, *high))]);
    }
    values.extend([Point::Number(*last), Point::Number(last + 1.0)]);
    values
}

#[cfg(test)]
mod tests {
    use super::is_count;

    #[test]
    fn a_size_as_a_whole_is_a_count() {
        for (source, expected) in [
            ("size(applications)", true),
            (" size(a.filter(x, size(x) > 1)) ", true),
            ("size(a) - size(b)", false),
            ("count", false),
        ] {
            assert_eq!(is_count(source), expected, "{source}");
        }
    }
}

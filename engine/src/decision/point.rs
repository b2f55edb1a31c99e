//! One value as a table compares it: read once by the type of its column. How JSON looks is known
//! here, what a cell asks is `cell.rs`.

use std::cmp::Ordering;
use std::fmt;

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value};

use crate::expression::{Environment, Expression, Type, day};

/// A value that can be compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Point {
    /// Not filled in.
    Empty,
    Bool(bool),
    Whole(i64),
    Number(f64),
    /// Days since 1970.
    Day(i64),
    /// A duration in milliseconds.
    Span(i64),
    Text(String),
    /// A list or an object, which is only ever the same or not.
    Other(Value),
}

impl Point {
    /// Reads a value of a type. What does not fit the type is `Other`, and like nothing else.
    pub(super) fn read(value: &Value, ty: &Type) -> Self {
        match (ty, value) {
            (_, Value::Null) => Self::Empty,
            (_, Value::Bool(value)) => Self::Bool(*value),
            (_, Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => Self::Whole(whole),
                (None, Some(number)) => Self::Number(number),
                (None, None) => Self::Other(value.clone()),
            },
            (Type::Date | Type::Any, Value::String(text)) => match (day(text), ty) {
                (Some(day), _) => Self::Day((day - NaiveDate::default()).num_days()),
                (None, Type::Any) => Self::Text(text.clone()),
                (None, _) => Self::Other(value.clone()),
            },
            (Type::Duration, Value::String(text)) => {
                span(text).map_or_else(|| Self::Other(value.clone()), Self::Span)
            }
            (_, Value::String(text)) => Self::Text(text.clone()),
            (_, Value::Array(_) | Value::Object(_)) => Self::Other(value.clone()),
        }
    }

    /// How two values sort; `None` where they do not.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b))
            | (Self::Day(a), Self::Day(b))
            | (Self::Span(a), Self::Span(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// Whether two values are the same, `3` and `3.0` too.
    pub(super) fn same(&self, other: &Self) -> bool {
        self == other || self.order(other) == Some(Ordering::Equal)
    }

    /// Whether less and more mean something.
    pub(super) fn is_sortable(&self) -> bool {
        matches!(self, Self::Whole(_) | Self::Number(_) | Self::Day(_) | Self::Span(_))
    }

    /// The value as an expression reads it, where it can be said so.
    pub(super) fn json(&self) -> Option<Value> {
        match self {
            Self::Empty => Some(Value::Null),
            Self::Bool(value) => Some(Value::from(*value)),
            Self::Whole(value) => Some(Value::from(*value)),
            Self::Number(value) => Some(Value::from(*value)),
            Self::Text(text) => Some(Value::from(text.as_str())),
            Self::Day(_) => Some(Value::from(self.to_string())),
            Self::Span(_) | Self::Other(_) => None,
        }
    }

    /// The number, of either kind.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "CEL mixes both kinds by doubles")]
            Self::Whole(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Day(days) => {
                let (epoch, count) = (NaiveDate::default(), Days::new(days.unsigned_abs()));
                let day = match *days < 0 {
                    true => epoch.checked_sub_days(count),
                    false => epoch.checked_add_days(count),
                };
                write!(f, "{}", day.unwrap_or(NaiveDate::MAX))
            }
            Self::Span(ms) if ms % 1000 == 0 => write!(f, "{}s", ms / 1000),
            Self::Span(ms) => write!(f, "{ms}ms"),
            Self::Text(text) => f.write_str(text),
            Self::Other(value) => write!(f, "{value}"),
        }
    }
}

/// A duration as expressions give it (`259200s`), from one that a person wrote (`72h`, `3d`).
pub(super) fn plain_span(text: &str) -> Option<String> {
    let source = format!("duration({})", Value::from(text));
    let expression = Expression::compile(&source, &Environment::new(), None).ok()?;
    expression.evaluate(&Map::new()).ok()?.as_str().map(str::to_owned)
}

/// The milliseconds of a duration as expressions give it: `259200s`, `-0.500s`.
fn span(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let digits = digits.strip_suffix('s')?;
    let (seconds, thousandths) = digits.split_once('.').unwrap_or((digits, "000"));
    let thousandths = thousandths.parse::<i64>().ok().filter(|_| thousandths.len() == 3)?;
    Some(sign * (seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(thousandths)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Point, plain_span};
    use crate::expression::Type;

    #[test]
    fn values_compare_by_their_type() {
        for (ty, left, right, expected) in [
            (Type::Int, json!(3), json!(4), "less"),
            (Type::Double, json!(3), json!(3.0), "same"),
            (Type::Int, json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64), "more"),
            (Type::Date, json!("2026-02-28"), json!("2026-03-01"), "less"),
            (Type::Duration, json!("-0.500s"), json!("0s"), "less"),
            (Type::Duration, json!("90s"), json!("10s"), "more"),
            (Type::Any, json!("2026-02-28"), json!("zzz"), "none"),
            (Type::Any, json!(3), json!("3"), "none"),
            (Type::Any, json!([1]), json!([1]), "same"),
            (Type::Any, json!(null), json!(1), "none"),
        ] {
            let (a, b) = (Point::read(&left, &ty), Point::read(&right, &ty));
            let found = match a.order(&b) {
                _ if a.same(&b) => "same",
                Some(std::cmp::Ordering::Less) => "less",
                Some(_) => "more",
                None => "none",
            };
            assert_eq!(found, expected, "{left} {right}");
        }
    }

    #[test]
    fn durations_are_written_in_one_way() {
        for (text, expected) in
            [("72h", Some("259200s")), ("3d", Some("259200s")), ("3 days", None), ("\"", None)]
        {
            assert_eq!(plain_span(text).as_deref(), expected);
        }
    }
}

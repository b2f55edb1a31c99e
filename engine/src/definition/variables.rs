//! Which variables are shown, and whether a value is of the type that a variable is declared with.

use serde_json::Value;

use super::Definition;
use super::source::VariableType;
use crate::text::Text;

impl Definition {
    /// Variables that are shown to people inside a case, with what these call them.
    pub fn results(&self) -> &[(String, Text)] {
        &self.results
    }
}

impl VariableType {
    /// What was expected, where a value is not of this type; nothing fits every type.
    pub(crate) fn mismatch(self, value: &Value) -> Option<&'static str> {
        let (fits, expected) = match (self, value) {
            (Self::Any, _) | (_, Value::Null) => return None,
            (Self::Text, other) => (other.is_string(), "a text"),
            (Self::Integer, other) => {
                let whole = |number: f64| number.fract() == 0.0 && number.abs() < 9.0e15;
                (other.is_i64() || other.as_f64().is_some_and(whole), "a whole number")
            }
            (Self::Decimal, other) => (other.is_number(), "a number"),
            (Self::Boolean, other) => (other.is_boolean(), "true or false"),
            (Self::Date, other) => {
                let is_day =
                    |text: &str| text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok();
                (other.as_str().is_some_and(is_day), "a day such as `2026-03-31`")
            }
            (Self::DateTime, other) => {
                let is_instant = |text: &str| chrono::DateTime::parse_from_rfc3339(text).is_ok();
                let fits = other.is_i64() || other.as_str().is_some_and(is_instant);
                (fits, "an instant such as `2026-03-31T09:00:00+08:00`")
            }
            (Self::Texts, other) => {
                let texts = |items: &Vec<Value>| items.iter().all(Value::is_string);
                (other.as_array().is_some_and(texts), "a list of texts")
            }
        };
        (!fits).then_some(expected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::VariableType;

    #[test]
    fn a_value_is_of_its_type_or_not() {
        use VariableType::{Any, Boolean, Date, DateTime, Decimal, Integer, Text, Texts};
        for (kind, good, bad) in [
            (Text, vec![json!("a"), json!(null)], vec![json!(1), json!(["a"])]),
            (Integer, vec![json!(1), json!(-2), json!(3.0)], vec![json!(1.5), json!("1")]),
            (Decimal, vec![json!(1), json!(1.5)], vec![json!("1.5"), json!(true)]),
            (Boolean, vec![json!(true)], vec![json!("true"), json!(0)]),
            (Date, vec![json!("2026-02-28")], vec![json!("2026-02-30"), json!("28.2.2026")]),
            (
                DateTime,
                vec![json!("2026-03-31T09:00:00+08:00"), json!(1_767_575_400_000_i64)],
                vec![json!("2026-03-31"), json!(true)],
            ),
            (Texts, vec![json!([]), json!(["a", "b"])], vec![json!("a"), json!(["a", 1])]),
            (Any, vec![json!({ "a": [1] }), json!("a")], vec![]),
        ] {
            let fits = |value| kind.mismatch(value).is_none();
            assert!(good.iter().all(fits), "{kind:?} {good:?}");
            assert!(!bad.iter().any(fits), "{kind:?} {bad:?}");
        }
    }
}

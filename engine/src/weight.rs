//! What a vote weighs: a number with up to four decimal places, counted without rounding.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

/// Decimal places.
const PLACES: usize = 4;
/// Parts of one.
const PARTS: u64 = 10_000;

/// A weight, or the sum of weights. In JSON a number, whole where it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Weight(u64);

impl Weight {
    /// What a vote weighs where nothing is said.
    pub const ONE: Self = Self(PARTS);

    /// So many times one.
    pub const fn whole(number: u32) -> Self {
        Self(number as u64 * PARTS)
    }

    /// A number, or a text of one; none where it is none, negative, too great to be counted or too fine.
    pub fn of(value: &Value) -> Option<Self> {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
        let fraction = fraction.trim_end_matches('0');
        let is_number = |text: &str| text.chars().all(|one| one.is_ascii_digit());
        if whole.is_empty() || whole.len() > 10 || fraction.len() > PLACES {
            return None;
        }
        if !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let fraction: u64 = format!("{fraction:0<PLACES$}").parse().ok()?;
        Some(Self(whole.parse::<u64>().ok()? * PARTS + fraction))
    }

    /// In ten-thousandths.
    pub const fn parts(self) -> u64 {
        self.0
    }

    /// As a number that may be fractional.
    #[expect(clippy::cast_precision_loss, reason = "weights are small")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / PARTS as f64
    }

    fn number(self) -> Number {
        match self.0 % PARTS {
            0 => Number::from(self.0 / PARTS),
            _ => Number::from_f64(self.as_f64()).unwrap_or_else(|| Number::from(self.0 / PARTS)),
        }
    }
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Weight {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        Self::of(&Value::Number(number)).ok_or_else(|| D::Error::custom("expected a weight"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Weight;

    #[test]
    fn a_weight_is_read_and_written_as_the_number_it_is() {
        for (given, written) in [
            (json!(3), json!(3)),
            (json!(2.0), json!(2)),
            (json!(1.5), json!(1.5)),
            (json!("0.3333"), json!(0.3333)),
            (json!(0), json!(0)),
            (json!(1000), json!(1000)),
        ] {
            let weight = Weight::of(&given).expect("it is a weight");
            let text = serde_json::to_value(weight).expect("it serialises");
            assert_eq!(text, written);
            assert_eq!(serde_json::from_value::<Weight>(text).expect("it reads back"), weight);
        }
        for given in [
            json!(-1),
            json!("x"),
            json!(null),
            json!(0.00001),
            json!("1."),
            json!(".5"),
            json!(1e20),
        ] {
            let found = Weight::of(&given);
            assert_eq!(
                found,
                if given == json!("1.") { Some(Weight::ONE) } else { None },
                "{given}"
            );
        }
        // A tenth is a tenth: ten of them are one.
        let tenths = [Weight::of(&json!(0.1)).expect("a weight"); 10];
        assert_eq!(tenths.into_iter().sum::<Weight>(), Weight::ONE);
    }
}

//! Whether a timer comes once, again and again, or so often.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

/// Whether a timer comes again: `true` for ever, or a number for so often in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Repeat {
    /// Again and again, or once.
    Always(bool),
    /// So often, the first time included.
    Times(u32),
}

impl Default for Repeat {
    fn default() -> Self {
        Self::Always(false)
    }
}

impl Repeat {
    /// Whether it says more than once.
    pub const fn is_said(self) -> bool {
        !matches!(self, Self::Always(false))
    }

    /// How often it comes; none for ever.
    pub const fn times(self) -> Option<u32> {
        match self {
            Self::Always(false) => Some(1),
            Self::Always(true) => None,
            Self::Times(times) => Some(times),
        }
    }
}

impl<'de> Deserialize<'de> for Repeat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RepeatVisitor;
        impl Visitor<'_> for RepeatVisitor {
            type Value = Repeat;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, or how often as a whole number from 1")
            }

            fn visit_bool<E: de::Error>(self, always: bool) -> Result<Repeat, E> {
                Ok(Repeat::Always(always))
            }

            fn visit_u64<E: de::Error>(self, times: u64) -> Result<Repeat, E> {
                let wrong = || E::invalid_value(de::Unexpected::Unsigned(times), &self);
                let times = u32::try_from(times).ok().filter(|times| *times > 0);
                times.map(Repeat::Times).ok_or_else(wrong)
            }

            fn visit_i64<E: de::Error>(self, times: i64) -> Result<Repeat, E> {
                let wrong = || E::invalid_value(de::Unexpected::Signed(times), &self);
                let times = u32::try_from(times).ok().filter(|times| *times > 0);
                times.map(Repeat::Times).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_any(RepeatVisitor)
    }
}

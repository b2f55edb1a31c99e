//! Whose a submission is: a person's, or their unit's.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::ids::{PersonId, UnitId};
use crate::instance::Submission;

/// Whether there is one valid submission of each, and of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Once {
    /// One a person, or as many as they want.
    Person(bool),
    /// One a unit.
    Unit(OnceWord),
}

/// Of whom there is one valid submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnceWord {
    /// Of each unit: what one of its people hands in replaces what another did.
    Unit,
}

impl Default for Once {
    fn default() -> Self {
        Self::Person(false)
    }
}

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnceVisitor;
        impl de::Visitor<'_> for OnceVisitor {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or `unit`")
            }

            fn visit_bool<E: de::Error>(self, once: bool) -> Result<Once, E> {
                Ok(Once::Person(once))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Once, E> {
                match text {
                    "unit" => Ok(Once::Unit(OnceWord::Unit)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(OnceVisitor)
    }
}

impl Once {
    /// Which of somebody's own submissions another one takes the place of, where they do not say so.
    pub(super) fn replaced<'s>(
        self,
        mut own: impl Iterator<Item = &'s Submission>,
    ) -> Option<&'s Submission> {
        if self != Self::Person(false) {
            return own.next();
        }
        // The one thing that is corrected.
        let mut corrected = own.filter(|one| one.of.is_some());
        corrected.next().filter(|_| corrected.next().is_none())
    }

    /// Whether a valid submission is a person's, or their unit's where it is the unit's.
    pub(super) fn is_own(
        self,
        one: &Submission,
        person: Option<&PersonId>,
        unit: Option<&UnitId>,
    ) -> bool {
        let is_units = matches!(self, Self::Unit(_)) && unit.is_some();
        let is_own = person.is_some() && one.person.as_ref() == person;
        !one.void && (is_own || (person.is_some() && is_units && one.unit.as_ref() == unit))
    }
}

//! Whether a deadline may run longer than it says: `once`, or by how much at most and by whom.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::OneOrMany;
use crate::ids::{NoticeName, RoleName};

/// Whether a deadline may be extended: `once`, or `{ times: 2, most: 10 workdays, by: [head] }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Extend {
    /// In a word.
    Word(ExtendWord),
    /// With everything that can be said.
    Full(Box<ExtendRule>),
}

/// How often a deadline may be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ExtendWord {
    /// Never; the default.
    Never,
    /// Once, with a reason.
    Once,
}

/// By how much a deadline may be extended, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtendRule {
    /// It is extended once, with a reason: what is meant where neither this nor `times` is said.
    #[serde(default)]
    pub once: Option<bool>,
    /// How often it may be extended, each time with a reason of its own: up to 10.
    #[serde(default)]
    pub times: Option<u32>,
    /// By so much at most each time: `10 workdays`, `20 days`. As much as is wanted where nothing is said.
    #[serde(default)]
    pub most: Option<String>,
    /// By so much at most in all, where it may be extended several times: in this unit alone.
    #[serde(default)]
    pub in_all: Option<String>,
    /// Roles whose holders may extend it, and nobody else; whoever may do the task where nothing is
    /// said.
    #[serde(default)]
    pub by: OneOrMany<RoleName>,
    /// The unit that they must hold the role for: a unit, or an expression such as `=plan.unit`, told when
    /// the task is given or the intake opens. Where nothing is said, whoever holds it, for whichever unit.
    #[serde(default)]
    pub unit: Option<String>,
    /// The notice that tells of it, instead of the process's `extended`.
    #[serde(default)]
    pub notice: Option<NoticeName>,
}

impl Extend {
    /// With everything that can be said; none where it may not be extended.
    pub fn rule(&self) -> Option<ExtendRule> {
        match self {
            Self::Word(ExtendWord::Never) => None,
            Self::Word(ExtendWord::Once) => Some(ExtendRule::default()),
            Self::Full(rule) => Some((**rule).clone()),
        }
    }
}

impl<'de> Deserialize<'de> for Extend {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExtendVisitor;
        impl<'de> Visitor<'de> for ExtendVisitor {
            type Value = Extend;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`once`, `never`, or `{ most: 10 workdays, by: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Extend, E> {
                ExtendWord::deserialize(de::value::StrDeserializer::new(text)).map(Extend::Word)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Extend, A::Error> {
                ExtendRule::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|rule| Extend::Full(Box::new(rule)))
            }
        }
        deserializer.deserialize_any(ExtendVisitor)
    }
}

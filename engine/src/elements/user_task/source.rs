//! Parts of a user task's YAML that say what happens when it does not go as usual.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::{NodeName, PersonId, RoleName};

/// What happens with a task that nobody was found for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Nobody {
    /// `skip`.
    Word(NobodyWord),
    /// Another gets it.
    Gets(NobodyGets),
}

/// A word for what happens with a task that nobody was found for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NobodyWord {
    /// It is passed (审批人为空则自动通过); only where it writes nothing, and never a vote.
    Skip,
}

/// Who gets a task that nobody was found for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NobodyGets {
    /// This role gets it.
    #[serde(default)]
    pub role: Option<RoleName>,
    /// The unit the role must be held for: a unit, or an expression. Where nothing is said, whoever holds
    /// the role, for whichever unit; that of the task is not meant by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// This person gets it.
    #[serde(default)]
    pub person: Option<PersonId>,
}

impl Nobody {
    /// Who gets it, where somebody does.
    pub(crate) const fn gets(&self) -> Option<&NobodyGets> {
        match self {
            Self::Word(NobodyWord::Skip) => None,
            Self::Gets(gets) => Some(gets),
        }
    }
}

impl<'de> Deserialize<'de> for Nobody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NobodyVisitor;
        impl<'de> Visitor<'de> for NobodyVisitor {
            type Value = Nobody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`skip`, `{ role: … }` or `{ person: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Nobody, E> {
                match text {
                    "skip" => Ok(Nobody::Word(NobodyWord::Skip)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Nobody, A::Error> {
                let map = de::value::MapAccessDeserializer::new(map);
                NobodyGets::deserialize(map).map(Nobody::Gets)
            }
        }
        deserializer.deserialize_any(NobodyVisitor)
    }
}

/// Whether one who agreed before is asked again (去重). Only tasks that write nothing are passed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, Default,
)]
#[serde(rename_all = "camelCase")]
pub enum Dedupe {
    /// They are asked each time.
    #[default]
    Never,
    /// They are not asked when the task just before was theirs, and they agreed to it.
    InRow,
    /// They are not asked once they agreed to any task of the case.
    EveryTime,
}

/// What happens when a task would be whoever began the case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, Default,
)]
#[serde(rename_all = "camelCase")]
pub enum Starter {
    /// They do it.
    #[default]
    Itself,
    /// It is passed; only where it writes nothing.
    Skip,
    /// The person they report to does it.
    Superior,
}

/// What happens when a deadline has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Overdue {
    /// Who is told of it (督办), and gets nothing to do by that: roles, `initiator`, or expressions that
    /// give people or addresses. By the notice `overdue` of the process.
    #[serde(default, deserialize_with = "crate::definition::source::audience")]
    pub tell: crate::elements::Audience,
    /// The task is offered to this role as well.
    #[serde(default)]
    pub escalate: Option<RoleName>,
    /// The unit that role must be held for: a unit, or an expression. Where nothing is said, whoever holds
    /// the role, for whichever unit; that of the task is not meant by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The task ends and the case goes to that node.
    #[serde(default)]
    pub to: Option<NodeName>,
}

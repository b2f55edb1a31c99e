//! Who reads the cases of a process without taking part in them, as its author writes it.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{DocumentUse, OneOrMany};
use crate::ids::RoleName;

/// Who reads all cases: a role, or more of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CaseReader {
    /// A role.
    Role(RoleName),
    /// With everything that can be said.
    Full(ReaderSource),
}

/// Whose holders read cases, which ones, and what of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReaderSource {
    /// The role.
    pub role: RoleName,
    /// Only cases that somebody began for a unit for which the role is held.
    #[serde(default)]
    pub own_unit: bool,
    /// The documents that they read, and which of their fields. Where nothing is said, all of them without
    /// the fields that some task hides.
    #[serde(default)]
    pub show: Option<OneOrMany<DocumentUse>>,
}

impl CaseReader {
    /// With everything that can be said.
    pub fn full(&self) -> ReaderSource {
        match self {
            Self::Role(role) => ReaderSource { role: role.clone(), own_unit: false, show: None },
            Self::Full(full) => full.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for CaseReader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReaderVisitor;
        impl<'de> Visitor<'de> for ReaderVisitor {
            type Value = CaseReader;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role, or `{ role: …, ownUnit: true, show: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<CaseReader, E> {
                Ok(CaseReader::Role(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CaseReader, A::Error> {
                ReaderSource::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(CaseReader::Full)
            }
        }
        deserializer.deserialize_any(ReaderVisitor)
    }
}

//! `roles.yaml`: the roles that tasks go to. Who holds them is `people`.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::RoleName;
use crate::text::Text;

/// `roles.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RolesSource {
    /// Roles by name.
    pub roles: IndexMap<RoleName, RoleEntry>,
}

/// A role: `数据局`, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RoleEntry {
    /// Only its name for people.
    Name(String),
    /// With everything that can be said.
    Full(RoleSource),
}

impl RoleEntry {
    /// The role with everything that is said.
    pub fn full(self) -> RoleSource {
        match self {
            Self::Name(name) => {
                RoleSource { name: Text::One(name), description: None, basis: None }
            }
            Self::Full(full) => full,
        }
    }
}

impl<'de> Deserialize<'de> for RoleEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = RoleEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role's name, or `{ name: …, description: … }`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<RoleEntry, E> {
                Ok(RoleEntry::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoleEntry, A::Error> {
                RoleSource::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(RoleEntry::Full)
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RoleSource {
    /// Its name for people.
    pub name: Text,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// The clause that gives it its power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

//! `people.yaml`: demonstration accounts and their units. What they may do is `access`'s.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::actor::Grant;
use crate::ids::{PersonId, RoleName, UnitId};
use crate::text::{Language, Text};

/// `people.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PeopleSource {
    /// Organisational units by id.
    #[serde(default)]
    pub units: IndexMap<UnitId, UnitSource>,
    /// People by id.
    pub people: IndexMap<PersonId, PersonSource>,
}

/// A unit: an office, a company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UnitSource {
    /// Its name for people.
    pub name: Text,
    /// What kind of unit it is, in words of the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The unit it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<UnitId>,
    /// Its unified social credit code (统一社会信用代码).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uscc: Option<String>,
    /// Whatever else the pack's expressions want to know of it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, serde_json::Value>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PersonSource {
    /// Their name.
    pub name: Text,
    /// Where their notices go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The language of their notices; the pack's where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Roles they hold: a name (for their own unit, or everywhere without one), or
    /// `{ role: …, unit: … }`, or `{ role: …, everywhere: true }`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<HeldRole>,
    /// Their unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Whom they report to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<PersonId>,
    /// Whatever else the pack's expressions want to know of them, such as an expert's field.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, serde_json::Value>,
}

impl PersonSource {
    /// Whoever stands for one that could not be read.
    pub(super) fn unread() -> Self {
        Self {
            name: Text::default(),
            email: None,
            language: None,
            roles: Vec::new(),
            unit: None,
            manager: None,
            fields: IndexMap::new(),
        }
    }

    /// What they hold, as the engine asks for it.
    pub fn grants(&self) -> Vec<Grant> {
        let grants = self.roles.iter().map(|held| match held {
            HeldRole::Own(role) => Grant { role: role.clone(), unit: self.unit.clone() },
            HeldRole::Of(RoleOf { role, everywhere: true, .. }) => {
                Grant { role: role.clone(), unit: None }
            }
            HeldRole::Of(RoleOf { role, unit, .. }) => {
                Grant { role: role.clone(), unit: unit.clone().or_else(|| self.unit.clone()) }
            }
        });
        grants.collect()
    }
}

/// A role that a person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HeldRole {
    /// In their own unit; everywhere where they have none.
    Own(RoleName),
    /// As it says.
    Of(RoleOf),
}

/// A role for a unit that is not one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RoleOf {
    /// The role.
    pub role: RoleName,
    /// The unit it is held for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// Whether it is held for every unit.
    #[serde(default)]
    pub everywhere: bool,
}

impl HeldRole {
    /// The role.
    pub fn role(&self) -> &RoleName {
        match self {
            Self::Own(role) | Self::Of(RoleOf { role, .. }) => role,
        }
    }

    /// The unit that it names.
    pub fn unit(&self) -> Option<&UnitId> {
        match self {
            Self::Own(_) => None,
            Self::Of(RoleOf { unit, .. }) => unit.as_ref(),
        }
    }
}

impl<'de> Deserialize<'de> for HeldRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeldVisitor;
        impl<'de> Visitor<'de> for HeldVisitor {
            type Value = HeldRole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role, or `{ role: …, unit: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<HeldRole, E> {
                Ok(HeldRole::Own(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeldRole, A::Error> {
                RoleOf::deserialize(de::value::MapAccessDeserializer::new(map)).map(HeldRole::Of)
            }
        }
        deserializer.deserialize_any(HeldVisitor)
    }
}

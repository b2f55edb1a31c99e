//! `registers/`: numbered ledgers (台账). Entries are made by `record` nodes.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::source::VariableType;
use crate::ids::{RegisterName, RoleName};
use crate::text::Text;

/// A file of `registers/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RegisterSource {
    /// The name that `record` nodes use.
    pub register: RegisterName,
    /// Its name for people.
    pub name: Text,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// How its numbers look, such as `普授运备〔{year}〕{number:04}号`. Gap-free by year.
    pub series: String,
    /// Whether the public may read it.
    #[serde(default)]
    pub public: bool,
    /// Roles that may read it where it is not public, beside those who oversee everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<RoleName>,
    /// Its columns: what heads each of them.
    pub columns: IndexMap<String, Text>,
    /// What columns hold, by name; one that is not named may hold anything.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub types: IndexMap<String, VariableType>,
}

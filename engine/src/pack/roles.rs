//! `roles.yaml`: the roles that tasks go to. Who holds them is `people`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::RoleName;
use crate::text::Text;

/// `roles.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RolesSource {
    /// Roles by name.
    pub roles: IndexMap<RoleName, RoleSource>,
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

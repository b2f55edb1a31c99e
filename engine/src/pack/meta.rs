//! `pack.yaml`: what a pack is called, what it rests on and what its parts share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CalendarName;
use crate::text::{Language, Text};

/// `pack.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PackSource {
    /// The pack's name, in lowerCamelCase.
    pub pack: String,
    /// Its name for people.
    pub name: Text,
    /// What procedure it describes, after which text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text>,
    /// Its version, a text such as `"1"` or `"2026-03"`.
    pub version: String,
    /// The language of texts that are not written in several.
    #[serde(default)]
    pub language: Language,
    /// The calendar of deadlines, unless a process names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<CalendarName>,
    /// The time zone of days, such as `Asia/Shanghai`, where no calendar says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Who interprets the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Text>,
    /// The day from which the rules apply, such as `2026-03-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<String>,
    /// The pack whose parts this one takes over where it has none of the same name: its folder,
    /// relative to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// Packs that this one takes the place of on a server: their processes of the same name go on as
    /// its own, their other processes begin no more cases. A pack that got another name names its old one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
    /// The texts of law it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
}

impl PackSource {
    /// What stands for a `pack.yaml` that could not be read, while the rest is checked.
    pub(super) fn unread() -> Self {
        Self {
            pack: String::new(),
            name: Text::default(),
            description: None,
            version: String::new(),
            language: Language::default(),
            calendar: None,
            zone: None,
            interpreter: None,
            effective_from: None,
            extends: None,
            replaces: Vec::new(),
            basis: Vec::new(),
        }
    }
}

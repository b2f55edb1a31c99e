//! A notice template as a pack's `notices/` has it. What its places are filled with and how it is
//! sent is the notifier's; who gets it is the process's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::NoticeName;
use crate::text::Text;

/// One template: a file of `notices/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NoticeSource {
    /// The name that processes use.
    pub notice: NoticeName,
    /// What it is for, for those who read the pack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<Text>,
    /// The subject, with places such as `{{ case.title }}`.
    pub subject: Text,
    /// The body: plain text, with places and `{% if … %}`.
    pub body: Text,
}

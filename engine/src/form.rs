//! Forms: fields with types, labels and rules.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// One field that does not fit its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The way to the field, such as `datasets`, `0`, `name`.
    pub path: Vec<String>,
    /// Stable code, such as `REQUIRED`.
    pub code: String,
    /// What was expected and what was found.
    pub message: Text,
}

//! What a process says of a message beside its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Span;

/// A message that the process sends, waits for or begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageSource {
    /// How long one that nobody waits for is kept, such as `3 days` or `10 workdays`, counted as
    /// every deadline; 30 times 24 hours where nothing is said.
    pub keep: Span,
}

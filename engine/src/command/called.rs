//! What a case is told of one that it called.

use std::collections::BTreeMap;

use super::Command;
use crate::ids::{ErrorCode, InstanceId, Key};

/// The error that a call ends with when the case could not begin.
pub(crate) const NOT_BEGUN: &str = "NOT_BEGUN";

impl Command {
    /// Tells a case that the one it called could not begin, and why.
    pub fn not_begun(key: Key, message: String) -> Self {
        Self::EndCall {
            key,
            child: InstanceId(0),
            outcome: None,
            documents: BTreeMap::new(),
            given: BTreeMap::new(),
            error: Some(ErrorCode::new(NOT_BEGUN)),
            message: Some(message),
        }
    }
}

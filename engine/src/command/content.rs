//! What a command brings to be written: its value, and the hash by which the journal names it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::Hash;

/// The hash of a value's canonical JSON: keys sorted (as `serde_json` keeps them), no white space.
pub fn hash_of(value: &Value) -> Hash {
    Hash::of(value.to_string().as_bytes())
}

/// The content of a document that comes with a command. The journal holds its hash only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The hash of the canonical JSON.
    pub hash: Hash,
    /// The value; absent only while a journal row is read back and not yet filled in.
    #[serde(skip)]
    pub value: Arc<Value>,
}

impl Content {
    /// The content of a value.
    pub fn new(value: Value) -> Self {
        Self { hash: hash_of(&value), value: Arc::new(value) }
    }
}

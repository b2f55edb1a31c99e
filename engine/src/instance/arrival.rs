//! Tokens that wait at joins, and gateways that wait for the rest of them. Plain data.

use serde::{Deserialize, Serialize};

use crate::ids::{Key, NodeName};

/// A token that waits at a joining gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// The gateway.
    pub node: NodeName,
    /// The scope it is in.
    pub scope: Key,
    /// The flow it came by.
    pub flow: u32,
    /// Activities and joins that it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
}

/// A complex gateway that went on, and waits for the other tokens before it may go on anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The gateway.
    pub node: NodeName,
    /// The scope it is in.
    pub scope: Key,
    /// Flows on which a token came when it went on.
    pub flows: Vec<u32>,
    /// Activities and joins that these descended from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
}

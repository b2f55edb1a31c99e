//! Tokens that wait at joins, and gateways that wait for the rest of them. Plain data.

use serde::{Deserialize, Serialize};

use crate::ids::{Key, NodeName};

/// Where tokens meet: in one scope, and on one way of its own there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The activation around; 0 for the case itself.
    pub(crate) scope: Key,
    /// The way, by what began it.
    pub(crate) way: Option<Key>,
}

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
    /// The way of its own that it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Key>,
}

impl Arrival {
    pub(crate) const fn place(&self) -> Place {
        Place { scope: self.scope, way: self.way }
    }
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
    /// The way of its own that it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Key>,
}

impl Reset {
    pub(crate) const fn place(&self) -> Place {
        Place { scope: self.scope, way: self.way }
    }
}

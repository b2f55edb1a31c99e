//! What an admin may do to the tokens of a case by hand. How it is done is `step::modification`.

use serde::{Deserialize, Serialize};

use crate::ids::{Key, NodeName};

/// One change of a case's tokens by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "change",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Change {
    /// End an active node with everything inside it. A sub-process that holds nothing then ends too.
    Cancel {
        /// The activation.
        key: Key,
    },
    /// Take away the tokens that wait at a joining gateway.
    CancelWaiting {
        /// The gateway.
        node: NodeName,
        /// The activation of the sub-process they are in, where they are not all meant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Key>,
    },
    /// Begin a node.
    StartBefore {
        /// The node.
        node: NodeName,
        /// The activation of the sub-process it is in, where several are active.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Key>,
    },
    /// Go on behind a node, as if it had been done.
    StartAfter {
        /// The node.
        node: NodeName,
        /// The activation of the sub-process it is in, where several are active.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Key>,
    },
    /// End an active node and begin another one instead, which descends from the same.
    Move {
        /// The activation.
        key: Key,
        /// The node that begins.
        to: NodeName,
        /// The activation of the sub-process it is in, where several are active.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Key>,
    },
}

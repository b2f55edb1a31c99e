//! What is known of a definition with errors: nothing runs by it, but the rest of it is checked at once.
//! Where an error leaves open what a token does, nothing is said that depends on it.

use std::collections::BTreeMap;

use crate::ids::NodeName;

/// How much is known of where tokens go from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Known {
    /// Everything.
    #[default]
    All,
    /// A token takes one of the ways that are drawn, or one that could not be drawn.
    Some,
    /// Nothing.
    Nothing,
}

/// What is not sure of a process that could not be read whole.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    /// Nodes of which something is missing, by their paths, with what may be names of others in them.
    pub(crate) nodes: BTreeMap<Vec<String>, Vec<NodeName>>,
}

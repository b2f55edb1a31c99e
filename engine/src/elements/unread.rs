//! What stands for a node that could not be read: its `type` is not known.

use indexmap::IndexMap;

use super::{Element, manual_task};
use crate::ids::NodeName;

impl Element {
    /// Stands where a node could not be read, so that others may name it. Nothing runs by it.
    pub(crate) fn unread() -> Self {
        Self::ManualTask(Box::new(manual_task::ManualTask {
            name: None,
            basis: None,
            documentation: None,
            accept: std::collections::BTreeMap::new(),
            to: None,
            for_each: None,
            again: None,
        }))
    }

    /// The nodes inside it, where it is a sub-process.
    pub(crate) fn nodes_mut(&mut self) -> Option<&mut IndexMap<NodeName, Self>> {
        match self {
            Self::AdHocSubProcess(inner) => Some(&mut inner.nodes),
            Self::SubProcess(inner) => Some(&mut inner.nodes),
            Self::EventSubProcess(inner) => Some(&mut inner.nodes),
            Self::Transaction(inner) => Some(&mut inner.nodes),
            _ => None,
        }
    }
}

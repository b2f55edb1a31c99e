//! A sub-process that can be cancelled: what was done in it is undone, and its cancel event is taken.

use std::sync::Arc;

use super::sub_process::{Scope, not_empty};
use super::{Behavior, Source};
use crate::definition::Compiler;

use indexmap::IndexMap;

use crate::ids::NodeName;

super::node! {
    /// A sub-process whose work is undone as a whole when an end event inside it says `cancel`. A
    /// boundary event with `cancel: true` then takes over.
    pub struct Transaction {
        /// Its nodes; the first one begins.
        pub nodes: IndexMap<NodeName, super::Element>,
    }
}

impl Source for Transaction {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        not_empty(compiler, &self.nodes);
        Some(Arc::new(Scope))
    }

    fn nodes(&self) -> Option<&IndexMap<NodeName, super::Element>> {
        Some(&self.nodes)
    }

    fn is_activity(&self) -> bool {
        true
    }
}

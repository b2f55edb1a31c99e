//! A process within the process: a scope of its own tokens.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::Key;
use crate::step::{Halt, Step};

use indexmap::IndexMap;

use crate::ids::NodeName;

super::node! {
    /// Holds nodes of its own; goes on when the last of its tokens has ended.
    pub struct SubProcess {
        /// Its nodes; the first one begins.
        pub nodes: IndexMap<NodeName, super::Element>,
    }
}

impl Source for SubProcess {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        if self.nodes.is_empty() {
            let message = "expected at least one node inside";
            compiler.report(&["nodes"], crate::problem::Problem::error("emptySubProcess", message));
        }
        Some(Arc::new(Scope))
    }

    fn waits(&self) -> bool {
        self.nodes.values().any(super::Element::waits)
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Scope;

impl Behavior for Scope {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.begin_scope(key);
        Ok(())
    }

    fn is_scope(&self) -> bool {
        true
    }
}

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

/// Reports a sub-process without nodes.
pub(super) fn not_empty(
    compiler: &mut Compiler<'_>,
    nodes: &IndexMap<NodeName, super::Element>,
) {
    let undoes = |name: &NodeName| {
        nodes.values().any(|node| match node {
            super::Element::BoundaryEvent(event) => event.handler() == Some(name),
            _ => false,
        })
    };
    if nodes.iter().all(|(name, node)| node.stands_aside() || undoes(name)) {
        let message = "expected at least one node inside";
        compiler.report(&["nodes"], crate::problem::Problem::error("emptySubProcess", message));
    }
}

/// Begins the nodes inside and is done when nothing is active there any more.
#[derive(Debug)]
pub(super) struct Scope;

impl Behavior for Scope {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.begin_scope(key)
    }

    fn is_scope(&self) -> bool {
        true
    }
}

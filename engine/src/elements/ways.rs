//! How tokens leave an element by ways that it names itself, and how it takes several that come.

use crate::ids::{NodeName, OutcomeName};

/// A way on that an element names itself.
pub(crate) struct Way {
    /// Where in the node it is named.
    pub(crate) keys: Vec<String>,
    pub(crate) to: NodeName,
    pub(crate) kind: WayKind,
}

/// What makes a token take such a way.
pub(crate) enum WayKind {
    Outcome(OutcomeName),
    None,
    Fewer,
    Overdue,
}

/// How an element treats tokens that come in by several flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// Each token activates it.
    Each,
    /// It waits for one on every flow.
    All,
    /// It waits for what can still come.
    Reachable,
    /// It waits until its condition on what came is true, and then for the rest.
    Counted,
}

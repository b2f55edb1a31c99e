//! A token of a scope's state. A state is the sorted list of its tokens: with the same tokens it is the
//! same state, in whatever order they came there.

/// Tokens at one place; states with more are not looked at.
pub(super) const COPIES_MAX: usize = 2;

/// Where a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum At {
    /// Active at a node.
    Node(u32),
    /// Waiting at the join that a flow leads to.
    Flow(u32),
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token {
    pub(super) at: At,
    /// Nodes that it descends from, of those that matter.
    pub(super) marks: u64,
    /// The node that it comes straight back to, plus 1; 0 for none.
    pub(super) back: u32,
    /// Events beside its activity that have happened.
    pub(super) happened: u32,
    /// The event beside an activity that it comes from, plus 1; 0 where it comes from none. Several of
    /// one event may be about at once: each time that it happened is a matter of its own.
    pub(super) thread: u32,
}

impl Token {
    /// A token at a node.
    pub(super) fn at_node(node: usize, marks: u64, thread: u32) -> Self {
        Self { at: At::Node(small(node)), marks, back: 0, happened: 0, thread }
    }

    /// A token that waits at a join.
    pub(super) fn on_flow(flow: usize, marks: u64, thread: u32) -> Self {
        Self { at: At::Flow(small(flow)), marks, back: 0, happened: 0, thread }
    }

    /// Whether two of them come from one event beside an activity.
    pub(super) const fn is_of_the_thread_of(&self, other: &Self) -> bool {
        self.thread != 0 && self.thread == other.thread
    }

    /// The node where it is active.
    pub(super) const fn node(&self) -> Option<usize> {
        match self.at {
            At::Node(node) => Some(node as usize),
            At::Flow(_) => None,
        }
    }

    /// The flow on which it waits.
    pub(super) const fn flow(&self) -> Option<usize> {
        match self.at {
            At::Node(_) => None,
            At::Flow(flow) => Some(flow as usize),
        }
    }

    /// The node that it comes straight back to.
    pub(super) const fn back(&self) -> Option<usize> {
        match self.back {
            0 => None,
            back => Some(back as usize - 1),
        }
    }
}

/// A node's or a flow's number in a token.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).expect("a definition has at most NODES_MAX nodes and few flows each")
}

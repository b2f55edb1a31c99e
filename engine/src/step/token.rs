//! A token on its way to a node, with what it brings. How it is followed is `tokens`.

use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{DueBefore, Place};

/// A token on its way to a node.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) node: usize,
    pub(super) scope: Key,
    pub(super) flow: Option<usize>,
    pub(super) come_back: Option<NodeName>,
    /// Who asked for the correction that comes straight back.
    pub(super) asked_by: Option<PersonId>,
    /// Their deadline as it stood.
    pub(super) asked_due: Option<DueBefore>,
    /// The task that they decided with that.
    pub(super) asked_as: Key,
    /// Activities and joins that it descends from.
    pub(super) from: Vec<Key>,
    /// Whether the case was sent back to the node.
    pub(super) again: bool,
    /// Who did the node before and gets it again.
    pub(super) person: Option<PersonId>,
    /// What the node corrects, before it comes straight back.
    pub(super) corrects: Option<Key>,
    /// Whether what the node waits for has happened already, at the gateway before it.
    pub(super) has_happened: bool,
    /// The activation whose work the node undoes.
    pub(super) compensates: Option<Key>,
    /// Of what a join lets through: the way of its own that it is on.
    pub(super) way: Option<Key>,
    /// The deadline that goes on, where a decision is taken back.
    pub(super) due: Option<DueBefore>,
    /// That it was put there by hand, and by no flow.
    pub(super) by_hand: Option<ByHand>,
}

/// How a token was put somewhere by hand.
#[derive(Debug, Clone, Copy)]
pub(super) enum ByHand {
    /// It is one more.
    Begun,
    /// It was at this node.
    Moved(usize),
}

impl Token {
    /// A token that came by no flow and descends from nothing.
    pub(super) const fn new(node: usize, scope: Key) -> Self {
        Self {
            node,
            scope,
            flow: None,
            come_back: None,
            asked_by: None,
            asked_due: None,
            asked_as: Key(0),
            from: Vec::new(),
            again: false,
            person: None,
            corrects: None,
            has_happened: false,
            compensates: None,
            way: None,
            due: None,
            by_hand: None,
        }
    }

    /// What a join lets through.
    pub(super) fn joined(node: usize, place: Place) -> Self {
        Self { way: place.way, ..Self::new(node, place.scope) }
    }
}

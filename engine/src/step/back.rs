//! What a way leads back to. Which ways may is the definition's (`definition/back.rs`); whether what one
//! leads to was done before on the way that the case came is the trail's.

use std::collections::BTreeSet;

use super::Step;
use crate::ids::{Key, NodeName};

impl Step<'_> {
    /// What a flow leads back to: the latest of its node that the activation which leaves by it descends
    /// from, where that lies before.
    pub(crate) fn back_to(&self, key: Key, flow: usize) -> Option<Key> {
        let activation = self.activation(key);
        let (to, scope) = (self.definition.flows[flow].to, activation.scope);
        if !self.definition.may_lead_back(flow) {
            return None;
        }
        self.done_before(to, scope, &activation.from)
    }

    /// The latest of a node that what descends from these came by, since anything was done that every way
    /// to the node passes; nothing where that was cut off: it was not done.
    pub(super) fn done_before(&self, node: usize, scope: Key, from: &[Key]) -> Option<Key> {
        let lies_ahead =
            |one: &NodeName| self.definition.lies_ahead_after(node, self.definition.index(one));
        let ancestors = self.instance.ancestors_since(from, &lies_ahead);
        let latest = self.latest(&self.definition.nodes[node].name, scope, ancestors)?;
        let trace = self.instance.trail().get(&latest)?;
        trace.left.as_ref().is_none_or(|left| left.whole).then_some(latest)
    }

    /// The latest activity of a node that an activation of the same scope descends from.
    pub(crate) fn earlier(&self, key: Key, node: &NodeName) -> Option<Key> {
        let activation = self.activation(key);
        let ancestors = self.instance.ancestors(&activation.from);
        self.latest(node, activation.scope, ancestors)
    }

    fn latest(&self, node: &NodeName, scope: Key, among: BTreeSet<Key>) -> Option<Key> {
        among.into_iter().rev().find(|key| {
            let trace = &self.instance.trail()[key];
            // What the case ended after is gone back to by hand alone.
            trace.node == *node && trace.scope == scope && !trace.closed
        })
    }
}

//! Which flows are returns. A return undoes what descends from the node it goes to, so that the case is
//! again in a state that it had been in or could have been in (`docs/language/returns.md`): whoever
//! explores the states need not follow it. Only the flow of an outcome or a deadline can be one.

use std::collections::BTreeSet;

use super::net::{Net, Way};
use crate::definition::Definition;
use crate::elements::Join;

/// Nodes that tokens bear a mark of; what is returned to beyond these counts as done before.
const MARKS_MAX: usize = 64;

/// The returns of a scope.
#[derive(Debug, Default)]
pub(super) struct Returns {
    /// Nodes that may or may not have been done when a task names them, with those tasks. A token
    /// that descends from one bears its mark.
    pub(super) marked: Vec<(usize, Vec<usize>)>,
    /// Flows that lead back, returns or not.
    back: BTreeSet<usize>,
    /// Flows that always are returns.
    always: BTreeSet<usize>,
}

impl Returns {
    /// Finds the returns of a scope.
    pub(super) fn find(net: &Net<'_>) -> Self {
        let mut found = Self::default();
        for at in &net.nodes {
            let back = net.definition.nodes[*at].incoming.iter().copied();
            let back: Vec<usize> =
                back.filter(|flow| net.definition.may_lead_back(*flow)).collect();
            if !back.is_empty() {
                found.add(net, *at, &back);
            }
        }
        found
    }

    /// Sorts flows that lead back to one node.
    fn add(&mut self, net: &Net<'_>, to: usize, back: &[usize]) {
        let definition = net.definition;
        // What leaves no trace cannot be returned to; an inclusive join does only where it joined.
        let join = net.joins(to);
        let is_traced = definition.nodes[to].element.is_activity() || join != Join::Each;
        let is_always = |flow: &usize| {
            is_traced
                && !matches!(join, Join::Reachable | Join::Counted)
                && definition.always_leads_back(*flow)
        };
        let (always, others): (Vec<usize>, Vec<usize>) = back.iter().copied().partition(is_always);
        self.always.extend(always);
        self.back.extend(&others);
        if others.is_empty() || !is_traced {
            return;
        }
        if self.marked.len() == MARKS_MAX {
            self.always.extend(others);
            return;
        }
        let sources = others.iter().map(|flow| definition.flows[*flow].from).collect();
        self.marked.push((to, sources));
    }

    /// The mark of a node.
    pub(super) fn mark(&self, at: usize) -> u64 {
        self.marked.iter().position(|(to, _)| *to == at).map_or(0, |number| 1 << number)
    }

    /// The marks that a token no longer bears once a node is done: of what lies ahead of it again.
    pub(super) fn cleared(&self, definition: &Definition, at: usize) -> u64 {
        let ahead = |to: usize| definition.lies_ahead_after(to, at);
        let marked = self.marked.iter().enumerate().filter(|(_, (to, _))| ahead(*to));
        marked.fold(0, |marks, (number, _)| marks | 1 << number)
    }

    /// Whether a flow is a return for what descends from a token with these marks.
    pub(super) fn is_return(&self, definition: &Definition, flow: usize, marks: u64) -> bool {
        let is_marked = || self.mark(definition.flows[flow].to) & marks != 0;
        self.always.contains(&flow) || (self.back.contains(&flow) && is_marked())
    }

    /// How a token leaves by such a flow; not at all where it always is a return.
    pub(super) fn way(&self, definition: &Definition, flow: usize) -> Option<Way> {
        if self.always.contains(&flow) {
            return None;
        }
        let leads_back = self.back.contains(&flow);
        let mark = if leads_back { self.mark(definition.flows[flow].to) } else { 0 };
        Some(Way::Named { flow, mark, comes_back: definition.comes_back(flow), leads_back })
    }
}

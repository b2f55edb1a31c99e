//! Which flows are returns. A return undoes what descends from the node it goes to, so that the case is
//! again in a state that it had been in or could have been in (`docs/language/returns.md`): whoever
//! explores the states need not follow it. Only the flow of an outcome or a deadline can be one.

use std::collections::BTreeSet;

use super::dominance::Dominance;
use super::net::{Net, Way};
use crate::definition::{Definition, Flow};
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
        let definition = net.definition;
        let mut dominance = None;
        for at in &net.nodes {
            let named = definition.nodes[*at].incoming.iter().copied().filter(|flow| {
                let Flow { from, to, kind, .. } = &definition.flows[*flow];
                from != to && kind.may_return()
            });
            let named: Vec<usize> = named.collect();
            if !named.is_empty() {
                let dominance = dominance.get_or_insert_with(|| Dominance::of(net));
                found.add(net, dominance, *at, named);
            }
        }
        found
    }

    /// Sorts flows to one node.
    fn add(&mut self, net: &Net<'_>, dominance: &Dominance, to: usize, flows: Vec<usize>) {
        // What leaves no trace cannot be returned to; an inclusive join does only where it joined.
        let join = net.joins(to);
        let is_traced = net.definition.nodes[to].element.is_activity() || join != Join::Each;
        let from = |flow: &usize| net.definition.flows[*flow].from;
        let (always, others): (Vec<usize>, Vec<usize>) = flows.into_iter().partition(|flow| {
            is_traced
                && !matches!(join, Join::Reachable | Join::Counted)
                && dominance.passes(from(flow), to)
        });
        self.always.extend(always);
        if others.is_empty() {
            return;
        }
        let after = net.reach([to], Net::next, |_| false);
        let back: Vec<usize> = others.into_iter().filter(|flow| after.has(from(flow))).collect();
        self.back.extend(&back);
        if back.is_empty() || !is_traced {
            return;
        }
        if self.marked.len() == MARKS_MAX {
            self.always.extend(back);
            return;
        }
        self.marked.push((to, back.iter().map(from).collect()));
    }

    /// The mark of a node.
    pub(super) fn mark(&self, at: usize) -> u64 {
        self.marked.iter().position(|(to, _)| *to == at).map_or(0, |number| 1 << number)
    }

    /// Whether a flow is a return for what descends from a token with these marks.
    pub(super) fn is_return(&self, definition: &Definition, flow: usize, marks: u64) -> bool {
        let Flow { to, kind, .. } = &definition.flows[flow];
        self.always.contains(&flow) || (kind.may_return() && self.mark(*to) & marks != 0)
    }

    /// How a token leaves by such a flow; not at all where it always is a return.
    pub(super) fn way(&self, definition: &Definition, flow: usize) -> Option<Way> {
        if self.always.contains(&flow) {
            return None;
        }
        let mark = self.mark(definition.flows[flow].to);
        let leads_back = self.back.contains(&flow);
        Some(Way::Named { flow, mark, comes_back: definition.comes_back(flow), leads_back })
    }
}

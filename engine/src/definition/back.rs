//! Which ways that somebody or a clock chooses may lead back (`docs/language/returns.md`): those to a
//! node that lies before where they begin. A node lies before another where it leads there without
//! passing anything anew that every way to it passes; otherwise it is come to by going round a loop, and
//! lies ahead.

use std::collections::{BTreeMap, BTreeSet};

use super::dominance::Dominance;
use super::{Definition, FlowKind};
use crate::elements::Element;

/// What is known of a node that ways lead to which somebody or a clock chooses.
#[derive(Debug, Default)]
pub(crate) struct Back {
    /// The flows to it that lead back where it was done before.
    flows: BTreeSet<usize>,
    /// Those of them before which it was done in any case, where every way to them passes it.
    always: BTreeSet<usize>,
    /// The activities that every way to it passes: where one of them was done since, the case has gone
    /// round a loop, and it lies ahead until it is done again.
    passed: BTreeSet<usize>,
}

impl Definition {
    /// Notes which flows may lead back.
    pub(super) fn find_ways_back(&mut self) {
        let mut chosen: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, flow) in self.flows.iter().enumerate() {
            if flow.kind.may_return() && flow.from != flow.to {
                chosen.entry(flow.to).or_default().push(number);
            }
        }
        if chosen.is_empty() {
            return;
        }
        let next = self.drawn();
        let dominance = Dominance::of(self.nodes.len(), &next);
        let back = |(to, flows): (usize, Vec<usize>)| {
            let on_every_way = dominance.before(to);
            let reached = reached(&next, to, &on_every_way);
            let leads_back = |flow: &usize| reached.contains(&self.flows[*flow].from);
            let flows: BTreeSet<usize> = flows.into_iter().filter(leads_back).collect();
            let is_left_done = !self.may_be_cut_off(to);
            let is_always =
                |flow: &&usize| is_left_done && dominance.passes(self.flows[**flow].from, to);
            let always = flows.iter().filter(is_always).copied().collect();
            let is_activity = |at: &usize| self.nodes[*at].element.is_activity();
            let passed = on_every_way.into_iter().filter(is_activity).collect();
            (to, Back { flows, always, passed })
        };
        self.back = chosen.into_iter().map(back).collect();
    }

    /// Whether a flow leads back where the node that it leads to was done before.
    pub(crate) fn may_lead_back(&self, flow: usize) -> bool {
        self.back.get(&self.flows[flow].to).is_some_and(|back| back.flows.contains(&flow))
    }

    /// Whether every way to where a flow begins passes the node that it leads to.
    pub(crate) fn always_leads_back(&self, flow: usize) -> bool {
        self.back.get(&self.flows[flow].to).is_some_and(|back| back.always.contains(&flow))
    }

    /// Whether a node lies ahead again once another was done, since every way to it passes that.
    pub(crate) fn lies_ahead_after(&self, node: usize, done: usize) -> bool {
        self.back.get(&node).is_some_and(|back| back.passed.contains(&done))
    }

    /// Whether a way leads on from a node that was not done: from an event that interrupts it, or its
    /// deadline.
    fn may_be_cut_off(&self, at: usize) -> bool {
        let node = &self.nodes[at];
        let interrupts = |event: &usize| {
            matches!(&self.nodes[*event].element, Element::BoundaryEvent(event)
                if event.interrupting && !event.compensation)
        };
        node.boundaries.iter().any(interrupts)
            || node.outgoing.iter().any(|flow| matches!(self.flows[*flow].kind, FlowKind::Overdue))
    }

    /// Whether any node lies ahead again once this one was done.
    pub(crate) fn matters_to_ways_back(&self, done: usize) -> bool {
        self.back.values().any(|back| !back.flows.is_empty() && back.passed.contains(&done))
    }

    /// By node, those that a token can come to next; behind the last, one that leads to wherever tokens
    /// begin.
    fn drawn(&self) -> Vec<Vec<usize>> {
        let next = self.nodes.iter().map(|node| {
            let flows = node.outgoing.iter().map(|flow| self.flows[*flow].to);
            flows.chain(node.boundaries.iter().copied()).collect()
        });
        let begin = (0..self.nodes.len()).filter(|at| self.begins(*at)).collect();
        next.chain([begin]).collect()
    }

    /// Whether a token begins at a node that nothing led to.
    pub(super) fn begins(&self, at: usize) -> bool {
        let node = &self.nodes[at];
        let is_begun =
            node.incoming.is_empty() && !matches!(node.element, Element::BoundaryEvent(_));
        let is_inner = |scope: usize| self.nodes[scope].begins_inside().any(|one| one == at);
        is_begun
            || self.start == at
            || self.event_starts.contains(&at)
            || node.scope.is_some_and(is_inner)
    }
}

/// What a node leads to without passing some others.
fn reached(next: &[Vec<usize>], from: usize, without: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut todo = next[from].clone();
    while let Some(at) = todo.pop() {
        if !without.contains(&at) && seen.insert(at) {
            todo.extend(&next[at]);
        }
    }
    seen
}

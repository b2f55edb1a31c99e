//! Where a case could be returned to from each node, as far as the graph can say. What may really
//! be done at a moment is what the case has in its trail.

use std::collections::BTreeSet;

use super::source::Then;
use super::{Definition, FlowKind, Node};
use crate::elements::{Element, Join};
use crate::ids::NodeName;

impl Node {
    /// Where its inner nodes begin, for a sub-process: at the first, or at what people choose.
    pub(crate) fn begins_inside(&self) -> impl Iterator<Item = usize> {
        self.inner_start.into_iter().chain(self.choices.iter().copied())
    }

    /// Whether a case may be returned to it: somebody does something there, or a whole part runs.
    pub fn is_return_target(&self) -> bool {
        match &self.element {
            Element::UserTask(_)
            | Element::AdHocSubProcess(_)
            | Element::SubProcess(_)
            | Element::Transaction(_) => true,
            Element::CallActivity(call) => call.wait,
            _ => false,
        }
    }
}

impl Definition {
    /// Whether what a flow leads to comes straight back.
    pub(crate) fn comes_back(&self, flow: usize) -> bool {
        let flow = &self.flows[flow];
        match (&flow.kind, &self.nodes[flow.from].element) {
            (FlowKind::Outcome(outcome), Element::UserTask(task)) => {
                task.outcome(outcome.as_str()).is_some_and(|one| one.then == Some(Then::ComeBack))
            }
            _ => false,
        }
    }

    /// Nodes that a case may ever be returned to from a node: what comes before it, or before a
    /// sub-process around it, in the order of the file.
    pub fn return_targets(&self, node: &str) -> Vec<NodeName> {
        let mut targets = BTreeSet::new();
        let mut at = self.by_name.get(node).copied();
        while let Some(own) = at {
            targets.extend(self.before(own));
            at = self.nodes[own].scope;
        }
        let nodes = targets.into_iter().map(|at| &self.nodes[at]);
        nodes.filter(|node| node.is_return_target()).map(|node| node.name.clone()).collect()
    }

    /// Nodes that an ended case can run on from: with one token there, every parallel join that it
    /// comes to can be complete.
    pub fn reopen_targets(&self) -> Vec<NodeName> {
        let own = self.nodes.iter().enumerate().filter(|(at, node)| {
            node.scope.is_none() && node.is_return_target() && !self.undoes(*at)
        });
        own.filter(|(at, _)| self.leads_on_alone(*at)).map(|(_, node)| node.name.clone()).collect()
    }

    /// Whether a node only undoes what another one did.
    pub(crate) fn undoes(&self, node: usize) -> bool {
        self.nodes.iter().any(|other| other.compensation == Some(node))
    }

    fn leads_on_alone(&self, from: usize) -> bool {
        let joins = self.ahead(from, None);
        joins.iter().filter(|at| self.nodes[**at].behavior.join() == Join::All).all(|join| {
            let reached = self.ahead(from, Some(*join));
            let incoming = &self.nodes[*join].incoming;
            incoming.iter().all(|flow| reached.contains(&self.flows[*flow].from))
        })
    }

    /// Nodes of the same scope that a token can come to from a node, itself included, without
    /// passing another one.
    pub(super) fn after(&self, from: usize, without: Option<usize>) -> BTreeSet<usize> {
        self.reached(from, without, |_| true)
    }

    /// The same where nobody chooses a way back: what is done there in another branch is not sure to be.
    fn ahead(&self, from: usize, without: Option<usize>) -> BTreeSet<usize> {
        self.reached(from, without, |flow| !self.may_lead_back(flow))
    }

    fn reached(
        &self,
        from: usize,
        without: Option<usize>,
        by: impl Fn(usize) -> bool,
    ) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            if Some(at) != without && seen.insert(at) {
                let node = &self.nodes[at];
                let flows = node.outgoing.iter().filter(|flow| by(**flow));
                todo.extend(flows.map(|flow| self.flows[*flow].to));
                todo.extend(&node.boundaries);
            }
        }
        seen
    }

    /// Nodes of the same scope from which a token can come to a node, without the node itself.
    fn before(&self, node: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut todo = self.just_before(node);
        while let Some(at) = todo.pop() {
            if at != node && seen.insert(at) {
                todo.extend(self.just_before(at));
            }
        }
        seen
    }

    fn just_before(&self, node: usize) -> Vec<usize> {
        let own = &self.nodes[node];
        let mut before: Vec<usize> =
            own.incoming.iter().map(|flow| self.flows[*flow].from).collect();
        if let Element::BoundaryEvent(event) = &own.element {
            before.extend(self.by_name.get(&event.attached_to));
        }
        before
    }
}

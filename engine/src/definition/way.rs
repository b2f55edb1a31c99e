//! The way to a node, to be shown with what is wrong there.

use super::Definition;
use crate::elements::Element;

/// Nodes of a way that are named; of a longer one, the middle is left out.
const NAMED_MAX: usize = 24;

impl Definition {
    /// The names of some nodes in order.
    pub(crate) fn named_way(&self, nodes: &[usize]) -> String {
        let mut names: Vec<&str> = nodes.iter().map(|at| self.nodes[*at].name.as_str()).collect();
        if names.len() > NAMED_MAX {
            let cut = names.len() - NAMED_MAX;
            names.splice(NAMED_MAX / 2..NAMED_MAX / 2 + cut, ["…"]);
        }
        names.join(" → ")
    }

    /// The shortest way to a node from where a case begins, by the flows and the events that are
    /// drawn; just the node where nothing leads to it.
    pub(crate) fn way_to(&self, node: usize) -> String {
        let mut came: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut todo: Vec<usize> = vec![self.start];
        todo.extend(self.event_starts.iter().map(|at| self.begins_at(*at)));
        todo.extend(&self.listeners);
        let begun = todo.clone();
        let mut next = 0;
        while let Some(at) = todo.get(next).copied() {
            next += 1;
            if at == node {
                break;
            }
            for to in self.steps_from(at) {
                if came[to].is_none() && !begun.contains(&to) {
                    came[to] = Some(at);
                    todo.push(to);
                }
            }
        }
        let mut way: Vec<usize> = std::iter::successors(Some(node), |at| came[*at]).collect();
        way.reverse();
        self.named_way(&way)
    }

    /// Whether a transaction is left by an event where it is cancelled.
    pub(crate) fn has_cancel(&self, transaction: usize) -> bool {
        self.nodes[transaction].boundaries.iter().any(|boundary| {
            matches!(&self.nodes[*boundary].element, Element::BoundaryEvent(it) if it.cancel)
        })
    }

    /// Nodes that a token, or what is about its node, comes to next.
    pub(crate) fn steps_from(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let node = &self.nodes[at];
        let flows = node.outgoing.iter().map(|flow| self.flows[*flow].to);
        let beside = node.boundaries.iter().chain(&node.listeners).copied();
        flows.chain(beside).chain(node.compensation).chain(node.begins_inside())
    }
}

impl super::Node {
    /// The keys that lead to it in its file.
    pub(crate) fn path(&self, definition: &Definition) -> Vec<String> {
        let around = self.scope.map(|scope| definition.nodes[scope].path(definition));
        let mut path = around.unwrap_or_default();
        path.extend(["nodes".to_owned(), self.name.as_str().to_owned()]);
        path
    }
}

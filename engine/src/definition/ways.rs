//! Ways of their own: what an event beside an activity begins, and what people begin in an ad-hoc
//! sub-process, may run several times side by side. A node belongs to such a way where nothing else
//! leads to it.

use std::collections::BTreeSet;

use super::Definition;
use crate::elements::Element;

impl Definition {
    /// Notes which nodes belong to ways of their own, and which flows lead back.
    pub(super) fn find_all_ways(&mut self) {
        self.find_ways();
        self.find_ways_back();
    }

    /// Notes of each node which ways it belongs to.
    fn find_ways(&mut self) {
        let starts: Vec<usize> =
            (0..self.nodes.len()).filter(|at| self.begins_a_way(*at)).collect();
        if starts.is_empty() {
            return;
        }
        let only_by = |start: &usize| (*start, self.only_by(&[*start]));
        let mut ways: Vec<(usize, BTreeSet<usize>)> = starts.iter().map(only_by).collect();
        // Of two that a node belongs to, one is inside the other.
        ways.sort_by_key(|(start, nodes)| (nodes.len(), *start));
        for (start, nodes) in ways {
            for at in nodes {
                self.nodes[at].ways.push(vec![start]);
            }
        }
        self.find_shared_ways(&starts);
    }

    /// Notes of nodes to which several ways lead, and nothing else, that they belong to either.
    fn find_shared_ways(&mut self, starts: &[usize]) {
        let is_outermost = |start: &&usize| self.nodes[**start].ways.len() == 1;
        let outermost: Vec<usize> = starts.iter().filter(is_outermost).copied().collect();
        let scopes: BTreeSet<Option<usize>> =
            outermost.iter().map(|start| self.nodes[*start].scope).collect();
        for scope in scopes {
            let own = outermost.iter().filter(|start| self.nodes[**start].scope == scope);
            let own: Vec<usize> = own.copied().collect();
            let reached: Vec<_> =
                own.iter().map(|start| (*start, self.after(*start, None))).collect();
            for at in self.only_by(&own) {
                if self.nodes[at].ways.is_empty() {
                    let leading = reached.iter().filter(|(_, nodes)| nodes.contains(&at));
                    let leading = leading.map(|(start, _)| *start).collect();
                    self.nodes[at].ways.push(leading);
                }
            }
        }
    }

    /// Whether a way of its own begins at a node.
    pub(crate) fn begins_a_way(&self, at: usize) -> bool {
        self.is_beside(at)
            || self.nodes[at].scope.is_some_and(|scope| self.nodes[scope].choices.contains(&at))
    }

    /// Whether a node is an event that happens beside an activity, which goes on.
    pub(crate) fn is_beside(&self, at: usize) -> bool {
        matches!(&self.nodes[at].element, Element::BoundaryEvent(event)
            if !event.interrupting && !event.compensation)
    }

    /// Nodes that a token comes to from these of one scope alone, themselves included.
    fn only_by(&self, starts: &[usize]) -> BTreeSet<usize> {
        let scope = starts.first().and_then(|start| self.nodes[*start].scope);
        let begins = |at: &usize| self.nodes[*at].scope == scope && self.begins(*at);
        let mut others = BTreeSet::new();
        let mut todo: Vec<usize> = (0..self.nodes.len()).filter(begins).collect();
        while let Some(at) = todo.pop() {
            if !starts.contains(&at) && others.insert(at) {
                let node = &self.nodes[at];
                todo.extend(node.outgoing.iter().map(|flow| self.flows[*flow].to));
                todo.extend(&node.boundaries);
            }
        }
        let reached = starts.iter().flat_map(|start| self.after(*start, None));
        reached.filter(|at| !others.contains(at)).collect()
    }
}

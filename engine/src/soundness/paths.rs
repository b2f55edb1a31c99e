//! How a state was come to, and from which states nothing leads to an end: what is read off the states
//! once they are found.

use super::bits::Bits;
use super::explore::{Explorer, NO_FLOW, Step};
use super::state::{Token, small};

/// The nodes that a token left, in order, until something was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path {
    pub(super) nodes: Vec<usize>,
    /// An outcome's flow on the way that leads back without being a return.
    pub(super) jump: Option<usize>,
}

impl Explorer<'_, '_> {
    /// The nodes that were left until a step, and the one that it leads to.
    pub(super) fn path(&self, by: Step, to: Option<usize>) -> Path {
        let mut path = Path { nodes: to.into_iter().collect(), jump: None };
        let mut step = by;
        loop {
            if path.nodes.last() != Some(&(step.left as usize)) {
                path.nodes.push(step.left as usize);
            }
            if step.jump != NO_FLOW {
                path.jump = Some(step.jump as usize);
            }
            // The first state comes from no other.
            let before = self.steps.get(step.from as usize).copied();
            match before.filter(|_| step.from != 0) {
                Some(before) => step = before,
                None => break,
            }
        }
        let begun = path.nodes.last();
        if !begun.is_some_and(|first| self.net.other_starts.contains(first)) {
            path.nodes.push(self.net.start);
        }
        path.nodes.reverse();
        path.nodes.dedup();
        path
    }

    /// The first state from which nothing leads to an end. A return leads to a state that ordinary steps
    /// reach: it counts as a way where the case can end from the node that it leads to.
    pub(super) fn endless(&self) -> Option<(usize, Path)> {
        let mut before: Vec<Vec<u32>> = vec![Vec::new(); self.states.len()];
        for (from, to) in &self.edges {
            before[*to as usize].push(*from);
        }
        let mut leads_on = Bits::new(self.states.len());
        let mut todo = self.ends.clone();
        while !todo.is_empty() {
            while let Some(id) = todo.pop() {
                if leads_on.add(id as usize) {
                    todo.extend(&before[id as usize]);
                }
            }
            todo = self.returning(&leads_on);
        }
        let first = (0..self.states.len()).find(|id| !leads_on.has(*id))?;
        let node = self.states[first].iter().find_map(Token::node)?;
        Some((node, self.path(self.steps[first], Some(node))))
    }

    /// States that do not lead on but for a return, to a node at which some state does.
    fn returning(&self, leads_on: &Bits) -> Vec<u32> {
        let mut at = Bits::new(self.net.definition.nodes.len());
        let all = || self.states.iter().enumerate();
        for (_, state) in all().filter(|(id, _)| leads_on.has(*id)) {
            for node in state.iter().filter_map(Token::node) {
                at.add(node);
            }
        }
        let returns = |token: &Token| {
            let from = token.node().into_iter();
            let mut targets = from.flat_map(|node| self.net.returns_from(node, token.marks));
            targets.any(|to| at.has(to))
        };
        let more = all().filter(|(id, state)| !leads_on.has(*id) && state.iter().any(returns));
        more.map(|(id, _)| small(id)).collect()
    }
}

//! Which nodes lie on every way to which others (Cooper, Harvey, Kennedy: A Simple, Fast Dominance
//! Algorithm).

use std::collections::BTreeSet;

/// The dominators of nodes.
#[derive(Debug)]
pub(super) struct Dominance {
    /// By place in reverse postorder, the node.
    nodes: Vec<usize>,
    /// By node, its place; none where nothing leads there.
    order: Vec<Option<usize>>,
    /// By place, the place of the nearest node that lies on every way there.
    nearest: Vec<usize>,
}

impl Dominance {
    /// Finds them: for each node those that a token can come to next, and where all begin.
    pub(super) fn of(start: usize, next: &[Vec<usize>]) -> Self {
        let nodes = reverse_postorder(start, next);
        let mut before = vec![Vec::new(); next.len()];
        for (at, leads_to) in next.iter().enumerate() {
            for to in leads_to {
                before[*to].push(at);
            }
        }
        let mut order = vec![None; next.len()];
        for (place, node) in nodes.iter().enumerate() {
            order[*node] = Some(place);
        }
        let mut nearest: Vec<Option<usize>> = vec![None; nodes.len()];
        nearest[0] = Some(0);
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for (place, node) in nodes.iter().enumerate().skip(1) {
                let before = before[*node].iter().filter_map(|before: &usize| order[*before]);
                let known = before.filter(|before| nearest[*before].is_some());
                let found = known.reduce(|one, other| common(&nearest, one, other));
                if found != nearest[place] {
                    nearest[place] = found;
                    has_changed = true;
                }
            }
        }
        let nearest = nearest.into_iter().map(|one| one.unwrap_or(0)).collect();
        Self { nodes, order, nearest }
    }

    /// Whether every way from the start to a node passes another one.
    pub(super) fn passes(&self, node: usize, by: usize) -> bool {
        let (Some(mut at), Some(by)) = (self.order[node], self.order[by]) else { return false };
        while at > by {
            at = self.nearest[at];
        }
        at == by
    }

    /// The nodes that every way from the start to a node passes, without both.
    pub(super) fn before(&self, node: usize) -> BTreeSet<usize> {
        let Some(mut at) = self.order[node] else { return BTreeSet::new() };
        let mut found = BTreeSet::new();
        while self.nearest[at] > 0 {
            at = self.nearest[at];
            found.insert(self.nodes[at]);
        }
        found
    }
}

/// The nearest node on every way to two.
fn common(nearest: &[Option<usize>], mut one: usize, mut other: usize) -> usize {
    let up = |at: usize| nearest[at].expect("only nodes that have one are compared");
    while one != other {
        while one > other {
            one = up(one);
        }
        while other > one {
            other = up(other);
        }
    }
    one
}

/// Nodes that can be reached, each before those behind it where no loop forbids.
fn reverse_postorder(start: usize, next: &[Vec<usize>]) -> Vec<usize> {
    let mut seen = vec![false; next.len()];
    let mut done = Vec::new();
    let mut path = vec![(start, 0)];
    seen[start] = true;
    while let Some((at, tried)) = path.pop() {
        match next[at].get(tried) {
            Some(to) => {
                path.push((at, tried + 1));
                if !std::mem::replace(&mut seen[*to], true) {
                    path.push((*to, 0));
                }
            }
            None => done.push(at),
        }
    }
    done.reverse();
    done
}

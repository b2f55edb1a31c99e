//! Which nodes lie on every way to which others (Cooper, Harvey, Kennedy: A Simple, Fast Dominance
//! Algorithm).

use super::net::Net;

/// The dominators of a scope's nodes.
#[derive(Debug)]
pub(super) struct Dominance {
    /// By node of the definition, its place in reverse postorder.
    order: Vec<Option<usize>>,
    /// By place, the place of the nearest node that lies on every way there.
    nearest: Vec<usize>,
}

impl Dominance {
    /// Finds them.
    pub(super) fn of(net: &Net<'_>) -> Self {
        let nodes = reverse_postorder(net);
        let mut order = vec![None; net.definition.nodes.len()];
        for (place, node) in nodes.iter().enumerate() {
            order[*node] = Some(place);
        }
        let mut nearest: Vec<Option<usize>> = vec![None; nodes.len()];
        nearest[0] = Some(0);
        let mut has_changed = true;
        while has_changed {
            has_changed = false;
            for (place, node) in nodes.iter().enumerate().skip(1) {
                let before = net.before(*node).iter().filter_map(|before| order[*before]);
                let known = before.filter(|before| nearest[*before].is_some());
                let found = known.reduce(|one, other| common(&nearest, one, other));
                if found != nearest[place] {
                    nearest[place] = found;
                    has_changed = true;
                }
            }
        }
        let nearest = nearest.into_iter().map(|one| one.unwrap_or(0)).collect();
        Self { order, nearest }
    }

    /// Whether every way from the start to a node passes another one.
    pub(super) fn passes(&self, node: usize, by: usize) -> bool {
        let (Some(mut at), Some(by)) = (self.order[node], self.order[by]) else { return false };
        while at > by {
            at = self.nearest[at];
        }
        at == by
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
fn reverse_postorder(net: &Net<'_>) -> Vec<usize> {
    let mut seen = vec![false; net.definition.nodes.len()];
    let mut done = Vec::new();
    let mut path = vec![(net.start, 0)];
    seen[net.start] = true;
    while let Some((at, tried)) = path.pop() {
        match net.next(at).get(tried) {
            Some(next) => {
                path.push((at, tried + 1));
                if !std::mem::replace(&mut seen[*next], true) {
                    path.push((*next, 0));
                }
            }
            None => done.push(at),
        }
    }
    done.reverse();
    done
}

//! Nodes that nothing leads to. A way that leads nobody knows where may lead to one of them: then that
//! is said of the way, and not of the node as well.

use super::loose::{Loose, Open};
use crate::definition::Definition;
use crate::problem::distance;

/// See the module.
pub(super) struct Unreached {
    /// Nodes that no token can come to, without those that only such a one leads to.
    pub(super) nodes: Vec<usize>,
    /// Others of them, each with the path of the problem of a way that may be meant to lead there.
    pub(super) meant: Vec<(Vec<String>, usize)>,
}

/// Finds them.
pub(super) fn find(definition: &Definition, loose: &Loose) -> Unreached {
    let next = next(definition, loose);
    let mut begun = vec![definition.start];
    begun.extend(&loose.begun);
    begun.extend(definition.event_starts.iter().map(|at| definition.begins_at(*at)));
    begun.extend(&definition.listeners);
    let mut seen = vec![false; definition.nodes.len()];
    reach(begun, &next, &mut seen);
    let mut nodes: Vec<usize> = Vec::new();
    if seen.iter().all(|seen| *seen) {
        return Unreached { nodes, meant: Vec::new() };
    }
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); seen.len()];
    for (at, next) in next.iter().enumerate() {
        for to in next {
            before[*to].push(at);
        }
    }
    while let Some(first) = seen.iter().position(|seen| !seen) {
        let root = root(first, &before);
        reach(vec![root], &next, &mut seen);
        nodes.push(root);
    }
    // What is in a sub-process that nobody comes to is told with that.
    let is_within = |at: usize, around: usize| {
        let scope = |at: &usize| definition.nodes[*at].scope;
        std::iter::successors(scope(&at), scope).any(|scope| scope == around)
    };
    let all = nodes.clone();
    nodes.retain(|at| !all.iter().any(|around| is_within(*at, *around)));
    nodes.sort_unstable();
    let meant = meant(definition, loose, &next, &mut nodes);
    Unreached { nodes, meant }
}

/// Takes from some nodes those that open ways may lead to: for each way the one that it most probably
/// means, of its own scope, and not such as only lead to it.
fn meant(
    definition: &Definition,
    loose: &Loose,
    next: &[Vec<usize>],
    nodes: &mut Vec<usize>,
) -> Vec<(Vec<String>, usize)> {
    let mut meant = Vec::new();
    for open in &loose.open {
        let may_be = |at: &&usize| {
            let mut after = vec![false; next.len()];
            reach(vec![**at], next, &mut after);
            definition.nodes[**at].scope == definition.nodes[open.from].scope && !after[open.from]
        };
        let best = nodes.iter().filter(may_be).min_by_key(|at| unlikeness(definition, open, **at));
        if let Some(best) = best.copied() {
            nodes.retain(|at| *at != best);
            meant.push((open.path.clone(), best));
        }
    }
    meant
}

/// How little a way seems to mean a node: by its name, else by its place in the file.
fn unlikeness(definition: &Definition, open: &Open, at: usize) -> (bool, usize, usize) {
    let name = definition.nodes[at].name.as_str().to_lowercase();
    let place = at.checked_sub(open.from).unwrap_or(usize::MAX);
    match open.to.as_ref().map(|to| to.as_str().to_lowercase()) {
        Some(to) => (!name.contains(&to) && !to.contains(&name), distance(&to, &name), place),
        None => (false, 0, place),
    }
}

/// Where a token can come to next from each node, as far as that is known or can be guessed.
fn next(definition: &Definition, loose: &Loose) -> Vec<Vec<usize>> {
    let nodes = 0..definition.nodes.len();
    let mut next: Vec<Vec<usize>> = nodes.map(|at| definition.steps_from(at).collect()).collect();
    for (from, to) in &loose.ways {
        next[*from].push(*to);
    }
    next
}

/// Marks what can be reached.
fn reach(from: Vec<usize>, next: &[Vec<usize>], seen: &mut [bool]) {
    let mut todo = from;
    while let Some(at) = todo.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            todo.extend(&next[at]);
        }
    }
}

/// One of the nodes from which a node is come to first: what nothing else leads to, or the first of
/// a ring that nothing else leads to.
fn root(of: usize, before: &[Vec<usize>]) -> usize {
    let ancestors = |at: usize| {
        let mut seen = vec![false; before.len()];
        reach(vec![at], before, &mut seen);
        seen
    };
    let all = ancestors(of);
    let size = |at: &usize| ancestors(*at).into_iter().filter(|seen| *seen).count();
    (0..before.len()).filter(|at| all[*at]).min_by_key(size).unwrap_or(of)
}

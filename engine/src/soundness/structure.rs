//! What the structure alone shows, where there are too many states to look at: a scope that is put
//! together from lines, blocks and loops is reduced, block by block, to a single way from its start to
//! its end. What is left shows where it is not; a block whose fork and join do not fit is a finding.

use std::collections::BTreeSet;

use super::net::{Net, Way};
use crate::elements::Join;

/// How a node splits or joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of the ways.
    One,
    /// All of them.
    All,
    /// Some of them.
    Some,
}

/// A fork and a join that do not fit, as nodes of the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Misfit {
    pub(super) fork: usize,
    pub(super) join: usize,
    /// Whether the join waits for what cannot come; otherwise it goes on once for each.
    pub(super) waits: bool,
}

/// What the structure shows.
#[derive(Debug, Default)]
pub(super) struct Structure {
    pub(super) misfits: BTreeSet<Misfit>,
    /// Nodes that could not be reduced.
    pub(super) rest: Vec<usize>,
}

/// Reduces a scope.
pub(super) fn reduce(net: &Net<'_>) -> Structure {
    let mut graph = Graph::of(net);
    let mut todo: BTreeSet<usize> = net.nodes.iter().copied().collect();
    while let Some(at) = todo.pop_first() {
        if let Some(around) = graph.reduce(at) {
            todo.extend(around.into_iter().filter(|near| *near < graph.start));
        }
    }
    let rest = net.nodes.iter().copied().filter(|at| !graph.next[*at].is_empty()).collect();
    Structure { misfits: graph.misfits, rest }
}

/// The scope as a graph with one start and one end of its own, after all nodes of the definition.
struct Graph {
    start: usize,
    end: usize,
    next: Vec<BTreeSet<usize>>,
    before: Vec<BTreeSet<usize>>,
    splits: Vec<Kind>,
    joins: Vec<Kind>,
    misfits: BTreeSet<Misfit>,
}

impl Graph {
    fn of(net: &Net<'_>) -> Self {
        let size = net.definition.nodes.len();
        let mut graph = Self {
            start: size,
            end: size + 1,
            next: vec![BTreeSet::new(); size + 2],
            before: vec![BTreeSet::new(); size + 2],
            splits: vec![Kind::One; size + 2],
            joins: vec![Kind::One; size + 2],
            misfits: BTreeSet::new(),
        };
        // The scope is done when every token has ended.
        graph.splits[graph.start] = Kind::Some;
        graph.joins[graph.end] = Kind::Some;
        for at in &net.nodes {
            graph.joins[*at] = match net.joins(*at) {
                Join::Each => Kind::One,
                Join::All => Kind::All,
                Join::Reachable | Join::Counted => Kind::Some,
            };
            graph.splits[*at] = splits(net, *at);
        }
        for start in std::iter::once(&net.start).chain(&net.other_starts) {
            graph.link(graph.start, *start);
        }
        for at in &net.nodes {
            graph.draw(net, *at);
        }
        graph
    }

    fn draw(&mut self, net: &Net<'_>, at: usize) {
        let shape = net.shape(at);
        let mut flows = BTreeSet::new();
        let mut ends = false;
        for way in &shape.ways {
            match way {
                Way::Flows(taken) => {
                    flows.extend(taken.iter().copied());
                    ends |= taken.is_empty();
                }
                Way::Named { flow, .. } => {
                    flows.insert(*flow);
                }
                Way::Terminate | Way::Throw | Way::Unknown => ends = true,
            }
        }
        for flow in flows {
            self.link(at, net.definition.flows[flow].to);
        }
        if ends {
            self.link(at, self.end);
        }
        for event in &shape.beside {
            // What happens beside an activity is a matter of its own.
            let from = if event.interrupting { at } else { self.start };
            self.link(from, event.node);
        }
    }

    /// A way from one node to another; a second one makes a block of the two.
    fn link(&mut self, from: usize, to: usize) {
        if self.next[from].insert(to) {
            self.before[to].insert(from);
            return;
        }
        let (split, join) = (self.splits[from], self.joins[to]);
        let fits = join == Kind::Some || split == join;
        if !fits && from < self.start && to < self.start {
            self.misfits.insert(Misfit { fork: from, join: to, waits: join == Kind::All });
        }
    }

    fn unlink(&mut self, from: usize, to: usize) {
        self.next[from].remove(&to);
        self.before[to].remove(&from);
    }

    /// Takes a node out where it is one of a line, a loop onto itself, or part of the fork before it or
    /// of the join after it; the nodes around it then.
    fn reduce(&mut self, at: usize) -> Option<BTreeSet<usize>> {
        let is_plain = self.splits[at] == Kind::One && self.joins[at] == Kind::One;
        if self.next[at].contains(&at) && is_plain {
            self.unlink(at, at);
        }
        let (next, before) = (self.next[at].clone(), self.before[at].clone());
        let one = |nodes: &BTreeSet<usize>| match nodes.len() {
            1 => nodes.first().copied(),
            _ => None,
        };
        let (after, fore) = (one(&next), one(&before));
        let is_line = after.is_some() && fore.is_some();
        let of_fork = fore.is_some_and(|fore| self.splits[fore] == self.splits[at]);
        let of_join = after.is_some_and(|after| self.joins[after] == self.joins[at]);
        if next.is_empty() || before.is_empty() || !(is_line || of_fork || of_join) {
            return None;
        }
        if next.contains(&at) || before.contains(&at) {
            return None;
        }
        for to in &next {
            self.unlink(at, *to);
        }
        for from in &before {
            self.unlink(*from, at);
        }
        for from in &before {
            for to in &next {
                self.link(*from, *to);
            }
        }
        Some(next.into_iter().chain(before).collect())
    }
}

/// How a node splits.
fn splits(net: &Net<'_>, at: usize) -> Kind {
    let ways = &net.shape(at).ways;
    let several = |way: &Way| matches!(way, Way::Flows(flows) if flows.len() > 1);
    match &ways[..] {
        [way] if several(way) => Kind::All,
        ways if ways.iter().any(several) => Kind::Some,
        _ => Kind::One,
    }
}

//! Which tokens move next: those that no other can catch up with. And which inclusive joins are
//! complete. Both by reachability in the graph.

use std::collections::BTreeSet;

use super::bits::Bits;
use super::explore::Explorer;
use super::net::Net;
use super::state::Token;
use crate::elements::Join;

/// Tokens from which the smallest set of movers is looked for.
const TRIED_MAX: usize = 8;

impl Explorer<'_, '_> {
    /// Tokens that move in a state where all of them stay: a set that no token outside of it can
    /// catch up with; all of them where the order may matter to an inclusive join.
    pub(super) fn movers(&mut self, state: &[Token], is_unclear: bool) -> Vec<usize> {
        let active: Vec<(usize, usize)> = state
            .iter()
            .enumerate()
            .filter(|(_, token)| !self.terminates(token))
            .filter_map(|(at, token)| token.node().map(|node| (at, node)))
            .collect();
        if is_unclear || active.len() == 1 {
            return active.into_iter().map(|(at, _)| at).collect();
        }
        let mut best: Option<Vec<usize>> = None;
        for from in 0..active.len().min(TRIED_MAX) {
            let set = self.closed(&active, from);
            if set.len() == 1 {
                return set;
            }
            if best.as_ref().is_none_or(|best| set.len() < best.len()) {
                best = Some(set);
            }
        }
        best.unwrap_or_default()
    }

    /// A token, those that can catch up with it, and so on.
    fn closed(&mut self, active: &[(usize, usize)], from: usize) -> Vec<usize> {
        let mut set = Vec::new();
        let mut is_in = vec![false; active.len()];
        let mut todo = vec![from];
        is_in[from] = true;
        while let Some(one) = todo.pop() {
            let (at, node) = active[one];
            set.push(at);
            let catching_up = self.catching_up(node);
            for (other, (_, its_node)) in active.iter().enumerate() {
                if !is_in[other] && catching_up.has(*its_node) {
                    is_in[other] = true;
                    todo.push(other);
                }
            }
        }
        set
    }

    /// Nodes from which a token can come to a node while another one stays there: not through a join
    /// that needs that other one.
    fn catching_up(&mut self, node: usize) -> &Bits {
        let net = self.net;
        self.catching_up.entry(node).or_insert_with(|| {
            let after = net.reach([node], Net::next, |_| false);
            let needs = |at: usize| at != node && after.has(at) && net.joins(at) != Join::Each;
            net.reach([node], Net::before, needs)
        })
    }

    /// An inclusive join that nothing can come to any more, with the flows that it joins; and whether
    /// it may depend on the order of moves which one that will be.
    pub(super) fn inclusive(&mut self, state: &[Token]) -> (Option<(usize, Vec<usize>)>, bool) {
        let definition = self.net.definition;
        let mut waiting: Vec<(usize, usize)> = state
            .iter()
            .filter_map(Token::flow)
            .map(|flow| (definition.flows[flow].to, flow))
            .filter(|(join, _)| self.net.joins(*join) == Join::Reachable)
            .collect();
        waiting.sort_unstable();
        waiting.dedup();
        let mut is_unclear = false;
        for group in waiting.chunk_by(|one, other| one.0 == other.0) {
            let join = group[0].0;
            let arrived: Vec<usize> = group.iter().map(|(_, flow)| *flow).collect();
            let others = state.iter().flat_map(|token| {
                let waits_at = token.flow().map(|flow| definition.flows[flow].to);
                let places = [token.node(), token.back(), waits_at];
                places.into_iter().flatten().map(|at| (at, token.marks))
            });
            let mut is_blocked = false;
            for (node, marks) in others.filter(|(node, _)| *node != join) {
                let ways = self.ways_to(join, node, marks);
                let has_arrived = arrived.iter().any(|flow| ways.contains(flow));
                let comes_by_another = ways.iter().any(|flow| !arrived.contains(flow));
                is_unclear |= comes_by_another && has_arrived;
                is_blocked |= comes_by_another && !has_arrived;
            }
            if !is_blocked {
                return (Some((join, arrived)), is_unclear);
            }
        }
        (None, is_unclear)
    }

    /// The flows by which a token can come from a node to a join (BPMN 2.0, 13.4.3).
    fn ways_to(&mut self, join: usize, from: usize, marks: u64) -> &BTreeSet<usize> {
        let net = self.net;
        let marks = marks & net.shape(from).alive;
        self.coming.entry((join, from, marks)).or_insert_with(|| net.ways_to(join, from, marks))
    }
}

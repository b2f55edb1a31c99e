//! Which tokens move next: those that no other can catch up with. And which inclusive joins are
//! complete. Both by reachability in the graph.

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
                let places = [token.node(), token.back(), waits_at.filter(|at| *at != join)];
                places.into_iter().flatten()
            });
            let (to_empty, to_arrived) = self.coming(join, &arrived);
            let mut is_blocked = false;
            for node in others.filter(|node| to_empty.has(*node)) {
                is_unclear |= to_arrived.has(node);
                is_blocked |= !to_arrived.has(node);
            }
            if !is_blocked {
                return (Some((join, arrived)), is_unclear);
            }
        }
        (None, is_unclear)
    }

    /// Nodes from which a token can come to a join by a flow on which none has come, and by one on
    /// which one has (BPMN 2.0, 13.4.3).
    fn coming(&mut self, join: usize, arrived: &[usize]) -> &(Bits, Bits) {
        let net = self.net;
        self.coming.entry((join, arrived.to_vec())).or_insert_with(|| {
            let incoming = net.definition.nodes[join].incoming.iter();
            let (arrived, empty): (Vec<usize>, Vec<usize>) =
                incoming.partition(|flow| arrived.contains(flow));
            let reaching = |flows: Vec<usize>| {
                let from = flows.into_iter().map(|flow| net.definition.flows[flow].from);
                net.reach(from, Net::before, |at| at == join)
            };
            (reaching(empty), reaching(arrived))
        })
    }
}

//! What happens beside an activity is a matter of its own each time: a node to which several events lead
//! that interrupt nothing may be active several times.

use std::collections::BTreeSet;

use super::explore::{Explorer, NO_FLOW, Step};
use super::net::Net;
use super::paths::Path;
use super::state::{Token, small};
use crate::elements::Element;

impl Explorer<'_, '_> {
    /// Every event that may happen to an activity: one that interrupts it goes on with what it would be
    /// behind what was cut off.
    pub(super) fn happen(&mut self, id: u32, state: &[Token], at: usize, marks: (u64, u64)) {
        let net = self.net;
        let token = state[at];
        let node = token.node().expect("what waits at a join does not leave it");
        let (done, cut_off) = marks;
        for (number, event) in net.shape(node).beside.iter().enumerate() {
            let others = state.iter().enumerate().filter(|(other, _)| *other != at);
            let mut tokens: Vec<Token> = others.map(|(_, token)| *token).collect();
            if !event.interrupting {
                let happened = token.happened | 1 << number;
                if happened == token.happened || self.is_another(state, at, event.node) {
                    continue;
                }
                tokens.push(Token { happened, ..token });
            }
            let (thread, marks) = match event.interrupting {
                true => (token.thread, cut_off),
                false => (small(event.node) + 1, done),
            };
            let by = Step { from: id, left: small(node), jump: NO_FLOW };
            self.activate(by, &mut tokens, Token::at_node(event.node, marks, thread));
            self.keep(by, tokens);
        }
    }
}

/// Whether a node is there twice only because two events beside activities lead there, and nothing else
/// does.
pub(super) fn only_by_events(net: &Net<'_>, node: usize, path: &Path) -> bool {
    let events: BTreeSet<usize> =
        path.nodes.iter().copied().filter(|at| is_beside(net, *at)).collect();
    events.len() > 1 && !is_reached_without(net, node)
}

fn is_beside(net: &Net<'_>, at: usize) -> bool {
    matches!(
        net.definition.nodes[at].element(),
        Element::BoundaryEvent(event) if !event.interrupting && !event.compensation
    )
}

/// Whether a token comes to a node without an event beside an activity.
fn is_reached_without(net: &Net<'_>, node: usize) -> bool {
    let definition = net.definition;
    let mut todo: Vec<usize> = net.other_starts.iter().copied().chain([net.start]).collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = todo.pop() {
        if at == node {
            return true;
        }
        if !seen.insert(at) {
            continue;
        }
        let own = &definition.nodes[at];
        todo.extend(own.outgoing.iter().map(|flow| definition.flows[*flow].to));
        todo.extend(own.boundaries.iter().copied().filter(|event| !is_beside(net, *event)));
    }
    false
}

//! A token that an admin puts before a join: which of its flows it stands for. The join waits for the others,
//! as if the token had come by itself.

use std::collections::BTreeSet;

use super::token::ByHand;
use super::{Step, Token};
use crate::ids::{Key, NodeName};
use crate::instance::Place;

impl Step<'_> {
    /// Lets a token that was put before a join by hand come by the flows it stands for, once all that was
    /// changed with it is on its way or waits.
    pub(super) fn put_before_join(&mut self, token: &Token, by_hand: ByHand) {
        let Token { node, scope, from, .. } = token;
        let (node, scope) = (*node, *scope);
        let again = |flow, by_hand| {
            let from = from.clone();
            Token { flow, from, by_hand, ..Token::new(node, scope) }
        };
        if self.tokens.iter().any(|one| one.by_hand.is_none()) {
            self.send_token(again(None, Some(by_hand)));
            return;
        }
        for flow in self.stands_for(token, by_hand) {
            self.send_token(again(Some(flow), None));
        }
    }

    /// The flows on which nothing came and nothing can come any more, or one of them where another token is put
    /// there with it. Where there are none, one on which nothing came. If it can be, one that leads here from
    /// where the token was.
    fn stands_for(&self, token: &Token, by_hand: ByHand) -> BTreeSet<usize> {
        let (definition, scope) = (self.definition, token.scope);
        let node = &definition.nodes[token.node];
        let place = Place { scope, way: self.way_at(token.node, scope, &token.from) };
        let came = self.came_before(&node.name, place);
        let empty: BTreeSet<usize> =
            node.incoming.iter().copied().filter(|flow| !came.contains(flow)).collect();
        let ways = |at: usize, from: &[Key]| {
            self.ways_to(token.node, at, &|to| self.done_before(to, scope, from))
        };
        let mut coming: BTreeSet<usize> = self.coming(place, token.node, &came).flatten().collect();
        let mut is_alone = true;
        for other in self.tokens.iter().filter(|other| other.scope == scope) {
            match other.node == token.node {
                true => is_alone = false,
                false => coming.extend(ways(other.node, &other.from)),
            }
        }
        let left = &empty - &coming;
        if is_alone && !left.is_empty() {
            return left;
        }
        let own = match by_hand {
            ByHand::Begun => BTreeSet::new(),
            ByHand::Moved(at) => ways(at, &token.from),
        };
        let best = [&own & &left, left, &own & &empty, empty, own];
        let all = best.into_iter().flatten().chain(node.incoming.iter().copied());
        all.take(1).collect()
    }

    /// The flows by which tokens came to a join and wait, there or in a gateway that stopped or went on early.
    fn came_before(&self, join: &NodeName, place: Place) -> BTreeSet<usize> {
        let mut came = self.arrived_flows(join, place);
        let reset = self.instance.reset(join, place);
        came.extend(reset.iter().flat_map(|reset| &reset.flows).map(|flow| *flow as usize));
        let stuck = self.stuck_at(join, place).flat_map(|(_, one)| &one.used);
        came.extend(stuck.map(|one| one.flow as usize));
        came
    }
}

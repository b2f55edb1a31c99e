//! Events beside an activity that have nothing to do with anything else. Of those it is enough to let
//! one happen at a time: ten of them are eleven cases to look at, not a thousand.

use super::explore::Explorer;
use super::net::Net;
use super::state::Token;
use crate::elements::Join;

impl Explorer<'_, '_> {
    /// Whether an event beside the activity of a token need not be looked at in a state, because another
    /// one has happened and both are apart.
    pub(super) fn is_another(&mut self, state: &[Token], at: usize, event: usize) -> bool {
        let token = state[at];
        let threads = state.iter().filter_map(|token| token.thread.checked_sub(1));
        let mut others: Vec<usize> = threads.map(|thread| thread as usize).collect();
        let node = token.node().expect("it is at its activity");
        let beside = self.net.shape(node).beside.iter().enumerate();
        let happened = beside.filter(|(number, _)| token.happened & 1 << number != 0);
        others.extend(happened.map(|(_, event)| event.node));
        others.retain(|other| *other != event);
        !others.is_empty() && self.is_apart(event) && others.iter().any(|it| self.is_apart(*it))
    }

    /// Whether no token of another origin ever comes to where one can stay, or waits for others, after
    /// an event.
    fn is_apart(&mut self, event: usize) -> bool {
        let net = self.net;
        *self.apart.entry(event).or_insert_with(|| {
            let starts = std::iter::once(net.start).chain(net.other_starts.iter().copied());
            let after = net.reach([event], Net::next, |_| false);
            let otherwise = net.reach(starts, Net::next, |at| at == event);
            let matters = |at: usize| net.shape(at).pauses || net.joins(at) != Join::Each;
            !net.nodes.iter().any(|at| after.has(*at) && otherwise.has(*at) && matters(*at))
        })
    }
}

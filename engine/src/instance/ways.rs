//! Ways of their own that activations are on, and what goes with an activation that is over.

use std::collections::BTreeSet;

use super::{Activation, Arrival, Instance, Reset};
use crate::event::{Cause, Rewayed};
use crate::ids::{Key, NodeName};

impl Instance {
    /// What began the way of its own that these are on: the latest of the nodes where it begins, done or
    /// not.
    pub(crate) fn way_begun(&self, from: &[Key], starts: &[&NodeName], scope: Key) -> Option<Key> {
        let is_it = |own: &NodeName, at: Key, way: Option<&Key>, key: &Key| {
            starts.contains(&own) && at == scope && way == Some(key)
        };
        let is_start = |key: &Key| match (self.trail.get(key), self.activations.get(key)) {
            (Some(one), _) => is_it(&one.node, one.scope, one.ways.first(), key),
            (None, Some(one)) => is_it(&one.node, one.scope, one.ways.first(), key),
            (None, None) => false,
        };
        self.behind(from).into_iter().rev().find(is_start)
    }

    /// What is active, was done or waits is on other ways from here on.
    pub(super) fn move_ways(&mut self, moved: &[(Key, Vec<Key>)], tokens: &[Rewayed]) {
        for (key, ways) in moved {
            if let Some(activation) = self.activations.get_mut(key) {
                activation.ways.clone_from(ways);
            } else if let Some(trace) = self.trail.get_mut(key) {
                trace.ways.clone_from(ways);
            }
        }
        if tokens.is_empty() {
            return;
        }
        let way_of = |node: &NodeName, scope: Key, flow: Option<u32>, from: &[Key]| {
            let is_it = |one: &&Rewayed| {
                one.node == *node && (one.scope, one.flow) == (scope, flow) && one.from == from
            };
            tokens.iter().find(is_it).map(|one| one.way)
        };
        let token = |one: &mut Arrival| {
            one.way = way_of(&one.node, one.scope, Some(one.flow), &one.from).unwrap_or(one.way);
        };
        let gateway = |one: &mut Reset| {
            one.way = way_of(&one.node, one.scope, None, &one.from).unwrap_or(one.way);
        };
        self.arrivals.iter_mut().for_each(token);
        self.resets.iter_mut().for_each(gateway);
        for one in self.activations.values_mut(|one| !one.used.is_empty() || one.reset.is_some()) {
            one.used.iter_mut().for_each(token);
            one.reset.iter_mut().for_each(|reset| gateway(reset));
        }
        for one in self.trail.values_mut(|one| !one.used.is_empty() || one.reset.is_some()) {
            one.used.iter_mut().for_each(token);
            one.reset.iter_mut().for_each(|reset| gateway(reset));
        }
    }

    /// Everything that these descend from, done or not.
    pub(crate) fn behind(&self, from: &[Key]) -> BTreeSet<Key> {
        let (mut behind, mut todo) = (BTreeSet::new(), from.to_vec());
        while let Some(key) = todo.pop() {
            if behind.insert(key) {
                let trace = self.trail.get(&key).map(|trace| &trace.from);
                let active = || self.activations.get(&key).map(|one| &one.from);
                todo.extend(trace.or_else(active).into_iter().flatten());
            }
        }
        behind
    }

    /// An activation is done: what follows from it knows.
    pub(super) fn leave_done(&mut self, key: Key) -> Option<Activation> {
        let mut activation = self.leave(key)?;
        activation.left.whole |= activation.corrects.is_none() || activation.as_whole;
        self.leave_trace(key, &activation);
        self.end_way(key, &activation);
        Some(activation)
    }

    /// An activation ended before it was done.
    pub(super) fn terminated(&mut self, key: Key, cause: &Cause, runs_kept: bool) {
        // What is ended before it is done cannot be undone as a whole; a list is none.
        self.done.retain(|one| runs_kept || !one.is_within(key));
        let Some(activation) = self.leave(key) else { return };
        match cause {
            cause if cause.goes_on() => {
                self.leave_trace(key, &activation);
                self.leave_correction(key, &activation);
            }
            Cause::Cancelled | Cause::Terminated | Cause::Error { .. } => {
                self.leave_cut(key, &activation);
            }
            _ => {}
        }
        self.end_way(key, &activation);
        self.left_undecided(key, &activation);
        if !cause.goes_on() {
            self.left_as_before(key, &activation);
        }
        match (activation.compensates, cause) {
            // What an admin gave up undoing is undone no more.
            (Some(done), Cause::Modified) => self.done.retain(|one| one.key != done),
            (Some(done), _) => self.undone_by(done, None),
            (None, _) => {}
        }
    }

    /// A token that waited is taken away by hand.
    pub(super) fn arrival_cancelled(&mut self, node: &NodeName, scope: Key, flow: u32) {
        let is_it = |one: &Arrival| one.node == *node && one.scope == scope && one.flow == flow;
        if let Some(waits) = self.arrivals.iter().position(is_it) {
            self.arrivals.remove(waits);
        }
    }

    /// What a way of its own remembers goes with what began it.
    pub(super) fn end_way(&mut self, key: Key, activation: &Activation) {
        if activation.ways.first() == Some(&key) && !self.trail.contains_key(&key) {
            self.runs.remove(&key);
        }
    }

    /// An activation is over, with everything that was only about its inside.
    pub(super) fn leave(&mut self, key: Key) -> Option<Activation> {
        self.forget_paused(key);
        self.arrivals.retain(|arrival| arrival.scope != key);
        self.resets.retain(|reset| reset.scope != key);
        let inside = self.trail.iter().filter(|(_, trace)| trace.scope == key);
        let inside: Vec<Key> = inside.map(|(key, _)| *key).collect();
        for key in inside {
            self.trail.remove(&key);
            self.runs.remove(&key);
        }
        self.own.retain(|one| one.run != key);
        let activation = self.activations.remove(&key)?;
        if activation.apart {
            self.runs.remove(&key);
        }
        Some(activation)
    }
}

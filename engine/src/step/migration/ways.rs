//! Ways of their own in a case that went over to another version: which nodes belong to one is that
//! version's.

use std::collections::BTreeMap;

use super::super::Step;
use crate::event::{Event, Rewayed};
use crate::ids::{Key, NodeName};
use crate::instance::Instance;

/// The ways that everything is on, as far as they are worked out: what is behind what is known first.
struct Ways<'s, 'a> {
    step: &'s Step<'a>,
    known: BTreeMap<Key, Vec<Key>>,
}

impl Step<'_> {
    /// What is active, was done or waits is on the ways of the version that the case runs on now.
    pub(super) fn move_ways(&mut self) {
        let instance = &self.instance;
        let active = instance.activations().iter().filter(|(_, one)| !one.is_listener());
        let active = active.filter(|(_, one)| one.item.is_none());
        let active = active.map(|(key, one)| {
            (*key, (&one.node, one.scope, &one.from[..], &one.ways, one.corrects))
        });
        let done = instance.trail().iter();
        let done =
            done.map(|(key, one)| (*key, (&one.node, one.scope, &one.from[..], &one.ways, None)));
        let all: BTreeMap<Key, _> = active.chain(done).collect();
        let mut ways = Ways { step: self, known: BTreeMap::new() };
        let mut moved = Vec::new();
        for (key, (node, scope, from, before, corrects)) in all {
            let now = ways.of((key, corrects), node, scope, from);
            if now != *before {
                moved.push((key, now.clone()));
            }
            ways.known.insert(key, now);
        }
        let tokens = ways.of_tokens(instance);
        if !moved.is_empty() || !tokens.is_empty() {
            self.emit(Event::WaysMoved { ways: moved, tokens });
        }
    }
}

impl Ways<'_, '_> {
    /// The ways of an activation, from the innermost.
    fn of(
        &self,
        (key, corrects): (Key, Option<Key>),
        node: &NodeName,
        scope: Key,
        from: &[Key],
    ) -> Vec<Key> {
        let definition = self.step.definition;
        let at = definition.index(node);
        let ways = definition.nodes[at].ways.iter().map(|starts| match starts.contains(&at) {
            true => Some(corrects.unwrap_or(key)),
            false => self.begun(starts, scope, from),
        });
        ways.flatten().collect()
    }

    /// The latest that began at one of some nodes and that these descend from.
    fn begun(&self, starts: &[usize], scope: Key, from: &[Key]) -> Option<Key> {
        let (instance, definition) = (&self.step.instance, self.step.definition);
        let is_start = |key: &Key| {
            let trace = instance.trail().get(key).map(|one| (&one.node, one.scope));
            let active = || instance.activation(*key).map(|one| (&one.node, one.scope));
            trace.or_else(active).is_some_and(|(node, within)| {
                let is_own = self.known.get(key).and_then(|ways| ways.first()) == Some(key);
                within == scope && is_own && starts.contains(&definition.index(node))
            })
        };
        instance.behind(from).into_iter().rev().find(is_start)
    }

    /// Tokens that wait, or that a join used up, and gateways that wait to be set back.
    fn of_tokens(&self, instance: &Instance) -> Vec<Rewayed> {
        let used = instance.activations().values().flat_map(|one| &one.used);
        let used = used.chain(instance.trail().values().flat_map(|one| &one.used));
        let tokens = instance.arrivals().iter().chain(used);
        let tokens = tokens.map(|one| ((&one.node, one.scope, Some(one.flow), &one.from), one.way));
        let resets = instance.activations().values().filter_map(|one| one.reset.as_deref());
        let resets = resets.chain(instance.trail().values().filter_map(|one| one.reset.as_deref()));
        let resets = resets.chain(instance.resets());
        let resets = resets.map(|one| ((&one.node, one.scope, None, &one.from), one.way));
        let all = tokens.chain(resets).filter_map(|((node, scope, flow, from), before)| {
            let definition = self.step.definition;
            let starts = definition.nodes[definition.index(node)].ways.first();
            let way = starts.and_then(|starts| self.begun(starts, scope, from));
            let (node, from) = (node.clone(), from.clone());
            (way != before).then_some(Rewayed { node, scope, flow, from, way })
        });
        all.collect()
    }
}

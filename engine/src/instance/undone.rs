//! What was decided and is undone: it was never decided. What is remembered is `run`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Activation, Instance, Passed};
use crate::ids::{Key, NodeName};

impl Instance {
    /// An activation ended before it was decided: its node is as before the first time, unless another
    /// of it was decided since it began.
    pub(super) fn left_undecided(&mut self, key: Key, activation: &Activation) {
        self.note_undecided(key, activation);
        if activation.left.whole || self.is_one_of_several(activation) {
            return;
        }
        let is_its = |passed: &Passed| passed.key == key || passed.last < key;
        self.forget_left((activation.scope, &activation.ways), &activation.node, is_its);
    }

    /// What a return by an activation undoes was never decided; what that activation decided was.
    pub(super) fn forget_decisions(&mut self, by: Key, roots: &[Key], cone: &BTreeSet<Key>) {
        let mut undone: BTreeSet<NodeName> = BTreeSet::new();
        for key in cone {
            if let Some(trace) = self.trail.get(key) {
                undone.extend(std::iter::once(&trace.node).chain(&trace.undoes).cloned());
            }
            if let Some(open) = self.activations.get(key) {
                undone.extend(std::iter::once(&open.node).chain(&open.undoes).cloned());
            }
        }
        let root = roots.iter().find_map(|key| self.trail.get(key));
        let (scope, ways) =
            root.map_or((Key(0), Vec::new()), |root| (root.scope, root.ways.clone()));
        let others: BTreeSet<Key> =
            self.trail.keys().chain(self.activations.keys()).copied().collect();
        let inside = self.inside(cone);
        self.corrections_undone(&inside);
        let leads_back = !roots.contains(&by);
        let is_undone = |passed: &Passed| {
            let is_within = inside.contains(&passed.key) || !others.contains(&passed.key);
            is_within && !(leads_back && passed.key == by)
        };
        for node in &undone {
            self.forget_left((scope, &ways), node, is_undone);
        }
    }

    /// What led back to something is undone with what that descends from: it has no trace of its own.
    pub(super) fn led_back(&mut self, by: Key, roots: &[Key]) {
        let trace = self.trail.get(&by).map(|trace| &trace.node);
        let node = trace.or_else(|| self.activations.get(&by).map(|one| &one.node)).cloned();
        if roots.contains(&by) {
            return;
        }
        let traces = roots.iter().filter_map(|root| self.trail.get(root));
        let from: Vec<Key> = traces.flat_map(|trace| trace.from.clone()).collect();
        // A correction that has ended otherwise has no node any more.
        for (key, node) in from.iter().zip(std::iter::repeat(node)) {
            let Some(node) = node else { break };
            if let Some(trace) = self.trail.get_mut(key) {
                trace.undoes.insert(node);
            } else if let Some(open) = self.activations.get_mut(key) {
                open.undoes.insert(node);
            }
        }
        self.writers_with_others(by, &from);
        self.entries_with_others(&BTreeMap::from([(by, from)]));
    }

    /// Some activations and what they descend from, with everything inside of them.
    fn inside(&self, cone: &BTreeSet<Key>) -> BTreeSet<Key> {
        let mut inside = cone.clone();
        let traces = self.trail.iter().map(|(key, trace)| (*key, trace.scope));
        let all = traces.chain(self.activations.iter().map(|(key, one)| (*key, one.scope)));
        // What is inside came later.
        for (key, scope) in all.collect::<BTreeMap<Key, Key>>() {
            if inside.contains(&scope) {
                inside.insert(key);
            }
        }
        inside
    }

    /// Forgets how a node of a scope was left, where the runs around it and the case remember that.
    pub(super) fn forget_left(
        &mut self,
        place: (Key, &[Key]),
        node: &NodeName,
        is_it: impl Fn(&Passed) -> bool,
    ) {
        let forgets = |passed: &Passed| passed.is_left() && is_it(passed);
        if self.passed.get(node.as_str()).is_some_and(forgets) {
            self.passed.of(node).is_as_before();
        }
        for run in self.runs_at(place) {
            if self.run(run).and_then(|run| run.passed.get(node)).is_some_and(forgets)
                && let Some(passed) = self.runs.of(&run).passed.get_mut(node)
            {
                passed.is_as_before();
            }
        }
    }
}

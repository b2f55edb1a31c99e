//! How nodes were left before a correction began to decide them anew: as that they count again where it is
//! called off. Plain data; `apply` alone writes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Activation, Asked, Instance, Passed};
use crate::event::Event;
use crate::ids::{Key, NodeName};

/// How a node was left, by the case or by a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftBefore {
    /// The node.
    pub node: NodeName,
    /// The run that remembers it; 0 for the case.
    #[serde(default, skip_serializing_if = "Key::is_zero")]
    pub run: Key,
    /// What was remembered.
    pub passed: Passed,
}

/// The correction that something was corrected by last: taken back, it is open again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The correction.
    pub key: Key,
    /// All who asked for it; what they descend from their tasks tell, to which it came back.
    pub asked: Vec<Asked>,
    /// Those of their nodes whose clocks stood still meanwhile, each with the ground.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<(NodeName, String)>,
}

impl Instance {
    /// What is remembered of a correction that is done.
    pub(super) fn correction_done(&self, key: Key, one: &Activation) -> Option<Box<Correction>> {
        let mut asked = one.asked_for();
        if asked.is_empty() {
            return None;
        }
        for one in &mut asked {
            one.from.clear();
        }
        let paused = match self.runs_at((one.scope, &one.ways)).first() {
            Some(run) => self.run(*run).map(|run| &run.paused),
            None => Some(&self.paused),
        };
        let paused = paused.into_iter().flatten();
        let paused = paused.filter(|(node, _)| asked.iter().any(|one| one.back == **node));
        let paused = paused.map(|(node, one)| (node.clone(), one.ground.clone())).collect();
        Some(Box::new(Correction { key, asked, paused }))
    }

    /// How what begins as a correction, and what is inside of it, was left before, by all who remember that.
    pub(super) fn left_before(&self, begins: &Event) -> Vec<LeftBefore> {
        let Event::NodeActivated { node, scope, ways, anew, kept, tries: true, as_whole, .. } =
            begins
        else {
            return Vec::new();
        };
        let runs = match as_whole {
            true => self.runs_at((*scope, ways)),
            // Before this was noted those of all runs counted again.
            false => self.runs.keys().copied().collect(),
        };
        let nodes = || std::iter::once(node).chain(anew).chain(kept);
        let is_left = |passed: &&Passed| passed.is_left() || !passed.agreed.is_empty();
        let of_case = nodes().filter_map(|node| {
            let passed = self.passed.get(node.as_str()).filter(is_left)?.clone();
            Some(LeftBefore { node: node.clone(), run: Key(0), passed })
        });
        let runs = runs.into_iter().filter_map(|run| Some((run, self.run(run)?)));
        let of_runs = runs.flat_map(|(run, one)| {
            nodes().filter_map(move |node| {
                let passed = one.passed.get(node).filter(is_left)?.clone();
                Some(LeftBefore { node: node.clone(), run, passed })
            })
        });
        of_case.chain(of_runs).collect()
    }

    /// Nodes inside what begins are not done yet in this pass.
    pub(super) fn not_done_yet(&mut self, place: (Key, &[Key]), inside: &[NodeName]) {
        for node in inside {
            self.forget_left(place, node, |_| true);
            self.forget_agreed(|one| one == node);
        }
    }

    /// What was decided in a correction that is called off was never decided.
    pub(super) fn left_as_before(&mut self, key: Key, correction: &Activation) {
        if correction.as_whole {
            self.forget_decided_since(key, correction);
        }
        for LeftBefore { node, run, passed } in correction.earlier.iter().cloned() {
            let own = match (run.is_zero(), self.runs.contains_key(&run)) {
                (true, _) => self.passed.of(&node),
                (false, true) => self.runs.of(&run).passed.entry(node).or_default(),
                (false, false) => continue,
            };
            (own.outcome, own.by, own.tally) = (passed.outcome, passed.by, passed.tally);
            (own.at, own.key, own.last) = (passed.at, passed.key, passed.last);
            own.agreed = passed.agreed;
            if correction.as_whole {
                own.before = passed.before;
            }
        }
    }

    /// What a correction has decided and nothing that is left has decided since: it is as before the first
    /// time.
    fn forget_decided_since(&mut self, key: Key, correction: &Activation) {
        let others: BTreeSet<Key> =
            self.trail.keys().chain(self.activations.keys()).copied().collect();
        let is_its = |passed: &Passed| passed.key >= key && !others.contains(&passed.key);
        let forget = |passed: &mut Passed| {
            passed.is_as_before();
            passed.agreed.clear();
        };
        let runs = self.runs_at((correction.scope, &correction.ways));
        for node in std::iter::once(&correction.node).chain(&correction.undoes) {
            if self.passed.get(node.as_str()).is_some_and(is_its) {
                forget(self.passed.of(node));
            }
            for run in &runs {
                if self.run(*run).and_then(|run| run.passed.get(node)).is_some_and(is_its)
                    && let Some(passed) = self.runs.of(run).passed.get_mut(node)
                {
                    forget(passed);
                }
            }
        }
    }

    /// Of a correction that is undone with what it corrects, nothing counts again.
    pub(super) fn corrections_undone(&mut self, undone: &BTreeSet<Key>) {
        let is_undone = |key: &Key, one: &Activation| {
            let corrected = one.corrects.is_some_and(|corrected| undone.contains(&corrected));
            one.as_whole && corrected && undone.contains(key) && !one.earlier.is_empty()
        };
        for one in self.activations.iter_mut(is_undone) {
            one.earlier.clear();
        }
    }
}

//! How nodes were left before a correction began to decide them anew: as that they count again where it is
//! called off. Plain data; `apply` alone writes it.

use serde::{Deserialize, Serialize};

use super::{Activation, Asked, Instance, Passed};
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

    /// How a node and what is inside of it are left now, by all who remember that.
    pub(super) fn left_now(&self, whole: &NodeName, inside: &[NodeName]) -> Vec<LeftBefore> {
        let nodes = || std::iter::once(whole).chain(inside);
        let is_left = |passed: &&Passed| passed.is_left();
        let of_case = nodes().filter_map(|node| {
            let passed = self.passed.get(node.as_str()).filter(is_left)?.clone();
            Some(LeftBefore { node: node.clone(), run: Key(0), passed })
        });
        let of_runs = self.runs.iter().flat_map(|(run, one)| {
            nodes().filter_map(move |node| {
                let passed = one.passed.get(node).filter(is_left)?.clone();
                Some(LeftBefore { node: node.clone(), run: *run, passed })
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
    pub(super) fn left_as_before(&mut self, earlier: Vec<LeftBefore>) {
        for LeftBefore { node, run, passed } in earlier {
            let own = match (run.is_zero(), self.runs.contains_key(&run)) {
                (true, _) => self.passed.of(&node),
                (false, true) => self.runs.of(&run).passed.entry(node).or_default(),
                (false, false) => continue,
            };
            (own.outcome, own.by, own.tally) = (passed.outcome, passed.by, passed.tally);
            (own.at, own.key, own.last) = (passed.at, passed.key, passed.last);
            own.agreed = passed.agreed;
        }
    }
}

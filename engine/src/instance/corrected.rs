//! How nodes were left before a correction began to decide them anew: as that they count again where it is
//! called off. Plain data; `apply` alone writes it.

use serde::{Deserialize, Serialize};

use super::{Instance, Passed};
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

impl Instance {
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

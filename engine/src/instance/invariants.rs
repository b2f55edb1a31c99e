//! What must hold of every instance after every step. Checked in tests and by the writer in debug.

use super::{Instance, Status, Waiting};
use crate::ids::Key;

impl Instance {
    /// The first rule that does not hold, as a sentence; none when all hold.
    pub fn broken_invariant(&self) -> Option<String> {
        if self.status != Status::Active
            && (!self.activations.is_empty() || !self.arrivals.is_empty())
        {
            return Some("an ended case has nothing active".into());
        }
        for (key, activation) in &self.activations {
            if *key > self.last_key || *key == Key(0) {
                return Some(format!("activation {key} was numbered out of order"));
            }
            if activation.scope != Key(0) && !self.activations.contains_key(&activation.scope) {
                return Some(format!(
                    "activation {key} is in scope {} that is gone",
                    activation.scope
                ));
            }
            if let Waiting::Items { items, begun, done, .. } = &activation.waiting
                && (*begun as usize > items.len() || done > begun)
            {
                return Some(format!("activation {key} ran more items than there are"));
            }
        }
        let goes_on = |run: Key| match (self.activation(run), self.trail().get(&run)) {
            (Some(active), _) => active.apart || active.ways.first() == Some(&run),
            (None, trace) => trace.is_some_and(|trace| trace.ways.first() == Some(&run)),
        };
        if let Some((run, _)) = self.runs().find(|(run, _)| !goes_on(*run)) {
            return Some(format!("run {run} is remembered, and goes on no more"));
        }
        let of_runs = self.runs().flat_map(|(_, run)| &run.passed);
        for (node, passed) in self.passed.iter().chain(of_runs) {
            if passed.key > passed.last || passed.last > self.last_key {
                return Some(format!("{node} was left by what was not there yet"));
            }
        }
        let lost = self.arrivals.iter().find(|arrival| {
            arrival.scope != Key(0) && !self.activations.contains_key(&arrival.scope)
        });
        lost.map(|arrival| format!("a token waits at {} in a scope that is gone", arrival.node))
    }
}

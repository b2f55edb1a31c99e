//! What descends from what, asked backwards. The trail itself is `trail`.

use std::collections::BTreeSet;

use super::{Activation, Instance};
use crate::ids::{Key, NodeName};

impl Instance {
    /// What descends from an activation that is cut off: a correction has then the place of what it corrects.
    pub(crate) fn lineage_cut_off(&self, key: Key) -> Vec<Key> {
        let corrects = self.activations.get(&key).and_then(|one| one.corrects);
        match corrects.is_some_and(|corrected| self.trail.contains_key(&corrected)) {
            true => vec![key],
            false => self.lineage(key),
        }
    }

    /// A correction was cut off: it is what was done, or not done, in place of what it corrects.
    pub(super) fn leave_correction(&mut self, key: Key, correction: &Activation) {
        let corrected = correction.corrects.and_then(|corrected| self.trail.get(&corrected));
        let Some(from) = corrected.map(|trace| trace.from.clone()) else { return };
        let own = Activation { traced: true, corrects: None, from, ..correction.clone() };
        self.leave_trace(key, &own);
    }

    /// Everything that these descend from, themselves included where they are traces.
    pub(crate) fn ancestors(&self, from: &[Key]) -> BTreeSet<Key> {
        self.ancestors_since(from, &|_| false)
    }

    /// The same, but for some nodes and what only they descend from.
    pub(crate) fn ancestors_since(
        &self,
        from: &[Key],
        stops: &dyn Fn(&NodeName) -> bool,
    ) -> BTreeSet<Key> {
        let mut seen = BTreeSet::new();
        let mut todo = from.to_vec();
        let mut passed = BTreeSet::new();
        while let Some(key) = todo.pop() {
            let (from, is_new) = match (self.trail.get(&key), self.activations.get(&key)) {
                (Some(trace), _) if stops(&trace.node) => continue,
                (None, Some(host)) if stops(&host.node) => continue,
                (Some(trace), _) => (&trace.from, seen.insert(key)),
                // The activity beside which something has happened.
                (None, Some(host)) => (&host.from, passed.insert(key)),
                (None, None) => continue,
            };
            if is_new {
                todo.extend(from);
            }
        }
        seen
    }
}

//! What variables held before activities wrote to them: where such an activity is undone, the variable has
//! again what it had. `docs/language/returns.md` says which do. Plain data; `apply` alone writes it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Instance;
use crate::event::Event;
use crate::ids::Key;

/// That a variable was written by what may still be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overwritten {
    /// What wrote it, what that corrects or descends from, and the scopes around it: with any of these it
    /// is undone.
    pub keys: Vec<Key>,
    /// What that descends from of which the trail knows no more: it is undone with these as well, also where
    /// one of them undoes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Key>,
    /// What it held before; none where it held nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
}

impl Instance {
    /// What a variable held before it was written, the earliest first.
    pub(crate) const fn overwritten(
        &self,
    ) -> &std::collections::BTreeMap<String, Vec<Overwritten>> {
        &self.overwritten
    }

    /// A variable has a value, written by an activation that may be undone; by none, for good.
    pub(super) fn variable_written(&mut self, name: &str, value: &Value, keys: Vec<Key>) {
        let before = self.variables.insert(name.to_owned(), value.clone());
        if keys.is_empty() {
            self.overwritten.remove(name);
            return;
        }
        let before = before.filter(|value| !value.is_null());
        self.overwritten.entry(name.to_owned()).or_default().push(Overwritten {
            keys,
            after: Vec::new(),
            before,
        });
        self.shorten(name);
    }

    /// A variable is as it was before some of what wrote it.
    pub(super) fn variable_undone(&mut self, event: &Event) {
        let Event::VariableUndone { name, undone, value } = event else { return };
        if let Some(log) = self.overwritten.get_mut(name) {
            for at in undone.iter().rev() {
                let at = *at as usize;
                if at >= log.len() {
                    continue;
                }
                let gone = log.remove(at);
                if let Some(later) = log.get_mut(at) {
                    later.before = gone.before;
                }
            }
        }
        self.shorten(name);
        match value {
            Some(value) => drop(self.variables.insert(name.clone(), value.clone())),
            None => drop(self.variables.remove(name)),
        }
    }

    /// With what an activation is undone.
    pub(super) fn undone_with(&self, key: Key) -> Vec<Key> {
        let (mut keys, mut at) = (Vec::new(), key);
        while let Some(activation) = self.activation(at) {
            keys.push(at);
            match activation.corrects {
                _ if activation.traced => {}
                Some(corrected) => keys.push(corrected),
                None => keys.extend(&activation.from),
            }
            at = activation.scope;
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// What descended from a forgotten trace is undone with what that descended from.
    pub(super) fn forget_writers(&mut self, replaced: impl Fn(&mut Vec<Key>)) {
        for log in self.overwritten.values_mut() {
            for one in log {
                let own = one.keys.clone();
                replaced(&mut one.keys);
                let (own, others) = one.keys.iter().copied().partition(|key| own.contains(key));
                one.keys = own;
                one.after.extend::<Vec<Key>>(others);
                replaced(&mut one.after);
                one.after.sort_unstable();
                one.after.dedup();
            }
        }
        let names: Vec<String> = self.overwritten.keys().cloned().collect();
        for name in &names {
            self.shorten(name);
        }
    }

    /// What was written by what led back to something is undone with what that descends from, too.
    pub(super) fn writers_with_others(&mut self, by: Key, others: &[Key]) {
        for one in self.overwritten.values_mut().flatten().filter(|one| one.keys.contains(&by)) {
            one.after.extend(others);
            one.after.sort_unstable();
            one.after.dedup();
        }
    }

    /// Only what may still be undone is kept, and of what is undone together the first.
    fn shorten(&mut self, name: &str) {
        let Some(mut log) = self.overwritten.remove(name) else { return };
        let is_there =
            |key: &Key| self.trail.contains_key(key) || self.activations.contains_key(key);
        for one in &mut log {
            one.keys.retain(is_there);
            one.after.retain(is_there);
        }
        let is_for_good = |one: &Overwritten| one.keys.is_empty() && one.after.is_empty();
        if let Some(at) = log.iter().rposition(is_for_good) {
            log.drain(..=at);
        }
        log.dedup_by(|later, earlier| {
            (&later.keys, &later.after) == (&earlier.keys, &earlier.after)
        });
        if !log.is_empty() {
            self.overwritten.insert(name.to_owned(), log);
        }
    }
}

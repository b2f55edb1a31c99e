//! Variables that runs have for themselves: what a draw, a decision, a service, an event, a `record` or a
//! script in a run wrote is that run's, whatever another run writes after it. What a script adds to what
//! it reads is the case's. Plain data; `apply` alone writes it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Instance;
use crate::ids::Key;

/// A variable that a run has for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnVariable {
    /// The variable.
    pub name: String,
    /// The run.
    pub run: Key,
    /// What it holds there; none while it is what the case's variable holds.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "held")]
    pub value: Option<Value>,
}

/// Nothing is a value as well.
fn held<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Instance {
    /// What a variable holds for an activation, where its run has its own.
    pub(crate) fn own_variable(&self, name: &str, key: Key) -> Option<&Value> {
        self.own[self.own_of(name, key)?].value.as_ref()
    }

    /// What a variable holds for an activation.
    pub(crate) fn variable(&self, name: &str, key: Key) -> Option<&Value> {
        self.own_variable(name, key).or_else(|| self.variables.get(name))
    }

    /// An activation is about to write a variable that its run has for itself: what another run wrote to it
    /// stays that run's.
    pub(super) fn written_apart(&mut self, key: Key, name: &str) {
        let Some(run) = self.runs_around(key).next() else { return };
        let held = self.variables.get(name);
        for other in self.own.iter_mut().filter(|one| one.name == name && one.value.is_none()) {
            other.value = Some(held.cloned().unwrap_or_default());
        }
        self.own.retain(|one| one.run != run || one.name != name);
        self.own.push(OwnVariable { name: name.to_owned(), run, value: None });
    }

    /// Writes a variable where its run has its own; whether that was so.
    pub(super) fn own_written(&mut self, name: &str, key: Key, value: &Value) -> bool {
        let own = self.own_of(name, key);
        if let Some(at) = own {
            self.own[at].value = Some(value.clone());
        }
        own.is_some()
    }

    /// What a variable holds for an activation, to change.
    pub(super) fn variable_mut(&mut self, name: &str, key: Key) -> Option<&mut Value> {
        match self.own_of(name, key) {
            Some(at) => self.own[at].value.as_mut(),
            None => self.variables.get_mut(name),
        }
    }

    /// The own variable of a run around an activation, where the case's holds another's.
    fn own_of(&self, name: &str, key: Key) -> Option<usize> {
        if self.own.is_empty() {
            return None;
        }
        let place = |run| self.own.iter().position(|one| one.run == run && one.name == name);
        let at = self.runs_around(key).find_map(place)?;
        self.own[at].value.is_some().then_some(at)
    }
}

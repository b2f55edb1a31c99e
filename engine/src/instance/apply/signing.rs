//! How events about several signers change an instance, and how the runs of a list are counted.

use serde_json::Value;

use crate::event::{Event, Item};
use crate::ids::{Key, PersonId};
use crate::instance::{Added, Instance, Vote, Waiting};

impl Instance {
    pub(super) fn count_begun(&mut self, body: Key, item: &Item) {
        match self.waiting_mut(body) {
            Some(Waiting::Items { items, added, .. }) if item.added => {
                if let Some(added) = added.get_mut(item.index as usize - items.len()) {
                    added.begun = true;
                }
            }
            Some(Waiting::Items { begun, .. }) => *begun += 1,
            _ => {}
        }
    }

    pub(super) fn count_done(&mut self, body: Key, item: &Item) {
        match self.waiting_mut(body) {
            Some(Waiting::Items { items, added, .. }) if item.added => {
                if let Some(added) = added.get_mut(item.index as usize - items.len()) {
                    added.done = true;
                }
            }
            Some(Waiting::Items { done, .. }) => *done += 1,
            _ => {}
        }
    }

    pub(super) fn apply_signing(&mut self, event: &Event) {
        match event {
            Event::VoteCast { key, person, outcome, weight, veto, casting, .. } => {
                let Some(body) = self.activations.get(key).map(|own| own.scope) else { return };
                if let Some(Waiting::Items { votes, .. }) = self.waiting_mut(body) {
                    votes.push(Vote {
                        task: *key,
                        person: person.clone(),
                        outcome: outcome.clone(),
                        weight: *weight,
                        veto: *veto,
                        casting: *casting,
                    });
                }
            }
            Event::SignDecided { key, outcome, .. } => {
                let Some(activation) = self.activations.get_mut(key) else { return };
                if let Waiting::Items { votes, .. } = &activation.waiting
                    && let [only] = &votes[..]
                {
                    activation.done_by = Some(only.person.clone());
                    activation.done_as = Some(only.task);
                }
                let passed = self.passed.entry(activation.node.clone()).or_default();
                passed.outcome = Some(outcome.clone());
            }
            Event::SignerAdded { key, person, place, beside, by, .. } => {
                if let Some(Waiting::Items { added, .. }) = self.waiting_mut(*key) {
                    added.push(Added {
                        person: person.clone(),
                        place: *place,
                        beside: *beside,
                        by: by.clone(),
                        begun: false,
                        done: false,
                        removed: false,
                    });
                }
            }
            Event::SignerReplaced { key, from, to } => {
                if let Some(Waiting::Items { items, begun, added, .. }) = self.waiting_mut(*key) {
                    for item in items.iter_mut().skip(*begun as usize) {
                        replace_person(item, from, to);
                    }
                    for added in added.iter_mut().filter(|one| !one.begun && one.person == *from) {
                        added.person = to.clone();
                    }
                }
            }
            Event::SignerRemoved { key, person, .. } => {
                if let Some(Waiting::Items { added, .. }) = self.waiting_mut(*key) {
                    let found = added.iter_mut().find(|one| one.person == *person && one.is_open());
                    if let Some(added) = found {
                        added.removed = true;
                    }
                }
            }
            other => unreachable!("{other:?} does not concern signers"),
        }
    }
}

/// Puts a person in the place of another: an item is an id, or an object that has one.
fn replace_person(item: &mut Value, from: &PersonId, to: &PersonId) {
    let id = match item {
        Value::String(_) => Some(item),
        Value::Object(fields) => fields.get_mut("id"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    if let Some(id) = id.filter(|id| id.as_str() == Some(from.as_str())) {
        *id = Value::String(to.to_string());
    }
}

//! Conditions that something waits for, as they become true. What waits for them is in `triggers`.

use super::triggers::Trigger;
use super::{Halt, Step};
use crate::event::Event;
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, ConditionWait};

/// Whether an incident keeps a condition from being asked: of its own event, or of what waits for it.
fn stands_still(activation: &Activation, waits: &ConditionWait) -> bool {
    activation.incident.as_ref().is_some_and(|incident| match &waits.boundary {
        Some(boundary) => incident.boundaries.contains(boundary),
        None => true,
    })
}

impl Step<'_> {
    /// Conditions that the event sub-processes of a scope wait for and that are true already have not
    /// become true: that was when the case ran before.
    pub(super) fn met_before(&mut self, scope: Key) -> Result<(), Halt> {
        let all = self.instance.activations().iter();
        let waits = all.filter(|(_, it)| it.scope == scope && it.is_listener());
        let waits: Vec<Key> =
            waits.filter(|(_, it)| !it.conditions.is_empty()).map(|(key, _)| *key).collect();
        for key in waits {
            let trigger = self.node_of(key).behavior.trigger();
            let Some(Trigger::Condition(condition)) = trigger else { continue };
            match self.evaluate_bool(condition, key) {
                Ok(true) => {
                    self.emit(Event::ConditionChanged { key, boundary: None, met: true });
                }
                // What cannot be told is told when all are asked.
                Ok(false) | Err(Halt::Incident { .. }) => {}
                Err(halt) => return Err(halt),
            }
        }
        Ok(())
    }

    /// Lets every waiting condition be asked again; whether one became true and something began. One that
    /// could not be told is asked once that is retried, and keeps no other from being asked.
    pub(super) fn check_conditions(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        if !definition.has_conditions {
            return Ok(false);
        }
        let waits: Vec<(Key, Option<NodeName>, bool)> = self
            .instance
            .activations()
            .iter()
            .flat_map(|(key, it)| {
                let asked = it.conditions.iter().filter(|one| !stands_still(it, one));
                asked.map(|one| (*key, one.boundary.clone(), one.met))
            })
            .collect();
        for (key, boundary, met) in waits {
            let name = boundary.as_ref().unwrap_or(&self.activation(key).node);
            let behavior = &definition.nodes[definition.index(name)].behavior;
            let Some(Trigger::Condition(condition)) = behavior.trigger() else { continue };
            let now = match self.evaluate_bool(condition, key) {
                Err(Halt::Incident { message, .. }) => {
                    let failed = Err(Halt::incident(super::CONDITION_FAILED, message));
                    self.settle_at(key, boundary.as_slice(), failed)?;
                    continue;
                }
                answer => answer?,
            };
            if now == met {
                continue;
            }
            self.emit(Event::ConditionChanged { key, boundary: boundary.clone(), met: now });
            if now {
                let happened = behavior.happen(self, key, None);
                self.settle_at(key, boundary.as_slice(), happened)?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

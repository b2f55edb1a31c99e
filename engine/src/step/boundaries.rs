//! The events on an activity's boundary, as they begin to wait and wait on. Where one cannot, that
//! is an incident of the activity, which has begun for all that: a retry lets the event wait and
//! begins nothing anew.

use super::{Halt, Step};
use crate::elements::Behavior;
use crate::event::{Event, Incident, TimerPurpose};
use crate::ids::{Key, NodeName};
use crate::instance::Activation;

impl<'a> Step<'a> {
    /// How something behaves: an event on an activation's boundary, or the activation itself.
    pub(super) fn behavior_at(&self, key: Key, boundary: Option<&NodeName>) -> &'a dyn Behavior {
        let definition = self.definition;
        match boundary {
            Some(node) => &*definition.nodes[definition.index(node)].behavior,
            None => &*self.node_of(key).behavior,
        }
    }

    /// All of them begin to wait.
    pub(super) fn arm_boundaries(&mut self, key: Key) -> Result<(), Halt> {
        let definition = self.definition;
        let all = self.node_of(key).boundaries.iter();
        let all: Vec<NodeName> = all.map(|at| definition.nodes[*at].name.clone()).collect();
        self.arm_these(key, &all)
    }

    /// Some of them begin to wait, but for those that do already or that a migration took away. One that
    /// cannot keeps no other from it.
    pub(super) fn arm_these(&mut self, key: Key, boundaries: &[NodeName]) -> Result<(), Halt> {
        let definition = self.definition;
        let (mut failed, mut first) = (Vec::new(), None);
        for name in boundaries {
            let Some(node) = definition.node(name.as_str()) else { continue };
            if waits_at(self.activation(key), name) {
                continue;
            }
            match node.behavior.arm(self, key) {
                Ok(()) => {}
                Err(halt @ Halt::Incident { .. }) => {
                    failed.push(name.clone());
                    first.get_or_insert(halt);
                }
                Err(halt) => return Err(halt),
            }
        }
        match first {
            Some(first) => self.settle_at(key, &failed, Err(first)).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Whether one of them, the first of these, could wait or happen; where it could not, these are
    /// to wait still, or to be asked again.
    pub(super) fn settle_at(
        &mut self,
        key: Key,
        boundaries: &[NodeName],
        done: Result<(), Halt>,
    ) -> Result<bool, Halt> {
        if boundaries.is_empty() {
            return self.settle(key, done);
        }
        let (code, message) = match done {
            Ok(()) => return Ok(true),
            Err(Halt::Incident { code, message }) => (code, message),
            Err(halt) => return Err(halt),
        };
        let mut waiting = Vec::new();
        if let Some(earlier) = self.instance.activation(key).and_then(|it| it.incident.as_ref()) {
            // What could not begin at all begins with all of its events when it is retried.
            if earlier.boundaries.is_empty() && earlier.code != super::CONDITION_FAILED {
                return Ok(false);
            }
            waiting.clone_from(&earlier.boundaries);
        }
        waiting.extend(
            boundaries.iter().filter(|one| !waiting.contains(one)).cloned().collect::<Vec<_>>(),
        );
        let message =
            boundaries.first().map_or(message.clone(), |one| format!("`{one}`: {message}"));
        let incident = Incident { boundaries: waiting, ..Incident::new(code, message) };
        self.emit(Event::IncidentRaised { key, incident });
        Ok(false)
    }
}

fn waits_at(activation: &Activation, name: &NodeName) -> bool {
    let of = |boundary: &Option<NodeName>| boundary.as_ref() == Some(name);
    let is =
        |purpose: &TimerPurpose| matches!(purpose, TimerPurpose::Boundary { node } if node == name);
    activation.timers.values().any(|one| is(&one.purpose))
        || activation.subscriptions.iter().any(|one| of(&one.boundary))
        || activation.signals.iter().any(|one| of(&one.boundary))
        || activation.conditions.iter().any(|one| of(&one.boundary))
}

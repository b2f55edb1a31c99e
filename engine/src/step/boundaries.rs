//! The events on an activity's boundary, as they begin to wait and wait on. Where one cannot, that
//! is an incident of the activity, which has begun for all that: a retry lets the event wait and
//! begins nothing anew.

use super::suspension::next_cycle;
use super::triggers::Trigger;
use super::{Halt, Step};
use crate::elements::Behavior;
use crate::event::{Event, Incident, TimerPurpose};
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, Beside, Timer};
use crate::time::Timestamp;

impl<'a> Step<'a> {
    /// How something behaves: an event on an activation's boundary, or the activation itself.
    pub(super) fn behavior_at(&self, key: Key, boundary: Option<&NodeName>) -> &'a dyn Behavior {
        let definition = self.definition;
        match boundary {
            Some(node) => &*definition.nodes[definition.index(node)].behavior,
            None => &*self.node_of(key).behavior,
        }
    }

    /// All of them begin to wait; of timers that stood before, each goes on as it stood.
    pub(super) fn arm_boundaries(&mut self, key: Key, before: &Beside) -> Result<(), Halt> {
        let definition = self.definition;
        let all = self.node_of(key).boundaries.iter();
        let mut all: Vec<NodeName> = all.map(|at| definition.nodes[*at].name.clone()).collect();
        all.retain(|name| !before.came.contains(name));
        for timer in before.timers.iter().filter(|one| all.iter().any(|name| is_of(one, name))) {
            self.arm_as_before(key, timer, before.at)?;
        }
        self.arm_these(key, &all)
    }

    /// A timer goes on as it stood, or with what it had left when it stopped.
    fn arm_as_before(
        &mut self,
        key: Key,
        timer: &Timer,
        stopped: Option<Timestamp>,
    ) -> Result<(), Halt> {
        let Timer { at, purpose, cycle, working, paused } = timer;
        let (mut at, mut cycle, mut working) = (*at, *cycle, working.as_deref().cloned());
        // What stood still for another reason stopped before.
        if let Some(since) = (*paused).or(stopped) {
            let now = match &working {
                Some(working) => self.goes_on(working, since)?,
                None => None,
            };
            match now {
                Some(now) => {
                    at = now.until;
                    cycle = next_cycle(timer, Some(&now)).or(cycle);
                    working = Some(now);
                }
                None if working.is_none() => {
                    let later = self.now().0 - since.0;
                    (at, cycle) = (at.plus_ms(later), cycle.map(|cycle| cycle.later(later)));
                }
                // A day that is named stays.
                None => {}
            }
        }
        self.arm_in(key, at, purpose.clone(), working, cycle);
        Ok(())
    }

    /// The timers beside an activity, as they stand.
    pub(crate) fn beside(&self, key: Key) -> Beside {
        let activation = self.activation(key);
        let mut beside = Beside::default();
        for at in &self.node_of(key).boundaries {
            let node = &self.definition.nodes[*at];
            let fails =
                activation.incident.as_ref().is_some_and(|it| it.boundaries.contains(&node.name));
            if fails || !node.behavior.trigger().is_some_and(Trigger::is_timer) {
                continue;
            }
            match activation.timers.values().find(|one| is_of(one, &node.name)) {
                Some(timer) => beside.timers.push(timer.clone()),
                None => beside.came.push(node.name.clone()),
            }
        }
        beside
    }

    /// The timers beside an activity as they stood before it began, where they go on: since a decision was
    /// taken back, or since the node's clock stood still.
    pub(super) fn beside_before(&self, key: Key) -> Beside {
        if let Some(before) = &self.activation(key).due_before {
            return before.beside.clone();
        }
        let paused = self.instance.paused_for(key).map(|paused| paused.beside.clone());
        paused.unwrap_or_default()
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

/// Whether a timer is that of an event on the boundary.
fn is_of(timer: &Timer, name: &NodeName) -> bool {
    matches!(&timer.purpose, TimerPurpose::Boundary { node } if node == name)
}

fn waits_at(activation: &Activation, name: &NodeName) -> bool {
    let of = |boundary: &Option<NodeName>| boundary.as_ref() == Some(name);
    activation.timers.values().any(|one| is_of(one, name))
        || activation.subscriptions.iter().any(|one| of(&one.boundary))
        || activation.signals.iter().any(|one| of(&one.boundary))
        || activation.conditions.iter().any(|one| of(&one.boundary))
}

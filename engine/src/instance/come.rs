//! What went out of a case and what came to it: no decision before it is taken back. What that means is
//! `step/followed.rs`.

use super::{Instance, Waiting};
use crate::event::TimerPurpose;
use crate::ids::Key;

impl Instance {
    /// An event without a trace of its own sends something out: what it descends from knows.
    pub(super) fn went_out(&mut self, by: Key) {
        if self.activations.get(&by).is_some_and(|one| !one.traced) {
            self.came(by);
        }
    }

    /// A moment came that the case waited for, not one of a task.
    pub(super) fn time_came(&mut self, to: Key, timer: u32) {
        let Some(one) = self.activations.get(&to) else { return };
        let purpose = one.timers.get(&timer).map(|timer| &timer.purpose);
        let is_event = match purpose {
            Some(TimerPurpose::Event) => true,
            // Of a gateway that waits for one of several events.
            Some(TimerPurpose::Boundary { .. }) => one.waiting == Waiting::Nothing,
            _ => false,
        };
        if is_event && !one.traced {
            self.came(to);
        }
    }

    /// A message or a signal came, which does not come again: what it descends from knows, and what the
    /// (sub-)processes around it descend from.
    pub(super) fn came(&mut self, to: Key) {
        let Some(event) = self.activations.get(&to) else { return };
        let node = event.node.clone();
        let mut at = Some(event);
        let mut behind = Vec::new();
        while let Some(one) = at {
            behind.extend(&one.from);
            at = self.activations.get(&one.scope);
        }
        for key in behind {
            if let Some(trace) = self.trail.get_mut(&key) {
                trace.sent = Some(node.clone());
            }
        }
    }
}

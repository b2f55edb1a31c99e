//! How a case ends, stands still, and runs again: how its events change an instance.

use crate::event::{Ending, Event};
use crate::ids::Key;
use crate::instance::{Done, EndingEarly, Instance, Status, Suspended};
use crate::time::Timestamp;

impl Instance {
    pub(super) fn apply_end(&mut self, event: &Event) {
        match event {
            Event::InstanceCompleted { outcome, at, done_kept, .. } => {
                self.status = Status::Completed;
                self.outcome.clone_from(outcome);
                self.end(*at, *done_kept);
            }
            Event::InstanceReopened { again, .. } => {
                self.status = Status::Active;
                self.ended_at = None;
                self.outcome = None;
                self.close_trail();
                if let Some(again) = again {
                    self.decide_anew(*again);
                }
            }
            Event::InstanceSuspended { person, at, reason } => {
                let (person, at, reason) = (person.clone(), *at, reason.clone());
                self.suspended = Some(Suspended { person, at, reason });
            }
            Event::InstanceResumed { .. } => {
                self.suspended = None;
                self.held.clear();
                self.reports.clear();
            }
            Event::InstanceEnding { how, reason, by_caller, .. } => {
                let (how, reason, by_caller) = (*how, reason.clone(), *by_caller);
                self.ending = Some(EndingEarly { how, reason, by_caller });
            }
            Event::InstanceCancelled { at, how, done_kept, .. } => {
                self.status = Status::Cancelled;
                self.voided = *how == Ending::Voided;
                self.end(*at, *done_kept);
            }
            other => unreachable!("{other:?} neither ends nor stops a case, nor lets it run again"),
        }
    }

    fn end(&mut self, at: Timestamp, done_kept: bool) {
        self.ended_at = Some(at);
        // What was not done as a whole cannot be undone as one.
        let active = &self.activations;
        let is_over = |done: &Done| done.within.iter().all(|(key, _)| !active.contains_key(key));
        self.done.retain(|done| done_kept && is_over(done));
        for done in &mut self.done {
            done.undone_by = None;
        }
        self.activations.clear();
        self.arrivals.clear();
        self.resets.clear();
        self.paused.clear();
        self.runs.clear();
        self.own.clear();
        self.trail.retain(|_, trace| trace.scope == Key(0));
        self.suspended = None;
        self.held.clear();
        self.reports.clear();
        self.ending = None;
    }
}

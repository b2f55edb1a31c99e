//! How events about clocks, messages and intakes change an instance.

use crate::event::Event;
use crate::instance::{
    Activation, ClosedIntake, Instance, Paused, Submission, Subscription, Timer, Waiting,
};

impl Instance {
    pub(super) fn apply_wait(&mut self, event: &Event) {
        match event {
            Event::ClockPaused { node, working, at, ground } => {
                let paused = Paused { working: working.clone(), at: *at, ground: ground.clone() };
                self.paused.insert(node.clone(), paused);
            }
            Event::TimerArmed { key, timer, at, purpose, .. } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.last_timer = *timer;
                    let armed = Timer { at: *at, purpose: purpose.clone() };
                    activation.timers.insert(*timer, armed);
                }
            }
            Event::TimerFired { key, timer, .. } | Event::TimerDisarmed { key, timer } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.timers.remove(timer);
                }
            }
            Event::SubscriptionOpened { key, message, correlation, boundary } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.subscriptions.push(Subscription {
                        message: message.clone(),
                        correlation: correlation.clone(),
                        boundary: boundary.clone(),
                    });
                }
            }
            Event::MessageReceived { key, message } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.subscriptions.retain(|waits| waits.message != *message);
                }
            }
            other => unreachable!("{other:?} does not change a wait"),
        }
    }

    pub(super) fn apply_intake(&mut self, event: &Event) {
        match event {
            Event::IntakeOpened { key, from, until, working, sealed, .. } => {
                let waiting = Waiting::Submissions {
                    from: *from,
                    until: *until,
                    working: working.clone(),
                    extended: false,
                    sealed: *sealed,
                    submissions: Vec::new(),
                };
                self.wait(*key, waiting);
            }
            Event::IntakeExtended { key, working: longer, .. } => {
                if let Some(Waiting::Submissions { until, working, extended, .. }) =
                    self.waiting_mut(*key)
                {
                    *until = longer.until;
                    *working = Some(longer.clone());
                    *extended = true;
                }
            }
            Event::SubmissionReceived { key, submission, person, unit, at, hash, replaces } => {
                let Some(Waiting::Submissions { submissions, .. }) = self.waiting_mut(*key) else {
                    return;
                };
                for earlier in submissions.iter_mut() {
                    earlier.void |= Some(earlier.number) == *replaces;
                }
                submissions.push(Submission {
                    number: *submission,
                    person: person.clone(),
                    unit: unit.clone(),
                    at: *at,
                    hash: hash.clone(),
                    void: false,
                });
            }
            Event::SubmissionWithdrawn { key, submission } => {
                if let Some(Waiting::Submissions { submissions, .. }) = self.waiting_mut(*key) {
                    for handed_in in submissions {
                        handed_in.void |= handed_in.number == *submission;
                    }
                }
            }
            Event::IntakeClosed { key, .. } => {
                if let Some(Activation {
                    node,
                    waiting: Waiting::Submissions { from, until, .. },
                    ..
                }) = self.activations.get(key)
                {
                    let closed = ClosedIntake { node: node.clone(), from: *from, until: *until };
                    self.closed_intakes.insert(*key, closed);
                }
                self.wait(*key, Waiting::Nothing);
            }
            other => unreachable!("{other:?} does not change an intake"),
        }
    }
}

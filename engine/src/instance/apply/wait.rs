//! How events about clocks, messages and intakes change an instance.

use crate::clock::Working;
use crate::event::{Event, MovedTimer};
use crate::ids::Key;
use crate::instance::{
    Activation, ClosedIntake, Instance, Paused, Submission, Subscription, Timer, Waiting,
};

impl Instance {
    pub(super) fn apply_wait(&mut self, event: &Event) {
        match event {
            Event::ClockPaused { node, working, at, ground, key } => {
                let extended = self.activations.iter().any(|(own, one)| {
                    one.node == *node
                        && (*own == *key || key.is_zero())
                        && matches!(one.waiting, Waiting::Task { extended: true, .. })
                });
                let (working, ground) = (working.clone(), ground.clone());
                let paused = Paused { working, at: *at, ground, extended, key: *key };
                self.paused_mut(*key).insert(node.clone(), paused);
            }
            Event::TimerArmed { key, timer, at, purpose, working, cycle } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.last_timer = *timer;
                    let (purpose, working) = (purpose.clone(), working.clone());
                    let armed = Timer { at: *at, purpose, cycle: *cycle, working };
                    activation.timers.insert(*timer, armed);
                }
            }
            Event::ClocksMoved { key, working, timers } => {
                self.move_clocks(*key, working.as_deref(), timers);
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

    fn move_clocks(&mut self, key: Key, moved: Option<&Working>, timers: &[MovedTimer]) {
        let Some(activation) = self.activations.get_mut(&key) else { return };
        for MovedTimer { timer, at, working } in timers {
            if let Some(timer) = activation.timers.get_mut(timer) {
                timer.cycle = timer.cycle.map(|cycle| cycle.later(at.0 - timer.at.0));
                timer.at = *at;
                if working.is_some() {
                    timer.working.clone_from(working);
                }
            }
        }
        let Some(moved) = moved else { return };
        match &mut activation.waiting {
            Waiting::Task { due, .. } => *due = Some(Box::new(moved.clone())),
            Waiting::Submissions { until, working, .. } => {
                *until = moved.until;
                *working = Some(Box::new(moved.clone()));
            }
            Waiting::Nothing
            | Waiting::Items { .. }
            | Waiting::Job { .. }
            | Waiting::Call
            | Waiting::Choosing { .. }
            | Waiting::Listener
            | Waiting::Compensating { .. } => {}
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

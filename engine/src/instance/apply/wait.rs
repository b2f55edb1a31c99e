//! How events about clocks, messages and intakes change an instance.

use std::collections::BTreeSet;

use crate::actor::Principal;
use crate::clock::{Cycle, Working};
use crate::event::{Event, MovedTimer};
use crate::ids::{Key, NodeName};
use crate::instance::{
    Activation, Instance, Paused, SignerPaused, Submission, Subscription, Timer, Waiting,
};
use crate::step::signer_of;

impl Instance {
    pub(super) fn apply_wait(&mut self, event: &Event) {
        match event {
            Event::ClockPaused { node, working, at, ground, key, undone_with, beside } => {
                let extended = self.activations.iter().any(|(own, one)| {
                    one.node == *node
                        && (*own == *key || key.is_zero())
                        && matches!(one.waiting, Waiting::Task { extended: true, .. })
                });
                let (working, ground) = (working.clone(), ground.clone());
                let paused = Paused {
                    working,
                    at: *at,
                    ground,
                    extended,
                    key: *key,
                    undone_with: undone_with.clone(),
                    signers: Vec::new(),
                    beside: beside.clone(),
                };
                self.clock_paused(node, paused);
            }
            Event::TimerArmed { key, timer, at, purpose, working, cycle } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.last_timer = *timer;
                    let (purpose, working) = (purpose.clone(), working.clone());
                    let (at, cycle) = (*at, *cycle);
                    let armed = Timer { at, purpose, cycle, working, paused: None };
                    activation.timers.insert(*timer, armed);
                }
            }
            Event::ClocksMoved { key, working, timers } => {
                self.move_clocks(*key, working.as_deref(), timers);
            }
            Event::TimerFired { key, timer, .. } | Event::TimerDisarmed { key, timer } => {
                if matches!(event, Event::TimerFired { .. }) {
                    self.time_came(*key, *timer);
                }
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
                self.came(*key);
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.subscriptions.retain(|waits| waits.message != *message);
                }
            }
            other => unreachable!("{other:?} does not change a wait"),
        }
    }

    fn move_clocks(&mut self, key: Key, moved: Option<&Working>, timers: &[MovedTimer]) {
        let Some(activation) = self.activations.get_mut(&key) else { return };
        for MovedTimer { timer, at, working, paused, cycle } in timers {
            if let Some(timer) = activation.timers.get_mut(timer) {
                let later =
                    |before: Cycle| cycle.unwrap_or_else(|| before.later(at.0 - timer.at.0));
                timer.cycle = timer.cycle.map(later);
                timer.at = *at;
                timer.paused = *paused;
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

    pub(super) fn extended_by(&mut self, key: Key, extenders: &[Principal]) {
        if let Some(activation) = self.activations.get_mut(&key) {
            activation.extenders = extenders.to_vec();
        }
    }

    pub(super) fn apply_intake(&mut self, event: &Event) {
        match event {
            Event::IntakeOpened { key, from, until, working, sealed, extenders, .. } => {
                let waiting = Waiting::Submissions {
                    from: *from,
                    until: *until,
                    working: working.clone(),
                    extended: false,
                    sealed: *sealed,
                    submissions: self.received_before(*key),
                };
                self.wait(*key, waiting);
                self.extended_by(*key, extenders);
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
            Event::SubmissionReceived {
                key, submission, person, unit, at, hash, replaces, ..
            } => {
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
                    of: None,
                });
            }
            Event::SubmissionWithdrawn { key, submission, .. } => {
                if let Some(Waiting::Submissions { submissions, .. }) = self.waiting_mut(*key) {
                    for handed_in in submissions {
                        handed_in.void |= handed_in.number == *submission;
                    }
                }
            }
            Event::IntakeClosed { key, document, kept, .. } => {
                self.intake_closed(*key, document.as_ref(), *kept);
                self.wait(*key, Waiting::Nothing);
            }
            Event::SubmissionsUndone { key } => {
                if let Some(closed) = self.closed_intakes.get_mut(key) {
                    closed.undone = true;
                    (closed.list, closed.received) = (None, Vec::new());
                }
            }
            other => unreachable!("{other:?} does not change an intake"),
        }
    }
}

impl Instance {
    /// A clock stands still: of a round beside those of the others who sign in it.
    fn clock_paused(&mut self, node: &NodeName, mut paused: Paused) {
        let round_of = |key: &Key| self.activations.get(key).and_then(|one| self.round_of(one));
        let round = round_of(&paused.key);
        if round.is_some()
            && let Some(person) = self.activations.get(&paused.key).and_then(signer_of)
        {
            let (working, at) = (paused.working.clone(), paused.at);
            paused.signers.push(SignerPaused { person, working, at, extended: paused.extended });
        }
        let earlier = self.paused_for(paused.key).map(|earlier| earlier.key);
        let is_same_round = round.is_some() && earlier.and_then(|key| round_of(&key)) == round;
        let all = self.paused_mut(paused.key);
        match all.get_mut(node).filter(|_| is_same_round) {
            Some(earlier) => earlier.signers.append(&mut paused.signers),
            None => drop(all.insert(node.clone(), paused)),
        }
    }

    /// The round that a run is one of, where several sign.
    pub(in crate::instance) fn round_of(&self, run: &Activation) -> Option<Key> {
        let whole = self.activations.get(&run.scope)?;
        let is_round = whole.node == run.node && matches!(whole.waiting, Waiting::Items { .. });
        (run.item.is_some() && is_round).then_some(run.scope)
    }

    /// What stopped a clock is undone, so that it never stood still. Who led back by what stopped it is
    /// undone with what that descends from.
    pub(in crate::instance) fn clocks_undone(
        &mut self,
        by: Key,
        roots: &[Key],
        cone: &BTreeSet<Key>,
    ) {
        let traces = roots.iter().filter_map(|root| self.trail.get(root));
        let before: Vec<Key> = traces.flat_map(|trace| trace.from.clone()).collect();
        let leads_back = !roots.contains(&by);
        let stays = |paused: &mut Paused| {
            if leads_back && (paused.key == by || paused.undone_with.first() == Some(&by)) {
                paused.undone_with.clone_from(&before);
            }
            !paused.undone_with.iter().any(|key| cone.contains(key))
        };
        self.paused.retain(|_, paused| stays(paused));
        for run in self.runs.values_mut(|run| !run.paused.is_empty()) {
            run.paused.retain(|_, paused| stays(paused));
        }
    }

    /// What stopped a clock is undone with others, where the trail knows no more what it descended from.
    pub(in crate::instance) fn clocks_with_others(&mut self, replaced: impl Fn(&mut Vec<Key>)) {
        self.paused.values_mut().for_each(|paused| replaced(&mut paused.undone_with));
        for run in self.runs.values_mut(|run| !run.paused.is_empty()) {
            run.paused.values_mut().for_each(|paused| replaced(&mut paused.undone_with));
        }
    }

    /// What stood still of the round before has gone on in this one, which is over.
    pub(in crate::instance) fn forget_paused(&mut self, whole: Key) {
        let Some(node) = self
            .activations
            .get(&whole)
            .and_then(|one| matches!(one.waiting, Waiting::Items { .. }).then(|| one.node.clone()))
        else {
            return;
        };
        let is_earlier = |paused: &Paused| !paused.signers.is_empty() && paused.key < whole;
        if self.paused_for(whole).is_some_and(is_earlier) {
            self.paused_mut(whole).remove(&node);
        }
    }
}

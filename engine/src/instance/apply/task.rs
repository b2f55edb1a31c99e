//! How events about tasks and jobs change an instance.

use std::sync::Arc;

use crate::actor::Principal;
use crate::elements::service_task::HTTP_TOPIC;
use crate::event::Event;
use crate::ids::{Key, OutcomeName, PersonId};
use crate::instance::{Away, DueBefore, Instance, Waiting};
use crate::step::signer_of;
use crate::time::Timestamp;

impl Instance {
    pub(super) fn apply_task(&mut self, event: &Event) {
        match event {
            Event::TaskCreated { .. } => self.task_created(event),
            Event::TaskClaimed { key, person } => self.assign(*key, Some(person.clone())),
            Event::TaskUrged { key, at } => {
                if let Some(Waiting::Task { urged, .. }) = self.waiting_mut(*key) {
                    *urged = *at;
                }
            }
            Event::TaskReleased { key } => self.released(*key),
            Event::TaskTransferred { key, from, to, .. } => {
                self.transferred(*key, from.as_ref(), to);
            }
            Event::TaskDelegated { key, owner: own, to, .. } => {
                if let Some(Waiting::Task { assignee, owner, .. }) = self.waiting_mut(*key) {
                    *assignee = Some(to.clone());
                    *owner = Some(own.clone());
                }
            }
            Event::TaskDeputed { .. } | Event::TaskHandedBack { .. } => {
                self.becomes_anothers(event);
            }
            Event::TaskTerminatedCase { key, person, .. } => self.note_gave_up(*key, Some(person)),
            Event::TaskCompleted { key, outcome, person, at, agreed, due, .. } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.due_before.clone_from(due);
                }
                self.note_absent(*key, person);
                self.note_agreement(*key, person, *agreed);
                self.note_decider(*key, person);
                self.decided(*key, outcome.as_ref(), (Some(person), Some(*at)), *agreed);
                self.due_of_round(*key, due.as_ref());
            }
            Event::TaskSkipped { key, outcome, person, .. } => {
                let person = person.as_ref();
                self.decided(*key, outcome.as_ref(), (person, None), outcome.is_some());
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.left.skipped = activation.left.whole;
                }
            }
            Event::TaskEscalated { key, to } => {
                if let Some(Waiting::Task { candidates, escalated, .. }) = self.waiting_mut(*key) {
                    candidates.push(to.clone());
                    *escalated = Some(to.clone());
                }
            }
            Event::DueExtended { key, due: longer, .. } => {
                if let Some(Waiting::Task { due, extended, .. }) = self.waiting_mut(*key) {
                    *due = Some(longer.clone());
                    *extended = true;
                }
            }
            Event::JobCreated { .. } | Event::JobFailed { .. } => self.apply_job(event),
            other => unreachable!("{other:?} does not change a task"),
        }
    }

    fn released(&mut self, key: Key) {
        if let Some(Waiting::Task { assignee, away, .. }) = self.waiting_mut(key) {
            (*assignee, *away) = (None, None);
        }
    }

    /// A task went to a deputy, or came back to whose it is.
    fn becomes_anothers(&mut self, event: &Event) {
        if let Event::TaskDeputed { key, absent, to, until, reason } = event
            && let Some(Waiting::Task { assignee, away, .. }) = self.waiting_mut(*key)
        {
            *assignee = Some(to.clone());
            let (person, until, reason) = (absent.clone(), *until, reason.clone());
            *away = Some(Box::new(Away { person, until, reason }));
        }
        let Event::TaskHandedBack { key, person, .. } = event else { return };
        let Some(activation) = self.activations.get_mut(key) else { return };
        let Waiting::Task { assignee, owner, away, .. } = &mut activation.waiting else { return };
        if owner.is_none()
            && let Some(away) = away.take()
        {
            *assignee = Some(away.person);
            return;
        }
        *assignee = owner.take();
        // Who prepared it took part, and may not do what must be another's.
        if assignee.as_ref() != Some(person) {
            self.note_person(*key, person);
        }
    }

    fn task_created(&mut self, event: &Event) {
        let Event::TaskCreated { key, candidates, assignee, due, extenders, .. } = event else {
            return;
        };
        let own = self.activations.get(key).and_then(signer_of);
        let is_of_round = self.paused_for(*key).is_some_and(|it| !it.signers.is_empty());
        let was_extended = self.due_before(*key).is_some_and(|(_, extended)| extended);
        let goes_on = self.paused_for(*key).map(|paused| {
            paused.of(own.as_ref()).map_or(paused.extended && !is_of_round, |it| it.extended)
        });
        if let (Some(_), false, Some(node)) =
            (goes_on, is_of_round, self.activations.get(key).map(|own| own.node.clone()))
        {
            self.paused_mut(*key).remove(&node);
        }
        let waiting = Waiting::Task {
            candidates: candidates.clone(),
            assignee: assignee.clone(),
            due: due.clone(),
            owner: None,
            away: None,
            extended: goes_on.is_some_and(|extended| extended) || was_extended,
            urged: None,
            escalated: None,
        };
        self.wait(*key, waiting);
        self.extended_by(*key, extenders);
        self.note_task(*key);
    }

    /// Where a round is decided by one alone, who may take that back, the deadlines in it go on then.
    fn due_of_round(&mut self, key: Key, due: Option<&DueBefore>) {
        let whole = self.whole(key);
        if let Some(body) = self.activations.get_mut(&whole).filter(|_| whole != key) {
            body.due_before = due.filter(|_| body.done_as == Some(key)).cloned();
        }
    }

    fn transferred(&mut self, key: Key, from: Option<&PersonId>, to: &PersonId) {
        self.note_transfer(key, from, to);
        let waiting = self.waiting_mut(key);
        if let Some(Waiting::Task { candidates, assignee, owner, away, escalated, .. }) = waiting {
            *candidates = candidates_after(candidates, from, to);
            *assignee = Some(to.clone());
            (*owner, *away, *escalated) = (None, None, None);
        }
    }

    fn apply_job(&mut self, event: &Event) {
        match event {
            Event::JobCreated { key, topic, input, retries } => {
                let request = (topic == HTTP_TOPIC).then(|| Arc::new(input.clone()));
                self.wait(*key, Waiting::Job { retries: *retries, request });
            }
            Event::JobFailed { key, retries, .. } => {
                let request = match self.waiting_mut(*key) {
                    Some(Waiting::Job { request, .. }) => request.take(),
                    Some(_) | None => None,
                };
                self.wait(*key, Waiting::Job { retries: *retries, request });
            }
            other => unreachable!("{other:?} does not change a job"),
        }
    }

    fn decided(
        &mut self,
        key: Key,
        outcome: Option<&OutcomeName>,
        (person, at): (Option<&PersonId>, Option<Timestamp>),
        agreed: bool,
    ) {
        self.note_task(key);
        let Some(activation) = self.activations.get_mut(&key) else { return };
        let waiting = std::mem::replace(&mut activation.waiting, Waiting::Nothing);
        activation.done_by = person.cloned();
        let (body, was_theirs) = (activation.scope, activation.person.as_ref() == person);
        if let Some(person) = person {
            if !was_theirs && is_named(&waiting, person) {
                self.note_named(key, person);
            }
            self.decided_in_round(body, key, person);
        }
        self.note_decision(key, outcome, (person, at), agreed);
    }

    /// What a deputy decides, whom they stand in for did as well: it keeps both from what must be another's, and
    /// it comes back to whose it is.
    fn note_absent(&mut self, key: Key, person: &PersonId) {
        let absent = match self.waiting_mut(key) {
            Some(Waiting::Task { away: Some(away), .. }) => Some(away.person.clone()),
            _ => None,
        };
        if let Some(absent) = &absent {
            self.note_person(key, absent);
        }
        self.note_stood_for(key, person, absent.as_ref());
    }

    fn assign(&mut self, key: Key, person: Option<crate::ids::PersonId>) {
        if let Some(Waiting::Task { assignee, .. }) = self.waiting_mut(key) {
            *assignee = person;
        }
    }
}

/// Whether a task is one person's by name.
fn is_named(waiting: &Waiting, person: &PersonId) -> bool {
    let is_it = |one: &Principal| matches!(one, Principal::Person(own) if own == person);
    matches!(waiting, Waiting::Task { candidates, .. } if candidates.iter().any(is_it))
}

/// A candidate list after a task became another person's.
fn candidates_after(
    candidates: &[Principal],
    from: Option<&PersonId>,
    to: &PersonId,
) -> Vec<Principal> {
    let was = from.cloned().map(Principal::Person);
    let mut after: Vec<Principal> =
        candidates.iter().filter(|one| Some(*one) != was.as_ref()).cloned().collect();
    let is = Principal::Person(to.clone());
    if !after.contains(&is) {
        after.push(is);
    }
    after
}

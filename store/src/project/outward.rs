//! Rows that make something happen elsewhere: notices in the outbox, follow-up commands, messages.
//! They come with the event that caused them, in the same transaction.

use engine::command::{Command, Request};
use engine::definition::MESSAGE_KEPT_MS;
use engine::event::{Event, Recipient};
use engine::ids::Key;
use engine::time::Timestamp;

use super::Applied;
use crate::changes::Changes;
use crate::notices::{self, NEW};
use crate::tables::{buffered_message, follow_up, outbox};
use crate::workers::{Extended, Stopped, StoppedHow, Submitted, follow_ups};

pub(super) fn notices(step: &Applied<'_>, place: usize, event: &Event, changes: &mut Changes) {
    let Event::NoticeRequested { key, notice, to, submission } = event else { return };
    let submitted = submission.and_then(|number| submitted(step, *key, number));
    // Whoever is not signed in may name anybody's address: those are counted first.
    let is_public = submitted.as_ref().is_some_and(|it| it.person.is_none());
    let submitted = submitted.map(|it| serde_json::to_string(&it).expect("it is plain data"));
    let extended = extended(step, *key);
    let extended = extended.map(|it| serde_json::to_string(&it).expect("it is plain data"));
    let stopped = stopped(step, *key);
    let stopped = stopped.map(|it| serde_json::to_string(&it).expect("it is plain data"));
    for (n, recipient) in to.iter().enumerate() {
        let id = step.event_id(place);
        let is_counted = is_public && matches!(recipient, Recipient::Address(_));
        let row = outbox::Model {
            id: notices::id_of(step.after.id(), step.revision, place, n),
            event: id,
            instance_id: step.instance(),
            key: i64::from(key.0),
            notice: notice.as_str().to_owned(),
            recipient: match recipient {
                Recipient::Principal(principal) => principal.to_string(),
                Recipient::Address(address) => format!("mailto:{address}"),
            },
            status: if is_counted { NEW } else { "pending" }.to_owned(),
            attempts: 0,
            next_try_at: step.at(),
            created_at: step.at(),
            sent_at: None,
            last_error: None,
            submission: submitted.clone(),
            extension: extended.clone(),
            stopped: stopped.clone(),
        };
        // The same recipient twice in one notice is one mail.
        if to[..n].contains(recipient) {
            continue;
        }
        changes.put(&outbox::TABLE, row.into_row());
    }
}

/// The submission that a receipt is for, as the step that received it tells it: the intake forgets it.
fn submitted(step: &Applied<'_>, key: Key, number: u32) -> Option<Submitted> {
    let node = step.after.activation(key)?.node.clone();
    step.events.iter().find_map(|event| match event {
        Event::SubmissionReceived { key: own, submission, person, at, hash, .. }
            if (*own, *submission) == (key, number) =>
        {
            Some(Submitted {
                number,
                at: *at,
                hash: hash.clone(),
                person: person.clone(),
                node: node.clone(),
            })
        }
        _ => None,
    })
}

/// The extension that a notice tells of: the one of the same activation in the same step.
fn extended(step: &Applied<'_>, key: Key) -> Option<Extended> {
    step.events.iter().find_map(|event| {
        let (Event::DueExtended { key: own, due: working, reason }
        | Event::IntakeExtended { key: own, working, reason }) = event
        else {
            return None;
        };
        let extended = || Extended { working: working.clone(), reason: reason.clone() };
        (*own == key).then(extended)
    })
}

/// What was taken away from whom a notice tells, by the same step.
fn stopped(step: &Applied<'_>, key: Key) -> Option<Stopped> {
    let node = step.before?.activation(key)?.node.clone();
    if step.after.activation(key).is_some() {
        return None;
    }
    let said = step.events.iter().find_map(|event| match event {
        Event::TaskCompleted { comment, .. } => Some(comment.clone()),
        _ => None,
    });
    step.events.iter().find_map(|event| {
        let (how, reason) = if let Event::InstanceEnding { how, reason, .. }
        | Event::InstanceCancelled { how, reason, .. } = event
        {
            (how.into(), Some(reason.clone()))
        } else if let Event::Returned { reason, .. } = event {
            let command = &step.envelope.command;
            let how = if matches!(command, Command::Withdraw { .. }) {
                StoppedHow::Withdrawn
            } else if matches!(command, Command::TakeBack { .. }) {
                StoppedHow::TakenBack
            } else {
                StoppedHow::Returned
            };
            (how, reason.clone().or_else(|| said.clone().flatten()))
        } else {
            return None;
        };
        let reason = reason.filter(|reason| !reason.is_empty());
        Some(Stopped { how, reason, node: node.clone() })
    })
}

pub(super) fn requested(
    step: &Applied<'_>,
    place: usize,
    (request, since, hops): (&Request, Option<Timestamp>, u32),
    changes: &mut Changes,
) {
    let hops = i64::from(hops);
    match request {
        Request::SendMessage { message, correlation, payload, until, .. } => {
            let row = buffered_message::Model {
                id: step.event_id(place),
                message: message.as_str().to_owned(),
                correlation: correlation.clone(),
                payload: payload.as_ref().map(|hash| hash.as_str().to_owned()),
                source_id: Some(step.instance()),
                at: step.at(),
                expires_at: until
                    .map_or(step.at().saturating_add(MESSAGE_KEPT_MS), |until| until.0),
                hops,
            };
            changes.put(&buffered_message::TABLE, row.into_row());
        }
        Request::StartCase { .. }
        | Request::ReportEnd { .. }
        | Request::ReportEscalation { .. }
        | Request::BroadcastSignal { .. }
        | Request::CancelCalled { .. } => {
            let row = follow_up::Model {
                id: step.event_id(place),
                instance_id: step.instance(),
                request: follow_ups::written(request, since),
                created_at: step.at(),
                attempts: 0,
                next_try_at: step.at(),
                last_error: None,
                hops,
            };
            changes.put(&follow_up::TABLE, row.into_row());
        }
    }
}

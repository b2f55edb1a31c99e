//! Why a task ended that nobody decided, by the events that ended it. Who is told in which words is
//! the API's.

use engine::actor::Principal;
use engine::event::{Cause, Event};
use engine::ids::{Key, OutcomeName, PersonId};

use super::Applied;

/// That a task ended without its decision.
pub(super) struct Closed<'a> {
    /// Why, as `task.closed_because` has it.
    pub(super) because: &'static str,
    /// What its round decided without it.
    pub(super) outcome: Option<&'a OutcomeName>,
}

/// Why a task ended, where something else ended it.
pub(super) fn of<'a>(step: &Applied<'a>, key: Key) -> Option<Closed<'a>> {
    let cause = step.events.iter().find_map(|event| match event {
        Event::NodeTerminated { key: own, cause, .. } if *own == key => Some(cause),
        _ => None,
    })?;
    let because = word(cause);
    let outcome = matches!(cause, Cause::SiblingsDone).then(|| decided(step, key)).flatten();
    Some(Closed { because, outcome })
}

/// What the round that a task belongs to has decided.
fn decided<'a>(step: &Applied<'a>, key: Key) -> Option<&'a OutcomeName> {
    let round = step.before?.activation(key)?.scope;
    step.events.iter().find_map(|event| match event {
        Event::SignDecided { key, outcome, .. } if *key == round => Some(outcome),
        _ => None,
    })
}

/// The one person whom a task asked, though it was not theirs yet.
pub(super) fn asked(candidates: &[Principal]) -> Option<&PersonId> {
    match candidates {
        [Principal::Person(person)] => Some(person),
        _ => None,
    }
}

const fn word(cause: &Cause) -> &'static str {
    match cause {
        Cause::SiblingsDone => "roundDecided",
        Cause::Boundary { .. } => "boundary",
        Cause::Overdue => "overdue",
        Cause::Terminated => "terminated",
        Cause::Scope => "scope",
        Cause::Returned => "returned",
        Cause::SignerRemoved => "signerRemoved",
        Cause::VoteClosed => "voteClosed",
        Cause::Cancelled => "cancelled",
        Cause::EventSubProcess { .. } => "eventSubProcess",
        Cause::Error { .. } => "error",
        Cause::Enough => "enough",
        Cause::TransactionCancelled => "transactionCancelled",
        Cause::Modified => "modified",
        Cause::Migrated => "migrated",
        Cause::Joined => "joined",
    }
}

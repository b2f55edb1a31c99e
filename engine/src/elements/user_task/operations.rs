//! What may be done with a task beside deciding it: who may, when, and what happens. Every command
//! asks the same question that `allowed` answers, so that a button and a refusal never disagree.

use std::sync::Arc;

use super::behavior::Task;
use crate::actor::Member;
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::{Event, Recipient};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::Waiting;
use crate::operation::{Allowed, Operation};
use crate::rejection::{Need, Rejection};
use crate::step::{Halt, Step, asked};
use crate::time::Timestamp;

/// So long nobody may urge a task again, in milliseconds: a day.
const URGED_AGAIN_MS: i64 = 24 * 60 * 60 * 1_000;

/// Operations of an open task, in the order they are offered.
const OF_TASKS: [Operation; 10] = [
    Operation::Transfer,
    Operation::Delegate,
    Operation::AddSigner,
    Operation::RemoveSigner,
    Operation::Recuse,
    Operation::Replace,
    Operation::Return,
    Operation::Terminate,
    Operation::Urge,
    Operation::Copy,
];

impl Task {
    /// Every operation of the task, with the reason where it is off.
    pub(super) fn operations(&self, step: &Step<'_>, key: Key) -> Vec<Allowed> {
        let allowed = |operation| {
            let targets = match operation {
                Operation::Return => self.targets(step, key),
                _ => Vec::new(),
            };
            let refused = match self.may(step, key, operation) {
                Err(Halt::Reject(rejection)) => Some(rejection),
                Ok(()) | Err(Halt::Needs | Halt::Incident { .. }) => None,
            };
            Allowed { operation, refused, targets }
        };
        OF_TASKS.map(allowed).to_vec()
    }

    /// Nodes that the task may be returned to now.
    fn targets(&self, step: &Step<'_>, key: Key) -> Vec<NodeName> {
        let listed = |node: &NodeName| self.return_to.is_empty() || self.return_to.contains(node);
        step.return_targets(key).into_keys().filter(listed).collect()
    }

    /// Whether an operation is possible now, for whoever asks.
    pub(super) fn may(&self, step: &Step<'_>, key: Key, operation: Operation) -> Result<(), Halt> {
        let node = &step.activation(key).node;
        if !self.allows.contains(&operation) {
            let node = node.to_string();
            return Err(Rejection::OperationNotAllowed { operation, node, until: None }.into());
        }
        match operation {
            Operation::Transfer if step.envelope.actor.holds(&"admin".into()) => {
                Self::task(step, key).map(|_| ())
            }
            Operation::Transfer | Operation::Delegate | Operation::Terminate => {
                self.doer(step, key)?;
                Self::not_delegated(step, key)
            }
            Operation::Return => {
                self.doer(step, key)?;
                Self::not_delegated(step, key)?;
                if self.targets(step, key).is_empty() {
                    return Err(Rejection::NothingBefore { node: node.to_string() }.into());
                }
                Ok(())
            }
            Operation::Urge => {
                Self::task(step, key)?;
                Self::is_person(step)?;
                Self::not_urged(step, key)
            }
            Operation::Copy => {
                Self::task(step, key)?;
                Self::is_person(step)?;
                step.may_let_know()
            }
            Operation::AddSigner => {
                self.doer(step, key)?;
                Self::not_delegated(step, key)
            }
            Operation::RemoveSigner => Self::may_remove_signer(step, key),
            Operation::Recuse | Operation::Replace => self.may_replace(step, key, operation),
            Operation::TakeBack
            | Operation::Withdraw
            | Operation::Void
            | Operation::Reopen => {
                let node = node.to_string();
                Err(Rejection::OperationNotAllowed { operation, node, until: None }.into())
            }
        }
    }

    fn is_person(step: &Step<'_>) -> Result<(), Halt> {
        match step.envelope.actor.person() {
            Some(_) => Ok(()),
            None => Err(Rejection::NotCandidate { expected: "a person".into() }.into()),
        }
    }

    /// Nobody hears every minute that somebody waits.
    fn not_urged(step: &Step<'_>, key: Key) -> Result<(), Halt> {
        let Waiting::Task { urged: Some(urged), .. } = &step.activation(key).waiting else {
            return Ok(());
        };
        let until = Timestamp(urged.0.saturating_add(URGED_AGAIN_MS));
        if step.now() < until {
            return Err(Rejection::UrgedAlready { until }.into());
        }
        Ok(())
    }

    /// Whoever signs in a round may take out whom they added; an admin anybody but the last.
    fn may_remove_signer(step: &Step<'_>, key: Key) -> Result<(), Halt> {
        let actor = &step.envelope.actor;
        let waiting = &step.activation(step.whole(key)).waiting;
        let Waiting::Items { items, done, added, gone, .. } = waiting else {
            return Err(Rejection::NoAddedSigner.into());
        };
        let is_admin = actor.holds(&"admin".into());
        let mut open = added.iter().filter(|one| one.is_open());
        let left = items.len().saturating_sub(*done as usize + gone.len());
        let may = match is_admin {
            true => left > 0 || open.next().is_some(),
            false => actor.person().is_some() && open.any(|one| one.by.as_ref() == actor.person()),
        };
        if may && asked(waiting) > 1 { Ok(()) } else { Err(Rejection::NoAddedSigner.into()) }
    }

    pub(super) fn not_delegated(step: &Step<'_>, key: Key) -> Result<(), Halt> {
        match &step.activation(key).waiting {
            Waiting::Task { owner: Some(owner), .. } => {
                Err(Rejection::Delegated { owner: owner.clone() }.into())
            }
            _ => Ok(()),
        }
    }

    /// Carries out an operation on the task.
    pub(super) fn operate(
        &self,
        step: &mut Step<'_>,
        key: Key,
        command: &Command,
    ) -> Result<(), Halt> {
        match command {
            Command::TransferTask { to, reason, .. } => self.transfer(step, key, to, reason),
            Command::DelegateTask { to, reason, .. } => self.delegate(step, key, to, reason),
            Command::HandBack { comment, .. } => Self::hand_back(step, key, comment.as_ref()),
            Command::AddSigners { people, place, reason, .. } => {
                self.may(step, key, Operation::AddSigner)?;
                Step::check_length("reason", reason)?;
                for person in people {
                    self.fit(step, key, person)?;
                    self.is_no_judge_of_own(step, person)?;
                    self.may_receive(step, key, person)?;
                    step.known(person)?;
                }
                step.add_signers(key, people, *place, reason)
            }
            Command::RemoveSigner { person, reason, .. } => {
                self.may(step, key, Operation::RemoveSigner)?;
                Step::check_length("reason", reason)?;
                step.remove_signer(key, person, reason)
            }
            Command::ReplaceDrawn { reason, .. } => self.replace(step, key, reason),
            Command::ReturnTask { to, then, reason, .. } => {
                self.return_to(step, key, to, *then, reason)
            }
            other => {
                let expected = format!("something that can do `{}`", other.name());
                Err(Rejection::WrongKind { key, expected }.into())
            }
        }
    }

    fn transfer(
        &self,
        step: &mut Step<'_>,
        key: Key,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        self.may(step, key, Operation::Transfer)?;
        self.fit(step, key, to)?;
        self.may_receive(step, key, to)?;
        step.check_signs_once(key, to)?;
        step.known(to)?;
        Step::check_length("reason", reason)?;
        step.transfer(key, to, reason)
    }

    fn delegate(
        &self,
        step: &mut Step<'_>,
        key: Key,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        self.may(step, key, Operation::Delegate)?;
        let owner = self.doer(step, key)?;
        if *to == owner {
            let message = "expected another person, found yourself".into();
            return Err(Rejection::BadArgument { field: "to".into(), message }.into());
        }
        self.fit(step, key, to)?;
        self.may_receive(step, key, to)?;
        step.check_signs_once(key, to)?;
        step.known(to)?;
        Step::check_length("reason", reason)?;
        let (to, reason) = (to.clone(), reason.to_owned());
        step.emit(Event::TaskDelegated { key, owner, to, reason });
        step.tell_holders(key);
        Ok(())
    }

    /// The delegate has prepared the task, or its owner takes it back.
    fn hand_back(step: &mut Step<'_>, key: Key, comment: Option<&String>) -> Result<(), Halt> {
        let (_, assignee) = Self::task(step, key)?;
        let person = match &step.activation(key).waiting {
            Waiting::Task { owner: Some(owner), .. } => {
                let person = step.envelope.actor.person().cloned();
                let is_theirs = |person: &PersonId| Some(person) == assignee || person == owner;
                person.filter(is_theirs).ok_or_else(|| {
                    Halt::from(Rejection::NotCandidate { expected: owner.to_string() })
                })?
            }
            _ => Self::from_deputy(step, key)?,
        };
        if let Some(comment) = comment {
            Step::check_length("comment", comment)?;
        }
        step.emit(Event::TaskHandedBack { key, person, comment: comment.cloned() });
        step.tell_holders(key);
        Ok(())
    }

    fn return_to(
        &self,
        step: &mut Step<'_>,
        key: Key,
        to: &[NodeName],
        then: Option<Then>,
        reason: &str,
    ) -> Result<(), Halt> {
        self.may(step, key, Operation::Return)?;
        Step::check_reason(reason)?;
        let allowed = self.targets(step, key);
        if let Some(other) = to.iter().find(|node| !allowed.contains(node)) {
            let why = "it was not done before this task, or the definition does not list it";
            let (to, why) = (other.clone(), why.to_owned());
            return Err(Rejection::CannotReturn { to, allowed, why }.into());
        }
        step.return_to(key, to, then.unwrap_or(Then::RunOn), reason)
    }
}

impl Step<'_> {
    /// Refuses a reason that is none.
    pub(crate) fn check_reason(reason: &str) -> Result<(), Halt> {
        if reason.trim().is_empty() {
            let message = "expected a reason, found nothing".into();
            return Err(Rejection::BadArgument { field: "reason".into(), message }.into());
        }
        Self::check_length("reason", reason)
    }

    /// A person who must be there.
    pub(crate) fn known(&self, person: &PersonId) -> Result<Arc<Member>, Halt> {
        match self.facts.people.get(person) {
            Some(Some(member)) => Ok(Arc::clone(member)),
            Some(None) => Err(Rejection::UnknownPerson { person: person.clone() }.into()),
            None => Err(self.need(Need::Person(person.clone()))),
        }
    }

    /// A task becomes another person's.
    pub(crate) fn transfer(
        &mut self,
        key: Key,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        let from = match &self.activation(key).waiting {
            Waiting::Task { assignee, .. } => assignee.clone(),
            _ => None,
        };
        let (to, reason) = (to.clone(), reason.to_owned());
        self.emit(Event::TaskTransferred { key, from, to, reason });
        match self.node_of(key).behavior.depute(self, key)? {
            true => self.tell_deputed(key),
            false => self.tell_holders(key),
        }
        Ok(())
    }

    /// Tells whoever has a task now that they have it.
    pub(crate) fn tell_holders(&mut self, key: Key) {
        let definition = self.definition;
        let holders: Vec<Recipient> = self.holders(key);
        self.notice(key, definition.notices().task.as_ref(), holders);
    }
}

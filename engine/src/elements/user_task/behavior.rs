//! What a user task does: offers, waits and reminds, and hands each command to where it is carried
//! out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::offer::Offer;
use super::reserves::Drawn;
use super::{Assign, Dedupe, Nobody, Starter};
use crate::actor::Principal;
use crate::clock::ReminderSpec;
use crate::command::Command;
use crate::definition::source::OutcomeSource;
use crate::definition::{Dynamic, Extension, Using, When};
use crate::elements::Behavior;
use crate::event::{Event, Recipient, TimerPurpose};
use crate::expression::Expression;
use crate::ids::{DocumentName, Key, NodeName, NoticeName, OutcomeName, PersonId, RoleName};
use crate::instance::{Timer, Waiting};
use crate::operation::{Allowed, Operation};
use crate::step::notices::Whom;
use crate::step::{Halt, Step};

/// A user task, compiled.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) roles: Vec<Dynamic>,
    pub(super) unit: Option<Dynamic>,
    pub(super) assign: Option<Assign>,
    pub(super) nobody: Option<Nobody>,
    /// The unit for which whoever gets it then must hold the role.
    pub(super) nobody_unit: Option<Dynamic>,
    pub(super) dedupe: Dedupe,
    /// Whether the first who decides, decides for all.
    pub(super) any: bool,
    pub(super) starter: Starter,
    pub(super) edit: Vec<Using>,
    pub(super) show: Vec<Using>,
    pub(super) due: Option<When>,
    pub(super) remind: Vec<ReminderSpec>,
    pub(super) escalate: Option<RoleName>,
    /// The unit for which that role must be held.
    pub(super) escalate_unit: Option<Dynamic>,
    pub(super) tell: Vec<Whom>,
    pub(super) outcomes: Vec<(OutcomeName, Choice)>,
    pub(super) copy: Vec<Whom>,
    pub(super) notice: Option<NoticeName>,
    pub(super) silent: bool,
    pub(super) allows: BTreeSet<Operation>,
    /// Whose holders may be given it; anybody where there are none.
    pub(super) receivers: Vec<RoleName>,
    pub(super) return_to: Vec<NodeName>,
    pub(super) drawn: Vec<Drawn>,
    /// Whether it goes to the deputy of one who is away.
    pub(super) deputed: bool,
}

/// An outcome, compiled.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) source: OutcomeSource,
    pub(super) when: Option<Expression>,
    /// Fields that must be filled in, by document: dotted paths.
    pub(super) require: Required,
}

/// Fields that must be filled in, by document.
pub(super) type Required = BTreeMap<DocumentName, Vec<String>>;

impl Behavior for Task {
    fn unasked(&self) -> Option<super::Pass> {
        self.may_pass()
    }

    fn reminder(&self, number: u32) -> Option<ReminderSpec> {
        self.remind.get(number as usize).copied()
    }

    fn extenders(&self) -> Vec<&RoleName> {
        let extension = self.due.iter().filter_map(|due| due.extension.as_ref());
        extension.flat_map(Extension::roles).collect()
    }

    fn offered_to(&self, step: &Step<'_>, at: Key) -> Result<Vec<Principal>, Halt> {
        self.places(step, at)
    }

    fn shows(&self) -> &[Using] {
        &self.show
    }

    fn edits(&self) -> &[Using] {
        &self.edit
    }

    fn offered(&self, step: &Step<'_>, key: Key) -> Result<Vec<OutcomeName>, Halt> {
        self.offered(step, key)
    }

    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.check_weight(key)?;
        let Offer { candidates, assignee, passing } = self.offer(step, key)?;
        let due = self.deadline(step, key)?;
        let copied = self.copied(step, key)?;
        let extension = self.due.as_ref().and_then(|due| due.extension.as_ref());
        let extenders = extension.map(|extension| extension.for_unit(step, key)).transpose()?;
        let is_person = |one: &Principal| matches!(one, Principal::Person(_));
        step.emit(Event::TaskCreated {
            key,
            undeputed: !self.deputed && !candidates.iter().all(is_person),
            candidates,
            assignee,
            due: due.clone().map(Box::new),
            extenders: extenders.unwrap_or_default(),
        });
        if let Some(passing) = passing {
            return super::skip::pass(step, key, passing);
        }
        if let Some(due) = due {
            self.arm_clock(step, key, &due)?;
        }
        let deputed = self.depute(step, key)?;
        if deputed && !self.silent {
            step.tell_deputed(key);
        } else if !self.silent {
            let definition = step.definition;
            let notice = self.notice.as_ref().or(definition.notices().task.as_ref());
            let holders = step.holders(key);
            step.notice(key, notice, holders);
        }
        if !copied.is_empty() {
            step.copy_to(key, copied);
        }
        Ok(())
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, timer: &Timer) -> Result<(), Halt> {
        if timer.purpose != TimerPurpose::Due {
            let (definition, holders) = (step.definition, step.holders(key));
            step.notice(key, definition.notices().reminder.as_ref(), holders);
            return Ok(());
        }
        self.overdue(step, key)
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::ClaimTask { .. } => self.claim(step, key),
            Command::ReleaseTask { .. } => Self::release(step, key),
            Command::CompleteTask { outcome, documents, comment, seen, .. } => {
                step.check_seen(seen)?;
                self.decide(step, key, outcome.as_ref(), documents, comment.as_ref())
            }
            Command::ExtendTask { by, reason, .. } => self.extend(step, key, by, reason),
            Command::UrgeTask { .. } => self.urge(step, key),
            other => self.operate(step, key, other),
        }
    }

    fn operations(&self, step: &Step<'_>, key: Key) -> Vec<Allowed> {
        self.operations(step, key)
    }

    fn signer(&self, step: &Step<'_>, key: Key, item: Value) -> Result<Option<Value>, Halt> {
        self.signer(step, key, item)
    }

    fn depute(&self, step: &mut Step<'_>, key: Key) -> Result<bool, Halt> {
        self.depute(step, key)
    }

    fn check_fit(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        self.fit(step, key, person)?;
        // A round gets another signer.
        match step.activation(key).waiting {
            Waiting::Items { .. } => self.is_no_judge_of_own(step, person),
            _ => Ok(()),
        }
    }

    fn may_terminate(&self, step: &Step<'_>, key: Key) -> Result<(), Halt> {
        self.may(step, key, Operation::Terminate)
    }

    fn allows(&self, operation: Operation) -> bool {
        self.allows.contains(&operation)
    }
}

impl Task {
    /// The people who are let know of it: those whom the definition names, and everybody who holds a role.
    fn copied(&self, step: &Step<'_>, key: Key) -> Result<Vec<PersonId>, Halt> {
        let mut people = Vec::new();
        for recipient in step.recipients(key, &self.copy)? {
            match recipient {
                Recipient::Principal(Principal::Person(person)) => people.push(person),
                Recipient::Principal(role) => {
                    people.extend(step.members(&role)?.into_iter().map(|one| one.id.clone()));
                }
                // Only who has an account reads what is copied.
                Recipient::Address(_) => {}
            }
        }
        Ok(people)
    }

    fn urge(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.may(step, key, Operation::Urge)?;
        let definition = step.definition;
        let holders = step.holders(key);
        let at = Some(step.now());
        step.emit(Event::TaskUrged { key, at });
        step.notice(key, definition.notices().urge.as_ref(), holders);
        Ok(())
    }
}

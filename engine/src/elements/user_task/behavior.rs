//! What a user task does: offers, waits and reminds, and hands each command to where it is carried
//! out.

use std::collections::BTreeSet;

use super::{Assign, Dedupe, Nobody, Starter};
use crate::actor::Principal;
use crate::clock::ReminderSpec;
use crate::command::Command;
use crate::definition::source::OutcomeSource;
use crate::definition::{Dynamic, FlowKind, Using, When};
use crate::elements::Behavior;
use crate::event::{Because, Cause, Event, Recipient, TimerPurpose};
use crate::expression::Expression;
use crate::ids::{Key, NodeName, NoticeName, OutcomeName, PersonId, RoleName};
use crate::instance::Timer;
use crate::operation::{Allowed, Operation};
use crate::step::notices::Whom;
use crate::step::{Halt, Step};

/// A user task, compiled.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) roles: Vec<RoleName>,
    pub(super) unit: Option<Dynamic>,
    pub(super) assign: Option<Assign>,
    pub(super) nobody: Option<Nobody>,
    pub(super) dedupe: Dedupe,
    pub(super) starter: Starter,
    pub(super) edit: Vec<Using>,
    pub(super) show: Vec<Using>,
    pub(super) due: Option<When>,
    pub(super) remind: Vec<ReminderSpec>,
    pub(super) escalate: Option<RoleName>,
    pub(super) outcomes: Vec<(OutcomeName, Choice)>,
    pub(super) copy: Vec<Whom>,
    pub(super) notice: Option<NoticeName>,
    pub(super) silent: bool,
    pub(super) allows: BTreeSet<Operation>,
    pub(super) return_to: Vec<NodeName>,
}

/// An outcome, compiled.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) source: OutcomeSource,
    pub(super) when: Option<Expression>,
}

impl Behavior for Task {
    fn reminder(&self, number: u32) -> Option<ReminderSpec> {
        self.remind.get(number as usize).copied()
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
        let assignee = self.assignee(step, key)?;
        let skipped = self.skipped(step, key, assignee.as_ref())?;
        let whose = assignee.as_ref().or(skipped.as_ref().map(|passing| &passing.person));
        let candidates = self.candidates(step, key, whose)?;
        let due = self.deadline(step, key)?;
        let copied = step.recipients(key, &self.copy)?;
        step.emit(Event::TaskCreated {
            key,
            candidates,
            assignee,
            due: due.clone().map(Box::new),
        });
        if let Some(skipped) = skipped {
            return super::skip::pass(step, key, skipped);
        }
        if let Some(due) = due {
            self.arm_clock(step, key, &due)?;
        }
        if !self.silent {
            let definition = step.definition;
            let notice = self.notice.as_ref().or(definition.notices().task.as_ref());
            let holders = step.holders(key);
            step.notice(key, notice, holders);
        }
        let people: Vec<PersonId> = copied.into_iter().filter_map(person_of).collect();
        if !people.is_empty() {
            step.copy_to(key, people);
        }
        Ok(())
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, timer: &Timer) -> Result<(), Halt> {
        let definition = step.definition;
        let holders = step.holders(key);
        if timer.purpose != TimerPurpose::Due {
            step.notice(key, definition.notices().reminder.as_ref(), holders);
            return Ok(());
        }
        let mut told = holders;
        if let Some(role) = &self.escalate {
            let to = Principal::Role(role.clone());
            told.push(Recipient::Principal(to.clone()));
            step.emit(Event::TaskEscalated { key, to });
        }
        step.notice(key, definition.notices().overdue.as_ref(), told);
        if let Some(flow) = step.flow_where(key, |kind| matches!(kind, FlowKind::Overdue)) {
            let scope = step.activation(key).scope;
            let to = &step.definition.nodes[step.definition.flows[flow].to].name;
            let again = step.earlier(key, to);
            let lineage = step.instance.lineage(key);
            step.terminate(key, &Cause::Overdue);
            let from = again.and_then(|again| step.undo(key, again)).unwrap_or(lineage);
            step.take(flow, scope, Because::Overdue, from);
        }
        Ok(())
    }

    fn command(&self, step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        match command {
            Command::ClaimTask { .. } => self.claim(step, key),
            Command::ReleaseTask { .. } => Self::release(step, key),
            Command::CompleteTask { outcome, documents, comment, .. } => {
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

    fn may_terminate(&self, step: &Step<'_>, key: Key) -> Result<(), Halt> {
        self.may(step, key, Operation::Terminate)
    }

    fn allows(&self, operation: Operation) -> bool {
        self.allows.contains(&operation)
    }
}

fn person_of(recipient: Recipient) -> Option<PersonId> {
    match recipient {
        Recipient::Principal(Principal::Person(person)) => Some(person),
        Recipient::Principal(Principal::Role(_) | Principal::RoleIn(..)) | Recipient::Address(_) => {
            None
        }
    }
}

impl Task {
    fn urge(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.may(step, key, Operation::Urge)?;
        let definition = step.definition;
        let holders = step.holders(key);
        step.emit(Event::TaskUrged { key });
        step.notice(key, definition.notices().urge.as_ref(), holders);
        Ok(())
    }
}

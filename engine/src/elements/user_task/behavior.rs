//! What a user task does: offers, waits, reminds, and takes the decision.

use std::collections::{BTreeMap, BTreeSet};

use super::{Assign, Dedupe, Nobody, Starter};
use crate::actor::Principal;
use crate::clock::{self, ReminderSpec, Working};
use crate::command::{Command, Content};
use crate::definition::source::{ClockRule, DocumentsRule, OutcomeSource, Requirement};
use crate::definition::{Dynamic, FlowKind, Using, When};
use crate::elements::Behavior;
use crate::event::{Because, Cause, Event, Recipient, TimerPurpose};
use crate::expression::Expression;
use crate::ids::{DocumentName, Key, NodeName, NoticeName, OutcomeName, PersonId, RoleName};
use crate::instance::Waiting;
use crate::operation::{Allowed, Operation};
use crate::rejection::Rejection;
use crate::step::notices::Whom;
use crate::step::{Halt, Leave, Step};

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

    fn fire(&self, step: &mut Step<'_>, key: Key, purpose: &TimerPurpose) -> Result<(), Halt> {
        let definition = step.definition;
        let holders = step.holders(key);
        if *purpose != TimerPurpose::Due {
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
    /// The deadline: what remained where the node's clock stood still, or the whole time.
    fn deadline(&self, step: &Step<'_>, key: Key) -> Result<Option<Working>, Halt> {
        let Some(due) = &self.due else { return Ok(None) };
        let node = step.activation(key).node.clone();
        if let Some(paused) = step.instance.paused(node.as_str())
            && let Some(calendar) = step.facts.calendars.get(&paused.working.calendar)
        {
            let remaining = paused.working.remaining(paused.at, calendar);
            return Ok(Some(clock::resume(&remaining, step.now(), calendar)));
        }
        due.working(step, key).map(Some)
    }

    pub(super) fn arm_clock(&self, step: &mut Step<'_>, key: Key, due: &Working) -> Result<(), Halt> {
        let Some(calendar) = step.facts.calendars.get(&due.calendar).cloned() else {
            return Err(Halt::incident("CALENDAR_MISSING", "expected the deadline's calendar"));
        };
        for (number, remind) in (0..).zip(&self.remind) {
            let at = clock::remind(due, *remind, &calendar);
            if at > step.now() {
                step.arm(key, at, TimerPurpose::Reminder { number }, None);
            }
        }
        step.arm(key, due.until, TimerPurpose::Due, None);
        Ok(())
    }

    fn claim(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let person = self.doer(step, key)?;
        if Self::task(step, key)?.1.is_none() {
            step.emit(Event::TaskClaimed { key, person });
        }
        Ok(())
    }

    fn release(step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let (candidates, assignee) = Self::task(step, key)?;
        let Some(person) = assignee else { return Err(Rejection::NotClaimed.into()) };
        let actor = &step.envelope.actor;
        if actor.person() != Some(person) && !actor.holds(&"admin".into()) {
            return Err(Rejection::ClaimedByAnother { person: person.clone() }.into());
        }
        if candidates.iter().all(|one| *one == Principal::Person(person.clone())) {
            let expected = "a task that others may do as well".into();
            return Err(Rejection::WrongKind { key, expected }.into());
        }
        step.emit(Event::TaskReleased { key });
        Ok(())
    }

    fn decide(
        &self,
        step: &mut Step<'_>,
        key: Key,
        outcome: Option<&OutcomeName>,
        documents: &BTreeMap<DocumentName, Content>,
        comment: Option<&String>,
    ) -> Result<(), Halt> {
        let person = self.doer(step, key)?;
        Self::not_delegated(step, key)?;
        let before = step.signers_before(key);
        if !before.is_empty() {
            return Err(Rejection::SignersPending { people: before }.into());
        }
        let choice = self.choice(step, key, outcome)?;
        let comment = comment.filter(|comment| !comment.trim().is_empty());
        if let Some(comment) = comment {
            Step::check_length("comment", comment)?;
        }
        if let (Some(outcome), Some(choice), None) = (outcome, choice, comment)
            && choice.source.comment == Requirement::Required
        {
            return Err(Rejection::CommentRequired { outcome: outcome.clone() }.into());
        }
        let required = choice
            .is_none_or(|choice| choice.source.documents == DocumentsRule::Required);
        let written = step.checked_all(&self.edit, documents, required)?;
        if Self::task(step, key)?.1.is_none() {
            step.emit(Event::TaskClaimed { key, person: person.clone() });
        }
        for (document, content) in written {
            step.write(key, &document, content);
        }
        Self::pause(step, key, choice);
        step.cast_vote(key, outcome, &person)?;
        // Where the signers decide by a rule, their round tells it.
        let decides_alone = step.signing(key).is_none();
        step.emit(Event::TaskCompleted {
            key,
            outcome: outcome.cloned(),
            person,
            at: step.now(),
            comment: comment.cloned(),
        });
        let definition = step.definition;
        if outcome.is_some() && decides_alone {
            let to = step.initiator().into_iter().collect();
            step.notice(key, definition.notices().outcome.as_ref(), to);
        }
        let leave = outcome.map_or(Leave::Next, |outcome| step.leave_by(key, outcome));
        step.complete(key, leave)
    }

    fn choice(
        &self,
        step: &Step<'_>,
        key: Key,
        outcome: Option<&OutcomeName>,
    ) -> Result<Option<&Choice>, Halt> {
        if self.outcomes.is_empty() && outcome.is_none() {
            return Ok(None);
        }
        let offered = self.offered(step, key)?;
        let chosen = outcome.filter(|outcome| offered.contains(outcome));
        let choice = self.outcomes.iter().find(|(name, _)| Some(name) == chosen);
        match choice {
            Some((_, choice)) => Ok(Some(choice)),
            None => {
                let found = outcome.cloned();
                Err(Rejection::UnknownOutcome { found, expected: offered }.into())
            }
        }
    }

    pub(super) fn offered(&self, step: &Step<'_>, key: Key) -> Result<Vec<OutcomeName>, Halt> {
        let mut offered = Vec::new();
        for (name, choice) in &self.outcomes {
            let is_offered = match &choice.when {
                Some(when) => step.evaluate_bool(when, key)?,
                None => true,
            };
            if is_offered {
                offered.push(name.clone());
            }
        }
        Ok(offered)
    }

    /// An outcome may stop the node's clock until the case is back.
    fn pause(step: &mut Step<'_>, key: Key, choice: Option<&Choice>) {
        let pauses =
            choice.is_some_and(|choice| choice.source.clock == Some(ClockRule::Pause));
        let activation = step.activation(key);
        if let (true, Waiting::Task { due: Some(due), .. }) = (pauses, &activation.waiting) {
            let (node, working) = (activation.node.clone(), due.clone());
            let ground = choice
                .map(|choice| choice.source.label.get(crate::text::Language::Zh).to_owned())
                .unwrap_or_default();
            step.emit(Event::ClockPaused { node, working, at: step.now(), ground });
        }
    }

    fn urge(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.may(step, key, Operation::Urge)?;
        let definition = step.definition;
        let holders = step.holders(key);
        step.emit(Event::TaskUrged { key });
        step.notice(key, definition.notices().urge.as_ref(), holders);
        Ok(())
    }
}

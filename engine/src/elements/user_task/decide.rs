//! A task is decided: by which of the outcomes that are offered, with what it writes.

use std::collections::BTreeMap;

use super::behavior::{Choice, Required, Task};
use crate::command::Content;
use crate::definition::source::{DocumentsRule, Requirement};
use crate::event::Event;
use crate::expression::Expression;
use crate::ids::{DocumentName, Key, OutcomeName};
use crate::rejection::Rejection;
use crate::step::{Halt, Leave, Step};

/// What is demanded where nothing is decided.
static NOTHING: Required = Required::new();

impl Task {
    pub(super) fn decide(
        &self,
        step: &mut Step<'_>,
        key: Key,
        outcome: Option<&OutcomeName>,
        documents: &BTreeMap<DocumentName, Content>,
        comment: Option<&String>,
    ) -> Result<(), Halt> {
        self.take_over(step, key)?;
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
        let demanded = choice.map_or(&NOTHING, |choice| &choice.require);
        let written = step.checked_all(&self.edit, documents, required, demanded)?;
        self.take(step, key, &person)?;
        for (document, content) in &written {
            step.write(key, document, content.clone());
        }
        step.compare_all(&self.edit, &written, required)?;
        self.fits_what_is_written(step, key, outcome, choice)?;
        step.check_sheets(key, &written)?;
        Self::pause(step, key, choice);
        step.cast_vote(key, outcome, &person)?;
        step.give_sheet(key, outcome, &person);
        let due = self.due_before(step, key);
        // Where the signers decide by a rule, their round tells it.
        let decides_alone = step.signing(key).is_none();
        step.emit(Event::TaskCompleted {
            key,
            outcome: outcome.cloned(),
            person,
            at: step.now(),
            comment: comment.cloned(),
            due,
            agreed: outcome.is_some() && outcome == self.outcomes.first().map(|(name, _)| name),
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
            None => Err(self.not_open(outcome, offered).into()),
        }
    }

    /// Why an outcome cannot be chosen.
    fn not_open(&self, outcome: Option<&OutcomeName>, offered: Vec<OutcomeName>) -> Rejection {
        let choice = self.outcomes.iter().find(|(name, _)| Some(name) == outcome);
        match choice.and_then(|(name, choice)| Some((name, choice.source.message.clone()?))) {
            Some((name, reason)) => Rejection::OutcomeRefused { outcome: name.clone(), reason },
            None => Rejection::UnknownOutcome { found: outcome.cloned(), expected: offered },
        }
    }

    pub(super) fn offered(&self, step: &Step<'_>, key: Key) -> Result<Vec<OutcomeName>, Halt> {
        // What hangs on the form nobody knows before it is handed in.
        self.outcomes_where(|when| {
            Ok(self.writes_what_is_read(when) || step.evaluate_bool(when, key)?)
        })
    }

    /// The outcomes whose conditions hold, and those that have none.
    fn outcomes_where(
        &self,
        holds: impl Fn(&Expression) -> Result<bool, Halt>,
    ) -> Result<Vec<OutcomeName>, Halt> {
        let mut found = Vec::new();
        for (name, choice) in &self.outcomes {
            if choice.when.as_ref().map_or(Ok(true), &holds)? {
                found.push(name.clone());
            }
        }
        Ok(found)
    }

    /// Whether a condition reads a document that the task itself writes.
    fn writes_what_is_read(&self, when: &Expression) -> bool {
        self.edit.iter().any(|using| when.references().contains(using.document.as_str()))
    }

    /// Refuses an outcome whose condition does not hold of what is handed in with it.
    fn fits_what_is_written(
        &self,
        step: &Step<'_>,
        key: Key,
        outcome: Option<&OutcomeName>,
        choice: Option<&Choice>,
    ) -> Result<(), Halt> {
        let when = choice.and_then(|choice| choice.when.as_ref());
        let Some(when) = when.filter(|when| self.writes_what_is_read(when)) else { return Ok(()) };
        if step.evaluate_bool(when, key)? {
            return Ok(());
        }
        let expected = self.outcomes_where(|when| step.evaluate_bool(when, key))?;
        Err(self.not_open(outcome, expected).into())
    }
}

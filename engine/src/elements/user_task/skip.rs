//! Tasks that nobody is asked: one who agreed before is not asked again (去重), and what happens
//! when whoever began the case would approve it. Never a task that writes a document.

use super::behavior::Task;
use super::{Dedupe, Starter};
use crate::definition::source::Requirement;
use crate::elements::Element;
use crate::event::{Event, Skipped};
use crate::ids::{Key, OutcomeName, PersonId};
use crate::step::{Halt, Leave, Step};

/// A task that is passed without asking.
pub(super) struct Passing {
    pub(super) person: PersonId,
    because: Skipped,
    outcome: Option<OutcomeName>,
}

impl Task {
    /// Whether the task is passed without asking whose it would be.
    pub(super) fn skipped(
        &self,
        step: &Step<'_>,
        key: Key,
        assignee: Option<&PersonId>,
    ) -> Result<Option<Passing>, Halt> {
        let only = match assignee {
            Some(person) => Some(person.clone()),
            None => self.only_member(step, key)?,
        };
        let Some(person) = &only else { return Ok(None) };
        let because = if self.starter == Starter::Skip && step.began(person) {
            Skipped::Starter
        } else if self.agreed_before(step, key, person) {
            Skipped::SamePerson
        } else {
            return Ok(None);
        };
        // A returned task is there to be done again, and a document to be written.
        let is_again = [key, step.whole(key)]
            .iter()
            .any(|key| step.activation(*key).person.is_some());
        if is_again || !self.edit.is_empty() || step.apart(key, person).is_some() {
            return Ok(None);
        }
        let outcome = match self.outcomes.first() {
            None => None,
            Some((_, choice)) if choice.source.comment == Requirement::Required => {
                return Ok(None);
            }
            Some((name, _)) if !self.offered(step, key)?.contains(name) => return Ok(None),
            Some((name, _)) => Some(name.clone()),
        };
        Ok(Some(Passing { person: person.clone(), because, outcome }))
    }

    fn agreed_before(&self, step: &Step<'_>, key: Key, person: &PersonId) -> bool {
        match self.dedupe {
            Dedupe::Never => false,
            Dedupe::InRow => step.did_just_before(key, person),
            Dedupe::EveryTime => step.definition.nodes().iter().any(|node| {
                let Element::UserTask(task) = &node.element else { return false };
                let passed = step.instance.passed(node.name.as_str());
                passed.is_some_and(|passed| {
                    passed.people.contains(person)
                        && passed.outcome.as_ref() == task.outcomes.keys().next()
                })
            }),
        }
    }
}

impl Step<'_> {
    /// Whether a person did the task just before.
    fn did_just_before(&self, key: Key, person: &PersonId) -> bool {
        let mut todo = self.activation(self.whole(key)).from.clone();
        let trace_of = |key: Key| self.instance.trail().get(&key).filter(|trace| !trace.closed);
        while let Some(trace) = todo.pop().and_then(trace_of) {
            match &trace.by {
                Some(by) if by == person => return true,
                Some(_) => {}
                None => todo.extend(&trace.from),
            }
        }
        false
    }

    /// Whom a person reports to, so many levels up; none where nobody is above them.
    pub(super) fn superior(
        &self,
        person: &PersonId,
        levels: u8,
    ) -> Result<Option<PersonId>, Halt> {
        let mut at = person.clone();
        for _ in 0..levels {
            let manager = self.known(&at)?.manager().map(PersonId::new);
            match manager {
                Some(manager) => at = manager,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}

/// Passes the task.
pub(super) fn pass(
    step: &mut Step<'_>,
    key: Key,
    passing: Passing,
) -> Result<(), Halt> {
    let Passing { person, because, outcome } = passing;
    step.cast_vote(key, outcome.as_ref(), &person)?;
    step.emit(Event::TaskSkipped { key, person, because, outcome: outcome.clone() });
    let leave = outcome.map_or(Leave::Next, |outcome| step.leave_by(key, &outcome));
    step.complete(key, leave)
}

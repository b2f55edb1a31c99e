//! Tasks that nobody is asked: one who agreed before is not asked again (去重), and what happens
//! when whoever began the case would approve it. Never a task that writes a document.

use super::behavior::Task;
use super::{Dedupe, Starter};
use crate::definition::source::Requirement;
use crate::elements::Element;
use crate::event::{Event, Skipped};
use crate::ids::{Key, NodeName, OutcomeName, PersonId};
use crate::instance::{Passed, Trace};
use crate::step::{Halt, Leave, Step};

/// How a task goes on that is passed without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pass {
    /// It has no outcomes.
    Plainly,
    /// By one of its outcomes.
    By(OutcomeName),
}

impl Pass {
    pub(crate) fn outcome(self) -> Option<OutcomeName> {
        match self {
            Self::Plainly => None,
            Self::By(outcome) => Some(outcome),
        }
    }
}

/// A task that is passed without asking.
pub(super) struct Passing {
    /// Whose it would have been; none where nobody was found.
    pub(super) person: Option<PersonId>,
    pub(super) because: Skipped,
    pub(super) outcome: Option<OutcomeName>,
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
            None => self.one_of(step, key, self.members(step, key)?),
        };
        match &only {
            Some(person) => self.passing(step, key, person),
            None => Ok(None),
        }
    }

    /// Whether it is passed without asking one person whose it would be.
    pub(super) fn passing(
        &self,
        step: &Step<'_>,
        key: Key,
        person: &PersonId,
    ) -> Result<Option<Passing>, Halt> {
        let because = if self.starter == Starter::Skip && step.began(person) {
            Skipped::Starter
        } else if self.agreed_before(step, key, person) {
            Skipped::SamePerson
        } else {
            return Ok(None);
        };
        // A returned task is there to be done again, and a document to be written.
        let is_again = [key, step.whole(key)].map(|key| step.activation(key));
        let is_again = is_again.iter().any(|one| one.again || one.person.is_some());
        // One who was added to a round is there to be asked.
        let is_added = step.activation(key).item.as_ref().is_some_and(|item| item.added);
        if is_again || is_added || step.apart(key, person).is_some() {
            return Ok(None);
        }
        let pass = self.passed_outcome(step, key)?;
        let person = Some(person.clone());
        Ok(pass.map(|pass| Passing { person, because, outcome: pass.outcome() }))
    }

    /// How it may be passed without asking, whoever is in the case: because nobody is found, or one who
    /// agreed before or began the case is not asked.
    pub(super) fn may_pass(&self) -> Option<Pass> {
        let is_nobodys = self.nobody.as_ref().is_some_and(|nobody| nobody.gets().is_none());
        let is_theirs = self.dedupe != Dedupe::Never || self.starter == Starter::Skip;
        self.pass().filter(|_| is_nobodys || is_theirs)
    }

    /// How the task is passed without asking; none where it cannot be passed so.
    pub(super) fn passed_outcome(&self, step: &Step<'_>, key: Key) -> Result<Option<Pass>, Halt> {
        match self.pass() {
            Some(Pass::By(name)) if !self.offered(step, key)?.contains(&name) => Ok(None),
            pass => Ok(pass),
        }
    }

    /// How a task that nobody is asked is passed: by its first outcome. Never where something is to be
    /// written, a document or why.
    fn pass(&self) -> Option<Pass> {
        if !self.edit.is_empty() {
            return None;
        }
        match self.outcomes.first() {
            None => Some(Pass::Plainly),
            Some((_, choice)) if choice.source.comment == Requirement::Required => None,
            Some((name, _)) => Some(Pass::By(name.clone())),
        }
    }

    /// The one of several who may do the task; of a 或签, one who agreed before.
    pub(super) fn one_of(
        &self,
        step: &Step<'_>,
        key: Key,
        mut members: Vec<PersonId>,
    ) -> Option<PersonId> {
        members.retain(|person| step.apart(key, person).is_none());
        if members.len() > 1 {
            members.retain(|person| self.fit(step, key, person).is_ok());
        }
        match members.len() {
            1 => members.pop(),
            _ if self.any => {
                members.into_iter().find(|person| self.agreed_before(step, key, person))
            }
            _ => None,
        }
    }

    fn agreed_before(&self, step: &Step<'_>, key: Key, person: &PersonId) -> bool {
        match self.dedupe {
            Dedupe::Never => false,
            Dedupe::InRow => step.agreed_just_before(key, person),
            Dedupe::EveryTime => {
                let memory = step.memory(key);
                // To what another run of the same list asked they did not agree.
                let mut passed = step.instance.all_passed().keys();
                passed.any(|node| {
                    let agreed = |it: &Passed| it.agreed.contains(person);
                    !step.is_ballot(node) && memory.of_name(node).is_some_and(agreed)
                })
            }
        }
    }
}

impl Step<'_> {
    /// Whether a person did the task just before, and agreed to it.
    fn agreed_just_before(&self, key: Key, person: &PersonId) -> bool {
        let mut todo = self.activation(self.whole(key)).from.clone();
        let trace_of = |key: Key| self.instance.trail().get(&key).filter(|trace| !trace.closed);
        while let Some(trace) = todo.pop().and_then(trace_of) {
            match &trace.by {
                Some(by) if by == person && has_agreed(trace) => return !self.is_ballot(&trace.node),
                Some(_) => {}
                // Several decided it together, or others inside it.
                None if self.is_done_by_people(&trace.node) => {}
                None => todo.extend(&trace.from),
            }
        }
        false
    }

    /// Whether nobody is told who agreed to a node, as where they were not asked again.
    fn is_ballot(&self, node: &NodeName) -> bool {
        self.definition.node(node.as_str()).is_some_and(crate::definition::Node::is_ballot)
    }

    /// Whether people do a node, or what is inside it.
    fn is_done_by_people(&self, node: &NodeName) -> bool {
        let element = &self.definition.nodes[self.definition.index(node)].element;
        matches!(element, Element::UserTask(_) | Element::CallActivity(_))
            || element.nodes().is_some()
    }
}

/// Whether who did something chose to pass it; what another corrected since is that other's.
fn has_agreed(trace: &Trace) -> bool {
    trace.left.as_ref().is_some_and(|left| left.agreed && left.by.is_none())
}

/// Passes the task.
pub(super) fn pass(
    step: &mut Step<'_>,
    key: Key,
    passing: Passing,
) -> Result<(), Halt> {
    let Passing { person, because, outcome } = passing;
    if let Some(person) = &person {
        step.cast_vote(key, outcome.as_ref(), person)?;
    }
    step.emit(Event::TaskSkipped { key, person, because, outcome: outcome.clone() });
    let leave = outcome.map_or(Leave::Next, |outcome| step.leave_by(key, &outcome));
    step.complete(key, leave)
}

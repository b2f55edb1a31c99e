//! Whose a task is and whom it is offered to: worked out when it is created, asked by every command.

use super::Assign;
use super::behavior::Task;
use crate::actor::{Actor, Member, Principal};
use crate::event::Event;
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::rejection::{Need, Rejection};
use crate::step::person_of as person_of_item;
use crate::step::{Halt, Step};

impl Task {
    pub(super) fn assignee(&self, step: &Step<'_>, key: Key) -> Result<Option<PersonId>, Halt> {
        Ok(match &self.assign {
            _ if step.activation(key).item.as_ref().is_some_and(|item| item.added) => {
                step.activation(key).item.as_ref().and_then(|item| person_of_item(&item.value))
            }
            _ if step.activation(key).person.is_some() => step.activation(key).person.clone(),
            Some(Assign::Listed) => {
                step.activation(key).item.as_ref().and_then(|item| person_of_item(&item.value))
            }
            Some(Assign::Manager(levels)) => {
                let Some(initiator) = step.instance.originator() else { return Ok(None) };
                step.superior(&initiator.person, *levels)?
            }
            None => None,
            Some(Assign::Initiator) => step.instance.originator().map(|it| it.person.clone()),
            Some(Assign::Previous) => step.envelope.actor.person().cloned(),
            Some(Assign::To(person)) => step.dynamic_text(person, key)?.map(PersonId::new),
        })
    }

    pub(super) fn candidates(
        &self,
        step: &Step<'_>,
        key: Key,
        assignee: Option<&PersonId>,
    ) -> Result<Vec<Principal>, Halt> {
        if let Some(person) = assignee {
            return Ok(vec![Principal::Person(person.clone())]);
        }
        let unit = match &self.unit {
            Some(unit) => step.dynamic_text(unit, key)?,
            None => None,
        };
        let mut candidates = Vec::new();
        for role in &self.roles {
            if self.nobody.is_some() {
                let Some(members) = step.facts.members.get(role) else {
                    return Err(step.need(Need::Members(role.clone())));
                };
                let here = |member: &Member| {
                    unit.is_none()
                        || member.unit.as_ref().map(crate::ids::UnitId::as_str) == unit.as_deref()
                };
                if !members.iter().any(here) {
                    continue;
                }
            }
            candidates.push(match &unit {
                Some(unit) => Principal::RoleIn(role.clone(), unit.as_str().into()),
                None => Principal::Role(role.clone()),
            });
        }
        match &self.nobody {
            Some(nobody) if candidates.is_empty() => {
                let role = nobody.role.clone().map(Principal::Role);
                Ok(role.or(nobody.person.clone().map(Principal::Person)).into_iter().collect())
            }
            None if candidates.is_empty() => Err(Halt::incident(
                "NOBODY_FOUND",
                "expected somebody to do the task, but its expression gave nobody",
            )),
            Some(_) | None => Ok(candidates),
        }
    }

    /// Whose the task is and whom it is offered to.
    pub(super) fn task<'s>(
        step: &'s Step<'_>,
        key: Key,
    ) -> Result<(&'s [Principal], Option<&'s PersonId>), Halt> {
        let Waiting::Task { candidates, assignee, .. } = &step.activation(key).waiting else {
            let expected = "a task for a person".into();
            return Err(Rejection::WrongKind { key, expected }.into());
        };
        Ok((candidates, assignee.as_ref()))
    }

    /// The actor, where the task is theirs or they may take it.
    pub(super) fn doer(&self, step: &Step<'_>, key: Key) -> Result<PersonId, Halt> {
        let (candidates, assignee) = Self::task(step, key)?;
        let actor = &step.envelope.actor;
        let expected = || {
            let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            Rejection::NotCandidate { expected: names.join(", ") }
        };
        let Actor::Person { id, .. } = actor else { return Err(expected().into()) };
        match assignee {
            Some(person) if person == id => {}
            Some(person) => {
                return Err(Rejection::ClaimedByAnother { person: person.clone() }.into());
            }
            None if candidates.iter().any(|candidate| actor.is(candidate)) => {}
            None => return Err(expected().into()),
        }
        self.fit(step, id)?;
        Ok(id.clone())
    }

    pub(super) fn claim(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let person = self.doer(step, key)?;
        if Self::task(step, key)?.1.is_none() {
            step.emit(Event::TaskClaimed { key, person });
        }
        Ok(())
    }

    pub(super) fn release(step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
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
}

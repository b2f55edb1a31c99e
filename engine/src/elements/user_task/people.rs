//! Whose a user task is: whom it is offered to, and who may do it. A task that nobody could do is an
//! incident, never one that waits for ever.

use super::behavior::Task;
use super::{Assign, Dedupe, Starter};
use crate::actor::{Actor, Principal};
use crate::event::Event;
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::rejection::Rejection;
use crate::step::{Halt, Step, person_of};

impl Task {
    /// Whose the task is, where it is one person's; none where whom it names is not there, or may not
    /// do it.
    pub(super) fn assignee(&self, step: &Step<'_>, key: Key) -> Result<Option<PersonId>, Halt> {
        let activation = step.activation(key);
        let of_item = || activation.item.as_ref().and_then(|item| person_of(&item.value));
        if activation.person.is_some() {
            return Ok(activation.person.clone());
        }
        if activation.item.as_ref().is_some_and(|item| item.added) {
            return Ok(of_item());
        }
        let named = match &self.assign {
            None => return self.only_doer(step, key),
            Some(Assign::Listed) => step.there(of_item())?,
            Some(Assign::Manager(levels)) => match step.instance.originator() {
                Some(initiator) => step.superior(&initiator.person, *levels)?,
                None => None,
            },
            Some(Assign::Initiator) => step.instance.originator().map(|it| it.person.clone()),
            Some(Assign::Previous) => step.envelope.actor.person().cloned(),
            Some(Assign::To(person)) => {
                let person = step.dynamic_text(person, key)?.map(PersonId::new);
                step.there(person)?
            }
        };
        let own = match named {
            Some(person) if self.starter == Starter::Superior && step.began(&person) => {
                step.superior(&person, 1)?
            }
            other => other,
        };
        Ok(own.filter(|person| self.fit(step, key, person).is_ok()))
    }

    /// The superior of whoever began the case, where the task is offered to a role that nobody else
    /// holds.
    fn only_doer(&self, step: &Step<'_>, key: Key) -> Result<Option<PersonId>, Halt> {
        match self.only_member(step, key)? {
            Some(person) if self.starter == Starter::Superior && step.began(&person) => {
                step.superior(&person, 1)
            }
            _ => Ok(None),
        }
    }

    /// The one person to whom the task is offered, where it depends on who that is.
    pub(super) fn only_member(
        &self,
        step: &Step<'_>,
        key: Key,
    ) -> Result<Option<PersonId>, Halt> {
        if !self.minds_persons() || self.assign.is_some() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for place in self.places(step, key)? {
            all.extend(step.members(&place)?.into_iter().map(|member| member.id.clone()));
        }
        all.sort_unstable();
        all.dedup();
        all.retain(|person| step.apart(key, person).is_none());
        Ok(if all.len() == 1 { all.pop() } else { None })
    }

    /// Whom it is offered to.
    pub(super) fn candidates(
        &self,
        step: &Step<'_>,
        key: Key,
        assignee: Option<&PersonId>,
    ) -> Result<Vec<Principal>, Halt> {
        if let Some(person) = assignee {
            return Ok(vec![Principal::Person(person.clone())]);
        }
        let mut candidates = Vec::new();
        for candidate in self.places(step, key)? {
            if self.somebody_may(step, key, &candidate)? {
                candidates.push(candidate);
            }
        }
        if !candidates.is_empty() {
            return Ok(candidates);
        }
        let Some(nobody) = &self.nobody else {
            let unit = self.unit(step, key)?;
            return Err(Halt::incident("NOBODY_FOUND", self.nobody_found(unit.as_deref())));
        };
        let role = nobody.role.clone().map(Principal::Role);
        Ok(role.or(nobody.person.clone().map(Principal::Person)).into_iter().collect())
    }

    /// Whether somebody whom a principal addresses may do the task.
    fn somebody_may(
        &self,
        step: &Step<'_>,
        key: Key,
        candidate: &Principal,
    ) -> Result<bool, Halt> {
        let node = &step.activation(key).node;
        let is_plain =
            self.nobody.is_none() && !self.minds_persons() && !step.keeps_apart(node);
        if is_plain {
            return step.is_held(candidate);
        }
        let members = step.members(candidate)?;
        // Where there is no directory, nobody knows who they are.
        if members.is_empty() && self.nobody.is_none() {
            return step.is_held(candidate);
        }
        Ok(members.into_iter().any(|member| self.fit(step, key, &member.id).is_ok()))
    }

    /// Whether it matters to the task who of those it is offered to does it.
    fn minds_persons(&self) -> bool {
        self.starter != Starter::Itself || self.dedupe != Dedupe::Never
    }

    fn nobody_found(&self, unit: Option<&str>) -> String {
        let roles: Vec<String> = self.roles.iter().map(|role| format!("`{role}`")).collect();
        let unit = match (unit, &self.unit) {
            (Some(unit), _) => format!(" for the unit `{unit}`"),
            (None, Some(_)) => " for a unit, which its expression did not give,".to_owned(),
            (None, None) => String::new(),
        };
        let hint = "give somebody the role and try again, or say in the definition who gets the task then: `nobody`";
        if roles.is_empty() {
            return format!(
                "expected somebody to do the task, but its expression gave nobody who is there and may do it; {hint}"
            );
        }
        format!(
            "expected somebody who holds {}{unit} and may do the task, found nobody; {hint}",
            roles.join(" or ")
        )
    }

    /// The holders of each role, in the unit that is named. One that names a unit and gives none is
    /// nobody's: it is not everybody's.
    fn places(&self, step: &Step<'_>, key: Key) -> Result<Vec<Principal>, Halt> {
        let unit = self.unit(step, key)?;
        if self.unit.is_some() && unit.is_none() {
            return Ok(Vec::new());
        }
        Ok(self.roles.iter().map(|role| Principal::of(role, unit.as_deref())).collect())
    }

    fn unit(&self, step: &Step<'_>, key: Key) -> Result<Option<String>, Halt> {
        match &self.unit {
            Some(unit) => step.dynamic_text(unit, key),
            None => Ok(None),
        }
    }

    /// Refuses a person who may never do the task: who did what must be another's, or who began the
    /// case where a superior or another approves that.
    pub(super) fn fit(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        step.check_apart(key, person)?;
        let is_offered = self.assign.is_none() && self.starter != Starter::Itself;
        if is_offered && step.began(person) {
            let start = step.definition.nodes()[step.definition.start].name();
            return Err(Rejection::SamePerson { node: start.to_string() }.into());
        }
        Ok(())
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
        let is_candidate = candidates.iter().any(|candidate| actor.is(candidate));
        match assignee {
            Some(person) if person == id => {}
            // Whom it was never for does not hear who has it.
            Some(person) if is_candidate => {
                return Err(Rejection::ClaimedByAnother { person: person.clone() }.into());
            }
            None if is_candidate => {}
            Some(_) | None => return Err(expected().into()),
        }
        self.fit(step, key, id)?;
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
        // A delegate gives it back to its owner instead.
        Self::not_delegated(step, key)?;
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

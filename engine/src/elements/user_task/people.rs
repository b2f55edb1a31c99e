//! Whom a user task is offered to, and who may do it. A task that nobody could do is an
//! incident, never one that waits for ever.

use serde_json::Value;

use super::behavior::Task;
use super::{Assign, Dedupe, Starter};
use crate::actor::{Actor, Principal};
use crate::definition::{Dynamic, Each};
use crate::event::Event;
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::rejection::Rejection;
use crate::step::{Halt, Step, person_of, replace_person, will_sign};

impl Task {
    /// The one person to whom the task is offered, where it depends on who that is.
    pub(super) fn only_member(
        &self,
        step: &Step<'_>,
        key: Key,
    ) -> Result<Option<PersonId>, Halt> {
        let mut all = self.members(step, key)?;
        all.retain(|person| step.apart(key, person).is_none());
        Ok(if all.len() == 1 { all.pop() } else { None })
    }

    /// Everybody of the roles that the task is offered to, where it depends on who that is.
    pub(super) fn members(&self, step: &Step<'_>, key: Key) -> Result<Vec<PersonId>, Halt> {
        let mut all = Vec::new();
        if self.minds_persons() && self.assign.is_none() {
            for place in self.places(step, key)? {
                all.extend(step.members(&place)?.into_iter().map(|member| member.id.clone()));
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    /// Whether whom `nobody` names may do the task: nobody waits for one who is refused.
    pub(super) fn may_stand_in(
        &self,
        step: &Step<'_>,
        key: Key,
        instead: &Principal,
    ) -> Result<bool, Halt> {
        if let Principal::Person(person) = instead {
            return Ok(self.fit(step, key, person).is_ok());
        }
        if !self.minds_persons() && !step.keeps_apart(&step.activation(key).node) {
            return step.is_held(instead);
        }
        let members = step.members(instead)?;
        // Where there is no directory, nobody knows who they are.
        if members.is_empty() {
            return step.is_held(instead);
        }
        Ok(members.into_iter().any(|member| self.fit(step, key, &member.id).is_ok()))
    }

    /// Whether somebody whom a principal addresses may do the task.
    pub(super) fn somebody_may(
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
    pub(super) fn minds_persons(&self) -> bool {
        self.starter != Starter::Itself || self.dedupe != Dedupe::Never
    }

    pub(super) fn nobody_found(&self, step: &Step<'_>, key: Key) -> Halt {
        let roles = step.roles(&self.roles, key).unwrap_or_default();
        let roles: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
        let unit = match (self.unit(step, key), &self.unit) {
            (Ok(Some(unit)), _) => format!(" for the unit `{unit}`"),
            (_, Some(_)) => " for a unit, which its expression did not give,".to_owned(),
            (_, None) => String::new(),
        };
        let hint = "give somebody the role and try again, or say in the definition who gets the task then: `nobody`";
        let message = if roles.is_empty() {
            format!(
                "expected somebody to do the task, but its expression gave nobody who is there and may do it; {hint}"
            )
        } else {
            format!(
                "expected somebody who holds {}{unit} and may do the task, found nobody; {hint}",
                roles.join(" or ")
            )
        };
        Halt::incident("NOBODY_FOUND", message)
    }

    /// The holders of each role, in the unit that is named. One that names a unit and gives none is
    /// nobody's: it is not everybody's.
    pub(super) fn places(&self, step: &Step<'_>, key: Key) -> Result<Vec<Principal>, Halt> {
        let unit = self.unit(step, key)?;
        if self.unit.is_some() && unit.is_none() {
            return Ok(Vec::new());
        }
        // Of a round that nobody is left in, nobody of the role may do it.
        let roles = if step.is_of_nobody(key) { &[] } else { &self.roles[..] };
        let roles = step.roles(roles, key)?;
        Ok(roles.iter().map(|role| Principal::of(role, unit.as_deref())).collect())
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
        self.check_not_aside(step, key, person)?;
        let is_round = step.node_of(key).each.as_deref().is_some_and(Each::is_round);
        if self.assign.is_none() || is_round || self.starter == Starter::Superior {
            return self.is_no_judge_of_own(step, person);
        }
        Ok(())
    }

    /// Refuses whoever began the case, where another approves that.
    pub(super) fn is_no_judge_of_own(
        &self,
        step: &Step<'_>,
        person: &PersonId,
    ) -> Result<(), Halt> {
        if self.starter != Starter::Itself && step.began(person) {
            let start = step.definition.nodes()[step.definition.start].name();
            return Err(Rejection::SamePerson { node: start.to_string() }.into());
        }
        Ok(())
    }

    /// Refuses to give the task to one who is not meant to have it: where `receivers` says to whom it may
    /// go to all others, and to whoever began the case.
    pub(super) fn may_receive(
        &self,
        step: &Step<'_>,
        key: Key,
        person: &PersonId,
    ) -> Result<(), Halt> {
        self.is_not_the_starters(step, key, person)?;
        let unit = if self.receivers.is_empty() { None } else { self.unit(step, key)? };
        for role in &self.receivers {
            let members = step.members(&Principal::of(role, unit.as_deref()))?;
            if members.iter().any(|member| member.id == *person) {
                return Ok(());
            }
        }
        match self.receivers.is_empty() {
            true => Ok(()),
            false => {
                let (person, expected) = (person.clone(), self.receivers.clone());
                Err(Rejection::NotReceiver { person, expected }.into())
            }
        }
    }

    /// Refuses to give the task to whoever began the case, unless it is offered to them anyway: nobody
    /// decides what they asked for because somebody passed it to them.
    fn is_not_the_starters(
        &self,
        step: &Step<'_>,
        key: Key,
        person: &PersonId,
    ) -> Result<(), Halt> {
        if !step.began(person) || matches!(self.assign, Some(Assign::Initiator)) {
            return Ok(());
        }
        let (candidates, _) = Self::task(step, key)?;
        for candidate in candidates {
            let is_it = match candidate {
                Principal::Person(own) => own == person,
                Principal::Role(_) | Principal::RoleIn(..) => {
                    step.members(candidate)?.iter().any(|member| member.id == *person)
                }
            };
            if is_it {
                return Ok(());
            }
        }
        let start = step.definition.nodes()[step.definition.start].name();
        Err(Rejection::SamePerson { node: start.to_string() }.into())
    }

    /// Who is asked for an item of its list: of a round not who may not do it, nor whoever began the
    /// case where that is another's.
    pub(super) fn signer(
        &self,
        step: &Step<'_>,
        body: Key,
        mut item: Value,
    ) -> Result<Option<Value>, Halt> {
        let is_person = matches!(self.assign, Some(Assign::Listed));
        let Some(person) = self.signer_named(step, body, &item)? else { return Ok(Some(item)) };
        if is_person && step.apart(body, &person).is_some() {
            return Ok(None);
        }
        let is_round = step.node_of(body).each.as_deref().is_some_and(Each::is_round);
        if !step.began(&person) {
            return Ok(Some(item));
        }
        match self.starter {
            Starter::Skip if is_round => Ok(None),
            Starter::Superior if is_person => {
                let superior = step.superior(&person, 1)?;
                match superior.filter(|one| step.apart(body, one).is_none()) {
                    Some(superior) => replace_person(&mut item, &person, &superior),
                    None if is_round => return Ok(None),
                    None => {}
                }
                Ok(Some(item))
            }
            Starter::Itself | Starter::Skip | Starter::Superior => Ok(Some(item)),
        }
    }

    /// Whom an item of the list means, as far as that is told before its run begins.
    fn signer_named(
        &self,
        step: &Step<'_>,
        body: Key,
        item: &Value,
    ) -> Result<Option<PersonId>, Halt> {
        let Some(each) = step.node_of(body).each.as_deref() else { return Ok(None) };
        match &self.assign {
            Some(Assign::Listed) => Ok(person_of(item)),
            Some(Assign::Initiator) if each.is_round() => {
                Ok(step.instance.originator().map(|it| it.person.clone()))
            }
            Some(Assign::To(Dynamic::Expression(person))) if each.is_round() => {
                match step.evaluate_with(person, body, &[(&each.item, item)]) {
                    Ok(Value::String(person)) => Ok(Some(PersonId::new(person))),
                    // Its run tells what is wrong.
                    Ok(_) | Err(Halt::Incident { .. }) => Ok(None),
                    Err(halt) => Err(halt),
                }
            }
            _ => Ok(None),
        }
    }

    /// Whose the task is and whom it is offered to.
    pub(super) fn task<'s>(
        step: &'s Step<'_>,
        key: Key,
    ) -> Result<(&'s [Principal], Option<&'s PersonId>), Halt> {
        let Waiting::Task { candidates, assignee, .. } = &step.activation(key).waiting else {
            let expected = "a task for a person".into();
            return Err(step.unless_at_incident(key, Rejection::WrongKind { key, expected }));
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
            Some(person) if will_sign(&step.activation(step.whole(key)).waiting, id) => {
                return Err(Rejection::NotYourTurn { person: person.clone() }.into());
            }
            None if is_candidate => self.check_seat(step, key, id)?,
            None if self.standing(step, key, candidates)?.is_some() => {}
            Some(_) | None => return Err(expected().into()),
        }
        self.fit(step, key, id)?;
        Ok(id.clone())
    }

    /// Refuses a second say in a round. Where each item is a matter of its own, such as a unit's, whoever is
    /// all that is left for one decides it too.
    fn check_seat(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        let Err(refused) = step.check_signs_once(key, person) else { return Ok(()) };
        let item = step.activation(key).item.as_ref();
        let is_of_person = item.is_none_or(|item| item.added || item.value.is_null());
        if is_of_person || self.assign.is_some() {
            return Err(refused);
        }
        for candidate in Self::task(step, key)?.0 {
            let members = step.members(candidate)?;
            let may = |other: &PersonId| {
                step.check_signs_once(key, other).is_ok() && self.fit(step, key, other).is_ok()
            };
            // Where there is no directory, nobody knows who else there is.
            if members.is_empty() || members.iter().any(|member| may(&member.id)) {
                return Err(refused);
            }
        }
        Ok(())
    }

    pub(super) fn claim(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.take_over(step, key)?;
        let person = self.doer(step, key)?;
        self.take(step, key, &person)
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
        let is_one = |one: &Principal| matches!(one, Principal::Person(one) if one == person || Self::stands_for(step, key, one));
        if candidates.iter().all(is_one) {
            let expected = "a task that others may do as well".into();
            return Err(Rejection::WrongKind { key, expected }.into());
        }
        step.emit(Event::TaskReleased { key });
        Ok(())
    }
}

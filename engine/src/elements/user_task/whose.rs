//! Whose a user task is as it begins: whom it names, or who did it before.

use super::behavior::Task;
use super::{Assign, Starter};
use crate::ids::{Key, PersonId};
use crate::step::{Halt, Step, person_of};

impl Task {
    /// Whose the task is, where it is one person's; none where whom it names is not there, or may not
    /// do it.
    pub(super) fn assignee(&self, step: &Step<'_>, key: Key) -> Result<Option<PersonId>, Halt> {
        let activation = step.activation(key);
        let of_item = || activation.item.as_ref().and_then(|item| person_of(&item.value));
        if let Some(person) = &activation.person
            && let Some(own) = self.again(step, key, person)?
        {
            return Ok(Some(own));
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
            Some(Assign::Initiator) => {
                let began = step.instance.originator().map(|it| &it.person);
                step.there(began.map(|person| step.instance.successor(person).clone()))?
            }
            Some(Assign::Previous) => {
                let did = step.did_before(key);
                step.there(did.map(|person| step.instance.successor(&person).clone()))?
            }
            Some(Assign::To(person)) => {
                let person = step.dynamic_text(person, key)?.map(PersonId::new);
                step.there(person.map(|person| step.instance.successor(&person).clone()))?
            }
        };
        let own = match named {
            Some(person)
                if self.starter == Starter::Superior
                    && step.began(&person) =>
            {
                step.superior(&person, 1)?
            }
            other => other,
        };
        Ok(own.filter(|person| self.fit(step, key, person).is_ok()))
    }

    /// Whose the task is again: whoever did it before, or for whom they did it as a deputy, or who took over
    /// from them; none where they are there no more, or hold no role any more by which they got it.
    fn again(
        &self,
        step: &Step<'_>,
        key: Key,
        person: &PersonId,
    ) -> Result<Option<PersonId>, Halt> {
        let did = step.memory(key).of_name(&step.activation(key).node);
        let person = did.and_then(|did| did.stood_for.get(person)).unwrap_or(person);
        let mut own = step.instance.successor(person);
        // A successor who is asked in the same round has a vote of their own.
        if own != person && step.check_signs_once(key, own).is_err() {
            own = person;
        }
        let Some(own) = step.there(Some(own.clone()))? else { return Ok(None) };
        let may = match own == *person {
            true => self.still_holds(step, key, &own)?,
            false => self.fit(step, key, &own).is_ok(),
        };
        Ok(may.then_some(own))
    }

    /// Whether a person holds a role that the task is offered to, where it is by a role that they did it.
    fn still_holds(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<bool, Halt> {
        let activation = step.activation(key);
        let is_added = activation.item.as_ref().is_some_and(|item| item.added);
        let by_name =
            step.memory(key).of_name(&activation.node).is_some_and(|it| it.named.contains(person));
        if self.assign.is_some() || self.roles.is_empty() || is_added || by_name {
            return Ok(true);
        }
        for place in self.places(step, key)? {
            let members = step.members(&place)?;
            // Where there is no directory, nobody knows who they are.
            if members.is_empty() || members.iter().any(|member| member.id == *person) {
                return Ok(true);
            }
        }
        Ok(false)
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
}

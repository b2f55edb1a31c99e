//! Whom a user task is offered to as it begins: whose it is, who may take it, who gets it where nobody is
//! found, and whether it is passed without asking.

use super::behavior::Task;
use super::skip::Passing;
use super::source::NobodyWord;
use super::{Nobody, NobodyGets, Starter};
use crate::actor::Principal;
use crate::definition::Each;
use crate::event::Skipped;
use crate::ids::{Key, PersonId};
use crate::step::{Halt, Step};

/// Whom a task is offered to.
pub(super) struct Offer {
    pub(super) candidates: Vec<Principal>,
    /// Whose it is from the start.
    pub(super) assignee: Option<PersonId>,
    /// That nobody is asked.
    pub(super) passing: Option<Passing>,
}

impl Task {
    /// Whom it is offered to, and whether it is passed without asking.
    pub(super) fn offer(&self, step: &Step<'_>, key: Key) -> Result<Offer, Halt> {
        let assignee = self.assignee(step, key)?;
        let passing = self.skipped(step, key, assignee.as_ref())?;
        let whose = passing.as_ref().and_then(|passing| passing.person.as_ref());
        if let Some(person) = assignee.as_ref().or(whose) {
            let candidates = vec![Principal::Person(person.clone())];
            return Ok(Offer { candidates, assignee, passing });
        }
        let mut candidates = Vec::new();
        for candidate in self.places(step, key)? {
            if self.somebody_may(step, key, &candidate)? {
                candidates.push(candidate);
            }
        }
        if !candidates.is_empty() {
            return Ok(Offer { candidates, assignee, passing });
        }
        match &self.nobody {
            None => Err(self.nobody_found(step, key)),
            Some(Nobody::Word(NobodyWord::Skip)) => self.passed_by_nobody(step, key),
            Some(Nobody::Gets(NobodyGets { role, person, .. })) => {
                let role = match role {
                    Some(role) => step.held_for(role, self.nobody_unit.as_ref(), key)?,
                    None => None,
                };
                match role.or(person.clone().map(Principal::Person)) {
                    Some(instead) => self.offer_instead(step, key, instead),
                    None => Err(self.nobody_found(step, key)),
                }
            }
        }
    }

    /// Who gets the task where nobody else was found: as whoever it is for from the start, not who agreed
    /// before, nor, where another approves that, who began the case.
    fn offer_instead(
        &self,
        step: &Step<'_>,
        key: Key,
        instead: Principal,
    ) -> Result<Offer, Halt> {
        let one = match &instead {
            Principal::Person(person) => Some(person.clone()),
            _ if self.minds_persons() => {
                let members = step.members(&instead)?;
                self.one_of(step, key, members.iter().map(|member| member.id.clone()).collect())
            }
            _ => None,
        };
        if let Some(person) = &one {
            if let Some(passing) = self.passing(step, key, person)? {
                let candidates = vec![Principal::Person(person.clone())];
                return Ok(Offer { candidates, assignee: None, passing: Some(passing) });
            }
            if self.starter == Starter::Superior && step.began(person) {
                let superior = step.superior(person, 1)?;
                let superior = superior.filter(|one| self.fit(step, key, one).is_ok());
                let Some(superior) = superior else { return Err(self.nobody_found(step, key)) };
                let candidates = vec![Principal::Person(superior.clone())];
                return Ok(Offer { candidates, assignee: Some(superior), passing: None });
            }
        }
        match self.may_stand_in(step, key, &instead)? {
            true => Ok(Offer { candidates: vec![instead], assignee: None, passing: None }),
            false => Err(self.nobody_found(step, key)),
        }
    }

    /// A task that is passed since nobody was found, where it can be.
    fn passed_by_nobody(&self, step: &Step<'_>, key: Key) -> Result<Offer, Halt> {
        let is_of_round = step.node_of(key).each.as_deref().is_some_and(Each::is_round);
        match self.passed_outcome(step, key)? {
            Some(pass) if !is_of_round => {
                let (because, outcome) = (Skipped::Nobody, pass.outcome());
                let passing = Some(Passing { person: None, because, outcome });
                Ok(Offer { candidates: Vec::new(), assignee: None, passing })
            }
            Some(_) | None => Err(self.nobody_found(step, key)),
        }
    }
}

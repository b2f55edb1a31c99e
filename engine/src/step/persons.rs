//! Who there is, as far as a step knows: people, members of roles, and what those who did one task may
//! not do.

use std::sync::Arc;

use super::{Halt, Step};
use crate::actor::{Member, Principal, Unit};
use crate::definition::Dynamic;
use crate::ids::{Key, NodeName, PersonId, RoleName};
use crate::rejection::{Need, Rejection};
use crate::text::Text;

/// Longest id that the directory is asked for, in bytes; what is longer is no id.
const ID_BYTES_MAX: usize = 200;

impl Step<'_> {
    /// What the directory calls a person or a unit; where that was not fetched, it is noted, and the step
    /// is done again with it.
    pub(crate) fn name_of(&self, id: &str) -> Option<Text> {
        if id.is_empty() || id.len() > ID_BYTES_MAX {
            return None;
        }
        if let Some(known) = self.facts.names.get(id) {
            return known.clone();
        }
        self.need(Need::Name(id.to_owned()));
        None
    }

    /// What the directory has of a unit; likewise.
    pub(crate) fn unit_of(&self, id: &str) -> Option<Arc<Unit>> {
        if id.is_empty() || id.len() > ID_BYTES_MAX {
            return None;
        }
        if let Some(known) = self.facts.units.get(id) {
            return known.clone();
        }
        self.need(Need::Unit(id.into()));
        None
    }

    /// Whether somebody holds a role, for the unit where the principal names one.
    pub(crate) fn is_held(&self, principal: &Principal) -> Result<bool, Halt> {
        if let Some(held) = self.facts.held.get(principal) {
            return Ok(*held);
        }
        let known = match principal {
            Principal::Role(role) => self.facts.members.get(role),
            Principal::Person(_) | Principal::RoleIn(..) => None,
        };
        match known {
            Some(members) if !members.is_empty() => Ok(true),
            Some(_) | None => Err(self.need(Need::Held(principal.clone()))),
        }
    }

    /// Everybody a principal addresses, where it is a role: those of the unit where it names one.
    pub(crate) fn members(&self, principal: &Principal) -> Result<Vec<&Member>, Halt> {
        let (role, unit) = match principal {
            Principal::Person(_) => return Ok(Vec::new()),
            Principal::Role(role) => (role, None),
            Principal::RoleIn(role, unit) => (role, Some(unit)),
        };
        let Some(members) = self.facts.members.get(role) else {
            return Err(self.need(Need::Members(role.clone())));
        };
        let here = |member: &&Member| unit.is_none_or(|unit| member.holds_for(unit.as_str()));
        Ok(members.iter().filter(here).collect())
    }

    /// The roles that a definition names, or that its expressions give; one that gives nothing names
    /// nobody.
    pub(crate) fn roles(&self, roles: &[Dynamic], key: Key) -> Result<Vec<RoleName>, Halt> {
        let mut named = Vec::with_capacity(roles.len());
        for role in roles {
            let Some(role) = self.dynamic_text(role, key)?.map(RoleName::new) else { continue };
            if !self.definition.role_names.contains_key(&role) {
                let message = format!("expected a role of roles.yaml, found `{role}`");
                return Err(Halt::incident("NOBODY_FOUND", message));
            }
            named.push(role);
        }
        Ok(named)
    }

    /// The task that a person did and that another must do than this one, where there is one.
    pub(crate) fn apart(&self, key: Key, person: &PersonId) -> Option<&NodeName> {
        let apart = self.definition.apart.get(&self.activation(key).node)?;
        let memory = self.memory(key);
        let did =
            |node: &&NodeName| memory.of_name(node).is_some_and(|it| it.people.contains(person));
        apart.iter().find(did)
    }

    /// Whether somebody did what another must do than this task.
    pub(crate) fn keeps_apart(&self, node: &NodeName) -> bool {
        let apart = self.definition.apart.get(node);
        apart.into_iter().flatten().any(|other| {
            self.instance.passed(other.as_str()).is_some_and(|it| !it.people.is_empty())
        })
    }

    /// Refuses a person who did what another must do than this task.
    pub(crate) fn check_apart(&self, key: Key, person: &PersonId) -> Result<(), Halt> {
        match self.apart(key, person) {
            Some(node) => Err(Rejection::SamePerson { node: node.to_string() }.into()),
            None => Ok(()),
        }
    }

    /// Whether a person began the case, or the outermost one that called it.
    pub(crate) fn began(&self, person: &PersonId) -> bool {
        self.instance.originator().is_some_and(|it| it.person == *person)
    }

    /// Whom a person reports to, so many levels up; none where nobody is above them.
    pub(crate) fn superior(&self, person: &PersonId, levels: u8) -> Result<Option<PersonId>, Halt> {
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

    /// Those who hold a role, for a unit where one is said; nobody where that comes to nothing.
    pub(crate) fn held_for(
        &self,
        role: &RoleName,
        unit: Option<&Dynamic>,
        key: Key,
    ) -> Result<Option<Principal>, Halt> {
        let Some(unit) = unit else { return Ok(Some(Principal::Role(role.clone()))) };
        let unit = self.dynamic_text(unit, key)?;
        Ok(unit.map(|unit| Principal::of(role, Some(&unit))))
    }

    /// A person whom an expression names, where there is such a one.
    pub(crate) fn there(&self, person: Option<PersonId>) -> Result<Option<PersonId>, Halt> {
        let Some(person) = person else { return Ok(None) };
        match self.known(&person) {
            Ok(_) => Ok(Some(person)),
            Err(Halt::Reject(_)) => Ok(None),
            Err(halt) => Err(halt),
        }
    }
}

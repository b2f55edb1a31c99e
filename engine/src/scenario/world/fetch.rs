//! What a step asks for, answered from the pack and from what the cases of the scenario did.

use std::sync::Arc;

use super::{Trouble, World, member};
use crate::actor::{Grant, Member};
use crate::facts::Facts;
use crate::ids::{ProcessName, RoleName};
use crate::rejection::Need;
use crate::scenario::source::EntrySource;

impl World<'_> {
    fn members(&self, role: &RoleName) -> Vec<Member> {
        let holds = |person: &&crate::pack::PersonSource| {
            person.grants().iter().any(|grant| grant.role == *role)
        };
        let people = self.built.pack.people.iter().filter(|(_, person)| holds(person));
        people.map(|(id, person)| member(id, person).holding(role, &person.grants())).collect()
    }

    /// Why an entry cannot be in a register; nothing where it can.
    pub(in crate::scenario) fn wrong_entry(&self, entry: &EntrySource) -> Option<String> {
        let Some(register) = self.built.library.registers.get(&entry.register) else {
            return Some(format!("expected a register of registers/, found `{}`", entry.register));
        };
        entry.columns.iter().find_map(|(name, value)| {
            if !register.columns.contains_key(name) {
                let known: Vec<&str> = register.columns.keys().map(String::as_str).collect();
                return Some(format!(
                    "expected a column of `{}` ({}), found `{name}`",
                    entry.register,
                    known.join(", ")
                ));
            }
            let expected = register.types.get(name)?.mismatch(value)?;
            Some(format!("expected {expected} for `{name}`, found {value}"))
        })
    }

    /// Tells a step one thing that it asks for.
    pub(super) fn fetch(
        &self,
        process: &ProcessName,
        need: Need,
        facts: &mut Facts,
    ) -> Result<(), Trouble> {
        match need {
            Need::Document(hash) => {
                let Some(value) = self.contents.get(&hash) else {
                    return Err(format!("expected the content {hash} to be kept").into());
                };
                facts.documents.insert(hash, Arc::clone(value));
            }
            Need::Members(role) => {
                let members = Arc::new(self.members(&role));
                facts.members.insert(role, members);
            }
            Need::Held(principal) => {
                let holds = |grant: &Grant| grant.is(&principal);
                let mut people = self.built.pack.people.values();
                let held = people.any(|person| person.grants().iter().any(holds));
                Arc::make_mut(&mut facts.held).insert(principal, held);
            }
            Need::Person(person) => {
                let known = self.built.pack.people.get(&person);
                let member = known.map(|known| Arc::new(member(&person, known)));
                facts.people.insert(person, member);
            }
            Need::Name(id) => {
                let name = self.name_of(&id);
                facts.names.insert(id, name);
            }
            Need::Unit(id) => {
                let unit = self.unit_of(&id).map(Arc::new);
                facts.units.insert(id, unit);
            }
            Need::Version(version) => {
                facts.versions.insert(version, self.version(process, version).cloned());
            }
            Need::Number { series, year } => {
                let id = (series, year);
                let next = self.numbers.get(&id).copied().unwrap_or(1);
                facts.numbers.insert(id, next);
            }
            Need::Entry { register, number } => {
                let entry = self.registers.entry(&register, &number).cloned().map(Arc::new);
                facts.entries.insert((register, number), entry);
            }
            Need::Entries { register, column, sought } => {
                let found = self.registers.found(&register, &column, &sought);
                facts.found.insert((register, column, sought), found.map(Arc::new));
            }
        }
        Ok(())
    }
}

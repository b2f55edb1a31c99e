//! What a batch tells a step: everything that it asked for, as it is now.

use std::sync::Arc;

use engine::rejection::Need;

use super::{Batch, Open};
use crate::definitions::Published;

impl Batch<'_> {
    /// Everything the command asked for, as it is now.
    pub(super) fn give_facts(&mut self, open: &mut Open, published: &Published) {
        let definitions = &self.desk.shared.definitions;
        open.facts.calendars = definitions.calendars(published, &open.envelope.command);
        open.facts.held = self.desk.cache.held();
        open.facts.deputies = self.desk.shared.deputies.get();
        for content in open.envelope.command.contents_mut() {
            open.facts.documents.insert(content.hash.clone(), content.value.clone());
        }
        for need in &open.asked {
            match need {
                Need::Document(hash) => {
                    if let Some(value) = self.contents.get(hash) {
                        open.facts.documents.insert(hash.clone(), value.clone());
                    }
                }
                Need::Members(role) => {
                    let members = self.members.get(role).cloned().unwrap_or_default();
                    open.facts.members.insert(role.clone(), members);
                }
                Need::Held(principal) => {
                    let held = !self.unheld.contains(principal);
                    Arc::make_mut(&mut open.facts.held).insert(principal.clone(), held);
                }
                Need::Person(person) => {
                    let known = self.people.get(person).cloned().flatten();
                    open.facts.people.insert(person.clone(), known);
                }
                Need::Name(id) => {
                    open.facts.names.insert(id.clone(), self.names.get(id).cloned().flatten());
                }
                Need::Unit(id) => {
                    open.facts.units.insert(id.clone(), self.units.get(id).cloned().flatten());
                }
                Need::Version(version) => {
                    let other = definitions.get(published.definition.process(), *version);
                    let other = other.map(|other| Arc::clone(&other.definition));
                    open.facts.versions.insert(*version, other);
                }
                Need::Number { series, year } => {
                    let key = (series.clone(), *year);
                    let last = self.counters.get(&key).copied().unwrap_or_default();
                    open.facts.numbers.insert(key, last.saturating_add(1));
                }
                Need::Entry { register, number } => {
                    let key = (register.clone(), number.clone());
                    let entry = self.registers.entry(&key);
                    open.facts.entries.insert(key, entry);
                }
                Need::Entries { register, column, sought } => {
                    let key = (register.clone(), column.clone(), sought.clone());
                    let found = self.registers.found(&key).map(Arc::new);
                    open.facts.found.insert(key, found);
                }
            }
        }
    }
}

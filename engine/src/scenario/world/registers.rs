//! Entries of registers that the cases of a scenario made and changed, as the store would have them.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::ids::RegisterName;
use crate::register::{ENTRIES_MAX, Entry};
use crate::scenario::source::EntrySource;
use crate::time::Timestamp;

/// Entries by register and number, each as it is now.
#[derive(Debug, Default)]
pub(in crate::scenario) struct Registers(BTreeMap<(RegisterName, String), Entry>);

impl Registers {
    /// Takes in what happened.
    pub(super) fn keep(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::RegisterEntered { register, number, columns, .. } => {
                let entry = Entry {
                    number: number.clone(),
                    version: 1,
                    entered_at: at,
                    changed_at: at,
                    columns: columns.clone(),
                };
                self.0.insert((register.clone(), number.clone()), entry);
            }
            Event::RegisterChanged { register, number, version, columns, .. } => {
                if let Some(entry) = self.0.get_mut(&(register.clone(), number.clone())) {
                    (entry.version, entry.changed_at) = (*version, at);
                    entry.columns.clone_from(columns);
                }
            }
            _ => {}
        }
    }

    /// An entry by its number.
    pub(in crate::scenario) fn entry(
        &self,
        register: &RegisterName,
        number: &str,
    ) -> Option<&Entry> {
        self.0.get(&(register.clone(), number.to_owned()))
    }

    /// The entries in which a column has a value, as they were made; none where there are too many.
    pub(super) fn found(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Option<Vec<Entry>> {
        let own = self.0.iter().filter(|((of, _), _)| of == register).map(|(_, entry)| entry);
        let mut found: Vec<Entry> = own.filter(|it| it.has(column, sought)).cloned().collect();
        found.sort_by(|a, b| a.place().cmp(&b.place()));
        (found.len() <= ENTRIES_MAX).then_some(found)
    }

    /// An entry that others made before the scenario began.
    pub(in crate::scenario) fn give(&mut self, entry: &EntrySource, at: Timestamp) {
        let EntrySource { register, number, columns } = entry;
        let entry = Entry {
            number: number.clone(),
            version: 1,
            entered_at: at,
            changed_at: at,
            columns: columns.clone(),
        };
        self.0.insert((register.clone(), number.clone()), entry);
    }

    /// The numbers of a register.
    pub(in crate::scenario) fn numbers(&self, register: &RegisterName) -> Vec<&str> {
        let own = self.0.keys().filter(|(of, _)| of == register);
        own.map(|(_, number)| number.as_str()).collect()
    }
}

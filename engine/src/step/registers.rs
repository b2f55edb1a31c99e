//! What a step knows of registers: entries as they were given to it, and over them what it wrote itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{Halt, Step};
use crate::event::{Asked, Event};
use crate::ids::RegisterName;
use crate::register::{ENTRIES_MAX, Entry};
use crate::rejection::Need;

/// What expressions were given of registers: by what they asked, numbers and versions.
pub(super) type Looked = BTreeMap<(RegisterName, Asked), Vec<(String, u32)>>;

impl Step<'_> {
    /// An entry by its number as it is now; none where no entry has that number.
    pub(crate) fn entry(
        &self,
        register: &RegisterName,
        number: &str,
    ) -> Result<Option<Entry>, Halt> {
        let mut found = match self.made(register, number) {
            Some(made) => Some(made),
            None => self.given(register, number)?,
        };
        for event in &self.events {
            if let Event::RegisterChanged { register: of, number: own, version, columns, .. } =
                event
                && (of, own.as_str()) == (register, number)
                && let Some(entry) = &mut found
            {
                entry.columns.clone_from(columns);
                (entry.version, entry.changed_at) = (*version, self.now());
            }
        }
        Ok(found)
    }

    /// An entry that this step made.
    fn made(&self, register: &RegisterName, number: &str) -> Option<Entry> {
        self.events.iter().find_map(|event| match event {
            Event::RegisterEntered { register: of, number: own, columns, .. }
                if (of, own.as_str()) == (register, number) =>
            {
                Some(Entry {
                    number: own.clone(),
                    version: 1,
                    entered_at: self.now(),
                    changed_at: self.now(),
                    columns: columns.clone(),
                })
            }
            _ => None,
        })
    }

    fn given(&self, register: &RegisterName, number: &str) -> Result<Option<Entry>, Halt> {
        let (register, number) = (register.clone(), number.to_owned());
        match self.facts.entries.get(&(register.clone(), number.clone())) {
            Some(known) => Ok(known.as_deref().cloned()),
            None => Err(self.need(Need::Entry { register, number })),
        }
    }

    /// The same for an expression: what it was given is noted.
    pub(super) fn look(
        &self,
        register: &RegisterName,
        number: &str,
    ) -> Result<Option<Entry>, Halt> {
        let found = self.entry(register, number)?;
        self.note(register, Asked::Number(number.to_owned()), found.as_slice());
        Ok(found)
    }

    /// The entries of a register in which a column has a value, as they were made; none where there are
    /// too many. What was given is noted.
    pub(super) fn look_for(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Result<Option<Vec<Entry>>, Halt> {
        let (of, column, sought) = (register.clone(), column.to_owned(), sought.to_owned());
        let given = match self.facts.found.get(&(of.clone(), column.clone(), sought.clone())) {
            None => {
                return Err(self.need(Need::Entries { register: of, column, sought }));
            }
            Some(None) => return Ok(None),
            Some(Some(given)) => given,
        };
        let mut found: Vec<Entry> = given.to_vec();
        for number in self.written(register) {
            found.retain(|entry| entry.number != number);
            let own = self.entry(register, number)?;
            found.extend(own.filter(|entry| entry.has(&column, &sought)));
        }
        if found.len() > ENTRIES_MAX {
            return Ok(None);
        }
        found.sort_by(|a, b| a.place().cmp(&b.place()));
        self.note(register, Asked::Equal { column, value: sought }, &found);
        Ok(Some(found))
    }

    /// Numbers of entries that this step made or changed.
    fn written(&self, register: &RegisterName) -> BTreeSet<&str> {
        let own = self.events.iter().filter_map(|event| {
            if let Event::RegisterEntered { register: of, number, .. }
            | Event::RegisterChanged { register: of, number, .. } = event
                && of == register
            {
                return Some(number.as_str());
            }
            None
        });
        own.collect()
    }

    fn note(&self, register: &RegisterName, asked: Asked, found: &[Entry]) {
        let found = found.iter().map(|entry| (entry.number.clone(), entry.version)).collect();
        self.looked.borrow_mut().insert((register.clone(), asked), found);
    }

    /// What expressions were given of registers, for the journal.
    pub(super) fn tell_looked(&mut self) {
        let looked = self.looked.take();
        for ((register, asked), found) in looked {
            self.emit(Event::RegisterRead { register, asked, found });
        }
    }
}

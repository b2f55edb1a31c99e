//! Entries of registers that commands of a batch ask for: as the database has them, and over them what
//! earlier commands of the batch wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::event::Event;
use engine::ids::RegisterName;
use engine::register::{ENTRIES_MAX, Entry};
use engine::time::Timestamp;

use super::{Batch, Reading};
use crate::read::registers::{BY_NUMBER, ENTRY, by_column, entry_of, matching, part_of};
use crate::row::Kind::{Int, Text};
use crate::row::{Kind, Value};
use crate::session::{Failure, Session};

/// An entry: its register and its number.
type Key = (RegisterName, String);

/// Entries by a column: their register, the column, and its value.
type Sought = (RegisterName, String, String);

/// The columns of an entry as it is read.
const ANSWERS: &[Kind] = &[Text, Int, Int, Int, Text];

/// Two writers that change one entry after each other: the second waits for the first.
const LOCK: &str = "SELECT key FROM register_entry WHERE register = $1 AND number = $2 \
                    ORDER BY instance_id, key FOR UPDATE";

/// What a batch knows of registers.
#[derive(Debug, Default)]
pub(super) struct Registers {
    read: BTreeMap<Key, Option<Arc<Entry>>>,
    written: BTreeMap<Key, Arc<Entry>>,
    found: BTreeMap<Sought, Option<Vec<Entry>>>,
}

impl Registers {
    /// Whether it is known already which entry has a number.
    pub(super) fn knows(&self, key: &Key) -> bool {
        self.read.contains_key(key)
    }

    /// An entry as it is now.
    pub(super) fn entry(&self, key: &Key) -> Option<Arc<Entry>> {
        self.written.get(key).or(self.read.get(key).and_then(Option::as_ref)).cloned()
    }

    /// The entries in which a column has a value now; none where there are too many.
    pub(super) fn found(&self, key: &Sought) -> Option<Vec<Entry>> {
        let (register, column, sought) = key;
        let mut found = self.found.get(key).cloned().flatten()?;
        for ((_, number), entry) in self.written.iter().filter(|((of, _), _)| of == register) {
            found.retain(|own| own.number != *number);
            found.extend(entry.has(column, sought).then(|| Entry::clone(entry)));
        }
        found.sort_by(|a, b| a.place().cmp(&b.place()));
        (found.len() <= ENTRIES_MAX).then_some(found)
    }

    /// Takes in what a command of the batch wrote.
    pub(super) fn keep(&mut self, event: &Event, at: Timestamp) {
        let (key, version, columns) = match event {
            Event::RegisterEntered { register, number, columns, .. } => {
                ((register.clone(), number.clone()), 1, columns)
            }
            Event::RegisterChanged { register, number, version, columns, .. } => {
                ((register.clone(), number.clone()), *version, columns)
            }
            _ => return,
        };
        let before = self.entry(&key).filter(|_| version > 1);
        let entered_at = before.map_or(at, |before| before.entered_at);
        let (number, columns) = (key.1.clone(), columns.clone());
        let entry = Entry { number, version, entered_at, changed_at: at, columns };
        self.written.insert(key, Arc::new(entry));
    }
}

impl Batch<'_> {
    pub(super) async fn fetch_entries(
        &mut self,
        session: &mut Session,
        keys: Vec<Key>,
    ) -> Result<(), Failure> {
        for key in keys {
            let values = [Value::Text(key.0.as_str().to_owned()), Value::Text(key.1.clone())];
            if self.reading == Reading::Locked && !session.is_alone() {
                session.query(LOCK, &values, &[Int]).await?;
            }
            let sql = format!("{ENTRY} {BY_NUMBER}");
            let found = session.query(&sql, &values, ANSWERS).await?;
            self.registers.read.insert(key, found.first().map(|row| Arc::new(entry_of(row))));
        }
        Ok(())
    }

    pub(super) async fn fetch_found(
        &mut self,
        session: &mut Session,
        keys: BTreeSet<Sought>,
    ) -> Result<(), Failure> {
        for key in keys {
            if self.registers.found.contains_key(&key) {
                continue;
            }
            let (register, column, sought) = &key;
            let part = part_of(column, sought);
            let values = [Value::Text(register.as_str().to_owned()), Value::Text(part)];
            let sql = by_column(session.is_alone());
            let rows = session.query(&sql, &values, ANSWERS).await?;
            let found = matching(rows.iter().map(entry_of), column, sought);
            self.registers.found.insert(key, found);
        }
        Ok(())
    }
}

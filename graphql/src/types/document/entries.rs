//! Which entries of a list whoever asks may read: in a list that is apart their own; of a secret round that is
//! not decided what they gave themselves.

use std::collections::BTreeSet;

use async_graphql::Result;
use engine::ids::{DocumentName, Hash, Key};
use engine::instance::{DocumentState, Instance as State};
use store::read::PAGE_MAX;
use store::tables::document::Model as Row;

use super::formerly;
use crate::context::{Reader, key};
use crate::sight::Sight;

/// The entries of a list, as whoever asks may read them.
pub(super) struct Entries<'a> {
    sight: &'a Sight,
    apart: bool,
    /// Tasks in which they wrote themselves.
    own: BTreeSet<Key>,
    /// Contents that they may read, also of what counts no more.
    readable: Vec<String>,
    /// The first that is hidden since a secret round is not decided.
    hidden_from: Option<i64>,
}

impl<'a> Entries<'a> {
    /// Of a list of a case.
    pub(super) async fn of(
        reader: Reader<'_>,
        state: &State,
        document: &DocumentName,
        (sight, apart): (&'a Sight, bool),
    ) -> Result<Self> {
        let (own, readable) = (BTreeSet::new(), Vec::new());
        let mut entries = Self { sight, apart, own, readable, hidden_from: None };
        let (names, mut after) = (state.names_of(document), None);
        loop {
            let slice = formerly::rows(reader, state, document, (after, PAGE_MAX)).await?;
            for row in &slice.rows {
                let name = formerly::of_version(&names, row.version);
                let now = name.map_or(row.hash.as_str(), |name| name.now(&row.hash));
                entries.note(row, now);
            }
            after = slice.rows.last().map(|row| row.version);
            if !slice.more {
                break;
            }
        }
        Ok(entries)
    }

    /// One more, in the order in which they were written, with the content that counts for it now.
    fn note(&mut self, row: &Row, now: &str) {
        let (task, is_own) = (key(row.key), self.sight.is_own(row.person.as_deref()));
        if is_own {
            self.own.insert(task);
        } else if self.sight.is_secret(task) {
            self.hidden_from = self.hidden_from.or(Some(row.version));
        }
        if self.is_readable(row) {
            self.readable.push(now.to_owned());
        }
    }

    /// Whether they may read one as it was written.
    pub(super) fn is_readable(&self, row: &Row) -> bool {
        if self.sight.is_own(row.person.as_deref()) {
            return true;
        }
        // An admin who corrects a list writes all of it anew.
        let is_hidden_anew =
            row.key == 0 && self.hidden_from.is_some_and(|hidden| hidden < row.version);
        !self.apart && !self.sight.is_secret(key(row.key)) && !is_hidden_anew
    }

    /// Those that count, and that they may read.
    pub(super) fn readable_of(mut self, list: &DocumentState) -> Vec<Hash> {
        let there = list.current.iter().enumerate();
        let readable = there.filter(|(at, hash)| {
            let writer = list.writers.get(*at).and_then(|writer| writer.keys.first());
            let task = writer.copied().filter(|task| *task != Key(0));
            if task.is_some_and(|task| self.sight.is_secret(task) && !self.own.contains(&task)) {
                return false;
            }
            if task.is_some() && !self.apart {
                return true;
            }
            let found = self.readable.iter().position(|one| one == hash.as_str());
            // Two who wrote the same wrote two entries.
            found.map(|place| self.readable.swap_remove(place)).is_some()
        });
        readable.map(|(_, hash)| hash.clone()).collect()
    }
}

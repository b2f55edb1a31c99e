//! Entries of lists and where each was written: a new round of a node takes the place of what that node
//! wrote before, and of nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Instance;
use crate::event::Event;
use crate::ids::{Hash, Key, NodeName};

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct DocumentState {
    /// The number of the last version or entry ever written.
    pub version: u32,
    /// The current content; for a list its current entries.
    pub current: Vec<Hash>,
    /// Where each entry of a list was written, as far as that was noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<Writer>,
    /// Whether the case began with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given: bool,
}

/// Where an entry of a list was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Writer {
    /// The node, and the sub-processes around it, from the innermost: each with the activation of the
    /// scope that it was active in, or what began the way of its own that it was on there. Empty where
    /// that is not known, since it was written before this was noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<(NodeName, Key)>,
    /// The activation, what it corrects, and the scopes around it: an entry is undone with any of them.
    /// 0 alone for what the case began with and what an admin entered, which nothing undoes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// What it followed, where the trail knows no more what wrote it: undone with that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Key>,
}

impl Writer {
    /// Whether it was written by what is undone.
    pub(crate) fn is_undone(&self, undone: impl Fn(&Key) -> bool) -> bool {
        self.keys.iter().chain(&self.after).any(undone)
    }

    /// Whether it was written by an activation, or inside of it.
    pub(crate) fn is_by(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }

    /// Whether it was written by what began after another activation.
    pub(crate) fn is_since(&self, key: Key) -> bool {
        self.keys.first().is_some_and(|by| *by > key)
    }

    /// Whether it is known what undoes it.
    pub(crate) const fn knows_keys(&self) -> bool {
        !self.keys.is_empty()
    }
}

impl DocumentState {
    /// Entries that no node wrote: the case began with them, or an admin entered them.
    pub(crate) fn given_entries(&self) -> Vec<Hash> {
        let places = 0..self.writers.len().min(self.current.len());
        let given = places.filter(|at| self.writers[*at].keys == [Key(0)]);
        given.map(|at| self.current[at].clone()).collect()
    }

    /// One more entry.
    pub(super) fn enter(&mut self, hash: Hash, writer: Writer) {
        self.writers.resize(self.current.len(), Writer::default());
        self.current.push(hash);
        self.writers.push(writer);
    }

    /// Only the entries at some places are left.
    pub(super) fn keep_entries(&mut self, kept: &[u32]) {
        let is_kept = |at: &usize| u32::try_from(*at).is_ok_and(|at| kept.contains(&at));
        let mut at = 0..;
        self.current.retain(|_| at.next().is_some_and(|at| is_kept(&at)));
        let mut at = 0..;
        self.writers.retain(|_| at.next().is_some_and(|at| is_kept(&at)));
    }

    /// One entry goes: what this task wrote, or else the last with this content.
    pub(super) fn remove_entry(&mut self, task: Key, hash: &Hash) {
        let of_task = self.writers.iter().rposition(|writer| writer.keys.first() == Some(&task));
        let at = of_task.or_else(|| self.current.iter().rposition(|one| one == hash));
        if let Some(at) = at {
            self.current.remove(at);
            if at < self.writers.len() {
                self.writers.remove(at);
            }
        }
    }

    /// Where entries were written that take the place of these: one that stays is its writer's, and of
    /// the others, where there are as many as before, each is its place's.
    pub(crate) fn writers_of<'h>(
        &self,
        hashes: impl Iterator<Item = &'h Hash>,
    ) -> Vec<Option<Writer>> {
        let hashes: Vec<&Hash> = hashes.collect();
        let mut left: Vec<usize> = (0..self.current.len()).collect();
        let mut before: Vec<Option<usize>> = Vec::with_capacity(hashes.len());
        for (at, hash) in hashes.iter().enumerate() {
            let same = |place: &usize| self.current[*place] == **hash;
            let own = left.iter().position(|place| *place == at && same(place));
            let found = own.or_else(|| left.iter().position(same));
            before.push(found.map(|found| left.remove(found)));
        }
        if before.iter().filter(|one| one.is_none()).count() == left.len() {
            let mut left = left.into_iter();
            before.iter_mut().filter(|one| one.is_none()).for_each(|one| *one = left.next());
        }
        let writer = |at: Option<usize>| self.writers.get(at?).cloned();
        before.into_iter().map(writer).collect()
    }

    /// Where the entry at a place was written; nothing is known of one from before that was noted.
    pub(crate) fn writer(&self, at: usize) -> &Writer {
        static UNKNOWN: Writer = Writer { within: Vec::new(), keys: Vec::new(), after: Vec::new() };
        self.writers.get(at).unwrap_or(&UNKNOWN)
    }
}

impl Instance {
    /// A document has a new version, or a list one more entry.
    pub(super) fn document_written(&mut self, event: &Event) {
        let Event::DocumentWritten { document, version, hash, entry, key, writer, .. } = event
        else {
            return;
        };
        let writer = match (entry, writer) {
            (false, _) => Writer::default(),
            (true, Some(writer)) => (**writer).clone(),
            (true, None) => self.writes_at(*key),
        };
        let state = self.documents.entry(document.clone()).or_default();
        state.given |= *key == Key(0) && *version == 1;
        state.version = *version;
        if *entry {
            state.enter(hash.clone(), writer);
        } else {
            (state.current, state.writers) = (vec![hash.clone()], Vec::new());
        }
    }

    /// What was written by what the trail forgets is undone with what that descended from.
    pub(super) fn entries_with_others(&mut self, instead: &BTreeMap<Key, Vec<Key>>) {
        let writers = self.documents.values_mut().flat_map(|state| &mut state.writers);
        let closed = self.closed_intakes.values_mut().filter_map(|closed| closed.list.as_mut());
        for writer in writers.chain(closed.map(|(_, writer)| writer)) {
            let known = writer.keys.iter().chain(&writer.after);
            let others = known.filter_map(|key| instead.get(key)).flatten();
            let others: Vec<Key> = others.copied().collect();
            for key in others {
                if !writer.after.contains(&key) {
                    writer.after.push(key);
                }
            }
        }
    }

    /// Where an activation writes. What one run of several writes, its activity writes.
    pub(crate) fn writes_at(&self, key: Key) -> Writer {
        let (mut within, mut keys) = (Vec::new(), Vec::new());
        if key.is_zero() {
            keys.push(key);
        }
        let mut at = key;
        while let Some(activation) = self.activation(at) {
            keys.push(at);
            keys.extend(activation.corrects);
            if !self.is_one_of_several(activation) {
                within.push((activation.node.clone(), activation.within()));
            }
            at = activation.scope;
        }
        Writer { within, keys, after: Vec::new() }
    }
}

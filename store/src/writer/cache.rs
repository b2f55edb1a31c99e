//! Cases as they were last committed by this lane, and contents, which never change. On `SQLite` a
//! lane is the only writer, so what it committed is what is there; on `PostgreSQL` another node may
//! have written since: what is written names the revision that it changes, what is refused is checked
//! afterwards, and while others do write the same cases they are read before.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::actor::Principal;
use engine::instance::Instance;
use serde_json::Value;

/// Cases kept for each generation.
const CASES_MAX: usize = 4096;
/// Contents kept for each generation.
const CONTENTS_MAX: usize = 512;
/// Contents larger than this are not kept.
const CONTENT_BYTES_MAX: usize = 64 * 1024;
/// For how long a role is taken to be held once it was: one that nobody holds any more is an incident
/// a minute later than it might be.
const HELD_MAX: Duration = Duration::from_mins(1);
/// Batches that read their cases before, after one met another writer.
const DISTRUSTED: u32 = 64;

/// A case as the writer has it.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) instance: Arc<Instance>,
    pub(super) revision: i64,
    pub(super) head: String,
}

/// The last things used: a young generation, and the one before it.
#[derive(Debug)]
struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    most: usize,
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), most }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

/// What a lane remembers.
#[derive(Debug)]
pub(super) struct Cache {
    cases: Recent<i64, Live>,
    contents: Recent<String, Arc<Value>>,
    /// Roles that somebody holds, and since when that is known.
    held: (Instant, Arc<BTreeMap<Principal, bool>>),
    /// Batches that still read their cases before.
    distrusted: u32,
}

impl Cache {
    pub(super) fn new() -> Self {
        let (cases, contents) = (Recent::new(CASES_MAX), Recent::new(CONTENTS_MAX));
        let held = (Instant::now(), Arc::default());
        Self { cases, contents, held, distrusted: 0 }
    }

    /// Roles that somebody held within the last [`HELD_MAX`].
    pub(super) fn held(&mut self) -> Arc<BTreeMap<Principal, bool>> {
        if self.held.0.elapsed() > HELD_MAX {
            self.held = (Instant::now(), Arc::default());
        }
        Arc::clone(&self.held.1)
    }

    /// Somebody holds a role.
    pub(super) fn keep_held(&mut self, principal: Principal) {
        Arc::make_mut(&mut self.held.1).insert(principal, true);
    }

    /// Whether a batch may go by the cases as they are here.
    pub(super) fn is_trusted(&mut self) -> bool {
        let is_trusted = self.distrusted == 0;
        self.distrusted = self.distrusted.saturating_sub(1);
        is_trusted
    }

    /// Another writer changed a case that was here, or a key was not new.
    pub(super) fn distrust(&mut self) {
        self.distrusted = DISTRUSTED;
    }

    pub(super) fn case(&self, id: i64) -> Option<&Live> {
        self.cases.get(&id)
    }

    /// Remembers a case; an ended one is rarely asked for again.
    pub(super) fn keep_case(&mut self, id: i64, live: Live) {
        if live.instance.status() == engine::instance::Status::Active {
            self.cases.put(id, live);
        } else {
            self.cases.remove(&id);
        }
    }

    pub(super) fn forget_cases(&mut self) {
        self.cases.clear();
    }

    pub(super) fn content(&self, hash: &str) -> Option<&Arc<Value>> {
        self.contents.get(&hash.to_owned())
    }

    pub(super) fn keep_content(&mut self, hash: &str, value: Arc<Value>, bytes: usize) {
        if bytes <= CONTENT_BYTES_MAX {
            self.contents.put(hash.to_owned(), value);
        }
    }
}

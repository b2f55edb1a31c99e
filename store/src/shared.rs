//! What all parts of an open store share: settings, definitions, signals. No SQL.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::sync::{Arc, RwLock};

use engine::ids::InstanceId;
use tokio::sync::{Notify, broadcast};

use crate::clock::Clock;
use crate::definitions::Definitions;

/// Changes that one slow listener may fall behind by.
const CHANGES_MAX: usize = 1024;

/// Something changed: whoever shows it reads it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The case.
    pub instance: InstanceId,
    /// Principals whose inbox changed.
    pub principals: Arc<BTreeSet<String>>,
}

/// Wakes the workers that wait for rows.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    pub(crate) timers: Notify,
    pub(crate) follow_ups: Notify,
    pub(crate) messages: Notify,
    pub(crate) outbox: Notify,
    pub(crate) jobs: Notify,
    pub(crate) aside: Notify,
    pub(crate) packs: Notify,
}

impl Wakes {
    /// The worker of a table, if it has one.
    pub(crate) fn of(&self, table: &str) -> Option<&Notify> {
        match table {
            "timer" => Some(&self.timers),
            "follow_up" => Some(&self.follow_ups),
            "buffered_message" | "subscription" | "start_event" => Some(&self.messages),
            "outbox" => Some(&self.outbox),
            "job" => Some(&self.jobs),
            "set_aside" => Some(&self.aside),
            "pack" => Some(&self.packs),
            _ => None,
        }
    }
}

/// What all parts of an open store share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) definitions: Definitions,
    pub(crate) lately: crate::directory::Lately,
    pub(crate) deputies: crate::directory::Standing,
    /// Connections for reading.
    pub(crate) reads: sea_orm::DatabaseConnection,
    pub(crate) wakes: Wakes,
    pub(crate) counters: crate::figures::Counters,
    pub(crate) changes: broadcast::Sender<Changed>,
    /// What other nodes are to be told: cases and tables.
    pub(crate) told: Option<tokio::sync::mpsc::Sender<Told>>,
    pub(crate) aside: RwLock<HashSet<i64>>,
    /// Held as long as a lane works: a `SQLite` file has one writer.
    _lock: Option<File>,
}

/// What other nodes are told after a commit.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) changed: Vec<Changed>,
    pub(crate) tables: Vec<&'static str>,
}

impl Shared {
    pub(crate) fn new(
        clock: Clock,
        definitions: Definitions,
        reads: sea_orm::DatabaseConnection,
        told: Option<tokio::sync::mpsc::Sender<Told>>,
        lock: Option<File>,
    ) -> Self {
        Self {
            clock,
            definitions,
            lately: crate::directory::Lately::default(),
            deputies: crate::directory::Standing::default(),
            reads,
            wakes: Wakes::default(),
            counters: crate::figures::Counters::default(),
            changes: broadcast::channel(CHANGES_MAX).0,
            told,
            aside: RwLock::default(),
            _lock: lock,
        }
    }

    /// Whether a case was set aside because of a bug.
    pub(crate) fn is_aside(&self, instance: i64) -> bool {
        self.aside.read().is_ok_and(|aside| aside.contains(&instance))
    }

    pub(crate) fn set_aside(&self, instance: i64) {
        if let Ok(mut aside) = self.aside.write() {
            aside.insert(instance);
        }
    }

    /// These cases and no others are set aside.
    pub(crate) fn keep_aside(&self, cases: impl IntoIterator<Item = i64>) {
        if let Ok(mut aside) = self.aside.write() {
            *aside = cases.into_iter().collect();
        }
    }

    /// Tells everybody, here and on other nodes, what a commit changed: cases, and tables, which may
    /// be named more than once.
    pub(crate) fn announce(
        &self,
        written: impl Iterator<Item = &'static str>,
        changed: Vec<Changed>,
    ) {
        let mut tables = Vec::new();
        for table in written {
            if let (Some(worker), false) = (self.wakes.of(table), tables.contains(&table)) {
                worker.notify_one();
                tables.push(table);
            }
        }
        for one in &changed {
            // Nobody listening is fine.
            let _listeners = self.changes.send(one.clone());
        }
        if let Some(told) = &self.told
            && !(changed.is_empty() && tables.is_empty())
        {
            // A full queue only costs other nodes a period's wait.
            let _told = told.try_send(Told { changed, tables });
        }
    }
}

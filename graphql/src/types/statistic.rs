//! Figures for dashboards.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Result, SimpleObject};
use chrono::{DateTime, Utc};
use store::{Published, StoreError};

use super::instance::InstanceStatus;
use super::instant;
use crate::context::{Reader, Told as _};

/// Versions of a process that are looked through for the name of a node.
const VERSIONS_MAX: usize = 100;

/// Open tasks of a node, for a role.
#[derive(Debug, SimpleObject)]
pub(crate) struct OpenWork {
    #[graphql(flatten)]
    place: WorkPlace,
    /// How many tasks are open.
    open: i64,
    /// How many of them are past their deadline.
    overdue: i64,
}

impl OpenWork {
    /// Rows with what their names are called.
    pub(crate) async fn all(
        reader: Reader<'_>,
        rows: Vec<store::read::OpenWork>,
    ) -> Result<Vec<Self>> {
        let (mut names, mut all) = (Names::new(reader), Vec::with_capacity(rows.len()));
        for row in rows {
            let store::read::OpenWork { process, node, role, open, overdue } = row;
            all.push(Self { place: names.place(process, node, role).await?, open, overdue });
        }
        Ok(all)
    }
}

/// What was decided at a node in a week.
#[derive(Debug, SimpleObject)]
pub(crate) struct Throughput {
    #[graphql(flatten)]
    place: WorkPlace,
    /// The week's Monday, 00:00 in the zone asked for (RFC 3339, UTC).
    week: Option<DateTime<Utc>>,
    /// Tasks that people were done with: decided, returned, or from which they ended the case.
    completed: i64,
    /// Half of them took at most so many milliseconds.
    p50_ms: i64,
    /// Nine of ten took at most so many milliseconds.
    p90_ms: i64,
    /// The longest, in milliseconds.
    max_ms: i64,
}

impl Throughput {
    /// Rows with what their names are called.
    pub(crate) async fn all(
        reader: Reader<'_>,
        rows: Vec<store::read::Throughput>,
    ) -> Result<Vec<Self>> {
        let (mut names, mut all) = (Names::new(reader), Vec::with_capacity(rows.len()));
        for row in rows {
            let store::read::Throughput { process, node, role, week, .. } = row;
            all.push(Self {
                place: names.place(process, node, role).await?,
                week: instant(week),
                completed: row.completed,
                p50_ms: row.p50_ms,
                p90_ms: row.p90_ms,
                max_ms: row.max_ms,
            });
        }
        Ok(all)
    }
}

/// Where tasks are, with what its names are called: in the newest version of the process, or in the
/// newest one that has them.
#[derive(Debug, SimpleObject)]
struct WorkPlace {
    /// The process, by name.
    process: String,
    /// What people call it.
    process_label: Option<String>,
    /// The node, by its name in the definition.
    node: String,
    /// What people call it; none where none of the last 100 versions has it.
    node_label: Option<String>,
    /// The role that tasks are offered to; none where only persons are asked.
    role: Option<String>,
    /// What people call it; none where there is none, or the pack has it no more.
    role_label: Option<String>,
}

/// What places are called. Newest versions are in memory; others are read once they are needed.
struct Names<'a> {
    reader: Reader<'a>,
    /// Versions by process, the newest first.
    versions: HashMap<String, Vec<u32>>,
}

impl<'a> Names<'a> {
    fn new(reader: Reader<'a>) -> Self {
        Self { reader, versions: HashMap::new() }
    }

    async fn place(
        &mut self,
        process: String,
        node: String,
        role: Option<String>,
    ) -> Result<WorkPlace> {
        let reader = self.reader;
        let newest = reader.store.newest_definition(&process.as_str().into());
        let has = |one: &Published| one.definition.node(&node).is_some();
        let known = match newest.clone().filter(|newest| has(newest)) {
            Some(newest) => Some(newest),
            None => self.earlier(&process, has).await?,
        };
        let all = || newest.iter().chain(&known).map(|one| &one.definition);
        let named = |role: &String| all().find_map(|one| one.roles().get(role.as_str()));
        let label = known.as_ref().and_then(|one| one.definition.node(&node));
        Ok(WorkPlace {
            process_label: all().next().map(|one| reader.text(one.name())),
            node_label: label.map(|node| node.label(reader.language()).to_owned()),
            role_label: role.as_ref().and_then(named).map(|text| reader.text(text)),
            process,
            node,
            role,
        })
    }

    /// The newest version of which something is true.
    async fn earlier(
        &mut self,
        process: &str,
        is_wanted: impl Fn(&Published) -> bool,
    ) -> Result<Option<Arc<Published>>> {
        let (store, name) = (self.reader.store, process.into());
        if !self.versions.contains_key(process) {
            let rows = store.definition_versions(&name).await.told(self.reader)?;
            let versions = rows.iter().filter_map(|row| u32::try_from(row.version).ok());
            self.versions.insert(process.to_owned(), versions.take(VERSIONS_MAX).collect());
        }
        for version in self.versions.get(process).into_iter().flatten() {
            match store.definition(&name, *version).await {
                Ok(Some(found)) if is_wanted(&found) => return Ok(Some(found)),
                Err(error @ StoreError::Unavailable(_)) => return Err(error).told(self.reader),
                // One that cannot be used any more names nothing.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }
}

/// Cases by their state.
#[derive(Debug, SimpleObject)]
pub(crate) struct StatusCount {
    /// The state.
    pub(crate) status: InstanceStatus,
    /// How many cases.
    pub(crate) count: i64,
}

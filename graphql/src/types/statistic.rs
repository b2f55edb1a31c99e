//! Figures for dashboards.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use super::instance::InstanceStatus;
use super::instant;
use crate::context::Reader;

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
    /// A row with what its names are called.
    pub(crate) fn of(reader: Reader<'_>, row: store::read::OpenWork) -> Self {
        let store::read::OpenWork { process, node, role, open, overdue } = row;
        Self { place: WorkPlace::of(reader, process, node, role), open, overdue }
    }
}

/// What was decided at a node in a week.
#[derive(Debug, SimpleObject)]
pub(crate) struct Throughput {
    #[graphql(flatten)]
    place: WorkPlace,
    /// The week's Monday, 00:00 in the zone asked for (RFC 3339, UTC).
    week: Option<DateTime<Utc>>,
    /// Tasks decided.
    completed: i64,
    /// Half of them took at most so many milliseconds.
    p50_ms: i64,
    /// Nine of ten took at most so many milliseconds.
    p90_ms: i64,
    /// The longest, in milliseconds.
    max_ms: i64,
}

impl Throughput {
    /// A row with what its names are called.
    pub(crate) fn of(reader: Reader<'_>, row: store::read::Throughput) -> Self {
        let store::read::Throughput { process, node, role, week, .. } = row;
        Self {
            place: WorkPlace::of(reader, process, node, role),
            week: instant(week),
            completed: row.completed,
            p50_ms: row.p50_ms,
            p90_ms: row.p90_ms,
            max_ms: row.max_ms,
        }
    }
}

/// Where tasks are, with what its names are called in the newest version of the process.
#[derive(Debug, SimpleObject)]
struct WorkPlace {
    /// The process, by name.
    process: String,
    /// What people call it; none where no version of it is active.
    process_label: Option<String>,
    /// The node, by its name in the definition.
    node: String,
    /// What people call it; none where the newest version has it no more.
    node_label: Option<String>,
    /// The role that tasks are offered to; none where only persons are asked.
    role: Option<String>,
    /// What people call it; none where there is none, or the pack has it no more.
    role_label: Option<String>,
}

impl WorkPlace {
    /// The version is in memory.
    fn of(reader: Reader<'_>, process: String, node: String, role: Option<String>) -> Self {
        let newest = reader.store.newest_definition(&process.as_str().into());
        let newest = newest.as_ref().map(|published| &published.definition);
        let named = |role: &String| newest?.roles().get(role.as_str());
        let known = newest.and_then(|newest| newest.node(&node));
        Self {
            process_label: newest.map(|newest| reader.text(newest.name())),
            node_label: known.map(|node| node.label(reader.language()).to_owned()),
            role_label: role.as_ref().and_then(named).map(|text| reader.text(text)),
            process,
            node,
            role,
        }
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

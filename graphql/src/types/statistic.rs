//! Figures for dashboards.

use std::sync::Arc;

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use store::Published;

use super::instance::InstanceStatus;
use super::instant;
use crate::context::Reader;

/// Open tasks of a node, for a role.
#[derive(Debug, SimpleObject)]
pub(crate) struct OpenWork {
    /// The process, by name.
    process: String,
    /// What people call it; none where no version of it is active.
    process_label: Option<String>,
    /// The node, by its name in the definition.
    node: String,
    /// What people call it; none where the newest version has it no more.
    node_label: Option<String>,
    /// The role it is offered to; none where only persons are asked.
    role: Option<String>,
    /// What people call it; none where there is none, or the pack has it no more.
    role_label: Option<String>,
    /// How many tasks are open.
    open: i64,
    /// How many of them are past their deadline.
    overdue: i64,
}

impl OpenWork {
    /// A row with what its names are called.
    pub(crate) fn of(reader: Reader<'_>, row: store::read::OpenWork) -> Self {
        let store::read::OpenWork { process, node, role, open, overdue } = row;
        let newest = newest(reader, &process);
        Self {
            process_label: process_label(reader, newest.as_ref()),
            node_label: node_label(reader, newest.as_ref(), &node),
            role_label: role_label(reader, newest.as_ref(), role.as_deref()),
            process,
            node,
            role,
            open,
            overdue,
        }
    }
}

/// What was decided at a node in a week.
#[derive(Debug, SimpleObject)]
pub(crate) struct Throughput {
    /// The process, by name.
    process: String,
    /// What people call it; none where no version of it is active.
    process_label: Option<String>,
    /// The node, by its name in the definition.
    node: String,
    /// What people call it; none where the newest version has it no more.
    node_label: Option<String>,
    /// The role that its tasks were offered to; none where only persons were asked.
    role: Option<String>,
    /// What people call it; none where there is none, or the pack has it no more.
    role_label: Option<String>,
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
        let newest = newest(reader, &process);
        Self {
            process_label: process_label(reader, newest.as_ref()),
            node_label: node_label(reader, newest.as_ref(), &node),
            role_label: role_label(reader, newest.as_ref(), role.as_deref()),
            process,
            node,
            role,
            week: instant(week),
            completed: row.completed,
            p50_ms: row.p50_ms,
            p90_ms: row.p90_ms,
            max_ms: row.max_ms,
        }
    }
}

/// The newest version of a process, which is in memory.
fn newest(reader: Reader<'_>, process: &str) -> Option<Arc<Published>> {
    reader.store.newest_definition(&process.into())
}

fn process_label(reader: Reader<'_>, newest: Option<&Arc<Published>>) -> Option<String> {
    newest.map(|published| reader.text(published.definition.name()))
}

fn node_label(reader: Reader<'_>, newest: Option<&Arc<Published>>, node: &str) -> Option<String> {
    let node = newest?.definition.node(node)?;
    Some(node.label(reader.language()).to_owned())
}

fn role_label(
    reader: Reader<'_>,
    newest: Option<&Arc<Published>>,
    role: Option<&str>,
) -> Option<String> {
    newest?.definition.roles().get(role?).map(|text| reader.text(text))
}

/// Cases by their state.
#[derive(Debug, SimpleObject)]
pub(crate) struct StatusCount {
    /// The state.
    pub(crate) status: InstanceStatus,
    /// How many cases.
    pub(crate) count: i64,
}

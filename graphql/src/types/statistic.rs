//! Figures for dashboards.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use super::instance::InstanceStatus;
use super::instant;

/// Open tasks of a node, for a role.
#[derive(Debug, SimpleObject)]
pub(crate) struct OpenWork {
    /// The process, by name.
    process: String,
    /// The node, by its name in the definition.
    node: String,
    /// The role it is offered to; none where only persons are asked.
    role: Option<String>,
    /// How many tasks are open.
    open: i64,
    /// How many of them are past their deadline.
    overdue: i64,
}

impl From<store::read::OpenWork> for OpenWork {
    fn from(row: store::read::OpenWork) -> Self {
        let store::read::OpenWork { process, node, role, open, overdue } = row;
        Self { process, node, role, open, overdue }
    }
}

/// What was decided at a node in a week.
#[derive(Debug, SimpleObject)]
pub(crate) struct Throughput {
    /// The node, by its name in the definition.
    node: String,
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

impl From<store::read::Throughput> for Throughput {
    fn from(row: store::read::Throughput) -> Self {
        let store::read::Throughput { node, week, completed, p50_ms, p90_ms, max_ms } = row;
        Self { node, week: instant(week), completed, p50_ms, p90_ms, max_ms }
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

//! Figures for dashboards: what is open where, what is late, how much gets done and how long it takes.

use sea_orm::{FromQueryResult, Value};

use crate::error::StoreError;
use crate::store::Store;

const WEEK_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// 1970-01-05, a Monday.
const MONDAY_MS: i64 = 4 * 24 * 60 * 60 * 1000;
/// Weeks that one question may span.
pub(crate) const WEEKS_MAX: i64 = 260;

/// Open tasks of a node, for a role.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct OpenWork {
    /// The process.
    pub process: String,
    /// The node.
    pub node: String,
    /// The role; none where only persons are asked.
    pub role: Option<String>,
    /// How many are open.
    pub open: i64,
    /// How many of them are late.
    pub overdue: i64,
}

/// What was done at a node in a week.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Throughput {
    /// The process.
    pub process: String,
    /// The node.
    pub node: String,
    /// The role that its tasks were offered to; none where only persons were asked.
    pub role: Option<String>,
    /// The week's Monday, 00:00 in the zone asked for.
    pub week: i64,
    /// Tasks that people were done with: decided, returned, or from which they ended the case.
    pub completed: i64,
    /// Half of them took at most this long.
    pub p50_ms: i64,
    /// Nine of ten took at most this long.
    pub p90_ms: i64,
    /// The longest.
    pub max_ms: i64,
}

#[derive(Debug, FromQueryResult)]
struct StatusCount {
    status: String,
    n: i64,
}

impl Store {
    /// Open tasks by node and role, of one process or of all.
    pub async fn open_work(
        &self,
        process: Option<&str>,
        now: i64,
    ) -> Result<Vec<OpenWork>, StoreError> {
        let only = if process.is_some() { " AND process = $2" } else { "" };
        let sql = format!(
            "SELECT process, node, role, count(*) AS open, \
             CAST(sum(CASE WHEN due_at < $1 THEN 1 ELSE 0 END) AS BIGINT) AS overdue \
             FROM task WHERE completed_at IS NULL{only} \
             GROUP BY process, node, role ORDER BY process, node, role"
        );
        let mut values: Vec<Value> = vec![now.into()];
        values.extend(process.map(Value::from));
        self.rows(self.statement(&sql, values)).await
    }

    /// What was decided by process, node and week in `from..until`, of one process or of all; weeks
    /// begin on Monday in a zone that is `zone_ms` ahead of UTC.
    pub async fn throughput(
        &self,
        process: Option<&str>,
        from: i64,
        until: i64,
        zone_ms: i64,
    ) -> Result<Vec<Throughput>, StoreError> {
        let from = from.max(until.saturating_sub(WEEKS_MAX * WEEK_MS)).max(MONDAY_MS);
        // By name, so that each process is found in its index.
        let of = match process {
            Some(_) => "= $4",
            None => "IN (SELECT process FROM definition)",
        };
        let sql = format!(
            "WITH d AS (SELECT process, node, role, (completed_at + $3 - {MONDAY_MS}) / {WEEK_MS} AS w, \
               completed_at - created_at AS ms FROM task \
               WHERE process {of} AND completed_at >= $1 AND completed_at < $2 \
               AND completed_by IS NOT NULL), \
             r AS (SELECT process, node, role, w, ms, \
               row_number() OVER (PARTITION BY process, node, w ORDER BY ms) AS n, \
               count(*) OVER (PARTITION BY process, node, w) AS total FROM d) \
             SELECT process, node, w * {WEEK_MS} + {MONDAY_MS} - $3 AS week, \
               max(role) AS role, max(total) AS completed, \
               min(CASE WHEN n * 100 >= total * 50 THEN ms END) AS p50_ms, \
               min(CASE WHEN n * 100 >= total * 90 THEN ms END) AS p90_ms, max(ms) AS max_ms \
             FROM r GROUP BY process, node, w ORDER BY w, process, node"
        );
        let mut values: Vec<Value> = vec![from.into(), until.into(), zone_ms.into()];
        values.extend(process.map(Value::from));
        self.rows(self.statement(&sql, values)).await
    }

    /// How many cases there are, by status, of one process or of all.
    pub async fn case_counts(
        &self,
        process: Option<&str>,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let of = if process.is_some() { "WHERE process = $1" } else { "" };
        let sql = format!(
            "SELECT status, count(*) AS n FROM instance {of} GROUP BY status ORDER BY status"
        );
        let values = process.map(Value::from);
        let rows: Vec<StatusCount> = self.rows(self.statement(&sql, values)).await?;
        Ok(rows.into_iter().map(|row| (row.status, row.n)).collect())
    }
}

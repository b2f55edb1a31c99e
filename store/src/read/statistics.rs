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
    /// The node.
    pub node: String,
    /// The week's Monday, 00:00 in the zone asked for.
    pub week: i64,
    /// Tasks decided.
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

    /// What was decided by node and week in `from..until`; weeks begin on Monday in a zone that is
    /// `zone_ms` ahead of UTC.
    pub async fn throughput(
        &self,
        process: &str,
        from: i64,
        until: i64,
        zone_ms: i64,
    ) -> Result<Vec<Throughput>, StoreError> {
        let from = from.max(until.saturating_sub(WEEKS_MAX * WEEK_MS)).max(MONDAY_MS);
        let sql = format!(
            "WITH d AS (SELECT node, (completed_at + $4 - {MONDAY_MS}) / {WEEK_MS} AS w, \
               completed_at - created_at AS ms FROM task \
               WHERE process = $1 AND completed_at >= $2 AND completed_at < $3 \
               AND completed_by IS NOT NULL), \
             r AS (SELECT node, w, ms, row_number() OVER (PARTITION BY node, w ORDER BY ms) AS n, \
               count(*) OVER (PARTITION BY node, w) AS total FROM d) \
             SELECT node, w * {WEEK_MS} + {MONDAY_MS} - $4 AS week, max(total) AS completed, \
               min(CASE WHEN n * 100 >= total * 50 THEN ms END) AS p50_ms, \
               min(CASE WHEN n * 100 >= total * 90 THEN ms END) AS p90_ms, max(ms) AS max_ms \
             FROM r GROUP BY node, w ORDER BY w, node"
        );
        let values = [Value::from(process), from.into(), until.into(), zone_ms.into()];
        self.rows(self.statement(&sql, values)).await
    }

    /// How many cases of a process there are, by status.
    pub async fn case_counts(&self, process: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT status, count(*) AS n FROM instance WHERE process = $1 \
                   GROUP BY status ORDER BY status";
        let rows: Vec<StatusCount> = self.rows(self.statement(sql, [process.into()])).await?;
        Ok(rows.into_iter().map(|row| (row.status, row.n)).collect())
    }
}

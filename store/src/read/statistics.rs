//! Figures for dashboards: what is open where, what is late, how much gets done and how long it takes.

use sea_orm::{FromQueryResult, Value};

use super::CaseScope;
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

/// Of which cases figures are.
#[derive(Debug, Clone, Copy, Default)]
pub struct FiguresOf<'a> {
    /// Of one process; none is all.
    pub process: Option<&'a str>,
    /// Within these; none is everywhere.
    pub within: Option<&'a [CaseScope]>,
}

impl FiguresOf<'_> {
    /// A condition on rows with a process, `AND` in front, and its values behind others. `case` is the
    /// column with the case's id.
    fn condition(self, case: &str, values: &mut Vec<Value>) -> String {
        let mut place = |value: &str| {
            values.push(value.into());
            format!("${}", values.len())
        };
        let condition = match self.process {
            Some(process) => format!(" AND process = {}", place(process)),
            None => String::new(),
        };
        let Some(within) = self.within else { return condition };
        let mut any = Vec::with_capacity(within.len());
        for CaseScope { process, units } in within {
            let process = place(process);
            let Some(units) = units else {
                any.push(format!("process = {process}"));
                continue;
            };
            let units: Vec<String> = units.iter().map(|unit| place(unit)).collect();
            any.push(format!(
                "(process = {process} AND {case} IN (SELECT id FROM instance WHERE process = {process} \
                 AND starter_unit IN ({})))",
                units.join(", ")
            ));
        }
        let any = if any.is_empty() { "1 = 0".to_owned() } else { any.join(" OR ") };
        [condition, format!(" AND ({any})")].concat()
    }
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
        of: FiguresOf<'_>,
        now: i64,
    ) -> Result<Vec<OpenWork>, StoreError> {
        let mut values: Vec<Value> = vec![now.into()];
        let only = of.condition("instance_id", &mut values);
        let sql = format!(
            "SELECT process, node, role, count(*) AS open, \
             CAST(sum(CASE WHEN due_at < $1 THEN 1 ELSE 0 END) AS BIGINT) AS overdue \
             FROM task WHERE completed_at IS NULL{only} \
             GROUP BY process, node, role ORDER BY process, node, role"
        );
        self.rows(self.statement(&sql, values)).await
    }

    /// What was decided by process, node and week in `from..until`, of one process or of all; weeks
    /// begin on Monday in a zone that is `zone_ms` ahead of UTC.
    pub async fn throughput(
        &self,
        of: FiguresOf<'_>,
        from: i64,
        until: i64,
        zone_ms: i64,
    ) -> Result<Vec<Throughput>, StoreError> {
        let from = from.max(until.saturating_sub(WEEKS_MAX * WEEK_MS)).max(MONDAY_MS);
        let mut values: Vec<Value> = vec![from.into(), until.into(), zone_ms.into()];
        // By name, so that each process is found in its index.
        let all = match of.process {
            Some(_) => "",
            None => " AND process IN (SELECT process FROM definition)",
        };
        let only = of.condition("instance_id", &mut values);
        let sql = format!(
            "WITH d AS (SELECT process, node, role, (completed_at + $3 - {MONDAY_MS}) / {WEEK_MS} AS w, \
               completed_at - created_at AS ms FROM task \
               WHERE completed_at >= $1 AND completed_at < $2 \
               AND completed_by IS NOT NULL{all}{only}), \
             r AS (SELECT process, node, role, w, ms, \
               row_number() OVER (PARTITION BY process, node, role, w ORDER BY ms) AS n, \
               count(*) OVER (PARTITION BY process, node, role, w) AS total FROM d) \
             SELECT process, node, w * {WEEK_MS} + {MONDAY_MS} - $3 AS week, \
               role, max(total) AS completed, \
               min(CASE WHEN n * 100 >= total * 50 THEN ms END) AS p50_ms, \
               min(CASE WHEN n * 100 >= total * 90 THEN ms END) AS p90_ms, max(ms) AS max_ms \
             FROM r GROUP BY process, node, role, w ORDER BY w, process, node, role"
        );
        self.rows(self.statement(&sql, values)).await
    }

    /// How many cases there are, by status, of one process or of all.
    pub async fn case_counts(&self, of: FiguresOf<'_>) -> Result<Vec<(String, i64)>, StoreError> {
        let mut values = Vec::new();
        let only = of.condition("id", &mut values);
        let sql = format!(
            "SELECT status, count(*) AS n FROM instance WHERE 1 = 1{only} GROUP BY status ORDER BY status"
        );
        let rows: Vec<StatusCount> = self.rows(self.statement(&sql, values)).await?;
        Ok(rows.into_iter().map(|row| (row.status, row.n)).collect())
    }
}

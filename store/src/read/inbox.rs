//! The inbox 待办: open tasks offered to any of a person's principals, the most urgent first. Each
//! principal gives its own first rows from the index, and these are merged, so that a page costs the
//! same whether ten tasks wait or ten million.

use sea_orm::{DbBackend, FromQueryResult, Value};

use super::{Page, Slice, TimeCursor};
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::task;

/// Principals that one question may name.
const PRINCIPALS_MAX: usize = 200;
/// Tasks are counted up to here; beyond it is said "more".
pub const COUNT_MAX: u32 = 99;

/// Rows that a count reads at first. A task offered to two of one's principals has two rows: where
/// so many hold no more than `COUNT_MAX` tasks, all rows are read.
const ROWS_FIRST: i64 = COUNT_MAX as i64 * 3 / 2;

/// A table with rows for principals, in the order of a time.
struct List {
    table: &'static str,
    at: &'static str,
}

const INBOX: List = List { table: "inbox", at: "due_at" };
const CHOICES: List = List { table: "choice", at: "since" };

/// An ad-hoc sub-process in which somebody may begin something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Choice {
    /// Since when.
    pub since: i64,
    /// Its case.
    pub instance_id: i64,
    /// Its activation.
    pub key: i64,
}

#[derive(Debug, FromQueryResult)]
struct Counted {
    rows: i64,
    tasks: i64,
}

impl Store {
    /// Open tasks for any of these principals, by due date; a task offered to two of them once.
    pub async fn inbox(
        &self,
        principals: &[String],
        page: Page<TimeCursor>,
    ) -> Result<Slice<task::Model>, StoreError> {
        let principals = bounded(principals)?;
        if principals.is_empty() {
            return Ok(Slice { rows: Vec::new(), more: false });
        }
        let limit = page.limit();
        let (due_at, instance, key) = page.after.unwrap_or((i64::MIN, 0, 0));
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let places = [due_at, instance, key, most].map(Value::from);
        let (first, mut values) = self.merged(principals, &INBOX, true, 5);
        values.extend(places);
        let sql = format!(
            "SELECT t.* FROM (SELECT DISTINCT due_at, instance_id, key FROM ({first}) AS m \
             ORDER BY due_at, instance_id, key LIMIT {most}) AS k \
             JOIN task t ON t.instance_id = k.instance_id AND t.key = k.key \
             ORDER BY k.due_at, k.instance_id, k.key"
        );
        Ok(Slice::of(self.rows(self.statement(&sql, values)).await?, limit))
    }

    /// Ad-hoc sub-processes in which any of these principals may begin something, the oldest first.
    pub async fn choices(
        &self,
        principals: &[String],
        page: Page<TimeCursor>,
    ) -> Result<Slice<Choice>, StoreError> {
        let principals = bounded(principals)?;
        if principals.is_empty() {
            return Ok(Slice { rows: Vec::new(), more: false });
        }
        let limit = page.limit();
        let (since, instance, key) = page.after.unwrap_or((i64::MIN, 0, 0));
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (first, mut values) = self.merged(principals, &CHOICES, true, 5);
        values.extend([since, instance, key, most].map(Value::from));
        let sql = format!(
            "SELECT DISTINCT since, instance_id, key FROM ({first}) AS m \
             ORDER BY since, instance_id, key LIMIT {most}"
        );
        Ok(Slice::of(self.rows(self.statement(&sql, values)).await?, limit))
    }

    /// How many open tasks there are for any of these principals, counted up to `COUNT_MAX` + 1.
    pub async fn inbox_count(&self, principals: &[String]) -> Result<u32, StoreError> {
        let principals = bounded(principals)?;
        let mut counted = self.counted(principals, ROWS_FIRST).await?;
        if counted.rows == ROWS_FIRST && counted.tasks <= i64::from(COUNT_MAX) {
            counted = self.counted(principals, i64::MAX).await?;
        }
        Ok(u32::try_from(counted.tasks).unwrap_or(u32::MAX).min(COUNT_MAX + 1))
    }

    /// The tasks of the first so many rows of these principals.
    async fn counted(&self, principals: &[String], rows: i64) -> Result<Counted, StoreError> {
        if principals.is_empty() {
            return Ok(Counted { rows: 0, tasks: 0 });
        }
        let (first, mut values) = self.merged(principals, &INBOX, false, 2);
        values.push((i64::from(COUNT_MAX) + 1).into());
        let sql = format!(
            "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS rows, count(*) AS tasks FROM \
             (SELECT count(*) AS n FROM ({first} LIMIT {rows}) AS m GROUP BY instance_id, key) AS k"
        );
        let counted: Vec<Counted> = self.rows(self.statement(&sql, values)).await?;
        Ok(counted.into_iter().next().unwrap_or(Counted { rows: 0, tasks: 0 }))
    }

    /// The first rows of each principal. The cursor and the limit are the last parameters.
    fn merged(
        &self,
        principals: &[String],
        list: &List,
        after: bool,
        more: usize,
    ) -> (String, Vec<Value>) {
        let List { table, at } = list;
        let first = |principal: &str, base: usize| {
            let after = if after {
                let places = [base + 1, base + 2, base + 3].map(|n| format!("${n}")).join(", ");
                format!(" AND ({at}, instance_id, key) > ({places})")
            } else {
                String::new()
            };
            let limit = base + more - 1;
            format!(
                "SELECT {at}, instance_id, key FROM {table} WHERE principal = {principal}{after} \
                 ORDER BY {at}, instance_id, key LIMIT ${limit}"
            )
        };
        match self.backend() {
            DbBackend::Sqlite => {
                let base = principals.len();
                let parts: Vec<String> = (1..=base)
                    .map(|n| format!("SELECT * FROM ({})", first(&format!("${n}"), base)))
                    .collect();
                let values = principals.iter().map(|own| own.clone().into()).collect();
                (parts.join(" UNION ALL "), values)
            }
            _ => {
                let sql = format!(
                    "SELECT i.* FROM unnest($1::text[]) AS p(principal) CROSS JOIN LATERAL ({}) AS i",
                    first("p.principal", 1)
                );
                (sql, vec![principals.to_vec().into()])
            }
        }
    }
}

fn bounded(principals: &[String]) -> Result<&[String], StoreError> {
    if principals.len() > PRINCIPALS_MAX {
        let found = principals.len();
        let zh = format!("一人最多 {PRINCIPALS_MAX} 个角色,实为 {found} 个");
        let en = format!("expected at most {PRINCIPALS_MAX} principals, found {found}");
        return Err(StoreError::refused(zh, en));
    }
    Ok(principals)
}

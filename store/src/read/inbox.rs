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

/// A principal of one for whom somebody stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lent {
    /// The principal.
    pub principal: String,
    /// The processes in which; all where none is named.
    pub processes: Vec<String>,
}

/// What stands in place of processes where those of all are looked for.
const ALL: &str = "*";

/// Whose rows are looked for: their own principals, and those of others with a text that holds each
/// process between commas, or `ALL`.
struct Whose<'a> {
    own: &'a [String],
    lent: Vec<(&'a str, String)>,
}

impl<'a> Whose<'a> {
    fn of(own: &'a [String], lent: &'a [Lent]) -> Result<Self, StoreError> {
        bounded(own)?;
        let is_own = |one: &&Lent| !own.contains(&one.principal);
        let lent = lent.iter().filter(is_own).take(PRINCIPALS_MAX - own.len()).map(|one| {
            let named = |processes: &[String]| format!(",{},", processes.join(","));
            let all = one.processes.is_empty().then(|| ALL.to_owned());
            (one.principal.as_str(), all.unwrap_or_else(|| named(&one.processes)))
        });
        Ok(Self { own, lent: lent.collect() })
    }

    fn is_nobody(&self) -> bool {
        self.own.is_empty() && self.lent.is_empty()
    }

    /// Whether some are those of others: not every task of theirs goes to a deputy.
    fn is_narrow(&self) -> bool {
        !self.lent.is_empty()
    }

    fn principals(&self) -> impl Iterator<Item = String> {
        let lent = self.lent.iter().map(|(principal, _)| (*principal).to_owned());
        self.own.iter().cloned().chain(lent)
    }

    fn processes(&self) -> impl Iterator<Item = String> {
        let lent = self.lent.iter().map(|(_, processes)| processes.clone());
        self.own.iter().map(|_| String::new()).chain(lent)
    }
}

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
        self.inbox_of(principals, &[], page).await
    }

    /// Open tasks for any of these principals, and for those of others for whom they stand in.
    pub async fn inbox_of(
        &self,
        principals: &[String],
        lent: &[Lent],
        page: Page<TimeCursor>,
    ) -> Result<Slice<task::Model>, StoreError> {
        let principals = &Whose::of(principals, lent)?;
        if principals.is_nobody() {
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
        let principals = &Whose::of(principals, &[])?;
        if principals.is_nobody() {
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
        self.inbox_count_of(principals, &[]).await
    }

    /// The same, with those of others for whom they stand in.
    pub async fn inbox_count_of(
        &self,
        principals: &[String],
        lent: &[Lent],
    ) -> Result<u32, StoreError> {
        let principals = &Whose::of(principals, lent)?;
        let mut counted = self.counted(principals, ROWS_FIRST).await?;
        if counted.rows == ROWS_FIRST && counted.tasks <= i64::from(COUNT_MAX) {
            counted = self.counted(principals, i64::MAX).await?;
        }
        Ok(u32::try_from(counted.tasks).unwrap_or(u32::MAX).min(COUNT_MAX + 1))
    }

    /// The tasks of the first so many rows of these principals.
    async fn counted(&self, principals: &Whose<'_>, rows: i64) -> Result<Counted, StoreError> {
        if principals.is_nobody() {
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
        whose: &Whose<'_>,
        list: &List,
        after: bool,
        more: usize,
    ) -> (String, Vec<Value>) {
        let List { table, at } = list;
        let first = |principal: &str, processes: Option<&str>, base: usize| {
            let after = if after {
                let places = [base + 1, base + 2, base + 3].map(|n| format!("${n}")).join(", ");
                format!(" AND ({at}, instance_id, key) > ({places})")
            } else {
                String::new()
            };
            let narrow = processes.map(|named| {
                format!(
                    " AND ({named} = '' OR EXISTS (SELECT 1 FROM task n WHERE n.key = {table}.key \
                     AND n.instance_id = {table}.instance_id AND n.undeputed IS NULL \
                     AND ({named} = '{ALL}' OR {named} LIKE '%,' || n.process || ',%')))"
                )
            });
            let (narrow, limit) = (narrow.unwrap_or_default(), base + more - 1);
            format!(
                "SELECT {at}, instance_id, key FROM {table} \
                 WHERE principal = {principal}{after}{narrow} \
                 ORDER BY {at}, instance_id, key LIMIT ${limit}"
            )
        };
        let principals: Vec<String> = whose.principals().collect();
        let processes: Vec<String> = whose.processes().collect();
        let is_narrow = whose.is_narrow();
        match self.backend() {
            DbBackend::Sqlite => {
                let count = principals.len();
                let base = if is_narrow { 2 * count } else { count };
                let parts: Vec<String> = (1..=count)
                    .map(|n| {
                        let named = is_narrow.then(|| format!("${}", count + n));
                        let first = first(&format!("${n}"), named.as_deref(), base);
                        format!("SELECT * FROM ({first})")
                    })
                    .collect();
                let given = principals.into_iter().chain(processes).take(base);
                (parts.join(" UNION ALL "), given.map(Into::into).collect())
            }
            _ if is_narrow => {
                let sql = format!(
                    "SELECT i.* FROM unnest($1::text[], $2::text[]) AS p(principal, processes) \
                     CROSS JOIN LATERAL ({}) AS i",
                    first("p.principal", Some("p.processes"), 2)
                );
                (sql, vec![principals.into(), processes.into()])
            }
            _ => {
                let sql = format!(
                    "SELECT i.* FROM unnest($1::text[]) AS p(principal) CROSS JOIN LATERAL ({}) AS i",
                    first("p.principal", None, 1)
                );
                (sql, vec![principals.into()])
            }
        }
    }
}

fn bounded(principals: &[String]) -> Result<(), StoreError> {
    if principals.len() > PRINCIPALS_MAX {
        let found = principals.len();
        let zh = format!("一人最多 {PRINCIPALS_MAX} 个角色,实为 {found} 个");
        let en = format!("expected at most {PRINCIPALS_MAX} principals, found {found}");
        return Err(StoreError::refused(zh, en));
    }
    Ok(())
}

//! Pages of what belongs to each of many cases, in one statement for all of them: the tasks,
//! comments, history and document versions of the cases of a list, the entries of registers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::instance::Instance;
use sea_orm::{DbBackend, FromQueryResult, Value};

use super::history::{Entry, entry};
use super::registers::of_entries;
use super::{Page, Slice, bounded};
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::{comment, document, journal, register_entry, register_version, task};

/// Which rows of a table, and in which order within their group.
struct Rows<'a> {
    table: &'static str,
    /// What a group has in common.
    group: &'static str,
    /// How many groups are asked for: one needs no ranking.
    groups: usize,
    /// The columns that order a group, all ascending.
    order: &'static str,
    /// A condition; parameters are `$1` and so on.
    only: String,
    values: Vec<Value>,
    /// The place after which rows are wanted, one number a column of `order`.
    after: Option<&'a [i64]>,
    limit: usize,
}

impl Store {
    /// The tasks of each of some cases, in the order they were created.
    pub async fn tasks_of_each(
        &self,
        instances: &[i64],
        page: Page<i64>,
    ) -> Result<BTreeMap<i64, Slice<task::Model>>, StoreError> {
        let after = page.after.map(|key| [key]);
        let (only, values) = self.in_cases(instances)?;
        let rows = Rows {
            table: "task",
            group: "instance_id",
            groups: instances.len(),
            order: "key",
            only,
            values,
            after: after.as_ref().map(<[i64; 1]>::as_slice),
            limit: page.limit(),
        };
        let found: Vec<task::Model> = self.first_of_each(rows).await?;
        Ok(slices(instances, found, page.limit(), |row| row.instance_id))
    }

    /// What people said on each of some cases, oldest first. The cursor is revision and number.
    pub async fn comments_of_each(
        &self,
        instances: &[i64],
        page: Page<(i64, i64)>,
    ) -> Result<BTreeMap<i64, Slice<comment::Model>>, StoreError> {
        let after = page.after.map(|(revision, n)| [revision, n]);
        let (only, values) = self.in_cases(instances)?;
        let rows = Rows {
            table: "comment",
            group: "instance_id",
            groups: instances.len(),
            order: "revision, n",
            only,
            values,
            after: after.as_ref().map(<[i64; 2]>::as_slice),
            limit: page.limit(),
        };
        let found: Vec<comment::Model> = self.first_of_each(rows).await?;
        Ok(slices(instances, found, page.limit(), |row| row.instance_id))
    }

    /// The commands of each of some cases in the order they came; with or without refused ones. The
    /// cursor is a row's revision, lane and position.
    pub async fn history_of_each(
        &self,
        instances: &[i64],
        page: Page<(i64, i64, i64)>,
        refused: Refused,
    ) -> Result<BTreeMap<i64, Slice<Entry>>, StoreError> {
        let after = page.after.map(|(version, lane, pos)| [version, lane, pos]);
        let (only, values) = self.in_cases(instances)?;
        let only = match refused {
            Refused::With => only,
            Refused::Without => format!("{only} AND refused IS NULL"),
        };
        let rows = Rows {
            table: "journal",
            group: "instance_id",
            groups: instances.len(),
            order: "instance_version, lane, pos",
            only,
            values,
            after: after.as_ref().map(<[i64; 3]>::as_slice),
            limit: page.limit(),
        };
        let found: Vec<journal::Model> = self.first_of_each(rows).await?;
        let found: Vec<Entry> = found.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(slices(instances, found, page.limit(), |entry| {
            entry.row.instance_id.unwrap_or_default()
        }))
    }

    /// The versions of documents of cases, by case and document, the first one first; without what
    /// is sealed.
    pub async fn versions_of_each(
        &self,
        documents: &[(i64, String)],
        page: Page<i64>,
    ) -> Result<BTreeMap<(i64, String), Slice<document::Model>>, StoreError> {
        let cases: BTreeSet<i64> = documents.iter().map(|(id, _)| *id).collect();
        let cases: Vec<i64> = cases.into_iter().collect();
        let names: BTreeSet<&str> = documents.iter().map(|(_, name)| name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let (only, mut values) = self.in_cases(&cases)?;
        let places: Vec<String> =
            (1..=names.len()).map(|n| format!("${}", values.len() + n)).collect();
        let only = format!("{only} AND document IN ({}) AND sealed = 0", places.join(", "));
        values.extend(names.into_iter().map(Value::from));
        let after = page.after.map(|version| [version]);
        let rows = Rows {
            table: "document",
            group: "instance_id, document",
            groups: documents.len(),
            order: "version",
            only,
            values,
            after: after.as_ref().map(<[i64; 1]>::as_slice),
            limit: page.limit(),
        };
        let found: Vec<document::Model> = self.first_of_each(rows).await?;
        Ok(slices(documents, found, page.limit(), |row| (row.instance_id, row.document.clone())))
    }

    /// Entries of each of some registers, the highest number first. The cursor is year and serial. A
    /// register may be long: of each only the page is read.
    pub async fn register_entries(
        &self,
        registers: &[String],
        page: Page<(i64, i64)>,
    ) -> Result<BTreeMap<String, Slice<register_entry::Model>>, StoreError> {
        let limit = page.limit();
        let mut values = vec![Value::from(i64::try_from(limit + 1).unwrap_or(i64::MAX))];
        let mut before = "";
        if let Some((year, serial)) = page.after {
            before = "AND (year, serial) < ($2, $3)";
            values.extend([year, serial].map(Value::from));
        }
        let mut each = Vec::with_capacity(registers.len());
        for register in bounded(registers)? {
            values.push(register.as_str().into());
            each.push(format!(
                "SELECT * FROM (SELECT * FROM register_entry WHERE register = ${} {before} \
                 ORDER BY year DESC, serial DESC LIMIT $1) AS r{}",
                values.len(),
                values.len()
            ));
        }
        if each.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = format!(
            "SELECT * FROM ({}) AS entries ORDER BY register, year DESC, serial DESC",
            each.join(" UNION ALL ")
        );
        let found: Vec<register_entry::Model> = self.rows(self.statement(&sql, values)).await?;
        Ok(slices(registers, found, limit, |row| row.register.clone()))
    }

    /// The changes of each of some entries, by register and number, the first one first.
    pub async fn register_versions_of_each(
        &self,
        entries: &[(String, String)],
        page: Page<i64>,
    ) -> Result<BTreeMap<(String, String), Slice<register_version::Model>>, StoreError> {
        let (only, values) = of_entries(entries)?;
        let after = page.after.map(|version| [version]);
        let rows = Rows {
            table: "register_version",
            group: "register, number",
            groups: entries.len(),
            order: "version",
            only,
            values,
            after: after.as_ref().map(<[i64; 1]>::as_slice),
            limit: page.limit(),
        };
        let found: Vec<register_version::Model> = self.first_of_each(rows).await?;
        Ok(slices(entries, found, page.limit(), |row| (row.register.clone(), row.number.clone())))
    }

    /// The states of the cases that each of some cases called, the first one first.
    pub async fn states_of_children(
        &self,
        parents: &[i64],
    ) -> Result<BTreeMap<i64, Vec<Arc<Instance>>>, StoreError> {
        let mut children: BTreeMap<i64, Vec<Arc<Instance>>> = BTreeMap::new();
        for row in self.children_of(parents).await? {
            let state = Arc::new(super::cases::state(&row)?);
            children.entry(row.parent_id.unwrap_or_default()).or_default().push(state);
        }
        Ok(children)
    }

    /// A condition that names cases: an array on `PostgreSQL`, parameters on `SQLite`.
    fn in_cases(&self, instances: &[i64]) -> Result<(String, Vec<Value>), StoreError> {
        let instances = bounded(instances)?;
        match self.backend() {
            DbBackend::Sqlite => {
                let places: Vec<String> = (1..=instances.len()).map(|n| format!("${n}")).collect();
                let values = instances.iter().map(|id| Value::from(*id)).collect();
                Ok((format!("instance_id IN ({})", places.join(", ")), values))
            }
            _ => Ok(("instance_id = ANY($1)".into(), vec![instances.to_vec().into()])),
        }
    }

    /// The first rows of each group, one more than the limit where there are more.
    async fn first_of_each<M: FromQueryResult>(
        &self,
        rows: Rows<'_>,
    ) -> Result<Vec<M>, StoreError> {
        let Rows { table, group, groups, order, mut only, mut values, after, limit } = rows;
        if let Some(after) = after {
            let places: Vec<String> =
                (1..=after.len()).map(|n| format!("${}", values.len() + n)).collect();
            only = format!("{only} AND ({order}) > ({})", places.join(", "));
            values.extend(after.iter().map(|place| Value::from(*place)));
        }
        values.push(i64::try_from(limit + 1).unwrap_or(i64::MAX).into());
        let most = values.len();
        let sql = if groups == 1 {
            format!("SELECT * FROM {table} WHERE {only} ORDER BY {order} LIMIT ${most}")
        } else {
            format!(
                "SELECT * FROM (SELECT r.*, row_number() OVER (PARTITION BY {group} ORDER BY {order}) \
                 AS place FROM {table} r WHERE {only}) AS ranked WHERE place <= ${most} \
                 ORDER BY {group}, {order}"
            )
        };
        self.rows(self.statement(&sql, values)).await
    }
}

/// Whether a history tells of refused commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refused {
    /// It does: for auditors.
    With,
    /// It does not.
    Without,
}

/// A slice for each key, also where there is nothing.
fn slices<K: Ord + Clone, M>(
    keys: &[K],
    rows: Vec<M>,
    limit: usize,
    key: impl Fn(&M) -> K,
) -> BTreeMap<K, Slice<M>> {
    let mut groups: BTreeMap<K, Vec<M>> =
        keys.iter().map(|key| (key.clone(), Vec::new())).collect();
    for row in rows {
        if let Some(group) = groups.get_mut(&key(&row)) {
            group.push(row);
        }
    }
    groups.into_iter().map(|(key, rows)| (key, Slice::of(rows, limit))).collect()
}

//! A case's history from the journal: every command, also refused ones, with its events.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Page, Slice, bounded};
use crate::error::StoreError;
use crate::journal::Record;
use crate::store::Store;
use crate::tables::journal;

/// Rows that are read for several cases at once.
const ROWS_MAX: u64 = 10_000;

/// One command of a case.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The row as it is stored.
    pub row: journal::Model,
    /// What it says.
    pub record: Record,
}

impl Store {
    /// The commands of a case in the order they came. The cursor is the row's place: the case's
    /// revision, lane and position.
    pub async fn history(
        &self,
        instance: i64,
        page: Page<(i64, i64, i64)>,
    ) -> Result<Slice<Entry>, StoreError> {
        let limit = page.limit();
        let (version, lane, pos) = page.after.unwrap_or((i64::MIN, 0, 0));
        let sql = "SELECT * FROM journal WHERE instance_id = $1 \
                   AND (instance_version, lane, pos) > ($2, $3, $4) \
                   ORDER BY instance_version, lane, pos LIMIT $5";
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let values = [instance, version, lane, pos, most].map(Into::into);
        let rows: Vec<journal::Model> = self.rows(self.statement(sql, values)).await?;
        let entries: Vec<Entry> = rows.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Slice::of(entries, limit))
    }

    /// The applied commands of several cases.
    pub async fn histories(
        &self,
        instances: &[i64],
    ) -> Result<HashMap<i64, Vec<Entry>>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = journal::Entity::find()
            .filter(journal::Column::InstanceId.is_in(ids))
            .filter(journal::Column::Refused.is_null())
            .order_by_asc(journal::Column::InstanceId)
            .order_by_asc(journal::Column::InstanceVersion)
            .limit(ROWS_MAX);
        let mut histories: HashMap<i64, Vec<Entry>> = HashMap::new();
        for row in query.all(self.reads()).await? {
            let entry = entry(row)?;
            histories.entry(entry.row.instance_id.unwrap_or_default()).or_default().push(entry);
        }
        Ok(histories)
    }
}

fn entry(row: journal::Model) -> Result<Entry, StoreError> {
    let record = Record::read(&row.content).map_err(|error| {
        let (lane, pos) = (row.lane, row.pos);
        StoreError::Database(format!("journal row {lane}/{pos} cannot be read: {error}"))
    })?;
    Ok(Entry { row, record })
}

//! A case's history from the journal: every command, also refused ones, with its events.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::bounded;
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

pub(crate) fn entry(row: journal::Model) -> Result<Entry, StoreError> {
    let record = Record::read(&row.content).map_err(|error| {
        let (lane, pos) = (row.lane, row.pos);
        StoreError::Database(format!("journal row {lane}/{pos} cannot be read: {error}"))
    })?;
    Ok(Entry { row, record })
}

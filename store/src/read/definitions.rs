//! What was published, as it was written. What it means is compiled and kept by `definitions`.

use std::collections::BTreeMap;

use engine::ids::ProcessName;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::bounded;
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::definition;

impl Store {
    /// Every version of a process as it was published, the newest first.
    pub async fn definition_versions(
        &self,
        process: &ProcessName,
    ) -> Result<Vec<definition::Model>, StoreError> {
        let query = definition::Entity::find()
            .filter(definition::Column::Process.eq(process.as_str()))
            .order_by_desc(definition::Column::Version);
        Ok(query.all(self.reads()).await?)
    }

    /// The YAML of processes as it was published, by process and version.
    pub async fn definition_sources(
        &self,
        versions: &[(String, u32)],
    ) -> Result<BTreeMap<(String, u32), String>, StoreError> {
        let columns = [definition::Column::Process, definition::Column::Version].map(Expr::col);
        let versions = bounded(versions)?.iter();
        let versions = versions.map(|(process, version)| (process.as_str(), i64::from(*version)));
        let query = definition::Entity::find().filter(Expr::tuple(columns).in_tuples(versions));
        let rows = query.all(self.reads()).await?;
        let source = |row: definition::Model| {
            ((row.process, u32::try_from(row.version).unwrap_or_default()), row.source)
        };
        Ok(rows.into_iter().map(source).collect())
    }
}

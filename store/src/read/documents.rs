//! Documents of cases: every version and entry, and contents by hash. What is sealed says so; it is
//! for whoever shows it to hold it back.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;

use super::bounded;
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::{content, document};

/// A version or entry of a document.
pub type DocumentVersion = document::Model;

impl Store {
    /// Every version of every document of cases, oldest first.
    pub async fn documents_of(
        &self,
        instances: &[i64],
    ) -> Result<Vec<DocumentVersion>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = document::Entity::find()
            .filter(document::Column::InstanceId.is_in(ids))
            .order_by_asc(document::Column::InstanceId)
            .order_by_asc(document::Column::Document)
            .order_by_asc(document::Column::Version);
        Ok(query.all(self.reads()).await?)
    }

    /// Contents by hash; one that is not there is left out.
    pub async fn contents(
        &self,
        hashes: &[String],
    ) -> Result<HashMap<String, Arc<Json>>, StoreError> {
        let hashes = bounded(hashes)?.iter().map(String::as_str);
        let query = content::Entity::find().filter(content::Column::Hash.is_in(hashes));
        let mut contents = HashMap::new();
        for row in query.all(self.reads()).await? {
            let value = serde_json::from_str(&row.body).map_err(|error| {
                StoreError::Database(format!("content {} is broken: {error}", row.hash))
            })?;
            contents.insert(row.hash, Arc::new(value));
        }
        Ok(contents)
    }
}

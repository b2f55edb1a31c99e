//! The files of a version of a pack as they are kept, and what they are once they are compiled again.

use std::collections::{BTreeMap, HashMap};

use engine::ids::ProcessName;
use engine::pack::{Compiled, compile_published};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

use super::PackFiles;
use crate::error::StoreError;
use crate::tables::{definition, pack};

/// Compiles a version of a pack that is published.
pub(super) async fn compiled(
    reads: &DatabaseConnection,
    name: &str,
    version: i64,
) -> Result<Compiled, StoreError> {
    let id = (name.to_owned(), version);
    let Some(row) = pack::Entity::find_by_id(id).one(reads).await? else {
        return Err(StoreError::Database(format!("pack {name} has no version {version}")));
    };
    let versions = definition::Entity::find()
        .filter(definition::Column::Pack.eq(name))
        .filter(definition::Column::PackVersion.eq(version))
        .all(reads)
        .await?;
    let versions: HashMap<String, u32> = versions
        .into_iter()
        .map(|row| (row.process, u32::try_from(row.version).unwrap_or_default()))
        .collect();
    let files = read_files(&row.files)?;
    let found = engine::pack::hash(&files);
    if found.as_str() != row.hash {
        return Err(StoreError::Database(format!(
            "the files of pack {name} {version} are not those that were published: expected the \
             hash {}, found {found}",
            row.hash
        )));
    }
    let version_of = |process: &ProcessName| versions.get(process.as_str()).copied().unwrap_or(1);
    compile_published(&files, version_of).map_err(|diagnostics| {
        let first = diagnostics.first().map(ToString::to_string).unwrap_or_default();
        StoreError::Database(format!("pack {name} {version} does not compile any more: {first}"))
    })
}

pub(crate) fn read_files(text: &str) -> Result<PackFiles, StoreError> {
    let files: BTreeMap<String, String> = serde_json::from_str(text)
        .map_err(|error| StoreError::Database(format!("a pack's files cannot be read: {error}")))?;
    Ok(files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect())
}

//! Publishing a pack: versions for its processes, its rows, the same files only once. Whether a
//! pack is any good is the engine's to say.

use std::collections::{BTreeMap, HashMap};

use engine::diagnostic::Diagnostic;
use engine::ids::{Hash, ProcessName};
use engine::pack::{Compiled, PackSource, compile};
use engine::text::Language;
use engine::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::PackFiles;
use super::apart::declares;
use crate::error::StoreError;
use crate::row::Value;
use crate::store::Store;
use crate::tables::{definition, pack};
use crate::workers::beginnings;
use crate::writer::{Statement, Write};

/// What was deployed.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: u32,
    /// The hash of its files.
    pub hash: Hash,
    /// Its processes with their versions.
    pub processes: Vec<(ProcessName, u32)>,
    /// Whether just this was deployed before, so that nothing changed.
    pub unchanged: bool,
    /// What is not wrong but probably not meant; of an unchanged pack that was said before.
    pub warnings: Vec<Diagnostic>,
}

/// Why nothing was deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The pack has errors.
    #[error("the pack has {} problems", .0.len())]
    Diagnostics(Vec<Diagnostic>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Publishes a pack: all its processes get a new version, unless just these files are published
    /// already. Cases that run keep their version.
    pub async fn deploy(&self, files: PackFiles, by: &str) -> Result<Deployed, DeployError> {
        if let Some(active) = self.active(&engine::pack::hash(&files)).await? {
            return Ok(self.unchanged(active).await?);
        }
        let first = compile(&files, |_| 1).map_err(DeployError::Diagnostics)?;
        let taken = self.taken(&first, &files).await?;
        if !taken.is_empty() {
            return Err(DeployError::Diagnostics(taken));
        }
        let name = first.pack.meta.pack.as_str();
        let newest = pack::Entity::find()
            .filter(pack::Column::Name.eq(name))
            .order_by_desc(pack::Column::Version)
            .one(self.reads())
            .await
            .map_err(StoreError::from)?;
        let mut versions = HashMap::new();
        for process in first.definitions.keys() {
            let newest = definition::Entity::find()
                .filter(definition::Column::Process.eq(process.as_str()))
                .order_by_desc(definition::Column::Version)
                .one(self.reads())
                .await
                .map_err(StoreError::from)?;
            let newest = newest.map_or(0, |row| row.version);
            versions.insert(process.clone(), u32::try_from(newest).unwrap_or_default() + 1);
        }
        let version_of = |process: &ProcessName| versions.get(process).copied().unwrap_or(1);
        let compiled = compile(&files, version_of).map_err(DeployError::Diagnostics)?;
        let version = newest.map_or(0, |newest| newest.version) + 1;
        self.write(self.publish(&compiled, version, &files, by)?).await?;
        let own = compiled.definitions.iter();
        let deployed = Deployed {
            pack: compiled.pack.meta.pack.clone(),
            version: u32::try_from(version).unwrap_or_default(),
            hash: compiled.pack.hash.clone(),
            processes: own.map(|(process, own)| (process.clone(), own.version())).collect(),
            unchanged: false,
            warnings: compiled.warnings.clone(),
        };
        let known = &self.inner.shared.definitions;
        known.add(compiled, deployed.version, true);
        // Its start events may be due before anything else.
        self.inner.shared.wakes.timers.notify_one();
        Ok(deployed)
    }

    /// The published pack with just these files, found by their hash: nothing is compiled for it.
    async fn active(&self, hash: &Hash) -> Result<Option<pack::Model>, StoreError> {
        let query = pack::Entity::find()
            .filter(pack::Column::Active.eq(1))
            .filter(pack::Column::Hash.eq(hash.as_str()));
        Ok(query.one(self.reads()).await?)
    }

    async fn unchanged(&self, active: pack::Model) -> Result<Deployed, StoreError> {
        self.inner.shared.definitions.ensure_pack(self.reads(), &active).await?;
        let query = definition::Entity::find()
            .filter(definition::Column::Pack.eq(active.name.as_str()))
            .filter(definition::Column::PackVersion.eq(active.version));
        let rows = query.all(self.reads()).await?;
        let version = |version: i64| u32::try_from(version).unwrap_or_default();
        let processes = rows.into_iter();
        let processes = processes.map(|row| (row.process.as_str().into(), version(row.version)));
        Ok(Deployed {
            pack: active.name,
            version: version(active.version),
            hash: active.hash.as_str().into(),
            processes: processes.collect(),
            unchanged: true,
            warnings: Vec::new(),
        })
    }

    fn publish(
        &self,
        compiled: &Compiled,
        version: i64,
        files: &PackFiles,
        by: &str,
    ) -> Result<Write, StoreError> {
        let at = self.clock().now().0;
        let mut texts = BTreeMap::new();
        for (path, bytes) in files {
            let text = std::str::from_utf8(bytes).map_err(|_| {
                let en = format!("expected text in {path}, found bytes that are none");
                StoreError::refused(format!("{path} 应为文本文件"), en)
            })?;
            texts.insert(path.as_str(), text);
        }
        let mut write = Write::default();
        for name in replaced(&compiled.pack.meta) {
            retire(&mut write, name);
        }
        let row = pack::Model {
            name: compiled.pack.meta.pack.clone(),
            version,
            hash: compiled.pack.hash.as_str().to_owned(),
            files: serde_json::to_string(&texts).expect("texts are plain data"),
            deployed_at: at,
            deployed_by: by.to_owned(),
            active: 1,
        };
        write.changes.put(&pack::TABLE, row.into_row());
        for (process, own) in &compiled.definitions {
            let row = definition::Model {
                process: process.as_str().to_owned(),
                version: i64::from(own.version()),
                pack: compiled.pack.meta.pack.clone(),
                pack_version: version,
                hash: compiled.pack.hash.as_str().to_owned(),
                name: own.name().get(Language::Zh).to_owned(),
                source: source_of(process, &texts).to_owned(),
                created_at: at,
                created_by: by.to_owned(),
            };
            write.changes.put(&definition::TABLE, row.into_row());
            beginnings::publish(&mut write, own, Timestamp(at), &compiled.pack.calendars);
        }
        Ok(write)
    }
}

/// The packs that a version takes the place of: its own earlier ones, and those that it names.
pub(super) fn replaced(meta: &PackSource) -> impl Iterator<Item = &str> {
    std::iter::once(meta.pack.as_str()).chain(meta.replaces.iter().map(String::as_str))
}

/// What is published under a name begins no more cases.
fn retire(write: &mut Write, name: &str) {
    let own = || vec![Value::Text(name.to_owned())];
    let starts = "DELETE FROM start_event WHERE process IN (SELECT d.process FROM definition d \
                  JOIN pack p ON p.name = d.pack AND p.version = d.pack_version \
                  WHERE p.active = 1 AND p.name = $1)";
    write.statements.push(Statement::new(starts, own()));
    let active = "UPDATE pack SET active = 0 WHERE name = $1";
    write.statements.push(Statement::new(active, own()));
}

/// The text of the file that a process stands in.
pub(crate) fn source_of<'a>(process: &ProcessName, texts: &BTreeMap<&str, &'a str>) -> &'a str {
    let here = |text: &str| text.lines().any(|line| declares(line, "process:", process.as_str()));
    texts.iter().find_map(|(_, text)| here(text).then_some(*text)).unwrap_or_default()
}

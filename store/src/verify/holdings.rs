//! Verifies what the journal points at: the contents that commands brought and documents have, the
//! packs that commands ran by, and the bytes of uploaded files. What the journal says itself is
//! `verify`'s.

use std::collections::{BTreeMap, BTreeSet};

use engine::event::Event;
use engine::ids::{Hash, ProcessName};
use futures_util::TryStreamExt as _;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter};
use sea_orm::{QueryOrder, QuerySelect};
use sha2::Digest as _;

use super::{Broken, ROWS_AT_ONCE};
use crate::definitions::{read_files, source_of};
use crate::error::StoreError;
use crate::journal::Record;
use crate::read::KEYS_MAX;
use crate::store::Store;
use crate::tables::{attachment, content, definition, pack};

/// A journal row of a command that was carried out.
#[derive(Debug, FromQueryResult)]
struct Line {
    lane: i64,
    pos: i64,
    instance_id: Option<i64>,
    content: String,
}

/// Versions of processes by the hash of the files they were compiled from.
type Hashes = BTreeMap<(ProcessName, u32), String>;

fn broken(message: String) -> Broken {
    Broken { lane: 0, pos: 0, instance: None, message }
}

impl Line {
    fn broken(&self, message: String) -> Broken {
        Broken { lane: self.lane, pos: self.pos, instance: self.instance_id, message }
    }
}

impl Store {
    /// Verifies what the journal points at.
    pub(super) async fn verify_holdings(
        &self,
        snapshot: &DatabaseTransaction,
    ) -> Result<Option<Broken>, StoreError> {
        let mut hashes = Hashes::new();
        if let Some(broken) = verify_packs(snapshot, &mut hashes).await? {
            return Ok(Some(broken));
        }
        if let Some(broken) = self.verify_references(snapshot, &hashes).await? {
            return Ok(Some(broken));
        }
        self.verify_files(snapshot).await
    }

    /// Each command ran by a definition that is as it was then, and what it brought is there.
    async fn verify_references(
        &self,
        snapshot: &DatabaseTransaction,
        hashes: &Hashes,
    ) -> Result<Option<Broken>, StoreError> {
        let (mut lane, mut pos) = (0, 0);
        loop {
            let sql = "SELECT lane, pos, instance_id, content FROM journal WHERE refused IS NULL \
                       AND (lane, pos) > ($1, $2) ORDER BY lane, pos LIMIT $3";
            let statement = self.statement(sql, [lane, pos, ROWS_AT_ONCE].map(Into::into));
            let page = Line::find_by_statement(statement).all(snapshot).await?;
            let Some(last) = page.last() else { return Ok(None) };
            (lane, pos) = (last.lane, last.pos);
            let mut wanted: BTreeMap<String, &Line> = BTreeMap::new();
            for line in &page {
                let record = match Record::read(&line.content) {
                    Ok(record) => record,
                    Err(error) => return Ok(Some(line.broken(error.to_string()))),
                };
                if let Some(ran_by) = &record.definition {
                    let version = (ran_by.process.clone(), ran_by.version);
                    let found = hashes.get(&version).map_or("none", String::as_str);
                    if found != ran_by.hash.as_str() {
                        let (name, version) = version;
                        return Ok(Some(line.broken(format!(
                            "expected version {version} of `{name}` from files with the hash {}, \
                             found {found}",
                            ran_by.hash
                        ))));
                    }
                }
                wanted.extend(contents_of(record).into_iter().map(|hash| (hash, line)));
            }
            if let Some((hash, line)) = missing(snapshot, &wanted).await? {
                let message = format!("expected content with hash {hash}, found none");
                return Ok(Some(line.broken(message)));
            }
        }
    }

    /// The bytes of every uploaded file are those that its hash was made of.
    async fn verify_files(
        &self,
        snapshot: &DatabaseTransaction,
    ) -> Result<Option<Broken>, StoreError> {
        let mut after = String::new();
        loop {
            let page: Vec<String> = attachment::Entity::find()
                .select_only()
                .column(attachment::Column::Hash)
                .distinct()
                .filter(attachment::Column::Hash.gt(after.as_str()))
                .order_by_asc(attachment::Column::Hash)
                .limit(u64::try_from(ROWS_AT_ONCE).unwrap_or(u64::MAX))
                .into_tuple()
                .all(snapshot)
                .await?;
            let Some(last) = page.last() else { return Ok(None) };
            after.clone_from(last);
            for hash in &page {
                let bytes = match self.as_kept(hash).await {
                    Ok(bytes) => bytes,
                    Err(StoreError::NotFound(_)) => {
                        let message = format!("expected the uploaded file {hash}, found none");
                        return Ok(Some(broken(message)));
                    }
                    Err(error) => return Err(error),
                };
                let digest = bytes.try_fold(sha2::Sha256::new(), async |digest, part| {
                    Ok(digest.chain_update(part))
                });
                let digest = digest.await.map_err(|error| StoreError::Files(error.to_string()))?;
                let found = Hash::from_bytes(&digest.finalize());
                if found.as_str() != hash {
                    let message =
                        format!("expected an uploaded file with hash {hash}, found {found}");
                    return Ok(Some(broken(message)));
                }
            }
        }
    }
}

/// Every pack has the files that its hash was made of, and its processes say the same.
async fn verify_packs(
    snapshot: &DatabaseTransaction,
    hashes: &mut Hashes,
) -> Result<Option<Broken>, StoreError> {
    let mut sources = BTreeMap::new();
    for row in pack::Entity::find().all(snapshot).await? {
        let name = format!("version {} of the pack `{}`", row.version, row.name);
        let files = match read_files(&row.files) {
            Ok(files) => files,
            Err(error) => return Ok(Some(broken(format!("{name}: {error}")))),
        };
        let found = engine::pack::hash(&files);
        if found.as_str() != row.hash {
            let message =
                format!("{name}: expected files with the hash {}, found {found}", row.hash);
            return Ok(Some(broken(message)));
        }
        sources.insert((row.name, row.version), (row.hash, files));
    }
    for row in definition::Entity::find().all(snapshot).await? {
        let name = format!("version {} of `{}`", row.version, row.process);
        let Some((hash, files)) = sources.get(&(row.pack, row.pack_version)) else {
            return Ok(Some(broken(format!("{name}: expected its pack, found none"))));
        };
        let process = ProcessName::new(&row.process);
        let texts = files
            .iter()
            .filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)));
        if row.hash != *hash || row.source != source_of(&process, &texts.collect()) {
            return Ok(Some(broken(format!("{name}: expected what its pack says, found another"))));
        }
        let version = u32::try_from(row.version).unwrap_or_default();
        hashes.insert((process, version), row.hash);
    }
    Ok(None)
}

/// The contents that a command brought, and that documents have by it.
fn contents_of(mut record: Record) -> BTreeSet<String> {
    let brought = record.envelope.command.contents_mut();
    let mut all: BTreeSet<String> = brought.iter().map(|it| it.hash.to_string()).collect();
    all.extend(record.events.iter().flat_map(|events| events.iter()).filter_map(
        |event| match event {
            Event::DocumentWritten { hash, .. } => Some(hash.to_string()),
            _ => None,
        },
    ));
    all
}

/// The first of these contents that is not there.
async fn missing<'a>(
    snapshot: &DatabaseTransaction,
    wanted: &BTreeMap<String, &'a Line>,
) -> Result<Option<(String, &'a Line)>, StoreError> {
    let all: Vec<&String> = wanted.keys().collect();
    for part in all.chunks(KEYS_MAX) {
        let found: Vec<String> = content::Entity::find()
            .select_only()
            .column(content::Column::Hash)
            .filter(content::Column::Hash.is_in(part.iter().map(|hash| hash.as_str())))
            .into_tuple()
            .all(snapshot)
            .await?;
        let found: BTreeSet<String> = found.into_iter().collect();
        if let Some(hash) = part.iter().find(|hash| !found.contains(**hash)) {
            return Ok(Some(((*hash).clone(), wanted[*hash])));
        }
    }
    Ok(None)
}

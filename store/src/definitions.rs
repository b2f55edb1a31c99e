//! Published definitions: compiled once and kept. How packs are published is in `deploy`. A version never changes, and a
//! case keeps the one it began with. Whether a pack is any good is the engine's to say.

mod apart;
mod deploy;
mod files;
mod registers;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use engine::calendar::Calendars;
use engine::command::Command;
use engine::definition::Definition;
use engine::diagnostic::Diagnostic;
use engine::ids::{Hash, NoticeName, PersonId, ProcessName, RegisterName, UnitId};
use engine::notice::NoticeSource;
use engine::pack::{Compiled, Pack, PackSource, PersonSource, RegisterSource, UnitSource};
use indexmap::IndexMap;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::error::StoreError;
use crate::store::Store;
use crate::tables::{definition, pack};

pub(crate) use deploy::source_of;
pub use deploy::{DeployError, Deployed};
pub(crate) use files::read_files;
pub use registers::Declared;

/// Whether a definition came with the version of its pack that is published now.
const IS_ACTIVE: &str = "EXISTS (SELECT 1 FROM pack p WHERE p.name = definition.pack \
                         AND p.version = definition.pack_version AND p.active = 1)";

/// A pack's files: path and bytes.
pub type PackFiles = Vec<(String, Vec<u8>)>;

/// A definition that is published.
#[derive(Debug)]
pub struct Published {
    /// The process.
    pub process: ProcessName,
    /// Its version.
    pub version: u32,
    /// The pack it came with.
    pub pack: Arc<PublishedPack>,
    /// The hash of the pack's files.
    pub hash: Hash,
    /// The graph.
    pub definition: Arc<Definition>,
    /// The pack's calendars.
    pub calendars: Arc<Calendars>,
}

/// A pack that is published: what is asked for while its cases run. Its processes are `Published`,
/// its files `Store::pack_files`.
#[derive(Debug)]
pub struct PublishedPack {
    /// Its version, from 1.
    pub version: u32,
    /// `pack.yaml`.
    pub meta: PackSource,
    /// The hash of its files.
    pub hash: Hash,
    /// Notices as written.
    pub notices: BTreeMap<NoticeName, NoticeSource>,
    /// Registers as written.
    pub registers: BTreeMap<RegisterName, RegisterSource>,
    /// Units of its demonstration.
    pub units: IndexMap<UnitId, UnitSource>,
    /// Accounts of its demonstration.
    pub people: IndexMap<PersonId, PersonSource>,
    /// What is not wrong in it but probably not meant.
    pub warnings: Vec<Diagnostic>,
}

impl PublishedPack {
    fn new(version: u32, pack: Pack, warnings: Vec<Diagnostic>) -> Self {
        let Pack { meta, hash, notices, registers, units, people, .. } = pack;
        Self { version, meta, hash, notices, registers, units, people, warnings }
    }
}

#[derive(Debug, Default)]
struct Known {
    versions: HashMap<(ProcessName, u32), Arc<Published>>,
    newest: BTreeMap<ProcessName, u32>,
    /// The versions of packs by which cases begin here.
    current: BTreeMap<String, u32>,
    /// Versions of packs that cannot be compiled any more: told once.
    refused: BTreeSet<(String, i64)>,
    /// Registers that no pack has any more, as far as they were asked for since a pack was published.
    left: BTreeMap<RegisterName, Option<Arc<Declared>>>,
    /// How often a pack was published.
    published: u64,
}

impl Known {
    /// What a pack takes the place of begins no more cases; `false` where a later version is known.
    fn make_current(&mut self, pack: &PublishedPack) -> bool {
        if self.current.get(&pack.meta.pack).is_some_and(|known| *known > pack.version) {
            return false;
        }
        for name in deploy::replaced(&pack.meta) {
            self.current.remove(name);
        }
        self.left.clear();
        self.published += 1;
        self.current.insert(pack.meta.pack.clone(), pack.version);
        let Self { versions, newest, .. } = self;
        newest.retain(|process, version| {
            let own = versions.get(&(process.clone(), *version));
            own.is_none_or(|own| {
                deploy::replaced(&pack.meta).all(|name| name != own.pack.meta.pack)
            })
        });
        true
    }
}

/// What came of looking for a register that no pack has any more: none where no version that had it was
/// found, or can be compiled.
struct LookedFor(Option<Arc<Declared>>);

/// Every definition that this node knows.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    known: RwLock<Known>,
}

impl Definitions {
    pub(crate) fn get(&self, process: &ProcessName, version: u32) -> Option<Arc<Published>> {
        self.known.read().ok()?.versions.get(&(process.clone(), version)).cloned()
    }

    /// The calendars that a command on a case of this version counts by: the calendar of a year may have
    /// come with a later one, by which deadlines are counted anew.
    pub(crate) fn calendars(&self, own: &Published, command: &Command) -> Arc<Calendars> {
        let newest = match command {
            Command::Recount { .. } => self.newest(&own.process),
            _ => None,
        };
        newest.map_or_else(|| own.calendars.clone(), |newest| newest.calendars.clone())
    }

    pub(crate) fn newest(&self, process: &ProcessName) -> Option<Arc<Published>> {
        let known = self.known.read().ok()?;
        let version = known.newest.get(process)?;
        known.versions.get(&(process.clone(), *version)).cloned()
    }

    fn all_newest(&self) -> Vec<Arc<Published>> {
        let Ok(known) = self.known.read() else { return Vec::new() };
        let newest = known.newest.iter();
        newest
            .filter_map(|(process, version)| known.versions.get(&(process.clone(), *version)))
            .cloned()
            .collect()
    }

    /// A register that no pack has any more, where it was asked for already.
    fn left(&self, register: &RegisterName) -> Option<LookedFor> {
        self.known.read().ok()?.left.get(register).cloned().map(LookedFor)
    }

    /// How often a pack was published.
    fn published(&self) -> u64 {
        self.known.read().map_or(0, |known| known.published)
    }

    /// Keeps a register that no pack has any more, or that none was found, unless a pack was published since
    /// it was looked for.
    fn keep_left(&self, register: RegisterName, found: Option<Arc<Declared>>, published: u64) {
        if let Ok(mut known) = self.known.write()
            && known.published == published
        {
            known.left.insert(register, found);
        }
    }

    fn add(&self, compiled: Compiled, version: u32, is_current: bool) {
        let Ok(mut known) = self.known.write() else { return };
        let Compiled { mut pack, library: _, definitions, warnings, accepted: _ } = compiled;
        let calendars = Arc::new(std::mem::take(&mut pack.calendars));
        let pack = Arc::new(PublishedPack::new(version, pack, warnings));
        let is_current = is_current && known.make_current(&pack);
        for (process, definition) in definitions {
            let version = definition.version();
            if is_current {
                let newest = known.newest.entry(process.clone()).or_default();
                *newest = version.max(*newest);
            }
            let published = Published {
                process: process.clone(),
                version,
                pack: pack.clone(),
                hash: pack.hash.clone(),
                definition,
                calendars: calendars.clone(),
            };
            known.versions.entry((process, version)).or_insert_with(|| Arc::new(published));
        }
    }

    /// Compiles a version that this node has not seen yet, where there is one.
    pub(crate) async fn ensure(
        &self,
        reads: &DatabaseConnection,
        process: &ProcessName,
        version: u32,
    ) -> Result<(), StoreError> {
        if self.get(process, version).is_some() {
            return Ok(());
        }
        let id = (process.as_str().to_owned(), i64::from(version));
        let Some(row) = definition::Entity::find_by_id(id).one(reads).await? else {
            return Ok(());
        };
        self.load(reads, &row.pack, row.pack_version, false).await
    }

    /// Compiles the newest version of a process that another node may just have deployed.
    pub(crate) async fn ensure_newest(
        &self,
        reads: &DatabaseConnection,
        process: &ProcessName,
    ) -> Result<(), StoreError> {
        let row = definition::Entity::find()
            .filter(definition::Column::Process.eq(process.as_str()))
            .filter(Expr::cust(IS_ACTIVE))
            .order_by_desc(definition::Column::Version)
            .one(reads)
            .await?;
        let Some(row) = row else {
            self.forget_newest(process);
            return Ok(());
        };
        let version = u32::try_from(row.version).unwrap_or_default();
        if self.newest(process).is_some_and(|newest| newest.version == version) {
            return Ok(());
        }
        self.load(reads, &row.pack, row.pack_version, true).await
    }

    /// Whether a pack's version is what cases begin by here.
    fn has(&self, name: &str, version: i64) -> bool {
        self.known.read().is_ok_and(|known| {
            known.current.get(name).is_some_and(|own| i64::from(*own) == version)
        })
    }

    fn is_refused(&self, name: &str, version: i64) -> bool {
        self.known.read().is_ok_and(|known| known.refused.contains(&(name.to_owned(), version)))
    }

    fn refuse(&self, name: String, version: i64) {
        if let Ok(mut known) = self.known.write() {
            known.refused.insert((name, version));
        }
    }

    /// Of a process that its pack has no more, no case begins.
    fn forget_newest(&self, process: &ProcessName) {
        if let Ok(mut known) = self.known.write() {
            known.newest.remove(process);
        }
    }

    /// Compiles a pack's version, unless cases begin by it here already.
    async fn ensure_pack(
        &self,
        reads: &DatabaseConnection,
        active: &pack::Model,
    ) -> Result<(), StoreError> {
        if self.has(&active.name, active.version) {
            return Ok(());
        }
        self.load(reads, &active.name, active.version, true).await
    }

    async fn load(
        &self,
        reads: &DatabaseConnection,
        name: &str,
        version: i64,
        is_current: bool,
    ) -> Result<(), StoreError> {
        let compiled = files::compiled(reads, name, version).await?;
        self.add(compiled, u32::try_from(version).unwrap_or_default(), is_current);
        Ok(())
    }
}

/// Compiles the packs that are published now, and that this node has not seen yet: at a start, and when
/// another node has published one. Answers how many.
pub(crate) async fn load_newest(
    reads: &DatabaseConnection,
    definitions: &Definitions,
) -> Result<usize, StoreError> {
    let active: Vec<(String, i64)> = pack::Entity::find()
        .select_only()
        .columns([pack::Column::Name, pack::Column::Version])
        .filter(pack::Column::Active.eq(1))
        .into_tuple()
        .all(reads)
        .await?;
    let mut loaded = 0;
    for (name, version) in active {
        if definitions.has(&name, version) || definitions.is_refused(&name, version) {
            continue;
        }
        match definitions.load(reads, &name, version, true).await {
            Ok(()) => loaded += 1,
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            // The other packs go on; cases of this one are answered with the fault.
            Err(error) => {
                tracing::error!(%error, "a pack cannot be used");
                definitions.refuse(name, version);
            }
        }
    }
    Ok(loaded)
}

impl Store {
    /// Learns what another node has published; answers how many packs that were.
    pub async fn reload_packs(&self) -> Result<usize, StoreError> {
        load_newest(self.reads(), &self.inner.shared.definitions).await
    }

    /// A published definition; none when there is no such version.
    pub async fn definition(
        &self,
        process: &ProcessName,
        version: u32,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        let known = &self.inner.shared.definitions;
        known.ensure(self.reads(), process, version).await?;
        Ok(known.get(process, version))
    }

    /// The newest version of every published process, by name.
    pub fn newest_definitions(&self) -> Vec<Arc<Published>> {
        self.inner.shared.definitions.all_newest()
    }

    /// The newest version of every published pack, by name.
    pub fn newest_packs(&self) -> Vec<Arc<PublishedPack>> {
        let mut packs = BTreeMap::new();
        for own in self.newest_definitions() {
            packs.insert(own.pack.meta.pack.clone(), own.pack.clone());
        }
        packs.into_values().collect()
    }

    /// The newest version of a process.
    pub fn newest_definition(&self, process: &ProcessName) -> Option<Arc<Published>> {
        self.inner.shared.definitions.newest(process)
    }

    /// The files of a pack's version; the active version's where none is named.
    pub async fn pack_files(
        &self,
        name: &str,
        version: Option<u32>,
    ) -> Result<Option<PackFiles>, StoreError> {
        let query = pack::Entity::find().filter(pack::Column::Name.eq(name));
        let query = match version {
            Some(version) => query.filter(pack::Column::Version.eq(i64::from(version))),
            None => query.filter(pack::Column::Active.eq(1)),
        };
        let row = query.one(self.reads()).await?;
        row.map(|row| read_files(&row.files)).transpose()
    }
}

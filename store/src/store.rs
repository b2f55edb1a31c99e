//! The store itself: opening it, handing commands to its writer, closing it. What it can read is in
//! `read`, what it does by itself in `workers`.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use migrations::Migrator;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::{Mutex, broadcast, mpsc};
use tokio::task::JoinHandle;

use crate::error::{StoreError, SubmitError};
use crate::row::Row;
use crate::session::{PostgresSession, Session, SqliteSession};
use crate::settings::{Place, Settings};
use crate::shared::{Changed, Shared};
use crate::submit::{Committed, Submit};
use crate::writer::{Write, Writer};

/// Migrations of two nodes wait for each other by this lock, on `PostgreSQL`.
const MIGRATION_LOCK: i64 = 7_020;
/// How long a read waits for a connection.
const ACQUIRE_MAX: Duration = Duration::from_secs(5);
/// Batches that wait to be told to other nodes.
const TOLD_MAX: usize = 1024;

/// An open store. Cheap to clone; the last clone closes it.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reads: DatabaseConnection,
    pub(crate) place: Place,
    pub(crate) blobs: crate::attachments::Blobs,
    pub(crate) attachment_bytes_max: u64,
    pub(crate) attachment_types: Vec<String>,
    pub(crate) receipts_max: u32,
    statements: Arc<AtomicU64>,
    writer: std::sync::RwLock<Option<Arc<Writer>>>,
    lanes: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens a store; brings its schema up to date.
    pub async fn open(settings: Settings) -> Result<Self, StoreError> {
        let place = Place::of(&settings.url)?;
        if settings.as_it_is {
            is_there(&place).await?;
        }
        let lock = match &place {
            Place::Sqlite(path) => Some(lock(path)?),
            Place::Postgres(_) => None,
        };
        if !settings.as_it_is {
            migrate(&place).await?;
        }
        let mut reads = connect(&place, settings.readers.max(1)).await?;
        let statements = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&statements);
        reads.set_metric_callback(move |ran| {
            // Other nodes are told in the background, and deputies read once a second at most: which request
            // does it is chance, and no request's own reading.
            let sql = &ran.statement.sql;
            if *sql != crate::listen::TELL && !sql.contains(crate::directory::STANDING) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let sessions = sessions(&place, settings.lanes.max(1)).await?;
        let (told, telling) = match &place {
            Place::Sqlite(_) => (None, None),
            Place::Postgres(_) => {
                let (told, telling) = mpsc::channel(TOLD_MAX);
                (Some(told), Some(telling))
            }
        };
        let definitions = crate::definitions::Definitions::default();
        let shared = Arc::new(Shared::new(settings.clock, definitions, reads.clone(), told, lock));
        crate::definitions::load_newest(&reads, &shared.definitions).await?;
        let (writer, lanes) = Writer::start(&shared, sessions).await?;
        let inner = Inner {
            shared,
            reads,
            place,
            blobs: crate::attachments::Blobs::open(&settings.files)?,
            attachment_bytes_max: settings.attachment_bytes_max,
            attachment_types: settings.attachment_types,
            receipts_max: settings.receipts_max,
            statements,
            writer: std::sync::RwLock::new(Some(Arc::new(writer))),
            lanes: Mutex::new(lanes),
        };
        let store = Self { inner: Arc::new(inner) };
        store.reload_aside().await?;
        store.resume_clock().await?;
        if let Some(telling) = telling {
            crate::listen::start(&store, telling);
        }
        Ok(store)
    }

    /// Carries a command out. Answered when it is on disk, or refused.
    pub async fn submit(&self, submit: Submit) -> Result<Committed, SubmitError> {
        let shared = &self.inner.shared;
        let by = submit.actor.clone();
        let result = match self.writer() {
            Some(writer) => writer.submit(submit, shared.clock.now()).await,
            None => Err(SubmitError::Unavailable),
        };
        shared.counters.ended(&by, &result);
        result
    }

    /// Commands and writes that wait for a lane.
    pub(crate) fn queued(&self) -> usize {
        self.writer().map_or(0, |writer| writer.queued())
    }

    /// What changes from now on, here and on other nodes.
    pub fn changes(&self) -> broadcast::Receiver<Changed> {
        self.inner.shared.changes.subscribe()
    }

    /// What time it is for this store.
    pub fn clock(&self) -> &crate::clock::Clock {
        &self.inner.shared.clock
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> Result<(), StoreError> {
        Ok(self.inner.reads.ping().await?)
    }

    /// Takes no more commands, finishes those it has, and closes its connections.
    pub async fn close(&self) {
        if let Ok(mut writer) = self.inner.writer.write() {
            writer.take();
        }
        for lane in self.inner.lanes.lock().await.drain(..) {
            if let Err(error) = lane.await {
                tracing::error!(%error, "a lane ended badly");
            }
        }
        if let Err(error) = self.inner.reads.clone().close().await {
            tracing::warn!(%error, "connections did not close");
        }
    }

    /// How many statements were run for reading since it was opened.
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    /// Writes rows beside commands.
    pub(crate) async fn write(&self, write: Write) -> Result<Vec<Vec<Row>>, StoreError> {
        let gone = || StoreError::Unavailable("the store is closed".into());
        self.writer().ok_or_else(gone)?.write(write).await
    }

    fn writer(&self) -> Option<Arc<Writer>> {
        self.inner.writer.read().ok()?.clone()
    }

    /// The connections for reading.
    pub(crate) fn reads(&self) -> &DatabaseConnection {
        &self.inner.reads
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> DbBackend {
        self.inner.reads.get_database_backend()
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| {
        StoreError::Settings(format!("the database {} cannot be opened: {error}", path.display()))
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::create(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Settings(format!(
            "expected to be the only Mandate on {}, but another one has it open; stop that one, \
             or use PostgreSQL for several nodes",
            path.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

async fn connect(place: &Place, most: u32) -> Result<DatabaseConnection, StoreError> {
    let url = match place {
        Place::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
        Place::Postgres(url) => url.clone(),
    };
    let mut options = ConnectOptions::new(url.clone());
    options.max_connections(most).min_connections(0).acquire_timeout(ACQUIRE_MAX);
    options.sqlx_logging(false).connect_lazy(false);
    // With either of them sqlx 0.9 tends its pool in a task which reads a count that may be below
    // zero for a moment, and then turns in a circle for good. A connection that broke is found
    // when it is taken.
    options.idle_timeout(None).max_lifetime(None);
    // An address that cannot be read is repeated in the error, with the password in it.
    Database::connect(options).await.map_err(|error| match StoreError::from(error) {
        StoreError::Unavailable(said) => StoreError::Unavailable(said.replace(&url, "…")),
        StoreError::Database(said) => StoreError::Database(said.replace(&url, "…")),
        other => other,
    })
}

/// Refuses a database that is not there, or that another version made.
async fn is_there(place: &Place) -> Result<(), StoreError> {
    if let Place::Sqlite(path) = place
        && !path.is_file()
    {
        let path = path.display();
        let message = format!("expected the database {path}, found no such file");
        return Err(StoreError::Settings(message));
    }
    let connection = connect(place, 1).await?;
    let backend = connection.get_database_backend();
    let count = Statement::from_string(backend, "SELECT count(*) FROM seaql_migrations");
    let found = connection.query_one_raw(count).await;
    connection.close().await?;
    let found: Option<i64> = match found {
        Ok(row) => row.and_then(|row| row.try_get_by_index(0).ok()),
        Err(_) => None,
    };
    let all = Migrator::migrations().len();
    match found.map(usize::try_from) {
        Some(Ok(made)) if made == all => Ok(()),
        Some(Ok(made)) => Err(StoreError::Settings(format!(
            "expected a database with the {all} migrations of this version, found {made}; \
             `mandate serve` of this version brings it up to date"
        ))),
        Some(Err(_)) | None => Err(StoreError::Settings(
            "expected a database of Mandate, found one without its tables".to_owned(),
        )),
    }
}

async fn migrate(place: &Place) -> Result<(), StoreError> {
    if let Place::Sqlite(path) = place {
        // Makes the file, and makes it write ahead, before anybody else opens it.
        drop(SqliteSession::open(path.clone())?);
    }
    let connection = connect(place, 1).await?;
    let postgres = matches!(place, Place::Postgres(_));
    if postgres {
        let lock = format!("SELECT pg_advisory_lock({MIGRATION_LOCK})");
        connection.execute_unprepared(&lock).await?;
    }
    let migrated = Migrator::up(&connection, None).await;
    connection.close().await?;
    Ok(migrated?)
}

async fn sessions(place: &Place, lanes: usize) -> Result<Vec<Session>, StoreError> {
    match place {
        Place::Sqlite(path) => Ok(vec![Session::Sqlite(SqliteSession::open(path.clone())?)]),
        Place::Postgres(url) => {
            let options: PgConnectOptions = url.parse().map_err(|error| {
                StoreError::Settings(format!("the database's address: {error}"))
            })?;
            let mut sessions = Vec::with_capacity(lanes);
            for _ in 0..lanes {
                let session = PostgresSession::open(options.clone()).await?;
                sessions.push(Session::Postgres(Box::new(session)));
            }
            Ok(sessions)
        }
    }
}

impl Store {
    /// Lets a `SQLite` file grow by so many pages at most, as a full disk would; none lifts it. For
    /// tests of what happens then.
    #[doc(hidden)]
    pub async fn limit_pages(&self, more: Option<i64>) -> Result<(), StoreError> {
        use crate::row::Kind::Int;
        let count = crate::writer::Statement::new("PRAGMA page_count", Vec::new());
        let write = Write { statements: vec![count.answering(&[Int])], ..Write::default() };
        let pages = self.write(write).await?;
        let pages = pages.iter().flatten().flatten().next().map_or(0, crate::row::Value::int);
        let most = more.map_or(i64::from(u32::MAX) - 1, |more| pages + more);
        let limit = format!("PRAGMA max_page_count = {most}");
        let statements = vec![crate::writer::Statement::new(limit, Vec::new())];
        self.write(Write { statements, ..Write::default() }).await.map(|_| ())
    }
}

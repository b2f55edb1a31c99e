//! A writer's connection: the one place where the two databases differ. `SQLite` runs a cached
//! statement a row (the fastest way there is, measured in `stack.md`), `PostgreSQL` a statement a
//! table with an array a column. What is written is not decided here.

mod postgres;
mod sql;
mod sqlite;

use crate::changes::Settled;
use crate::row::{Kind, Row, Table, Value};

pub(crate) use postgres::PostgresSession;
pub(crate) use sql::quoted;
pub(crate) use sqlite::SqliteSession;

/// Why a transaction did not come about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Another writer changed a case in between, or a key is not new; the same again, read with more
    /// care, will do.
    #[error("another writer changed the same rows")]
    Conflict,
    /// The data did not fit a rule of the schema: one command's fault.
    #[error("the database refused the data: {0}")]
    Data(String),
    /// The database is gone, full or busy: nobody's fault, and to be tried again.
    #[error("the database is not available: {0}")]
    Lost(String),
}

impl Failure {
    /// A row that was to be changed is not there, or is a bug of ours.
    fn missing(table: &Table) -> Self {
        Self::Data(format!("a row of `{}` that was to be changed is not there", table.name))
    }
}

/// The index of the journal that refuses a key of idempotency which is not new: a conflict, since its
/// first command has an answer for it.
const KEYS: (&str, &str) = ("journal_dedup", "journal.dedup");

/// A question for many keys: on `SQLite` asked once a key, on `PostgreSQL` once for all, with the
/// keys as arrays.
#[derive(Debug)]
pub(crate) struct Lookup {
    /// With `?1` and so on.
    pub(crate) each: &'static str,
    /// With `unnest($1::int8[], …)`.
    pub(crate) all: &'static str,
    /// The kinds of the key's columns.
    pub(crate) keys: &'static [Kind],
    /// The kinds of the answer's columns.
    pub(crate) answers: &'static [Kind],
}

/// A connection that writes.
#[derive(Debug)]
pub(crate) enum Session {
    Sqlite(SqliteSession),
    Postgres(Box<PostgresSession>),
}

impl Session {
    /// Begins a transaction.
    pub(crate) async fn begin(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(session) => session.begin(),
            Self::Postgres(session) => {
                session.begin();
                Ok(())
            }
        }
    }

    /// Writes row changes and ends the transaction: they are there for good.
    pub(crate) async fn commit(&mut self, changes: &Settled) -> Result<(), Failure> {
        match self {
            Self::Sqlite(session) => {
                session.apply(changes)?;
                session.commit()
            }
            Self::Postgres(session) => session.commit(changes).await,
        }
    }

    /// Ends the transaction: nothing happened.
    pub(crate) async fn rollback(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(session) => session.rollback(),
            Self::Postgres(session) => session.rollback().await,
        }
    }

    /// Answers a question for many keys.
    pub(crate) async fn lookup(
        &mut self,
        lookup: &Lookup,
        keys: &[Row],
    ) -> Result<Vec<Row>, Failure> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Sqlite(session) => session.lookup(lookup, keys),
            Self::Postgres(session) => session.lookup(lookup, keys).await,
        }
    }

    /// Runs one statement with parameters `$1` and so on, and answers its rows.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[Value],
        answers: &[Kind],
    ) -> Result<Vec<Row>, Failure> {
        match self {
            Self::Sqlite(session) => session.query(sql, parameters, answers),
            Self::Postgres(session) => session.query(sql, parameters, answers).await,
        }
    }

    /// Whether this session is the only writer of its database.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Makes a lost connection anew.
    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(session) => session.reconnect(),
            Self::Postgres(session) => session.reconnect().await,
        }
    }

    /// Whether the connection has to be made anew before the next transaction.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Sqlite(session) => session.is_broken(),
            Self::Postgres(session) => session.is_broken(),
        }
    }
}

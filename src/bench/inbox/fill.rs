//! Tasks by the million, through the store's own tables and indexes but by bulk statements. What is
//! asked of them is in `inbox`.

use anyhow::{Context as _, Result};
use indicatif::ProgressBar;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend,
    TransactionTrait as _,
};

/// One task of so many is open.
pub(crate) const OPEN_EVERY: u64 = 5;
/// Roles that open tasks are offered to, in turn.
pub(crate) const ROLES: u64 = 200;
/// One open task of so many is offered to a second role.
pub(crate) const TWICE_EVERY: u64 = 10;
/// One open task of so many has an assignee, and so many people share these.
const CLAIMED_EVERY: u64 = 4;
pub(crate) const PEOPLE: u64 = 1000;

/// Tasks of one statement.
const CHUNK: u64 = 100_000;

/// Tasks begin at this time, in milliseconds: 2026-01-01.
const BEGINNING: u64 = 1_767_225_600_000;
const MINUTE_MS: u64 = 60_000;

/// A connection that fills.
#[derive(Debug)]
pub(crate) struct Filler {
    connection: DatabaseConnection,
    tasks: u64,
}

impl Filler {
    /// On a database whose schema is there and empty.
    pub(crate) async fn new(database: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(database);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await;
        let connection = connection.context("the database could not be reached")?;
        Ok(Self { connection, tasks: 0 })
    }

    /// Adds tasks until there are so many; afterwards what a database does by itself in time is
    /// done at once: on `PostgreSQL` what autovacuum does, on `SQLite` nothing.
    pub(crate) async fn fill(&mut self, tasks: u64, bar: &ProgressBar) -> Result<()> {
        while self.tasks < tasks {
            let last = tasks.min(self.tasks + CHUNK);
            let transaction = self.connection.begin().await?;
            for statement in
                statements(self.connection.get_database_backend(), self.tasks + 1, last)
            {
                let filled = transaction.execute_unprepared(&statement).await;
                filled.with_context(|| format!("tasks up to {last} could not be written"))?;
            }
            transaction.commit().await?;
            self.tasks = last;
            bar.set_position(last);
        }
        if self.connection.get_database_backend() == DbBackend::Postgres {
            for statement in ["VACUUM (ANALYZE) task", "VACUUM (ANALYZE) inbox", "CHECKPOINT"] {
                self.connection.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }

    /// Closes the connection.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// The rows of tasks `first` to `last`.
fn statements(backend: DbBackend, first: u64, last: u64) -> [String; 3] {
    let (with, from) = match backend {
        DbBackend::Sqlite => (
            format!(
                "WITH RECURSIVE n(i) AS (VALUES({first}) UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
            ),
            "n".to_owned(),
        ),
        _ => (String::new(), format!("generate_series({first}::bigint, {last}::bigint) AS n(i)")),
    };
    let open = format!("i % {OPEN_EVERY} = 0");
    let place = format!("(i / {OPEN_EVERY})");
    let claimed = format!("{open} AND {place} % {CLAIMED_EVERY} = 0");
    let role = |more: u64| format!("'role:r' || CAST(({place} + {more}) % {ROLES} AS TEXT)");
    let person = format!("'p' || CAST({place} / {CLAIMED_EVERY} % {PEOPLE} AS TEXT)");
    // Due within sixty days of its beginning, in no order.
    let due = format!("({BEGINNING} + i * 1000 + i * 7919 % 86400 * {MINUTE_MS})");
    let tasks = format!(
        "{with}INSERT INTO task (instance_id, key, process, node, round, state, role, candidates, \
         assignee, created_at, claimed_at, due_at, completed_at, completed_by, outcome, comment) \
         SELECT i, 2, 'process' || CAST(i % 15 AS TEXT), 'node' || CAST(i % 40 AS TEXT), 1, \
         CASE WHEN {claimed} THEN 'claimed' WHEN {open} THEN 'open' ELSE 'completed' END, \
         'r' || CAST({place} % {ROLES} AS TEXT), '[]', \
         CASE WHEN {claimed} OR NOT {open} THEN {person} END, {BEGINNING} + i * 1000, NULL, {due}, \
         CASE WHEN NOT {open} THEN {due} END, CASE WHEN NOT {open} THEN {person} END, \
         CASE WHEN NOT {open} THEN 'agree' END, NULL FROM {from}"
    );
    let offered = format!(
        "{with}INSERT INTO inbox (principal, due_at, instance_id, key) SELECT CASE WHEN {claimed} \
         THEN 'person:' || {person} ELSE {} END, {due}, i, 2 FROM {from} WHERE {open}",
        role(0)
    );
    let twice = format!(
        "{with}INSERT INTO inbox (principal, due_at, instance_id, key) SELECT {}, {due}, i, 2 \
         FROM {from} WHERE {open} AND {place} % {CLAIMED_EVERY} <> 0 AND {place} % {TWICE_EVERY} = 1",
        role(1)
    );
    [tasks, offered, twice]
}

//! The writer's connection to `SQLite`, through rusqlite on the writer's own thread: every statement
//! is prepared once and run a row at a time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, params_from_iter};

use super::sql::{self, TableSql};
use super::{Failure, Lookup};
use crate::changes::{Columns, Settled, TableChanges, What};
use crate::row::{Kind, Row, Value};

const STATEMENTS_MAX: usize = 256;
const BUSY_WAIT_MAX: Duration = Duration::from_secs(10);
const CACHE_KIB: i64 = 16 * 1024;
/// Pages in the log before they go into the file: 16 MiB, so that busy pages go there once.
const CHECKPOINT_PAGES: i64 = 4096;

/// A connection to a `SQLite` file.
#[derive(Debug)]
pub(crate) struct SqliteSession {
    path: PathBuf,
    connection: Connection,
    statements: HashMap<&'static str, TableSql>,
    broken: bool,
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn connect(path: &PathBuf) -> Result<Connection, Failure> {
    let connection = Connection::open(path).map_err(failure)?;
    connection.busy_timeout(BUSY_WAIT_MAX).map_err(failure)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    for (name, value) in
        [("journal_mode", "WAL"), ("synchronous", "FULL"), ("temp_store", "MEMORY")]
    {
        connection.pragma_update(None, name, value).map_err(failure)?;
    }
    connection.pragma_update(None, "cache_size", -CACHE_KIB).map_err(failure)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failure)?;
    Ok(connection)
}

impl SqliteSession {
    /// Opens the file.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Failure> {
        let connection = connect(&path)?;
        Ok(Self { path, connection, statements: HashMap::new(), broken: false })
    }

    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    pub(crate) fn reconnect(&mut self) -> Result<(), Failure> {
        self.connection = connect(&self.path)?;
        self.broken = false;
        Ok(())
    }

    fn run(&mut self, sql: &str) -> Result<(), Failure> {
        let ran = self.connection.prepare_cached(sql).and_then(|mut sql| sql.execute([]));
        ran.map(|_| ()).map_err(failure)
    }

    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        self.run("BEGIN IMMEDIATE")
    }

    pub(crate) fn commit(&mut self) -> Result<(), Failure> {
        self.run("COMMIT")
    }

    /// `SQLite` rolls back by itself on some errors, a full disk among them.
    pub(crate) fn rollback(&mut self) -> Result<(), Failure> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let rolled_back = self.run("ROLLBACK");
        self.broken = rolled_back.is_err();
        rolled_back
    }

    pub(crate) fn apply(&mut self, changes: &Settled) -> Result<(), Failure> {
        for changed in changes.tables() {
            let statements = self
                .statements
                .entry(changed.table.name)
                .or_insert_with(|| sql::sqlite(changed.table));
            apply_table(&self.connection, statements, changed)?;
        }
        Ok(())
    }

    pub(crate) fn lookup(&mut self, lookup: &Lookup, keys: &[Row]) -> Result<Vec<Row>, Failure> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            self.read(lookup.each, key, lookup.answers, &mut found)?;
        }
        Ok(found)
    }

    pub(crate) fn query(
        &mut self,
        sql: &str,
        parameters: &[Value],
        answers: &[Kind],
    ) -> Result<Vec<Row>, Failure> {
        let mut found = Vec::new();
        self.read(&sql.replace('$', "?"), parameters, answers, &mut found)?;
        Ok(found)
    }

    fn read(
        &self,
        sql: &str,
        parameters: &[Value],
        answers: &[Kind],
        found: &mut Vec<Row>,
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failure)?;
        let mut rows = statement.query(params_from_iter(parameters)).map_err(failure)?;
        while let Some(row) = rows.next().map_err(failure)? {
            let values = (0..answers.len()).map(|place| {
                Ok(match row.get_ref(place)? {
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
                })
            });
            found.push(values.collect::<rusqlite::Result<Row>>().map_err(failure)?);
        }
        Ok(())
    }
}

fn apply_table(
    connection: &Connection,
    statements: &mut TableSql,
    changed: &TableChanges,
) -> Result<(), Failure> {
    let (mut insert, mut put, mut delete) = (None, None, None);
    let mut updates: Vec<(Columns, CachedStatement<'_>)> = Vec::new();
    for change in &changed.changes {
        let row = &change.row;
        match change.what {
            What::New => {
                let insert = prepared(connection, &mut insert, &statements.insert)?;
                insert.execute(params_from_iter(row)).map_err(failure)?;
            }
            What::Put => {
                let put = prepared(connection, &mut put, &statements.put)?;
                put.execute(params_from_iter(row)).map_err(failure)?;
            }
            What::Update { columns, base } => {
                let known = updates.iter().position(|(own, _)| *own == columns);
                let place = known.unwrap_or(updates.len());
                if known.is_none() {
                    let make = || sql::sqlite_update(changed.table, columns);
                    let sql = statements.update(columns, make);
                    updates.push((columns, connection.prepare_cached(sql).map_err(failure)?));
                }
                let base = base.map(Value::Int);
                let values = row[..changed.table.keys].iter();
                let values = values.chain(columns.places().map(|place| &row[place])).chain(&base);
                let updated = updates[place].1.execute(params_from_iter(values));
                if updated.map_err(failure)? != 1 {
                    let lost = Failure::missing(changed.table);
                    return Err(if base.is_some() { Failure::Conflict } else { lost });
                }
            }
            What::Delete => {
                let delete = prepared(connection, &mut delete, &statements.delete)?;
                delete.execute(params_from_iter(row)).map_err(failure)?;
            }
        }
    }
    Ok(())
}

/// A statement that is fetched from the cache once for all rows of a table.
fn prepared<'a, 'c>(
    connection: &'c Connection,
    statement: &'a mut Option<CachedStatement<'c>>,
    sql: &str,
) -> Result<&'a mut CachedStatement<'c>, Failure> {
    if statement.is_none() {
        *statement = Some(connection.prepare_cached(sql).map_err(failure)?);
    }
    Ok(statement.as_mut().expect("it has just been prepared"))
}

/// Only a broken rule of the schema is the data's fault; all else may pass.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` wants")]
fn failure(error: rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) if error.to_string().ends_with(super::KEYS.1) => {
            Failure::Conflict
        }
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch) => {
            Failure::Data(error.to_string())
        }
        _ => Failure::Lost(error.to_string()),
    }
}

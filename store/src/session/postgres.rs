//! A writer's connection to `PostgreSQL`: a statement a table, with an array a column. The session's
//! plans are pinned to index scans, since generic plans made while tables were empty cost up to half
//! the throughput (`stack.md` P1).

use std::collections::HashMap;

use sea_orm::sqlx;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Postgres, Row as _,
};

use super::sql::{self, TableSql};
use super::{Failure, Lookup};
use crate::changes::{Columns, Settled, TableChanges, What};
use crate::row::{Kind, Mode, Row, Table, Value};

/// A connection of one lane.
pub(crate) struct PostgresSession {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    statements: HashMap<&'static str, TableSql>,
}

impl std::fmt::Debug for PostgresSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresSession")
            .field("open", &self.connection.is_some())
            .finish_non_exhaustive()
    }
}

impl PostgresSession {
    /// Connects.
    pub(crate) async fn open(options: PgConnectOptions) -> Result<Self, Failure> {
        let options = options
            .application_name("mandate-writer")
            .options([
                ("enable_seqscan", "off"),
                ("enable_hashjoin", "off"),
                ("enable_mergejoin", "off"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ])
            .disable_statement_logging();
        let mut session = Self { options, connection: None, statements: HashMap::new() };
        session.reconnect().await?;
        Ok(session)
    }

    pub(crate) const fn is_broken(&self) -> bool {
        self.connection.is_none()
    }

    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        if let Some(old) = self.connection.take() {
            // Its transaction and locks end with it; it may be gone already.
            drop(old.close_hard().await);
        }
        self.connection = Some(PgConnection::connect_with(&self.options).await.map_err(failure)?);
        Ok(())
    }

    fn open_connection(&mut self) -> Result<&mut PgConnection, Failure> {
        self.connection.as_mut().ok_or_else(|| Failure::Lost("the connection was lost".into()))
    }

    fn note<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, Failure> {
        result.map_err(|error| {
            let failure = failure(error);
            if matches!(failure, Failure::Lost(_)) {
                self.connection = None;
            }
            failure
        })
    }

    pub(crate) async fn run(&mut self, sql: &'static str) -> Result<(), Failure> {
        let ran = self.open_connection()?.execute(sqlx::raw_sql(sql)).await;
        self.note(ran).map(|_| ())
    }

    pub(crate) async fn apply(&mut self, changes: &Settled) -> Result<(), Failure> {
        for changed in changes.tables() {
            self.apply_table(changed).await?;
        }
        Ok(())
    }

    async fn apply_table(&mut self, changed: &TableChanges) -> Result<(), Failure> {
        let table = changed.table;
        let (mut inserts, mut puts, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut updates, mut bases) = (Vec::new(), Vec::new());
        // One statement for all: a row has its present value in the columns that others change.
        let mut changing: Option<Columns> = None;
        for change in &changed.changes {
            match change.what {
                What::New => inserts.push(&change.row),
                What::Put => puts.push(&change.row),
                What::Update { columns, base } => {
                    updates.push(&change.row);
                    bases.extend(base);
                    changing = Some(changing.map_or(columns, |all| all.and(columns)));
                }
                What::Delete => deletes.push(&change.row),
            }
        }
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let statements = self.statements.entry(table.name).or_insert_with(|| sql::postgres(table));
        let (delete, put, insert) =
            (statements.delete.clone(), statements.put.clone(), statements.insert.clone());
        let update = changing.map(|columns| {
            let make = || sql::postgres_update(table, columns);
            (columns, statements.update(columns, make).to_owned())
        });
        let keys = &all[..table.keys];
        for (sql, places, rows) in
            [(delete, keys, deletes), (put, &all, puts), (insert, &all, inserts)]
        {
            if !rows.is_empty() {
                self.execute(bind_places(sql, table, places, &rows)).await?;
            }
        }
        let Some((columns, sql)) = update else { return Ok(()) };
        let places: Vec<usize> = (0..table.keys).chain(columns.places()).collect();
        let mut query = bind_places(sql, table, &places, &updates);
        if table.mode == Mode::Versioned {
            query = query.bind(bases);
        }
        let found = self.execute(query).await?;
        match table.mode {
            _ if found == updates.len() as u64 => Ok(()),
            Mode::Versioned => Err(Failure::Conflict),
            Mode::Append | Mode::Once | Mode::Replace => Err(Failure::missing(table)),
        }
    }

    async fn execute(&mut self, query: Query<'_, Postgres, PgArguments>) -> Result<u64, Failure> {
        let ran = query.execute(self.open_connection()?).await;
        self.note(ran).map(|done| done.rows_affected())
    }

    pub(crate) async fn lookup(
        &mut self,
        lookup: &Lookup,
        keys: &[Row],
    ) -> Result<Vec<Row>, Failure> {
        let keys: Vec<&Row> = keys.iter().collect();
        let kinds = lookup.keys.iter().copied().enumerate();
        let query = bind_arrays(sqlx::query(lookup.all), kinds, &keys);
        let rows = query.fetch_all(self.open_connection()?).await;
        let rows = self.note(rows)?;
        rows.iter().map(|row| values(row, lookup.answers)).collect()
    }

    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[Value],
        answers: &[Kind],
    ) -> Result<Vec<Row>, Failure> {
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        for parameter in parameters {
            query = match parameter {
                Value::Null => query.bind(None::<String>),
                Value::Int(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.clone()),
            };
        }
        let rows = query.fetch_all(self.open_connection()?).await;
        let rows = self.note(rows)?;
        rows.iter().map(|row| values(row, answers)).collect()
    }
}

/// Binds some columns of rows of a table, an array a column.
fn bind_places<'q>(
    sql: String,
    table: &Table,
    places: &[usize],
    rows: &[&'q Row],
) -> Query<'q, Postgres, PgArguments> {
    let kinds = places.iter().map(|place| (*place, table.columns[*place].kind));
    bind_arrays(sqlx::query(AssertSqlSafe(sql)), kinds, rows)
}

fn bind_arrays<'q>(
    mut query: Query<'q, Postgres, PgArguments>,
    columns: impl Iterator<Item = (usize, Kind)>,
    rows: &[&'q Row],
) -> Query<'q, Postgres, PgArguments> {
    for (place, kind) in columns {
        query = match kind {
            Kind::Int => {
                query.bind(rows.iter().map(|row| row[place].as_int()).collect::<Vec<Option<i64>>>())
            }
            Kind::Text => query.bind(
                rows.iter()
                    .map(|row| match &row[place] {
                        Value::Text(text) => Some(text.as_str()),
                        Value::Null | Value::Int(_) => None,
                    })
                    .collect::<Vec<Option<&'q str>>>(),
            ),
        };
    }
    query
}

fn values(row: &PgRow, kinds: &[Kind]) -> Result<Row, Failure> {
    kinds
        .iter()
        .enumerate()
        .map(|(place, kind)| {
            Ok(match kind {
                Kind::Int => row
                    .try_get::<Option<i64>, _>(place)
                    .map_err(failure)?
                    .map_or(Value::Null, Value::Int),
                Kind::Text => row
                    .try_get::<Option<String>, _>(place)
                    .map_err(failure)?
                    .map_or(Value::Null, Value::Text),
            })
        })
        .collect()
}

/// Classes 22 and 23 are the data's fault; deadlocks, lock waits and serialisation are conflicts.
/// All else (connections, shutdown, a full disk) may pass.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` wants")]
fn failure(error: sqlx::Error) -> Failure {
    let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
        return Failure::Lost(error.to_string());
    };
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => Failure::Conflict,
        code if code.starts_with("22") || code.starts_with("23") || code.starts_with("42") => {
            Failure::Data(error.to_string())
        }
        _ => Failure::Lost(error.to_string()),
    }
}

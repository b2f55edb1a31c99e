//! A writer's connection to `PostgreSQL`: what happens to a table's rows is a part of a statement, with
//! an array a column; many rows are written with all parts in one statement. The session's plans are
//! pinned to index scans, since generic plans made while tables were empty cost up to half the
//! throughput (`stack.md` P1). The text of the parts is `sql`.

use std::collections::HashMap;

use sea_orm::sqlx;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Postgres, Row as _,
};

use super::sql::{self, Verb};
use super::{Failure, Lookup};
use crate::changes::{Columns, Settled, TableChanges, What};
use crate::row::{Kind, Mode, Row, Table, Value};

/// Changes that are worth a statement of their own making: it saves a journey a part, and costs a plan
/// for each set of parts. Large batches all have the same few.
const TOGETHER_MIN: usize = 64;
/// Sets of several parts whose statements are kept; the server keeps a plan of each.
const SHAPES_MAX: usize = 64;

/// The parts of a statement: tables, and what happens to them.
type Shape = Vec<(&'static str, Verb)>;

/// A connection of one lane.
pub(crate) struct PostgresSession {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// Statements by their parts.
    shapes: HashMap<Shape, String>,
}

/// What happens to some rows of a table.
struct Part<'a> {
    table: &'static Table,
    verb: Verb,
    rows: Vec<&'a Row>,
    /// In a versioned table the revisions that an update expects.
    bases: Vec<i64>,
}

impl<'a> Part<'a> {
    /// Those of one table. There is one update for all: a row has its present value in the columns
    /// that others change.
    fn of(changed: &'a TableChanges) -> impl Iterator<Item = Self> {
        let table = changed.table;
        let part = |verb| Part { table, verb, rows: Vec::new(), bases: Vec::new() };
        let (mut delete, mut put) = (part(Verb::Delete), part(Verb::Put));
        let (mut insert, mut updated) = (part(Verb::Insert), Columns::NONE);
        let mut update = part(Verb::Update(updated));
        for change in &changed.changes {
            match change.what {
                What::New => insert.rows.push(&change.row),
                What::Put => put.rows.push(&change.row),
                What::Update { columns, base } => {
                    update.rows.push(&change.row);
                    update.bases.extend(base);
                    updated = updated.and(columns);
                }
                What::Delete => delete.rows.push(&change.row),
            }
        }
        update.verb = Verb::Update(updated);
        [delete, put, insert, update].into_iter().filter(|part| !part.rows.is_empty())
    }

    fn bind<'q>(&self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments>
    where
        'a: 'q,
    {
        let places = self.verb.places(self.table);
        let kinds = places.iter().map(|place| (*place, self.table.columns[*place].kind));
        let query = bind_arrays(query, kinds, &self.rows);
        if self.bases.is_empty() { query } else { query.bind(self.bases.clone()) }
    }

    /// An update has found all its rows, or says why not.
    fn found(&self, rows: i64) -> Result<(), Failure> {
        match self.table.mode {
            _ if usize::try_from(rows) == Ok(self.rows.len()) => Ok(()),
            Mode::Versioned => Err(Failure::Conflict),
            Mode::Append | Mode::Once | Mode::Replace => Err(Failure::missing(self.table)),
        }
    }
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
        let mut session = Self { options, connection: None, shapes: HashMap::new() };
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

    /// Writes all changes: each concerns another row, so that their order does not matter.
    pub(crate) async fn apply(&mut self, changes: &Settled) -> Result<(), Failure> {
        let parts: Vec<Part<'_>> = changes.tables().iter().flat_map(Part::of).collect();
        let rows: usize = parts.iter().map(|part| part.rows.len()).sum();
        let shape: Shape = parts.iter().map(|part| (part.table.name, part.verb)).collect();
        let is_together = rows >= TOGETHER_MIN && self.keeps(&shape);
        let at_once = if is_together { parts.len() } else { 1 };
        for some in parts.chunks(at_once) {
            self.write(some).await?;
        }
        Ok(())
    }

    /// Whether the statement of several parts is kept, or may be.
    fn keeps(&self, shape: &Shape) -> bool {
        let together = || self.shapes.keys().filter(|shape| shape.len() > 1).count();
        self.shapes.contains_key(shape) || together() < SHAPES_MAX
    }

    /// Writes some parts with one statement.
    async fn write(&mut self, parts: &[Part<'_>]) -> Result<(), Failure> {
        let shape = parts.iter().map(|part| (part.table.name, part.verb)).collect();
        let make = || sql::postgres(parts.iter().map(|part| (part.table, part.verb)));
        let sql = self.shapes.entry(shape).or_insert_with(make).clone();
        let query =
            parts.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, part| part.bind(query));
        let found = query.fetch_one(self.open_connection()?).await;
        let found = self.note(found)?;
        let updates = parts.iter().filter(|part| matches!(part.verb, Verb::Update(_)));
        for (place, update) in updates.enumerate() {
            update.found(found.try_get(place).map_err(failure)?)?;
        }
        Ok(())
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
        // A NULL has no type: a statement that was kept with one would take a number for a text later.
        let has_types = !parameters.contains(&Value::Null);
        let mut query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(has_types);
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
    let Some((told, code)) = error.as_database_error().and_then(|told| Some((told, told.code()?)))
    else {
        return Failure::Lost(error.to_string());
    };
    match code.as_ref() {
        "23505" if told.constraint() == Some(super::KEYS.0) => Failure::Conflict,
        "40001" | "40P01" | "55P03" => Failure::Conflict,
        code if code.starts_with("22") || code.starts_with("23") || code.starts_with("42") => {
            Failure::Data(error.to_string())
        }
        _ => Failure::Lost(error.to_string()),
    }
}

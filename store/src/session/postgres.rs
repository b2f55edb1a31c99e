//! A writer's connection to `PostgreSQL`: what happens to a table's rows is a part of a statement, with
//! an array a column; many rows are written with all parts in one statement. The session's plans are
//! pinned to index scans, since generic plans made while tables were empty cost up to half the
//! throughput (`stack.md` P1). The text of the parts is `sql`.

use std::collections::HashMap;

use sea_orm::sqlx;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{
    Arguments as _, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Postgres,
    Row as _,
};

use super::sql::{self, Ending, UNEQUAL, Verb};
use super::{Failure, Lookup};
use crate::changes::{Columns, Settled, TableChanges, What};
use crate::row::{Kind, Mode, Row, Table, Value};

/// Changes that are worth a statement of their own making: it saves a journey a part, and costs a plan
/// for each set of parts. Large batches all have the same few.
const TOGETHER_MIN: usize = 64;
/// Sets of several parts whose statements are kept; the server keeps a plan of each.
const SHAPES_MAX: usize = 64;

/// What an array takes beside its values.
const ARRAY_BYTES: usize = 28;

/// What a statement is made of: the tables of its parts and what happens to them, and how it ends.
type Shape = (Vec<(&'static str, Verb)>, Ending);

/// How far a transaction is. It begins with its first statement, so that one that is a single statement
/// needs neither `BEGIN` nor `COMMIT`: two journeys less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    /// There is none.
    No,
    /// The next statement begins it.
    Wanted,
    /// The server has begun it.
    Open,
}

/// A connection of one lane.
pub(crate) struct PostgresSession {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    transaction: Transaction,
    /// Statements by what they are made of.
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

    /// How much its arrays take, or a little more: they are made in one piece of memory.
    fn bytes(&self) -> usize {
        let places = self.verb.places(self.table);
        let of_row = |row: &&Row| places.iter().map(|place| bytes(&row[*place])).sum::<usize>();
        let bases = self.bases.len() * bytes(&Value::Int(0));
        ARRAY_BYTES * (places.len() + 1) + bases + self.rows.iter().map(of_row).sum::<usize>()
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
        let (transaction, shapes) = (Transaction::No, HashMap::new());
        let mut session = Self { options, connection: None, transaction, shapes };
        session.reconnect().await?;
        Ok(session)
    }

    pub(crate) const fn is_broken(&self) -> bool {
        self.connection.is_none()
    }

    pub(crate) async fn reconnect(&mut self) -> Result<(), Failure> {
        self.transaction = Transaction::No;
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

    async fn run(&mut self, sql: &'static str) -> Result<(), Failure> {
        let ran = self.open_connection()?.execute(sqlx::raw_sql(sql)).await;
        self.note(ran).map(|_| ())
    }

    pub(crate) const fn begin(&mut self) {
        self.transaction = Transaction::Wanted;
    }

    /// Begins on the server what is wanted.
    async fn begun(&mut self) -> Result<(), Failure> {
        if self.transaction == Transaction::Wanted {
            self.run("BEGIN").await?;
            self.transaction = Transaction::Open;
        }
        Ok(())
    }

    pub(crate) async fn rollback(&mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.transaction, Transaction::No) {
            Transaction::Open => self.run("ROLLBACK").await,
            Transaction::No | Transaction::Wanted => Ok(()),
        }
    }

    /// Writes all changes, each of which concerns another row, so that their order does not matter, and
    /// ends the transaction.
    pub(crate) async fn commit(&mut self, changes: &Settled) -> Result<(), Failure> {
        let parts: Vec<Part<'_>> = changes.tables().iter().flat_map(Part::of).collect();
        let rows: usize = parts.iter().map(|part| part.rows.len()).sum();
        let is_whole = self.transaction == Transaction::Wanted;
        let ending = if is_whole { Ending::Checked } else { Ending::Counted };
        let is_together = rows >= TOGETHER_MIN && self.keeps(&shape(&parts, ending));
        if is_whole && (is_together || parts.len() == 1) {
            self.write_checked(&parts).await?;
        } else if !(is_whole && parts.is_empty()) {
            self.begun().await?;
            let at_once = if is_together { parts.len() } else { 1 };
            for some in parts.chunks(at_once.max(1)) {
                self.write(some).await?;
            }
            self.run("COMMIT").await?;
        }
        self.transaction = Transaction::No;
        Ok(())
    }

    /// Whether the statement of several parts is kept, or may be.
    fn keeps(&self, shape: &Shape) -> bool {
        let together = || self.shapes.keys().filter(|(parts, _)| parts.len() > 1).count();
        self.shapes.contains_key(shape) || together() < SHAPES_MAX
    }

    /// The statement of some parts, and their arrays.
    fn statement<'a>(
        &mut self,
        parts: &[Part<'a>],
        ending: Ending,
    ) -> Query<'a, Postgres, PgArguments> {
        let make = || sql::postgres(parts.iter().map(|part| (part.table, part.verb)), ending);
        let sql = self.shapes.entry(shape(parts, ending)).or_insert_with(make).clone();
        let mut arguments = PgArguments::default();
        let columns = parts.iter().map(|part| part.verb.places(part.table).len() + 1).sum();
        arguments.reserve(columns, parts.iter().map(Part::bytes).sum());
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
        parts.iter().fold(query, |query, part| part.bind(query))
    }

    /// Writes some parts with one statement of an open transaction.
    async fn write(&mut self, parts: &[Part<'_>]) -> Result<(), Failure> {
        let query = self.statement(parts, Ending::Counted);
        let found = query.fetch_one(self.open_connection()?).await;
        let found = self.note(found)?;
        for (place, update) in updates(parts).enumerate() {
            update.found(found.try_get(place).map_err(failure)?)?;
        }
        Ok(())
    }

    /// Writes some parts with one statement that is a transaction of its own: it fails where an update
    /// has not found all its rows.
    async fn write_checked(&mut self, parts: &[Part<'_>]) -> Result<(), Failure> {
        let expected =
            updates(parts).map(|part| i64::try_from(part.rows.len()).unwrap_or(i64::MAX));
        let query = expected.fold(self.statement(parts, Ending::Checked), Query::bind);
        let done = query.execute(self.open_connection()?).await;
        if let Err(error) = &done
            && error.as_database_error().and_then(DatabaseError::code).as_deref() == Some(UNEQUAL)
        {
            let versioned = updates(parts).any(|part| part.table.mode == Mode::Versioned);
            let missing = updates(parts).map(|part| Failure::missing(part.table)).next();
            return Err(missing.filter(|_| !versioned).unwrap_or(Failure::Conflict));
        }
        self.note(done).map(|_| ())
    }

    pub(crate) async fn lookup(
        &mut self,
        lookup: &Lookup,
        keys: &[Row],
    ) -> Result<Vec<Row>, Failure> {
        let keys: Vec<&Row> = keys.iter().collect();
        let kinds = lookup.keys.iter().copied().enumerate();
        let query = bind_arrays(sqlx::query(lookup.all), kinds, &keys);
        self.begun().await?;
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
        self.begun().await?;
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

/// How much a value takes in an array: its length, and itself.
fn bytes(value: &Value) -> usize {
    let own = match value {
        Value::Null => 0,
        Value::Int(_) => size_of::<i64>(),
        Value::Text(text) => text.len(),
    };
    size_of::<i32>() + own
}

fn shape(parts: &[Part<'_>], ending: Ending) -> Shape {
    (parts.iter().map(|part| (part.table.name, part.verb)).collect(), ending)
}

fn updates<'p, 'a>(parts: &'p [Part<'a>]) -> impl Iterator<Item = &'p Part<'a>> {
    parts.iter().filter(|part| matches!(part.verb, Verb::Update(_)))
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

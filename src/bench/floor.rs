//! The raw floor: the rows that our store wrote for one case are recorded, and then written again for
//! other cases by the plainest grouped statements, without engine, journal hashes or checks of keys.
//! How a database takes them is `floor/sqlite` and `floor/postgres`.
//!
//! The floor is not slowed: it changes only columns whose values change, writes table by table, has
//! its statements prepared and its rows ready, and commits as many commands at once as are in flight.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use store::Store;
use store::row::{Kind, Row, Table, Value};
use store::tables::OF_COMMANDS;

use super::workload::{self, COMMANDS, Case};

pub(crate) mod postgres;
pub(crate) mod sqlite;

/// A value of a recorded row, for any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The same for every case.
    Same(Value),
    /// The case's id.
    Case,
    /// The place in the journal.
    Position,
    /// A key of idempotency.
    Key,
}

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Delete,
    Insert,
    Update,
}

/// One row of one command. `columns` are places in the table: for a delete its key, for an update
/// its key and then what changes, for an insert all.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) verb: Verb,
    pub(crate) table: &'static Table,
    pub(crate) columns: Vec<usize>,
    pub(crate) cells: Vec<Cell>,
}

impl Write {
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|place| format!("\"{}\"", self.table.columns[*place].name))
            .collect()
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.columns.iter().map(|place| self.table.columns[*place].kind)
    }
}

/// What each command of a case writes.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) commands: Vec<Vec<Write>>,
}

/// All rows of the tables, by table and key.
type Snapshot = BTreeMap<(usize, Row), Row>;

impl Recording {
    /// Runs one case in an empty store and looks at what each command did to the tables.
    pub(crate) async fn of(store: &Store, reads: &DatabaseConnection) -> Result<Self> {
        let mut commands = Vec::with_capacity(COMMANDS);
        let mut case = Case::new();
        let mut before = snapshot(reads).await?;
        for number in 0..COMMANDS as u64 {
            case.next(store, number).await?;
            let after = snapshot(reads).await?;
            let keys = before.keys().chain(after.keys());
            let keys: std::collections::BTreeSet<_> = keys.collect();
            let changed = keys.into_iter().filter_map(|key| {
                write(OF_COMMANDS[key.0], &key.1, before.get(key), after.get(key))
            });
            let mut writes: Vec<Write> = changed.collect();
            writes.sort_by_key(|write| (write.table.name, write.verb));
            commands.push(writes);
            before = after;
        }
        Ok(Self { commands })
    }

    /// How many rows a case writes to each table.
    pub(crate) fn rows(&self) -> BTreeMap<&'static str, usize> {
        let mut rows = BTreeMap::new();
        for write in self.commands.iter().flatten() {
            *rows.entry(write.table.name).or_default() += 1;
        }
        rows
    }
}

async fn snapshot(reads: &DatabaseConnection) -> Result<Snapshot> {
    let mut snapshot = Snapshot::new();
    for (number, table) in OF_COMMANDS.iter().enumerate() {
        let names: Vec<_> =
            table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\"", names.join(", "), table.name);
        let statement = Statement::from_string(reads.get_database_backend(), sql);
        for found in reads.query_all_raw(statement).await.context("a table cannot be read")? {
            let mut row = Row::with_capacity(table.columns.len());
            for (place, column) in table.columns.iter().enumerate() {
                row.push(match column.kind {
                    Kind::Int => found
                        .try_get_by_index::<Option<i64>>(place)?
                        .map_or(Value::Null, Value::Int),
                    Kind::Text => found
                        .try_get_by_index::<Option<String>>(place)?
                        .map_or(Value::Null, Value::Text),
                });
            }
            snapshot.insert((number, row[..table.keys].to_vec()), row);
        }
    }
    Ok(snapshot)
}

/// What made a row out of another.
fn write(
    table: &'static Table,
    key: &Row,
    before: Option<&Row>,
    after: Option<&Row>,
) -> Option<Write> {
    let own = |verb, columns: Vec<usize>, row: &Row| {
        let cells = columns.iter().map(|place| cell(table, *place, &row[*place])).collect();
        Some(Write { verb, table, columns, cells })
    };
    match (before, after) {
        (_, None) => own(Verb::Delete, (0..table.keys).collect(), key),
        (None, Some(after)) => own(Verb::Insert, (0..table.columns.len()).collect(), after),
        (Some(before), Some(after)) => {
            let changed = (table.keys..table.columns.len()).filter(|n| before[*n] != after[*n]);
            let changed: Vec<usize> = (0..table.keys).chain(changed).collect();
            (changed.len() > table.keys).then(|| own(Verb::Update, changed, after)).flatten()
        }
    }
}

fn cell(table: &Table, place: usize, value: &Value) -> Cell {
    match (table.name, table.columns[place].name) {
        (_, "instance_id") | ("instance", "id") => Cell::Case,
        ("journal", "pos") => Cell::Position,
        ("journal", "dedup") => Cell::Key,
        _ => Cell::Same(value.clone()),
    }
}

/// A writer's own cases, positions and keys.
#[derive(Debug)]
pub(crate) struct Slots {
    cases: Vec<i64>,
    positions: Vec<i64>,
    keys: Vec<String>,
    /// Cases and positions given out.
    last: i64,
    /// Which command of their cases comes next, for all slots.
    command: usize,
}

impl Slots {
    /// `writer` tells writers apart.
    pub(crate) fn new(writer: i64, in_flight: usize) -> Self {
        Self {
            cases: vec![0; in_flight],
            positions: vec![0; in_flight],
            keys: vec![String::new(); in_flight],
            last: writer << 40,
            command: 0,
        }
    }

    /// Turns to the next command of every case; answers its place in the recording.
    pub(crate) fn advance(&mut self) -> usize {
        let command = self.command;
        self.command = (command + 1) % COMMANDS;
        for slot in 0..self.cases.len() {
            self.last += 1;
            self.positions[slot] = self.last;
            self.keys[slot] = workload::key(self.last.unsigned_abs());
            if command == 0 {
                self.cases[slot] = self.last;
            }
        }
        command
    }

    /// How many cases there are.
    pub(crate) fn len(&self) -> usize {
        self.cases.len()
    }

    /// A cell's number for one slot.
    pub(crate) fn int(&self, cell: &Cell, slot: usize) -> Option<i64> {
        match cell {
            Cell::Same(Value::Int(number)) => Some(*number),
            Cell::Case => Some(self.cases[slot]),
            Cell::Position => Some(self.positions[slot]),
            Cell::Same(Value::Null | Value::Text(_)) | Cell::Key => None,
        }
    }

    /// A cell's text for one slot.
    pub(crate) fn text<'a>(&'a self, cell: &'a Cell, slot: usize) -> Option<&'a str> {
        match cell {
            Cell::Same(Value::Text(text)) => Some(text),
            Cell::Key => Some(&self.keys[slot]),
            Cell::Same(Value::Null | Value::Int(_)) | Cell::Case | Cell::Position => None,
        }
    }
}

//! The floor on `SQLite`: rusqlite on one thread, the store's own settings (WAL, synchronous FULL), a
//! prepared statement for each kind of row, run once a row. Nothing is faster (`stack.md`).

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, Statement};

use super::{Cell, Recording, Slots, Verb, Write};
use crate::bench::throughput::Measured;

/// Writes for so long; answers how it went.
pub(crate) fn run(
    file: &Path,
    recording: &Recording,
    slots: &mut Slots,
    time: Duration,
) -> Result<Measured> {
    let connection = Connection::open(file)?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        ("synchronous", "FULL"),
        ("temp_store", "MEMORY"),
        ("cache_size", "-16384"),
        ("wal_autocheckpoint", "4096"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    let mut begin = connection.prepare("BEGIN IMMEDIATE")?;
    let mut commit = connection.prepare("COMMIT")?;
    let mut statements = Vec::with_capacity(recording.commands.len());
    for writes in &recording.commands {
        let prepared = writes.iter().map(|write| connection.prepare(&sql(write)));
        statements.push(prepared.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    let mut measured = Measured::begin();
    while measured.elapsed() < time {
        let begun = Instant::now();
        begin.execute([])?;
        let command = slots.advance();
        for (write, statement) in recording.commands[command].iter().zip(&mut statements[command]) {
            for slot in 0..slots.len() {
                for (place, cell) in write.cells.iter().enumerate() {
                    bind(statement, place + 1, cell, slots, slot)?;
                }
                statement.raw_execute()?;
            }
        }
        commit.execute([])?;
        measured.add(slots.len(), begun.elapsed());
    }
    Ok(measured.end())
}

fn bind(
    statement: &mut Statement<'_>,
    place: usize,
    cell: &Cell,
    slots: &Slots,
    slot: usize,
) -> rusqlite::Result<()> {
    match slots.int(cell, slot) {
        Some(number) => statement.raw_bind_parameter(place, number),
        None => statement.raw_bind_parameter(place, slots.text(cell, slot)),
    }
}

fn sql(write: &Write) -> String {
    let (names, table, keys) = (write.names(), write.table.name, write.table.keys);
    let given = |from: usize, to: usize, by: &str| {
        let pairs = (from..to).map(|n| format!("{} = ?{}", names[n], n + 1));
        pairs.collect::<Vec<_>>().join(by)
    };
    match write.verb {
        Verb::Delete => format!("DELETE FROM \"{table}\" WHERE {}", given(0, keys, " AND ")),
        Verb::Update => format!(
            "UPDATE \"{table}\" SET {} WHERE {}",
            given(keys, names.len(), ", "),
            given(0, keys, " AND ")
        ),
        Verb::Insert => {
            let places: Vec<_> = (1..=names.len()).map(|n| format!("?{n}")).collect();
            format!("INSERT INTO \"{table}\" ({}) VALUES ({})", names.join(", "), places.join(", "))
        }
    }
}

//! The floor on `PostgreSQL`: as many connections as the store has lanes, the cases in flight shared
//! among them; a statement for each kind of row with an array a column, plans pinned to index scans
//! as the store's are (`stack.md` P1).

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sea_orm::sqlx::postgres::{PgArguments, PgConnectOptions};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection,
    Postgres,
};
use store::row::Kind;

use super::{Recording, Slots, Verb, Write};
use crate::bench::throughput::Measured;

/// One lane writes for so long; answers how it went.
pub(crate) async fn run(
    url: &str,
    recording: &Recording,
    slots: &mut Slots,
    time: Duration,
) -> Result<Measured> {
    let options: PgConnectOptions = url.parse().context("the database's address")?;
    let options = options
        .options([
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ])
        .disable_statement_logging();
    let mut connection = PgConnection::connect_with(&options).await?;
    let texts: Vec<Vec<String>> =
        recording.commands.iter().map(|writes| writes.iter().map(sql).collect()).collect();
    let mut measured = Measured::begin();
    while measured.elapsed() < time {
        let begun = Instant::now();
        connection.execute(sqlx::raw_sql("BEGIN")).await?;
        let command = slots.advance();
        for (write, text) in recording.commands[command].iter().zip(&texts[command]) {
            let query = bind(sqlx::query(AssertSqlSafe(text.as_str())), write, slots);
            query.execute(&mut connection).await?;
        }
        connection.execute(sqlx::raw_sql("COMMIT")).await?;
        measured.add(slots.len(), begun.elapsed());
    }
    let measured = measured.end();
    connection.close().await?;
    Ok(measured)
}

fn bind<'a>(
    mut query: Query<'a, Postgres, PgArguments>,
    write: &'a Write,
    slots: &'a Slots,
) -> Query<'a, Postgres, PgArguments> {
    let each = || 0..slots.len();
    for (cell, kind) in write.cells.iter().zip(write.kinds()) {
        query = match kind {
            Kind::Int => query.bind(each().map(|slot| slots.int(cell, slot)).collect::<Vec<_>>()),
            Kind::Text => query.bind(each().map(|slot| slots.text(cell, slot)).collect::<Vec<_>>()),
        };
    }
    query
}

fn sql(write: &Write) -> String {
    let (names, table, keys) = (write.names(), write.table.name, write.table.keys);
    let arrays: Vec<_> = write
        .kinds()
        .enumerate()
        .map(|(n, kind)| match kind {
            Kind::Int => format!("${}::int8[]", n + 1),
            Kind::Text => format!("${}::text[]", n + 1),
        })
        .collect();
    let given = format!("unnest({}) AS given({})", arrays.join(", "), names.join(", "));
    let same: Vec<_> =
        names[..keys].iter().map(|name| format!("\"{table}\".{name} = given.{name}")).collect();
    let same = same.join(" AND ");
    match write.verb {
        Verb::Delete => format!("DELETE FROM \"{table}\" USING {given} WHERE {same}"),
        Verb::Insert => {
            format!("INSERT INTO \"{table}\" ({}) SELECT * FROM {given}", names.join(", "))
        }
        Verb::Update => {
            let sets: Vec<_> =
                names[keys..].iter().map(|name| format!("{name} = given.{name}")).collect();
            format!("UPDATE \"{table}\" SET {} FROM {given} WHERE {same}", sets.join(", "))
        }
    }
}

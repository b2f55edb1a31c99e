//! The text of the writer's statements, made from a table's description. Nothing is bound here.

use std::collections::HashMap;

use crate::changes::Columns;
use crate::row::{Kind, Mode, Table};

/// What a part of a statement does to rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verb {
    /// Removes rows by key.
    Delete,
    /// Adds or replaces rows.
    Put,
    /// Adds rows.
    Insert,
    /// Changes columns of rows that exist, in a versioned table against their revision.
    Update(Columns),
}

impl Verb {
    /// The columns that it is given, by their places.
    pub(crate) fn places(self, table: &Table) -> Vec<usize> {
        match self {
            Self::Delete => (0..table.keys).collect(),
            Self::Put | Self::Insert => (0..table.columns.len()).collect(),
            Self::Update(columns) => (0..table.keys).chain(columns.places()).collect(),
        }
    }
}

/// How a statement of several parts on `PostgreSQL` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ending {
    /// It answers how many rows each update found.
    Counted,
    /// It is given how many rows each update must find, and fails with `UNEQUAL` where one did not.
    Checked,
}

/// The code of an error that a `Checked` statement makes on purpose: a division by zero.
pub(crate) const UNEQUAL: &str = "22012";

/// The statements of one table on `SQLite`.
#[derive(Debug)]
pub(crate) struct TableSql {
    /// Adds rows.
    pub(crate) insert: String,
    /// Adds or replaces rows.
    pub(crate) put: String,
    /// Removes rows by key.
    pub(crate) delete: String,
    /// Changes columns of rows that exist, in a versioned table against their revision.
    updates: HashMap<Columns, String>,
}

impl TableSql {
    /// The statement that changes these columns, made once.
    pub(crate) fn update(&mut self, columns: Columns, make: impl Fn() -> String) -> &str {
        self.updates.entry(columns).or_insert_with(make)
    }
}

const fn array(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "int8[]",
        Kind::Text => "text[]",
    }
}

fn names(table: &Table) -> String {
    table.columns.iter().map(|column| quoted(column.name)).collect::<Vec<_>>().join(", ")
}

fn keys(table: &Table) -> String {
    let keys = &table.columns[..table.keys];
    keys.iter().map(|column| quoted(column.name)).collect::<Vec<_>>().join(", ")
}

/// A name in quotes, since some are words of SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn on_conflict(table: &Table) -> String {
    let rest = &table.columns[table.keys..];
    match table.mode {
        Mode::Append | Mode::Versioned => String::new(),
        Mode::Once => " ON CONFLICT DO NOTHING".to_owned(),
        Mode::Replace if rest.is_empty() => format!(" ON CONFLICT ({}) DO NOTHING", keys(table)),
        Mode::Replace => {
            let sets: Vec<String> = rest
                .iter()
                .map(|column| {
                    let name = quoted(column.name);
                    if column.keep {
                        let own = quoted(table.name);
                        format!("{name} = coalesce(excluded.{name}, {own}.{name})")
                    } else {
                        format!("{name} = excluded.{name}")
                    }
                })
                .collect();
            format!(" ON CONFLICT ({}) DO UPDATE SET {}", keys(table), sets.join(", "))
        }
    }
}

/// One row a statement, `?1` and so on.
pub(crate) fn sqlite(table: &Table) -> TableSql {
    let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
    let own = quoted(table.name);
    let insert = format!("INSERT INTO {own} ({}) VALUES ({})", names(table), places.join(", "));
    let put = format!("{insert}{}", on_conflict(table));
    let delete = format!("DELETE FROM {own} WHERE {}", sqlite_key(table));
    TableSql { insert, put, delete, updates: HashMap::new() }
}

fn sqlite_key(table: &Table) -> String {
    let keys = table.columns[..table.keys].iter().enumerate();
    let same = keys.map(|(n, column)| format!("{} = ?{}", quoted(column.name), n + 1));
    same.collect::<Vec<_>>().join(" AND ")
}

/// Changes columns of one row: first its key, then what changes, then its revision.
pub(crate) fn sqlite_update(table: &Table, columns: Columns) -> String {
    let first = table.keys + 1;
    let sets = columns.places().enumerate();
    let sets: Vec<String> = sets
        .map(|(n, place)| format!("{} = ?{}", quoted(table.columns[place].name), n + first))
        .collect();
    let revision = match table.mode {
        Mode::Versioned => format!(" AND revision = ?{}", first + sets.len()),
        Mode::Append | Mode::Once | Mode::Replace => String::new(),
    };
    format!(
        "UPDATE {} SET {} WHERE {}{revision}",
        quoted(table.name),
        sets.join(", "),
        sqlite_key(table)
    )
}

/// All rows of some tables in one statement, an array a column. Updates count in their order: how many
/// rows each has found, or after all arrays how many it must find.
pub(crate) fn postgres(
    parts: impl Iterator<Item = (&'static Table, Verb)>,
    ending: Ending,
) -> String {
    let (mut with, mut found, mut given) = (Vec::new(), Vec::new(), 0);
    for (number, (table, verb)) in parts.enumerate() {
        let arrays = arrays(table, &verb.places(table), &mut given);
        let text = match verb {
            Verb::Delete => postgres_delete(table, &arrays),
            Verb::Put => format!("{}{}", postgres_insert(table, &arrays), on_conflict(table)),
            Verb::Insert => postgres_insert(table, &arrays),
            Verb::Update(columns) => {
                found.push(format!("(SELECT count(*) FROM part{number})"));
                format!("{} RETURNING 1", postgres_update(table, columns, arrays, &mut given))
            }
        };
        with.push(format!("part{number} AS ({text})"));
    }
    let end = match ending {
        _ if found.is_empty() => "0".to_owned(),
        Ending::Counted => found.join(", "),
        Ending::Checked => {
            let equal = found.iter().map(|found| {
                given += 1;
                format!("{found} = ${given}")
            });
            format!("1 / ({})::int", equal.collect::<Vec<_>>().join(" AND "))
        }
    };
    format!("WITH {} SELECT {end}", with.join(", "))
}

fn postgres_insert(table: &Table, arrays: &str) -> String {
    let own = quoted(table.name);
    format!("INSERT INTO {own} ({}) SELECT * FROM unnest({arrays})", names(table))
}

fn postgres_delete(table: &Table, arrays: &str) -> String {
    let (own, same) = (quoted(table.name), same_key(table));
    format!("DELETE FROM {own} USING unnest({arrays}) AS given({}) WHERE {same}", keys(table))
}

/// The arrays of some columns; their parameters come after those that were given before.
fn arrays(table: &Table, places: &[usize], given: &mut usize) -> String {
    let arrays = places.iter().map(|place| {
        *given += 1;
        format!("${given}::{}", array(table.columns[*place].kind))
    });
    arrays.collect::<Vec<_>>().join(", ")
}

fn same_key(table: &Table) -> String {
    let own = quoted(table.name);
    let same = table.columns[..table.keys]
        .iter()
        .map(|column| format!("{own}.{name} = given.{name}", name = quoted(column.name)));
    same.collect::<Vec<_>>().join(" AND ")
}

/// Changes columns of many rows: arrays of the key, of what changes, and of the revisions.
fn postgres_update(
    table: &Table,
    columns: Columns,
    mut arrays: String,
    last: &mut usize,
) -> String {
    let own = quoted(table.name);
    let places: Vec<usize> = (0..table.keys).chain(columns.places()).collect();
    let mut given: Vec<String> =
        places.iter().map(|place| quoted(table.columns[*place].name)).collect();
    let sets: Vec<String> = columns
        .places()
        .map(|place| {
            let column = &table.columns[place];
            let name = quoted(column.name);
            if column.keep {
                format!("{name} = coalesce(given.{name}, {own}.{name})")
            } else {
                format!("{name} = given.{name}")
            }
        })
        .collect();
    let mut condition = same_key(table);
    if table.mode == Mode::Versioned {
        *last += 1;
        arrays = format!("{arrays}, ${last}::int8[]");
        given.push("\"base\"".to_owned());
        condition = format!("{condition} AND {own}.revision = given.\"base\"");
    }
    format!(
        "UPDATE {own} SET {} FROM unnest({arrays}) AS given({}) WHERE {condition}",
        sets.join(", "),
        given.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::{Ending, Verb};
    use crate::changes::Columns;
    use crate::tables::{inbox, instance, task};

    #[test]
    fn a_kept_column_survives_a_row_that_says_nothing() {
        let columns = Columns::of(&task::TABLE, &["state", "claimed_at"]);
        assert_eq!(
            super::postgres([(&task::TABLE, Verb::Update(columns))].into_iter(), Ending::Counted),
            "WITH part0 AS (UPDATE \"task\" SET \"state\" = given.\"state\", \
             \"claimed_at\" = coalesce(given.\"claimed_at\", \"task\".\"claimed_at\") \
             FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[]) \
             AS given(\"instance_id\", \"key\", \"state\", \"claimed_at\") \
             WHERE \"task\".\"instance_id\" = given.\"instance_id\" AND \"task\".\"key\" = given.\"key\" \
             RETURNING 1) SELECT (SELECT count(*) FROM part0)"
        );
    }

    #[test]
    fn parts_of_a_statement_count_their_parameters_on_and_only_updates_are_counted() {
        let columns = Columns::of(&instance::TABLE, &["revision"]);
        let verbs = [(&inbox::TABLE, Verb::Delete), (&instance::TABLE, Verb::Update(columns))];
        let sql = super::postgres(verbs.into_iter(), Ending::Counted);
        assert!(sql.contains("unnest($1::text[], $2::int8[], $3::int8[], $4::int8[])"), "{sql}");
        assert!(sql.contains("unnest($5::int8[], $6::int8[], $7::int8[]) AS given"), "{sql}");
        assert!(sql.ends_with(" SELECT (SELECT count(*) FROM part1)"), "{sql}");
        let sql = super::postgres(verbs.into_iter(), Ending::Checked);
        let end = " SELECT 1 / ((SELECT count(*) FROM part1) = $8)::int";
        assert!(sql.ends_with(end), "{sql}");
    }

    #[test]
    fn a_versioned_row_is_changed_against_its_revision_and_keeps_what_is_fixed() {
        let columns = Columns::changing(&instance::TABLE);
        let sql = super::sqlite_update(&instance::TABLE, columns);
        assert!(sql.ends_with(" WHERE \"id\" = ?1 AND revision = ?12"), "{sql}");
        assert!(!sql.contains("starter") && !sql.contains("process"), "{sql}");
    }

    #[test]
    fn a_table_that_is_all_key_ignores_a_row_it_has() {
        let sql = super::postgres([(&inbox::TABLE, Verb::Put)].into_iter(), Ending::Checked);
        assert!(sql.ends_with("DO NOTHING) SELECT 0"), "{sql}");
        assert!(sql.contains("unnest($1::text[], $2::int8[], $3::int8[], $4::int8[])"), "{sql}");
    }
}

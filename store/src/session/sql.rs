//! The text of the writer's statements, made from a table's description. Nothing is bound here.

use std::collections::HashMap;

use crate::changes::Columns;
use crate::row::{Kind, Mode, Table};

/// The statements of one table for one database.
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

/// All rows in one statement, an array a column.
pub(crate) fn postgres(table: &Table) -> TableSql {
    let own = quoted(table.name);
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let insert = format!(
        "INSERT INTO {own} ({}) SELECT * FROM unnest({})",
        names(table),
        arrays(table, &all)
    );
    let put = format!("{insert}{}", on_conflict(table));
    let delete = format!(
        "DELETE FROM {own} USING unnest({}) AS given({}) WHERE {}",
        arrays(table, &all[..table.keys]),
        keys(table),
        same_key(table)
    );
    TableSql { insert, put, delete, updates: HashMap::new() }
}

fn arrays(table: &Table, places: &[usize]) -> String {
    let arrays = places.iter().enumerate();
    let arrays =
        arrays.map(|(n, place)| format!("${}::{}", n + 1, array(table.columns[*place].kind)));
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
pub(crate) fn postgres_update(table: &Table, columns: Columns) -> String {
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
    let (arrays, condition) = (arrays(table, &places), same_key(table));
    let (base, revision) = match table.mode {
        Mode::Versioned => {
            given.push("\"base\"".to_owned());
            let base = format!(", ${}::int8[]", places.len() + 1);
            (base, format!(" AND {own}.revision = given.\"base\""))
        }
        Mode::Append | Mode::Once | Mode::Replace => (String::new(), String::new()),
    };
    format!(
        "UPDATE {own} SET {} FROM unnest({arrays}{base}) AS given({}) WHERE {condition}{revision}",
        sets.join(", "),
        given.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use crate::changes::Columns;
    use crate::tables::{inbox, instance, task};

    #[test]
    fn a_kept_column_survives_a_row_that_says_nothing() {
        let columns = Columns::of(&task::TABLE, &["state", "claimed_at"]);
        assert_eq!(
            super::postgres_update(&task::TABLE, columns),
            "UPDATE \"task\" SET \"state\" = given.\"state\", \
             \"claimed_at\" = coalesce(given.\"claimed_at\", \"task\".\"claimed_at\") \
             FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[]) \
             AS given(\"instance_id\", \"key\", \"state\", \"claimed_at\") \
             WHERE \"task\".\"instance_id\" = given.\"instance_id\" AND \"task\".\"key\" = given.\"key\""
        );
    }

    #[test]
    fn a_versioned_row_is_changed_against_its_revision_and_keeps_what_is_fixed() {
        let columns = Columns::changing(&instance::TABLE);
        let sql = super::sqlite_update(&instance::TABLE, columns);
        assert!(sql.ends_with(" WHERE \"id\" = ?1 AND revision = ?11"), "{sql}");
        assert!(!sql.contains("starter") && !sql.contains("process"), "{sql}");
    }

    #[test]
    fn a_table_that_is_all_key_ignores_a_row_it_has() {
        let sql = super::postgres(&inbox::TABLE).put;
        assert!(sql.ends_with("DO NOTHING"), "{sql}");
        assert!(sql.contains("unnest($1::text[], $2::int8[], $3::int8[], $4::int8[])"), "{sql}");
    }
}

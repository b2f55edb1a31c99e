//! The text of the writer's statements, made from a table's description. Nothing is bound here.

use crate::row::{Kind, Mode, Table};

/// The statements of one table for one database.
#[derive(Debug)]
pub(crate) struct TableSql {
    /// Adds or replaces rows.
    pub(crate) put: String,
    /// Changes rows that exist, against their revision (versioned tables).
    pub(crate) update: String,
    /// Removes rows by key.
    pub(crate) delete: String,
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

/// One row a statement, `?1` and so on; the base revision comes last.
pub(crate) fn sqlite(table: &Table) -> TableSql {
    let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("?{n}")).collect();
    let own = quoted(table.name);
    let put = format!(
        "INSERT INTO {own} ({}) VALUES ({}){}",
        names(table),
        places.join(", "),
        on_conflict(table)
    );
    let condition = |first: usize| {
        let keys = table.columns[..table.keys].iter().enumerate();
        keys.map(|(n, column)| format!("{} = ?{}", quoted(column.name), n + first))
            .collect::<Vec<_>>()
            .join(" AND ")
    };
    let sets: Vec<String> = table.columns[table.keys..]
        .iter()
        .enumerate()
        .map(|(n, column)| format!("{} = ?{}", quoted(column.name), n + table.keys + 1))
        .collect();
    let update = format!(
        "UPDATE {own} SET {} WHERE {} AND revision = ?{}",
        sets.join(", "),
        condition(1),
        table.columns.len() + 1
    );
    TableSql { put, update, delete: format!("DELETE FROM {own} WHERE {}", condition(1)) }
}

/// All rows in one statement, an array a column; the base revisions come last.
pub(crate) fn postgres(table: &Table) -> TableSql {
    let arrays: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(n, column)| format!("${}::{}", n + 1, array(column.kind)))
        .collect();
    let own = quoted(table.name);
    let put = format!(
        "INSERT INTO {own} ({}) SELECT * FROM unnest({}){}",
        names(table),
        arrays.join(", "),
        on_conflict(table)
    );
    let same: Vec<String> = table.columns[..table.keys]
        .iter()
        .map(|column| format!("{own}.{name} = given.{name}", name = quoted(column.name)))
        .collect();
    let sets: Vec<String> = table.columns[table.keys..]
        .iter()
        .map(|column| format!("{name} = given.{name}", name = quoted(column.name)))
        .collect();
    let update = format!(
        "UPDATE {own} SET {} FROM unnest({}, ${}::int8[]) AS given({}, \"base\") \
         WHERE {} AND {own}.revision = given.\"base\"",
        sets.join(", "),
        arrays.join(", "),
        arrays.len() + 1,
        names(table),
        same.join(" AND ")
    );
    let delete = format!(
        "DELETE FROM {own} USING unnest({}) AS given({}) WHERE {}",
        arrays[..table.keys].join(", "),
        keys(table),
        same.join(" AND ")
    );
    TableSql { put, update, delete }
}

#[cfg(test)]
mod tests {
    use crate::tables::{inbox, task};

    #[test]
    fn a_kept_column_survives_a_row_that_says_nothing() {
        let sql = super::sqlite(&task::TABLE).put;
        let expected = r#""claimed_at" = coalesce(excluded."claimed_at", "task"."claimed_at")"#;
        assert!(sql.contains(expected), "{sql}");
    }

    #[test]
    fn a_table_that_is_all_key_ignores_a_row_it_has() {
        let sql = super::postgres(&inbox::TABLE).put;
        assert!(sql.ends_with("DO NOTHING"), "{sql}");
        assert!(sql.contains("unnest($1::text[], $2::int8[], $3::int8[], $4::int8[])"), "{sql}");
    }
}

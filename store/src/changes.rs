//! Row changes of one transaction: gathered in the order they come, then settled, so that of several
//! on one row one remains. Which rows an event causes is `project`; how they reach a database is
//! `session`.

use std::mem;

use crate::row::{Mode, Row, Table, Value};

/// Some of a table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Columns(u32);

impl Columns {
    /// No column.
    pub(crate) const NONE: Self = Self(0);

    /// By name.
    pub(crate) fn of(table: &Table, names: &[&str]) -> Self {
        let places = names.iter().map(|name| 1 << table.position(name));
        Self(places.fold(0, |all, own: u32| all | own))
    }

    /// Every column that may change: neither the key nor what is fixed for the row's life.
    pub(crate) fn changing(table: &Table) -> Self {
        let places = (table.keys..table.columns.len()).filter(|n| !table.columns[*n].fixed);
        Self(places.fold(0, |all, place| all | 1 << place))
    }

    /// Both.
    #[must_use]
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Their places in the table.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> + Clone {
        (0..u32::BITS as usize).filter(move |place| self.0 & 1 << place != 0)
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// It is as given, whether or not it was there.
    Put,
    /// It is as given and was not there.
    New,
    /// It was there, and these columns change; in a versioned table the database has it in the
    /// revision `base`.
    Update { columns: Columns, base: Option<i64> },
    /// It is gone.
    Delete,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The whole row as it is afterwards; of a row that is gone its key.
    pub(crate) row: Row,
    pub(crate) what: What,
}

impl Change {
    /// Takes in a later change of the same row.
    fn follow(&mut self, table: &Table, later: &mut Self) {
        let earlier = mem::replace(&mut self.row, mem::take(&mut later.row));
        if self.what != What::Delete && later.what != What::Delete {
            keep(table, &earlier, &mut self.row);
        }
        self.what = match (self.what, later.what) {
            (_, What::Delete) => What::Delete,
            (What::New, _) => What::New,
            (What::Update { columns, base }, What::Update { columns: more, .. }) => {
                What::Update { columns: columns.and(more), base }
            }
            (What::Put | What::Update { .. } | What::Delete, _) => What::Put,
        };
    }
}

/// Columns that say nothing take what an earlier row had, where the table wants that.
fn keep(table: &Table, earlier: &Row, row: &mut Row) {
    for (place, column) in table.columns.iter().enumerate() {
        if column.keep && row[place] == Value::Null {
            row[place].clone_from(&earlier[place]);
        }
    }
}

/// Changes of one table.
#[derive(Debug)]
pub(crate) struct TableChanges {
    pub(crate) table: &'static Table,
    pub(crate) changes: Vec<Change>,
}

/// Row changes as they come.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    tables: Vec<TableChanges>,
}

impl Changes {
    fn add(&mut self, table: &'static Table, row: Row, what: What) {
        let change = Change { row, what };
        // There are few tables, and the same few are asked for again and again.
        match self.tables.iter_mut().find(|own| std::ptr::eq(own.table, table)) {
            Some(own) => own.changes.push(change),
            None => self.tables.push(TableChanges { table, changes: vec![change] }),
        }
    }

    /// A row as given, new or in place of another.
    pub(crate) fn put(&mut self, table: &'static Table, row: Row) {
        let what = if table.mode == Mode::Append { What::New } else { What::Put };
        self.add(table, row, what);
    }

    /// A row that is not there yet.
    pub(crate) fn insert(&mut self, table: &'static Table, row: Row) {
        self.add(table, row, What::New);
    }

    /// A row that is there, and in which these columns change.
    pub(crate) fn update(&mut self, table: &'static Table, row: Row, columns: Columns) {
        self.add(table, row, What::Update { columns, base: None });
    }

    /// A row of a versioned table, and which of its columns change; `base` is the revision in the
    /// database, none for a new one.
    pub(crate) fn put_versioned(
        &mut self,
        table: &'static Table,
        row: Row,
        columns: Columns,
        base: Option<i64>,
    ) {
        let what = match base {
            None => What::New,
            Some(_) => What::Update { columns, base },
        };
        self.add(table, row, what);
    }

    /// No row with that key.
    pub(crate) fn delete(&mut self, table: &'static Table, key: Row) {
        self.add(table, key, What::Delete);
    }

    /// One change for each row, by table and key: writers that meet lock rows in the same order.
    pub(crate) fn settled(mut self) -> Settled {
        self.tables.sort_unstable_by_key(|own| own.table.name);
        for TableChanges { table, changes } in &mut self.tables {
            if table.mode == Mode::Append {
                continue;
            }
            let keys = table.keys;
            changes.sort_by(|a, b| a.row[..keys].cmp(&b.row[..keys]));
            changes.dedup_by(|later, earlier| {
                let is_same = later.row[..keys] == earlier.row[..keys];
                if is_same {
                    earlier.follow(table, later);
                }
                is_same
            });
        }
        Settled { tables: self.tables }
    }
}

/// All row changes of one transaction, one for each row.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    tables: Vec<TableChanges>,
}

impl Settled {
    /// The tables that change, by name; their changes by key, appended rows in the order they came.
    pub(crate) fn tables(&self) -> &[TableChanges] {
        &self.tables
    }

    /// The names of the tables that change.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.iter().map(|own| own.table.name)
    }

    /// The rows of a table that there are after all changes.
    pub(crate) fn rows(&self, table: &Table) -> impl Iterator<Item = &Row> {
        let own = self.tables.iter().find(|changes| changes.table.name == table.name);
        let changes = own.into_iter().flat_map(|own| &own.changes);
        changes.filter(|change| change.what != What::Delete).map(|change| &change.row)
    }
}

#[cfg(test)]
mod tests {
    use super::{Changes, Columns, What};
    use crate::row::Value;
    use crate::tables::{inbox, task};

    fn row(state: &str, claimed_at: Value) -> crate::row::Row {
        let mut row = vec![Value::Null; task::TABLE.columns.len()];
        (row[0], row[1]) = (Value::Int(1), Value::Int(2));
        row[task::TABLE.position("state")] = Value::Text(state.into());
        row[task::TABLE.position("claimed_at")] = claimed_at;
        row
    }

    fn one(changes: Changes) -> (crate::row::Row, What) {
        let settled = changes.settled();
        let [table] = settled.tables() else { panic!("one table, {settled:?}") };
        let [change] = &*table.changes else { panic!("one change, {settled:?}") };
        (change.row.clone(), change.what)
    }

    #[test]
    fn two_updates_of_a_row_change_the_columns_of_both_and_forget_nothing() {
        let (claim, decide) = (["state", "claimed_at"], ["state", "outcome"]);
        let columns = |names: &[&str]| Columns::of(&task::TABLE, names);
        let mut changes = Changes::default();
        changes.update(&task::TABLE, row("claimed", Value::Int(7)), columns(&claim));
        changes.update(&task::TABLE, row("completed", Value::Null), columns(&decide));
        let all = columns(&["state", "claimed_at", "outcome"]);
        let expected = row("completed", Value::Int(7));
        assert_eq!(one(changes), (expected, What::Update { columns: all, base: None }));
    }

    #[test]
    fn a_new_row_that_changes_is_new_and_one_that_comes_back_is_put() {
        let mut changes = Changes::default();
        changes.insert(&task::TABLE, row("open", Value::Null));
        let columns = Columns::of(&task::TABLE, &["state"]);
        changes.update(&task::TABLE, row("claimed", Value::Null), columns);
        assert_eq!(one(changes), (row("claimed", Value::Null), What::New));

        let key = vec![Value::Text("role:x".into()), Value::Int(1), Value::Int(2), Value::Int(3)];
        let mut changes = Changes::default();
        changes.delete(&inbox::TABLE, key.clone());
        changes.put(&inbox::TABLE, key.clone());
        assert_eq!(one(changes), (key.clone(), What::Put));

        let mut changes = Changes::default();
        changes.put(&inbox::TABLE, key.clone());
        changes.delete(&inbox::TABLE, key.clone());
        assert_eq!(one(changes), (key, What::Delete));
    }
}

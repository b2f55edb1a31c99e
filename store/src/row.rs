//! Rows as the writer has them: plain values under a table's description, the same for both
//! databases. What becomes of rows is `changes`.

/// A value of a column. Flags are 0 and 1, structured values are JSON in text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// None.
    Null,
    /// A number or a time in milliseconds.
    Int(i64),
    /// A text.
    Text(String),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Numbers.
    Int,
    /// Texts.
    Text,
}

/// A Rust type that a column may have.
pub trait Field {
    /// Its kind.
    const KIND: Kind;
    /// Its value.
    fn into_value(self) -> Value;
}

impl Field for i64 {
    const KIND: Kind = Kind::Int;
    fn into_value(self) -> Value {
        Value::Int(self)
    }
}

impl Field for String {
    const KIND: Kind = Kind::Text;
    /// What a service answered may hold U+0000, which `PostgreSQL` keeps in no text: that is shown as what
    /// cannot be shown. In the journal, where it is JSON, it stays.
    fn into_value(self) -> Value {
        match self.contains('\0') {
            true => Value::Text(self.replace('\0', "\u{fffd}")),
            false => Value::Text(self),
        }
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: Kind = T::KIND;
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

impl Value {
    /// The number; 0 where it is none.
    pub(crate) fn int(&self) -> i64 {
        match self {
            Self::Int(number) => *number,
            Self::Null | Self::Text(_) => 0,
        }
    }

    /// The text; empty where it is none.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Null | Self::Int(_) => "",
        }
    }

    /// The text, where there is one.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Int(_) => None,
        }
    }

    /// The number, where there is one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Null | Self::Text(_) => None,
        }
    }
}

/// How rows come into a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only ever added; one that is there already is an error.
    Append,
    /// Added unless it is there already.
    Once,
    /// Put in place of the one with the same key, or removed.
    Replace,
    /// As `Replace`, checked against the `revision` that was read.
    Versioned,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row that says nothing leaves what is there.
    pub keep: bool,
    /// Whether it never changes once the row is there.
    pub fixed: bool,
}

/// A table: its key columns come first.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How many of the columns are its key.
    pub keys: usize,
    /// How rows come into it.
    pub mode: Mode,
    /// Its columns.
    pub columns: &'static [Column],
}

impl Table {
    /// The place of a column.
    pub(crate) fn position(&self, column: &str) -> usize {
        self.columns
            .iter()
            .position(|own| own.name == column)
            .expect("a column is only asked for by code that knows the table")
    }
}

/// A row: values in the order of its table's columns.
pub type Row = Vec<Value>;

/// Declares a table: its sea-orm entity, its description for the writer, and how a model becomes a
/// row. The key columns come first; `keep` names columns where a row that says nothing leaves what
/// is there, `fixed` those that never change once the row is there.
macro_rules! table {
    (
        $table:literal $mode:ident
        keys { $($key:ident : $key_type:ty,)+ }
        columns { $($column:ident : $column_type:ty,)* }
        $(keep { $($keep:ident,)+ })?
        $(fixed { $($fixed:ident,)+ })?
    ) => {
        use sea_orm::entity::prelude::*;

        use crate::row::{Column as Described, Field, Mode, Row, Table};

        /// A row of the table.
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = $table)]
        #[expect(missing_docs, reason = "columns say what they hold; `m0001_initial` is the reference")]
        pub struct Model {
            $(#[sea_orm(primary_key, auto_increment = false)] pub $key: $key_type,)+
            $(pub $column: $column_type,)*
        }

        /// None: related rows are fetched by many keys at once.
        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        /// Columns where a row that says nothing leaves what is there.
        const KEPT: &[&str] = &[$($(stringify!($keep)),+)?];

        /// Columns that never change once the row is there.
        const FIXED: &[&str] = &[$($(stringify!($fixed)),+)?];

        /// The table for the writer.
        pub static TABLE: Table = Table {
            name: $table,
            keys: [$(stringify!($key)),+].len(),
            mode: Mode::$mode,
            columns: &[
                $(Described { name: stringify!($key), kind: <$key_type as Field>::KIND, keep: crate::row::names(KEPT, stringify!($key)), fixed: crate::row::names(FIXED, stringify!($key)) },)+
                $(Described {
                    name: stringify!($column),
                    kind: <$column_type as Field>::KIND,
                    keep: crate::row::names(KEPT, stringify!($column)),
                    fixed: crate::row::names(FIXED, stringify!($column)),
                },)*
            ],
        };

        impl Model {
            /// The row for the writer.
            pub fn into_row(self) -> Row {
                vec![
                    $(Field::into_value(self.$key),)+
                    $(Field::into_value(self.$column),)*
                ]
            }
        }
    };
}
pub(crate) use table;

/// Whether a name is among others, while a table is being described.
pub(crate) const fn names(names: &[&str], name: &str) -> bool {
    let mut place = 0;
    while place < names.len() {
        if same(names[place].as_bytes(), name.as_bytes()) {
            return true;
        }
        place += 1;
    }
    false
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut place = 0;
    while place < left.len() {
        if left[place] != right[place] {
            return false;
        }
        place += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Field as _, Value};

    #[test]
    fn a_text_is_kept_as_both_databases_can() {
        for (given, kept) in [("a\0b\0", "a\u{fffd}b\u{fffd}"), ("城\u{1}", "城\u{1}"), ("", "")]
        {
            assert_eq!(given.to_owned().into_value(), Value::Text(kept.to_owned()));
        }
    }
}

//! Entries of registers as a step and its expressions know them: plain data that was fetched before.
//! What a register looks like is `pack::register`, who makes and changes entries is `elements::record`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::time::Timestamp;

/// Entries that an expression may find by one equality; more are refused.
pub const ENTRIES_MAX: usize = 1_000;

/// What an expression reads of every entry beside its columns. A column of the same name goes before.
pub(crate) const OF_EVERY_ENTRY: [&str; 4] = ["number", "version", "enteredAt", "changedAt"];

/// An entry as it is at a time: its last version.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number as written.
    pub number: String,
    /// How often it was written: 1 for one that never changed.
    pub version: u32,
    /// When it was made.
    pub entered_at: Timestamp,
    /// When it was changed the last time; when it was made, where it never was.
    pub changed_at: Timestamp,
    /// Its columns.
    pub columns: BTreeMap<String, Value>,
}

impl Entry {
    /// Whether a column has a value, which is in the form of `sought`.
    pub fn has(&self, column: &str, sought: &str) -> bool {
        self.columns.get(column).and_then(self::sought).is_some_and(|own| own == sought)
    }

    /// What an expression sees of it.
    pub(crate) fn value(&self) -> Value {
        let mut fields = Map::new();
        let own = [
            Value::from(self.number.as_str()),
            Value::from(self.version),
            Value::from(self.entered_at.0),
            Value::from(self.changed_at.0),
        ];
        fields.extend(OF_EVERY_ENTRY.map(str::to_owned).into_iter().zip(own));
        fields.extend(self.columns.clone());
        Value::Object(fields)
    }

    /// The order in which entries are found: as they were made.
    pub fn place(&self) -> (Timestamp, &str) {
        (self.entered_at, &self.number)
    }
}

/// A value in the form in which a column is asked for it: its JSON, a number that is whole without a
/// point. None for what cannot be asked for: nothing, lists and objects.
pub fn sought(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|it| it.fract() == 0.0 && it.abs() < 9.0e15);
            Some(whole.map_or_else(|| number.to_string(), |whole| format!("{whole:.0}")))
        }
        Value::Bool(_) | Value::String(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

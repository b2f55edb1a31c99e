//! Registers as they are now and as they were: last versions of entries, their histories, and what an
//! expression asks for.

use std::collections::BTreeMap;

use engine::ids::RegisterName;
use engine::register::{ENTRIES_MAX, Entry};
use engine::time::Timestamp;
use sea_orm::{DbBackend, FromQueryResult, Value};

use super::bounded;
use crate::error::StoreError;
use crate::row::Row;
use crate::store::Store;
use crate::tables::register_version;

/// An entry as it is now, the newest one of that number.
pub(crate) const ENTRY: &str = "SELECT e.number, coalesce(v.version, 1) AS version, \
    e.at AS entered_at, coalesce(v.at, e.at) AS changed_at, coalesce(v.body, e.body) AS body \
    FROM register_entry e LEFT JOIN register_version v \
    ON v.register = e.register AND v.number = e.number AND v.version = (SELECT max(w.version) \
    FROM register_version w WHERE w.register = e.register AND w.number = e.number)";

/// Which one that is, by register and number.
pub(crate) const BY_NUMBER: &str =
    "WHERE e.register = $1 AND e.number = $2 ORDER BY e.at DESC, e.instance_id DESC LIMIT 1";

/// The entries of a register (`$1`) whose JSON has a part (`$2`), as they were made, one more than may be
/// found. A register is walked from its first entry to its last: there is no index on columns.
pub(crate) fn by_column(is_sqlite: bool) -> String {
    let position = if is_sqlite { "instr" } else { "strpos" };
    format!(
        "{ENTRY} WHERE e.register = $1 AND {position}(coalesce(v.body, e.body), $2) > 0 \
         ORDER BY e.at, e.number LIMIT {}",
        ENTRIES_MAX + 1
    )
}

/// What the JSON of an entry has where a column has a value; a number may go on behind it.
pub(crate) fn part_of(column: &str, sought: &str) -> String {
    format!("{}:{sought}", serde_json::Value::from(column))
}

/// The entries in which a column has a value; none where there are too many.
pub(crate) fn matching(
    entries: impl ExactSizeIterator<Item = Entry>,
    column: &str,
    sought: &str,
) -> Option<Vec<Entry>> {
    let is_whole = entries.len() <= ENTRIES_MAX;
    let found: Vec<Entry> = entries.filter(|entry| entry.has(column, sought)).collect();
    is_whole.then_some(found)
}

#[derive(Debug, FromQueryResult)]
struct Found {
    number: String,
    version: i64,
    entered_at: i64,
    changed_at: i64,
    body: String,
}

impl Found {
    fn entry(self) -> Entry {
        Entry {
            number: self.number,
            version: u32::try_from(self.version).unwrap_or(u32::MAX),
            entered_at: Timestamp(self.entered_at),
            changed_at: Timestamp(self.changed_at),
            columns: serde_json::from_str(&self.body).unwrap_or_default(),
        }
    }
}

/// The entry of a row of the writer's.
pub(crate) fn entry_of(row: &Row) -> Entry {
    let found = Found {
        number: row[0].text().to_owned(),
        version: row[1].int(),
        entered_at: row[2].int(),
        changed_at: row[3].int(),
        body: row[4].text().to_owned(),
    };
    found.entry()
}

impl Store {
    /// An entry by its number, as it is now.
    pub async fn entry(
        &self,
        register: &RegisterName,
        number: &str,
    ) -> Result<Option<Entry>, StoreError> {
        let sql = format!("{ENTRY} {BY_NUMBER}");
        let values = [register.as_str(), number].map(Value::from);
        let found: Vec<Found> = self.rows(self.statement(&sql, values)).await?;
        Ok(found.into_iter().next().map(Found::entry))
    }

    /// The entries of a register in which a column has a value (as `register::sought` gives it), as they
    /// were made; none where there are too many.
    pub async fn entries_found(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Result<Option<Vec<Entry>>, StoreError> {
        let sql = by_column(self.backend() == DbBackend::Sqlite);
        let values = [register.as_str().into(), part_of(column, sought).into()];
        let rows: Vec<Found> = self.rows(self.statement(&sql, values)).await?;
        Ok(matching(rows.into_iter().map(Found::entry), column, sought))
    }

    /// The last changes of entries, by register and number; none of one that never changed.
    pub async fn last_versions(
        &self,
        entries: &[(String, String)],
    ) -> Result<BTreeMap<(String, String), register_version::Model>, StoreError> {
        let (only, values) = of_entries(entries)?;
        let sql = format!(
            "SELECT v.* FROM register_version v WHERE {only} AND version = (SELECT max(w.version) \
             FROM register_version w WHERE w.register = v.register AND w.number = v.number)"
        );
        let rows: Vec<register_version::Model> = self.rows(self.statement(&sql, values)).await?;
        Ok(rows.into_iter().map(|row| ((row.register.clone(), row.number.clone()), row)).collect())
    }
}

/// A condition on some entries, by register and number, with its values: `$1` and so on.
pub(super) fn of_entries(entries: &[(String, String)]) -> Result<(String, Vec<Value>), StoreError> {
    let entries = bounded(entries)?;
    let place = |at: usize| format!("(${}, ${})", 2 * at + 1, 2 * at + 2);
    let places: Vec<String> = (0..entries.len()).map(place).collect();
    let only = match places.as_slice() {
        [] => "1 = 0".to_owned(),
        places => format!("(register, number) IN (VALUES {})", places.join(", ")),
    };
    let values = entries.iter().flat_map(|(register, number)| [register, number]);
    Ok((only, values.map(|text| text.as_str().into()).collect()))
}

//! Queries for screens: one file a concept. Reads never write, never use OFFSET, and every list has
//! a limit. Who may see a row is not decided here.

mod cases;
mod definitions;
mod documents;
pub(crate) mod drafts;
mod each;
mod history;
mod inbox;
mod outward;
pub(crate) mod registers;
mod statistics;
mod submissions;
mod tasks;

use sea_orm::{DbBackend, FromQueryResult, Statement, Value};

use crate::error::StoreError;
use crate::store::Store;

pub use cases::{CaseFilter, CaseScope};
pub use documents::DocumentVersion;
pub use each::Refused;
pub use history::Entry;
pub use inbox::{COUNT_MAX, Choice, Lent};
pub use statistics::{FiguresOf, OpenWork, Throughput};
pub use submissions::{OwnSubmission, SubmissionFate};

/// Rows that one page may have.
pub const PAGE_MAX: u32 = 200;
/// Keys that one batch read may ask for.
pub const KEYS_MAX: usize = 1000;

/// Which part of a list: after a cursor, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<C> {
    /// The cursor of the last row that was seen.
    pub after: Option<C>,
    /// How many rows; at most `PAGE_MAX`.
    pub first: u32,
}

impl<C> Page<C> {
    /// The first rows of a list.
    pub const fn first(first: u32) -> Self {
        Self { after: None, first }
    }

    pub(crate) fn limit(&self) -> usize {
        usize::try_from(self.first.clamp(1, PAGE_MAX)).unwrap_or(1)
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub more: bool,
}

impl<T> Default for Slice<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

impl<T> Slice<T> {
    /// From one row more than was asked for, where there is one.
    pub(crate) fn of(mut rows: Vec<T>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}

/// A task or an activation, by its case and its key.
pub type TaskId = (i64, i64);
/// The cursor of lists in the order of a time: the time, the case, the key.
pub type TimeCursor = (i64, i64, i64);

impl Store {
    /// A statement for whichever database this is, with parameters `$1` and so on.
    pub(crate) fn statement(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Statement {
        match self.backend() {
            DbBackend::Sqlite => {
                Statement::from_sql_and_values(DbBackend::Sqlite, sql.replace('$', "?"), values)
            }
            backend => Statement::from_sql_and_values(backend, sql, values),
        }
    }

    /// Every row of a statement.
    pub(crate) async fn rows<M: FromQueryResult>(
        &self,
        statement: Statement,
    ) -> Result<Vec<M>, StoreError> {
        Ok(M::find_by_statement(statement).all(self.reads()).await?)
    }
}

/// Keys of a batch read, bounded.
pub(crate) fn bounded<T>(keys: &[T]) -> Result<&[T], StoreError> {
    if keys.len() > KEYS_MAX {
        let found = keys.len();
        let zh = format!("一次最多查询 {KEYS_MAX} 项,实为 {found} 项");
        let en = format!("expected at most {KEYS_MAX} keys at once, found {found}");
        return Err(StoreError::refused(zh, en));
    }
    Ok(keys)
}

//! Where a store lives and how it runs. Reading settings from files and the environment is the
//! binary's.

use std::path::PathBuf;

use crate::clock::Clock;
use crate::error::StoreError;

/// Writer lanes of a node on `PostgreSQL`: more did not help with the server on the same machine.
pub(crate) const LANES_DEFAULT: usize = 2;
/// Connections for reading.
pub(crate) const READERS_DEFAULT: u32 = 4;

/// Receipts of the public that one mail address gets in 24 hours.
pub(crate) const RECEIPTS_MAX_DEFAULT: u32 = 10;

/// Settings of a store.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://path` or `postgres://user:password@host/database`.
    pub url: String,
    /// Writer lanes on `PostgreSQL`; `SQLite` has one.
    pub lanes: usize,
    /// Connections for reading.
    pub readers: u32,
    /// What time it is.
    pub clock: Clock,
    /// Where uploaded files are kept.
    pub files: crate::attachments::Files,
    /// How many bytes a file may have.
    pub attachment_bytes_max: u64,
    /// Of which media types a file may be, in lower case.
    pub attachment_types: Vec<String>,
    /// Receipts that one mail address gets in 24 hours for what the public hands in.
    pub receipts_max: u32,
    /// Whether the database must be there as this version has it: it is neither made nor brought up
    /// to date.
    pub as_it_is: bool,
}

impl Settings {
    /// The settings for a database, all others as they are by default.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            lanes: LANES_DEFAULT,
            readers: READERS_DEFAULT,
            clock: Clock::System,
            files: crate::attachments::Files::default(),
            attachment_bytes_max: crate::attachments::ATTACHMENT_BYTES_MAX,
            attachment_types: crate::attachments::MEDIA_TYPES
                .iter()
                .map(|(own, _)| (*own).to_owned())
                .collect(),
            receipts_max: RECEIPTS_MAX_DEFAULT,
            as_it_is: false,
        }
    }
}

/// A database's address, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Place {
    pub(crate) fn of(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        let path = path.map(|path| path.split('?').next().unwrap_or_default());
        match path {
            Some(path) if !path.is_empty() && path != ":memory:" => Ok(Self::Sqlite(path.into())),
            _ => Err(StoreError::Settings(format!(
                "expected `sqlite://path/to/file` or `postgres://…` as the database, found `{}`",
                url.split('@').next_back().unwrap_or_default()
            ))),
        }
    }
}

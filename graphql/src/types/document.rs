//! A document of a case file, as whoever asks may see it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use super::Json;

/// A document with its current content.
#[derive(Debug, SimpleObject)]
pub(crate) struct Document {
    /// Its name in the definition.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) label: String,
    /// Whether it is a list of entries.
    pub(crate) list: bool,
    /// The number of its last version or entry.
    pub(crate) version: i64,
    /// Its content, or a list of entries; fields that one may not see are left out.
    pub(crate) content: Json,
    /// Its form as the pack writes it: sections, fields, labels, rules.
    pub(crate) form: Json,
    /// Whether the task writes it.
    pub(crate) editable: bool,
}

/// A version of a document, or an entry of a list.
#[derive(Debug, SimpleObject)]
pub(crate) struct DocumentVersion {
    /// The document.
    pub(crate) document: String,
    /// Its number, from 1.
    pub(crate) version: i64,
    /// SHA-256 of its canonical JSON.
    pub(crate) hash: String,
    /// When it was written.
    pub(crate) at: Option<DateTime<Utc>>,
    /// By whom.
    pub(crate) person: Option<String>,
}

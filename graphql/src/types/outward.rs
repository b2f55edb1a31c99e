//! What the public sees: pages, open intakes, registers.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};

use super::{Json, instant};
use crate::ids;

/// A page of the public portal.
#[derive(Debug)]
pub(crate) struct Page(pub(crate) store::tables::page::Model);

#[Object]
impl Page {
    /// Its id.
    async fn id(&self) -> ID {
        ids::part("Page", self.0.instance_id, self.0.key)
    }

    /// The process of its case.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it shows: documents by name, only the fields that the definition lists.
    async fn content(&self) -> Json {
        Json(serde_json::from_str(&self.0.content).unwrap_or_default())
    }

    /// Since when it is public.
    async fn published_from(&self) -> Option<DateTime<Utc>> {
        instant(self.0.published_from)
    }

    /// Until when; none where it stays.
    async fn published_until(&self) -> Option<DateTime<Utc>> {
        instant(self.0.published_until)
    }
}

/// An intake that takes submissions.
#[derive(Debug)]
pub(crate) struct Intake(pub(crate) store::tables::intake::Model);

#[Object]
impl Intake {
    /// Its id, for `submit`.
    async fn id(&self) -> ID {
        ids::part("Intake", self.0.instance_id, self.0.key)
    }

    /// The process of its case.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// Its node.
    async fn node(&self) -> &str {
        &self.0.node
    }

    /// From when it takes submissions.
    async fn opens_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.opens_at)
    }

    /// Until when.
    async fn closes_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.closes_at)
    }

    /// Whether nobody reads submissions before it closes.
    async fn sealed(&self) -> bool {
        self.0.sealed != 0
    }

    /// How many have come in.
    async fn submissions(&self) -> i64 {
        self.0.submissions
    }
}

/// An entry of a register.
#[derive(Debug)]
pub(crate) struct RegisterEntry(pub(crate) store::tables::register_entry::Model);

#[Object]
impl RegisterEntry {
    /// The register.
    async fn register(&self) -> &str {
        &self.0.register
    }

    /// The number as written, gap-free by series and year.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// When it was made.
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at)
    }

    /// Its columns.
    async fn columns(&self) -> Json {
        Json(serde_json::from_str(&self.0.body).unwrap_or_default())
    }
}

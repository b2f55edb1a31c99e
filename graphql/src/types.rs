//! GraphQL objects, one file a concept. None is made without having asked whether whoever asks may
//! see it.

pub(crate) mod attachment;
pub(crate) mod choice;
pub(crate) mod clock;
mod closed;
pub(crate) mod definition;
pub(crate) mod deputy;
pub(crate) mod document;
pub(crate) mod forecast;
pub(crate) mod form;
mod happening;
pub(crate) mod history;
pub(crate) mod instance;
pub(crate) mod instant;
pub(crate) mod item;
pub(crate) mod job;
mod limit;
pub(crate) mod migration;
pub(crate) mod modification;
pub(crate) mod notice;
pub(crate) mod outward;
pub(crate) mod person;
pub(crate) mod received;
pub(crate) mod refusal;
pub(crate) mod register;
mod result;
pub(crate) mod said;
pub(crate) mod shown;
pub(crate) mod statistic;
pub(crate) mod submission;
pub(crate) mod task;

use async_graphql::scalar;
use chrono::{DateTime, Utc};
use engine::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Any JSON: the values of a form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Json(pub(crate) serde_json::Value);
scalar!(Json, "JSON", "Any JSON: the values of a form, an explanation, an event.");

/// An instant for the API; none for "never".
pub(crate) fn instant(ms: i64) -> Option<DateTime<Utc>> {
    (ms < Timestamp::NEVER.0).then(|| Timestamp(ms).to_utc())
}

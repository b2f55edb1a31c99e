//! Mutations that do many things at once, each answered by itself: what is refused does not hold up
//! the others.

use async_graphql::{Error, Result, SimpleObject, Value};
use engine::text::Language;

use super::shape::KEY_BYTES_MAX;
use crate::error;
use crate::types::Json;

/// Things that one mutation does at once.
pub(super) const ANSWERS_MAX: usize = 100;

/// Why one of several was refused.
#[derive(Debug, SimpleObject)]
pub(crate) struct Refusal {
    /// The stable code that the mutation of one alone would fail with.
    code: String,
    /// In a sentence.
    message: String,
    /// Whether trying again may help.
    retryable: bool,
    /// All that is known of it, as in an error's `extensions`.
    extensions: Json,
}

impl Refusal {
    /// What an error says.
    pub(super) fn of(error: Error) -> Result<Self> {
        let said = error.extensions.as_ref();
        let Some(Value::String(code)) = said.and_then(|said| said.get("code")).cloned() else {
            return Err(error);
        };
        let retryable = said.and_then(|said| said.get("retryable")) == Some(&Value::Boolean(true));
        let extensions = serde_json::to_value(said).unwrap_or_default();
        Ok(Self { code, message: error.message, retryable, extensions: Json(extensions) })
    }
}

/// The idempotency key of one of several: the caller's, with what it is about.
pub(super) fn key_of(
    language: Language,
    given: Option<&str>,
    about: impl std::fmt::Display,
) -> Result<Option<String>> {
    let Some(given) = given else { return Ok(None) };
    let key = format!("{given}/{about}");
    if given.is_empty() || key.len() > KEY_BYTES_MAX {
        let most = KEY_BYTES_MAX - (key.len() - given.len());
        return Err(error::bad_key(language, most, given.len()));
    }
    Ok(Some(key))
}

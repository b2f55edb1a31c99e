//! Mutations that do many things at once, each answered by itself: what is refused does not hold up
//! the others.

use async_graphql::Result;
use engine::text::Language;

use super::shape::KEY_BYTES_MAX;
use crate::error;

/// Things that one mutation does at once.
pub(super) const ANSWERS_MAX: usize = 100;

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

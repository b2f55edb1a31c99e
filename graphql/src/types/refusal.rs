//! Why something is refused where that is no error of the whole answer: one of several, or what is only
//! asked about.

use async_graphql::{Error, Result, SimpleObject, Value};

use super::Json;

/// Why something is refused, or would be.
#[derive(Debug, SimpleObject)]
pub(crate) struct Refusal {
    /// The stable code that the mutation fails with.
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
    pub(crate) fn of(error: Error) -> Result<Self> {
        let said = error.extensions.as_ref();
        let Some(Value::String(code)) = said.and_then(|said| said.get("code")).cloned() else {
            return Err(error);
        };
        let retryable = said.and_then(|said| said.get("retryable")) == Some(&Value::Boolean(true));
        let extensions = serde_json::to_value(said).unwrap_or_default();
        Ok(Self { code, message: error.message, retryable, extensions: Json(extensions) })
    }
}

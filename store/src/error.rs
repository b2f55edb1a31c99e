//! What can go wrong, for whoever calls the store. Wording for people is where the codes are shown.

use engine::ids::{InstanceId, ProcessName};
use engine::rejection::Rejection;
use engine::text::Language;

use crate::session::Failure;

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SubmitError {
    /// It was refused: journalled, and nothing changed.
    #[error("refused: {0}")]
    Rejected(Rejection),
    /// There is no such case.
    #[error("expected a case, but there is no {0}")]
    UnknownInstance(InstanceId),
    /// The case is not one that the command may be given for: of no interest to the journal.
    #[error("expected a case that the command may be given for, found {0}")]
    NotAllowed(InstanceId),
    /// The job that the command answers for is not the worker's: of no interest to the journal.
    #[error("expected a job of case {0} that the worker has fetched and nobody else since")]
    NotLeased(InstanceId),
    /// There is no such process.
    #[error("expected a published process, but there is no `{0}`")]
    UnknownProcess(ProcessName),
    /// Too many commands wait; the same again later will do.
    #[error("too many commands wait; try again")]
    Busy,
    /// The database is gone or full; the same again later, with the same key, will do.
    #[error("the database is not available; try again")]
    Unavailable,
    /// The case was set aside because of a bug of ours.
    #[error("case {0} was set aside because of a fault in Mandate; an administrator has to look")]
    SetAside(InstanceId),
    /// The key was given with another command before.
    #[error(
        "expected a new key, or the same command again; the key was given with another command"
    )]
    KeyReused,
    /// Somebody else has just done what this command was for: a timer, a follow-up.
    #[error("it was done already")]
    Done,
    /// A fault in Mandate.
    #[error("a fault in Mandate: {0}")]
    Internal(String),
}

impl SubmitError {
    /// Whether the same command may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable)
    }
}

/// Why something is not kept or done, in words for whoever wanted it; English in logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct Refusal {
    zh: String,
    en: String,
}

impl Refusal {
    /// The sentence in a language.
    pub fn message(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// Why something else failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
    /// The database is gone, busy or full.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database refused, or holds what it should not.
    #[error("the database: {0}")]
    Database(String),
    /// What was asked for is not there.
    #[error("not found: {0}")]
    NotFound(String),
    /// An idempotency key was given with something else before.
    #[error("expected a new key, or the same again; the key was given with something else")]
    KeyReused,
    /// More or other than is allowed.
    #[error("{0}")]
    Refused(Refusal),
    /// A stored file could not be read or written.
    #[error("the file store: {0}")]
    Files(String),
}

impl StoreError {
    /// More or other than is allowed, in Chinese and in English.
    pub(crate) fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(Refusal { zh: zh.into(), en: en.into() })
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Conflict => Self::Unavailable("another writer was faster".into()),
            Failure::Data(message) => Self::Database(message),
            Failure::Lost(message) => Self::Unavailable(message),
        }
    }
}

impl From<sea_orm::DbErr> for StoreError {
    fn from(error: sea_orm::DbErr) -> Self {
        match error {
            sea_orm::DbErr::Conn(_) | sea_orm::DbErr::ConnectionAcquire(_) => {
                Self::Unavailable(error.to_string())
            }
            other => Self::Database(other.to_string()),
        }
    }
}

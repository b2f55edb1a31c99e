//! What came before under the same idempotency key: answered again to whoever asks the same thing,
//! and to nobody else. Reading it from the journal is `fetch`.

use std::borrow::Cow;

use engine::command::Command;

use super::Outcome;
use crate::error::SubmitError;
use crate::submit::{Committed, Submit, Target};

/// An earlier command with a key, and what it was answered.
#[derive(Debug)]
pub(super) struct Earlier<'a> {
    /// The case it was for; of one that began a case, the case that it began.
    pub(super) case: Option<i64>,
    pub(super) command: Cow<'a, Command>,
    pub(super) outcome: Outcome,
}

impl<'a> Earlier<'a> {
    /// A command of this batch.
    pub(super) fn of(submit: &'a Submit, outcome: &Outcome) -> Self {
        let case = match submit.target {
            Target::Case(id) => Some(id.0),
            Target::New => outcome.as_ref().ok().map(|committed| committed.instance.0),
        };
        let repeated = |committed| Committed { repeated: true, ..committed };
        let outcome = outcome.clone().map(repeated);
        Self { case, command: Cow::Borrowed(&submit.command), outcome }
    }

    /// The answer to a command with the same key: the same again, or that it is another one.
    pub(super) fn answer(&self, submit: &Submit) -> Outcome {
        let of_same_case = match submit.target {
            Target::Case(id) => self.case == Some(id.0),
            Target::New => true,
        };
        if of_same_case && said(&self.command) == said(&submit.command) {
            return self.outcome.clone();
        }
        Err(SubmitError::KeyReused)
    }
}

/// A command as the journal keeps it, documents by their hash.
fn said(command: &Command) -> serde_json::Value {
    serde_json::to_value(command).expect("a command is plain data")
}

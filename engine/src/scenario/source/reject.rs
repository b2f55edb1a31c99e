//! A step of a scenario that must be refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::text::Language;

use super::{
    AddSignersSource, CancelSource, CompleteSource, CorrectSource, ExtendSource, HandBackSource,
    HandOverSource, HandSource, MigrateSource, ModifySource, RemoveSignerSource, ReopenSource,
    ReplaceSource, ResumeSource, RetrySource, ReturnSource, StepSource, SubmitSource, TaskSource,
    TerminateSource, WithdrawSource,
};

/// Whether a refusal is about a field, or one in it.
fn of_field(rejection: &Rejection, field: &str) -> bool {
    let is_it = |path: &str| {
        path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match rejection {
        Rejection::InvalidDocument { errors, .. } => {
            errors.iter().any(|error| is_it(&error.path.join(".")))
        }
        Rejection::BadArgument { field, .. } | Rejection::TooLong { field, .. } => is_it(field),
        _ => false,
    }
}

/// Whether its sentence, or that of a field, has some words.
fn says(rejection: &Rejection, words: &str) -> bool {
    let own = [Language::Zh, Language::En].map(|language| rejection.message(language));
    let errors = match rejection {
        Rejection::InvalidDocument { errors, .. } => errors.as_slice(),
        _ => &[],
    };
    let of_fields = errors.iter().flat_map(|error| {
        [Language::Zh, Language::En].map(|language| error.message.get(language).to_owned())
    });
    own.into_iter().chain(of_fields).any(|said| said.contains(words))
}

/// A step that must be refused: exactly one step, and a code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectSource {
    /// The code (`docs/api-errors.md`).
    pub code: String,
    /// The field that does not fit, such as `months` or `datasets.0.level`; any field in it counts.
    #[serde(default)]
    pub field: Option<String>,
    /// Words of the sentence that whoever acts is told, in either language.
    #[serde(default)]
    pub message: Option<String>,
    /// A decision.
    #[serde(default)]
    pub complete: Option<CompleteSource>,
    /// A claim.
    #[serde(default)]
    pub claim: Option<TaskSource>,
    /// An activity begun.
    #[serde(default)]
    pub begin: Option<TaskSource>,
    /// A return.
    #[serde(default, rename = "return")]
    pub return_to: Option<ReturnSource>,
    /// A decision taken back.
    #[serde(default)]
    pub take_back: Option<TaskSource>,
    /// A task handed over.
    #[serde(default)]
    pub transfer: Option<HandSource>,
    /// A task delegated.
    #[serde(default)]
    pub delegate: Option<HandSource>,
    /// A delegated task given back.
    #[serde(default)]
    pub hand_back: Option<HandBackSource>,
    /// A case withdrawn.
    #[serde(default)]
    pub withdraw_case: Option<CancelSource>,
    /// A case voided.
    #[serde(default)]
    pub void: Option<CancelSource>,
    /// A case terminated.
    #[serde(default)]
    pub terminate: Option<TerminateSource>,
    /// A case reopened.
    #[serde(default)]
    pub reopen: Option<ReopenSource>,
    /// Everything of one who leaves handed over.
    #[serde(default)]
    pub hand_over: Option<HandOverSource>,
    /// Signers added.
    #[serde(default)]
    pub add_signers: Option<AddSignersSource>,
    /// A signer taken out again.
    #[serde(default)]
    pub remove_signer: Option<RemoveSignerSource>,
    /// A task that the next reserve takes over.
    #[serde(default)]
    pub replace: Option<ReplaceSource>,
    /// A submission.
    #[serde(default)]
    pub submit: Option<SubmitSource>,
    /// An extension.
    #[serde(default)]
    pub extend: Option<ExtendSource>,
    /// A submission taken back.
    #[serde(default)]
    pub withdraw: Option<WithdrawSource>,
    /// A cancellation.
    #[serde(default)]
    pub cancel: Option<CancelSource>,
    /// Data corrected.
    #[serde(default)]
    pub correct: Option<CorrectSource>,
    /// Tokens moved by hand.
    #[serde(default)]
    pub modify: Option<ModifySource>,
    /// A case that is to stand still.
    #[serde(default)]
    pub suspend: Option<CancelSource>,
    /// A case that is to go on.
    #[serde(default)]
    pub resume: Option<ResumeSource>,
    /// Something tried again.
    #[serde(default)]
    pub retry: Option<RetrySource>,
    /// A case that is to go over to the pack's version.
    #[serde(default)]
    pub migrate: Option<MigrateSource>,
}

impl RejectSource {
    /// Whether a refusal is the one that is meant.
    #[must_use]
    pub fn is_met_by(&self, rejection: &Rejection) -> bool {
        rejection.code() == self.code
            && self.field.as_ref().is_none_or(|field| of_field(rejection, field))
            && self.message.as_ref().is_none_or(|words| says(rejection, words))
    }

    /// The refusal that is meant, in words.
    #[must_use]
    pub fn wanted(&self) -> String {
        let field = self.field.as_ref().map(|field| format!(" of `{field}`")).unwrap_or_default();
        let said = self.message.as_ref().map(|said| format!(" that says {said:?}"));
        format!("{}{field}{}", self.code, said.unwrap_or_default())
    }

    /// The step that must be refused.
    ///
    /// # Errors
    /// There is none beside `code`, or more than one.
    pub fn step(&self) -> Result<StepSource, String> {
        use StepSource as Step;
        let steps = [
            self.complete.clone().map(Step::Complete),
            self.claim.clone().map(Step::Claim),
            self.begin.clone().map(Step::Begin),
            self.return_to.clone().map(Step::Return),
            self.take_back.clone().map(Step::TakeBack),
            self.transfer.clone().map(Step::Transfer),
            self.delegate.clone().map(Step::Delegate),
            self.hand_back.clone().map(Step::HandBack),
            self.withdraw_case.clone().map(Step::WithdrawCase),
            self.void.clone().map(Step::Void),
            self.terminate.clone().map(Step::Terminate),
            self.reopen.clone().map(Step::Reopen),
            self.hand_over.clone().map(Step::HandOver),
            self.add_signers.clone().map(Step::AddSigners),
            self.remove_signer.clone().map(Step::RemoveSigner),
            self.replace.clone().map(Step::Replace),
            self.submit.clone().map(Step::Submit),
            self.extend.clone().map(Step::Extend),
            self.withdraw.clone().map(Step::Withdraw),
            self.cancel.clone().map(Step::Cancel),
            self.correct.clone().map(Step::Correct),
            self.modify.clone().map(Step::Modify),
            self.suspend.clone().map(Step::Suspend),
            self.resume.clone().map(Step::Resume),
            self.retry.clone().map(Step::Retry),
            self.migrate.clone().map(Step::Migrate),
        ];
        let mut steps: Vec<StepSource> = steps.into_iter().flatten().collect();
        match (steps.pop(), steps.len()) {
            (Some(step), 0) => Ok(step),
            (None, _) => Err("expected a step beside `code`".to_owned()),
            (Some(_), more) => Err(format!("expected one step beside `code`, found {}", more + 1)),
        }
    }
}

//! What whoever asks handed in to intakes themselves: they read it, and what became of it, without
//! seeing the case.

use async_graphql::{Context, Enum, Object, Result};
use chrono::{DateTime, Utc};
use store::read::{OwnSubmission, SubmissionFate};

use super::instance::{InstanceStatus, outcome_label};
use super::outward::Intake;
use super::{Json, instant};
use crate::context::{Told as _, reader};

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum SubmissionState {
    /// It counts.
    Valid,
    /// Another one took its place.
    Replaced,
    /// It was taken back.
    Withdrawn,
    /// It counts no more: the case was returned to before, or the intake received anew.
    Undone,
}

/// Something that whoever asks handed in.
#[derive(Debug)]
pub(crate) struct Submission(pub(crate) OwnSubmission);

#[Object]
impl Submission {
    /// The intake, open or closed.
    async fn intake(&self, ctx: &Context<'_>) -> Result<Option<Intake>> {
        let reader = reader(ctx);
        let id = (self.0.instance, i64::from(self.0.key.0));
        let row = reader.loaders.intakes_by_id.load(id).await.told(reader)?;
        Ok(row.map(Intake))
    }

    /// Its number in the intake, for `withdrawSubmission` and `replaces`; from 1.
    async fn number(&self) -> u32 {
        self.0.number
    }

    /// When it was received (RFC 3339, UTC).
    async fn received_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at.0)
    }

    /// SHA-256 of what was handed in, in hexadecimal: the one of the receipt.
    async fn hash(&self) -> &str {
        self.0.hash.as_str()
    }

    /// What was handed in.
    async fn content(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let reader = reader(ctx);
        let content = reader.loaders.contents.load(self.0.hash.to_string()).await.told(reader)?;
        Ok(content.map(|content| Json((*content).clone())))
    }

    /// What became of it.
    async fn state(&self, ctx: &Context<'_>) -> Result<SubmissionState> {
        Ok(match self.0.fate {
            SubmissionFate::Valid => {
                let case = reader(ctx).state(self.0.instance).await?;
                let closed = case.closed_intakes().get(&self.0.key);
                match closed.is_some_and(|closed| closed.undone) {
                    true => SubmissionState::Undone,
                    false => SubmissionState::Valid,
                }
            }
            SubmissionFate::Replaced(_) => SubmissionState::Replaced,
            SubmissionFate::Withdrawn => SubmissionState::Withdrawn,
        })
    }

    /// The number of the submission that took its place.
    async fn replaced_by(&self) -> Option<u32> {
        match self.0.fate {
            SubmissionFate::Replaced(number) => Some(number),
            SubmissionFate::Valid | SubmissionFate::Withdrawn => None,
        }
    }

    /// What the case is called that it was handed in to.
    async fn instance_title(&self, ctx: &Context<'_>) -> Result<String> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance).await?;
        reader.title(&state).await
    }

    /// Whether that case runs.
    async fn instance_status(&self, ctx: &Context<'_>) -> Result<InstanceStatus> {
        let state = reader(ctx).state(self.0.instance).await?;
        Ok(InstanceStatus::now(&state))
    }

    /// How that case ended: the outcome of its end event.
    async fn instance_outcome(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let state = reader(ctx).state(self.0.instance).await?;
        Ok(state.outcome().map(ToString::to_string))
    }

    /// What people call that outcome: the name of its end event.
    async fn instance_outcome_label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let reader = reader(ctx);
        outcome_label(reader, &*reader.state(self.0.instance).await?).await
    }
}

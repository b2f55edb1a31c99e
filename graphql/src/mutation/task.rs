//! What people do with their tasks.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::Command;
use engine::ids::{InstanceId, Key};

use super::each::ANSWERS_MAX;
use super::files;
use super::shape::{DocumentInput, Done, contents, mutation, named, to_task};
use crate::context::{Reader, Told as _, reader};
use crate::types::refusal::Refusal;
use crate::types::task::Task;
use crate::types::{Json, instant};
use crate::{error, ids};

/// Mutations of tasks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TaskMutation;

mutation! {
    /// Whose task it shall be: of whoever asks.
    ClaimTaskInput => ClaimTaskPayload about task {
        /// The task.
        task: ID,
    }
}

mutation! {
    /// Which task goes back.
    ReleaseTaskInput => ReleaseTaskPayload about task {
        /// The task.
        task: ID,
    }
}

mutation! {
    /// How a task is decided.
    CompleteTaskInput => CompleteTaskPayload about task {
        /// The task.
        task: ID,
        /// One of the task's outcomes; none where it has none.
        outcome: Option<String>,
        /// The documents that its form writes.
        documents: Option<Vec<DocumentInput>>,
        /// The opinion.
        comment: Option<String>,
        /// The documents as they were shown, `Document.name` and `Document.version` of each: where one
        /// has been written since, the decision is refused (`STALE_DOCUMENT`), so that nobody decides
        /// on what they did not see, or writes over it. Lists, which others add to, are not compared.
        seen: Option<Vec<SeenDocumentInput>>,
    }
}

/// A document as it was shown.
#[derive(Debug, InputObject)]
pub(crate) struct SeenDocumentInput {
    /// Its name.
    document: String,
    /// The version that was shown; 0 where nothing was written yet.
    version: u32,
}

mutation! {
    /// By how much a deadline runs longer.
    ExtendTaskInput => ExtendTaskPayload about task {
        /// The task.
        task: ID,
        /// By how much, such as `10 workdays`.
        by: String,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which task is urged.
    UrgeTaskInput => UrgeTaskPayload about task {
        /// The task.
        task: ID,
    }
}

/// What is kept of a form that is not handed in yet.
#[derive(Debug, async_graphql::InputObject)]
pub(crate) struct SaveDraftInput {
    /// The task.
    task: ID,
    /// What was filled in so far, by document; kept unchecked, at most 1 MiB.
    body: Json,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The draft as it is kept.
#[derive(Debug, SimpleObject)]
pub(crate) struct SaveDraftPayload {
    /// The task with the draft.
    task: Task,
    /// When it was saved (RFC 3339, UTC).
    saved_at: Option<DateTime<Utc>>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What is decided.
#[derive(Debug, InputObject)]
pub(crate) struct CompleteTasksInput {
    /// The decisions, at most 100, as `completeTask` takes each.
    tasks: Vec<CompleteTaskInput>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What became of each decision.
#[derive(Debug, SimpleObject)]
pub(crate) struct CompleteTasksPayload {
    /// Each task, answered by itself, in the order of the input.
    results: Vec<CompleteTasksResult>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What became of one decision.
#[derive(Debug, SimpleObject)]
pub(crate) struct CompleteTasksResult {
    /// The task.
    id: ID,
    /// The state after the decision; none where it was refused.
    done: Option<CompleteTaskPayload>,
    /// Why it was refused; nothing changed then.
    refused: Option<Refusal>,
}

/// Decides a task.
async fn decide(
    reader: Reader<'_>,
    place: (InstanceId, Key),
    input: CompleteTaskInput,
) -> Result<Done> {
    let documents = contents(reader.language(), input.documents)?;
    files::check_documents(reader, Some(place.0), &documents).await?;
    let command = Command::CompleteTask {
        task: place.1,
        outcome: input.outcome.as_deref().map(Into::into),
        documents,
        comment: input.comment,
        seen: input
            .seen
            .into_iter()
            .flatten()
            .map(|one| (one.document.as_str().into(), one.version))
            .collect(),
    };
    to_task(reader, place, command, named!(input)).await
}

/// Decides one of several tasks; a refusal is its answer.
async fn decide_one(reader: Reader<'_>, one: CompleteTaskInput) -> Result<CompleteTasksResult> {
    let id = one.task.clone();
    let done = match ids::read_task(reader.language(), "input.task", &id) {
        Ok(place) => decide(reader, place, one).await,
        Err(error) => Err(error),
    };
    Ok(match done {
        Ok(done) => {
            CompleteTasksResult { id, done: Some(CompleteTaskPayload(done)), refused: None }
        }
        Err(error) => CompleteTasksResult { id, done: None, refused: Some(Refusal::of(error)?) },
    })
}

#[Object]
impl TaskMutation {
    /// Takes a task that is offered to one's role (签收).
    async fn claim_task(
        &self,
        ctx: &Context<'_>,
        input: ClaimTaskInput,
    ) -> Result<ClaimTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let command = Command::ClaimTask { task: place.1 };
        to_task(reader(ctx), place, command, named!(input)).await.map(ClaimTaskPayload)
    }

    /// Gives a claimed task back to those it is offered to.
    async fn release_task(
        &self,
        ctx: &Context<'_>,
        input: ReleaseTaskInput,
    ) -> Result<ReleaseTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let command = Command::ReleaseTask { task: place.1 };
        to_task(reader(ctx), place, command, named!(input)).await.map(ReleaseTaskPayload)
    }

    /// Decides a task (办理). One that nobody claimed is claimed in passing; drafts of it
    /// are shown no more.
    async fn complete_task(
        &self,
        ctx: &Context<'_>,
        input: CompleteTaskInput,
    ) -> Result<CompleteTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let done = decide(reader(ctx), place, input).await?;
        Ok(CompleteTaskPayload(done))
    }

    /// Decides several tasks (批量办理), each answered by itself.
    #[graphql(complexity = "1 + input.tasks.len() * child_complexity")]
    async fn complete_tasks(
        &self,
        ctx: &Context<'_>,
        input: CompleteTasksInput,
    ) -> Result<CompleteTasksPayload> {
        let reader = reader(ctx);
        if input.tasks.len() > ANSWERS_MAX {
            let (language, found) = (reader.language(), input.tasks.len());
            return Err(error::bad_count(language, "input.tasks", 0, ANSWERS_MAX, found));
        }
        let results = input.tasks.into_iter().map(|one| decide_one(reader, one));
        let results = futures_util::future::try_join_all(results).await?;
        Ok(CompleteTasksPayload { results, client_mutation_id: input.client_mutation_id })
    }

    /// Keeps what one has filled in so far, unchecked (暂存). Only its writer reads it.
    async fn save_draft(
        &self,
        ctx: &Context<'_>,
        input: SaveDraftInput,
    ) -> Result<SaveDraftPayload> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let (instance, key) = ids::read_task(reader.language(), "input.task", &input.task)?;
        let (instance, key) = (instance.0, i64::from(key.0));
        let task = Task::seen(reader, instance, key).await;
        let task = task.map_err(|error| error::at("input.task", error))?;
        task.for_work(reader).await.map_err(|error| error::at("input.task", error))?;
        let saved = reader.store.save_draft(instance, key, &person.id, &input.body.0).await;
        Ok(SaveDraftPayload {
            task,
            saved_at: instant(saved.told(reader)?),
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Lets a task's deadline run longer, once, with a reason (延期).
    async fn extend_task(
        &self,
        ctx: &Context<'_>,
        input: ExtendTaskInput,
    ) -> Result<ExtendTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let (by, reason) = (input.by, input.reason);
        let command = Command::ExtendTask { task: place.1, by, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(ExtendTaskPayload)
    }

    /// Reminds whoever has a task (催办).
    async fn urge_task(&self, ctx: &Context<'_>, input: UrgeTaskInput) -> Result<UrgeTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let command = Command::UrgeTask { task: place.1 };
        to_task(reader(ctx), place, command, named!(input)).await.map(UrgeTaskPayload)
    }
}

//! One mutation a command; those of workers are in `jobs`. Thin: what is given becomes a command, what was written is answered.

use std::collections::BTreeMap;

use access::{Action, Relation};
use async_graphql::{Context, ID, InputObject, MergedObject, Object, Result, SimpleObject};
use engine::actor::Actor;
use engine::command::{Command, Content};
use engine::ids::{DocumentName, InstanceId};
use store::{Committed, DeployError, Submit};

use crate::context::{allow, allow_case, person, store, viewing};
use crate::demonstration::DemonstrationMutation;
use crate::jobs::JobMutation;
use crate::query::{case_by_id, task_by_id};
use crate::repair::RepairMutation;
use crate::types::Json;
use crate::types::case::Case;
use crate::types::definition::Diagnostic;
use crate::{error, ids};

/// Mutations: those of people, of workers, of admins who repair, and of a demonstration.
#[derive(Debug, Clone, Copy, Default, MergedObject)]
pub struct Mutation(CaseMutation, JobMutation, RepairMutation, DemonstrationMutation);

/// Mutations of people.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CaseMutation;

/// A document's content.
#[derive(Debug, InputObject)]
pub(crate) struct DocumentInput {
    /// The document.
    document: String,
    /// Its content.
    content: Json,
}

/// A file of a pack.
#[derive(Debug, InputObject)]
pub(crate) struct FileInput {
    /// Its path in the pack, with `/`.
    path: String,
    /// Its text.
    text: String,
}

/// What a command did.
#[derive(Debug, SimpleObject)]
pub(crate) struct CasePayload {
    /// The case as it is after the command.
    case: Case,
    /// How many commands changed the case up to this one.
    revision: i64,
    /// Whether the command had been carried out before under the same key.
    repeated: bool,
}

/// What a deployment did.
#[derive(Debug, SimpleObject)]
pub(crate) struct DeployPayload {
    /// The pack's version; none where it has errors.
    version: Option<u32>,
    /// Whether just this was deployed before.
    unchanged: bool,
    /// Every problem; none of them an error where a version is given.
    diagnostics: Vec<Diagnostic>,
}

/// When a draft was saved.
#[derive(Debug, SimpleObject)]
pub(crate) struct DraftPayload {
    /// When.
    saved_at: Option<chrono::DateTime<chrono::Utc>>,
}

fn contents(given: Option<Vec<DocumentInput>>) -> BTreeMap<DocumentName, Content> {
    let given = given.unwrap_or_default().into_iter();
    given.map(|one| (one.document.as_str().into(), Content::new(one.content.0))).collect()
}

fn actor(ctx: &Context<'_>) -> Actor {
    viewing(ctx).person.as_ref().map_or(Actor::Public, store::directory::Person::actor)
}

async fn submit(ctx: &Context<'_>, submit: Submit, key: Option<String>) -> Result<CasePayload> {
    let who = viewing(ctx).person.as_ref().map_or("public", |person| person.id.as_str());
    // A key is its giver's: nobody is answered what another one did.
    let submit = match key {
        Some(key) if key.len() > KEY_BYTES_MAX => {
            let message = format!("expected at most {KEY_BYTES_MAX} bytes");
            return Err(error::bad_argument("idempotencyKey", &message));
        }
        Some(key) => submit.dedup(format!("{who}:{key}")),
        None => submit,
    };
    let committed = store(ctx)?.submit(submit).await;
    let Committed { revision, after, repeated, .. } =
        committed.map_err(|failed| error::submit(&failed, viewing(ctx).language))?;
    Ok(CasePayload { case: Case { state: after }, revision, repeated })
}

/// Longest idempotency key.
const KEY_BYTES_MAX: usize = 200;

async fn to(
    ctx: &Context<'_>,
    instance: InstanceId,
    command: Command,
    key: Option<String>,
) -> Result<CasePayload> {
    submit(ctx, Submit::to(instance, actor(ctx), command), key).await
}

#[Object]
impl CaseMutation {
    /// Publishes a pack, or answers every problem it has.
    async fn deploy(&self, ctx: &Context<'_>, files: Vec<FileInput>) -> Result<DeployPayload> {
        allow(ctx, Action::Deploy, &Relation::default())?;
        let by = person(ctx)?.id.clone();
        let files = files.into_iter().map(|file| (file.path, file.text.into_bytes())).collect();
        match store(ctx)?.deploy(files, &by).await {
            Ok(deployed) => Ok(DeployPayload {
                version: Some(deployed.version),
                unchanged: deployed.unchanged,
                diagnostics: Vec::new(),
            }),
            Err(DeployError::Diagnostics(problems)) => Ok(DeployPayload {
                version: None,
                unchanged: true,
                diagnostics: problems.iter().map(Diagnostic::from).collect(),
            }),
            Err(DeployError::Store(failed)) => Err(error::store(&failed, viewing(ctx).language)),
        }
    }

    /// Begins a case.
    async fn start(
        &self,
        ctx: &Context<'_>,
        process: String,
        documents: Option<Vec<DocumentInput>>,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        person(ctx)?;
        let command = Command::Start {
            process: process.as_str().into(),
            documents: contents(documents),
            parent: None,
            origin: None,
        };
        submit(ctx, Submit::new(actor(ctx), command), idempotency_key).await
    }

    /// Takes a task that is offered to one's role.
    async fn claim(
        &self,
        ctx: &Context<'_>,
        task: ID,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let (instance, task) = ids::read_part("Task", &task)?;
        to(ctx, instance, Command::ClaimTask { task }, idempotency_key).await
    }

    /// Gives a claimed task back.
    async fn release(
        &self,
        ctx: &Context<'_>,
        task: ID,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let (instance, task) = ids::read_part("Task", &task)?;
        to(ctx, instance, Command::ReleaseTask { task }, idempotency_key).await
    }

    /// Decides a task.
    async fn complete(
        &self,
        ctx: &Context<'_>,
        task: ID,
        outcome: Option<String>,
        documents: Option<Vec<DocumentInput>>,
        comment: Option<String>,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let (instance, key) = ids::read_part("Task", &task)?;
        let outcome = outcome.as_deref().map(Into::into);
        let command =
            Command::CompleteTask { task: key, outcome, documents: contents(documents), comment };
        let payload = to(ctx, instance, command, idempotency_key).await?;
        if let Some(person) = &viewing(ctx).person {
            let dropped = store(ctx)?.drop_draft(instance.0, i64::from(key.0), &person.id).await;
            if let Err(failed) = dropped {
                tracing::warn!(error = %failed, "a draft was left behind");
            }
        }
        Ok(payload)
    }

    /// Keeps what one has filled in so far, unchecked.
    async fn save_draft(&self, ctx: &Context<'_>, task: ID, body: Json) -> Result<DraftPayload> {
        let person = person(ctx)?;
        let (instance, key) = ids::read_part("Task", &task)?;
        task_by_id(ctx, instance.0, i64::from(key.0)).await?;
        let saved = store(ctx)?
            .save_draft(instance.0, i64::from(key.0), &person.id, &body.0)
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(DraftPayload { saved_at: crate::types::instant(saved) })
    }

    /// Lets a task's deadline run longer, once, with a reason; `by` such as `10 workdays`.
    async fn extend(
        &self,
        ctx: &Context<'_>,
        task: ID,
        by: String,
        reason: String,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let (instance, task) = ids::read_part("Task", &task)?;
        to(ctx, instance, Command::ExtendTask { task, by, reason }, idempotency_key).await
    }

    /// Reminds whoever has a task (催办).
    async fn urge(
        &self,
        ctx: &Context<'_>,
        task: ID,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let (instance, task) = ids::read_part("Task", &task)?;
        part_of(ctx, instance).await?;
        to(ctx, instance, Command::UrgeTask { task }, idempotency_key).await
    }

    /// Lets people know of a case (抄送).
    async fn copy(
        &self,
        ctx: &Context<'_>,
        case: ID,
        people: Vec<String>,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let instance = ids::read_case(&case)?;
        part_of(ctx, instance).await?;
        let people = people.iter().map(|person| person.as_str().into()).collect();
        to(ctx, instance, Command::Copy { people, task: None }, idempotency_key).await
    }

    /// Hands something in to an open intake. Answers the number of what is known publicly: nothing
    /// of the case.
    async fn submit(
        &self,
        ctx: &Context<'_>,
        intake: ID,
        content: Json,
        replaces: Option<u32>,
        idempotency_key: Option<String>,
    ) -> Result<SubmissionPayload> {
        let (instance, key) = ids::read_part("Intake", &intake)?;
        let content = Content::new(content.0);
        let hash = content.hash.to_string();
        let command = Command::Submit { intake: key, content, replaces };
        let payload = to(ctx, instance, command, idempotency_key).await?;
        Ok(SubmissionPayload {
            received_at: crate::types::instant(store(ctx)?.clock().now().0),
            hash,
            repeated: payload.repeated,
        })
    }

    /// Takes back what one handed in, while the intake is open.
    async fn withdraw_submission(
        &self,
        ctx: &Context<'_>,
        intake: ID,
        submission: u32,
        idempotency_key: Option<String>,
    ) -> Result<bool> {
        person(ctx)?;
        let (instance, key) = ids::read_part("Intake", &intake)?;
        let command = Command::WithdrawSubmission { intake: key, submission };
        to(ctx, instance, command, idempotency_key).await.map(|_| true)
    }

    /// Says something on a case.
    async fn comment(
        &self,
        ctx: &Context<'_>,
        case: ID,
        text: String,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let instance = ids::read_case(&case)?;
        part_of(ctx, instance).await?;
        to(ctx, instance, Command::Comment { text }, idempotency_key).await
    }

    /// Ends a case before its time: by whoever began it, or by an admin.
    async fn cancel(
        &self,
        ctx: &Context<'_>,
        case: ID,
        reason: String,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        let instance = ids::read_case(&case)?;
        part_of(ctx, instance).await?;
        to(ctx, instance, Command::Cancel { reason }, idempotency_key).await
    }

    /// Tries again what ended in an incident.
    async fn retry(
        &self,
        ctx: &Context<'_>,
        activation: ID,
        idempotency_key: Option<String>,
    ) -> Result<CasePayload> {
        allow(ctx, Action::Repair, &Relation::default())?;
        let (instance, key) = ids::read_part("Task", &activation)?;
        to(ctx, instance, Command::Retry { key }, idempotency_key).await
    }
}

/// What came of a submission.
#[derive(Debug, SimpleObject)]
pub(crate) struct SubmissionPayload {
    /// When it was received.
    received_at: Option<chrono::DateTime<chrono::Utc>>,
    /// SHA-256 of what was handed in, as a receipt.
    hash: String,
    /// Whether it had been handed in before under the same key.
    repeated: bool,
}

/// Refuses who has no part in a case.
async fn part_of(ctx: &Context<'_>, instance: InstanceId) -> Result<()> {
    let case = case_by_id(ctx, instance.0).await?;
    allow_case(ctx, Action::TakePart, &case.state).await
}

//! What workers do: fetch and finish the jobs of service tasks, and send messages to cases. For
//! whoever holds the role `worker`.

use access::Action;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::Command;
use engine::ids::{InstanceId, Key};
use store::Submit;

use super::files;
use super::shape::KEY_BYTES_MAX;
use crate::argument::Arguments;
use crate::context::{Reader, Told as _, reader};
use crate::types::Json;
use crate::types::instance::Instance;
use crate::types::job::Job;
use crate::{error, ids};

/// How long a worker has a job where it says nothing, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// How long a worker may have a job, in milliseconds: an hour.
const LEASE_MS_MAX: i64 = 3_600_000;
/// Jobs that a worker may take at once.
const JOBS_MAX: u32 = 100;

/// Mutations of workers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JobMutation;

/// Which work a worker wants.
#[derive(Debug, InputObject)]
pub(crate) struct FetchJobsInput {
    /// The topic of service tasks.
    topic: String,
    /// How many at most, 1 to 100; 1 where nothing is said.
    first: Option<u32>,
    /// Who asks, where several workers share an account: `completeJob` and `failJob` then name the same.
    /// At most 200 bytes.
    worker: Option<String>,
    /// For how long no other worker gets them, in milliseconds, at most an hour; a minute where
    /// nothing is said.
    lease_ms: Option<i64>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The work that a worker has now.
#[derive(Debug, SimpleObject)]
pub(crate) struct FetchJobsPayload {
    /// The jobs, leased to the worker.
    jobs: Vec<Job>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// Which work is done, and what came of it.
#[derive(Debug, InputObject)]
pub(crate) struct CompleteJobInput {
    /// The job.
    job: ID,
    /// What came of it.
    result: Option<Json>,
    /// Who fetched it, as `fetchJobs` was told.
    worker: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// Which work failed, and why.
#[derive(Debug, InputObject)]
pub(crate) struct FailJobInput {
    /// The job.
    job: ID,
    /// Why.
    error: String,
    /// Who fetched it, as `fetchJobs` was told.
    worker: Option<String>,
    /// The code of a business error that the process catches: the work is not tried again, and
    /// neither `retries` nor `retryAfterMs` is taken beside it.
    code: Option<String>,
    /// How often it may still fail: at most one less than the job had left, which is what it is where
    /// nothing is said. With 0 it is an incident at once.
    retries: Option<u32>,
    /// After how many milliseconds it may be fetched again, at most a day; where nothing is said
    /// after 10 seconds, and twice as long after each further try.
    retry_after_ms: Option<i64>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What a worker's answer did. Workers do not see cases.
#[derive(Debug, SimpleObject)]
pub(crate) struct CompleteJobPayload {
    /// The job that is done.
    job: ID,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What a worker's answer did. Workers do not see cases.
#[derive(Debug, SimpleObject)]
pub(crate) struct FailJobPayload {
    /// The job as it waits to be tried again; none where it has no retries left.
    job: Option<Job>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What is sent to a case.
#[derive(Debug, InputObject)]
pub(crate) struct SendMessageInput {
    /// The message's name.
    message: String,
    /// The key by which the case is found: what its process waits with. Where that is the case itself,
    /// as it is where a process says nothing else, its `Instance.id`; the id of anything else is
    /// `BAD_ARGUMENT`.
    correlation: String,
    /// What it carries.
    payload: Option<Json>,
    /// The same key again, by the same sender, counts once; with another message it is `KEY_REUSED`. 1
    /// to 200 bytes.
    idempotency_key: String,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum MessageDelivery {
    /// A case waited for it and has received it.
    Received,
    /// A case began with it.
    Began,
    /// No case has received it yet: it is kept.
    Kept,
}

/// The message is kept until a case receives it, for a time.
#[derive(Debug, SimpleObject)]
pub(crate) struct SendMessagePayload {
    /// The message's name.
    message: String,
    /// Until when it is kept: as long as a process says that waits for it or begins with it, the
    /// longest counts; 30 days where none says so.
    kept_until: Option<DateTime<Utc>>,
    /// What has become of it by now. A message that is kept may still reach a case: the same again,
    /// with the same key, tells.
    delivery: MessageDelivery,
    /// The case that received it or began with it, where whoever asks may see that.
    instance: Option<Instance>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// A signal for every case that waits for it.
#[derive(Debug, InputObject)]
pub(crate) struct SendSignalInput {
    /// The signal's name.
    signal: String,
    /// What it carries.
    payload: Option<Json>,
    /// The same key again, by the same sender, is the same signal: no case gets it twice; with another
    /// signal it is `KEY_REUSED`. 1 to 200 bytes.
    idempotency_key: String,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The signal is handed to whoever waits for it now; it is not kept for others.
#[derive(Debug, SimpleObject)]
pub(crate) struct SendSignalPayload {
    /// The signal's name.
    signal: String,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// A sender's key, told apart from those of others.
fn sent_as(reader: Reader<'_>, key: &str) -> Result<String> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(error::bad_key(reader.language(), KEY_BYTES_MAX, key.len()));
    }
    Ok(format!("{}:{key}", reader.person()?.id))
}

/// What a sender brings: only files of their own.
async fn brought(reader: Reader<'_>, payload: Option<Json>) -> Result<Option<serde_json::Value>> {
    let payload = payload.map(|payload| payload.0);
    if let Some(payload) = &payload {
        files::check_brought(reader, "input.payload", payload, None).await?;
    }
    Ok(payload)
}

/// What has become of a message that is sent, and its case where whoever asks may see it. That it was
/// sent stands, whatever comes of asking.
async fn delivered(reader: Reader<'_>, id: &str) -> (MessageDelivery, Option<Instance>) {
    let received = match reader.store.hand_over(id).await {
        Ok(Some(received)) => received,
        Ok(None) => return (MessageDelivery::Kept, None),
        Err(error) => {
            tracing::warn!(%error, "a message waits for its worker");
            return (MessageDelivery::Kept, None);
        }
    };
    let delivery = match received.began() {
        true => MessageDelivery::Began,
        false => MessageDelivery::Received,
    };
    (delivery, Instance::by_id(reader, received.instance_id).await.ok())
}

/// Who a worker is among those of its account.
fn called(reader: Reader<'_>, worker: Option<&str>) -> Result<String> {
    let account = &reader.person()?.id;
    let Some(worker) = worker else { return Ok(account.clone()) };
    if worker.is_empty() || worker.len() > KEY_BYTES_MAX {
        let language = reader.language();
        return Err(error::bad_count(language, "input.worker", 1, KEY_BYTES_MAX, worker.len()));
    }
    Ok(format!("{account}/{worker}"))
}

/// Refuses an answer to a job that whoever answers does not have: another has fetched it since, or it
/// waits to be tried again. Where there is no such job any more, the case tells.
async fn has_fetched(
    reader: Reader<'_>,
    (instance, key): (InstanceId, Key),
    worker: Option<&str>,
) -> Result<()> {
    let worker = called(reader, worker)?;
    let jobs = reader.store.jobs(&[(instance.0, i64::from(key.0))]).await.told(reader)?;
    match jobs.iter().all(|job| job.worker.as_ref() == Some(&worker)) {
        true => Ok(()),
        false => Err(error::not_leased(reader.language())),
    }
}

/// Answers for a job, unless another fetches it meanwhile.
async fn carry_out(
    reader: Reader<'_>,
    (instance, key): (InstanceId, Key),
    worker: Option<&str>,
    command: Command,
) -> Result<()> {
    let actor = reader.person()?.actor();
    let arguments = Arguments::of(&command);
    let submit = Submit::to(instance, actor, command).held_by(key, called(reader, worker)?);
    let done = reader.store.submit(submit).await;
    done.map_err(|error| error::given(&error, arguments, reader.language())).map(drop)
}

#[Object]
impl JobMutation {
    /// Leases jobs of a topic: no other worker gets them until the lease ends.
    async fn fetch_jobs(
        &self,
        ctx: &Context<'_>,
        input: FetchJobsInput,
    ) -> Result<FetchJobsPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Work)?;
        let lease_ms = input.lease_ms.unwrap_or(LEASE_MS);
        if !(1..=LEASE_MS_MAX).contains(&lease_ms) {
            let language = reader.language();
            return Err(error::bad_count(language, "input.leaseMs", 1, LEASE_MS_MAX, lease_ms));
        }
        let first = input.first.unwrap_or(1);
        if !(1..=JOBS_MAX).contains(&first) {
            let language = reader.language();
            return Err(error::bad_count(language, "input.first", 1, JOBS_MAX, first));
        }
        let worker = called(reader, input.worker.as_deref())?;
        let leases = reader.store.fetch_jobs(&input.topic, &worker, first, lease_ms).await;
        let jobs = leases.told(reader)?.into_iter().map(Job::from).collect();
        Ok(FetchJobsPayload { jobs, client_mutation_id: input.client_mutation_id })
    }

    /// Says that a job's work is done. `NOT_OPEN` when it was done already, `NOT_LEASED` when whoever
    /// says so has not fetched it, or another has since. Once its time is over it may still be answered
    /// until another fetches it.
    async fn complete_job(
        &self,
        ctx: &Context<'_>,
        input: CompleteJobInput,
    ) -> Result<CompleteJobPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Work)?;
        let (instance, key) = ids::read_job(reader.language(), "input.job", &input.job)?;
        has_fetched(reader, (instance, key), input.worker.as_deref()).await?;
        let result = input.result.map(|result| result.0).unwrap_or_default();
        files::check_brought(reader, "input.result", &result, Some((instance, key))).await?;
        let command = Command::CompleteJob { key, result };
        carry_out(reader, (instance, key), input.worker.as_deref(), command).await?;
        let client_mutation_id = input.client_mutation_id;
        Ok(CompleteJobPayload { job: input.job, client_mutation_id })
    }

    /// Says that a job's work failed; it is tried again while it has retries left, or goes on as the process
    /// catches the error's `code`. Refused like `completeJob`.
    async fn fail_job(&self, ctx: &Context<'_>, input: FailJobInput) -> Result<FailJobPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Work)?;
        let (instance, key) = ids::read_job(reader.language(), "input.job", &input.job)?;
        has_fetched(reader, (instance, key), input.worker.as_deref()).await?;
        let FailJobInput { error: why, code, retries, retry_after_ms, worker, .. } = input;
        let again = [
            ("input.retries", retries.is_some()),
            ("input.retryAfterMs", retry_after_ms.is_some()),
        ];
        if let (Some(_), Some((field, _))) = (&code, again.iter().find(|(_, is_given)| *is_given)) {
            let en = "expected nothing beside `code`: such work is not tried again";
            return Err(error::bad_argument(
                reader.language(),
                field,
                "有 code 时不会重试,不应填写",
                en,
            ));
        }
        let code = code.as_deref().map(Into::into);
        let command = Command::FailJob { key, error: why, code, retries, retry_after_ms };
        carry_out(reader, (instance, key), worker.as_deref(), command).await?;
        let row = reader.store.jobs(&[(instance.0, i64::from(key.0))]).await.told(reader)?.pop();
        let client_mutation_id = input.client_mutation_id;
        Ok(FailJobPayload { job: row.map(Job::from), client_mutation_id })
    }

    /// Sends a message to whichever case waits for it, or will, and tells which one has received it.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Work)?;
        let id = sent_as(reader, &input.idempotency_key)?;
        let field = "input.correlation";
        let correlation = ids::read_correlation(reader.language(), field, &input.correlation)?;
        let payload = brought(reader, input.payload).await?;
        let sent = reader.store.send_message(&id, &input.message, &correlation, payload);
        let kept_until = DateTime::from_timestamp_millis(sent.await.told(reader)?.0);
        let (delivery, instance) = delivered(reader, &id).await;
        let SendMessageInput { message, client_mutation_id, .. } = input;
        Ok(SendMessagePayload { message, kept_until, delivery, instance, client_mutation_id })
    }

    /// Sends a signal to every case that waits for it now.
    async fn send_signal(
        &self,
        ctx: &Context<'_>,
        input: SendSignalInput,
    ) -> Result<SendSignalPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Work)?;
        let id = sent_as(reader, &input.idempotency_key)?;
        let payload = brought(reader, input.payload).await?;
        reader.store.send_signal(&id, &input.signal, payload).await.told(reader)?;
        let client_mutation_id = input.client_mutation_id;
        Ok(SendSignalPayload { signal: input.signal, client_mutation_id })
    }
}

//! What workers do: fetch and finish the jobs of service tasks, and send messages to cases. For
//! whoever holds the role `worker`.

use access::{Action, Relation};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::Command;
use engine::ids::InstanceId;
use store::Submit;
use store::workers::JobLease;

use crate::context::{allow, person, store, viewing};
use crate::types::{Json, instant};
use crate::{error, ids};

/// How long a worker has a job where it says nothing, in milliseconds.
const LEASE_MS: i64 = 60_000;
/// How long a worker may have a job, in milliseconds: an hour.
const LEASE_MS_MAX: i64 = 3_600_000;
/// Jobs that a worker may take at once.
const JOBS_MAX: u32 = 100;
/// Longest id of a message.
const ID_BYTES_MAX: usize = 200;

/// Mutations of workers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JobMutation;

/// Work for a machine, leased to a worker.
#[derive(Debug, SimpleObject)]
pub(crate) struct Job {
    /// Its id, for `completeJob` and `failJob`.
    id: ID,
    /// What the worker is told.
    input: Json,
    /// How often it may still fail.
    retries: i64,
    /// Until when no other worker gets it.
    leased_until: Option<DateTime<Utc>>,
}

impl From<JobLease> for Job {
    fn from(lease: JobLease) -> Self {
        Self {
            id: ids::part("Job", lease.instance, lease.key),
            input: Json(lease.input),
            retries: lease.retries,
            leased_until: instant(lease.leased_until),
        }
    }
}

async fn carry_out(ctx: &Context<'_>, instance: InstanceId, command: Command) -> Result<bool> {
    let actor = person(ctx)?.actor();
    let done = store(ctx)?.submit(Submit::to(instance, actor, command)).await;
    done.map(|_| true).map_err(|failed| error::submit(&failed, viewing(ctx).language))
}

#[Object]
impl JobMutation {
    /// Leases up to `first` jobs of a topic: no other worker gets them for `leaseMs` milliseconds.
    async fn fetch_jobs(
        &self,
        ctx: &Context<'_>,
        topic: String,
        first: Option<u32>,
        lease_ms: Option<i64>,
    ) -> Result<Vec<Job>> {
        allow(ctx, Action::Work, &Relation::default())?;
        let lease_ms = lease_ms.unwrap_or(LEASE_MS);
        if !(1..=LEASE_MS_MAX).contains(&lease_ms) {
            let message = format!("expected 1 to {LEASE_MS_MAX} milliseconds, found {lease_ms}");
            return Err(error::bad_argument("leaseMs", &message));
        }
        let most = first.unwrap_or(1).clamp(1, JOBS_MAX);
        let leases = store(ctx)?.fetch_jobs(&topic, &person(ctx)?.id, most, lease_ms).await;
        let leases = leases.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(leases.into_iter().map(Job::from).collect())
    }

    /// Says that a job's work is done, with what came of it. `NOT_OPEN` when it was done already.
    async fn complete_job(&self, ctx: &Context<'_>, job: ID, result: Option<Json>) -> Result<bool> {
        allow(ctx, Action::Work, &Relation::default())?;
        let (instance, key) = ids::read_part("Job", &job)?;
        let result = result.map(|result| result.0).unwrap_or_default();
        carry_out(ctx, instance, Command::CompleteJob { key, result }).await
    }

    /// Says that a job's work failed; it is tried again while it has retries left.
    async fn fail_job(&self, ctx: &Context<'_>, job: ID, error: String) -> Result<bool> {
        allow(ctx, Action::Work, &Relation::default())?;
        let (instance, key) = ids::read_part("Job", &job)?;
        carry_out(ctx, instance, Command::FailJob { key, error }).await
    }

    /// Sends a message to whichever case waits for it, or will. Sent twice with the same
    /// `idempotencyKey`, it counts once.
    async fn send_message(
        &self,
        ctx: &Context<'_>,
        message: String,
        correlation: String,
        payload: Option<Json>,
        idempotency_key: String,
    ) -> Result<bool> {
        allow(ctx, Action::Work, &Relation::default())?;
        if idempotency_key.is_empty() || idempotency_key.len() > ID_BYTES_MAX {
            let message = format!("expected 1 to {ID_BYTES_MAX} bytes");
            return Err(error::bad_argument("idempotencyKey", &message));
        }
        let id = format!("{}:{idempotency_key}", person(ctx)?.id);
        let payload = payload.map(|payload| payload.0);
        let sent = store(ctx)?.send_message(&id, &message, &correlation, payload).await;
        sent.map(|()| true).map_err(|failed| error::store(&failed, viewing(ctx).language))
    }
}

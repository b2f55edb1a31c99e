//! Takes jobs, makes their calls and gives the answers back. A reconciler: woken by a signal and by a
//! period, it takes no input, and any number of nodes may do it at once: a job is one node's for the
//! time of a lease.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use engine::actor::Actor;
use engine::command::Command;
use engine::elements::service_task::{HTTP_TOPIC, Request, TIMEOUT_S_MAX, idempotency_key};
use engine::ids::{InstanceId, Key};
use serde::Deserialize;
use store::workers::JobLease;
use store::{Store, StoreError, Submit, SubmitError};
use tokio::task::JoinSet;

use crate::Settings;
use crate::call::{Caller, Failed};
use crate::figures::{Calls, Outcome};

/// Who has the jobs, for whoever looks at the table.
const WORKER: &str = "connector";
/// How long a job is one node's: longer than a call may take, with time to write its answer down. A
/// call that a crash cut off is made again after that.
const LEASE_MS: i64 = 90_000;
/// How long an answer is held while the database is away.
const HOLD_MAX: Duration = Duration::from_secs(20);
/// How long to wait after an error of the store; twice as long after each more.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

const _: () = assert!(
    TIMEOUT_S_MAX as u64 + HOLD_MAX.as_secs() < LEASE_MS.unsigned_abs() / 1000,
    "a lease outlasts its call"
);

/// Makes the calls of service tasks.
#[derive(Debug, Clone)]
pub struct Connector {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    settings: Settings,
    caller: Caller,
    calls: Arc<Calls>,
}

impl Connector {
    /// A connector of a store.
    pub fn new(store: Store, settings: Settings) -> Self {
        let (caller, calls) = (Caller::default(), Arc::default());
        Self { inner: Arc::new(Inner { store, settings, caller, calls }) }
    }

    /// What it counts.
    pub fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.inner.calls)
    }

    /// Makes calls until `shutdown` is done; those that are being made then are finished first.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut running = JoinSet::new();
        let mut errors = 0_u32;
        loop {
            let pause = match self.begin(&mut running).await {
                Ok(()) => {
                    errors = 0;
                    Duration::ZERO
                }
                Err(error) => {
                    tracing::warn!(%error, "calls wait; the jobs cannot be read");
                    errors = errors.saturating_add(1);
                    PAUSE_FIRST.saturating_mul(1 << errors.min(7))
                }
            };
            let woken = async {
                tokio::time::sleep(pause).await;
                self.inner.store.jobs_signal().await;
            };
            tokio::select! {
                () = &mut shutdown => break,
                // A place is free: there may be more.
                Some(_) = running.join_next() => {}
                () = woken => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Makes all calls that are due now, and answers how many there were. For tests, whose clock
    /// stands still.
    pub async fn settle(&self) -> Result<usize, StoreError> {
        let (mut running, mut made) = (JoinSet::new(), 0);
        loop {
            self.begin(&mut running).await?;
            if running.is_empty() {
                return Ok(made);
            }
            while running.join_next().await.is_some() {
                made += 1;
            }
        }
    }

    /// Begins as many calls as there are jobs and places for.
    async fn begin(&self, running: &mut JoinSet<()>) -> Result<(), StoreError> {
        let Inner { store, settings, .. } = &*self.inner;
        let free = settings.calls_max.saturating_sub(running.len());
        if free == 0 || !store.has_jobs(HTTP_TOPIC).await? {
            return Ok(());
        }
        let free = u32::try_from(free).unwrap_or(u32::MAX);
        for job in store.fetch_jobs(HTTP_TOPIC, WORKER, free, LEASE_MS).await? {
            let inner = Arc::clone(&self.inner);
            running.spawn(async move { inner.work(job).await });
        }
        Ok(())
    }
}

impl Inner {
    /// Makes one job's call and gives its answer to the case.
    async fn work(&self, job: JobLease) {
        let case = InstanceId(job.instance);
        let Ok(key) = u32::try_from(job.key).map(Key) else { return };
        // Its answer could not be taken: it would be called again and again.
        if self.store.is_set_aside(case) {
            return;
        }
        let again = idempotency_key(case, key, &job.input);
        let called = match Request::deserialize(&job.input) {
            Ok(request) => self.caller.call(&self.settings, request, &again).await,
            Err(error) => Err(Failed {
                outcome: Outcome::NotMade,
                error: format!("expected a request, found something else: {error}"),
                may_help: false,
            }),
        };
        let outcome = match &called {
            Ok(answer) => Outcome::Answered(answer.status),
            Err(failed) => failed.outcome,
        };
        self.calls.count(outcome);
        tracing::info!(
            case = case.0,
            job = key.0,
            outcome = outcome.word(),
            "a service was called"
        );
        let command = match called {
            Ok(answer) => Command::CompleteJob { key, result: serde_json::json!(answer) },
            Err(Failed { error, may_help, .. }) => {
                let retries = (!may_help).then_some(0);
                Command::FailJob { key, error, code: None, retries, retry_after_ms: None }
            }
        };
        self.give(case, key, command).await;
    }

    /// Gives a command to the case; one that it cannot take is an incident there, for the call would
    /// be made again otherwise.
    async fn give(&self, case: InstanceId, key: Key, command: Command) {
        let is_answer = matches!(command, Command::CompleteJob { .. });
        match self.submit(case, command).await {
            Ok(()) => {}
            // Somebody else did it, or it is not wanted any more.
            Err(SubmitError::Rejected(why))
                if !is_answer || matches!(why.code(), "NOT_OPEN" | "AT_INCIDENT") =>
            {
                tracing::debug!(case = case.0, job = key.0, code = why.code(), "nobody waits");
            }
            Err(SubmitError::Rejected(why)) => {
                let error = format!("the answer could not be taken: {why}");
                let error: String = error.chars().take(1000).collect();
                let fail = Command::FailJob {
                    key,
                    error,
                    code: None,
                    retries: Some(0),
                    retry_after_ms: None,
                };
                if let Err(error) = self.submit(case, fail).await {
                    tracing::warn!(case = case.0, job = key.0, %error, "an answer is lost");
                }
            }
            Err(error) => {
                tracing::warn!(
                    case = case.0, job = key.0, %error,
                    "an answer could not be written down; the call is made again"
                );
            }
        }
    }

    /// Carries a command out, again and again while the database is away.
    async fn submit(&self, case: InstanceId, command: Command) -> Result<(), SubmitError> {
        let (mut pause, mut waited) = (PAUSE_FIRST, Duration::ZERO);
        loop {
            let submit = Submit::to(case, Actor::System, command.clone());
            match self.store.submit(submit).await {
                Err(error) if error.is_retryable() && waited < HOLD_MAX => {
                    pause = pause.min(HOLD_MAX.saturating_sub(waited));
                    tokio::time::sleep(pause).await;
                    waited += pause;
                    pause *= 2;
                }
                done => return done.map(drop),
            }
        }
    }
}

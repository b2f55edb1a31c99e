//! What the store does by itself: due timers, follow-up commands, messages, cleaning up. Each worker
//! is woken by a signal and by a period, takes no arguments, and may run twice or on several nodes
//! at once without harm: what it does is a command, and the row it works from goes in the same
//! transaction.

pub(crate) mod beginnings;
pub(crate) mod follow_ups;
mod jobs;
mod messages;
mod outbox;
mod outside;
mod refused;
mod signals;
mod timers;

use std::future::Future;
use std::time::Duration;

use engine::command::Content;
use engine::ids::Hash;
use serde_json::Value as Json;

use crate::error::{StoreError, SubmitError};
use crate::store::Store;
use crate::tables::content;
use crate::writer::{Statement, Write};

pub use jobs::JobLease;
pub use messages::Received;
pub use outbox::{Delivery, Extended, Stopped, StoppedHow, Submitted};

/// Rows that a worker takes at once.
const ROWS_AT_ONCE: u32 = 256;
/// How long a worker waits at most before it looks again.
const PERIOD: Duration = Duration::from_secs(15);
/// How often what nobody needs any more is thrown away.
const CLEANING_PERIOD: Duration = Duration::from_mins(10);
/// How long a worker waits after an error, at most.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Rounds of `settle`; more than this is work that makes itself.
const SETTLE_ROUNDS_MAX: u32 = 10_000;

impl Write {
    /// Keeps what a message or a signal brings; answers its hash.
    fn bring(&mut self, payload: Option<Json>) -> Option<Hash> {
        let Content { hash, value } = Content::new(payload?);
        let row = content::Model { hash: hash.as_str().to_owned(), body: value.to_string() };
        self.changes.put(&content::TABLE, row.into_row());
        Some(hash)
    }
}

impl Store {
    /// What a message or a signal brings, by its hash.
    async fn brought(&self, payload: Option<Hash>) -> Result<Option<Content>, StoreError> {
        let Some(hash) = payload else { return Ok(None) };
        let mut values = self.contents(&[hash.as_str().to_owned()]).await?;
        let missing = || StoreError::Database(format!("content {hash} is not there"));
        let value = values.remove(hash.as_str()).ok_or_else(missing)?;
        Ok(Some(Content { hash, value }))
    }

    /// Runs all workers until `shutdown` is done.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let wakes = &self.inner.shared.wakes;
        let timers = async {
            let mut pause = Pause::default();
            loop {
                // What falls due while timers fire is not due yet by this time, and is waited for.
                let now = self.clock().now();
                pause.after(&self.run_due(now).await).await;
                tokio::select! {
                    () = wakes.timers.notified() => {}
                    () = self.wait_for_timer(now) => {}
                }
            }
        };
        let follow_ups = self.repeat(PERIOD, &wakes.follow_ups, || self.run_follow_ups());
        let messages = self.repeat(PERIOD, &wakes.messages, || self.deliver_messages());
        let aside = self.repeat(PERIOD, &wakes.aside, || self.reload_aside());
        let packs = self.repeat(PERIOD, &wakes.packs, || self.reload_packs());
        let nobody = tokio::sync::Notify::new();
        let cleaning = self.repeat(CLEANING_PERIOD, &nobody, || self.clean());
        tokio::select! {
            () = shutdown => {}
            () = timers => {}
            () = follow_ups => {}
            () = messages => {}
            () = aside => {}
            () = packs => {}
            () = cleaning => {}
        }
    }

    /// Does everything that is due now, and what follows from it, until nothing is left. For tests
    /// and scenarios, whose clock stands still.
    pub async fn settle(&self) -> Result<usize, StoreError> {
        let mut done = 0;
        for _ in 0..SETTLE_ROUNDS_MAX {
            let round = self.run_due(self.clock().now()).await?
                + self.run_follow_ups().await?
                + self.deliver_messages().await?;
            if round == 0 {
                return Ok(done);
            }
            done += round;
        }
        let zh = format!("{SETTLE_ROUNDS_MAX} 轮内未能办完,有流程在不断产生新的工作");
        let en = format!(
            "expected the work to end within {SETTLE_ROUNDS_MAX} rounds; a process makes work for itself"
        );
        Err(StoreError::refused(zh, en))
    }

    async fn repeat<F: Future<Output = Result<usize, StoreError>>>(
        &self,
        period: Duration,
        woken: &tokio::sync::Notify,
        work: impl Fn() -> F,
    ) {
        let mut pause = Pause::default();
        loop {
            let done = work().await;
            pause.after(&done).await;
            if done.is_ok_and(|done| done > 0) {
                continue;
            }
            tokio::select! {
                () = woken.notified() => {}
                () = tokio::time::sleep(period) => {}
            }
        }
    }

    /// Throws away drafts of tasks that are done, messages that nobody came for, and old ids.
    pub async fn clean(&self) -> Result<usize, StoreError> {
        let drafts = Statement::new(
            "DELETE FROM draft WHERE EXISTS (SELECT 1 FROM task t WHERE t.instance_id = draft.instance_id \
             AND t.key = draft.key AND t.completed_at IS NOT NULL)",
            Vec::new(),
        );
        let now = crate::row::Value::Int(self.clock().now().0);
        let messages = Statement::new(
            "DELETE FROM buffered_message WHERE expires_at <= $1",
            vec![now.clone()],
        );
        let ids = Statement::new("DELETE FROM message_id WHERE expires_at <= $1", vec![now]);
        let statements = vec![drafts, messages, refused::clean(), ids];
        self.write(Write { statements, ..Write::default() }).await?;
        Ok(0)
    }
}

/// Waits longer after each error in a row.
#[derive(Debug, Default)]
struct Pause {
    errors: u32,
}

impl Pause {
    async fn after(&mut self, done: &Result<usize, StoreError>) {
        let Err(error) = done else {
            self.errors = 0;
            return;
        };
        tracing::warn!(%error, "a worker failed; it tries again");
        self.errors = self.errors.saturating_add(1);
        let wait = Duration::from_millis(100).saturating_mul(1 << self.errors.min(9));
        tokio::time::sleep(wait.min(PAUSE_MAX)).await;
    }
}

/// Whether a command of ours is out of the world: done, or refused for good. What failed by a fault
/// of ours is tried again, less and less often, and says why in its row.
fn is_settled(error: &SubmitError) -> bool {
    match error {
        SubmitError::Rejected(_)
        | SubmitError::UnknownInstance(_)
        | SubmitError::NotAllowed(_)
        | SubmitError::NotLeased(_)
        | SubmitError::KeyReused
        | SubmitError::Done => true,
        SubmitError::UnknownProcess(_)
        | SubmitError::SetAside(_)
        | SubmitError::Internal(_)
        | SubmitError::Busy
        | SubmitError::Unavailable => false,
    }
}

//! What an operator watches: how many commands ended how, how large batches are and how long they
//! take, what waits. Counted here, shown by whoever serves metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::actor::Actor;
use sea_orm::FromQueryResult;

use crate::error::{StoreError, SubmitError};
use crate::store::Store;

/// How a command ended, in the order of `OUTCOMES`.
pub const OUTCOMES: [&str; 5] = ["done", "refused", "busy", "unavailable", "failed"];

/// What became of a notice that was tried, in the order of `NOTICES`.
pub const NOTICES: [&str; 3] = ["sent", "retried", "givenUp"];

/// Counters of one store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    outcomes: [AtomicU64; OUTCOMES.len()],
    unasked: AtomicU64,
    batches: AtomicU64,
    batched: AtomicU64,
    commit_us: AtomicU64,
    notices: [AtomicU64; NOTICES.len()],
}

/// What was counted since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Commands by outcome, in the order of `OUTCOMES`.
    pub outcomes: [u64; OUTCOMES.len()],
    /// Those that were done and that no person sent: what a time or another case brought about.
    pub unasked: u64,
    /// Transactions of commands that were committed.
    pub batches: u64,
    /// Commands in them.
    pub batched: u64,
    /// How long they took, from their begin to their commit.
    pub committing: Duration,
    /// Commands that wait now.
    pub queued: usize,
    /// Notices that were tried by what became of them, in the order of `NOTICES`.
    pub notices: [u64; NOTICES.len()],
}

/// How late what should have happened is, in milliseconds; 0 where nothing waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct Lag {
    /// The oldest timer that is due.
    pub timers_ms: i64,
    /// How long the oldest notice waits that is neither sent nor given up.
    pub outbox_ms: i64,
    /// The oldest follow-up between cases.
    pub follow_ups_ms: i64,
}

impl Counters {
    /// Counts a command by how it ended.
    pub(crate) fn ended<T>(&self, by: &Actor, result: &Result<T, SubmitError>) {
        if result.is_ok() && matches!(by, Actor::System | Actor::Case { .. }) {
            self.unasked.fetch_add(1, Ordering::Relaxed);
        }
        let place = match result {
            Ok(_) => 0,
            Err(
                SubmitError::Rejected(_)
                | SubmitError::UnknownInstance(_)
                | SubmitError::UnknownProcess(_)
                | SubmitError::NotAllowed(_)
                | SubmitError::NotLeased(_)
                | SubmitError::KeyReused
                | SubmitError::Done,
            ) => 1,
            Err(SubmitError::Busy) => 2,
            Err(SubmitError::Unavailable) => 3,
            Err(SubmitError::SetAside(_) | SubmitError::Internal(_)) => 4,
        };
        self.outcomes[place].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts notices that were tried: `place` is what became of them in `NOTICES`.
    pub(crate) fn tried(&self, place: usize, notices: usize) {
        self.notices[place].fetch_add(notices as u64, Ordering::Relaxed);
    }

    pub(crate) fn committed(&self, commands: usize, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (counter, more) in
            [(&self.batches, 1), (&self.batched, commands as u64), (&self.commit_us, us)]
        {
            counter.fetch_add(more, Ordering::Relaxed);
        }
    }
}

impl Store {
    /// What was counted since the store was opened.
    pub fn figures(&self) -> Figures {
        let counters = &self.inner.shared.counters;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            outcomes: std::array::from_fn(|place| count(&counters.outcomes[place])),
            unasked: count(&counters.unasked),
            batches: count(&counters.batches),
            batched: count(&counters.batched),
            committing: Duration::from_micros(count(&counters.commit_us)),
            queued: self.queued(),
            notices: std::array::from_fn(|place| count(&counters.notices[place])),
        }
    }

    /// How late what should have happened by now is, on all nodes.
    pub async fn lag(&self) -> Result<Lag, StoreError> {
        let now = self.clock().now().0;
        let part = |table: &str, at: &str, only: &str| {
            let first = format!("SELECT min({at}) FROM {table} WHERE {only}{at} <= $1");
            format!("CAST($1 - coalesce(({first}), $1) AS BIGINT)")
        };
        let sql = format!(
            "SELECT {} AS timers_ms, {} AS outbox_ms, {} AS follow_ups_ms",
            part("timer", "at", ""),
            part("outbox", "created_at", "status = 'pending' AND "),
            part("follow_up", "next_try_at", ""),
        );
        let rows: Vec<Lag> = self.rows(self.statement(&sql, [now.into()])).await?;
        Ok(rows.into_iter().next().unwrap_or(Lag { timers_ms: 0, outbox_ms: 0, follow_ups_ms: 0 }))
    }
}

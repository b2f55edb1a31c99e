//! Sends what is due in the outbox. A reconciler: it takes no input but the time, does the same
//! however often it is called, and holds no transaction while mail is sent.

use std::sync::Arc;

use engine::time::Timestamp;
use tokio::task::JoinSet;

use crate::email::{CONNECTIONS_MAX, TIMEOUT_S_MAX};
use crate::notice::{Channel, Notice};
use crate::retry::{Verdict, verdict};

/// Rows leased at once.
pub const LEASE_ROWS_MAX: u32 = 20;
/// How long a lease lasts. Longer than a whole batch of attempts that all time out, or two nodes
/// would send the same mail.
pub const LEASE_MS: i64 = 5 * 60 * 1000;

const _: () = {
    let rounds = LEASE_ROWS_MAX.div_ceil(CONNECTIONS_MAX) as u64;
    assert!(rounds * TIMEOUT_S_MAX * 1000 < LEASE_MS.unsigned_abs(), "a lease outlasts its batch");
};

/// A leased row, composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What is sent.
    pub notice: Notice,
    /// Attempts before this one.
    pub attempts: u32,
}

/// Sends a batch, a few at a time, and says what becomes of each row.
pub async fn send_all<C: Channel + 'static>(
    channel: &Arc<C>,
    batch: Vec<Outgoing>,
    now: Timestamp,
) -> Vec<(String, Verdict)> {
    let mut sending = JoinSet::new();
    let mut verdicts = Vec::with_capacity(batch.len());
    for outgoing in batch {
        if sending.len() >= CONNECTIONS_MAX as usize {
            verdicts.extend(finished(&mut sending).await);
        }
        let channel = Arc::clone(channel);
        sending.spawn(async move {
            let Outgoing { notice, attempts } = outgoing;
            let verdict = match channel.send(&notice).await {
                Ok(()) => Verdict::Sent,
                Err(error) => verdict(&notice.id, attempts.saturating_add(1), &error, now),
            };
            (notice.id, verdict)
        });
    }
    while !sending.is_empty() {
        verdicts.extend(finished(&mut sending).await);
    }
    verdicts
}

/// The next that is done. A task that panicked gives nothing: its row's lease runs out and it is
/// tried again.
async fn finished(sending: &mut JoinSet<(String, Verdict)>) -> Option<(String, Verdict)> {
    match sending.join_next().await? {
        Ok(done) => Some(done),
        Err(error) => {
            tracing::error!(%error, "sending a notice did not end");
            None
        }
    }
}

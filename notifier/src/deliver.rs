//! Sends what is due in the outbox. A reconciler: it takes no input but the time, does the same
//! however often it is called, and holds no transaction while mail is sent.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::time::Timestamp;
use store::notices::without_addresses;
use store::{Store, StoreError};
use tokio::task::JoinSet;

use crate::compose::{Composed, Composer};
use crate::email::{CONNECTIONS_MAX, TIMEOUT_S_MAX};
use crate::notice::{Address, Channel, Notice, SendError};
use crate::retry::{Verdict, verdict};
use crate::template::Site;

/// Rows leased at once.
pub const LEASE_ROWS_MAX: u32 = 20;
/// How long a lease lasts. Longer than a whole batch of attempts that all time out, or two nodes
/// would send the same mail.
pub const LEASE_MS: i64 = 15 * 60 * 1000;
/// How long to wait after an error of the store; twice as long after each more.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

const _: () = {
    let rounds = LEASE_ROWS_MAX.div_ceil(CONNECTIONS_MAX) as u64;
    assert!(rounds * TIMEOUT_S_MAX * 1000 < LEASE_MS.unsigned_abs(), "a lease outlasts its batch");
};

/// A leased row, composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What is sent.
    pub notice: Notice,
    /// Which attempt this is, from 1.
    pub attempt: u32,
}

/// Sends what the outbox holds, through one channel.
#[derive(Debug)]
pub struct Deliverer<C> {
    store: Store,
    composer: Composer,
    channel: Arc<C>,
    /// Whether the last batch that was tried came to nothing.
    stuck: AtomicBool,
}

impl<C: Channel + 'static> Deliverer<C> {
    /// A deliverer. `domain` is what Message-IDs end in.
    pub fn new(store: Store, channel: C, site: Site, domain: impl Into<String>) -> Self {
        let composer = Composer::new(store.clone(), site, domain);
        Self { store, composer, channel: Arc::new(channel), stuck: AtomicBool::new(false) }
    }

    /// Sends until `shutdown` is done; what is being sent then is sent and written down first.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut errors = 0_u32;
        loop {
            let sent = self.deliver_once().await;
            let pause = match sent {
                Ok(0) => Duration::ZERO,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "notices wait; the outbox cannot be read");
                    errors = errors.saturating_add(1);
                    PAUSE_FIRST.saturating_mul(1 << errors.min(7))
                }
            };
            if pause.is_zero() {
                errors = 0;
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = async {
                    tokio::time::sleep(pause).await;
                    self.store.outbox_signal().await;
                } => {}
            }
        }
    }

    /// Sends one batch and answers how many rows it had. Does nothing where nothing is due.
    pub async fn deliver_once(&self) -> Result<usize, StoreError> {
        let batch = self.store.outbox_lease(LEASE_ROWS_MAX, LEASE_MS).await?;
        if batch.is_empty() {
            return Ok(0);
        }
        let mut ready = Vec::with_capacity(batch.len());
        let mut verdicts = Vec::new();
        for composed in self.composer.compose(&batch).await? {
            match composed {
                Composed::Ready(outgoing) => ready.push(outgoing),
                Composed::Impossible { id, error } => {
                    verdicts.push((id, Verdict::Failed { error }));
                }
            }
        }
        verdicts.extend(send_all(&self.channel, ready, self.store.clock().now()).await);
        self.tell_of_outage(&verdicts);
        self.note(verdicts).await?;
        Ok(batch.len())
    }

    /// Says in the log that no mail goes out, once until some does again.
    fn tell_of_outage(&self, verdicts: &[(String, Verdict)]) {
        let sent = verdicts.iter().any(|(_, verdict)| *verdict == Verdict::Sent);
        let retried = verdicts.iter().find_map(|(_, verdict)| match verdict {
            Verdict::Retry { error, .. } => Some(error),
            Verdict::Sent | Verdict::Failed { .. } => None,
        });
        if sent {
            if self.stuck.swap(false, Ordering::Relaxed) {
                tracing::info!("notices go out again");
            }
        } else if let Some(error) = retried
            && !self.stuck.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(error, "no notice goes out; they are tried again");
        }
    }

    /// Writes down what became of rows. What was sent first: it must not be sent again.
    async fn note(&self, verdicts: Vec<(String, Verdict)>) -> Result<(), StoreError> {
        let sent = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Sent);
        let sent: Vec<String> = sent.map(|(id, _)| id.clone()).collect();
        self.store.mark_sent(&sent).await?;
        for (id, verdict) in verdicts {
            match verdict {
                Verdict::Sent => {}
                Verdict::Retry { at, error } => {
                    self.store.mark_failed(&id, Some(at.0), &error).await?;
                }
                Verdict::Failed { error } => {
                    self.store.mark_failed(&id, None, &error).await?;
                    // The row's id may end in whom it is for.
                    let case = id.split('.').next().unwrap_or_default();
                    tracing::warn!(case, error, "a notice is given up");
                }
            }
        }
        Ok(())
    }
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
            let Outgoing { notice, attempt } = outgoing;
            let verdict = match channel.send(&notice).await {
                Ok(()) => Verdict::Sent,
                Err(error) => {
                    let error = discreet(error, &notice.recipient);
                    verdict(&notice.id, attempt, &error, now)
                }
            };
            (notice.id, verdict)
        });
    }
    while !sending.is_empty() {
        verdicts.extend(finished(&mut sending).await);
    }
    verdicts
}

/// A failure without what is personal: what a mail server answers repeats whom it was for.
fn discreet(mut error: SendError, recipient: &Address) -> SendError {
    let mailbox = recipient.email.split_once('@').map(|(mailbox, _)| mailbox);
    let mut message = without_addresses(&error.message);
    for word in mailbox.into_iter().chain(recipient.name.as_deref()) {
        let is_inside = |c: char| c.is_alphanumeric();
        let mut kept = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(at) = rest.find(word).filter(|_| !word.is_empty()) {
            let behind = &rest[at + word.len()..];
            // Only whole words: a mailbox may be called `to`, or `a`.
            let is_whole = !rest[..at].ends_with(is_inside) && !behind.starts_with(is_inside);
            kept.push_str(&rest[..at]);
            kept.push_str(if is_whole { "…" } else { word });
            rest = behind;
        }
        kept.push_str(rest);
        message = kept;
    }
    error.message = message;
    error
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

//! What time it is: the system's clock, or one that a test or a scenario moves by hand. The one
//! place in this crate that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::time::Timestamp;
use tokio::sync::Notify;

/// A clock.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// One that only moves when told.
    Manual(Arc<ManualClock>),
}

/// A clock that only moves when told.
#[derive(Debug, Default)]
pub struct ManualClock {
    now: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// A clock that stands at a time until it is moved.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(ManualClock { now: AtomicI64::new(at.0), moved: Notify::new() }))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(manual) => Timestamp(manual.now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the system's cannot be moved.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(manual) = self {
            manual.now.store(at.0, Ordering::SeqCst);
            manual.moved.notify_waiters();
        }
    }

    /// Waits until a time has come, at most so long on the system's clock.
    pub(crate) async fn until(&self, at: Timestamp, at_most: Duration) {
        match self {
            Self::System => {
                let ms = at.0.saturating_sub(self.now().0).max(0);
                let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
                tokio::time::sleep(wait.min(at_most)).await;
            }
            Self::Manual(manual) => loop {
                let moved = manual.moved.notified();
                if self.now() >= at {
                    return;
                }
                moved.await;
            },
        }
    }
}

//! What time it is: the system's clock, the same moved by hand for a demonstration, or one of a test
//! that stands still. The one place in this crate that reads the time.

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
    /// The system's, moved by hand: a demonstration's. It goes on by itself.
    Moved(Arc<MovedClock>),
    /// One that only moves when told.
    Manual(Arc<ManualClock>),
}

/// The system's clock with a distance to it.
#[derive(Debug, Default)]
pub struct MovedClock {
    distance_ms: AtomicI64,
    moved: Notify,
    /// Held by whoever moves it: one at a time.
    pub(crate) moving: tokio::sync::Mutex<()>,
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

    /// The system's clock, until it is moved.
    pub fn movable() -> Self {
        Self::Moved(Arc::default())
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system(),
            Self::Moved(moved) => system().plus_ms(moved.distance_ms.load(Ordering::SeqCst)),
            Self::Manual(manual) => Timestamp(manual.now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a clock that can be moved; the system's cannot.
    pub fn set(&self, at: Timestamp) {
        match self {
            Self::System => {}
            Self::Moved(moved) => {
                moved.distance_ms.store(at.0.saturating_sub(system().0), Ordering::SeqCst);
                moved.moved.notify_waiters();
            }
            Self::Manual(manual) => {
                manual.now.store(at.0, Ordering::SeqCst);
                manual.moved.notify_waiters();
            }
        }
    }

    /// How far it is from the system's clock, where it can be moved by hand in a running system.
    pub(crate) fn distance_ms(&self) -> Option<i64> {
        match self {
            Self::Moved(moved) => Some(moved.distance_ms.load(Ordering::SeqCst)),
            Self::System | Self::Manual(_) => None,
        }
    }

    /// Waits until a time has come, at most so long on the system's clock.
    pub(crate) async fn until(&self, at: Timestamp, at_most: Duration) {
        let ms = at.0.saturating_sub(self.now().0).max(0);
        let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0)).min(at_most);
        match self {
            Self::System => tokio::time::sleep(wait).await,
            // Moved meanwhile: whoever waits looks again.
            Self::Moved(clock) => tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = clock.moved.notified() => {}
            },
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

#[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
fn system() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

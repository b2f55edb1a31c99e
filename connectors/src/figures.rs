//! How many calls ended how. Labels have few values: no host, no case.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The service answered with a status of this class.
    Answered(u16),
    /// It did not answer in time.
    TimedOut,
    /// It was not reached, or broke off.
    Unreachable,
    /// Its answer was too large.
    TooLarge,
    /// The call was not made: its host, a secret or its address is not as it should be.
    NotMade,
}

/// What `Calls::ended` counts, in this order.
pub const OUTCOMES: [&str; 9] =
    ["1xx", "2xx", "3xx", "4xx", "5xx", "timedOut", "unreachable", "tooLarge", "notMade"];

impl Outcome {
    fn place(self) -> usize {
        match self {
            Self::Answered(status) => usize::from(status / 100).clamp(1, 5) - 1,
            Self::TimedOut => 5,
            Self::Unreachable => 6,
            Self::TooLarge => 7,
            Self::NotMade => 8,
        }
    }

    /// Its word, as metrics and logs have it.
    pub(crate) fn word(self) -> &'static str {
        OUTCOMES[self.place()]
    }
}

/// Calls since the server began.
#[derive(Debug, Default)]
pub struct Calls {
    ended: [AtomicU64; OUTCOMES.len()],
}

impl Calls {
    pub(crate) fn count(&self, outcome: Outcome) {
        self.ended[outcome.place()].fetch_add(1, Ordering::Relaxed);
    }

    /// How many ended how, in the order of `OUTCOMES`.
    pub fn ended(&self) -> [u64; OUTCOMES.len()] {
        std::array::from_fn(|place| self.ended[place].load(Ordering::Relaxed))
    }
}

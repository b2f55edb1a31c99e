//! When a notice that was not taken is tried again, and when it is given up. Pure.

use engine::time::Timestamp;

use crate::notice::{Failure, SendError};

/// Attempts before a notice is given up; with the delays below, about two days.
pub const ATTEMPTS_MAX: u32 = 16;
/// The first delay; each is twice the one before.
const DELAY_FIRST_MS: i64 = 30_000;
/// The longest delay.
const DELAY_MAX_MS: i64 = 6 * 60 * 60 * 1000;
/// Characters of an error that are kept.
const ERROR_MAX: usize = 500;

/// What becomes of a notice after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken.
    Sent,
    /// It is tried again.
    Retry {
        /// Not before.
        at: Timestamp,
        /// What happened.
        error: String,
    },
    /// It is given up; a person has to look.
    Failed {
        /// What happened.
        error: String,
    },
}

/// Decides on a failed attempt.
///
/// `attempts` counts this one. The delay is spread by up to a fifth, by the row's name, so that a
/// thousand notices that failed together do not come back together.
pub fn verdict(row: &str, attempts: u32, error: &SendError, now: Timestamp) -> Verdict {
    let shortened: String = error.message.chars().take(ERROR_MAX).collect();
    match error.failure {
        Failure::Permanent => Verdict::Failed { error: shortened },
        Failure::Transient if attempts >= ATTEMPTS_MAX => {
            Verdict::Failed { error: format!("given up after {attempts} attempts: {shortened}") }
        }
        Failure::Transient => {
            let doubled = DELAY_FIRST_MS << attempts.saturating_sub(1).min(ATTEMPTS_MAX);
            let delay_ms = doubled.min(DELAY_MAX_MS);
            let spread_ms = delay_ms / 5 * i64::from(checksum(row)) / i64::from(u8::MAX);
            Verdict::Retry { at: now.plus_ms(delay_ms + spread_ms), error: shortened }
        }
    }
}

/// A number from a name, evenly enough for spreading.
fn checksum(row: &str) -> u8 {
    row.bytes().fold(17_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_six_hours_and_end() {
        let error = SendError::transient("450 busy");
        let mut waits = Vec::new();
        for attempts in 1..ATTEMPTS_MAX {
            let Verdict::Retry { at, .. } = verdict("12", attempts, &error, Timestamp(0)) else {
                panic!("attempt {attempts} is not the last");
            };
            waits.push(at.0);
        }
        assert!((30_000..=36_000).contains(&waits[0]), "{waits:?}");
        assert!(waits.is_sorted() && *waits.last().unwrap() <= DELAY_MAX_MS * 6 / 5, "{waits:?}");
        let two_days: i64 = waits.iter().sum();
        assert!((40..60).contains(&(two_days / 3_600_000)), "{two_days}");
        assert_eq!(
            verdict("12", ATTEMPTS_MAX, &error, Timestamp(0)),
            Verdict::Failed { error: "given up after 16 attempts: 450 busy".to_owned() }
        );
    }

    #[test]
    fn what_will_never_be_taken_is_given_up_at_once() {
        let error = SendError::permanent("550 no such mailbox");
        assert_eq!(
            verdict("12", 1, &error, Timestamp(0)),
            Verdict::Failed { error: "550 no such mailbox".to_owned() }
        );
    }
}

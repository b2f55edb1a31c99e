//! Messages that were refused: what they bring does not fit, or the case that they would begin cannot
//! begin. They are tried again, later each time until they expire, and keep no others waiting.

use engine::rejection::Rejection;
use engine::time::Timestamp;

use crate::error::{StoreError, SubmitError};
use crate::row::Value;
use crate::store::Store;
use crate::submit::Committed;
use crate::writer::{Statement, Write};

/// When a message is tried again after its first refusal; twice as long after each further one.
const FIRST_PAUSE_MS: i64 = 15_000;
/// The longest pause between two tries.
const PAUSE_MAX_MS: i64 = 3_600_000;

/// Joins what is known of refusals to `buffered_message m`; a message is due that has none, or whose
/// pause is over at `$1`. New ones come first.
pub(super) const JOIN: &str = "LEFT JOIN message_refused r ON r.message_id = m.id";
/// The condition of [`JOIN`].
pub(super) const DUE: &str = "(r.next_try_at IS NULL OR r.next_try_at <= $1)";
/// The order of [`JOIN`].
pub(super) const ORDER: &str = "COALESCE(r.next_try_at, 0), m.at, m.id";

/// Forgets refusals of messages that are gone.
pub(super) fn clean() -> Statement {
    let sql = "DELETE FROM message_refused WHERE NOT EXISTS \
               (SELECT 1 FROM buffered_message m WHERE m.id = message_refused.message_id)";
    Statement::new(sql, Vec::new())
}

impl Store {
    /// Whether a message was received. One that was refused waits; `refusals` is how often it was
    /// before.
    pub(super) async fn noted(
        &self,
        id: &str,
        refusals: i64,
        done: Result<Committed, SubmitError>,
    ) -> Result<bool, StoreError> {
        let error = match done {
            Ok(_) => return Ok(true),
            Err(error @ (SubmitError::Busy | SubmitError::Unavailable)) => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
            // Another was faster: it goes to whoever waits next.
            Err(
                SubmitError::Done
                | SubmitError::UnknownInstance(_)
                | SubmitError::Rejected(Rejection::NotOpen { .. }),
            ) => return Ok(false),
            Err(error) => error,
        };
        // What is refused may be of a person; its code is not.
        let code = match &error {
            SubmitError::Rejected(rejection) => rejection.code(),
            _ => "INTERNAL",
        };
        tracing::warn!(message = id, code, refusals = refusals + 1, "a message was refused");
        let sql = "INSERT INTO message_refused (message_id, refusals, next_try_at) \
                   VALUES ($1, $2, $3) ON CONFLICT (message_id) DO UPDATE SET \
                   refusals = excluded.refusals, next_try_at = excluded.next_try_at";
        let parameters = vec![
            Value::Text(id.to_owned()),
            Value::Int(refusals + 1),
            Value::Int(next_try(self.clock().now(), refusals).0),
        ];
        let statements = vec![Statement::new(sql, parameters)];
        self.write(Write { statements, ..Write::default() }).await?;
        Ok(false)
    }
}

fn next_try(now: Timestamp, refusals: i64) -> Timestamp {
    let doublings = u32::try_from(refusals.clamp(0, 16)).unwrap_or_default();
    now.plus_ms((FIRST_PAUSE_MS << doublings).min(PAUSE_MAX_MS))
}

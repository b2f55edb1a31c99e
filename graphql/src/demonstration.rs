//! The clock of a demonstration: shown to everybody, moved by an admin. On a real server it is the
//! real time and nobody moves it. What happens on the way is the store's.

use access::Action;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::text::Language;
use store::{Store, StoreError};

use crate::context::{Told as _, reader};
use crate::error;
use crate::types::instant;
use crate::types::instant::Instant;

/// Mutations of a demonstration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DemonstrationMutation;

/// What time it is for the procedures.
#[derive(Debug, SimpleObject)]
pub(crate) struct ServerClock {
    /// The time that deadlines are counted by (RFC 3339, UTC).
    now: Option<DateTime<Utc>>,
    /// Whether an admin may move it, as in a demonstration.
    movable: bool,
}

impl ServerClock {
    /// The clock of a store.
    pub(crate) fn of(store: &Store) -> Self {
        Self { now: instant(store.clock().now().0), movable: store.is_demonstration() }
    }
}

/// What is wrong where a length and an end are given.
const BOTH_GIVEN: &str = "expected `length` or `until`, found both";

/// How long; with neither, only what is due now is finished.
#[derive(Debug, InputObject)]
pub(crate) struct PassTimeInput {
    /// For so long, such as `21 days` or `10 workdays`.
    length: Option<String>,
    /// Until a time (RFC 3339).
    until: Option<Instant>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What happened while time passed.
#[derive(Debug, SimpleObject)]
pub(crate) struct PassTimePayload {
    /// What time it is now (RFC 3339, UTC).
    now: Option<DateTime<Utc>>,
    /// How many commands were carried out on the way: deadlines, called cases, messages. What people did
    /// meanwhile is not among them.
    done: usize,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

#[Object]
impl DemonstrationMutation {
    /// Lets time pass in a demonstration. Whatever falls due on the way happens at its time, in
    /// order. `NOT_A_DEMONSTRATION` on a real server. For admins.
    async fn pass_time(&self, ctx: &Context<'_>, input: PassTimeInput) -> Result<PassTimePayload> {
        let reader = reader(ctx);
        let PassTimeInput { length, until, client_mutation_id } = input;
        reader.allow_all(Action::MoveClock)?;
        if !reader.store.is_demonstration() {
            return Err(error::not_a_demonstration(reader.language()));
        }
        let until = match (length, until) {
            (Some(_), Some(_)) => {
                let (zh, en) = ("`length` 与 `until` 只能给出一项", BOTH_GIVEN);
                return Err(error::bad_argument(reader.language(), "input.length", zh, en));
            }
            (Some(length), None) => {
                let after = reader.store.time_after(&length);
                Some(after.map_err(|failed| match failed {
                    StoreError::Refused(why) => {
                        let (zh, en) = (why.message(Language::Zh), why.message(Language::En));
                        error::bad_argument(reader.language(), "input.length", zh, en)
                    }
                    failed => error::at("input.length", error::store(&failed, reader.language())),
                })?)
            }
            (None, Some(until)) => Some(until.read(reader.language(), "input.until")?.into()),
            (None, None) => None,
        };
        let passed = reader.store.pass_time(until).await.told(reader)?;
        Ok(PassTimePayload { now: instant(passed.now.0), done: passed.done, client_mutation_id })
    }
}

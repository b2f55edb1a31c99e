//! The clock of a demonstration: shown to everybody, moved by an admin. On a real server it is the
//! real time and nobody moves it. What happens on the way is the store's.

use access::{Action, Relation};
use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use store::Store;

use crate::context::{allow, store, viewing};
use crate::error;
use crate::types::instant;

/// Mutations of a demonstration.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DemonstrationMutation;

/// What time it is for the procedures.
#[derive(Debug, SimpleObject)]
pub(crate) struct ServerClock {
    /// The time that deadlines are counted by.
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

/// What happened while time passed.
#[derive(Debug, SimpleObject)]
pub(crate) struct PassTimePayload {
    /// What time it is now.
    now: Option<DateTime<Utc>>,
    /// How many commands were carried out on the way: deadlines, called cases, messages.
    done: usize,
}

#[Object]
impl DemonstrationMutation {
    /// Lets time pass in a demonstration: for a `length` such as `21 days` or `10 workdays`, or
    /// `until` a time. Whatever falls due on the way happens at its time, in order. With neither,
    /// only what is due now is finished. `NOT_A_DEMONSTRATION` on a real server.
    async fn pass_time(
        &self,
        ctx: &Context<'_>,
        length: Option<String>,
        until: Option<DateTime<Utc>>,
    ) -> Result<PassTimePayload> {
        let (store, language) = (store(ctx)?, viewing(ctx).language);
        if !store.is_demonstration() {
            return Err(error::not_a_demonstration(language));
        }
        allow(ctx, Action::MoveClock, &Relation::default())?;
        let until = match (length, until) {
            (Some(_), Some(_)) => {
                let message = "expected `length` or `until`, found both";
                return Err(error::bad_argument("length", message));
            }
            (Some(length), None) => Some(
                store
                    .time_after(&length)
                    .map_err(|failed| error::bad_argument("length", &failed.to_string()))?,
            ),
            (None, until) => until.map(Into::into),
        };
        let passed = store.pass_time(until).await;
        let passed = passed.map_err(|failed| error::store(&failed, language))?;
        Ok(PassTimePayload { now: instant(passed.now.0), done: passed.done })
    }
}

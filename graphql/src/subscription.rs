//! What changes, as it changes. Before each message the roles of whoever listens are read anew: where
//! they are no longer what they were, the subscription ends with an error.

use std::time::Duration;

use async_graphql::{Context, ID, Result};
use engine::ids::InstanceId;
use futures_util::{Stream, StreamExt as _, stream};
use store::Changed;
use tokio::time::Instant;
use tokio_stream::wrappers::BroadcastStream;

use crate::context::{Reader, Told as _, reader};
use crate::types::instance::Instance;
use crate::{error, ids};

/// How long a subscription rests between messages, so that many changes cost few reads.
const PAUSE: Duration = Duration::from_millis(200);
/// Changes that one message stands for at most.
const TOGETHER_MAX: usize = 1024;

/// Subscriptions, over graphql-transport-ws.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    /// The number of open tasks for me, as `inboxCount`: at once, and whenever my inbox changes; what is
    /// offered to those for whom I stand in now (代理) counts. Counted up to 100, which means "more than 99".
    async fn inbox_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
    ) -> Result<impl Stream<Item = Result<u32>> + 'a> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let principals = person.principals();
        let concerns = {
            let principals = principals.clone();
            move |change: &Changed| {
                let is_known = |own: &String| change.principals.contains(own);
                let mut lent = reader.store.lent_known(&person.id).into_iter();
                principals.iter().any(is_known) || lent.any(|one| is_known(&one.principal))
            }
        };
        let count = move || {
            let principals = principals.clone();
            async move {
                let lent = reader.store.lent(&person.id).await.told(reader)?;
                reader.store.inbox_count_of(&principals, &lent).await.told(reader)
            }
        };
        Ok(messages(reader, concerns, count))
    }

    /// A case: at once, and whenever it changes.
    async fn instance_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        id: ID,
    ) -> Result<impl Stream<Item = Result<Instance>> + 'a> {
        let reader = reader(ctx);
        let id: InstanceId = ids::read_instance(reader.language(), "id", &id)?;
        Instance::by_id(reader, id.0).await?;
        let concerns = move |change: &Changed| change.instance == id;
        Ok(messages(reader, concerns, move || Instance::by_id(reader, id.0)))
    }
}

/// A message at once and after changes that concern it, until one fails. Changes that come together
/// are told together: a message says how things are, not what happened.
fn messages<'a, T: Send + 'a, F: Future<Output = Result<T>> + Send + 'a>(
    reader: Reader<'a>,
    concerns: impl Fn(&Changed) -> bool + Send + 'a,
    message: impl Fn() -> F + Send + 'a,
) -> impl Stream<Item = Result<T>> + Send + 'a {
    // Whoever fell behind reads anew: what was missed may have been theirs.
    let changes = BroadcastStream::new(reader.store.changes());
    let changes =
        changes.filter(move |change| std::future::ready(change.as_ref().map_or(true, &concerns)));
    let first = stream::iter([()]);
    let wakes = first.chain(changes.ready_chunks(TOGETHER_MAX).map(drop)).boxed();
    let state = (wakes, message, Instant::now(), false);
    stream::unfold(state, move |(mut wakes, message, earliest, failed)| async move {
        if failed {
            return None;
        }
        tokio::time::sleep_until(earliest).await;
        wakes.next().await?;
        let told = match same_roles(reader).await {
            Ok(()) => message().await,
            Err(error) => Err(error),
        };
        let failed = told.is_err();
        Some((told, (wakes, message, Instant::now() + PAUSE, failed)))
    })
}

/// Refuses whose roles are no longer those that they had when they subscribed.
async fn same_roles(reader: Reader<'_>) -> Result<()> {
    let Some(then) = &reader.viewing.person else { return Ok(()) };
    let now = reader.store.who_asks(&then.id).await.told(reader)?;
    match now {
        Some(now) if now.grants == then.grants => Ok(()),
        Some(_) | None => Err(error::roles_changed(reader.language())),
    }
}

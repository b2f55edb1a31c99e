//! What changes, as it changes. Rights are asked for each change.

use access::Action;
use async_graphql::{Context, ID, Result};
use futures_util::{Stream, StreamExt as _};
use tokio_stream::wrappers::BroadcastStream;

use crate::context::{allow_case, person, store};
use crate::ids;
use crate::query::case_by_id;
use crate::types::case::Case;

/// Subscriptions, over graphql-transport-ws.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

#[async_graphql::Subscription]
#[expect(clippy::unused_async, reason = "a resolver is asynchronous by its macro")]
impl Subscription {
    /// Gives the number of open tasks whenever one's inbox changed.
    async fn inbox_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
    ) -> Result<impl Stream<Item = u32> + 'a> {
        let principals = person(ctx)?.principals();
        let store = store(ctx)?;
        let changes = BroadcastStream::new(store.changes());
        Ok(changes.filter_map(move |change| {
            let principals = principals.clone();
            async move {
                // Whoever fell behind reads anew: what was missed may have been theirs.
                let concerned = change.map_or(true, |change| {
                    principals.iter().any(|principal| change.principals.contains(principal))
                });
                if concerned { store.inbox_count(&principals).await.ok() } else { None }
            }
        }))
    }

    /// Gives a case whenever it changed.
    async fn case_changed<'a>(
        &self,
        ctx: &'a Context<'_>,
        id: ID,
    ) -> Result<impl Stream<Item = Case> + 'a> {
        let instance = ids::read_case(&id)?;
        case_by_id(ctx, instance.0).await?;
        let changes = BroadcastStream::new(store(ctx)?.changes());
        Ok(changes.filter_map(move |change| async move {
            if change.is_ok_and(|change| change.instance != instance) {
                return None;
            }
            let states = store(ctx).ok()?.states(&[instance.0]).await.ok()?;
            let state = states.get(&instance.0)?;
            allow_case(ctx, Action::SeeCase, state).await.ok()?;
            Some(Case { state: std::sync::Arc::clone(state) })
        }))
    }
}

//! Notices that did not reach anybody, for those who see to it.

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};
use store::notices;

use crate::context::{Told as _, reader};
use crate::paging::{Dated, connection, cost, page, placed};
use crate::types::notice::{Notice, NoticeResent};

/// Notices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NoticeQuery;

#[Object]
impl NoticeQuery {
    /// Notices that were given up and not sent again since, the last ones first. For admins.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notices_failed(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Dated, Notice>> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let page = page::<Dated>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1.clone()));
        let slice = reader.store.notices_failed(rows).await.told(reader)?;
        let node = |row: notices::Notice| (Dated(row.next_try_at, row.id.clone()), Notice(row));
        Ok(connection(&page, slice, node))
    }

    /// Notices that were sent again by hand, the last ones first: when, by whom, and what had gone
    /// wrong. For admins and auditors.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn notices_resent(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Dated, NoticeResent>> {
        let reader = reader(ctx);
        if reader.allow_all(Action::Repair).is_err() {
            reader.allow_all(Action::SeeJournal)?;
        }
        let page = page::<Dated>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1.clone()));
        let slice = reader.store.notices_resent(rows).await.told(reader)?;
        let node = |row: notices::NoticeResent| {
            (Dated(row.resent_at, row.notice_id.clone()), NoticeResent(row))
        };
        Ok(connection(&page, slice, node))
    }
}

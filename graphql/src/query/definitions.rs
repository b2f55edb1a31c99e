//! Published processes, and packs that are not published yet.

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};
use std::sync::Arc;
use store::Published;
use store::read::Slice;

use crate::context::{Told as _, reader};
use crate::paging::{Name, connection, cost, page};
use crate::types::definition::{self, FileInput, PackCheck, ProcessDefinition};

/// Definitions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DefinitionQuery;

#[Object]
impl DefinitionQuery {
    /// Published processes by name, each in its newest version; for those who are signed in.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn process_definitions(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Name, ProcessDefinition>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeDefinitions)?;
        let page = page::<Name>(reader.language(), after.as_ref(), first)?;
        let behind = |published: &Arc<Published>| {
            page.after.as_ref().is_none_or(|after| published.process.as_str() > after.0.as_str())
        };
        let newest = reader.store.newest_definitions().into_iter();
        let mut rows: Vec<Arc<Published>> = newest.filter(behind).collect();
        let most = usize::try_from(page.first).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let node = |published: Arc<Published>| {
            (Name(published.process.to_string()), ProcessDefinition(published))
        };
        Ok(connection(&page, Slice { rows, more }, node))
    }

    /// One process by name, in its newest version or in another; none where there is none.
    async fn process_definition(
        &self,
        ctx: &Context<'_>,
        process: String,
        version: Option<u32>,
    ) -> Result<Option<ProcessDefinition>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeDefinitions)?;
        let process = process.as_str().into();
        let found = match version {
            Some(version) => reader.store.definition(&process, version).await.told(reader)?,
            None => reader.store.newest_definition(&process),
        };
        Ok(found.map(ProcessDefinition))
    }

    /// Every problem of a pack, as a deployment would find them; nothing is published. For admins.
    async fn check_pack(&self, ctx: &Context<'_>, files: Vec<FileInput>) -> Result<PackCheck> {
        let reader = reader(ctx);
        reader.allow_all(Action::CheckPack)?;
        definition::check(reader, *ctx.data_unchecked(), definition::files(files)).await
    }
}

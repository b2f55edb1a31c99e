//! What the public may read without signing in: registers, pages, open intakes.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use store::read::Slice;
use store::tables::page as pages;

use crate::context::{Told as _, reader};
use crate::error;
use crate::ids;
use crate::paging::{Name, Place, connection, cost, page, placed};
use crate::types::outward::{Intake, Page};
use crate::types::received;
use crate::types::register::Register;

/// Registers, pages and intakes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OutwardQuery;

#[Object]
impl OutwardQuery {
    /// Registers, by name: those that are public, and those that whoever asks may read; also those that no pack
    /// has any more, where something was entered into them.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn registers(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Name, Register>> {
        let page = page::<Name>(reader(ctx).language(), after.as_ref(), first)?;
        let all = Register::all(reader(ctx)).await?;
        let behind = |register: &Register| {
            page.after.as_ref().is_none_or(|after| register.word() > after.0.as_str())
        };
        let mut rows: Vec<Register> = all.into_iter().filter(behind).collect();
        let most = usize::try_from(page.first).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let node = |register: Register| (Name(register.word().to_owned()), register);
        Ok(connection(&page, Slice { rows, more }, node))
    }

    /// One register by name; `DENIED` where it is for others.
    async fn register(&self, ctx: &Context<'_>, name: String) -> Result<Register> {
        Register::by_name(reader(ctx), &name).await.map_err(|error| error::at("name", error))
    }

    /// Pages of the public portal that are public now, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn pages(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Page>> {
        let reader = reader(ctx);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.pages(reader.now(), rows).await.told(reader)?;
        let node =
            |row: pages::Model| (Place(row.published_from, row.instance_id, row.key), Page(row));
        Ok(connection(&page, slice, node))
    }

    /// One page of the public portal, while it is public; afterwards for those who see its case.
    async fn page(&self, ctx: &Context<'_>, id: ID) -> Result<Page> {
        let reader = reader(ctx);
        let page = Page::by_id(reader, ids::read_page(reader.language(), "id", &id)?).await?;
        page.ok_or_else(|| error::at("id", error::not_found(error::Thing::PAGE, reader.language())))
    }

    /// Intakes that are open now and would look at what whoever asks hands in, the first to close
    /// first. `refusing`: also those that are for whoever asks and would refuse it, whatever it is;
    /// their `refused` says why.
    async fn open_intakes(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] refusing: bool,
    ) -> Result<Vec<Intake>> {
        let reader = reader(ctx);
        let rows = reader.store.open_intakes(reader.now()).await.told(reader)?;
        let asked = rows.into_iter().map(|row| async move {
            let intake = Intake(row);
            let is_for = intake.is_for(reader).await?;
            let is_listed = is_for && (refusing || intake.refusal(reader).await?.is_none());
            Ok::<_, async_graphql::Error>(is_listed.then_some(intake))
        });
        let intakes = futures_util::future::try_join_all(asked).await?;
        Ok(intakes.into_iter().flatten().collect())
    }

    /// Intakes that are open now, not sealed, and whose `received` whoever asks reads, the first to close
    /// first.
    async fn readable_intakes(&self, ctx: &Context<'_>) -> Result<Vec<Intake>> {
        let reader = reader(ctx);
        reader.person()?;
        let rows = reader.store.open_intakes(reader.now()).await.told(reader)?;
        let unsealed = rows.into_iter().filter(|row| row.sealed == 0);
        let asked = unsealed.map(|row| async move {
            let is_readable = received::is_readable(reader, &row).await?;
            Ok::<_, async_graphql::Error>(is_readable.then_some(Intake(row)))
        });
        let intakes = futures_util::future::try_join_all(asked).await?;
        Ok(intakes.into_iter().flatten().collect())
    }
}

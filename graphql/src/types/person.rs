//! A person.

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use store::read::{Page, Slice};
use store::tables::deputy;

use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;
use crate::paging::{Dated, connection, cost, page, placed};
use crate::types::deputy::Deputy;

/// A person of the directory.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub(crate) store::directory::Person);

impl Person {
    /// A person by the word that packs name them by; none where there is none, or not for whoever
    /// asks.
    pub(crate) async fn load(reader: Reader<'_>, person: Option<&str>) -> Result<Option<Self>> {
        let Some(person) = person else { return Ok(None) };
        if reader.may(Action::SeePeople, &Relation::default()).is_err() {
            return Ok(None);
        }
        let found = reader.loaders.people.load(person.to_owned()).await.told(reader)?;
        Ok(found.map(Self))
    }

    /// Whether whoever asks reads whose deputies they have, and whose they are.
    fn is_open_to(&self, reader: Reader<'_>) -> bool {
        let own = reader.viewing.person.as_ref().is_some_and(|person| person.id == self.0.id);
        let relation = Relation { own, ..Relation::default() };
        reader.may(Action::SeeDeputies, &relation).is_ok()
    }

    /// The page that whoever asks wants of those deputies; none where they may not read them.
    fn deputies_page(
        &self,
        reader: Reader<'_>,
        after: Option<&String>,
        first: Option<i32>,
    ) -> Result<Option<Page<Dated>>> {
        if !self.is_open_to(reader) {
            return Ok(None);
        }
        page::<Dated>(reader.language(), after, first).map(Some)
    }
}

fn deputies(page: &Page<Dated>, slice: Slice<deputy::Model>) -> Connection<Dated, Deputy> {
    connection(page, slice, |row| (Dated(row.from_at, row.id.clone()), Deputy(row)))
}

#[Object]
impl Person {
    /// Their global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Person(self.0.id.clone()).to_id()
    }

    /// The word that packs, commands and the journal name them by, such as `li`.
    async fn handle(&self) -> &str {
        &self.0.id
    }

    /// Their name, in the language that is asked for where the directory has it.
    async fn name(&self, ctx: &Context<'_>) -> &str {
        self.0.called(reader(ctx).language())
    }

    /// The unit they belong to, by name.
    async fn unit(&self) -> Option<&str> {
        self.0.unit.as_deref()
    }

    /// What people call that unit, in the language that is asked for where the directory has it.
    async fn unit_label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let reader = reader(ctx);
        let Some(unit) = &self.0.unit else { return Ok(None) };
        let called = reader.loaders.names.load(unit.clone()).await.told(reader)?;
        Ok(called.map(|called| reader.text(&called)))
    }

    /// Who does their tasks for a time (代理), the last to begin first, those whose time is over among them;
    /// none where whoever asks is somebody else and does not oversee.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deputies(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Option<Connection<Dated, Deputy>>> {
        let reader = reader(ctx);
        let Some(page) = self.deputies_page(reader, after.as_ref(), first)? else {
            return Ok(None);
        };
        let rows = placed(&page, |place| (place.0, place.1.clone()));
        let slice = reader.store.deputies_of(&self.0.id, rows).await.told(reader)?;
        Ok(Some(deputies(&page, slice)))
    }

    /// Whose tasks they do for a time, the same way.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deputy_for(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Option<Connection<Dated, Deputy>>> {
        let reader = reader(ctx);
        let Some(page) = self.deputies_page(reader, after.as_ref(), first)? else {
            return Ok(None);
        };
        let rows = placed(&page, |place| (place.0, place.1.clone()));
        let slice = reader.store.deputy_for(&self.0.id, rows).await.told(reader)?;
        Ok(Some(deputies(&page, slice)))
    }

    /// The roles they hold, `role` or `role@unit`; none where whoever asks is somebody else and does
    /// not oversee.
    async fn roles(&self, ctx: &Context<'_>) -> Option<Vec<String>> {
        let reader = reader(ctx);
        let own = reader.viewing.person.as_ref().is_some_and(|person| person.id == self.0.id);
        let relation = Relation { own, ..Relation::default() };
        reader.may(Action::SeeRoles, &relation).ok()?;
        let grants = self.0.grants.iter();
        let roles = grants.map(|grant| match &grant.unit {
            Some(unit) => format!("{}@{unit}", grant.role),
            None => grant.role.to_string(),
        });
        Some(roles.collect())
    }
}

//! One who does the tasks of another for a time (代理).

use access::{Action, Relation};
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::time::Timestamp;
use store::tables::deputy;

use super::person::Person;
use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;

/// One who does the tasks of another for a time.
#[derive(Debug)]
pub(crate) struct Deputy(pub(crate) deputy::Model);

impl Deputy {
    /// One by its id, for whom it concerns and for those who oversee; none where there is none.
    pub(crate) async fn by_id(reader: Reader<'_>, id: &str) -> Result<Option<Self>> {
        let Some(row) = reader.store.deputy(id).await.told(reader)? else { return Ok(None) };
        let own = reader.viewing.person.as_ref();
        let own = own.is_some_and(|own| own.id == row.person || own.id == row.deputy);
        let relation = Relation { own, ..Relation::default() };
        reader.allow(Action::SeeDeputies, &relation)?;
        Ok(Some(Self(row)))
    }

    fn named_processes(&self) -> Vec<String> {
        serde_json::from_str(&self.0.processes).unwrap_or_default()
    }
}

/// Somebody of the directory, also who left since.
async fn named(reader: Reader<'_>, id: &str) -> Result<Option<Person>> {
    Person::load(reader, Some(id)).await
}

#[Object]
impl Deputy {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Deputy(self.0.id.clone()).to_id()
    }

    /// Who is away; none who left since.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        named(reader(ctx), &self.0.person).await
    }

    /// Who does their tasks; none who left since: then nothing goes to them.
    async fn deputy(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        named(reader(ctx), &self.0.deputy).await
    }

    /// From when, RFC 3339.
    async fn from(&self) -> DateTime<Utc> {
        Timestamp(self.0.from_at).to_utc()
    }

    /// Until when, RFC 3339: at that moment not any more.
    async fn until(&self) -> DateTime<Utc> {
        Timestamp(self.0.until_at).to_utc()
    }

    /// The processes, by name, whose tasks go there; all where none is named.
    async fn processes(&self) -> Vec<String> {
        self.named_processes()
    }

    /// What people call those, in the same order; the name of one that is not published any more.
    async fn process_labels(&self, ctx: &Context<'_>) -> Vec<String> {
        let reader = reader(ctx);
        let label = |name: String| match reader.store.newest_definition(&name.as_str().into()) {
            Some(newest) => reader.text(newest.definition.name()),
            None => name,
        };
        self.named_processes().into_iter().map(label).collect()
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who set it; none who left since.
    async fn set_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        named(reader(ctx), &self.0.set_by).await
    }

    /// When it was set, RFC 3339.
    async fn set_at(&self) -> DateTime<Utc> {
        Timestamp(self.0.set_at).to_utc()
    }

    /// When it was ended before its time, RFC 3339.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at.map(|at| Timestamp(at).to_utc())
    }

    /// Whether tasks go there now.
    async fn active(&self, ctx: &Context<'_>) -> bool {
        let now = reader(ctx).now();
        self.0.ended_at.is_none() && self.0.from_at <= now && now < self.0.until_at
    }
}

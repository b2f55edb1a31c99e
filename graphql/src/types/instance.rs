//! A case: where it stands, what happened, what it holds.

use std::sync::Arc;

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::instance::{Instance as State, Status};
use store::read::Page as Rows;

use super::choice::{self, AdHocSubProcess};
use super::clock::PausedClock;
use super::document::{self, Document, DocumentVersion};
use super::forecast::{self, ForecastStep};
use super::history::{self, HistoryEntry};
use super::instant;
use super::limit::TimeLimit;
use super::migration::{self, Migrated, MigrationPlanInput};
use super::modification::{self, ActiveNode, Modified, TokenChange, WaitingToken};
use super::outward::{Intake, Page};
use super::person::Person;
use super::register::{Register, RegisterEntry};
use super::result::{self, CaseResult};
use super::said::{Comment, Copied, Suspended};
use super::task::Task;
use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;
use crate::loaders;
use crate::operations::{self, Operation};
use crate::paging::{Place, connection, cost, page, placed};
use crate::sight::Sight;

/// A running or ended case.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    state: Arc<State>,
}

/// Whether a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum InstanceStatus {
    /// It runs.
    Active,
    /// It stands still by an admin's word.
    Suspended,
    /// It ended by itself.
    Completed,
    /// It was ended before its time.
    Cancelled,
}

impl InstanceStatus {
    /// The status as tables have it.
    pub(crate) const fn stored(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of a case.
    pub(crate) fn now(state: &State) -> Self {
        match state.status() {
            Status::Active if state.suspended().is_some() => Self::Suspended,
            Status::Active => Self::Active,
            Status::Completed => Self::Completed,
            Status::Cancelled => Self::Cancelled,
        }
    }

    /// The status of a table's row.
    pub(crate) fn of(stored: &str) -> Self {
        match stored {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "completed" => Self::Completed,
            _ => Self::Cancelled,
        }
    }
}

impl Instance {
    /// A case, where whoever asks may see it.
    pub(crate) async fn seen(reader: Reader<'_>, state: Arc<State>) -> Result<Self> {
        reader.allow_case(Action::SeeCase, &state).await?;
        Ok(Self { state })
    }

    /// A case by its id, where whoever asks may see it.
    pub(crate) async fn by_id(reader: Reader<'_>, id: i64) -> Result<Self> {
        // Nobody who is not signed in sees a case, whether there is one or not.
        reader.person()?;
        let state = reader.state(id).await?;
        Self::seen(reader, state).await
    }

    /// Those of some cases that whoever asks may see.
    async fn all_seen(reader: Reader<'_>, states: &[Arc<State>]) -> Vec<Self> {
        let seen = states.iter().map(|state| Self::seen(reader, Arc::clone(state)));
        let seen = futures_util::future::join_all(seen).await;
        seen.into_iter().filter_map(Result::ok).collect()
    }
}

#[Object]
impl Instance {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Instance(self.state.id().0).to_id()
    }

    /// The name of its process.
    async fn process(&self) -> &str {
        self.state.process().as_str()
    }

    /// What people call its process.
    async fn process_label(&self, ctx: &Context<'_>) -> Result<String> {
        let definition = reader(ctx).definition(&self.state).await?;
        Ok(reader(ctx).text(definition.name()))
    }

    /// The version of the definition it runs on, for life; from 1.
    async fn version(&self) -> u32 {
        self.state.version()
    }

    /// Its case number, for life; none where the process has no series.
    async fn number(&self) -> Option<&str> {
        self.state.number()
    }

    /// Its title, as its documents make it; before they do, what people call its process, with the
    /// case number where there is one.
    async fn title(&self, ctx: &Context<'_>) -> Result<String> {
        reader(ctx).title(&self.state).await
    }

    /// Whether it runs.
    async fn status(&self) -> InstanceStatus {
        InstanceStatus::now(&self.state)
    }

    /// How it ended: the outcome of its end event.
    async fn outcome(&self) -> Option<&str> {
        self.state.outcome().map(engine::ids::OutcomeName::as_str)
    }

    /// What people call that outcome: the name of its end event.
    async fn outcome_label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        outcome_label(reader(ctx), &self.state).await
    }

    /// Who began it; none for a case that another one called.
    async fn initiator(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let initiator = self.state.initiator().map(|initiator| initiator.person.as_str());
        Person::load(reader(ctx), initiator).await
    }

    /// When it began (RFC 3339, UTC).
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        instant(self.state.started_at().0)
    }

    /// When it ended (RFC 3339, UTC).
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.state.ended_at().and_then(|at| instant(at.0))
    }

    /// Where it stands: the nodes that are active, and the event sub-processes that an incident keeps
    /// from listening for what begins them.
    async fn current_nodes(&self, ctx: &Context<'_>) -> Result<Vec<ActiveNode>> {
        let reader = reader(ctx);
        let definition = reader.definition(&self.state).await?;
        let sight = Sight::of(reader, &self.state).await?;
        Ok(ActiveNode::all(reader, &definition, (&self.state, &sight)))
    }

    /// What people may begin by themselves now: the activities of its ad-hoc sub-processes.
    async fn choices(&self, ctx: &Context<'_>) -> Result<Vec<AdHocSubProcess>> {
        choice::of_case(reader(ctx), &self.state).await
    }

    /// Tokens that wait at joining gateways for others.
    async fn waiting_tokens(&self, ctx: &Context<'_>) -> Result<Vec<WaitingToken>> {
        let reader = reader(ctx);
        let definition = reader.definition(&self.state).await?;
        Ok(WaitingToken::all(reader, &definition, &self.state))
    }

    /// Where it would stand after changes by hand, as `modifyInstance` makes them: for an admin.
    async fn modified(&self, ctx: &Context<'_>, changes: Vec<TokenChange>) -> Result<Modified> {
        modification::preview(reader(ctx), &self.state, changes).await
    }

    /// What going over to another version of its process would make of it, as `migrateInstances` does
    /// it: every token, task, clock, join and called case before and after. For an admin.
    async fn migrated(
        &self,
        ctx: &Context<'_>,
        version: u32,
        plan: Option<MigrationPlanInput>,
    ) -> Result<Migrated> {
        migration::preview(reader(ctx), &self.state, version, plan).await
    }

    /// Time limits of its phases and of the whole case, and other events that come when their time has come:
    /// when that is, or since when and why their clocks stand still. The deadlines of tasks are theirs.
    async fn time_limits(&self, ctx: &Context<'_>) -> Result<Vec<TimeLimit>> {
        let reader = reader(ctx);
        let published = reader.published(&self.state).await?;
        Ok(TimeLimit::all(reader, &published, &self.state))
    }

    /// Since when, by whom and why it stands still, where it is suspended.
    async fn suspended(&self, ctx: &Context<'_>) -> Result<Option<Suspended>> {
        let Some(suspended) = self.state.suspended() else { return Ok(None) };
        let sight = Sight::of(reader(ctx), &self.state).await?;
        let person = suspended.person.clone();
        let person = person.filter(|one| sight.named(Some(one.as_str())).is_some());
        Ok(Some(Suspended(engine::instance::Suspended { person, ..suspended.clone() })))
    }

    /// Clocks that stand still until their node is reached again.
    async fn paused_clocks(&self, ctx: &Context<'_>) -> Result<Vec<PausedClock>> {
        let reader = reader(ctx);
        let published = reader.published(&self.state).await?;
        let nodes = published.definition.nodes().iter();
        Ok(nodes.flat_map(|node| PausedClock::of(reader, &published, &self.state, node)).collect())
    }

    /// Its tasks, open and done, in the order they were created.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Task>> {
        let reader = reader(ctx);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let Rows { after, first } = placed(&page, |place| place.0);
        let of = self.state.id().0;
        let place = loaders::Place { of, after, first, mode: () };
        let slice = reader.loaders.tasks_of.load(place).await.told(reader)?.unwrap_or_default();
        let node = |row: store::tables::task::Model| (Place(row.key, 0, 0), Task(row));
        Ok(connection(&page, Arc::unwrap_or_clone(slice), node))
    }

    /// The case that called it, where whoever asks may see that too.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let reader = reader(ctx);
        let Some(parent) = self.state.parent() else { return Ok(None) };
        let state = reader.state(parent.instance.0).await?;
        Ok(Self::seen(reader, state).await.ok())
    }

    /// Cases that it called and that whoever asks may see: who began it, or has or had a task in it,
    /// sees how they stand, and no documents, names, votes or opinions.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let reader = reader(ctx);
        let children = reader.loaders.children.load(self.state.id().0).await.told(reader)?;
        Ok(Self::all_seen(reader, &children.unwrap_or_default()).await)
    }

    /// Every command and what it caused, oldest first. Refused ones and raw events are for auditors.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, HistoryEntry>> {
        history::of_case(reader(ctx), &self.state, after.as_ref(), first).await
    }

    /// What whoever asks may do with it as a whole now, and for each operation that is off, why.
    async fn allowed_operations(&self, ctx: &Context<'_>) -> Result<Vec<Operation>> {
        operations::of_instance(reader(ctx), &self.state).await
    }

    /// What is likely to come next, without what is open now.
    async fn forecast(&self, ctx: &Context<'_>) -> Result<Vec<ForecastStep>> {
        forecast::of_case(reader(ctx), &self.state).await
    }

    /// Its documents, as whoever asks may see them: those of their own steps with the rights of
    /// those steps, all of it where they began the case, oversee it, or are among the readers.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        document::of_case(reader(ctx), &self.state).await
    }

    /// Every version of a document, the first one first, without what is sealed; none where whoever
    /// asks may not see the document.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn document_versions(
        &self,
        ctx: &Context<'_>,
        document: String,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, DocumentVersion>> {
        let page = page::<Place>(reader(ctx).language(), after.as_ref(), first)?;
        document::versions(reader(ctx), &self.state, document, page).await
    }

    /// What was said on it, oldest first; where whoever asks reads no opinions of others, only what
    /// they said.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Comment>> {
        let reader = reader(ctx);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let Rows { after, first } = placed(&page, |place| (place.0, place.1));
        let of = self.state.id().0;
        let place = loaders::Place { of, after, first, mode: () };
        let slice = reader.loaders.comments.load(place).await.told(reader)?.unwrap_or_default();
        let mut slice = Arc::unwrap_or_clone(slice);
        let sight = Sight::of(reader, &self.state).await?;
        slice.rows.retain(|row| sight.named(Some(&row.person)).is_some());
        let node =
            |row: store::tables::comment::Model| (Place(row.revision, row.n, 0), Comment(row));
        Ok(connection(&page, slice, node))
    }

    /// To whom something of it was copied (抄送), and whether they have read it; oldest first. Where
    /// whoever asks reads no names of others, only what was copied to them.
    async fn copies(&self, ctx: &Context<'_>) -> Result<Vec<Copied>> {
        let reader = reader(ctx);
        let copies = reader.loaders.copies.load(self.state.id().0).await.told(reader)?;
        let sight = Sight::of(reader, &self.state).await?;
        let named = copies.iter().flat_map(|rows| rows.iter());
        let named = named.filter(|row| sight.named(Some(&row.person)).is_some());
        Ok(named.cloned().map(Copied).collect())
    }

    /// Pages that it has published, also those that are down.
    async fn pages(&self, ctx: &Context<'_>) -> Result<Vec<Page>> {
        let reader = reader(ctx);
        let pages = reader.loaders.pages.load(self.state.id().0).await.told(reader)?;
        Ok(pages.iter().flat_map(|pages| pages.iter()).cloned().map(Page).collect())
    }

    /// Entries that it has made in registers that whoever asks may read; none for those who see it as
    /// people of the case that called it.
    async fn register_entries(&self, ctx: &Context<'_>) -> Result<Vec<RegisterEntry>> {
        let reader = reader(ctx);
        let relation = reader.relation(&self.state).await?;
        if reader.may(Action::SeeDocument, &relation).is_err() {
            return Ok(Vec::new());
        }
        let entries = reader.loaders.entries.load(self.state.id().0).await.told(reader)?;
        let mut readable = Vec::new();
        for row in entries.iter().flat_map(|rows| rows.iter()) {
            if Register::readable(reader, &row.register).await?.is_some() {
                readable.push(RegisterEntry(row.clone()));
            }
        }
        Ok(readable)
    }

    /// What it has worked out so far and its definition gives a label (`variables`): scores, fees, counts, in the
    /// order of the definition. For those inside the case; nothing for who only began it or was let know of it.
    async fn results(&self, ctx: &Context<'_>) -> Result<Vec<CaseResult>> {
        result::of_case(reader(ctx), &self.state).await
    }

    /// Its intakes, open and closed.
    async fn intakes(&self, ctx: &Context<'_>) -> Result<Vec<Intake>> {
        let reader = reader(ctx);
        let intakes = reader.loaders.intakes.load(self.state.id().0).await.told(reader)?;
        Ok(intakes.iter().flat_map(|rows| rows.iter()).cloned().map(Intake).collect())
    }
}

/// What people call the outcome of a case.
pub(crate) async fn outcome_label(reader: Reader<'_>, state: &State) -> Result<Option<String>> {
    let Some(outcome) = state.outcome() else { return Ok(None) };
    let definition = reader.definition(state).await?;
    let label = definition.outcome_label(outcome.as_str(), reader.language());
    Ok(Some(label.unwrap_or(outcome.as_str()).to_owned()))
}

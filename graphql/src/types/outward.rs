//! What the public sees: pages and open intakes.

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::actor::Actor;
use engine::calendar::Zone;
use engine::command::{Command, Envelope};
use engine::definition::source::FieldRight;
use engine::definition::{Document, Using};
use engine::elements::Element;
use engine::form::Rights;
use engine::step::admission;
use serde_json::Value;
use store::SubmitError;
use store::directory::Person;
use store::tables::{intake, page as pages};

use super::attachment::Attachment;
use super::form::Form;
use super::item::TaskItem;
use super::received::{self, OwnedSubmission, ReceivedSubmission};
use super::refusal::Refusal;
use super::shown::{self, ShownDocument};
use super::{Json, instant};
use crate::context::{Reader, Told as _, key, reader};
use crate::error;
use crate::ids::GlobalId;
use crate::operations;
use crate::paging::{Place, cost, page};

/// What stands in an intake's `from` where everybody may submit.
const PUBLIC: &str = "public";

/// A page of the public portal.
#[derive(Debug)]
pub(crate) struct Page(pub(crate) pages::Model);

impl Page {
    /// A page, while it is public; afterwards for whoever may see its case.
    pub(crate) async fn by_id(reader: Reader<'_>, id: (i64, i64)) -> Result<Option<Self>> {
        let Some(row) = reader.loaders.pages_by_id.load(id).await.told(reader)? else {
            return Ok(None);
        };
        let now = reader.now();
        if row.published_from <= now && now < row.published_until {
            return Ok(Some(Self(row)));
        }
        let state = reader.state(row.instance_id).await?;
        Ok(reader.allow_case(Action::SeeCase, &state).await.is_ok().then_some(Self(row)))
    }

    /// What it shows.
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.0.content).unwrap_or_default()
    }
}

#[Object]
impl Page {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Page(self.0.instance_id, self.0.key).to_id()
    }

    /// The name of its case's process.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it shows: documents by name, only the fields that the definition lists.
    async fn content(&self) -> Json {
        Json(self.body())
    }

    /// What it shows as a person reads it: labels, words of choices, names of people and units.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<ShownDocument>> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance_id).await?;
        let published = reader.published(&state).await?;
        let definition = &published.definition;
        let calendar = published.calendars.get(definition.calendar());
        let zone = calendar.map_or(Zone::UTC, |calendar| calendar.zone());
        shown::documents(reader, definition.documents(), &self.body(), zone).await
    }

    /// The files that it shows.
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        let reader = reader(ctx);
        let place = (self.0.instance_id, self.0.key);
        Attachment::all_of_page(reader, &self.body(), place).await
    }

    /// Intakes of its case that are open now to whoever asks: where to answer it, and until when, extensions
    /// counted.
    async fn intakes(&self, ctx: &Context<'_>) -> Result<Vec<Intake>> {
        let reader = reader(ctx);
        let rows = reader.loaders.intakes.load(self.0.instance_id).await.told(reader)?;
        let mut open = Vec::new();
        for row in rows.iter().flat_map(|rows| rows.iter()).cloned() {
            let intake = Intake(row);
            if intake.is_open(reader) && intake.is_for(reader).await? {
                open.push(intake);
            }
        }
        Ok(open)
    }

    /// Since when it is public (RFC 3339, UTC).
    async fn published_from(&self) -> Option<DateTime<Utc>> {
        instant(self.0.published_from)
    }

    /// Until when (RFC 3339, UTC); none where it stays, and as long as its case stands still and would give it
    /// its days back.
    async fn published_until(&self) -> Option<DateTime<Utc>> {
        instant(self.0.published_until)
    }
}

/// An intake: where something may be handed in until it closes.
#[derive(Debug)]
pub(crate) struct Intake(pub(crate) intake::Model);

/// What the definition says of an intake.
struct Declared {
    process: String,
    label: String,
    from: Vec<String>,
    using: Using,
    document: Document,
}

impl Intake {
    async fn declared(&self, reader: Reader<'_>) -> Result<Option<Declared>> {
        let state = reader.state(self.0.instance_id).await?;
        let definition = reader.definition(&state).await?;
        let Some(node) = definition.node(&self.0.node) else { return Ok(None) };
        let Element::Intake(intake) = node.element() else { return Ok(None) };
        let document = definition.documents().get(&intake.into).cloned();
        Ok(document.map(|document| Declared {
            process: reader.text(definition.name()),
            label: node.label(reader.language()).to_owned(),
            from: intake.from.as_slice().to_vec(),
            using: Using { document: intake.into.clone(), rights: Rights::all(FieldRight::Edit) },
            document,
        }))
    }

    /// Whether whoever asks may hand something in.
    pub(crate) async fn is_for(&self, reader: Reader<'_>) -> Result<bool> {
        let relation = self.relation(reader).await?;
        Ok(reader.may(Action::Submit, &relation).is_ok())
    }

    /// Refuses who may not hand something in to an intake; whoever may not even see its case is told
    /// what is told of an intake that does not exist.
    pub(crate) async fn check_submit(reader: Reader<'_>, id: (i64, i64)) -> Result<()> {
        let missing = || match reader.viewing.person {
            Some(_) => error::not_found(error::Thing::INTAKE, reader.language()),
            None => error::not_signed_in(reader.language()),
        };
        let row = reader.loaders.intakes_by_id.load(id).await.told(reader)?;
        let intake = row.map(Self).ok_or_else(missing)?;
        let relation = intake.relation(reader).await?;
        if reader.may(Action::Submit, &relation).is_ok() {
            return Ok(());
        }
        let state = reader.state(intake.0.instance_id).await?;
        reader.allow_case(Action::SeeCase, &state).await.map_err(|_| missing())?;
        reader.allow(Action::Submit, &relation)
    }

    /// Why a submission of whoever asks would be refused, whatever it holds: as `submitToIntake` would
    /// refuse it. None where it would be looked at.
    pub(crate) async fn refusal(&self, reader: Reader<'_>) -> Result<Option<Refusal>> {
        let relation = self.relation(reader).await?;
        if let Err(error) = reader.allow(Action::Submit, &relation) {
            return Refusal::of(error).map(Some);
        }
        let state = reader.state(self.0.instance_id).await?;
        let published = reader.published(&state).await?;
        let intake = key(self.0.key);
        let actor = reader.viewing.person.as_ref().map_or(Actor::Public, Person::actor);
        let command = Command::WithdrawSubmission { intake, submission: 0 };
        let asking = Envelope::asking(reader.store.clock().now(), actor);
        let envelope = Envelope { command, ..asking };
        let admitted = operations::with_facts(reader, &published, |facts| {
            admission(&published.definition, &state, intake, &envelope, facts)
        });
        match admitted.await? {
            Ok(()) => Ok(None),
            Err(rejection) => {
                let refused = SubmitError::Rejected(rejection);
                Refusal::of(error::submit(&refused, reader.language())).map(Some)
            }
        }
    }

    /// Whether it takes submissions now.
    fn is_open(&self, reader: Reader<'_>) -> bool {
        let now = reader.now();
        self.0.closed == 0 && self.0.opens_at <= now && now < self.0.closes_at
    }

    /// For whom it is.
    async fn relation(&self, reader: Reader<'_>) -> Result<Relation> {
        let Some(declared) = self.declared(reader).await? else { return Ok(Relation::default()) };
        let roles = declared.from.iter().filter(|from| *from != PUBLIC);
        Ok(Relation {
            open_to_all: declared.from.iter().any(|from| from == PUBLIC),
            readers: roles.map(|role| role.as_str().into()).collect(),
            ..Relation::default()
        })
    }

    /// An intake that is open now, where whoever asks may hand something in; or any of a case that
    /// they may see.
    pub(crate) async fn by_id(reader: Reader<'_>, id: (i64, i64)) -> Result<Option<Self>> {
        let Some(row) = reader.loaders.intakes_by_id.load(id).await.told(reader)? else {
            return Ok(None);
        };
        let intake = Self(row);
        if intake.is_open(reader) && intake.is_for(reader).await? {
            return Ok(Some(intake));
        }
        let state = reader.state(intake.0.instance_id).await?;
        Ok(reader.allow_case(Action::SeeCase, &state).await.is_ok().then_some(intake))
    }
}

#[Object]
impl Intake {
    /// Its global id, for `submitToIntake`.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Intake(self.0.instance_id, self.0.key).to_id()
    }

    /// The name of its case's process.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// What people call that process.
    async fn process_label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.declared(reader(ctx)).await?.map(|declared| declared.process))
    }

    /// The name of its node in the definition.
    async fn node_name(&self) -> &str {
        &self.0.node
    }

    /// What people call it.
    async fn label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.declared(reader(ctx)).await?.map(|declared| declared.label))
    }

    /// The item of the list that it is about, where what is around it runs once for each item of a list, such
    /// as a lot; its `label` only where the definition says one, for whoever may hand something in.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<TaskItem>> {
        TaskItem::of_intake(reader(ctx), &self.0, self.is_for(reader(ctx)).await?).await
    }

    /// Who may submit: `public`, or roles by name.
    async fn from(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let declared = self.declared(reader(ctx)).await?;
        Ok(declared.map(|declared| declared.from).unwrap_or_default())
    }

    /// The form of a submission, empty.
    async fn form(&self, ctx: &Context<'_>) -> Result<Option<Form>> {
        let reader = reader(ctx);
        let declared = self.declared(reader).await?;
        Ok(declared.map(|declared| {
            Form::new(
                reader,
                &declared.document,
                &declared.using,
                &Value::Object(serde_json::Map::new()),
            )
        }))
    }

    /// From when it takes submissions (RFC 3339, UTC).
    async fn opens_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.opens_at)
    }

    /// Until when (RFC 3339, UTC).
    async fn closes_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.closes_at)
    }

    /// Whether it takes submissions now.
    async fn open(&self, ctx: &Context<'_>) -> bool {
        self.is_open(reader(ctx))
    }

    /// Why a submission of whoever asks would be refused, whatever it holds: the intake is for others,
    /// or something does not hold that its definition asks of whoever submits or of the case. None
    /// where it would be looked at.
    async fn refused(&self, ctx: &Context<'_>) -> Result<Option<Refusal>> {
        self.refusal(reader(ctx)).await
    }

    /// Whether nobody reads submissions before it closes.
    async fn sealed(&self) -> bool {
        self.0.sealed != 0
    }

    /// Submissions that whoever asks may replace or take back while it is open: their own that count, and those
    /// of their unit where it takes one of each unit (`once: unit`).
    async fn own(&self, ctx: &Context<'_>) -> Result<Vec<OwnedSubmission>> {
        received::owned(reader(ctx), &self.0).await
    }

    /// What has come in and counts, the first first, while it is open and not sealed: for those who read
    /// the list that it becomes, and those who are going to get a task that shows that list. Nothing for
    /// others, and nothing once it has closed: then the document has it.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn received(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, ReceivedSubmission>> {
        let reader = reader(ctx);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        received::of_intake(reader, &self.0, page).await
    }

    /// How many have come in; told to nobody while it is open and sealed.
    async fn submissions(&self) -> Option<i64> {
        let is_told = self.0.sealed == 0 || self.0.closed != 0;
        is_told.then_some(self.0.submissions)
    }
}

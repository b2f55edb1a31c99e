//! A task for people: its form, documents, outcomes, operations and clock.

use access::Action;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::Command;
use engine::definition::source::{DocumentsRule, Requirement};
use engine::elements::Element;
use engine::ids::Key;
use engine::instance::{Paused, Waiting};
use engine::step::offered_outcomes;
use engine::time::Timestamp;
use store::tables::task::Model;

use super::clock::Clock;
use super::closed::Closed;
use super::document::{self, Document};
use super::form::{self, Form};
use super::instance::Instance;
use super::item::TaskItem;
use super::person::Person;
use super::{Json, instant};
use crate::context::{Reader, Told as _, key, reader};
use crate::error;
use crate::ids::GlobalId;
use crate::mutation::DocumentInput;
use crate::operations::{self, Operation};
use crate::sight::{Sight, told_of};

/// A task. Whoever has one has been asked whether they may see it.
#[derive(Debug, Clone)]
pub(crate) struct Task(pub(crate) Model);

/// Whether a task still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum TaskState {
    /// It is offered, and nobody has claimed it.
    Open,
    /// It is somebody's.
    Claimed,
    /// It was decided.
    Completed,
    /// It ended without a decision.
    Cancelled,
}

/// An outcome that may be chosen.
#[derive(Debug, SimpleObject)]
pub(crate) struct Outcome {
    /// Its name, for `completeTask`.
    name: String,
    /// What a person reads.
    label: String,
    /// Whether it needs an opinion.
    comment_required: bool,
    /// Whether the documents that the task writes must be given, and valid.
    documents_required: bool,
    /// Fields that must be filled in when it is chosen, beside those that their forms require.
    required_fields: Vec<RequiredField>,
    /// The node that it leads to; onwards where there is none.
    to: Option<String>,
}

/// A field that an outcome needs.
#[derive(Debug, SimpleObject)]
pub(crate) struct RequiredField {
    /// The document, by its name in the definition.
    document: String,
    /// The names that lead to the field, with dots, without row numbers: its `path` in the form. Of a
    /// column, every row needs it.
    path: String,
}

impl Task {
    /// A task, where whoever asks may see its case.
    pub(crate) async fn seen(reader: Reader<'_>, instance: i64, key: i64) -> Result<Self> {
        Instance::by_id(reader, instance).await?;
        let row = reader.loaders.tasks.load((instance, key)).await.told(reader)?;
        row.map(Self).ok_or_else(|| error::not_found(error::Thing::TASK, reader.language()))
    }

    /// Refuses who may not do the task.
    pub(crate) async fn for_work(&self, reader: Reader<'_>) -> Result<()> {
        let state = reader.state(self.0.instance_id).await?;
        reader.allow_case(Action::TakePart, &state).await?;
        let published = reader.published(&state).await?;
        let command = Command::ClaimTask { task: key(self.0.key) };
        match operations::attempt(reader, &published, &state, command).await? {
            Ok(_) => Ok(()),
            Err(rejection) => {
                let rejection = told_of(reader, &state, rejection).await?;
                Err(error::submit(&store::SubmitError::Rejected(rejection), reader.language()))
            }
        }
    }

    fn is_open(&self) -> bool {
        self.0.completed_at.is_none()
    }

    /// Whether it ended with a decision.
    fn was_decided(&self) -> bool {
        matches!(self.0.state.as_str(), "completed" | "skipped")
    }

    fn key(&self) -> Key {
        key(self.0.key)
    }

    /// How far whoever asks sees into its case; none where they decided it themselves.
    async fn sight(&self, reader: Reader<'_>) -> Result<Option<Sight>> {
        let person = reader.viewing.person.as_ref();
        if person.is_some_and(|one| self.0.completed_by.as_ref() == Some(&one.id)) {
            return Ok(None);
        }
        let state = reader.state(self.0.instance_id).await?;
        Sight::of(reader, &state).await.map(Some)
    }

    /// A person of it, where whoever asks may read their name.
    async fn named(&self, reader: Reader<'_>, person: Option<&str>) -> Result<Option<Person>> {
        let own = reader.viewing.person.as_ref();
        let Some(named) = person else { return Ok(None) };
        if own.is_none_or(|own| own.id != named) {
            let state = reader.state(self.0.instance_id).await?;
            if !Sight::of(reader, &state).await?.is_inside() {
                return Ok(None);
            }
        }
        Person::load(reader, person).await
    }
}

fn required(field: &str) -> Option<RequiredField> {
    let (document, path) = field.split_once('.')?;
    Some(RequiredField { document: document.to_owned(), path: path.to_owned() })
}

#[Object]
impl Task {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Task(self.0.instance_id, self.0.key).to_id()
    }

    /// The name of its case's process.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// The name of its node in the definition.
    async fn node_name(&self) -> &str {
        &self.0.node
    }

    /// What people call it.
    async fn label(&self, ctx: &Context<'_>) -> Result<String> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance_id).await?;
        let versions = reader.versions(&state).await?;
        let node = versions.node(Timestamp(self.0.created_at), &self.0.node);
        Ok(node
            .map_or_else(|| self.0.node.clone(), |node| node.label(reader.language()).to_owned()))
    }

    /// The item of the list that it is about, where its node, or what is around it, runs once for each
    /// item of a list: what tells it from others of the same `label`.
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<TaskItem>> {
        TaskItem::of_task(reader(ctx), &self.0).await
    }

    /// The legal basis: the clause it rests on.
    async fn basis(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance_id).await?;
        let versions = reader.versions(&state).await?;
        let node = versions.node(Timestamp(self.0.created_at), &self.0.node);
        Ok(node.and_then(|node| node.element().basis()).map(str::to_owned))
    }

    /// Whether it still waits.
    async fn state(&self) -> TaskState {
        match self.0.state.as_str() {
            "open" => TaskState::Open,
            "claimed" => TaskState::Claimed,
            "completed" => TaskState::Completed,
            _ => TaskState::Cancelled,
        }
    }

    /// Whether it is a vote in a secret ballot (无记名投票): that somebody voted is told, and how they did to
    /// nobody else.
    async fn secret_ballot(&self, ctx: &Context<'_>) -> Result<bool> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance_id).await?;
        let versions = reader.versions(&state).await?;
        Ok(versions.ever(&self.0.node, engine::definition::Node::is_ballot))
    }

    /// Which pass over its node, from 1.
    async fn round(&self) -> i64 {
        self.0.round
    }

    /// Whose it is; none while nobody has claimed it, and where whoever asks reads no names of others.
    async fn assignee(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.named(reader(ctx), self.0.assignee.as_deref()).await
    }

    /// For whom `assignee` does it since they are away (代理); none where nobody is, once it has ended, and
    /// where whoever asks reads no names of others.
    async fn deputy_for(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let reader = reader(ctx);
        if !self.is_open() {
            return Ok(None);
        }
        let state = reader.state(self.0.instance_id).await?;
        let activation = state.activation(self.key());
        let away = activation.and_then(|activation| match &activation.waiting {
            Waiting::Task { away, .. } => away.as_ref().map(|away| away.person.to_string()),
            _ => None,
        });
        self.named(reader, away.as_deref()).await
    }

    /// The role it is offered to, by name; none where only persons are asked.
    async fn role(&self) -> Option<&str> {
        self.0.role.as_deref()
    }

    /// What people call that role; none where there is none.
    async fn role_label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let reader = reader(ctx);
        let Some(role) = self.0.role.as_deref() else { return Ok(None) };
        let state = reader.state(self.0.instance_id).await?;
        let published = reader.published(&state).await?;
        Ok(published.definition.roles().get(role).map(|text| reader.text(text)))
    }

    /// When it was created (RFC 3339, UTC).
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.created_at)
    }

    /// When it is due (RFC 3339, UTC); `clock` has it in its own zone.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.due_at)
    }

    /// When it was decided or ended (RFC 3339, UTC).
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at.and_then(instant)
    }

    /// Who decided it; none where whoever asks reads no names of others.
    async fn completed_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        self.named(reader(ctx), self.0.completed_by.as_deref()).await
    }

    /// How it was decided: the name of the outcome. None of another's vote before its round is
    /// decided, and where whoever asks reads no votes of others: they read what the round decided in
    /// `history`.
    async fn outcome(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let Some(outcome) = self.0.outcome.as_deref() else { return Ok(None) };
        let may = match self.sight(reader(ctx)).await? {
            Some(sight) => sight.decision(self.key(), &self.0.node),
            None => true,
        };
        Ok(Some(outcome).filter(|_| may))
    }

    /// The opinion that came with the decision. None of another's before its round is decided, and
    /// where whoever asks reads no opinions of others, but for why something came back to them.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let Some(comment) = self.0.comment.as_deref() else { return Ok(None) };
        let may = match self.sight(reader(ctx)).await? {
            Some(sight) if self.was_decided() => {
                sight.opinion(self.key(), &self.0.node, self.0.outcome.as_deref())
            }
            // Why it was returned, or the case ended from it, is no vote.
            Some(sight) => sight.is_inside(),
            None => true,
        };
        Ok(Some(comment).filter(|_| may))
    }

    /// Why it ended where nobody decided it; none of what ended before this was written down.
    async fn closed(&self, ctx: &Context<'_>) -> Result<Option<Closed>> {
        Closed::of(reader(ctx), self).await
    }

    /// Its case.
    async fn instance(&self, ctx: &Context<'_>) -> Result<Instance> {
        Instance::by_id(reader(ctx), self.0.instance_id).await
    }

    /// What may be decided now; nothing once it is done.
    async fn outcomes(&self, ctx: &Context<'_>) -> Result<Vec<Outcome>> {
        let reader = reader(ctx);
        if !self.is_open() {
            return Ok(Vec::new());
        }
        let state = reader.state(self.0.instance_id).await?;
        let published = reader.published(&state).await?;
        let definition = &published.definition;
        let Some(Element::UserTask(task)) =
            definition.node(&self.0.node).map(engine::definition::Node::element)
        else {
            return Ok(Vec::new());
        };
        let key = key(self.0.key);
        let envelope = operations::envelope(reader, Command::ClaimTask { task: key });
        let offered = operations::with_facts(reader, &published, |facts| {
            offered_outcomes(definition, &state, key, &envelope, facts)
        });
        let offered = offered.await?.unwrap_or_default();
        let outcomes = offered.iter().filter_map(|name| {
            let full = task.outcome(name.as_str())?;
            Some(Outcome {
                name: name.to_string(),
                label: reader.text(&full.label),
                comment_required: full.comment == Requirement::Required,
                documents_required: full.documents == DocumentsRule::Required,
                required_fields: full
                    .require
                    .as_slice()
                    .iter()
                    .filter_map(|it| required(it))
                    .collect(),
                to: full.to.map(|to| to.to_string()),
            })
        });
        Ok(outcomes.collect())
    }

    /// The forms that it writes, with present values. `values` are what somebody types right now:
    /// then the forms say what is visible and required with these.
    async fn form(
        &self,
        ctx: &Context<'_>,
        values: Option<Vec<DocumentInput>>,
    ) -> Result<Vec<Form>> {
        form::of_task(reader(ctx), self, &values.unwrap_or_default()).await
    }

    /// Documents that it shows and those that it writes, as it shows them.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        document::of_task(reader(ctx), self).await
    }

    /// Its deadline: running while it is open; standing still where its decision stopped it.
    async fn clock(&self, ctx: &Context<'_>) -> Result<Option<Clock>> {
        let reader = reader(ctx);
        let state = reader.state(self.0.instance_id).await?;
        let published = reader.published(&state).await?;
        let waiting = state.activation(key(self.0.key)).map(|activation| &activation.waiting);
        if let Some(Waiting::Task { due: Some(due), .. }) = waiting {
            return Ok(Some(Clock::active(reader, &published, &state, due)));
        }
        let last = state.passed(&self.0.node).map_or(0, |passed| i64::from(passed.round));
        let own = key(self.0.key);
        let is_own = |paused: &Paused| match paused.key {
            Key(0) => last == self.0.round,
            stopped => stopped == own,
        };
        let mut standing = state.all_paused().filter(|(node, _)| node.as_str() == self.0.node);
        let paused = standing.find(|(_, paused)| !self.is_open() && is_own(paused));
        Ok(paused.map(|(_, paused)| Clock::standing(reader, &published, paused)))
    }

    /// What whoever asks may do with it now, and for each operation that is off, why.
    async fn allowed_operations(&self, ctx: &Context<'_>) -> Result<Vec<Operation>> {
        operations::of_task(reader(ctx), self).await
    }

    /// One's own draft of its form, as `saveDraft` kept it, while it is open.
    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let reader = reader(ctx);
        if !self.is_open() {
            return Ok(None);
        }
        let Some(person) = &reader.viewing.person else { return Ok(None) };
        let key = (person.id.clone(), self.0.instance_id, self.0.key);
        let draft = reader.loaders.drafts.load(key).await.told(reader)?;
        let Some(draft) = draft else { return Ok(None) };
        let Ok(typed) = serde_json::from_str(&draft.body) else { return Ok(None) };
        // The case may have gone over to another version of its process since.
        let state = reader.state(self.0.instance_id).await?;
        Ok(Some(Json(state.typed_by_now(Timestamp(draft.saved_at), &typed))))
    }
}

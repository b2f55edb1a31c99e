//! A task for people: its form, documents, outcomes and clock.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::source::Requirement;
use engine::definition::{Definition, Node, Using};
use engine::elements::Element;
use engine::ids::Key;
use engine::instance::{Instance, Waiting};
use serde_json::Value;
use store::tables::task::Model;

use super::case::Case;
use super::document::Document;
use super::{Json, instant};
use crate::context::{allow_case, person, store, viewing};
use crate::loaders::{Cases, Contents};
use crate::{error, ids};

/// A task.
#[derive(Debug)]
pub(crate) struct Task(pub(crate) Model);

/// An outcome that may be chosen.
#[derive(Debug, SimpleObject)]
pub(crate) struct Outcome {
    /// Its name, for `complete`.
    name: String,
    /// What a person reads.
    label: String,
    /// Whether it needs an opinion.
    comment_required: bool,
}

/// A deadline with its working.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Clock {
    /// When it runs out.
    until: Option<DateTime<Utc>>,
    /// The time zone of its days.
    zone: String,
    /// How it was counted, in a sentence.
    working: String,
    /// Whether a year in it has no calendar yet, so that it may move.
    provisional: bool,
    #[graphql(skip)]
    until_ms: i64,
}

#[ComplexObject]
#[expect(clippy::unused_async, reason = "a resolver is asynchronous by its macro")]
impl Clock {
    /// Whether it has run out.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(store(ctx)?.clock().now().0 >= self.until_ms)
    }
}

/// The case of a task, loaded with those of its neighbours.
async fn state(ctx: &Context<'_>, instance: i64) -> Result<Arc<Instance>> {
    let loaded = ctx.data::<DataLoader<Cases>>()?.load_one(instance).await;
    let language = viewing(ctx).language;
    loaded
        .map_err(|failed| error::store(&failed, language))?
        .ok_or_else(|| error::not_found("case", language))
}

/// The definition that a case runs on.
pub(crate) async fn definition(ctx: &Context<'_>, case: &Instance) -> Result<Arc<Definition>> {
    let language = viewing(ctx).language;
    let published = store(ctx)?.definition(case.process(), case.version()).await;
    published
        .map_err(|failed| error::store(&failed, language))?
        .map(|published| Arc::clone(&published.definition))
        .ok_or_else(|| error::not_found("definition", language))
}

/// Documents as some rights show them.
pub(crate) async fn documents(
    ctx: &Context<'_>,
    case: &Instance,
    definition: &Definition,
    uses: &[Using],
    editable: bool,
) -> Result<Vec<Document>> {
    let language = viewing(ctx).language;
    let loader = ctx.data::<DataLoader<Contents>>()?;
    let mut shown = Vec::new();
    for using in uses {
        let Some(document) = definition.documents().get(&using.document) else { continue };
        let state = case.documents().get(&using.document);
        let hashes = state.map(|state| state.current.clone()).unwrap_or_default();
        let wanted: Vec<String> = hashes.iter().map(ToString::to_string).collect();
        let contents = loader
            .load_many(wanted.clone())
            .await
            .map_err(|failed| error::store(&failed, language))?;
        let redacted = wanted
            .iter()
            .filter_map(|hash| contents.get(hash))
            .map(|content| document.form.redact(content, &using.rights));
        let content = if document.list {
            Value::Array(redacted.collect())
        } else {
            redacted.into_iter().next_back().unwrap_or_default()
        };
        shown.push(Document {
            name: using.document.to_string(),
            label: document.name.get(language).to_owned(),
            list: document.list,
            version: i64::from(state.map_or(0, |state| state.version)),
            content: Json(content),
            form: Json(serde_json::to_value(document.form.source())?),
            editable,
        });
    }
    Ok(shown)
}

impl Task {
    fn node<'d>(&self, ctx: &Context<'_>, definition: &'d Definition) -> Result<&'d Node> {
        let language = viewing(ctx).language;
        definition.node(&self.0.node).ok_or_else(|| error::not_found("node", language))
    }

    async fn seen(&self, ctx: &Context<'_>) -> Result<(Arc<Instance>, Arc<Definition>)> {
        let case = state(ctx, self.0.instance_id).await?;
        allow_case(ctx, access::Action::SeeCase, &case).await?;
        let definition = definition(ctx, &case).await?;
        Ok((case, definition))
    }
}

#[Object]
impl Task {
    /// Its id, for mutations.
    async fn id(&self) -> ID {
        ids::part("Task", self.0.instance_id, self.0.key)
    }

    /// The process of its case.
    async fn process(&self) -> &str {
        &self.0.process
    }

    /// Its node.
    async fn node_name(&self) -> &str {
        &self.0.node
    }

    /// What people call it.
    async fn label(&self, ctx: &Context<'_>) -> Result<String> {
        let case = state(ctx, self.0.instance_id).await?;
        let definition = definition(ctx, &case).await?;
        Ok(self.node(ctx, &definition)?.label(viewing(ctx).language).to_owned())
    }

    /// The legal basis.
    async fn basis(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let case = state(ctx, self.0.instance_id).await?;
        let definition = definition(ctx, &case).await?;
        Ok(self.node(ctx, &definition)?.element().basis().map(str::to_owned))
    }

    /// `open`, `claimed`, `completed` or `cancelled`.
    async fn state(&self) -> &str {
        &self.0.state
    }

    /// Which pass over its node, from 1.
    async fn round(&self) -> i64 {
        self.0.round
    }

    /// Whose it is.
    async fn assignee(&self) -> Option<&str> {
        self.0.assignee.as_deref()
    }

    /// The role it is offered to.
    async fn role(&self) -> Option<&str> {
        self.0.role.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.created_at)
    }

    /// When it is due.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.due_at)
    }

    /// When it was decided.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at.and_then(instant)
    }

    /// Who decided it.
    async fn completed_by(&self) -> Option<&str> {
        self.0.completed_by.as_deref()
    }

    /// How it was decided.
    async fn outcome(&self) -> Option<&str> {
        self.0.outcome.as_deref()
    }

    /// The opinion.
    async fn comment(&self) -> Option<&str> {
        self.0.comment.as_deref()
    }

    /// Its case.
    async fn case(&self, ctx: &Context<'_>) -> Result<Case> {
        let case = state(ctx, self.0.instance_id).await?;
        allow_case(ctx, access::Action::SeeCase, &case).await?;
        Ok(Case { state: case })
    }

    /// What may be decided.
    async fn outcomes(&self, ctx: &Context<'_>) -> Result<Vec<Outcome>> {
        let (_, definition) = self.seen(ctx).await?;
        let language = viewing(ctx).language;
        let Element::UserTask(task) = self.node(ctx, &definition)?.element() else {
            return Ok(Vec::new());
        };
        let outcomes = task.outcomes.iter().map(|(name, outcome)| {
            let full = outcome.full();
            Outcome {
                name: name.to_string(),
                label: full.label.get(language).to_owned(),
                comment_required: full.comment == Requirement::Required,
            }
        });
        Ok(outcomes.collect())
    }

    /// Documents that it shows and those that it writes, with their forms.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        let (case, definition) = self.seen(ctx).await?;
        let node = self.node(ctx, &definition)?;
        let mut all = documents(ctx, &case, &definition, node.edits(), true).await?;
        let shown = documents(ctx, &case, &definition, node.shows(), false).await?;
        all.extend(
            shown
                .into_iter()
                .filter(|one| !node.edits().iter().any(|it| it.document.as_str() == one.name)),
        );
        Ok(all)
    }

    /// Its deadline, while it is open.
    async fn clock(&self, ctx: &Context<'_>) -> Result<Option<Clock>> {
        let (case, _) = self.seen(ctx).await?;
        let key = Key(u32::try_from(self.0.key).unwrap_or_default());
        let Some(Waiting::Task { due: Some(due), .. }) =
            case.activation(key).map(|activation| &activation.waiting)
        else {
            return Ok(None);
        };
        Ok(Some(Clock {
            until: instant(due.until.0),
            zone: due.zone.tz().name().to_owned(),
            working: due.sentence(viewing(ctx).language),
            provisional: due.provisional,
            until_ms: due.until.0,
        }))
    }

    /// One's own draft of its form.
    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let person = person(ctx)?;
        let draft = store(ctx)?
            .draft(self.0.instance_id, self.0.key, &person.id)
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(draft.and_then(|draft| serde_json::from_str(&draft.body).ok()).map(Json))
    }
}

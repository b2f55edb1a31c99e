//! A case: where it stands, what happened, what it holds.

use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::source::FieldRight;
use engine::definition::{Definition, Using};
use engine::form::Rights;
use engine::instance::{Instance, Status, Waiting};

use super::document::{Document, DocumentVersion};
use super::forecast::{self, ForecastStep};
use super::history::{self, HistoryEntry};
use super::instant;
use super::outward::Page;
use super::task::{Task, definition, documents};
use crate::context::{allow_case, relation, store, viewing};
use crate::paging::Place;
use crate::{error, ids};

/// A running or ended case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) state: Arc<Instance>,
}

/// A node that is active.
#[derive(Debug, SimpleObject)]
pub(crate) struct ActiveNode {
    /// The node.
    name: String,
    /// What people call it.
    label: String,
    /// Which pass over it, from 1.
    round: u32,
    /// Since when.
    since: Option<DateTime<Utc>>,
    /// What stopped it, where an admin has to repair something.
    incident: Option<String>,
}

/// Something that somebody said.
#[derive(Debug, SimpleObject)]
pub(crate) struct Comment {
    /// Who.
    person: String,
    /// When.
    at: Option<DateTime<Utc>>,
    /// What.
    text: String,
}

#[Object]
impl Case {
    /// Its id.
    async fn id(&self) -> ID {
        ids::case(self.state.id().0)
    }

    /// Its process.
    async fn process(&self) -> &str {
        self.state.process().as_str()
    }

    /// The version of the definition it runs on, for life.
    async fn version(&self) -> u32 {
        self.state.version()
    }

    /// Its number.
    async fn number(&self) -> Option<&str> {
        self.state.number()
    }

    /// Its title.
    async fn title(&self) -> Option<&str> {
        self.state.title()
    }

    /// `active`, `completed` or `cancelled`.
    async fn status(&self) -> &str {
        match self.state.status() {
            Status::Active => "active",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
        }
    }

    /// How it ended.
    async fn outcome(&self) -> Option<&str> {
        self.state.outcome().map(engine::ids::OutcomeName::as_str)
    }

    /// Who began it.
    async fn initiator(&self) -> Option<&str> {
        self.state.initiator().map(|initiator| initiator.person.as_str())
    }

    /// When it began.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        instant(self.state.started_at().0)
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.state.ended_at().and_then(|at| instant(at.0))
    }

    /// Where it stands.
    async fn current_nodes(&self, ctx: &Context<'_>) -> Result<Vec<ActiveNode>> {
        let definition = definition(ctx, &self.state).await?;
        let language = viewing(ctx).language;
        let active = self.state.activations().values();
        Ok(active
            .map(|it| ActiveNode {
                name: it.node.to_string(),
                label: definition
                    .node(it.node.as_str())
                    .map_or(String::new(), |node| node.label(language).to_owned()),
                round: it.round,
                since: instant(it.since.0),
                incident: it.incident.as_ref().map(|incident| incident.message.clone()),
            })
            .collect())
    }

    /// Its tasks, open and done, in the order they were created.
    async fn tasks(&self, ctx: &Context<'_>) -> Result<Vec<Task>> {
        let tasks = store(ctx)?
            .tasks_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(tasks.into_iter().map(Task).collect())
    }

    /// Cases that it called and that whoever asks may see.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let language = viewing(ctx).language;
        let rows = store(ctx)?
            .children_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, language))?;
        let wanted: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let states =
            store(ctx)?.states(&wanted).await.map_err(|failed| error::store(&failed, language))?;
        let mut children = Vec::new();
        for state in wanted.iter().filter_map(|id| states.get(id)) {
            if allow_case(ctx, Action::SeeCase, state).await.is_ok() {
                children.push(Self { state: Arc::clone(state) });
            }
        }
        Ok(children)
    }

    /// Every command and what it caused, oldest first. Refused ones and raw events are for auditors.
    async fn history(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, HistoryEntry>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        history::of_case(ctx, &self.state, after, first).await
    }

    /// What is likely to come next, without what is open now.
    async fn forecast(&self, ctx: &Context<'_>) -> Result<Vec<ForecastStep>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        forecast::of_case(ctx, &self.state).await
    }

    /// Its documents, as whoever asks may see them: those of their own steps with the rights of
    /// those steps, all of it where they began the case, oversee it, or are among the readers.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        let definition = definition(ctx, &self.state).await?;
        let uses = visible(ctx, &self.state, &definition).await?;
        documents(ctx, &self.state, &definition, &uses, false).await
    }

    /// Every version of every document that whoever asks may see, without what is sealed.
    async fn document_versions(&self, ctx: &Context<'_>) -> Result<Vec<DocumentVersion>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        let definition = definition(ctx, &self.state).await?;
        let uses = visible(ctx, &self.state, &definition).await?;
        let rows = store(ctx)?
            .documents_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows
            .into_iter()
            .filter(|row| row.sealed == 0)
            .filter(|row| uses.iter().any(|using| using.document.as_str() == row.document))
            .map(|row| DocumentVersion {
                document: row.document,
                version: row.version,
                hash: row.hash,
                at: instant(row.at),
                person: row.person,
            })
            .collect())
    }

    /// What was said on it.
    async fn comments(&self, ctx: &Context<'_>) -> Result<Vec<Comment>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        let rows = store(ctx)?
            .comments_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        let comment = |row: store::tables::comment::Model| Comment {
            person: row.person,
            at: instant(row.at),
            text: row.text,
        };
        Ok(rows.into_iter().map(comment).collect())
    }

    /// Pages that it has published.
    async fn pages(&self, ctx: &Context<'_>) -> Result<Vec<Page>> {
        let rows = store(ctx)?
            .pages_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows.into_iter().map(Page).collect())
    }
}

/// Documents of a case that whoever asks may see, and which of their fields.
async fn visible(
    ctx: &Context<'_>,
    state: &Instance,
    definition: &Definition,
) -> Result<Vec<Using>> {
    let relation = relation(ctx, state).await?;
    let viewer = viewing(ctx).viewer();
    let nodes = own_nodes(ctx, state);
    let there = definition.documents().iter();
    let there = there.filter(|(name, _)| state.documents().contains_key(name.as_str()));
    let uses = there.filter_map(|(name, document)| {
        let whole = Relation {
            initiator: relation.initiator,
            readers: document.readers.clone(),
            ..Relation::default()
        };
        if access::may(&viewer, Action::SeeDocument, &whole).is_ok() {
            let rights = Rights::all(FieldRight::Read);
            return Some(Using { document: name.clone(), rights });
        }
        access::may(&viewer, Action::SeeDocument, &relation).ok()?;
        nodes.iter().find_map(|node| {
            let node = definition.node(node)?;
            let mut uses = node.edits().iter().chain(node.shows());
            uses.find(|using| using.document == *name).cloned()
        })
    });
    Ok(uses.collect())
}

/// Nodes whose tasks whoever asks has decided, has, or is offered.
fn own_nodes<'a>(ctx: &Context<'_>, state: &'a Instance) -> Vec<&'a str> {
    let Some(person) = &viewing(ctx).person else { return Vec::new() };
    let actor = person.actor();
    let passed = state.all_passed().iter().filter_map(|(node, passed)| {
        let decided = passed.people.iter().any(|one| one.as_str() == person.id);
        decided.then_some(node.as_str())
    });
    let open = state.activations().values().filter_map(|activation| {
        let Waiting::Task { candidates, assignee, .. } = &activation.waiting else { return None };
        let own = match assignee {
            Some(assignee) => assignee.as_str() == person.id,
            None => candidates.iter().any(|candidate| actor.is(candidate)),
        };
        own.then_some(activation.node.as_str())
    });
    passed.chain(open).collect()
}

//! A case: where it stands, what happened, what it holds.

use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::Using;
use engine::definition::source::FieldRight;
use engine::form::Rights;
use engine::instance::{Instance, Status};

use super::document::{Document, DocumentVersion};
use super::outward::Page;
use super::task::{Task, definition, documents};
use super::{Json, instant};
use crate::context::{allow_case, relation, store, viewing};
use crate::paging::{Place, connection};
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

/// One command of a case and what it caused.
#[derive(Debug, SimpleObject)]
pub(crate) struct HistoryEntry {
    /// When.
    at: Option<DateTime<Utc>>,
    /// Who: `person:li`, `system`, `public`.
    actor: String,
    /// The command.
    command: String,
    /// Why it was refused, where it was.
    refused: Option<String>,
    /// What happened, as it is journalled.
    events: Json,
    /// The row's hash in the journal's chain.
    hash: String,
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

    /// Cases that it called.
    async fn children(&self, ctx: &Context<'_>) -> Result<Vec<Self>> {
        let language = viewing(ctx).language;
        let rows = store(ctx)?
            .children_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, language))?;
        let wanted: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let states =
            store(ctx)?.states(&wanted).await.map_err(|failed| error::store(&failed, language))?;
        Ok(wanted
            .iter()
            .filter_map(|id| states.get(id))
            .map(|state| Self { state: Arc::clone(state) })
            .collect())
    }

    /// Every command and what it caused, oldest first. Refused ones too.
    async fn history(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, HistoryEntry>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        let language = viewing(ctx).language;
        let (store, id) = (store(ctx)?, self.state.id().0);
        connection(
            after,
            first,
            |page| async move {
                store.history(id, page).await.map_err(|failed| error::store(&failed, language))
            },
            |entry: store::read::Entry| {
                let row = entry.row;
                let place = Place(row.instance_version.unwrap_or_default(), row.lane, row.pos);
                let events = entry.record.events.as_ref().map(serde_json::to_value);
                let node = HistoryEntry {
                    at: instant(row.at),
                    actor: row.actor,
                    command: row.command,
                    refused: row.refused,
                    events: Json(events.and_then(Result::ok).unwrap_or_default()),
                    hash: row.hash,
                };
                (place, node)
            },
        )
        .await
    }

    /// Its documents, as whoever asks may see them.
    async fn documents(&self, ctx: &Context<'_>) -> Result<Vec<Document>> {
        let definition = definition(ctx, &self.state).await?;
        let relation = relation(ctx, &self.state).await?;
        let viewer = viewing(ctx).viewer();
        let uses: Vec<Using> = definition
            .documents()
            .iter()
            .filter(|(_, document)| {
                let relation = Relation { readers: document.readers.clone(), ..relation.clone() };
                access::may(&viewer, Action::SeeDocument, &relation).is_ok()
            })
            .filter(|(name, _)| self.state.documents().contains_key(name.as_str()))
            .map(|(name, _)| Using {
                document: name.clone(),
                rights: Rights::all(FieldRight::Read),
            })
            .collect();
        documents(ctx, &self.state, &definition, &uses, false).await
    }

    /// Every version of every document, without what is sealed.
    async fn document_versions(&self, ctx: &Context<'_>) -> Result<Vec<DocumentVersion>> {
        allow_case(ctx, Action::SeeCase, &self.state).await?;
        let rows = store(ctx)?
            .documents_of(&[self.state.id().0])
            .await
            .map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows
            .into_iter()
            .filter(|row| row.sealed == 0)
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

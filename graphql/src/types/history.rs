//! What happened to a case, from the journal: entries that a person can read, and raw events for
//! auditors.

use std::collections::BTreeMap;

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::Definition;
use engine::elements::Element;
use engine::event::Event;
use engine::instance::Instance;
use engine::text::Language;
use store::read::{Entry, Slice};

use super::task::definition;
use super::{Json, instant};
use crate::context::{allow, store, viewing};
use crate::error;
use crate::paging::{Place, connection};

/// One command of a case and what it caused.
#[derive(Debug, SimpleObject)]
pub(crate) struct HistoryEntry {
    /// When.
    at: Option<DateTime<Utc>>,
    /// Who: `person:li`, `system`, `public`.
    actor: String,
    /// The command.
    command: String,
    /// The node of the task that was decided.
    node: Option<String>,
    /// What people call that node.
    label: Option<String>,
    /// What was decided: the outcome's name.
    outcome: Option<String>,
    /// What people call that outcome.
    outcome_label: Option<String>,
    /// The opinion, the comment or the reason.
    comment: Option<String>,
    /// What people call the nodes that became active.
    reached: Vec<String>,
    /// Why it was refused, where it was; for auditors.
    refused: Option<String>,
    /// What happened, as it is journalled; for auditors.
    events: Option<Json>,
    /// The row's hash in the journal's chain.
    hash: String,
}

/// A page of a case's history. The right to the case is asked before.
pub(crate) async fn of_case(
    ctx: &Context<'_>,
    state: &Instance,
    after: Option<String>,
    first: Option<i32>,
) -> Result<Connection<Place, HistoryEntry>> {
    let language = viewing(ctx).language;
    let (store, id) = (store(ctx)?, state.id().0);
    let definition = definition(ctx, state).await?;
    let tasks = store.tasks_of(&[id]).await.map_err(|failed| error::store(&failed, language))?;
    let nodes: BTreeMap<i64, String> = tasks.into_iter().map(|row| (row.key, row.node)).collect();
    let audits = allow(ctx, Action::SeeJournal, &Relation::default()).is_ok();
    let read = |page| async move {
        let slice = store.history(id, page).await;
        let Slice { mut rows, more } = slice.map_err(|failed| error::store(&failed, language))?;
        rows.retain(|entry: &Entry| audits || entry.row.refused.is_none());
        Ok(Slice { rows, more })
    };
    connection(after, first, read, |entry| readable(entry, &definition, &nodes, audits, language))
        .await
}

fn readable(
    entry: Entry,
    definition: &Definition,
    nodes: &BTreeMap<i64, String>,
    audits: bool,
    language: Language,
) -> (Place, HistoryEntry) {
    let Entry { row, record } = entry;
    let label = |name: &str| {
        let node = definition.node(name);
        node.map_or_else(|| name.to_owned(), |node| node.label(language).to_owned())
    };
    let (mut node, mut outcome, mut comment, mut reached) = (None, None, None, Vec::new());
    for event in record.events.iter().flat_map(|events| events.iter()) {
        if let Event::NodeActivated { node, .. } = event {
            reached.push(label(node.as_str()));
        } else if let Event::TaskCompleted { key, outcome: chosen, comment: said, .. } = event {
            node = nodes.get(&i64::from(key.0)).cloned();
            outcome = chosen.as_ref().map(ToString::to_string);
            comment.clone_from(said);
        } else if let Event::TaskClaimed { key, .. } | Event::TaskReleased { key } = event {
            node = node.or_else(|| nodes.get(&i64::from(key.0)).cloned());
        } else if let Event::Returned { key, reason, .. } = event {
            node = node.or_else(|| nodes.get(&i64::from(key.0)).cloned());
            comment.clone_from(reason);
        } else if let Event::TaskTransferred { key, reason, .. }
        | Event::TaskDelegated { key, reason, .. } = event
        {
            node = node.or_else(|| nodes.get(&i64::from(key.0)).cloned());
            comment = Some(reason.clone());
        } else if let Event::TaskHandedBack { key, comment: said, .. } = event {
            node = node.or_else(|| nodes.get(&i64::from(key.0)).cloned());
            comment.clone_from(said);
        } else if let Event::Commented { text, .. } = event {
            comment = Some(text.clone());
        } else if let Event::InstanceCancelled { reason, .. }
        | Event::DueExtended { reason, .. }
        | Event::InstanceReopened { reason, .. }
        | Event::IntakeExtended { reason, .. } = event
        {
            comment = Some(reason.clone());
        }
    }
    let outcome_label = outcome.as_ref().map(|name| {
        let found = node.as_deref().and_then(|node| definition.node(node));
        let full = found.and_then(|node| match node.element() {
            Element::UserTask(task) => task.outcome(name),
            _ => None,
        });
        full.map_or_else(|| name.clone(), |full| full.label.get(language).to_owned())
    });
    let events = record.events.as_ref().filter(|_| audits).map(serde_json::to_value);
    let place = Place(row.instance_version.unwrap_or_default(), row.lane, row.pos);
    let entry = HistoryEntry {
        at: instant(row.at),
        actor: row.actor,
        command: row.command,
        label: node.as_deref().map(label),
        node,
        outcome,
        outcome_label,
        comment,
        reached,
        refused: row.refused,
        events: events.and_then(Result::ok).map(Json),
        hash: row.hash,
    };
    (place, entry)
}

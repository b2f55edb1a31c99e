//! What happened to a case, from the journal: entries that a person can read, and raw events for
//! auditors.

use std::collections::BTreeMap;

use std::sync::Arc;

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::definition::Definition;
use engine::elements::Element;
use engine::event::Event;
use engine::instance::Instance as State;
use engine::text::Language;
use store::read::{Entry, Page as Rows, Refused};

use super::person::Person;
use super::{Json, instant};
use crate::context::{Reader, Told as _, reader};
use crate::loaders;
use crate::paging::{Place, connection, page, placed};

/// One command of a case and what it caused.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct HistoryEntry {
    /// When (RFC 3339, UTC).
    at: Option<DateTime<Utc>>,
    /// Who: `person:` with a handle, `system`, `public`, `case:` with a number.
    actor: String,
    /// The command, such as `completeTask`.
    command: String,
    /// The node of the task that was decided, by its name in the definition.
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

#[ComplexObject]
impl HistoryEntry {
    /// Who, where it was a person who is still in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), self.actor.strip_prefix("person:")).await
    }
}

/// A page of a case's history. The right to the case is asked before.
pub(crate) async fn of_case(
    reader: Reader<'_>,
    state: &State,
    after: Option<&String>,
    first: Option<i32>,
) -> Result<Connection<Place, HistoryEntry>> {
    let page = page::<Place>(after, first)?;
    let definition = reader.definition(state).await?;
    let audits = reader.allow_all(Action::SeeJournal).is_ok();
    let mode = if audits { Refused::With } else { Refused::Without };
    let Rows { after, first } = placed(&page, |place| (place.0, place.1, place.2));
    let place = loaders::Place { of: state.id().0, after, first, mode };
    let slice = reader.loaders.histories.load(place).await.told(reader)?.unwrap_or_default();
    let slice = Arc::unwrap_or_clone(slice);
    let decided = slice.rows.iter().flat_map(decided).map(|key| (state.id().0, key));
    let tasks = reader.loaders.tasks.load_many(decided).await.told(reader)?;
    let nodes = tasks.into_iter().map(|((_, key), row)| (key, row.node)).collect();
    let told = Telling { definition: &definition, nodes, audits, language: reader.language() };
    Ok(connection(&page, slice, |entry| told.readable(entry)))
}

/// The tasks that a command was about.
fn decided(entry: &Entry) -> Vec<i64> {
    let events = entry.record.events.iter().flat_map(|events| events.iter());
    let keys = events.filter_map(|event| {
        if let Event::TaskCompleted { key, .. }
        | Event::TaskClaimed { key, .. }
        | Event::TaskReleased { key }
        | Event::Returned { key, .. }
        | Event::TaskTransferred { key, .. }
        | Event::TaskDelegated { key, .. }
        | Event::TaskHandedBack { key, .. } = event
        {
            Some(i64::from(key.0))
        } else {
            None
        }
    });
    keys.collect()
}

/// What entries are told with.
struct Telling<'a> {
    definition: &'a Definition,
    nodes: BTreeMap<i64, String>,
    audits: bool,
    language: Language,
}

impl Telling<'_> {
    fn readable(&self, entry: Entry) -> (Place, HistoryEntry) {
        let Self { definition, nodes, audits, language } = self;
        let Entry { row, record } = entry;
        let label = |name: &str| {
            let node = definition.node(name);
            node.map_or_else(|| name.to_owned(), |node| node.label(*language).to_owned())
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
            } else if let Event::Commented { text, .. } = event {
                comment = Some(text.clone());
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
            full.map_or_else(|| name.clone(), |full| full.label.get(*language).to_owned())
        });
        let events = record.events.as_ref().filter(|_| *audits).map(serde_json::to_value);
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
}

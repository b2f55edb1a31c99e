//! What happened to a case, from the journal: entries that a person can read, and raw events for
//! auditors.

use std::collections::BTreeMap;

use std::sync::Arc;

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::Command;
use engine::elements::Element;
use engine::event::Event;
use engine::ids::Key;
use engine::instance::{Instance as State, Waiting};
use engine::text::Language;
use engine::time::Timestamp;
use store::Record;
use store::read::{Entry, Page as Rows, Refused};
use store::tables::journal;

use super::happening::{Happening, happening};
use super::person::Person;
use super::{Json, instant};
use crate::context::{Reader, Told as _, Versions, reader};
use crate::loaders;
use crate::paging::{Place, connection, page, placed};
use crate::sight::Sight;

/// Why a vote in a secret ballot was refused, to whoever may not read it.
const SECRET: &str = "SECRET";

/// One command of a case and what it caused.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct HistoryEntry {
    /// When (RFC 3339, UTC).
    at: Option<DateTime<Utc>>,
    /// Who: `person:` with a handle, `system`, `public`, `case:` with a number; `person` alone where
    /// whoever asks reads no names of others.
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
    /// What people did by that, fact by fact: decisions, votes with their rounds, signers added and
    /// removed, tasks transferred, passed or urged.
    happened: Vec<Happening>,
    /// Why it was refused, where it was; for auditors. Of another's vote in a secret ballot `SECRET` alone: an
    /// opinion that is missing tells what was voted.
    refused: Option<String>,
    /// What happened, as it is journalled; for auditors.
    events: Option<Json>,
    /// The row's hash in the journal's chain; none of another's where whoever asks may not read all of what
    /// it tells, since what is hidden could be found out by trying.
    hash: Option<String>,
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
    let page = page::<Place>(reader.language(), after, first)?;
    let versions = reader.versions(state).await?;
    let audits = reader.allow_all(Action::SeeJournal).is_ok();
    let mode = if audits { Refused::With } else { Refused::Without };
    let Rows { mut after, first } = placed(&page, |place| (place.0, place.1, place.2));
    let sight = Sight::of(reader, state).await?;
    let slice = loop {
        let place = loaders::Place { of: state.id().0, after, first, mode };
        let slice = reader.loaders.histories.load(place).await.told(reader)?.unwrap_or_default();
        let mut slice = Arc::unwrap_or_clone(slice);
        after =
            slice.rows.last().map(place_of).map(|Place(version, lane, pos)| (version, lane, pos));
        slice.rows.retain(|entry| !is_sealed(entry, state, &sight));
        // A page of nothing else would have no end to go on from.
        if !slice.rows.is_empty() || !slice.more {
            break slice;
        }
    };
    let concerned = slice.rows.iter().flat_map(|entry| concerned(&entry.record));
    let concerned = concerned.map(|key| (state.id().0, i64::from(key.0)));
    let tasks = reader.loaders.tasks.load_many(concerned).await.told(reader)?;
    let rows = tasks.into_iter().map(|((_, key), row)| (key, (row.node, row.round)));
    let open = state
        .activations()
        .iter()
        .map(|(key, one)| (i64::from(key.0), (one.node.to_string(), i64::from(one.round))));
    let nodes = open.chain(rows).collect();
    let language = reader.language();
    let instance = state.id().0;
    let told = Telling { instance, versions: &versions, sight: &sight, nodes, audits, language };
    Ok(connection(&page, slice, |entry| told.readable(entry)))
}

/// Where an entry stands in its case.
fn place_of(entry: &Entry) -> Place {
    let row = &entry.row;
    Place(row.instance_version.unwrap_or_default(), row.lane, row.pos)
}

/// Whether an entry tells that another handed something in to an intake that is sealed and open, took it
/// back, or tried to: until it closes nobody reads who has, nor how many.
fn is_sealed(entry: &Entry, state: &State, sight: &Sight) -> bool {
    let is_open = |key: Key| {
        let waiting = state.activation(key).map(|activation| &activation.waiting);
        matches!(waiting, Some(Waiting::Submissions { sealed: true, .. }))
    };
    let command = &entry.record.envelope.command;
    let is_secret = if let Command::Submit { intake, .. }
    | Command::WithdrawSubmission { intake, .. } = command
    {
        is_open(*intake)
    } else {
        false
    };
    is_secret && !sight.is_own(entry.row.actor.strip_prefix("person:"))
}

/// The activations that an entry tells of: those of its facts, and the task of its command.
fn concerned(record: &Record) -> Vec<Key> {
    let events = record.events.iter().flat_map(|events| events.iter());
    let facts = events.filter_map(|event| happening(event, "", Language::default()));
    facts.filter_map(|fact| fact.key).chain(task_of(&record.envelope.command)).collect()
}

/// The task that a command on signers is about: it belongs to the round that its facts tell of.
fn task_of(command: &Command) -> Option<Key> {
    if let Command::AddSigners { task, .. }
    | Command::RemoveSigner { task, .. }
    | Command::CompleteTask { task, .. } = command
    {
        Some(*task)
    } else {
        None
    }
}

/// What entries are told with.
struct Telling<'a> {
    instance: i64,
    versions: &'a Versions,
    sight: &'a Sight,
    /// Nodes and rounds of activations.
    nodes: BTreeMap<i64, (String, i64)>,
    audits: bool,
    language: Language,
}

impl Telling<'_> {
    fn readable(&self, entry: Entry) -> (Place, HistoryEntry) {
        let place = place_of(&entry);
        let whole = self.is_whole(&entry);
        let Entry { row, record } = entry;
        let happened = self.happened(&record);
        let at = record.envelope.at;
        let reached = record.events.iter().flat_map(|events| events.iter()).filter_map(|event| {
            if let Event::NodeActivated { node, .. } = event {
                Some(self.label(at, node.as_str()))
            } else {
                None
            }
        });
        let reached = reached.collect();
        let is_readable = self.is_readable_as_it_is(&row, &record);
        let reads_events = self.audits && is_readable;
        let events = record.events.as_ref().filter(|_| reads_events).map(serde_json::to_value);
        let decided = happened.iter().find(|fact| fact.node.is_some());
        let entry = HistoryEntry {
            at: instant(row.at),
            actor: self.actor(row.actor),
            command: row.command,
            label: decided.and_then(|fact| fact.node_label.clone()),
            node: decided.and_then(|fact| fact.node.clone()),
            outcome: happened.iter().find_map(|fact| fact.outcome.clone()),
            outcome_label: happened.iter().find_map(|fact| fact.outcome_label.clone()),
            comment: happened.iter().find_map(|fact| fact.comment.clone()),
            reached,
            happened,
            refused: row.refused.map(|code| if is_readable { code } else { SECRET.to_owned() }),
            events: events.and_then(Result::ok).map(Json),
            hash: whole.then_some(row.hash),
        };
        (place, entry)
    }

    /// Whether whoever asks may read all of what an entry tells, or did it themselves.
    fn is_whole(&self, entry: &Entry) -> bool {
        let is_ballot = |task: Key| self.is_ballot(task);
        let is_secret = || {
            let mut concerned = concerned(&entry.record).into_iter();
            concerned.any(|task| self.sight.is_secret(task) || is_ballot(task))
        };
        self.sight.is_own(entry.row.actor.strip_prefix("person:"))
            || (self.sight.is_inside() && !is_secret())
    }

    /// Whether what an entry holds may be read as it is: not where it tells whose vote in a secret ballot was
    /// which, but to who voted.
    fn is_readable_as_it_is(&self, row: &journal::Model, record: &Record) -> bool {
        self.sight.is_own(row.actor.strip_prefix("person:"))
            || !concerned(record).into_iter().any(|task| self.is_ballot(task))
    }

    fn is_ballot(&self, task: Key) -> bool {
        let place = self.nodes.get(&i64::from(task.0));
        place.is_some_and(|(node, _)| self.sight.is_ballot(node))
    }

    /// The facts of an entry, each with its node, its round and its outcome in words.
    fn happened(&self, record: &Record) -> Vec<Happening> {
        let (command, at) = (&record.envelope.command, record.envelope.at);
        let (mut facts, mut begun, mut last) = (Vec::new(), BTreeMap::new(), None);
        for event in record.events.iter().flat_map(|events| events.iter()) {
            if let Event::NodeActivated { key, node, round, .. } = event {
                begun.insert(*key, (node.to_string(), i64::from(*round)));
            }
            let Some(mut fact) = happening(event, command.name(), self.language) else { continue };
            let known = |key: Key| begun.get(&key).or_else(|| self.nodes.get(&i64::from(key.0)));
            let own = fact.key.filter(|key| *key != Key(0));
            // A whole round has no row of its own: its signers have.
            let near = own.and(last.or_else(|| task_of(command)));
            let place = own.and_then(known).or_else(|| near.and_then(known));
            last = own.filter(|key| known(*key).is_some()).or(last);
            if let Some((node, round)) = place {
                fact.node_label = Some(self.label(at, node));
                fact.round = fact.round.or(Some(*round));
                fact.node = Some(node.clone());
            } else if let Some(node) = &fact.node {
                fact.node_label = Some(self.label(at, node));
            }
            let outcome = fact.outcome.as_deref();
            fact.outcome_label =
                outcome.map(|outcome| self.outcome_label(at, fact.node.as_deref(), outcome));
            fact.instance = self.instance;
            facts.push(fact.seen_by(self.sight, event));
        }
        facts
    }

    fn actor(&self, actor: String) -> String {
        match actor.strip_prefix("person:") {
            Some(person) if self.sight.named(Some(person)).is_none() => "person".to_owned(),
            Some(_) | None => actor,
        }
    }

    fn label(&self, at: Timestamp, name: &str) -> String {
        let node = self.versions.node(at, name);
        node.map_or_else(|| name.to_owned(), |node| node.label(self.language).to_owned())
    }

    fn outcome_label(&self, at: Timestamp, node: Option<&str>, outcome: &str) -> String {
        let found = node.and_then(|node| self.versions.node(at, node));
        let full = found.and_then(|node| match node.element() {
            Element::UserTask(task) => task.outcome(outcome),
            _ => None,
        });
        full.map_or_else(|| outcome.to_owned(), |full| full.label.get(self.language).to_owned())
    }
}

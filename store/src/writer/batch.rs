//! One batch: loads what its commands are about, runs each command's step, and gathers rows, journal
//! and answers. Two commands on one case see each other, in the order they came. A command that is
//! refused, or that meets a bug, leaves the others alone. SQL is in `lookups` and `session`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::command::{Command, Content, Envelope};
use engine::event::Event;
use engine::facts::Facts;
use engine::ids::{Hash, InstanceId, ProcessName, RoleName};
use engine::instance::Instance;
use engine::rejection::{Need, Rejection};
use engine::step::{self, Refused, Stepped};
use serde_json::Value as Json;

use super::Job;
use super::cache::Live;
use super::lane::{Head, Lane};
use crate::definitions::Published;
use crate::error::{StoreError, SubmitError};
use crate::journal::{self, DefinitionRef, Given, Record, Written};
use crate::lookups;
use crate::project::{Applied, project};
use crate::row::{Changes, Row, Value};
use crate::session::Failure;
use crate::submit::{Committed, Consumes, Target};
use crate::tables;

/// What a command is answered.
pub(super) type Outcome = Result<Committed, SubmitError>;

/// How often a step may ask for more.
const NEEDS_ROUNDS_MAX: usize = 8;

/// What a batch leaves to be written and remembered.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) changes: Changes,
    pub(super) head: Head,
    pub(super) live: Vec<(i64, (Live, BTreeSet<String>))>,
    pub(super) set_aside: Vec<i64>,
    pub(super) outcomes: Vec<Outcome>,
}

/// A command that has not been carried out yet.
#[derive(Debug)]
struct Open {
    envelope: Envelope,
    /// The case: for a new one the id it will have.
    id: i64,
    facts: Facts,
    asked: BTreeSet<Need>,
}

/// One batch on its way.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    lane: &'a mut Lane,
    jobs: &'a [Job],
    open: Vec<Option<Open>>,
    outcomes: Vec<Option<Outcome>>,
    live: HashMap<i64, Live>,
    /// Revisions that the database has.
    bases: HashMap<i64, i64>,
    touched: BTreeMap<i64, BTreeSet<String>>,
    /// Answers of earlier commands, by key.
    answered: HashMap<String, Outcome>,
    rows: HashSet<String>,
    contents: HashMap<Hash, Arc<Json>>,
    members: BTreeMap<RoleName, Arc<Vec<engine::actor::Member>>>,
    counters: BTreeMap<(String, i32), u32>,
    changes: Changes,
    head: Head,
    set_aside: Vec<i64>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(lane: &'a mut Lane, jobs: &'a [Job]) -> Self {
        let head = lane.head.clone();
        Self {
            lane,
            jobs,
            open: Vec::with_capacity(jobs.len()),
            outcomes: vec![None; jobs.len()],
            live: HashMap::with_capacity(jobs.len()),
            bases: HashMap::with_capacity(jobs.len()),
            touched: BTreeMap::new(),
            answered: HashMap::new(),
            rows: HashSet::new(),
            contents: HashMap::new(),
            members: BTreeMap::new(),
            counters: BTreeMap::new(),
            changes: Changes::default(),
            head,
            set_aside: Vec::new(),
        }
    }

    /// Carries everything out, as far as rows.
    pub(super) async fn run(&mut self) -> Result<(), Failure> {
        self.load_repeated().await?;
        self.load_consumed().await?;
        self.load_instances().await?;
        self.load_definitions().await?;
        for job in self.jobs {
            let open = self.opened(job);
            self.open.push(Some(open));
        }
        for _ in 0..NEEDS_ROUNDS_MAX {
            let needs = self.round();
            if needs.is_empty() {
                break;
            }
            self.fetch(needs).await?;
        }
        Ok(())
    }

    /// What is to be written, and the answers for when it is.
    pub(super) fn finish(mut self) -> Done {
        let mut live = Vec::with_capacity(self.touched.len());
        for (id, principals) in std::mem::take(&mut self.touched) {
            if let Some(own) = self.live.remove(&id) {
                live.push((id, (own, principals)));
            }
        }
        let stuck = || Err(SubmitError::Internal("a step asked for more without end".into()));
        Done {
            changes: self.changes,
            head: self.head,
            live,
            set_aside: self.set_aside,
            outcomes: self.outcomes.into_iter().map(|own| own.unwrap_or_else(stuck)).collect(),
        }
    }

    async fn load_repeated(&mut self) -> Result<(), Failure> {
        let keys: BTreeSet<&String> =
            self.jobs.iter().filter_map(|job| job.submit.dedup.as_ref()).collect();
        let keys: Vec<Row> = keys.into_iter().map(|key| vec![Value::Text(key.clone())]).collect();
        let rows = self.lane.session.lookup(&lookups::REPEATED, &keys).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let cases: Vec<Row> = rows
            .iter()
            .filter_map(|row| row[1].as_int())
            .collect::<BTreeSet<i64>>()
            .into_iter()
            .map(|id| vec![Value::Int(id), Value::Int(0)])
            .collect();
        let found = self.lane.session.lookup(&lookups::INSTANCES, &cases).await?;
        self.take_in(found)?;
        for row in rows {
            let answer = self.earlier(&row);
            self.answered.insert(row[0].text().to_owned(), answer);
        }
        Ok(())
    }

    /// The answer that an earlier command with the same key was given.
    fn earlier(&self, row: &Row) -> Outcome {
        let broken = |what: &str| SubmitError::Internal(format!("a journal row is broken: {what}"));
        let record = Record::read(row[3].text()).map_err(|error| broken(&error.to_string()))?;
        if let Some(rejection) = record.rejection {
            return Err(SubmitError::Rejected(rejection));
        }
        let id = row[1].int();
        let live = self.live.get(&id).ok_or_else(|| broken("its case is gone"))?;
        Ok(Committed {
            instance: InstanceId(id),
            revision: row[2].int(),
            events: record.events.unwrap_or_else(|| Arc::from([])),
            after: live.instance.clone(),
            repeated: true,
        })
    }

    /// Rows that commands of ours are made from, as far as they are still there.
    async fn load_consumed(&mut self) -> Result<(), Failure> {
        let (mut follow_ups, mut messages) = (BTreeSet::new(), BTreeSet::new());
        for job in self.jobs {
            match &job.submit.consumes {
                Consumes::FollowUp(id) => follow_ups.insert(vec![Value::Text(id.clone())]),
                Consumes::Message(id) => messages.insert(vec![Value::Text(id.clone())]),
                Consumes::Nothing | Consumes::NothingStale => false,
            };
        }
        for (lookup, keys) in [(&lookups::FOLLOW_UPS, follow_ups), (&lookups::MESSAGES, messages)] {
            let keys: Vec<Row> = keys.into_iter().collect();
            let rows = self.lane.session.lookup(lookup, &keys).await?;
            self.rows
                .extend(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()));
        }
        Ok(())
    }

    async fn load_instances(&mut self) -> Result<(), Failure> {
        let wanted: BTreeSet<i64> = self
            .jobs
            .iter()
            .filter_map(|job| match job.submit.target {
                Target::Case(id) => Some(id.0),
                Target::New => None,
            })
            .filter(|id| !self.live.contains_key(id))
            .collect();
        let alone = self.lane.session.is_alone();
        let mut keys = Vec::with_capacity(wanted.len());
        for id in wanted {
            let known = self.lane.cache.case(id);
            if let (true, Some(known)) = (alone, known) {
                self.bases.insert(id, known.revision);
                self.live.insert(id, known.clone());
                continue;
            }
            let revision = known.map_or(0, |known| known.revision);
            keys.push(vec![Value::Int(id), Value::Int(revision)]);
        }
        let found = self.lane.session.lookup(&lookups::INSTANCES, &keys).await?;
        self.take_in(found)
    }

    fn take_in(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        for row in rows {
            let (id, revision) = (row[0].int(), row[1].int());
            let live = match (&row[3], self.lane.cache.case(id)) {
                (Value::Text(body), _) => {
                    let instance = serde_json::from_str::<Instance>(body).map_err(|error| {
                        Failure::Data(format!("case {id} cannot be read: {error}"))
                    })?;
                    let head = row[2].text().to_owned();
                    Live { instance: Arc::new(instance), revision, head }
                }
                (_, Some(known)) => known.clone(),
                (_, None) => continue,
            };
            self.bases.insert(id, revision);
            self.live.insert(id, live);
        }
        Ok(())
    }

    /// Definitions that this node has not compiled yet.
    async fn load_definitions(&mut self) -> Result<(), Failure> {
        let shared = self.lane.shared.clone();
        let definitions = &shared.definitions;
        let running = self.live.values().map(|live| &live.instance);
        let missing: BTreeSet<(ProcessName, u32)> = running
            .filter(|case| definitions.get(case.process(), case.version()).is_none())
            .map(|case| (case.process().clone(), case.version()))
            .collect();
        for (process, version) in missing {
            found_out(definitions.ensure(&shared.reads, &process, version).await)?;
        }
        let started: BTreeSet<ProcessName> = self
            .jobs
            .iter()
            .filter_map(|job| match &job.submit.command {
                Command::Start { process, .. } if definitions.newest(process).is_none() => {
                    Some(process.clone())
                }
                _ => None,
            })
            .collect();
        for process in started {
            found_out(definitions.ensure_newest(&shared.reads, &process).await)?;
        }
        Ok(())
    }

    fn opened(&mut self, job: &Job) -> Open {
        let envelope = Envelope {
            at: job.at,
            actor: job.submit.actor.clone(),
            seed: self.lane.seeds.give(),
            command: job.submit.command.clone(),
        };
        let id = match job.submit.target {
            Target::Case(id) => id.0,
            Target::New => self.lane.ids.give().unwrap_or_default(),
        };
        Open { envelope, id, facts: Facts::default(), asked: BTreeSet::new() }
    }

    /// Runs every command that can be run; answers what the others ask for.
    fn round(&mut self) -> BTreeSet<Need> {
        let mut needs = BTreeSet::new();
        let mut blocked = HashSet::new();
        for place in 0..self.jobs.len() {
            let Some(mut open) = self.open[place].take() else { continue };
            let dedup = self.jobs[place].submit.dedup.clone();
            let key_blocked = dedup.as_ref().is_some_and(|key| blocked.contains(&Err(key.clone())));
            if blocked.contains(&Ok(open.id)) || key_blocked {
                self.open[place] = Some(open);
                continue;
            }
            match self.carry_out(place, &mut open) {
                Ok(outcome) => {
                    if let Some(key) = dedup {
                        self.answered.entry(key).or_insert_with(|| repeated(&outcome));
                    }
                    self.outcomes[place] = Some(outcome);
                }
                Err(asked) => {
                    blocked.insert(Ok(open.id));
                    blocked.extend(dedup.map(Err));
                    open.asked.extend(asked.iter().cloned());
                    needs.extend(asked);
                    self.open[place] = Some(open);
                }
            }
        }
        needs
    }

    /// Carries one command out, or says what it needs.
    fn carry_out(&mut self, place: usize, open: &mut Open) -> Result<Outcome, BTreeSet<Need>> {
        let submit = &self.jobs[place].submit;
        if let Some(earlier) = submit.dedup.as_ref().and_then(|key| self.answered.get(key)) {
            return Ok(earlier.clone());
        }
        if let Consumes::FollowUp(row) | Consumes::Message(row) = &submit.consumes
            && !self.rows.contains(row)
        {
            return Ok(Err(SubmitError::Done));
        }
        let before = match submit.target {
            Target::New => None,
            Target::Case(id) => {
                if self.lane.shared.is_aside(id.0) || self.set_aside.contains(&id.0) {
                    return Ok(Err(SubmitError::SetAside(id)));
                }
                let Some(live) = self.live.get(&id.0) else {
                    return Ok(Err(SubmitError::UnknownInstance(id)));
                };
                Some(live.clone())
            }
        };
        let published = match self.definition(before.as_ref(), &open.envelope.command) {
            Ok(published) => published,
            Err(error) => return Ok(Err(error)),
        };
        self.give_facts(open, &published);
        let stepped = std::panic::catch_unwind(AssertUnwindSafe(|| match &before {
            None => {
                step::start(&published.definition, InstanceId(open.id), &open.envelope, &open.facts)
            }
            Some(live) => {
                step::step(&published.definition, &live.instance, &open.envelope, &open.facts)
            }
        }));
        match stepped {
            Ok(Ok(stepped)) => Ok(self.applied(place, open, before.as_ref(), &published, stepped)),
            Ok(Err(Refused::Needs(needs))) if needs.is_subset(&open.asked) => {
                Ok(self.bug(open.id, "a step asked again for what it was given"))
            }
            Ok(Err(Refused::Needs(needs))) => Err(needs),
            Ok(Err(Refused::Rejection(rejection))) => {
                Ok(self.refused(place, open, before.as_ref(), &published, rejection))
            }
            Err(panic) => Ok(self.bug(open.id, panic_text(&panic))),
        }
    }

    fn definition(
        &self,
        before: Option<&Live>,
        command: &Command,
    ) -> Result<Arc<Published>, SubmitError> {
        let definitions = &self.lane.shared.definitions;
        if let Some(live) = before {
            let instance = &live.instance;
            return definitions.get(instance.process(), instance.version()).ok_or_else(|| {
                SubmitError::Internal(format!(
                    "version {} of `{}` is not there",
                    instance.version(),
                    instance.process()
                ))
            });
        }
        let Command::Start { process, .. } = command else {
            return Err(SubmitError::Internal("only `start` begins a case".into()));
        };
        definitions.newest(process).ok_or_else(|| SubmitError::UnknownProcess(process.clone()))
    }

    /// Everything the command asked for, as it is now.
    fn give_facts(&self, open: &mut Open, published: &Published) {
        open.facts.calendars = published.calendars.clone();
        for content in open.envelope.command.contents_mut() {
            open.facts.documents.insert(content.hash.clone(), content.value.clone());
        }
        for need in &open.asked {
            match need {
                Need::Document(hash) => {
                    if let Some(value) = self.contents.get(hash) {
                        open.facts.documents.insert(hash.clone(), value.clone());
                    }
                }
                Need::Members(role) => {
                    let members = self.members.get(role).cloned().unwrap_or_default();
                    open.facts.members.insert(role.clone(), members);
                }
                Need::Number { series, year } => {
                    let key = (series.clone(), *year);
                    let last = self.counters.get(&key).copied().unwrap_or_default();
                    open.facts.numbers.insert(key, last.saturating_add(1));
                }
            }
        }
    }

    /// A command that was carried out: its journal row and the rows it causes.
    fn applied(
        &mut self,
        place: usize,
        open: &mut Open,
        before: Option<&Live>,
        published: &Published,
        stepped: Stepped,
    ) -> Outcome {
        if cfg!(debug_assertions)
            && let Some(broken) = stepped.instance.broken_invariant()
        {
            return self.bug(open.id, &broken);
        }
        self.keep_contents(open, &stepped.contents);
        let revision = before.map_or(0, |live| live.revision) + 1;
        let events: Arc<[Event]> = stepped.events.into();
        let head = self.write_journal(
            place,
            open,
            published,
            Some((open.id, revision)),
            before.map(|live| live.head.clone()),
            Ok(&events),
        );
        for event in &*events {
            if let Event::NumberTaken { series, year, number } = event {
                self.counters.insert((series.clone(), *year), *number);
            }
        }
        let after = Arc::new(stepped.instance);
        let applied = Applied {
            before: before.map(|live| &*live.instance),
            after: &after,
            events: &events,
            envelope: &open.envelope,
            revision,
            head: &head,
            base: self.bases.get(&open.id).copied(),
        };
        let touched = self.touched.entry(open.id).or_default();
        project(&applied, &mut self.changes, touched);
        self.consume(place);
        self.live.insert(open.id, Live { instance: after.clone(), revision, head });
        Ok(Committed { instance: InstanceId(open.id), revision, events, after, repeated: false })
    }

    fn refused(
        &mut self,
        place: usize,
        open: &Open,
        before: Option<&Live>,
        published: &Published,
        rejection: Rejection,
    ) -> Outcome {
        match self.jobs[place].submit.consumes {
            // A timer that raced with another node, or a message whose receiver is gone: nobody
            // asked for it, and the message goes on waiting.
            Consumes::NothingStale | Consumes::Message(_) => {
                return Err(SubmitError::Rejected(rejection));
            }
            Consumes::FollowUp(_) => self.consume(place),
            Consumes::Nothing => {}
        }
        let case = before.map(|live| (open.id, live.revision));
        let prev = before.map(|live| live.head.clone());
        self.write_journal(place, open, published, case, prev, Err(&rejection));
        Err(SubmitError::Rejected(rejection))
    }

    fn bug(&mut self, id: i64, message: &str) -> Outcome {
        tracing::error!(case = id, message, "a case is set aside because of a fault in Mandate");
        if self.live.contains_key(&id) {
            self.set_aside.push(id);
            let row = tables::set_aside::Model {
                instance_id: id,
                at: self.lane.shared.clock.now().0,
                message: message.to_owned(),
            };
            self.changes.put(&tables::set_aside::TABLE, row.into_row());
        }
        Err(SubmitError::SetAside(InstanceId(id)))
    }

    fn consume(&mut self, place: usize) {
        let (table, id) = match &self.jobs[place].submit.consumes {
            Consumes::Nothing | Consumes::NothingStale => return,
            Consumes::FollowUp(id) => (&tables::follow_up::TABLE, id),
            Consumes::Message(id) => (&tables::buffered_message::TABLE, id),
        };
        self.rows.remove(id);
        self.changes.delete(table, vec![Value::Text(id.clone())]);
    }

    fn keep_contents(&mut self, open: &mut Open, written: &[Content]) {
        let brought: Vec<Content> =
            open.envelope.command.contents_mut().into_iter().map(|own| own.clone()).collect();
        for content in brought.iter().chain(written) {
            let body = content.value.to_string();
            let hash = content.hash.as_str();
            self.lane.cache.keep_content(hash, content.value.clone(), body.len());
            self.contents.insert(content.hash.clone(), content.value.clone());
            let row = tables::content::Model { hash: hash.to_owned(), body };
            self.changes.put(&tables::content::TABLE, row.into_row());
        }
    }

    /// Adds a journal row; answers its hash.
    fn write_journal(
        &mut self,
        place: usize,
        open: &Open,
        published: &Published,
        case: Option<(i64, i64)>,
        case_prev: Option<String>,
        result: Result<&[Event], &Rejection>,
    ) -> String {
        let (events, rejection) = (result.ok(), result.err());
        let refused = rejection.map(|rejection| rejection.code().to_owned());
        let record = Written {
            envelope: &open.envelope,
            definition: DefinitionRef {
                process: published.process.clone(),
                version: published.version,
                hash: published.hash.clone(),
            },
            facts: given(&open.facts),
            events,
            rejection,
        };
        let mut row = tables::journal::Model {
            lane: self.head.lane,
            pos: self.head.pos + 1,
            hash: String::new(),
            instance_id: case.map(|(id, _)| id),
            instance_version: case.map(|(_, revision)| revision),
            case_prev,
            at: open.envelope.at.0,
            command: open.envelope.command.name().to_owned(),
            actor: journal::actor(&open.envelope.actor),
            dedup: self.jobs[place].submit.dedup.clone(),
            refused,
            content: serde_json::to_string(&record).expect("a record is plain data"),
        };
        let hash = journal::hash(&self.head.hash, &row).as_str().to_owned();
        row.hash.clone_from(&hash);
        self.changes.put(&tables::journal::TABLE, row.into_row());
        self.head.pos += 1;
        self.head.hash.clone_from(&hash);
        hash
    }

    /// Fetches what commands asked for, all at once.
    async fn fetch(&mut self, needs: BTreeSet<Need>) -> Result<(), Failure> {
        let (mut hashes, mut roles, mut counters) = (Vec::new(), Vec::new(), Vec::new());
        for need in needs {
            match need {
                Need::Document(hash) if self.contents.contains_key(&hash) => {}
                Need::Document(hash) => match self.lane.cache.content(hash.as_str()) {
                    Some(value) => {
                        self.contents.insert(hash, value.clone());
                    }
                    None => hashes.push(vec![Value::Text(hash.as_str().to_owned())]),
                },
                Need::Members(role) if self.members.contains_key(&role) => {}
                Need::Members(role) => roles.push(vec![Value::Text(role.as_str().to_owned())]),
                Need::Number { series, year } => {
                    if !self.counters.contains_key(&(series.clone(), year)) {
                        counters.push(vec![Value::Text(series), Value::Int(i64::from(year))]);
                    }
                }
            }
        }
        self.fetch_contents(&hashes).await?;
        self.fetch_members(&roles).await?;
        self.fetch_counters(&counters).await
    }

    async fn fetch_contents(&mut self, hashes: &[Row]) -> Result<(), Failure> {
        for row in self.lane.session.lookup(&lookups::CONTENTS, hashes).await? {
            let (hash, body) = (row[0].text(), row[1].text());
            let value: Json = serde_json::from_str(body)
                .map_err(|error| Failure::Data(format!("content {hash} is broken: {error}")))?;
            let value = Arc::new(value);
            self.lane.cache.keep_content(hash, value.clone(), body.len());
            self.contents.insert(hash.into(), value);
        }
        Ok(())
    }

    async fn fetch_members(&mut self, roles: &[Row]) -> Result<(), Failure> {
        let mut found: BTreeMap<RoleName, Vec<engine::actor::Member>> = BTreeMap::new();
        for row in self.lane.session.lookup(&lookups::MEMBERS, roles).await? {
            found
                .entry(row[0].text().into())
                .or_default()
                .push(crate::directory::member(&row[1..]));
        }
        self.members.extend(found.into_iter().map(|(role, members)| (role, Arc::new(members))));
        Ok(())
    }

    async fn fetch_counters(&mut self, counters: &[Row]) -> Result<(), Failure> {
        if !self.lane.session.is_alone() {
            self.lane.session.lookup(&lookups::NEW_COUNTERS, counters).await?;
        }
        for row in self.lane.session.lookup(&lookups::COUNTERS, counters).await? {
            let year = i32::try_from(row[1].int()).unwrap_or_default();
            let value = u32::try_from(row[2].int()).unwrap_or_default();
            self.counters.insert((row[0].text().to_owned(), year), value);
        }
        Ok(())
    }
}

/// A lost database fails the batch; a definition that cannot be had only its own commands, later.
fn found_out(loaded: Result<(), StoreError>) -> Result<(), Failure> {
    match loaded {
        Ok(()) => Ok(()),
        Err(StoreError::Unavailable(message)) => Err(Failure::Lost(message)),
        Err(error) => {
            tracing::error!(%error, "a definition cannot be used");
            Ok(())
        }
    }
}

fn repeated(outcome: &Outcome) -> Outcome {
    outcome.clone().map(|committed| Committed { repeated: true, ..committed })
}

fn given(facts: &Facts) -> Given {
    let numbers = facts.numbers.iter();
    Given {
        members: facts.members.clone(),
        numbers: numbers.map(|((series, year), next)| (series.clone(), *year, *next)).collect(),
    }
}

fn panic_text(panic: &Box<dyn std::any::Any + Send>) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text")
}

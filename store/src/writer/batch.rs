//! One batch: loads what its commands are about, runs each command's step, and gathers rows, journal
//! and answers. Two commands on one case see each other, in the order they came. A command that is
//! refused, or that meets a bug, leaves the others alone. SQL is in `lookups` and `session`.

mod earlier;
mod fetch;
mod give;
mod held;
mod keep;
mod members;
mod names;
mod registers;
mod rounds;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::actor::Principal;
use engine::command::{Command, Envelope};
use engine::event::Event;
use engine::facts::Facts;
use engine::ids::{Hash, InstanceId, RoleName};
use engine::rejection::{Need, Rejection};
use engine::step::{self, Refused, Stepped};
use serde_json::Value as Json;

use self::earlier::Earlier;
use self::keep::panic_text;
use super::Job;
use super::cache::Live;
use super::lane::{Desk, Head};
use crate::changes::{Changes, Settled};
use crate::definitions::Published;
use crate::error::SubmitError;
use crate::project::{Applied, project};
use crate::read::drafts::passed_on;
use crate::session::{Failure, Session};
use crate::submit::{Committed, Consumes, Target};
use crate::tables;
use crate::writer::Statement;

/// What a command is answered.
pub(super) type Outcome = Result<Committed, SubmitError>;

/// How it is read what a batch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Cases as they are, and keys not at all: whether another writer was faster or a key is not new
    /// shows when they are written.
    Free,
    /// Cases locked until the transaction ends, and keys looked up, since that was so before.
    Locked,
}

/// What a batch leaves to be written and remembered.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) changes: Settled,
    /// Drafts that go along with their tasks, in this order.
    pub(super) drafts: Vec<Statement>,
    /// Tables that were written to while others were still being decided.
    pub(super) written: BTreeSet<&'static str>,
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
    /// How often it asked.
    rounds: usize,
}

/// One batch on its way.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    desk: &'a mut Desk,
    jobs: &'a [Job],
    reading: Reading,
    open: Vec<Option<Open>>,
    outcomes: Vec<Option<Outcome>>,
    live: HashMap<i64, Live>,
    /// Revisions that the database has.
    bases: HashMap<i64, i64>,
    /// Cases that were not read before, by the revision that is known.
    unchecked: HashMap<i64, i64>,
    touched: BTreeMap<i64, BTreeSet<String>>,
    /// Earlier commands, by key.
    answered: HashMap<String, Earlier<'a>>,
    rows: HashSet<String>,
    /// Who fetched the jobs that are answered for, by case and key.
    workers: HashMap<(i64, i64), String>,
    contents: HashMap<Hash, Arc<Json>>,
    members: BTreeMap<RoleName, Arc<Vec<engine::actor::Member>>>,
    /// Roles that nobody holds.
    unheld: BTreeSet<Principal>,
    people: BTreeMap<engine::ids::PersonId, Option<Arc<engine::actor::Member>>>,
    /// What people and units are called that were asked for.
    names: BTreeMap<String, Option<engine::text::Text>>,
    units: BTreeMap<engine::ids::UnitId, Option<Arc<engine::actor::Unit>>>,
    counters: BTreeMap<(String, i32), u32>,
    registers: registers::Registers,
    changes: Changes,
    drafts: Vec<Statement>,
    /// What was refused, until it is known that it had not been carried out before.
    refusals: Vec<(usize, tables::journal::Model)>,
    written: BTreeSet<&'static str>,
    head: Head,
    set_aside: Vec<i64>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(desk: &'a mut Desk, jobs: &'a [Job], reading: Reading) -> Self {
        let head = desk.head.clone();
        Self {
            desk,
            jobs,
            reading,
            open: Vec::with_capacity(jobs.len()),
            outcomes: vec![None; jobs.len()],
            live: HashMap::with_capacity(jobs.len()),
            bases: HashMap::with_capacity(jobs.len()),
            unchecked: HashMap::new(),
            touched: BTreeMap::new(),
            answered: HashMap::new(),
            rows: HashSet::new(),
            workers: HashMap::new(),
            contents: HashMap::new(),
            members: BTreeMap::new(),
            unheld: BTreeSet::new(),
            people: BTreeMap::new(),
            names: BTreeMap::new(),
            units: BTreeMap::new(),
            counters: BTreeMap::new(),
            registers: registers::Registers::default(),
            changes: Changes::default(),
            drafts: Vec::new(),
            refusals: Vec::new(),
            written: BTreeSet::new(),
            head,
            set_aside: Vec::new(),
        }
    }

    /// Carries everything out, as far as rows; some of them may be written already.
    pub(super) async fn run(&mut self, session: &mut Session) -> Result<(), Failure> {
        self.load_consumed(session).await?;
        self.load_workers(session).await?;
        self.load_instances(session).await?;
        if self.reading == Reading::Locked {
            let all: Vec<usize> = (0..self.jobs.len()).collect();
            self.load_repeated(session, &all).await?;
        }
        self.load_definitions().await?;
        self.load_deputies().await?;
        for job in self.jobs {
            let open = self.opened(job);
            self.open.push(Some(open));
        }
        let mut needs = match session {
            Session::Sqlite(session) if self.jobs.len() >= rounds::BESIDE_MIN => {
                self.round_beside(session)?
            }
            Session::Sqlite(_) | Session::Postgres(_) => self.round(),
        };
        // Commands on one case ask one after the other, however many they are; each asks only so often.
        while !needs.is_empty() {
            self.fetch(session, needs).await?;
            needs = self.round();
        }
        self.recall(session).await?;
        self.check_unwritten(session).await
    }

    /// What is to be written, and the answers for when it is.
    pub(super) fn finish(mut self) -> Done {
        let mut live = Vec::with_capacity(self.touched.len());
        for (id, principals) in std::mem::take(&mut self.touched) {
            if let Some(own) = self.live.remove(&id) {
                live.push((id, (own, principals)));
            }
        }
        let stuck = || Err(SubmitError::Internal("a command was not carried out".into()));
        Done {
            changes: self.changes.settled(),
            drafts: self.drafts,
            written: self.written,
            head: self.head,
            live,
            set_aside: self.set_aside,
            outcomes: self.outcomes.into_iter().map(|own| own.unwrap_or_else(stuck)).collect(),
        }
    }

    fn opened(&mut self, job: &Job) -> Open {
        let envelope = Envelope {
            at: job.at,
            actor: job.submit.actor.clone(),
            seed: self.desk.seeds.give(),
            since: job.submit.since,
            hops: job.submit.hops,
            command: job.submit.command.clone(),
        };
        let id = match job.submit.target {
            Target::Case(id) => id.0,
            Target::New => self.desk.ids.give().unwrap_or_default(),
        };
        Open { envelope, id, facts: Facts::default(), asked: BTreeSet::new(), rounds: 0 }
    }

    /// Carries one command out, or says what it needs.
    fn carry_out(&mut self, place: usize, open: &mut Open) -> Result<Outcome, BTreeSet<Need>> {
        let submit = &self.jobs[place].submit;
        if let Some(earlier) = submit.dedup.as_ref().and_then(|key| self.answered.get(key)) {
            return Ok(earlier.answer(submit));
        }
        if let Consumes::FollowUp(row) | Consumes::Call(row) | Consumes::Message(row) =
            &submit.consumes
            && !self.rows.contains(row)
        {
            return Ok(Err(SubmitError::Done));
        }
        let before = match submit.target {
            Target::New => None,
            Target::Case(id) => {
                let Some(live) = self.live.get(&id.0) else {
                    return Ok(Err(SubmitError::UnknownInstance(id)));
                };
                if submit.guard.as_ref().is_some_and(|guard| !guard.allows(&live.instance)) {
                    return Ok(Err(SubmitError::NotAllowed(id)));
                }
                if !self.is_held(submit) {
                    return Ok(Err(SubmitError::NotLeased(id)));
                }
                if self.desk.shared.is_aside(id.0) || self.set_aside.contains(&id.0) {
                    return Ok(Err(SubmitError::SetAside(id)));
                }
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
        let definitions = &self.desk.shared.definitions;
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
        let (Command::Start { process, .. } | Command::Begin { process, .. }) = command else {
            return Err(SubmitError::Internal("only `start` and `begin` begin a case".into()));
        };
        definitions.newest(process).ok_or_else(|| SubmitError::UnknownProcess(process.clone()))
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
        let (case, prev) = (Some((open.id, revision)), before.map(|live| live.head.clone()));
        let row = self.journal_row(place, open, published, case, prev, Ok(&events));
        let head = self.chain(row);
        for event in &*events {
            if let Event::NumberTaken { series, year, number } = event {
                self.counters.insert((series.clone(), *year), *number);
            }
            self.registers.keep(event, open.envelope.at);
            self.drafts.extend(before.and_then(|it| passed_on(open.id, event, &it.instance)));
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
        let submit = &self.jobs[place].submit;
        if submit.forgets_refusals() {
            return Err(SubmitError::Rejected(rejection));
        }
        if let Consumes::FollowUp(_) = submit.consumes {
            self.consume(place);
        }
        let case = before.map(|live| (open.id, live.revision));
        let prev = before.map(|live| live.head.clone());
        let row = self.journal_row(place, open, published, case, prev, Err(&rejection));
        self.refusals.push((place, row));
        Err(SubmitError::Rejected(rejection))
    }

    fn bug(&mut self, id: i64, message: &str) -> Outcome {
        tracing::error!(case = id, message, "a case is set aside because of a fault in Mandate");
        if self.live.contains_key(&id) {
            self.set_aside.push(id);
            let row = tables::set_aside::Model {
                instance_id: id,
                at: self.desk.shared.clock.now().0,
                message: message.to_owned(),
            };
            self.changes.put(&tables::set_aside::TABLE, row.into_row());
        }
        Err(SubmitError::SetAside(InstanceId(id)))
    }
}

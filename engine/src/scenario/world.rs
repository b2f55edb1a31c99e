//! Every case of a scenario, and what the store would keep beside them: contents, numbers, messages
//! without a receiver. Follow-ups are carried out at once, as the store does a moment later.

mod fetch;
mod messages;
mod pages;
mod people;
mod registers;
mod timers;
mod versions;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use people::member;

use super::coverage::Coverage;
use crate::actor::Actor;
use crate::calendar::{Calendars, Zone};
use crate::command::{Command, Content, Envelope, Parent, Request};
use crate::definition::{Definition, StartTime};
use crate::deputy::Deputies;
use crate::event::{Event, Recipient};
use crate::facts::{Facts, ROUNDS_MAX};
use crate::ids::{Hash, InstanceId, Key, NodeName, PersonId, ProcessName};
use crate::instance::{Instance, Status};
use crate::pack::Compiled;
use crate::rejection::Rejection;
use crate::step::{self, Refused, Stepped};
use crate::text::Language;
use crate::time::Timestamp;

/// What one step of a scenario may cause in other cases, one after another.
const FOLLOW_UPS_MAX: u32 = 3_000;

/// What a case asks to be done elsewhere.
struct Asked {
    since: Option<Timestamp>,
    hops: u32,
    request: Request,
}

/// The world that a scenario plays in.
pub(super) struct World<'a> {
    pub(super) built: &'a Compiled,
    /// The version before of a process: its first case begins on that.
    before: Option<Arc<Definition>>,
    calendars: Arc<Calendars>,
    pub(super) cases: BTreeMap<InstanceId, Instance>,
    histories: BTreeMap<InstanceId, Vec<Event>>,
    pub(super) contents: BTreeMap<Hash, Arc<Value>>,
    numbers: BTreeMap<(String, i32), u32>,
    deputies: Arc<Deputies>,
    pub(super) registers: registers::Registers,
    pub(super) now: Timestamp,
    seed: u64,
    requests: VecDeque<(InstanceId, Asked)>,
    /// The day that had just ended as what is carried out now was asked for.
    since: Option<Timestamp>,
    /// Messages and signals that led to what is carried out.
    hops: u32,
    /// Follow-ups of what a step of the scenario did, so far.
    followed: u32,
    messages: Vec<messages::Kept>,
    /// When start events begin cases next.
    starts: BTreeMap<(ProcessName, NodeName), StartTime>,
    /// Cases that began by themselves, each with its process and its start event.
    begun: Vec<(InstanceId, ProcessName, NodeName)>,
    pub(super) coverage: &'a mut Coverage,
}

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The engine refused it.
    Rejected(Rejection),
    /// The scenario is wrong about something.
    Wrong(String),
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::Wrong(message)
    }
}

impl<'a> World<'a> {
    pub(super) fn new(
        built: &'a Compiled,
        before: Option<Arc<Definition>>,
        now: Timestamp,
        coverage: &'a mut Coverage,
    ) -> Self {
        Self {
            built,
            before,
            calendars: Arc::new(built.pack.calendars.clone()),
            cases: BTreeMap::new(),
            histories: BTreeMap::new(),
            contents: BTreeMap::new(),
            numbers: BTreeMap::new(),
            deputies: Arc::default(),
            registers: registers::Registers::default(),
            now,
            seed: 1,
            requests: VecDeque::new(),
            since: None,
            hops: 0,
            followed: 0,
            messages: Vec::new(),
            starts: timers::starts(built, now),
            begun: Vec::new(),
            coverage,
        }
    }

    /// What a clock on the wall says, by the calendar of a case's process.
    pub(super) fn local_now(&self, case: &Instance) -> String {
        let definition = self.built.definitions.get(case.process());
        let calendar = definition.and_then(|it| self.calendars.get(it.calendar()));
        let zone = calendar.map_or(Zone::UTC, |calendar| calendar.zone());
        format!("{} ({})", zone.local(self.now).format("%Y-%m-%d %H:%M:%S"), zone.tz())
    }

    /// The actor that a name means.
    pub(super) fn actor(&self, name: &PersonId) -> Result<Actor, Trouble> {
        if name.as_str() == "public" {
            return Ok(Actor::Public);
        }
        let Some(person) = self.built.pack.people.get(name) else {
            return Err(format!("expected a person of people.yaml, found `{name}`").into());
        };
        Ok(Actor::Person { id: name.clone(), unit: person.unit.clone(), grants: person.grants() })
    }

    /// Begins a case.
    pub(super) fn start(&mut self, actor: Actor, command: Command) -> Result<InstanceId, Trouble> {
        let id = InstanceId(i64::try_from(self.cases.len()).expect("cases are few") + 1);
        self.carry_out(id, actor, command)?;
        self.follow_up()?;
        Ok(id)
    }

    /// Gives a command to a case, and does all that follows from it.
    pub(super) fn give(
        &mut self,
        id: InstanceId,
        actor: Actor,
        command: Command,
    ) -> Result<(), Trouble> {
        self.carry_out(id, actor, command)?;
        self.follow_up()
    }

    fn carry_out(&mut self, id: InstanceId, actor: Actor, command: Command) -> Result<(), Trouble> {
        let process = match &command {
            Command::Start { process, .. } | Command::Begin { process, .. } => process.clone(),
            _ => self.cases[&id].process().clone(),
        };
        let definition = self.definition(id, &process)?;
        self.seed += 1;
        let (at, seed, since, hops) = (self.now, self.seed, self.since, self.hops);
        let mut envelope = Envelope { at, actor, seed, since, hops, command };
        let calendars = Arc::clone(&self.calendars);
        let deputies = Arc::clone(&self.deputies);
        let mut facts = Facts { deputies, calendars, ..Facts::default() };
        for _ in 0..ROUNDS_MAX {
            let stepped = match self.cases.get(&id) {
                None => step::start(&definition, id, &envelope, &facts),
                Some(instance) => step::step(&definition, instance, &envelope, &facts),
            };
            match stepped {
                Err(Refused::Rejection(rejection)) => return Err(Trouble::Rejected(rejection)),
                Err(Refused::Needs(needs)) => {
                    for need in needs {
                        self.fetch(&process, need, &mut facts)?;
                    }
                }
                Ok(stepped) => {
                    for content in envelope.command.contents_mut() {
                        self.contents.insert(content.hash.clone(), Arc::clone(&content.value));
                    }
                    return self.keep(id, &process, stepped);
                }
            }
        }
        Err(format!("expected a step to have all it needs after {ROUNDS_MAX} rounds").into())
    }

    fn keep(
        &mut self,
        id: InstanceId,
        process: &ProcessName,
        stepped: Stepped,
    ) -> Result<(), Trouble> {
        let Stepped { instance, events, contents } = stepped;
        for content in contents {
            self.contents.insert(content.hash, content.value);
        }
        let is_own = self
            .built
            .definitions
            .get(process)
            .is_some_and(|own| own.version() == instance.version());
        for event in &events {
            if is_own {
                self.coverage.reached(process, event, self.cases.get(&id).unwrap_or(&instance));
            }
            self.registers.keep(event, self.now);
            match event {
                Event::NumberTaken { series, year, number } => {
                    self.numbers.insert((series.clone(), *year), number + 1);
                }
                Event::CommandRequested { since, hops, request, .. } => {
                    let asked = Asked { since: *since, hops: *hops, request: request.clone() };
                    self.requests.push_back((id, asked));
                }
                _ => {}
            }
        }
        let folded = match self.cases.remove(&id) {
            None => Instance::replay(id, events.iter()),
            Some(mut before) => {
                for event in &events {
                    before.apply(event);
                }
                Some(before)
            }
        };
        self.histories.entry(id).or_default().extend(events);
        if folded.as_ref() != Some(&instance) {
            return Err(
                format!("case {id} is not the fold of its events: a bug of the engine").into()
            );
        }
        if let Some(broken) = instance.broken_invariant() {
            return Err(format!("case {id} breaks an invariant: {broken}").into());
        }
        self.cases.insert(id, instance);
        Ok(())
    }

    /// Does what cases asked of others, until nothing is left.
    fn follow_up(&mut self) -> Result<(), Trouble> {
        self.followed = 0;
        let done = self.follow_all();
        self.hops = 0;
        done
    }

    fn follow_all(&mut self) -> Result<(), Trouble> {
        loop {
            while let Some((from, Asked { since, hops, request })) = self.requests.pop_front() {
                self.followed += 1;
                if self.followed > FOLLOW_UPS_MAX {
                    return Err(endless(&request).into());
                }
                (self.since, self.hops) = (since, hops);
                let done = self.request(from, request);
                self.since = None;
                done?;
                self.deliver_buffered()?;
            }
            self.deliver_buffered()?;
            // What was delivered may ask for more.
            if self.requests.is_empty() {
                return Ok(());
            }
        }
    }

    fn request(&mut self, from: InstanceId, request: Request) -> Result<(), Trouble> {
        match request {
            Request::StartCase { process, key, documents, wait, origin } => {
                let documents = documents
                    .into_iter()
                    .map(|(name, hash)| {
                        let value = self.contents.get(&hash).cloned().unwrap_or_default();
                        (name, Content { hash, value })
                    })
                    .collect();
                let parent = wait.then_some(Parent { instance: from, key });
                let id = InstanceId(i64::try_from(self.cases.len()).expect("cases are few") + 1);
                let command = Command::Start { process, documents, parent, origin };
                match self.carry_out(id, Actor::Case { id: from }, command) {
                    Err(Trouble::Rejected(rejection)) if wait => {
                        let message = rejection.message(Language::En);
                        let command = Command::not_begun(key, message);
                        self.carry_out(from, Actor::Case { id: from }, command)
                    }
                    done => done,
                }
            }
            Request::ReportEnd { parent, outcome, documents, given, error, message } => {
                if !self.waits_for_call(&parent) {
                    return Ok(());
                }
                let (key, child) = (parent.key, from);
                let command =
                    Command::EndCall { key, child, outcome, documents, given, error, message };
                self.carry_out(parent.instance, Actor::Case { id: from }, command)
            }
            Request::CancelCalled { key, reason } => {
                for id in self.called_at(from, key) {
                    let command = Command::Cancel { reason: reason.clone() };
                    self.carry_out(id, Actor::Case { id: from }, command)?;
                }
                Ok(())
            }
            Request::ReportEscalation { parent, code } => {
                if !self.waits_for_call(&parent) {
                    return Ok(());
                }
                let command = Command::ReceiveEscalation { key: parent.key, code };
                self.carry_out(parent.instance, Actor::Case { id: from }, command)
            }
            Request::BroadcastSignal { signal, payload } => {
                let payload = payload.map(|hash| {
                    let value = self.contents.get(&hash).cloned().unwrap_or_default();
                    Content { hash, value }
                });
                self.broadcast(Some(from), &signal, payload.as_ref())
            }
            Request::SendMessage { message, correlation, payload, until, .. } => {
                let payload = payload.map(|hash| {
                    let value = self.contents.get(&hash).cloned().unwrap_or_default();
                    Content { hash, value }
                });
                self.keep_message(message, correlation, payload, until);
                Ok(())
            }
        }
    }

    /// The cases that run because a case called them at an activation.
    fn called_at(&self, caller: InstanceId, key: Key) -> Vec<InstanceId> {
        let active = self.cases.values().filter(|case| case.status() == Status::Active);
        let is_by = |it: &Parent| it.instance == caller && it.key == key;
        active.filter(|case| case.parent().is_some_and(is_by)).map(Instance::id).collect()
    }

    fn waits_for_call(&self, parent: &Parent) -> bool {
        let case = self.cases.get(&parent.instance);
        case.is_some_and(|case| case.activation(parent.key).is_some())
    }

    /// Everything that happened, in every case.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.histories.values().flatten()
    }

    /// Whom notices went to.
    pub(super) fn notices(&self) -> Vec<(&str, String)> {
        let mut sent = Vec::new();
        for event in self.events() {
            let Event::NoticeRequested { notice, to, .. } = event else { continue };
            for recipient in to {
                let to = match recipient {
                    Recipient::Principal(principal) => principal.to_string(),
                    Recipient::Address(address) => address.clone(),
                };
                sent.push((notice.as_str(), to));
            }
        }
        sent
    }
}

/// What is said of a step whose follow-ups breed others.
fn endless(request: &Request) -> String {
    let last = match request {
        Request::StartCase { process, .. } => format!("a case of `{process}` begins"),
        Request::BroadcastSignal { signal, .. } => format!("the signal `{signal}` is thrown"),
        Request::SendMessage { message, .. } => format!("the message `{message}` is sent"),
        Request::ReportEnd { .. }
        | Request::CancelCalled { .. }
        | Request::ReportEscalation { .. } => "a called case ends".to_owned(),
    };
    format!(
        "this goes on for ever: one step has caused {FOLLOW_UPS_MAX} others (calls, signals, messages), and still {last}"
    )
}

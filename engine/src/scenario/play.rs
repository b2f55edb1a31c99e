//! Plays a scenario's steps, and says where one failed.

mod beginning;
mod incidents;
mod operations;
mod repair;
mod whose;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::Value;

use super::coverage::Coverage;
use super::fixtures::Fixtures;
use super::source::{CompleteSource, InSource, JobSource, ScenarioSource, StepSource};
use super::world::{Trouble, World};
use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::clock::{self, DurationSpec};
use crate::command::{Command, Content};
use crate::diagnostic::Diagnostic;
use crate::ids::{DocumentName, InstanceId, Key, NodeName, PersonId};
use crate::instance::{Status, Waiting};
use crate::pack::{Compiled, Loaded};
use crate::time::Timestamp;
use crate::yaml::{self, Tree};
use whose::ELSEWHERE;

/// A scenario that went as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// How many steps it had.
    pub steps: usize,
    /// How many cases ran in it.
    pub cases: usize,
}

/// A scenario that did not, with the place of the step.
#[derive(Debug)]
pub struct Failure {
    /// What was expected and what was found.
    pub diagnostics: Vec<Diagnostic>,
}

struct Play<'a> {
    world: World<'a>,
    fixtures: &'a Fixtures,
    calendar: Option<&'a Calendar>,
    tree: &'a Tree,
    steps: usize,
    /// Incidents that the scenario expects, until something tries them again.
    expected: BTreeSet<(InstanceId, Key)>,
}

pub(super) fn play(
    built: &Compiled,
    loaded: &Loaded,
    file: &str,
    coverage: &mut Coverage,
) -> Result<Played, Failure> {
    let failed = |diagnostics| Failure { diagnostics };
    let Some(tree) = loaded.tree(file) else {
        let place = crate::diagnostic::Place { file: file.to_owned(), ..Default::default() };
        let problem = Diagnostic::error("scenarioMissing", place, "expected this scenario's file");
        return Err(failed(vec![problem]));
    };
    let source: ScenarioSource = yaml::read(tree, &[]).map_err(failed)?;
    let calendar = built
        .definitions
        .get(&source.process)
        .and_then(|definition| built.pack.calendars.get(definition.calendar()))
        .map(|calendar| &**calendar);
    let start = instant(&source.start.at, calendar).map_err(|message| {
        failed(vec![tree.error("badTime", tree.place(&["start", "at"]), message)])
    })?;
    let before = beginning::before(built, &source, tree).map_err(failed)?;
    let mut world = World::new(built, before, start, coverage);
    for (at, entry) in source.registers.iter().enumerate() {
        let wrong = world.wrong_entry(entry);
        let place = tree.place(&["registers", &at.to_string()]);
        wrong.map_or(Ok(()), |it| Err(failed(vec![tree.error("wrongEntry", place, it)])))?;
        world.registers.give(entry, start);
    }
    let expected = BTreeSet::new();
    let mut play = Play { world, fixtures: &loaded.fixtures, calendar, tree, steps: 0, expected };
    let id = play.begin(&source).map_err(|trouble| {
        failed(vec![tree.error("scenarioFailed", tree.place(&["start"]), say(trouble))])
    })?;
    let path = ["start".to_owned()];
    play.no_new_incident(None, source.steps.first().map(|first| (id, first)))
        .map_err(|message| failed(vec![*play.fail(id, &path, message)]))?;
    play.steps(id, &source.steps, &["steps".to_owned()], None)
        .map_err(|problem| failed(vec![*problem]))?;
    let (steps, cases) = (play.steps, play.world.cases.len());
    Ok(Played { steps, cases })
}

fn say(trouble: Trouble) -> String {
    match trouble {
        Trouble::Wrong(message) => message,
        Trouble::Rejected(rejection) => {
            let details = serde_json::to_string(&rejection).unwrap_or_default();
            format!("refused with {}: {rejection} {details}", rejection.code())
        }
    }
}

/// A local time as scenarios write it, or a day's beginning.
fn instant(text: &str, calendar: Option<&Calendar>) -> Result<Timestamp, String> {
    let zone = calendar.map_or(crate::calendar::Zone::UTC, Calendar::zone);
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok().or_else(|| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(|day| day.and_time(chrono::NaiveTime::MIN))
    });
    local
        .map(|local| zone.instant(local))
        .ok_or_else(|| format!("expected a time such as `2026-01-05T09:00`, found `{text}`"))
}

impl Play<'_> {
    fn steps(
        &mut self,
        id: InstanceId,
        steps: &[StepSource],
        path: &[String],
        after: Option<(InstanceId, &StepSource)>,
    ) -> Result<(), Box<Diagnostic>> {
        for (at, step) in steps.iter().enumerate() {
            let mut path = path.to_vec();
            path.push(at.to_string());
            self.steps += 1;
            let next = steps.get(at + 1).map(|next| (id, next)).or(after);
            if let StepSource::In(inner) = step {
                path.extend(["in".to_owned()]);
                let other = match &inner.start {
                    Some(start) => self
                        .begin_other(&inner.process, start)
                        .map_err(|trouble| self.fail(id, &path, say(trouble)))?,
                    None => self.other(inner).map_err(|it| self.fail(id, &path, it))?,
                };
                if inner.start.is_some() {
                    let first = inner.steps.first().map(|first| (other, first)).or(next);
                    self.no_new_incident(None, first).map_err(|it| self.fail(other, &path, it))?;
                }
                path.push("do".to_owned());
                self.steps(other, &inner.steps, &path, next)?;
                continue;
            }
            self.one(id, step).map_err(|trouble| self.fail(id, &path, say(trouble)))?;
            self.no_new_incident(Some(step), next)
                .map_err(|message| self.fail(id, &path, message))?;
        }
        Ok(())
    }

    fn fail(&self, id: InstanceId, path: &[String], message: String) -> Box<Diagnostic> {
        let case = &self.world.cases[&id];
        let active = case.activations().values();
        let active = active.filter(|it| !it.is_listener() || it.incident.is_some());
        let at: Vec<&str> = active.map(|it| it.node.as_str()).collect();
        let state = format!("the case is at [{}] on {}", at.join(", "), self.world.local_now(case));
        let place = self.tree.place(path);
        Box::new(self.tree.error("scenarioFailed", place, message).hint(state))
    }

    pub(super) fn other(&self, inner: &InSource) -> Result<InstanceId, String> {
        let mut cases = self.world.cases.values().filter(|case| *case.process() == inner.process);
        let found = match inner.nth {
            Some(nth) => cases.nth(nth.saturating_sub(1)),
            None => {
                let all: Vec<_> = cases.collect();
                let running = all.iter().rev().find(|case| case.status() == Status::Active);
                running.or(all.last()).copied()
            }
        };
        found
            .map(crate::instance::Instance::id)
            .ok_or_else(|| format!("expected a case of `{}`, found none", inner.process))
    }

    fn one(&mut self, id: InstanceId, step: &StepSource) -> Result<(), Trouble> {
        match step {
            StepSource::Complete(step) => self.complete(id, step),
            StepSource::Claim(step) => {
                self.at_one_of(id, &step.task, &step.by, |task| Command::ClaimTask { task })
            }
            StepSource::Release(step) => {
                self.at_one_of(id, &step.task, &step.by, |task| Command::ReleaseTask { task })
            }
            StepSource::Submit(step) => {
                let (content, replaces) = (self.content(&step.with)?, step.replaces);
                self.at_one_of(id, &step.to, &step.by, |intake| {
                    let content = content.clone();
                    let mut command = Command::Submit { intake, content, replaces };
                    sign_as(&mut command, &step.by);
                    command
                })
            }
            StepSource::Withdraw(step) => {
                let submission = step.submission;
                self.at_one_of(id, &step.from, &step.by, |intake| Command::WithdrawSubmission {
                    intake,
                    submission,
                })
            }
            StepSource::Advance(time) => self.advance(time),
            StepSource::Message(step) => {
                let payload = self.payload(step.with.as_ref())?;
                let key = step.key.clone().unwrap_or_else(|| id.to_string());
                self.world.send(step.name.clone(), key, payload)
            }
            StepSource::Signal(step) => {
                let payload = self.payload(step.with.as_ref())?;
                self.world.send_signal(&step.name, payload.as_ref())
            }
            StepSource::CompleteJob(step) => {
                let key = self.task(id, &step.job)?;
                let result = step.result.clone();
                self.world.give(id, Actor::System, Command::CompleteJob { key, result })
            }
            StepSource::FailJob(step) => self.fail_job(id, step),
            StepSource::Comment(step) => {
                self.give(id, &step.by, Command::Comment { text: step.text.clone() })
            }
            StepSource::Cancel(step) => {
                self.give(id, &step.by, Command::Cancel { reason: step.reason.clone() })
            }
            StepSource::Reject(step) => self.reject(id, step),
            StepSource::In(_) => unreachable!("`steps` goes into other cases"),
            StepSource::Expect(expect) => match self.world.unmet(id, expect) {
                unmet if unmet.is_empty() => Ok(()),
                unmet => Err(unmet.join("; ").into()),
            },
            operation => self.operate(id, operation),
        }
    }

    fn fail_job(&mut self, id: InstanceId, step: &JobSource) -> Result<(), Trouble> {
        let key = self.task(id, &step.job)?;
        let (error, code) = (step.error.clone(), step.code.clone());
        self.world.give(
            id,
            Actor::System,
            Command::FailJob { key, error, code, retries: None, retry_after_ms: None },
        )
    }

    fn give(&mut self, id: InstanceId, by: &PersonId, command: Command) -> Result<(), Trouble> {
        let actor = self.world.actor(by)?;
        self.world.give(id, actor, command)
    }

    fn complete(&mut self, id: InstanceId, step: &CompleteSource) -> Result<(), Trouble> {
        let keys = self.open(id, &step.task);
        if keys.is_empty() {
            return self.task(id, &step.task).map(|_| ());
        }
        if matches!(step.by.as_str(), "each" | "one") {
            let many = if step.by.as_str() == "one" { 1 } else { keys.len() };
            for key in keys.into_iter().take(many) {
                let person = self.assignee(id, key)?;
                let mut command = self.completion(key, step)?;
                sign_as(&mut command, &person);
                self.give(id, &person, command)?;
            }
            return Ok(());
        }
        let mut last = None;
        for key in keys {
            let mut command = self.completion(key, step)?;
            sign_as(&mut command, &step.by);
            match self.give(id, &step.by, command) {
                Err(Trouble::Rejected(rejection)) if ELSEWHERE.contains(&rejection.code()) => {
                    last = Some(Trouble::Rejected(rejection));
                }
                done => return done,
            }
        }
        last.map_or(Ok(()), Err)
    }

    fn completion(&self, task: Key, step: &CompleteSource) -> Result<Command, Trouble> {
        Ok(Command::CompleteTask {
            task,
            outcome: step.outcome.clone(),
            documents: self.documents(&step.with)?,
            comment: step.comment.clone(),
            seen: std::collections::BTreeMap::new(),
        })
    }

    fn assignee(&self, id: InstanceId, key: Key) -> Result<PersonId, Trouble> {
        match self.world.cases[&id].activation(key).map(|it| &it.waiting) {
            Some(Waiting::Task { assignee: Some(person), .. }) => Ok(person.clone()),
            _ => Err(format!("expected the task {key} to be somebody's").into()),
        }
    }

    /// Open activations of a node, without the bodies of multi-instance activities.
    fn open(&self, id: InstanceId, node: &NodeName) -> Vec<Key> {
        let case = &self.world.cases[&id];
        let open = case
            .activations()
            .iter()
            .filter(|(_, it)| it.node == *node && !matches!(it.waiting, Waiting::Items { .. }));
        open.map(|(key, _)| *key).collect()
    }

    fn task(&self, id: InstanceId, node: &NodeName) -> Result<Key, Trouble> {
        let none = crate::rejection::Rejection::NotOpen { key: Key(0) };
        let mut closed = self.world.cases[&id].closed_intakes().iter().rev();
        if let (Some((key, _)), true) =
            (closed.find(|(_, it)| it.node == *node), self.open(id, node).is_empty())
        {
            return Ok(*key);
        }
        match self.open(id, node).first() {
            Some(key) => Ok(*key),
            None if self.world.cases[&id].status() != Status::Active => {
                Err(Trouble::Rejected(crate::rejection::Rejection::InstanceClosed))
            }
            None => Err(Trouble::Rejected(none)),
        }
    }

    fn advance(&mut self, time: &str) -> Result<(), Trouble> {
        let until = match (time.parse::<DurationSpec>(), self.calendar) {
            (Ok(spec @ DurationSpec::Span(_)), Some(calendar)) => {
                clock::due(&spec, self.world.now, calendar, clock::Options::default()).until
            }
            _ => instant(time, self.calendar)?,
        };
        self.world.advance(until)
    }

    fn documents(
        &self,
        with: &BTreeMap<DocumentName, Value>,
    ) -> Result<BTreeMap<DocumentName, Content>, Trouble> {
        with.iter().map(|(name, value)| Ok((name.clone(), self.content(value)?))).collect()
    }

    /// What a message or a signal carries.
    fn payload(&self, with: Option<&Value>) -> Result<Option<Content>, Trouble> {
        with.map(|with| self.content(with)).transpose()
    }

    /// A value as it stands, or what it is of the fixtures.
    fn content(&self, value: &Value) -> Result<Content, Trouble> {
        Ok(Content::new(self.fixtures.content(value)?))
    }
}

/// Puts the person who acts in the place of every `$by`.
fn sign_as(command: &mut Command, person: &PersonId) {
    for content in command.contents_mut() {
        let mut value = (*content.value).clone();
        if put_person(&mut value, person) {
            *content = Content::new(value);
        }
    }
}

fn put_person(value: &mut Value, person: &PersonId) -> bool {
    match value {
        Value::String(text) if text == "$by" => {
            *value = Value::String(person.to_string());
            true
        }
        Value::Array(values) => {
            values.iter_mut().map(|value| put_person(value, person)).filter(|put| *put).count() > 0
        }
        Value::Object(fields) => {
            fields.values_mut().map(|value| put_person(value, person)).filter(|put| *put).count()
                > 0
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

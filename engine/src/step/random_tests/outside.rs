//! What comes from outside: blocks that wait for it or are done by themselves, and the commands of
//! people, workers and other cases beside the deciding of tasks.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::case_operations;
use super::super::case_tests::admin;
use super::super::tests::person;
use super::run::Run;
use super::writer::Writer;
use crate::actor::Actor;
use crate::command::{Command, Content};
use crate::event::Placement;
use crate::ids::Key;
use crate::instance::{Activation, Status, Waiting};
use crate::operation::Operation;

/// Nodes that wait for something from outside, or are done by themselves.
pub(super) const OUTSIDE: [&str; 9] = [
    "type: intermediateCatchEvent, message: m, key: k, into: said",
    "type: receiveTask, message: m, key: k",
    "type: intermediateCatchEvent, signal: s",
    "type: businessRuleTask, decision: limits, into: said",
    "type: draw, pool: clerk, size: '1', reserves: '1', recuse: { other: candidate.id == 'zhao' }, into: list",
    "type: publish, title: 公告, show: came, for: 2 days, wait: true",
    "type: record, register: book, columns: { what: =n }, into: log",
    "type: serviceTask, topic: t, into: said",
    "type: userTask, role: clerk, operations: [return, takeBack, transfer, delegate, addSigner, removeSigner, terminate, urge, copy], outcomes: { ok: 好, no: 不 }, remind: 50%, due: { in: 3 workdays, extend: { most: 5 workdays, by: [head], notice: told } }",
];

impl Writer {
    /// A window in which things are handed in, with ways of its own where too little came.
    pub(super) fn intake(&mut self, next: &str) -> String {
        let (name, merge) = (self.name("intake"), self.name("merge"));
        self.node(&merge, &format!("type: exclusiveGateway, to: {next}"));
        let closes = "closes: { in: 3 days, extend: { once: true, most: 5 days, by: head } }";
        let ways = format!("none: {{ to: {merge} }}, fewer: {{ than: '2', to: {merge} }}");
        self.node(
            &name,
            &format!("type: intake, from: [clerk], {closes}, {ways}, into: came, to: {merge}"),
        );
        name
    }

    /// Whichever comes first: a message, a signal or a time.
    pub(super) fn race(&mut self, next: &str) -> String {
        let (name, merge) = (self.name("race"), self.name("merge"));
        self.node(&merge, &format!("type: exclusiveGateway, to: {next}"));
        let mut to = Vec::new();
        for event in ["message: m, key: k", "signal: s", "timer: 2 days"] {
            let caught = self.name("catch");
            self.node(&caught, &format!("type: intermediateCatchEvent, {event}, to: {merge}"));
            to.push(caught);
        }
        self.node(&name, &format!("type: eventBasedGateway, to: [{}]", to.join(", ")));
        name
    }
}

fn paper(number: u16) -> Content {
    Content::new(json!({ "text": format!("{}", number % 7) }))
}

fn why() -> String {
    "why".to_owned()
}

fn add_signers(task: Key, number: u16) -> Command {
    let places = [Placement::Before, Placement::After, Placement::Alongside];
    let place = places[usize::from(number / 3) % places.len()];
    let person = if number.is_multiple_of(4) { "wu" } else { "zhao" };
    Command::AddSigners { task, people: vec![person.into()], place, reason: why() }
}

/// Data that fit the definition, and sometimes another try.
fn correct(any: Key, number: u16) -> Command {
    let lists = [json!([]), json!(["a"]), json!(["x", "y", "z"])];
    let list = lists[usize::from(number / 11) % lists.len()].clone();
    let (n, said) = (json!(number % 5), json!({ "a": number }));
    let all = [("n", n), ("list", list), ("said", said)];
    let variables = all
        .into_iter()
        .skip(usize::from(number % 3))
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let entries = Content::new(json!([{ "text": "corrected" }]));
    let documents = match number % 4 {
        0 => BTreeMap::from([("came".into(), entries)]),
        _ => BTreeMap::new(),
    };
    let retry = number.is_multiple_of(7).then_some(any);
    Command::Correct { documents, variables, retry, reason: why() }
}

impl Run {
    /// One of the activations for which something holds, by a number.
    fn one_that(&self, number: u16, holds: impl Fn(&Activation) -> bool) -> Option<Key> {
        let all = self.instance.activations().iter();
        let found: Vec<Key> = all.filter(|(_, it)| holds(it)).map(|(key, _)| *key).collect();
        found.get(usize::from(number) % found.len().max(1)).copied()
    }

    /// One command from outside, of sixteen kinds, well placed where something waits for it.
    pub(super) fn outside(&mut self, kind: u8, number: u16) {
        let who = person(if number.is_multiple_of(3) { "wu" } else { "li" });
        let any = self.one_that(number, |_| true).unwrap_or(Key(999));
        let task = self.one_that(number, |it| matches!(it.waiting, Waiting::Task { .. }));
        let task = task.unwrap_or(any);
        let round = self.one_that(number, |it| {
            let node = self.definition.node(it.node.as_str());
            matches!(it.waiting, Waiting::Task { .. })
                && node.is_some_and(|node| node.behavior.allows(Operation::AddSigner))
        });
        let round = round.unwrap_or(task);
        let intake = self.one_that(number, |it| matches!(it.waiting, Waiting::Submissions { .. }));
        let intake = intake.unwrap_or(any);
        let replaces = number.is_multiple_of(4).then_some(u32::from(number % 3));
        let by = ["1 day", "2 workdays", "9 days", "soon"][usize::from(number / 5) % 4].to_owned();
        let (actor, command) = match kind {
            0 | 10 => (who, Command::Submit { intake, content: paper(number), replaces }),
            1 => {
                let submission = u32::from(number % 3);
                (who, Command::WithdrawSubmission { intake, submission })
            }
            2 | 3 => (who, add_signers(round, number)),
            4 => {
                let person = ["zhao", "wu", "li"][usize::from(number / 2) % 3].into();
                let who = if number.is_multiple_of(2) { admin() } else { who };
                (who, Command::RemoveSigner { task: round, person, reason: why() })
            }
            5 => {
                let (from, to) = [("li", "wu"), ("zhao", "li")][usize::from(number % 2)];
                let (from, to, reason) = (from.into(), to.into(), why());
                (admin(), Command::HandOver { from, to, reason })
            }
            6 => {
                let task = if number.is_multiple_of(2) { task } else { intake };
                (who, Command::ExtendTask { task, by, reason: why() })
            }
            7 => (who, Command::UrgeTask { task }),
            8 => {
                let people = vec!["zhao".into()];
                (who, Command::Copy { people, task: number.is_multiple_of(2).then_some(task) })
            }
            9 => {
                self.signal(number);
                return;
            }
            11 => (Actor::System, self.fail_job(any, number)),
            12 => {
                if !self.complete_job() {
                    self.message();
                }
                return;
            }
            13 => (admin(), correct(any, number)),
            14 if number.is_multiple_of(2) => {
                let call = self.one_that(number, |it| matches!(it.waiting, Waiting::Call));
                let (key, code) = (call.unwrap_or(any), "x".into());
                (Actor::System, Command::ReceiveEscalation { key, code })
            }
            14 => {
                let (process, event) = ("p".into(), self.any_node(number));
                (Actor::System, Command::Begin { process, event, payload: None })
            }
            _ => (person("li"), Command::Withdraw { reason: why() }),
        };
        let is_begin = matches!(command, Command::Begin { .. });
        let done = self.give(actor, command);
        assert!(!(is_begin && done), "a case begins once");
    }

    fn fail_job(&self, any: Key, number: u16) -> Command {
        let job = self.one_that(number, |it| matches!(it.waiting, Waiting::Job { .. }));
        let code = number.is_multiple_of(5).then(|| "E".into());
        Command::FailJob {
            key: job.unwrap_or(any),
            error: why(),
            code,
            retries: None,
            retry_after_ms: None,
        }
    }

    /// The message comes that something waits for; whether something did.
    pub(super) fn message(&mut self) -> bool {
        let Some(key) = self.one_that(0, |it| !it.subscriptions.is_empty()) else { return false };
        let (message, payload) = ("m".into(), Some(paper(0)));
        self.give(Actor::System, Command::DeliverMessage { key, message, payload })
    }

    /// A signal is thrown; whether something waited for it.
    pub(super) fn signal(&mut self, number: u16) -> bool {
        let waits = self.one_that(0, |it| !it.signals.is_empty()).is_some();
        let payload = number.is_multiple_of(2).then(|| paper(number));
        self.give(Actor::System, Command::DeliverSignal { signal: "s".into(), payload }) && waits
    }

    /// Whether the end of a job or of a called case is kept for when the case goes on.
    pub(super) fn is_reported(&self, job: Key) -> bool {
        let is_it = |report: &Command| match report {
            Command::CompleteJob { key, .. }
            | Command::FailJob { key, .. }
            | Command::EndCall { key, .. } => *key == job,
            _ => false,
        };
        self.instance.reports().iter().any(is_it)
    }

    /// A worker has done its work; whether one had some.
    pub(super) fn complete_job(&mut self) -> bool {
        let job = self
            .one_that(0, |it| matches!(it.waiting, Waiting::Job { .. }) && it.incident.is_none());
        let Some(key) = job else { return false };
        if self.is_reported(key) {
            return false;
        }
        assert!(
            self.give(Actor::System, Command::CompleteJob { key, result: json!({ "a": 1 }) }),
            "work that is asked for may be done"
        );
        true
    }

    /// The case ends before its time, or runs again after its end.
    pub(super) fn end_or_reopen(&mut self, kind: u8, number: u16) {
        let task = self.one_that(number, |it| matches!(it.waiting, Waiting::Task { .. }));
        let reason = why();
        let (actor, command) = match kind {
            0 => (person("li"), Command::Void { reason }),
            1 => (admin(), Command::Terminate { task: None, reason }),
            2 => (person("li"), Command::Terminate { task, reason }),
            3 => (person("li"), Command::Cancel { reason }),
            _ => {
                self.reopen(number);
                return;
            }
        };
        if self.give(actor, command) {
            assert_eq!(self.instance.status(), Status::Cancelled);
            assert!(self.instance.activations().is_empty(), "nothing is left of it");
        }
    }

    fn reopen(&mut self, number: u16) {
        let operations = case_operations(&self.definition, &self.instance, &admin());
        let offered = operations.into_iter().find(|one| one.operation == Operation::Reopen);
        let offered = offered.expect("a case answers");
        let index = usize::from(number) % offered.targets.len().max(1);
        let Some(to) = offered.targets.get(index).cloned() else { return };
        let done = self.give(admin(), Command::Reopen { to, reason: why() });
        assert_eq!(done, offered.refused.is_none(), "what is offered is possible: {offered:?}");
    }
}

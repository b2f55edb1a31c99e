//! A case that is run: every command, with what must hold after each, and the way to the end.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::case_tests::admin;
use super::super::tests::{NOW, beginning, definition_allowing, facts, person};
use super::super::{Refused, Stepped, allowed_operations, choices, start, step};
use super::seeds;
use super::tokens::Tokens;
use crate::actor::{Actor, Member};
use crate::command::{Command, Envelope};
use crate::definition::Definition;
use crate::definition::source::Then;
use crate::elements::Element;
use crate::event::Event;
use crate::facts::Facts;
use crate::ids::{InstanceId, Key, NodeName};
use crate::instance::{Instance, Status, Waiting};
use crate::operation::Operation;
use crate::time::Timestamp;

/// Commands that a case which goes on must have ended after.
const COMMANDS_MAX: usize = 2_000;

#[derive(Clone)]
pub(super) struct Run {
    pub(super) definition: Rc<Definition>,
    pub(super) facts: Facts,
    pub(super) instance: Instance,
    pub(super) events: Vec<Event>,
    pub(super) tokens: Tokens,
    pub(super) now: Timestamp,
    /// Whether an admin moved tokens.
    pub(super) by_hand: bool,
    /// Why the last command was refused, if it was.
    pub(super) refused: Option<&'static str>,
}

impl Run {
    pub(super) fn begin(nodes: &str) -> Self {
        Self::begin_of(definition_allowing("withdraw, void, terminate, reopen", nodes))
    }

    pub(super) fn begin_of(definition: Definition) -> Self {
        let definition = Rc::new(definition);
        let mut facts = facts();
        let clerks =
            ["li", "wu"].map(|id| facts.people[id].as_deref().expect("they are there").clone());
        facts.members.insert("clerk".into(), clerks.to_vec().into());
        let qian = Member { id: "qian".into(), name: "qian".into(), ..clerks[0].clone() };
        facts.people.insert("qian".into(), Some(qian.into()));
        let years = (2026..2040).map(|year| (("{year}-{number}".to_owned(), year), 1));
        facts.numbers.extend(years);
        let envelope = beginning();
        let Stepped { instance, events, .. } =
            start(&definition, InstanceId(1), &envelope, &facts).expect("it begins");
        let mut run = Self {
            definition,
            facts,
            instance,
            events: Vec::new(),
            tokens: Tokens::default(),
            now: NOW,
            by_hand: false,
            refused: None,
        };
        run.keep(events);
        run
    }

    pub(super) fn keep(&mut self, events: Vec<Event>) {
        self.tokens.count(&self.definition, &events);
        self.tokens.check(&self.instance);
        assert_eq!(self.instance.broken_invariant(), None);
        self.check_rounds();
        for event in &events {
            if let Event::NumberTaken { series, year, number } = event {
                let next = self.facts.numbers.insert((series.clone(), *year), number + 1);
                assert_eq!(next, Some(*number), "numbers have no gap");
            }
        }
        self.events.extend(events);
    }

    /// What runs has a run that is open, and nobody has two votes in a round.
    fn check_rounds(&self) {
        let all = self.instance.activations();
        for (key, round) in all {
            let Waiting::Items { votes, .. } = &round.waiting else { continue };
            let runs: Vec<_> = all.values().filter(|run| run.scope == *key).collect();
            let waits = !runs.is_empty() || round.incident.is_some() || self.by_hand;
            assert!(waits, "{} waits for nobody: {round:?}", round.node);
            let node = self.definition.node(round.node.as_str());
            let each = node.and_then(|node| node.each.as_deref());
            if each.is_none_or(|each| each.sign.is_none()) {
                continue;
            }
            let open = runs.iter().filter_map(|run| match &run.waiting {
                Waiting::Task { assignee, owner, .. } => owner.as_ref().or(assignee.as_ref()),
                _ => None,
            });
            let mut signers: Vec<_> = votes.iter().map(|vote| &vote.person).chain(open).collect();
            signers.sort_unstable();
            let all = signers.len();
            signers.dedup();
            assert_eq!(signers.len(), all, "somebody has two votes: {round:?}");
        }
    }

    /// Whether the command was carried out; checks what must hold either way.
    pub(super) fn give(&mut self, actor: Actor, command: Command) -> bool {
        let envelope = Envelope { at: self.now, actor, seed: 7, since: None, hops: 0, command };
        seeds::STEPS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let once = step(&self.definition, &self.instance, &envelope, &self.facts);
        let twice = step(&self.definition, &self.instance, &envelope, &self.facts);
        match (once, twice) {
            (Ok(stepped), Ok(again)) => {
                let bytes = |stepped: &Stepped| {
                    serde_json::to_vec(&(&stepped.events, &stepped.instance))
                        .expect("it serialises")
                };
                assert_eq!(bytes(&stepped), bytes(&again), "the same inputs give the same bytes");
                let mut folded = self.instance.clone();
                for event in &stepped.events {
                    folded.apply(event);
                }
                assert_eq!(folded, stepped.instance, "state is the fold of its events");
                self.instance = stepped.instance;
                self.refused = None;
                let kept = stepped.contents.into_iter().map(|one| (one.hash, one.value));
                self.facts.documents.extend(kept);
                self.keep(stepped.events);
                true
            }
            (Err(Refused::Rejection(once)), Err(Refused::Rejection(again))) => {
                assert_eq!(once, again, "the same inputs are refused alike");
                self.refused = Some(once.code());
                false
            }
            (once, twice) => panic!("{once:?} and then {twice:?}"),
        }
    }

    pub(super) fn tasks(&self) -> Vec<Key> {
        let is_task = |waiting: &Waiting| matches!(waiting, Waiting::Task { .. });
        let all = self.instance.activations().iter();
        all.filter(|(_, it)| is_task(&it.waiting)).map(|(key, _)| *key).collect()
    }

    pub(super) fn complete(&mut self, task: Key, outcome: Option<&str>, who: &str) -> bool {
        let outcome = outcome.map(Into::into);
        let documents = BTreeMap::new();
        let command = Command::CompleteTask {
            task,
            outcome,
            documents,
            comment: None,
            seen: BTreeMap::new(),
        };
        self.give(person(who), command)
    }

    /// Decides a task so that the case goes on; not where signers who were added come first.
    pub(super) fn go_on(&mut self, task: Key) -> bool {
        let activation = self.instance.activation(task).expect("it is open");
        let name = activation.node.clone();
        let Element::UserTask(source) =
            self.definition.node(name.as_str()).expect("its node").element()
        else {
            panic!("{name} is no task")
        };
        let (who, is_delegated) = match &activation.waiting {
            Waiting::Task { assignee: Some(person), owner, .. } => {
                (person.to_string(), owner.is_some())
            }
            _ => ("li".to_owned(), false),
        };
        let on = source.outcomes.keys().find(|outcome| outcome.as_str() != "back");
        let outcome = on.map(ToString::to_string);
        if is_delegated {
            assert!(self.give(person(&who), Command::HandBack { task, comment: None }));
            return true;
        }
        let mut decided = self.complete(task, outcome.as_deref(), &who);
        if self.refused == Some("ALREADY_SIGNER") {
            // Of those who may take it each has a vote: an admin finds another.
            decided = self.complete(task, outcome.as_deref(), "wu");
            let (to, reason) = ("qian".into(), "why".to_owned());
            decided |= self.refused == Some("ALREADY_SIGNER")
                && self.give(admin(), Command::TransferTask { task, to, reason });
        }
        let refused = self.refused;
        assert!(decided || refused == Some("SIGNERS_PENDING"), "{name} is decided: {refused:?}");
        decided
    }

    /// Lets time pass until the next clock runs out; whether there was one.
    pub(super) fn next_timer(&mut self) -> bool {
        let timers = self.instance.activations().iter().flat_map(|(key, it)| {
            it.timers.iter().map(|(number, timer)| (timer.at, *key, *number))
        });
        let Some((at, key, timer)) = timers.min() else { return false };
        if self.instance.suspended().is_some() {
            return false;
        }
        self.now = self.now.max(at);
        assert!(self.give(Actor::System, Command::FireTimer { key, timer }), "what is due fires");
        true
    }

    /// Lets a called case end; whether there was one.
    pub(super) fn end_call(&mut self) -> bool {
        let mut all = self.instance.activations().iter();
        let calls = all.find(|(_, it)| matches!(it.waiting, Waiting::Call)).map(|(key, _)| *key);
        let Some(key) = calls.filter(|key| !self.is_reported(*key)) else { return false };
        let (child, outcome, documents, given) =
            (InstanceId(2), None, BTreeMap::new(), BTreeMap::new());
        let (error, message) = (None, None);
        let command = Command::EndCall { key, child, outcome, documents, given, error, message };
        assert!(self.give(Actor::Case { id: child }, command), "a called case may end");
        true
    }

    /// Somebody begins what was begun least often of what the youngest that people choose in offers;
    /// whether something was. In turns with those around it, as many would be begun as end.
    pub(super) fn begin_activity(&mut self) -> bool {
        let offered = choices(&self.definition, &self.instance, &person("li"))
            .into_iter()
            .flat_map(|one| one.activities.into_iter().map(move |it| (one.key, it)))
            .filter_map(|(key, (node, refused))| refused.is_none().then_some((key, node)));
        let begun = |(within, node): &(Key, NodeName)| {
            let rounds = self.instance.passed(node.as_str()).map_or(0, |passed| passed.round);
            (Reverse(*within), rounds)
        };
        let Some((within, node)) = offered.min_by_key(begun) else { return false };
        let begun = self.give(person("li"), Command::BeginActivity { within, node });
        assert!(begun, "what is offered may be begun");
        true
    }

    /// What was just returned to is as before the first time, where one of it alone was decided.
    pub(super) fn is_undecided(&self, node: &NodeName) {
        let Some(passed) = self.instance.passed(node.as_str()) else { return };
        let others = self.instance.trail().values().filter(|trace| trace.node == *node).count();
        let runs = self.instance.activations().values().filter(|one| one.apart).count();
        assert!(others > 0 || runs > 0 || passed.by.is_none(), "{node} was undone");
    }

    /// Where each open task may be returned to, as it is offered.
    pub(super) fn offered_returns(&self) -> Vec<(Key, String, NodeName)> {
        let mut offered = Vec::new();
        for task in self.tasks() {
            let who = match &self.instance.activation(task).expect("it is open").waiting {
                Waiting::Task { assignee: Some(person), .. } => person.to_string(),
                _ => "li".to_owned(),
            };
            let allowed = allowed_operations(
                &self.definition,
                &self.instance,
                task,
                (&person(&who), self.now),
            );
            let returns = allowed
                .into_iter()
                .filter(|one| one.operation == Operation::Return && one.refused.is_none());
            for to in returns.flat_map(|one| one.targets) {
                offered.push((task, who.clone(), to));
            }
        }
        offered
    }

    pub(super) fn return_to(&mut self, task: Key, who: &str, to: &NodeName, then: Then) -> bool {
        let (to, then, reason) = (vec![to.clone()], Some(then), "why".to_owned());
        self.give(person(who), Command::ReturnTask { task, to, then, reason })
    }

    /// An admin tries again whatever stopped; whether something had.
    pub(super) fn retry(&mut self) -> bool {
        let mut active = self.instance.activations().iter();
        let stopped = active.find(|(_, it)| it.incident.is_some()).map(|(key, _)| *key);
        let Some(key) = stopped else { return false };
        assert!(self.give(admin(), Command::Retry { key }), "an incident may be tried again");
        true
    }

    /// Goes on until the case has ended.
    pub(super) fn end(&mut self, mut number: usize) {
        if self.instance.status() == Status::Active && self.instance.suspended().is_some() {
            assert!(self.give(admin(), Command::Resume), "what stands still may go on");
        }
        for _ in 0..COMMANDS_MAX {
            if self.instance.status() != Status::Active {
                return;
            }
            // Tokens that were moved by hand may wait for others that never come.
            if self.by_hand && self.retry() {
                continue;
            }
            let mut active = self.instance.activations().values();
            let incident = active.find_map(|it| it.incident.clone());
            // A worker may fail whatever the definition is.
            if incident.as_ref().is_some_and(|it| it.code == "JOB_FAILED") && self.retry() {
                continue;
            }
            assert_eq!(incident, None, "a sound definition has no incident");
            number = number.wrapping_mul(31).wrapping_add(7);
            let tasks = self.tasks();
            if tasks.is_empty() {
                assert!(
                    self.end_call()
                        || self.complete_job()
                        || self.message()
                        || self.signal(0)
                        || self.next_timer()
                        || self.begin_activity(),
                    "an active case waits for something: {:?}",
                    self.instance
                );
                continue;
            }
            let first = number % tasks.len();
            let mut in_turn = tasks[first..].iter().chain(&tasks[..first]);
            assert!(in_turn.any(|task| self.go_on(*task)), "somebody can decide");
        }
        let last = self.events.iter().rev().take(20).map(|event| format!("{event:.0?}"));
        let last: Vec<String> = last.map(|told| told.chars().take(160).collect()).collect();
        panic!(
            "expected the case to end within {COMMANDS_MAX} commands; the last events: {last:#?}"
        );
    }
}

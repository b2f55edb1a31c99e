//! The formal core on random definitions and random commands, valid and not. What must hold of
//! every case is here; what one element does is beside it.
//!
//! Definitions are built from blocks, so that each of them is sound: a case that keeps deciding
//! tasks and lets time pass must end, and without an incident.

mod graphs;
mod migrated;
mod outside;
mod reopened;
mod seeds;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;

use super::case_tests::admin;
use super::tests::{NOW, definition_allowing, facts, person};
use super::{Refused, Stepped, allowed_operations, choices, start, step};
use crate::actor::Actor;
use crate::command::{Change, Command, Envelope};
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

/// A piece of a process with one way in and one way out.
#[derive(Debug, Clone)]
enum Block {
    /// A task; with a clock on it that may interrupt.
    Task { clock: Option<bool> },
    /// A first task, something, and a second one that may send back to the first.
    Review { inner: Vec<Block>, straight_back: bool },
    /// A wait.
    Wait,
    /// A variable gets a value.
    Set(u8),
    /// One of several ways.
    Choice(Vec<Vec<Block>>),
    /// One of two ways; the first ends its whole scope at once.
    Stop(Vec<Block>),
    /// One of two ways; the first throws an error, which the sub-process around it catches, or the
    /// case.
    Fail(Vec<Block>),
    /// All ways.
    Fork(Vec<Vec<Block>>),
    /// Some ways.
    Some(Vec<Vec<Block>>),
    /// A process within the process; with a clock on it that may interrupt.
    Inside { inner: Vec<Block>, clock: Option<bool> },
    /// The same for each of some items.
    Each { inner: Vec<Block>, runs: usize },
    /// A task for each of some items.
    Many { runs: usize },
    /// A task that several people sign: by the first one, by all, by one after another.
    Signed(usize),
    /// A case of another process.
    Call { clock: Option<bool> },
    /// A task and some blocks that people begin in any order, in one of the ways of `CHOOSING`.
    Free { inner: Vec<Block>, choosing: usize },
    /// One of `OUTSIDE`.
    Outside(usize),
    /// Things are handed in.
    Intake,
    /// Whichever comes first.
    Race,
}

/// The rules of `Block::Signed`.
const SIGN_RULES: [&str; 3] = ["any", "all", "inOrder"];

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    let clock = || proptest::option::of(any::<bool>());
    let leaf = prop_oneof![
        4 => clock().prop_map(|clock| Block::Task { clock }),
        1 => Just(Block::Wait),
        1 => (0_u8..5).prop_map(Block::Set),
        1 => (0..RUNS.len()).prop_map(|runs| Block::Many { runs }),
        1 => (0..SIGN_RULES.len()).prop_map(Block::Signed),
        1 => clock().prop_map(|clock| Block::Call { clock }),
        4 => (0..outside::OUTSIDE.len()).prop_map(Block::Outside),
        2 => Just(Block::Outside(outside::OUTSIDE.len() - 1)),
        2 => Just(Block::Intake),
        1 => Just(Block::Race),
    ];
    let list = |block: BoxedStrategy<Block>| proptest::collection::vec(block, 1..3);
    let block = leaf.prop_recursive(3, 14, 3, move |inner| {
        let one = list(inner.clone().boxed());
        let ways = proptest::collection::vec(list(inner.boxed()), 2..4);
        prop_oneof![
            (one.clone(), any::<bool>())
                .prop_map(|(inner, straight_back)| Block::Review { inner, straight_back }),
            ways.clone().prop_map(Block::Choice),
            one.clone().prop_map(Block::Stop),
            one.clone().prop_map(Block::Fail),
            ways.clone().prop_map(Block::Fork),
            ways.prop_map(Block::Some),
            (one.clone(), clock()).prop_map(|(inner, clock)| Block::Inside { inner, clock }),
            (one.clone(), 0..RUNS.len()).prop_map(|(inner, runs)| Block::Each { inner, runs }),
            (one, 0..CHOOSING.len()).prop_map(|(inner, choosing)| Block::Free { inner, choosing }),
        ]
    });
    proptest::collection::vec(block, 1..4)
}

/// Writes blocks as YAML.
#[derive(Default)]
struct Writer {
    names: usize,
    /// The nodes of each scope that is being written.
    scopes: Vec<Vec<String>>,
}

impl Writer {
    fn node(&mut self, name: &str, keys: &str) {
        self.scopes.last_mut().expect("a scope is open").push(format!("{name}: {{ {keys} }}"));
    }

    fn name(&mut self, kind: &str) -> String {
        self.names += 1;
        format!("{kind}{}", self.names)
    }

    /// A scope's nodes; `end` is what its end event says beside its type.
    fn scope(&mut self, blocks: &[Block], end: &str) -> Vec<String> {
        self.scopes.push(Vec::new());
        let (begin, done) = (self.name("start"), self.name("end"));
        self.node(&done, &format!("type: endEvent{end}"));
        let first = self.sequence(blocks, &done);
        self.node(&begin, &format!("type: startEvent, to: {first}"));
        self.scopes.pop().expect("it was pushed")
    }

    /// Writes blocks that lead to a node; the name of the first one.
    fn sequence(&mut self, blocks: &[Block], next: &str) -> String {
        let mut next = next.to_owned();
        for block in blocks.iter().rev() {
            next = self.block(block, &next);
        }
        next
    }

    fn block(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::Task { clock } => {
                let name = self.name("task");
                self.activity(
                    &name,
                    "type: userTask, role: clerk, operations: [return, takeBack, transfer, delegate, terminate, urge, copy], outcomes: { ok: 好, no: 不 }",
                    *clock,
                    next,
                );
                name
            }
            Block::Review { inner, straight_back } => {
                let (first, second) = (self.name("task"), self.name("task"));
                let then = if *straight_back { ", then: comeBack" } else { "" };
                let keys = "type: userTask, role: clerk, operations: [return, takeBack]";
                let back = format!("back: {{ label: 退, to: {first}{then} }}");
                self.node(&second, &format!("{keys}, outcomes: {{ ok: 好, {back} }}, to: {next}"));
                let between = self.sequence(inner, &second);
                self.node(&first, &format!("{keys}, to: {between}"));
                first
            }
            Block::Wait => {
                let name = self.name("wait");
                self.node(
                    &name,
                    &format!("type: intermediateCatchEvent, timer: 3 days, to: {next}"),
                );
                name
            }
            Block::Set(value) => {
                let name = self.name("set");
                self.node(&name, &format!("type: scriptTask, set: {{ n: '{value}' }}, to: {next}"));
                name
            }
            Block::Choice(ways) => {
                let join = self.name("join");
                self.node(&join, &format!("type: exclusiveGateway, to: {next}"));
                self.split("exclusiveGateway", ways, &join)
            }
            Block::Stop(way) => {
                self.early("terminate: true, outcome: stopped", "n == 2", way, next)
            }
            Block::Fail(way) => self.early("error: E", "n == 3", way, next),
            Block::Fork(ways) => {
                let (join, fork) = (self.name("join"), self.name("fork"));
                self.node(&join, &format!("type: parallelGateway, to: {next}"));
                let firsts: Vec<String> = ways.iter().map(|way| self.way(way, &join)).collect();
                self.node(&fork, &format!("type: parallelGateway, to: [{}]", firsts.join(", ")));
                fork
            }
            Block::Some(ways) => {
                let join = self.name("join");
                self.node(&join, &format!("type: inclusiveGateway, to: {next}"));
                self.split("inclusiveGateway", ways, &join)
            }
            Block::Outside(kind) => {
                let name = self.name("outside");
                self.node(&name, &format!("{}, to: {next}", outside::OUTSIDE[*kind]));
                name
            }
            Block::Intake => self.intake(next),
            Block::Race => self.race(next),
            Block::Inside { .. }
            | Block::Each { .. }
            | Block::Many { .. }
            | Block::Signed(_)
            | Block::Free { .. }
            | Block::Call { .. } => self.activity_of(block, next),
        }
    }

    /// A choice between an end of its own and blocks that go on.
    fn early(&mut self, end: &str, when: &str, way: &[Block], next: &str) -> String {
        let (stop, fork) = (self.name("stop"), self.name("fork"));
        self.node(&stop, &format!("type: endEvent, {end}"));
        let first = self.sequence(way, next);
        let to = format!("[{{ when: {when}, to: {stop} }}, {{ to: {first} }}]");
        self.node(&fork, &format!("type: exclusiveGateway, to: {to}"));
        fork
    }

    /// A sub-process, or an activity that runs over a list.
    fn activity_of(&mut self, block: &Block, next: &str) -> String {
        match block {
            Block::Inside { inner, clock } => {
                let name = self.name("inside");
                let nodes = self.scope(inner, "").join(", ");
                self.activity(
                    &name,
                    &format!("type: subProcess, nodes: {{ {nodes} }}"),
                    *clock,
                    next,
                );
                name
            }
            Block::Each { inner, runs } => {
                let name = self.name("each");
                let nodes = self.scope(inner, "").join(", ");
                let each = RUNS[*runs];
                self.node(
                    &name,
                    &format!("type: subProcess, {each}, nodes: {{ {nodes} }}, to: {next}"),
                );
                name
            }
            Block::Free { inner, choosing } => {
                let (name, task, part) = (self.name("free"), self.name("task"), self.name("part"));
                let nodes = self.scope(inner, "").join(", ");
                let keys = CHOOSING[*choosing].replace("TASK", &task);
                let task = format!(
                    "{task}: {{ type: userTask, role: clerk, operations: [return, takeBack] }}"
                );
                let part = format!("{part}: {{ type: subProcess, nodes: {{ {nodes} }} }}");
                let own = format!("type: adHocSubProcess, role: clerk, {keys}");
                self.node(&name, &format!("{own}, nodes: {{ {task}, {part} }}, to: {next}"));
                name
            }
            Block::Many { runs } => {
                let name = self.name("task");
                let each = RUNS[*runs];
                self.node(
                    &name,
                    &format!("type: userTask, role: clerk, operations: return, {each}, to: {next}"),
                );
                name
            }
            Block::Signed(rule) => {
                let (name, rule) = (self.name("task"), SIGN_RULES[*rule]);
                let keys = "type: userTask, role: clerk, operations: [return, takeBack, addSigner, removeSigner], outcomes: { ok: 好, no: 不 }";
                self.node(&name, &format!("{keys}, sign: {rule}, to: {next}"));
                name
            }
            Block::Call { clock } => {
                let name = self.name("call");
                self.activity(&name, "type: callActivity, process: called", *clock, next);
                name
            }
            other => unreachable!("{other:?} is no such block"),
        }
    }

    /// A way to a joining gateway: a gateway of its own ends it, so that however many flows lead
    /// there, one comes in.
    fn way(&mut self, blocks: &[Block], join: &str) -> String {
        let last = self.name("merge");
        self.node(&last, &format!("type: exclusiveGateway, to: {join}"));
        self.sequence(blocks, &last)
    }

    fn split(&mut self, kind: &str, ways: &[Vec<Block>], join: &str) -> String {
        let fork = self.name("fork");
        let mut to = Vec::new();
        for (at, way) in ways.iter().enumerate() {
            let first = self.way(way, join);
            to.push(match at {
                0 => format!("{{ to: {first} }}"),
                _ => format!("{{ when: n > {at}, to: {first} }}"),
            });
        }
        self.node(&fork, &format!("type: {kind}, to: [{}]", to.join(", ")));
        fork
    }

    fn activity(&mut self, name: &str, keys: &str, clock: Option<bool>, next: &str) {
        let Some(interrupting) = clock else {
            return self.node(name, &format!("{keys}, to: {next}"));
        };
        let (merge, boundary) = (self.name("merge"), self.name("clock"));
        self.node(&merge, &format!("type: exclusiveGateway, to: {next}"));
        self.node(name, &format!("{keys}, to: {merge}"));
        let to = if interrupting {
            merge
        } else {
            let end = self.name("end");
            self.node(&end, "type: endEvent");
            end
        };
        self.node(
            &boundary,
            &format!("type: boundaryEvent, attachedTo: {name}, timer: 2 days, interrupting: {interrupting}, to: {to}"),
        );
    }
}

/// How people choose.
const CHOOSING: [&str; 4] = [
    "ordering: parallel",
    "ordering: sequential",
    "until: rounds.TASK > 0",
    "until: rounds.TASK > 1, cancelRemaining: false",
];

/// How an activity runs more than once.
const RUNS: [&str; 6] = [
    "forEach: { in: list, as: it, mode: sequential }",
    "forEach: { in: list, as: it, mode: sequential, until: n > 2 }",
    "forEach: { in: list, as: it, mode: parallel }",
    "forEach: { in: list, as: it, mode: parallel, until: n > 2 }",
    "loop: { while: n < 3, max: 3 }",
    "loop: { while: n < 3, max: 2, testBefore: true }",
];

fn yaml(blocks: &[Block]) -> String {
    let mut nodes = Writer::default().scope(blocks, ", outcome: done");
    let caught = "begin0: { type: startEvent, error: any }, over0: { type: endEvent }";
    nodes.push(format!("caught: {{ type: eventSubProcess, nodes: {{ {caught} }} }}"));
    nodes.iter().map(|node| format!("  {node}\n")).collect::<Vec<_>>().concat()
}

/// Tokens counted by events alone: none is lost and none comes from nowhere.
#[derive(Debug, Default, Clone)]
struct Tokens {
    /// On their way to a node, within one step.
    moving: BTreeMap<String, i64>,
    /// Waiting at a join, by node, scope and flow.
    waiting: BTreeMap<(String, Key, u32), usize>,
    /// Active nodes: their node and scope.
    active: BTreeMap<Key, (String, Key)>,
    /// Whether tokens wait again that were used up, or no more: a return undid what followed.
    returned: bool,
    /// Whether tokens come from nowhere and go there: an admin moved them.
    modified: bool,
}

impl Tokens {
    fn count(&mut self, definition: &Definition, events: &[Event]) {
        let mut ended_scopes = BTreeSet::new();
        for event in events {
            match event {
                Event::InstanceStarted { .. } => self.sent(definition, definition.start),
                Event::InstanceReopened { to, .. } => self.sent(definition, definition.index(to)),
                Event::FlowTaken { to, .. } | Event::ActivityChosen { node: to, .. } => {
                    *self.moving.entry(to.to_string()).or_default() += 1;
                }
                Event::TokenArrived { node, scope, flow, .. } => {
                    *self.moving.entry(node.to_string()).or_default() -= 1;
                    *self.waiting.entry((node.to_string(), *scope, *flow)).or_default() += 1;
                }
                Event::NodeActivated { key, node, scope, item, joined, .. } => {
                    let own = definition.node(node.as_str()).expect("events name its nodes");
                    let boundary = matches!(
                        own.element(),
                        Element::BoundaryEvent(_) | Element::EventSubProcess(_)
                    );
                    if item.is_none() && joined.is_empty() && !boundary {
                        *self.moving.entry(node.to_string()).or_default() -= 1;
                    }
                    for flow in joined {
                        let place = (node.to_string(), *scope, *flow);
                        let waits = self.waiting.entry(place.clone()).or_insert(0);
                        assert!(*waits > 0 || self.returned, "a token waits there");
                        *waits = (*waits).max(1);
                        *waits -= 1;
                        if *waits == 0 {
                            self.waiting.remove(&place);
                        }
                    }
                    assert!(
                        *scope == Key(0) || self.active.contains_key(scope),
                        "{node} becomes active inside a scope that is there"
                    );
                    self.active.insert(*key, (node.to_string(), *scope));
                    if let (Some(inner), true) =
                        (own.inner_start, own.each.is_none() || item.is_some())
                    {
                        self.sent(definition, inner);
                    }
                }
                Event::NodeCompleted { key } | Event::NodeTerminated { key, .. } => {
                    let gone = self.active.remove(key);
                    assert!(gone.is_some(), "{key} ends once");
                    self.waiting.retain(|(_, scope, _), _| scope != key);
                    ended_scopes.insert(*key);
                }
                Event::Returned { .. } => self.returned = true,
                Event::InstanceModified { .. } => (self.modified, self.returned) = (true, true),
                Event::ScopeInterrupted { scope: interrupted, .. } => {
                    self.waiting.retain(|(_, scope, _), _| scope != interrupted);
                }
                Event::InstanceCompleted { .. } | Event::InstanceCancelled { .. } => {
                    self.active.clear();
                    self.waiting.clear();
                    self.moving.clear();
                }
                _ => {}
            }
            let negative = self.moving.iter().find(|(_, count)| **count < 0);
            assert!(
                negative.is_none() || self.modified,
                "no token comes from nowhere: {negative:?}"
            );
        }
        self.arrived(events);
    }

    /// Every token that was sent has arrived when the step is over.
    fn arrived(&mut self, events: &[Event]) {
        // A terminating end event takes back tokens of its scope that are on their way.
        let stopped = events
            .iter()
            .any(|event| matches!(event, Event::NodeActivated { node, .. } if node.as_str().starts_with("stop")));
        if !std::mem::take(&mut self.modified) && !stopped {
            let lost: Vec<_> = self.moving.iter().filter(|(_, count)| **count > 0).collect();
            assert!(lost.is_empty(), "every token arrives within its step: {lost:?}");
        }
        self.moving.clear();
    }

    fn sent(&mut self, definition: &Definition, node: usize) {
        *self.moving.entry(definition.nodes()[node].name().to_string()).or_default() += 1;
    }

    fn check(&mut self, instance: &Instance) {
        let active: BTreeMap<Key, (String, Key)> = instance
            .activations()
            .iter()
            .map(|(key, it)| (*key, (it.node.to_string(), it.scope)))
            .collect();
        assert_eq!(active, self.active, "what is active is what the events made active");
        let mut waiting = BTreeMap::new();
        for one in instance.arrivals() {
            *waiting.entry((one.node.to_string(), one.scope, one.flow)).or_default() += 1;
        }
        if std::mem::take(&mut self.returned) {
            self.waiting = waiting;
        } else {
            assert_eq!(waiting, self.waiting, "what waits is what arrived");
        }
    }
}

#[derive(Clone)]
struct Run {
    definition: Rc<Definition>,
    facts: Facts,
    instance: Instance,
    events: Vec<Event>,
    tokens: Tokens,
    now: Timestamp,
    /// Whether an admin moved tokens.
    by_hand: bool,
    /// Why the last command was refused, if it was.
    refused: Option<&'static str>,
}

impl Run {
    fn begin(nodes: &str) -> Self {
        Self::begin_of(definition_allowing("withdraw, void, terminate, reopen", nodes))
    }

    fn begin_of(definition: Definition) -> Self {
        let definition = Rc::new(definition);
        let mut facts = facts();
        let clerks =
            ["li", "wu"].map(|id| facts.people[id].as_deref().expect("they are there").clone());
        facts.members.insert("clerk".into(), clerks.to_vec().into());
        let years = (2026..2040).map(|year| (("{year}-{number}".to_owned(), year), 1));
        facts.numbers.extend(years);
        let command = Command::Start {
            process: "p".into(),
            documents: BTreeMap::new(),
            parent: None,
            origin: None,
        };
        let envelope = Envelope { at: NOW, actor: person("li"), seed: 7, command };
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

    fn keep(&mut self, events: Vec<Event>) {
        self.tokens.count(&self.definition, &events);
        self.tokens.check(&self.instance);
        assert_eq!(self.instance.broken_invariant(), None);
        for event in &events {
            if let Event::NumberTaken { series, year, number } = event {
                let next = self.facts.numbers.insert((series.clone(), *year), number + 1);
                assert_eq!(next, Some(*number), "numbers have no gap");
            }
        }
        self.events.extend(events);
    }

    /// Whether the command was carried out; checks what must hold either way.
    fn give(&mut self, actor: Actor, command: Command) -> bool {
        let envelope = Envelope { at: self.now, actor, seed: 7, command };
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

    fn tasks(&self) -> Vec<Key> {
        let is_task = |waiting: &Waiting| matches!(waiting, Waiting::Task { .. });
        let all = self.instance.activations().iter();
        all.filter(|(_, it)| is_task(&it.waiting)).map(|(key, _)| *key).collect()
    }

    fn complete(&mut self, task: Key, outcome: Option<&str>, who: &str) -> bool {
        let outcome = outcome.map(Into::into);
        let documents = BTreeMap::new();
        let command = Command::CompleteTask { task, outcome, documents, comment: None };
        self.give(person(who), command)
    }

    /// Decides a task so that the case goes on; not where signers who were added come first.
    fn go_on(&mut self, task: Key) -> bool {
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
        let decided = self.complete(task, outcome.as_deref(), &who);
        let refused = self.refused;
        assert!(decided || refused == Some("SIGNERS_PENDING"), "{name} is decided: {refused:?}");
        decided
    }

    /// Lets time pass until the next clock runs out; whether there was one.
    fn next_timer(&mut self) -> bool {
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
    fn end_call(&mut self) -> bool {
        let mut all = self.instance.activations().iter();
        let calls = all.find(|(_, it)| matches!(it.waiting, Waiting::Call)).map(|(key, _)| *key);
        let Some(key) = calls else { return false };
        let (child, outcome, documents) = (InstanceId(2), None, BTreeMap::new());
        let command = Command::EndCall { key, child, outcome, documents, error: None };
        assert!(self.give(Actor::Case { id: child }, command), "a called case may end");
        true
    }

    /// Somebody begins what was begun least often of what is offered; whether something was.
    fn begin_activity(&mut self) -> bool {
        let offered = choices(&self.definition, &self.instance, &person("li"))
            .into_iter()
            .flat_map(|one| one.activities.into_iter().map(move |it| (one.key, it)))
            .filter_map(|(key, (node, refused))| refused.is_none().then_some((key, node)));
        let begun = |(_, node): &(Key, NodeName)| {
            self.instance.passed(node.as_str()).map_or(0, |passed| passed.round)
        };
        let Some((within, node)) = offered.min_by_key(begun) else { return false };
        let begun = self.give(person("li"), Command::BeginActivity { within, node });
        assert!(begun, "what is offered may be begun");
        true
    }

    /// Where each open task may be returned to, as it is offered.
    fn offered_returns(&self) -> Vec<(Key, String, NodeName)> {
        let mut offered = Vec::new();
        for task in self.tasks() {
            let who = match &self.instance.activation(task).expect("it is open").waiting {
                Waiting::Task { assignee: Some(person), .. } => person.to_string(),
                _ => "li".to_owned(),
            };
            let allowed = allowed_operations(&self.definition, &self.instance, task, &person(&who));
            let returns = allowed
                .into_iter()
                .filter(|one| one.operation == Operation::Return && one.refused.is_none());
            for to in returns.flat_map(|one| one.targets) {
                offered.push((task, who.clone(), to));
            }
        }
        offered
    }

    fn return_to(&mut self, task: Key, who: &str, to: &NodeName, then: Then) -> bool {
        let (to, then, reason) = (vec![to.clone()], Some(then), "why".to_owned());
        self.give(person(who), Command::ReturnTask { task, to, then, reason })
    }

    fn random_return(&mut self, number: u16) {
        let offered = self.offered_returns();
        let Some((task, who, to)) = offered.get(usize::from(number) % offered.len().max(1)) else {
            return;
        };
        let then = if number.is_multiple_of(5) { Then::ComeBack } else { Then::RunOn };
        let done = self.return_to(*task, who, to, then);
        assert!(done || then == Then::ComeBack, "what is offered is possible");
    }

    /// One command that a number stands for, sensible or not.
    fn random(&mut self, (kind, number): (u8, u16)) {
        let pick = |keys: &[Key]| keys.get(usize::from(number) % keys.len().max(1)).copied();
        let all: Vec<Key> = self.instance.activations().keys().copied().collect();
        let open = pick(&self.tasks()).unwrap_or(Key(999));
        let any = pick(&all).unwrap_or(Key(999));
        let who = if number % 3 == 0 { "wu" } else { "li" };
        match kind {
            0..=2 => {
                let outcome = ["ok", "no", "back"][usize::from(number / 7) % 3];
                self.complete(open, Some(outcome), who);
            }
            3 | 4 => {
                self.complete(open, None, who);
            }
            5 => {
                self.give(person(who), Command::ClaimTask { task: open });
            }
            6 => {
                self.give(person(who), Command::ReleaseTask { task: open });
            }
            7 | 8 => {
                self.next_timer();
            }
            9 => {
                let timer = u32::from(number % 4);
                self.give(Actor::System, Command::FireTimer { key: any, timer });
            }
            10 => {
                self.complete(any, Some("ok"), who);
            }
            11 => {
                self.give(person(who), Command::Retry { key: any });
            }
            12..=14 => self.misplaced(kind, any),
            25..=40 => self.outside(kind - 25, number),
            15 => {
                let node = self.any_node(number);
                self.give(person(who), Command::BeginActivity { within: any, node });
            }
            16 | 17 => self.random_return(number),
            18 => {
                let mut done: Vec<Key> = self.instance.trail().keys().copied().collect();
                done.extend(self.votes());
                let task = pick(&done).unwrap_or(Key(999));
                self.give(person(who), Command::TakeBack { task, reason: String::new() });
            }
            19 => {
                let (to, reason) = ("wu".into(), String::new());
                self.give(person(who), Command::TransferTask { task: open, to, reason });
            }
            20 => {
                let (to, reason) = ("zhao".into(), String::new());
                self.give(person(who), Command::DelegateTask { task: open, to, reason });
            }
            22 => {
                self.end_call();
            }
            21 => {
                self.give(person("zhao"), Command::HandBack { task: open, comment: None });
            }
            23 | 24 => self.stand_still(kind == 23 && number.is_multiple_of(3), number),
            _ => {
                self.give(person(who), Command::Comment { text: "…".to_owned() });
            }
        }
    }

    /// Tasks that were decided by a vote in a round that runs.
    fn votes(&self) -> Vec<Key> {
        let votes = |waiting: &Waiting| match waiting {
            Waiting::Items { votes, .. } => votes.iter().map(|vote| vote.task).collect(),
            _ => Vec::new(),
        };
        self.instance.activations().values().flat_map(|one| votes(&one.waiting)).collect()
    }

    /// A command that no node of these definitions is for.
    fn misplaced(&mut self, kind: u8, key: Key) {
        let command = match kind {
            12 => Command::DeliverMessage { key, message: "m".into(), payload: None },
            13 => Command::CompleteJob { key, result: serde_json::Value::Null },
            _ => {
                self.give(Actor::Public, Command::ClaimTask { task: key });
                return;
            }
        };
        self.give(Actor::System, command);
    }

    fn any_node(&self, number: u16) -> NodeName {
        let nodes = self.definition.nodes();
        nodes[usize::from(number) % nodes.len()].name().clone()
    }

    /// An admin lets the case stand still, or go on some minutes later.
    fn stand_still(&mut self, still: bool, minutes: u16) {
        if still {
            self.give(admin(), Command::Suspend { reason: "why".to_owned() });
        } else {
            self.now = self.now.plus_ms(i64::from(minutes) * 60_000);
            self.give(admin(), Command::Resume);
        }
    }

    /// An admin moves some token by hand, where that is possible.
    fn modify(&mut self, (kind, number): (u8, u16)) {
        let pick = usize::from(number);
        let node = self.any_node(number);
        let active: Vec<Key> = self.instance.activations().keys().copied().collect();
        let key = active.get(pick % active.len().max(1)).copied().unwrap_or_default();
        let waiting = self.instance.arrivals().first().map(|arrival| arrival.node.clone());
        let change = match kind % 6 {
            0 => Change::Cancel { key },
            1 => Change::StartBefore { node, scope: None },
            2 => Change::StartAfter { node, scope: None },
            3 => Change::CancelWaiting { node: waiting.unwrap_or(node), scope: None },
            _ => Change::Move { key, to: node, scope: None },
        };
        let reason = "why".to_owned();
        self.by_hand |= self.give(admin(), Command::Modify { changes: vec![change], reason });
    }

    /// An admin tries again whatever stopped; whether something had.
    fn retry(&mut self) -> bool {
        let mut active = self.instance.activations().iter();
        let stopped = active.find(|(_, it)| it.incident.is_some()).map(|(key, _)| *key);
        let Some(key) = stopped else { return false };
        assert!(self.give(admin(), Command::Retry { key }), "an incident may be tried again");
        true
    }

    /// Goes on until the case has ended.
    fn end(&mut self, mut number: usize) {
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
        panic!("expected the case to end within {COMMANDS_MAX} commands");
    }
}

fn check(blocks: &[Block], commands: &[(u8, u16)], late: &[(u8, u16)], number: usize) {
    let mut run = Run::begin(&yaml(blocks));
    let mut found = crate::soundness::check(&run.definition);
    // A clock may stand on something that is done at once.
    found.retain(|problem| problem.code != "neverReached");
    assert_eq!(found, [], "blocks are sound");
    for command in commands {
        run.random(*command);
    }
    for (kind, number) in late {
        run.end_or_reopen(*kind, *number);
    }
    run.end(number);
    let folded = Instance::replay(InstanceId(1), &run.events).expect("there are events");
    assert_eq!(folded, run.instance, "the case is the fold of all its events");
    let text = serde_json::to_string(&run.instance).expect("it serialises");
    let back: Instance = serde_json::from_str(&text).expect("it reads back");
    assert_eq!(back, run.instance, "an instance reads as it was written");
}

fn commands(most: usize) -> impl Strategy<Value = Vec<(u8, u16)>> {
    proptest::collection::vec((0..42_u8, any::<u16>()), 0..most)
}

#[test]
fn every_case_keeps_its_tokens_and_ends() {
    let late = proptest::collection::vec((0_u8..7, any::<u16>()), 0..4);
    seeds::run(
        160,
        &(blocks(), commands(36), late, any::<usize>()),
        |(blocks, commands, late, number)| check(&blocks, &commands, &late, number),
    );
}

/// What comes from outside finds something that waits for it.
#[test]
fn a_case_that_waits_for_much_keeps_its_tokens_and_ends() {
    let late = proptest::collection::vec((0_u8..7, any::<u16>()), 0..2);
    let from_outside = proptest::collection::vec((20_u8..42, any::<u16>()), 0..40);
    seeds::run(
        60,
        &(blocks(), from_outside, late, any::<usize>()),
        |(blocks, commands, late, number)| {
            let waits = [Block::Intake, Block::Race, Block::Signed(1)].map(|block| vec![block]);
            let mut ways = waits.to_vec();
            ways.extend((0..outside::OUTSIDE.len()).map(|kind| vec![Block::Outside(kind)]));
            ways.push(blocks);
            check(&[Block::Fork(ways)], &commands, &late, number);
        },
    );
}

#[test]
fn every_return_that_is_offered_leads_on_to_the_end() {
    seeds::run(160, &(blocks(), commands(16), any::<usize>()), |(blocks, commands, number)| {
        let mut run = Run::begin(&yaml(&blocks));
        for command in &commands {
            run.random(*command);
        }
        for (task, who, to) in run.offered_returns() {
            for then in [Then::RunOn, Then::ComeBack] {
                let mut returned = run.clone();
                let done = returned.return_to(task, &who, &to, then);
                assert!(done || then == Then::ComeBack, "{to} is offered");
                returned.end(number);
            }
        }
    });
}

#[test]
fn a_case_whose_tokens_were_moved_by_hand_can_be_led_to_its_end() {
    let moves = proptest::collection::vec((any::<u8>(), any::<u16>()), 1..4);
    seeds::run(
        160,
        &(blocks(), commands(12), moves, any::<usize>()),
        |(blocks, commands, moves, number)| {
            let mut run = Run::begin(&yaml(&blocks));
            for command in &commands {
                run.random(*command);
            }
            for one in &moves {
                run.modify(*one);
            }
            run.end(number);
        },
    );
}

#[test]
fn a_terminating_end_takes_the_tokens_that_wait_at_a_join_with_it() {
    let stop = vec![Block::Set(2), Block::Stop(vec![Block::Task { clock: None }])];
    let fork = Block::Fork(vec![vec![Block::Set(1)], stop]);
    check(std::slice::from_ref(&fork), &[], &[], 0);
    check(&[Block::Inside { inner: vec![fork.clone()], clock: None }], &[], &[], 0);
    check(&[Block::Each { inner: vec![fork], runs: 0 }], &[], &[], 0);
}

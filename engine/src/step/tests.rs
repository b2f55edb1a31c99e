//! The formal core, by small processes: exact events for each element.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Refused, Stepped, start, step};
use crate::actor::{Actor, Grant, Member, Principal};
use crate::calendar::{Calendar, Zone};
use crate::command::{Command, Content, Envelope};
use crate::decision::DecisionSource;
use crate::definition::source::ProcessSource;
use crate::definition::{Definition, Library, Register, Series};
use crate::event::Event;
use crate::facts::Facts;
use crate::form::Form;
use crate::ids::{InstanceId, Key};
use crate::instance::Instance;
use crate::problem::Problem;
use crate::rejection::{Need, Rejection};
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp(1_767_575_400_000);

pub(super) fn library() -> Library {
    let roles = ["starter", "clerk", "head", "expert"];
    let calendar = Calendar::weekends("cn".into(), Zone::UTC);
    let book = Register {
        name: "Book".into(),
        series: Series::parse("{year}-{number}").expect("it is a series"),
        columns: [("what".to_owned(), "What".into()), ("count".to_owned(), "Count".into())].into(),
        types: [("count".to_owned(), crate::definition::source::VariableType::Integer)].into(),
        public: false,
    };
    let paper = Form::compile(
        &read("form: paper\nname: Paper\nfields: { text: { type: text, label: Text } }"),
        &mut Vec::new(),
    );
    let limits: DecisionSource = read(
        "decision: limits\nname: Limits\nhit: first\ninputs: { n: =n }\noutputs: { most: { type: integer } }\nrules: [{ when: { n: '> 2' }, then: { most: 3 } }, { then: { most: 1 } }]",
    );
    Library {
        forms: [("paper".into(), paper.into())].into(),
        decisions: [("limits".into(), limits.into())].into(),
        registers: [("book".into(), book)].into(),
        roles: roles.into_iter().map(|role| (role.into(), role.into())).collect(),
        notices: ["told".into()].into(),
        calendars: [("cn".into(), calendar.into())].into(),
        calendar: Some("cn".into()),
        processes: [("called".into(), BTreeMap::new())].into(),
        ..Library::default()
    }
}

pub(super) fn definition(nodes: &str) -> Definition {
    definition_allowing("", nodes)
}

pub(super) fn definition_allowing(operations: &str, nodes: &str) -> Definition {
    compiled_allowing(operations, nodes).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The definition, or what is wrong with it.
pub(super) fn compiled(nodes: &str) -> Result<Definition, Vec<Problem>> {
    compiled_allowing("", nodes)
}

fn compiled_allowing(operations: &str, nodes: &str) -> Result<Definition, Vec<Problem>> {
    let (definition, problems) = compile(operations, nodes, 1);
    definition.ok_or(problems)
}

/// The definition in a later version.
pub(super) fn version(nodes: &str, version: u32) -> Definition {
    let (definition, problems) = compile("", nodes, version);
    definition.unwrap_or_else(|| panic!("{problems:?}"))
}

/// What the checker says of nodes.
pub(super) fn problems(nodes: &str) -> Vec<crate::problem::Problem> {
    compile("", nodes, 1).1
}

fn read<T: serde::de::DeserializeOwned>(yaml: &str) -> T {
    let read = crate::yaml::parse("p.yaml", yaml.as_bytes())
        .and_then(|tree| crate::yaml::read(&tree, &[]));
    read.unwrap_or_else(|problems| panic!("{problems:?}\n{yaml}"))
}

fn compile(
    operations: &str,
    nodes: &str,
    version: u32,
) -> (Option<Definition>, Vec<crate::problem::Problem>) {
    let yaml = format!(
        "process: p\nname: P\nstartedBy: [starter]\noperations: [{operations}]\nvariables: {{ n: {{ type: integer, initial: 1 }}, list: {{ type: texts, initial: [a, b] }}, said: {{ type: any }}, log: {{ type: text }} }}\ndocuments: {{ came: {{ form: paper, list: true }} }}\nnodes:\n{nodes}"
    );
    let source: ProcessSource = read(&yaml);
    let mut problems = Vec::new();
    (Definition::compile(&source, &library(), version, &mut problems), problems)
}

pub(super) fn facts() -> Facts {
    let mut facts = Facts { calendars: library().calendars.into(), ..Facts::default() };
    facts.numbers.insert((String::new(), 0), 1);
    for id in ["li", "wu", "zhao"] {
        let fields = serde_json::Map::new();
        let member = Member { id: id.into(), name: id.into(), unit: None, fields, held_for: None };
        facts.people.insert(id.into(), Some(member.into()));
    }
    let clerks = facts.people.values().flatten().map(|member| (**member).clone()).collect();
    facts.members.insert("clerk".into(), Arc::new(clerks));
    for role in ["starter", "clerk", "head", "expert"] {
        Arc::make_mut(&mut facts.held).insert(Principal::Role(role.into()), true);
    }
    facts
}

pub(super) fn person(id: &str) -> Actor {
    let grants = ["starter", "clerk", "head", "expert"]
        .map(|role| Grant { role: role.into(), unit: None })
        .to_vec();
    Actor::Person { id: id.into(), unit: None, grants }
}

/// A case that is driven by a script and checks at every step that state is the fold of events.
pub(super) struct Case {
    pub(super) definition: Definition,
    pub(super) instance: Instance,
    pub(super) events: Vec<Event>,
    pub(super) facts: Facts,
    pub(super) now: Timestamp,
}

/// What begins a case: li, with no documents.
pub(super) fn beginning() -> Envelope {
    let documents = BTreeMap::new();
    let command = Command::Start { process: "p".into(), documents, parent: None, origin: None };
    Envelope { at: NOW, actor: person("li"), seed: 7, since: None, hops: 0, command }
}

impl Case {
    pub(super) fn begin(nodes: &str) -> Self {
        Self::begin_with(nodes, |_| {})
    }

    /// A case that knows more of the world.
    pub(super) fn begin_with(nodes: &str, know: impl FnOnce(&mut Facts)) -> Self {
        Self::begin_allowing("", nodes, know)
    }

    /// A case whose process allows operations on it as a whole.
    pub(super) fn begin_allowing(
        operations: &str,
        nodes: &str,
        know: impl FnOnce(&mut Facts),
    ) -> Self {
        let definition = definition_allowing(operations, nodes);
        let mut facts = facts();
        know(&mut facts);
        let envelope = beginning();
        let Stepped { instance, events, .. } =
            start(&definition, InstanceId(1), &envelope, &facts).expect("it begins");
        let folded = Instance::replay(InstanceId(1), &events);
        assert_eq!(folded.as_ref(), Some(&instance), "state is the fold of its events");
        let case = Self { definition, instance, events, facts, now: NOW };
        case.verify();
        case
    }

    fn verify(&self) {
        assert_eq!(self.instance.broken_invariant(), None);
        let text = serde_json::to_string(&self.instance).expect("it serialises");
        let back: Instance = serde_json::from_str(&text).expect("it reads back");
        assert_eq!(back, self.instance, "an instance reads as it was written");
    }

    pub(super) fn give(&mut self, actor: Actor, command: Command) -> Result<(), String> {
        self.give_after(0, actor, command)
    }

    /// The same, after so many messages and signals of cases.
    pub(super) fn give_after(
        &mut self,
        hops: u32,
        actor: Actor,
        command: Command,
    ) -> Result<(), String> {
        let envelope = Envelope { at: self.now, actor, seed: 7, since: None, hops, command };
        let stepped = loop {
            match step(&self.definition, &self.instance, &envelope, &self.facts) {
                Err(Refused::Needs(needs)) => self.learn(needs),
                stepped => break stepped,
            }
        };
        match stepped {
            Ok(Stepped { instance, events, .. }) => {
                for event in &events {
                    self.instance.apply(event);
                }
                assert_eq!(self.instance, instance, "state is the fold of its events");
                let text = serde_json::to_string(&events).expect("they serialise");
                let back: Vec<Event> = serde_json::from_str(&text).expect("they read back");
                assert_eq!(back, events, "events read as they were written");
                self.events.extend(events);
                self.verify();
                Ok(())
            }
            Err(Refused::Rejection(rejection)) => Err(rejection.code().to_owned()),
            Err(Refused::Needs(needs)) => panic!("{needs:?}"),
        }
    }

    /// Whom a case of no test of its own asks for: everybody is there, and of a role nobody says who holds it.
    fn learn(&mut self, needs: impl IntoIterator<Item = Need>) {
        for need in needs {
            match need {
                Need::Person(id) => {
                    let member = Member {
                        name: id.as_str().into(),
                        id: id.clone(),
                        unit: None,
                        fields: serde_json::Map::new(),
                        held_for: None,
                    };
                    self.facts.people.insert(id, Some(member.into()));
                }
                Need::Members(role) => {
                    self.facts.members.insert(role, Arc::default());
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// What a command is refused with: its code, and of a bad argument its field and the reason.
    pub(super) fn refusal(&self, actor: Actor, command: Command) -> String {
        let envelope = Envelope { at: self.now, actor, seed: 7, since: None, hops: 0, command };
        match step(&self.definition, &self.instance, &envelope, &self.facts) {
            Err(Refused::Rejection(Rejection::BadArgument { field, message })) => {
                format!("BAD_ARGUMENT at {field}: {message}")
            }
            Err(Refused::Rejection(rejection)) => format!("{} {rejection}", rejection.code()),
            other => panic!("it is not refused: {other:?}"),
        }
    }

    pub(super) fn key(&self, node: &str) -> Key {
        let found = self.instance.activations().iter().find(|(_, it)| it.node.as_str() == node);
        *found.unwrap_or_else(|| panic!("{node} is not active: {:?}", self.at())).0
    }

    pub(super) fn at(&self) -> Vec<&str> {
        self.instance.activations().values().map(|it| it.node.as_str()).collect()
    }

    pub(super) fn complete(&mut self, node: &str, outcome: Option<&str>) -> Result<(), String> {
        let task = self.key(node);
        self.complete_key(task, outcome, "li")
    }

    pub(super) fn complete_key(
        &mut self,
        task: Key,
        outcome: Option<&str>,
        who: &str,
    ) -> Result<(), String> {
        let outcome = outcome.map(Into::into);
        let command = Command::CompleteTask {
            task,
            outcome,
            documents: BTreeMap::new(),
            comment: None,
            seen: BTreeMap::new(),
        };
        self.give(person(who), command)
    }

    pub(super) fn advance(&mut self, ms: i64) {
        let until = self.now.plus_ms(ms);
        loop {
            let due = self
                .instance
                .activations()
                .iter()
                .flat_map(|(key, it)| it.timers.iter().map(|(n, timer)| (timer.at, *key, *n)))
                .min();
            let Some((at, key, timer)) = due.filter(|(at, ..)| *at <= until) else { break };
            self.now = self.now.max(at);
            self.give(Actor::System, Command::FireTimer { key, timer }).expect("it fires");
        }
        self.now = until;
    }

    pub(super) fn ended(&self) -> Option<&str> {
        assert_eq!(self.instance.status(), crate::instance::Status::Completed, "{:?}", self.at());
        self.instance.outcome().map(crate::ids::OutcomeName::as_str)
    }
}

pub(super) fn names(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let value = serde_json::to_value(event).expect("events serialise");
        value["event"].as_str().expect("events have names").to_owned()
    };
    events.iter().map(name).collect()
}

#[test]
fn one_task_gives_exactly_these_events() {
    let mut case = Case::begin(
        "  review: { type: userTask, role: clerk, outcomes: { accept: 通过 } }\n  done: { type: endEvent, outcome: accepted }",
    );
    let started = ["instanceStarted", "variableSet", "variableSet", "nodeActivated", "taskCreated"];
    assert_eq!(names(&case.events), started);
    case.events.clear();
    let before = case.instance.clone();
    let task = case.key("review");
    let command = Command::CompleteTask {
        task,
        outcome: Some("accept".into()),
        documents: BTreeMap::new(),
        comment: None,
        seen: std::collections::BTreeMap::new(),
    };
    let envelope =
        Envelope { at: NOW, actor: person("li"), seed: 0, since: None, hops: 0, command };
    let stepped = step(&case.definition, &before, &envelope, &case.facts).expect("it completes");
    assert_eq!(
        names(&stepped.events),
        [
            "taskClaimed",
            "taskCompleted",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "nodeCompleted",
            "instanceCompleted"
        ]
    );
    let again = step(&case.definition, &before, &envelope, &case.facts).expect("it completes");
    assert_eq!(
        serde_json::to_vec(&again.events).expect("events serialise"),
        serde_json::to_vec(&stepped.events).expect("events serialise"),
        "the same inputs give the same bytes"
    );
}

#[test]
fn refusals_have_codes_and_change_nothing() {
    let mut case = Case::begin(
        "  a: { type: userTask, role: clerk, outcomes: { ok: 好, back: { label: 退, to: a, comment: required } } }\n  b: { type: userTask, role: clerk, separate: [a] }",
    );
    let a = case.key("a");
    assert_eq!(case.complete("a", None), Err("UNKNOWN_OUTCOME".into()));
    assert_eq!(case.complete("a", Some("no")), Err("UNKNOWN_OUTCOME".into()));
    assert_eq!(case.complete("a", Some("back")), Err("COMMENT_REQUIRED".into()));
    assert_eq!(
        case.give(Actor::Public, Command::ClaimTask { task: a }),
        Err("NOT_CANDIDATE".into())
    );
    assert_eq!(
        case.give(person("li"), Command::ReleaseTask { task: a }),
        Err("NOT_CLAIMED".into())
    );
    case.give(person("li"), Command::ClaimTask { task: a }).expect("it is offered");
    assert_eq!(case.complete_key(a, Some("ok"), "wu"), Err("CLAIMED_BY_ANOTHER".into()));
    case.complete("a", Some("ok")).expect("it is claimed");
    assert_eq!(case.complete_key(a, Some("ok"), "li"), Err("NOT_OPEN".into()));
    assert_eq!(case.complete("b", None), Err("SAME_PERSON".into()));
    let b = case.key("b");
    case.complete_key(b, None, "wu").expect("another person may");
    assert_eq!(
        case.give(person("li"), Command::Cancel { reason: String::new() }),
        Err("INSTANCE_CLOSED".into())
    );
}

#[test]
fn a_case_is_cancelled_for_a_reason() {
    let mut case = Case::begin("  a: { type: userTask, role: clerk }");
    let cancel = || Command::Cancel { reason: "no longer wanted".into() };
    assert_eq!(case.give(person("li"), cancel()), Err("OPERATION_NOT_ALLOWED".into()));
    case.give(super::case_tests::admin(), cancel()).expect("an admin always may");
    let mut case = Case::begin_allowing("void", "  a: { type: userTask, role: clerk }", |_| {});
    for blank in ["", "  \n"] {
        let cancel = Command::Cancel { reason: blank.into() };
        assert_eq!(case.give(person("wu"), cancel.clone()), Err("NOT_INITIATOR".into()));
        assert_eq!(case.give(person("li"), cancel), Err("BAD_ARGUMENT".into()));
    }
    case.give(person("li"), cancel()).expect("said");
}

#[test]
fn an_outcome_of_a_task_that_takes_none_is_told_so() {
    use crate::text::Language;
    let found = Rejection::UnknownOutcome { found: Some("nix".into()), expected: Vec::new() };
    assert_eq!(
        found.message(Language::En),
        "expected no outcome, since the task takes none, found `nix`"
    );
    assert_eq!(found.message(Language::Zh), "此任务不选结果,请去掉“nix”");
}

#[test]
fn an_exclusive_gateway_takes_the_first_true_way_or_the_default() {
    for (set, end) in [(1, "one"), (2, "two"), (3, "other")] {
        let case = Case::begin(&format!(
            "  s: {{ type: scriptTask, set: {{ n: '{set}' }} }}\n  g: {{ type: exclusiveGateway, to: [{{ when: n == 1, to: one }}, {{ when: n <= 2, to: two }}, {{ to: other }}] }}\n  one: {{ type: endEvent, outcome: one }}\n  two: {{ type: endEvent, outcome: two }}\n  other: {{ type: endEvent, outcome: other }}"
        ));
        assert_eq!(case.ended(), Some(end));
    }
}

#[test]
fn a_parallel_join_waits_for_every_branch() {
    let mut case = Case::begin(
        "  fork: { type: parallelGateway, to: [a, b] }\n  a: { type: userTask, role: clerk, to: join }\n  b: { type: userTask, role: clerk, to: join }\n  join: { type: parallelGateway }\n  end: { type: endEvent, outcome: done }",
    );
    assert_eq!(case.at(), ["a", "b"]);
    case.complete("b", None).expect("b is open");
    assert_eq!(case.at(), ["a"]);
    assert_eq!(case.instance.arrivals().len(), 1);
    case.complete("a", None).expect("a is open");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn an_inclusive_join_waits_for_what_can_still_come() {
    let nodes = |n: i32| {
        format!(
            "  s: {{ type: scriptTask, set: {{ n: '{n}' }} }}\n  fork: {{ type: inclusiveGateway, to: [{{ when: n > 1, to: a }}, {{ when: n > 2, to: b }}, {{ to: c }}] }}\n  a: {{ type: userTask, role: clerk, to: join }}\n  b: {{ type: userTask, role: clerk, to: join }}\n  c: {{ type: userTask, role: clerk, to: join }}\n  join: {{ type: inclusiveGateway }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    for (n, open) in [(1, &["c"][..]), (2, &["a"]), (3, &["a", "b"])] {
        let mut case = Case::begin(&nodes(n));
        assert_eq!(case.at(), open);
        for node in open {
            case.complete(node, None).expect("it is open");
        }
        assert_eq!(case.ended(), Some("done"));
    }
}

#[test]
fn items_run_at_once_or_one_after_another() {
    let nodes = |mode: &str, until: &str| {
        format!(
            "  each: {{ type: userTask, role: clerk, outcomes: {{ yes: 是, no: 否 }}, forEach: {{ in: list, as: one, mode: {mode}{until} }} }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    let mut parallel = Case::begin(&nodes("parallel", ""));
    assert_eq!(parallel.at(), ["each", "each", "each"]);
    for key in [2, 3] {
        parallel.complete_key(Key(key), Some("yes"), "li").expect("it is open");
    }
    assert_eq!(parallel.ended(), Some("done"));
    let mut sequential = Case::begin(&nodes("sequential", ""));
    assert_eq!(sequential.at(), ["each", "each"]);
    sequential.complete_key(Key(2), Some("no"), "li").expect("it is open");
    sequential.complete_key(Key(3), Some("no"), "li").expect("it is open");
    assert_eq!(sequential.ended(), Some("done"));
    let mut early = Case::begin(&nodes("parallel", ", until: tally.each.yes >= 1"));
    early.complete_key(Key(3), Some("yes"), "li").expect("it is open");
    assert_eq!(early.ended(), Some("done"));
    assert!(
        names(&early.events).contains(&"nodeTerminated".to_owned()),
        "the sibling is cancelled"
    );
}

#[test]
fn a_loop_runs_again_while_its_condition_holds() {
    let nodes = |repeat: &str| {
        format!(
            "  ask: {{ type: userTask, role: clerk, outcomes: {{ more: 再, enough: 够 }}, loop: {{ {repeat} }} }}\n  end: {{ type: endEvent, outcome: done }}"
        )
    };
    // After which answers it is done, and how many runs there were.
    for (repeat, answers) in [
        ("while: outcomes.ask == 'more'", &["more", "more", "enough"][..]),
        ("while: outcomes.ask == 'more', max: 2", &["more", "more"]),
        ("while: n == 2", &["more"]),
        ("while: n == 1, max: 2, testBefore: true", &["more", "enough"]),
        ("while: n == 2, testBefore: true", &[]),
    ] {
        let mut case = Case::begin(&nodes(repeat));
        for (at, answer) in answers.iter().enumerate() {
            assert_eq!(case.at(), ["ask", "ask"], "{repeat}");
            let run = case.instance.last_key();
            let item = case.instance.activation(run).and_then(|run| run.item.as_ref());
            assert_eq!(item.map(|item| item.index as usize), Some(at), "{repeat}");
            case.complete_key(run, Some(answer), "li").expect("it is open");
        }
        assert_eq!(case.ended(), Some("done"), "{repeat}");
    }
}

#[test]
fn a_loop_that_cannot_be_is_told() {
    let codes = |repeat: &str| {
        let nodes = format!("  a: {{ {repeat} }}\n  end: {{ type: endEvent }}");
        let problems = problems(&nodes);
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    let each = "forEach: { in: list, as: one }";
    for (node, code) in [
        (format!("type: manualTask, {each}, loop: {{ while: 'true' }}"), "manyLoops"),
        ("type: exclusiveGateway, to: end, loop: { while: 'true' }".to_owned(), "notAnActivity"),
        ("type: manualTask, loop: { while: 'true', max: 1001 }".to_owned(), "outOfRange"),
        ("type: manualTask, loop: { while: 'true', max: 0 }".to_owned(), "outOfRange"),
        ("type: manualTask, loop: { while: n }".to_owned(), "wrongResult"),
        (
            "type: userTask, people: =list, outcomes: { a: 甲 }, loop: { while: 'true' }".to_owned(),
            "loopOfSigners",
        ),
        (
            "type: userTask, role: clerk, loop: { while: 'true' }, outcomes: { a: { label: 甲, to: end } }"
                .to_owned(),
            "outcomeOfMany",
        ),
    ] {
        assert_eq!(codes(&node), [code], "{node}");
    }
}

#[test]
fn a_sub_process_is_a_scope_that_a_boundary_timer_can_interrupt() {
    let nodes = "  sub: { type: subProcess, nodes: { x: { type: userTask, role: clerk }, y: { type: userTask, role: clerk } }, to: end }\n  late: { type: boundaryEvent, attachedTo: sub, timer: 2 hours, to: lapsed }\n  end: { type: endEvent, outcome: done }\n  lapsed: { type: endEvent, outcome: lapsed }";
    let mut done = Case::begin(nodes);
    done.complete("x", None).expect("x is open");
    done.complete("y", None).expect("y is open");
    assert_eq!(done.ended(), Some("done"));
    let mut lapsed = Case::begin(nodes);
    lapsed.complete("x", None).expect("x is open");
    lapsed.advance(2 * 3_600_000);
    assert_eq!(lapsed.ended(), Some("lapsed"));
}

#[test]
fn a_returned_case_comes_straight_back_with_the_rest_of_the_time() {
    let mut case = Case::begin(
        "  draft: { type: userTask, role: clerk }\n  check: { type: userTask, role: clerk, due: 10 workdays, outcomes: { ok: 好, back: { label: 补正, to: draft, clock: pause, then: comeBack } } }\n  skip: { type: endEvent, outcome: done }",
    );
    case.complete("draft", None).expect("draft is open");
    let day = 24 * 3_600_000;
    case.advance(2 * day);
    let first = case.instance.activation(case.key("check")).expect("it is open").clone();
    case.complete("check", Some("back")).expect("check is open");
    case.advance(7 * day);
    case.complete("draft", None).expect("draft is open");
    let second = case.instance.activation(case.key("check")).expect("it came back").clone();
    assert_eq!((first.round, second.round), (1, 2));
    let due = |it: &crate::instance::Activation| match &it.waiting {
        crate::instance::Waiting::Task { due: Some(due), .. } => due.until,
        other => panic!("{other:?}"),
    };
    assert_eq!(due(&second).0 - due(&first).0, 7 * day, "the clock stood still for seven days");
    case.complete("check", Some("ok")).expect("check is open");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn what_fails_waits_as_an_incident_and_is_retried() {
    let mut case = Case::begin(
        "  a: { type: userTask, role: clerk }\n  t: { type: intermediateCatchEvent, timer: '=list[9]' }\n  end: { type: endEvent }",
    );
    case.complete("a", None).expect("a is open");
    let key = case.key("t");
    let incident = case.instance.activation(key).expect("it waits").incident.clone();
    assert!(incident.is_some(), "a list of two has no tenth item");
    assert_eq!(case.give(Actor::System, Command::Retry { key }), Ok(()));
    assert_eq!(case.at(), ["t"]);
}

#[test]
fn the_results_of_runs_become_a_list_in_the_order_of_the_items() {
    let review = |keys: &str| {
        format!(
            "  ask: {{ type: userTask, role: clerk, forEach: {{ in: list, as: office, {keys} }}, outcomes: {{ ok: 好, no: 不 }} }}\n  wait: {{ type: userTask, role: clerk }}"
        )
    };
    let results = |case: &Case| case.instance.variables()["said"].clone();
    let mut case =
        Case::begin(&review("result: \"=office + ' says ' + outcomes.ask\", into: said"));
    assert_eq!(results(&case), json!([null, null]));
    let tasks: Vec<Key> = case.instance.activations().keys().skip(1).copied().collect();
    case.complete_key(tasks[1], Some("no"), "li").expect("it is open");
    assert_eq!(results(&case), json!([null, "b says no"]));
    assert!(matches!(&case.events[case.events.len() - 1], Event::ItemResult { index: 1, .. }));
    case.complete_key(tasks[0], Some("ok"), "li").expect("it is open");
    assert_eq!(results(&case), json!(["a says ok", "b says no"]));
    assert_eq!(case.at(), ["wait"]);

    // What is not done gives nothing, and a result that cannot be told is repaired, not done again.
    let mut case =
        Case::begin(&review("mode: sequential, until: 'true', result: =office, into: said"));
    case.complete("ask", Some("ok")).expect_err("the whole is no task");
    let run = *case.instance.activations().keys().last().expect("a run");
    case.complete_key(run, Some("ok"), "li").expect("it is open");
    assert_eq!((results(&case), case.at()), (json!(["a", null]), vec!["wait"]));
    let mut case =
        Case::begin(&review("mode: sequential, result: '=quotient(1, n - 1)', into: said"));
    let run = *case.instance.activations().keys().last().expect("a run");
    case.complete_key(run, Some("ok"), "li").expect("the decision counts");
    let stands = |case: &Case| case.instance.activations()[&run].incident.clone();
    assert!(stands(&case).is_some_and(|incident| incident.is_done), "it is not done again");
    case.give(person("li"), Command::Retry { key: run }).expect("it stands at its incident");
    assert!(stands(&case).is_some(), "it cannot be told still");
    let (documents, variables) = ([].into(), [("n".to_owned(), json!(3))].into());
    let correct = Command::Correct { documents, variables, retry: Some(run), reason: "x".into() };
    case.give(super::case_tests::admin(), correct).expect("it is repaired");
    assert_eq!((results(&case), case.at().len()), (json!([0, null]), 2));

    for (keys, code) in [
        ("result: =office", "missingKey"),
        ("into: said", "missingKey"),
        ("result: =office, into: sad", "unknownVariable"),
        ("result: =office, into: n", "wrongType"),
        ("result: =n, into: list", "wrongResult"),
    ] {
        let found: Vec<_> = problems(&review(keys)).iter().map(|one| one.code).collect();
        assert_eq!(found, [code], "{keys}");
    }
}

#[test]
fn corrected_data_let_what_they_stopped_go_on_and_nothing_is_done_again() {
    let mut case = Case::begin(
        "  a: { type: userTask, role: clerk }\n  t: { type: intermediateCatchEvent, timer: '=said' }\n  end: { type: endEvent }",
    );
    case.complete("a", None).expect("a is open");
    let key = case.key("t");
    let correct = |name: &str, retry, reason: &str| Command::Correct {
        documents: BTreeMap::new(),
        variables: [(name.to_owned(), json!("2 hours"))].into(),
        retry,
        reason: reason.to_owned(),
    };
    let admin = Actor::Person {
        id: "boss".into(),
        unit: None,
        grants: vec![Grant { role: "admin".into(), unit: None }],
    };
    let refused = |case: &mut Case, actor: &Actor, command| {
        let before = case.instance.clone();
        let code = case.give(actor.clone(), command).expect_err("it is refused");
        assert_eq!(case.instance, before, "nothing changed");
        code
    };
    let nothing = Command::Correct {
        documents: BTreeMap::new(),
        variables: BTreeMap::new(),
        retry: Some(key),
        reason: "why".into(),
    };
    for (actor, command, code) in [
        (person("li"), correct("said", Some(key), "why"), "NOT_CANDIDATE"),
        (admin.clone(), correct("sad", Some(key), "why"), "BAD_ARGUMENT"),
        (admin.clone(), correct("said", Some(key), " "), "BAD_ARGUMENT"),
        (admin.clone(), nothing, "BAD_ARGUMENT"),
        (admin.clone(), correct("said", Some(Key(1)), "why"), "NOT_OPEN"),
    ] {
        assert_eq!(refused(&mut case, &actor, command), code);
    }
    case.events.clear();
    case.give(admin, correct("said", Some(key), "it came late")).expect("it is corrected");
    let happened = ["dataCorrected", "variableSet", "incidentResolved", "timerArmed"];
    assert_eq!(names(&case.events), happened);
    assert_eq!(case.at(), ["t"]);
    case.advance(2 * 3_600_000);
    assert_eq!(case.ended(), None, "the case has no outcome, but is over");
    assert_eq!(case.instance.status(), crate::instance::Status::Completed);
}

#[test]
fn messages_and_jobs_are_waited_for() {
    let mut case = Case::begin(
        "  m: { type: intermediateCatchEvent, message: go, into: n }\n  j: { type: serviceTask, topic: seal, into: n, retries: 2 }\n  end: { type: endEvent, outcome: done }",
    );
    let key = case.key("m");
    let payload = Some(Content::new(json!(5)));
    case.give(Actor::System, Command::DeliverMessage { key, message: "go".into(), payload })
        .expect("it waits");
    assert_eq!(case.instance.variables()["n"], json!(5));
    let key = case.key("j");
    case.give(
        Actor::System,
        Command::FailJob {
            key,
            error: "no ink".into(),
            code: None,
            retries: None,
            retry_after_ms: None,
        },
    )
    .expect("it may fail");
    case.advance(60_000);
    case.give(Actor::System, Command::CompleteJob { key, result: json!(6) }).expect("it is open");
    assert_eq!(case.instance.variables()["n"], Value::from(6));
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn every_problem_of_a_definition_is_told_with_its_path() {
    let yaml = "process: p\nname: P\nstartedBy: [nobody]\nnodes:\n  a: { type: userTask, role: clrk, due: 10 wordays, to: g }\n  g: { type: exclusiveGateway, to: [{ when: m == 1, to: a }, { to: zz }] }\n  lost: { type: endEvent }";
    let source: ProcessSource = read(yaml);
    let mut problems = Vec::new();
    assert!(Definition::compile(&source, &library(), 1, &mut problems).is_none());
    let mut found: Vec<(String, &str)> =
        problems.iter().map(|problem| (problem.path.join("."), problem.code)).collect();
    found.sort();
    let expected = [
        ("nodes.a.due", "badTime"),
        ("nodes.a.role", "unknownRole"),
        ("nodes.g.to.0.when", "unknownName"),
        ("nodes.g.to.1.to", "unknownNode"),
        ("startedBy.0", "unknownRole"),
    ];
    assert_eq!(found, expected.map(|(path, code)| (path.to_owned(), code)));
}

#[test]
fn a_loop_without_a_wait_and_a_lost_node_are_refused() {
    for (nodes, code) in [
        (
            "  a: { type: scriptTask, set: { n: n + 1 } }\n  g: { type: exclusiveGateway, to: [{ when: n > 0, to: a }, { to: end }] }\n  end: { type: endEvent }",
            "loopWithoutWait",
        ),
        (
            "  a: { type: userTask, role: clerk, to: end }\n  lost: { type: userTask, role: clerk }\n  end: { type: endEvent }",
            "unreachableNode",
        ),
        (
            "  g: { type: exclusiveGateway, to: [{ when: n > 0, to: end }] }\n  end: { type: endEvent }",
            "missingDefault",
        ),
    ] {
        let yaml = format!(
            "process: p\nname: P\nvariables: {{ n: {{ type: integer }} }}\nnodes:\n{nodes}"
        );
        let source: ProcessSource = read(&yaml);
        let mut problems = Vec::new();
        assert!(Definition::compile(&source, &library(), 1, &mut problems).is_none(), "{code}");
        assert_eq!(problems[0].code, code);
    }
}

#[test]
fn a_title_is_worked_out_as_the_case_begins_and_anew_when_what_it_reads_is_set() {
    let titles = |title: &str| {
        let allowing = format!("withdraw]\ntitle: {title} #");
        let nodes = "  wait: { type: userTask, role: clerk }\n  more: { type: scriptTask, set: { n: =n + 1 } }\n  last: { type: userTask, role: clerk }";
        let mut case = Case::begin_allowing(&allowing, nodes, |_| {});
        let begun = case.instance.title().map(str::to_owned);
        case.complete("wait", None).expect("it is open");
        (begun, case.instance.title().map(str::to_owned))
    };
    let told = |title: &str| Some(title.to_owned());
    assert_eq!(titles("=\"No. \" + string(n)"), (told("No. 1"), told("No. 2")));
    assert_eq!(titles("=\"Of \" + initiator.id"), (told("Of li"), told("Of li")));
    assert_eq!(titles("=\"About \" + log"), (None, None), "nothing is said yet");
}

#[test]
fn a_task_has_a_limit_of_outcomes() {
    let with = |count: usize| {
        let outcomes: Vec<String> = (1..=count).map(|n| format!("o{n}: O")).collect();
        let nodes = format!(
            "  a: {{ type: userTask, role: clerk, outcomes: {{ {} }} }}\n  end: {{ type: endEvent }}",
            outcomes.join(", ")
        );
        problems(&nodes)
            .into_iter()
            .map(|one| (one.code, one.path.join("."), one.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(with(200), []);
    let expected = "expected at most 200 outcomes, found 201".to_owned();
    assert_eq!(with(201), [("tooManyOutcomes", "nodes.a.outcomes".to_owned(), expected)]);
}

//! Cases that go over to another version of their process.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::case_tests::admin;
use super::signing_tests::{self, open_people, task_of};
use super::tests::{Case, names, person, version};
use crate::command::{Command, Content, NodePlan, Plan, TokenPlan};
use crate::event::{Cause, Event};
use crate::fate::{Becomes, Fate, Misfit};
use crate::step::fates;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Two branches that meet; a clock on one of them.
const BRANCHES: &str =
    "  draft: { type: userTask, role: clerk, outcomes: { ok: 好, no: { label: 不, to: end } } }
  split: { type: parallelGateway, to: [left, right] }
  left: { type: userTask, role: clerk, due: 5 workdays, to: both }
  late: { type: boundaryEvent, attachedTo: left, timer: 3 days, interrupting: false, to: told }
  told: { type: endEvent }
  right: { type: userTask, role: clerk, to: both }
  both: { type: parallelGateway }
  last: { type: userTask, role: head, operations: return, outcomes: { ok: 好, no: 不 } }
  way: { type: exclusiveGateway, to: [{ when: 'n > 1', to: end }, { to: end }] }
  end: { type: endEvent, outcome: done }";

fn node(from: &str, to: &str) -> NodePlan {
    NodePlan { from: from.into(), to: Some(to.into()), anew: false }
}

fn anew(from: &str, to: &str) -> NodePlan {
    NodePlan { anew: true, ..node(from, to) }
}

fn ends(from: &str) -> NodePlan {
    NodePlan { from: from.into(), to: None, anew: false }
}

fn plan(nodes: &[NodePlan]) -> Plan {
    Plan { nodes: nodes.to_vec(), ..Plan::default() }
}

fn migrate(plan: &Plan) -> Command {
    Command::Migrate { version: 2, plan: plan.clone(), reason: "the rules changed".into() }
}

/// Lets a case know version 2.
fn knows(case: &mut Case, nodes: &str) {
    case.facts.versions.insert(2, Some(Arc::new(version(nodes, 2))));
}

/// The case goes over.
fn goes_over(case: &mut Case, nodes: &str, plan: &Plan) -> Result<(), String> {
    knows(case, nodes);
    case.events.clear();
    case.give(admin(), migrate(plan))?;
    case.definition = version(nodes, 2);
    assert_eq!(case.instance.version(), 2);
    Ok(())
}

/// What would become of it, a line a thing.
fn told(case: &Case, nodes: &str, plan: &Plan) -> Vec<String> {
    let new = version(nodes, 2);
    let fates = fates(&case.definition, &new, &case.instance, plan).expect("the plan is good");
    fates.iter().map(line).collect()
}

fn line(fate: &Fate) -> String {
    let becomes = match &fate.becomes {
        Becomes::Stays => "stays".to_owned(),
        Becomes::Anew => "begins anew".to_owned(),
        Becomes::Ends => "ends".to_owned(),
        Becomes::EndsWith { node } => format!("ends with {node}"),
        Becomes::Begins => "begins".to_owned(),
        Becomes::Unfit(misfit) => format!("does not fit: {misfit:?}"),
    };
    let to = fate.to.as_ref().filter(|to| **to != fate.node);
    let to = to.map_or(String::new(), |to| format!(" as {to}"));
    format!("{} {}{to} {becomes}", fate.what.name(), fate.node)
}

fn refused(case: &mut Case, nodes: &str, plan: &Plan) -> String {
    knows(case, nodes);
    case.refusal(admin(), migrate(plan))
}

#[test]
fn a_token_that_waits_at_a_join_a_task_and_its_clocks_go_over() {
    let mut case = Case::begin(BRANCHES);
    case.complete("draft", Some("ok")).expect("draft is open");
    case.complete("right", None).expect("right is open");
    case.give(person("wu"), Command::ClaimTask { task: case.key("left") }).expect("it is free");
    let clocks = case.instance.activation(case.key("left")).map(|one| one.timers.clone());
    // A node more before, another name, another order of the flows into the join.
    let new = BRANCHES
        .replace("  draft:", "  before: { type: manualTask }\n  draft:")
        .replace("to: [left, right]", "to: [right, links]")
        .replace("  left:", "  links:")
        .replace("attachedTo: left", "attachedTo: links");
    let renamed = plan(&[node("left", "links")]);
    assert_eq!(
        told(&case, &new, &renamed),
        [
            "node left as links stays",
            "clock left as links stays",
            "clock late stays",
            "token both stays"
        ]
    );
    goes_over(&mut case, &new, &renamed).expect("everything fits");
    assert_eq!(names(&case.events), ["instanceMigrated"], "nothing ends and nothing begins");
    assert_eq!(case.at(), ["links"]);
    assert_eq!(case.instance.activation(case.key("links")).map(|one| one.timers.clone()), clocks);
    let task = case.key("links");
    assert_eq!(case.complete_key(task, None, "li"), Err("CLAIMED_BY_ANOTHER".into()));
    case.complete_key(task, None, "wu").expect("it is still theirs");
    assert_eq!(case.at(), ["last"], "the token that waited was not lost");
    let back = Command::ReturnTask {
        task: case.key("last"),
        to: vec!["links".into()],
        then: None,
        reason: "again".into(),
    };
    case.give(person("li"), back).expect("what was done before can be returned to");
    assert_eq!(case.at(), ["links"]);
    let task = case.key("links");
    case.complete_key(task, None, "wu").expect("whoever did it has it again");
    assert_eq!(case.at(), ["last"], "the other branch waited at the join");
}

#[test]
fn what_does_not_fit_is_refused_all_at_once_and_changes_nothing() {
    let mut case = Case::begin(BRANCHES);
    case.complete("draft", Some("ok")).expect("draft is open");
    case.complete("right", None).expect("right is open");
    let new = "  draft: { type: userTask, role: clerk }
  left: { type: serviceTask, topic: t }
  end: { type: endEvent }";
    assert_eq!(
        told(&case, new, &Plan::default()),
        [
            "node left does not fit: OtherKind { found: \"userTask\", other: \"serviceTask\" }",
            "token both does not fit: NoNode { node: NodeName(\"both\") }"
        ]
    );
    let before = case.instance.clone();
    let said = refused(&mut case, new, &Plan::default());
    assert_eq!(
        said,
        "CANNOT_MIGRATE expected everything that is alive in the case to fit version 2, found 2 that \
         does not: `left`: expected a node of the same kind, found a serviceTask for a userTask; name \
         another one, let it begin anew, or end it; `both`: expected the other version to have \
         `both`; name the node it becomes, or end it"
    );
    assert_eq!(case.instance, before);
    assert_eq!(case.give(person("li"), migrate(&Plan::default())), Err("NOT_CANDIDATE".into()));
    let begins = Plan {
        nodes: vec![anew("left", "draft")],
        tokens: vec![TokenPlan { at: "both".into(), from: "right".into(), to: None }],
        ..Plan::default()
    };
    goes_over(&mut case, new, &begins).expect("all is mapped or dropped by hand");
    assert_eq!(
        names(&case.events),
        [
            "nodeTerminated",
            "tokenCancelled",
            "trailForgotten",
            "instanceMigrated",
            "nodeActivated",
            "taskCreated",
            "trailForgotten",
        ],
        "what was done at `right` cannot be returned to any more"
    );
    assert!(matches!(&case.events[0], Event::NodeTerminated { cause: Cause::Migrated, .. }));
    assert_eq!(case.at(), ["draft"]);
}

#[test]
fn a_join_that_needs_fewer_lets_the_token_through() {
    let mut case = Case::begin(BRANCHES);
    case.complete("draft", Some("ok")).expect("draft is open");
    case.complete("right", None).expect("right is open");
    let new = BRANCHES.replace("to: [left, right]", "to: [right, other]").replace(
        "  left: { type: userTask, role: clerk, due: 5 workdays, to: both }
  late: { type: boundaryEvent, attachedTo: left, timer: 3 days, interrupting: false, to: told }
  told: { type: endEvent }",
        "  other: { type: userTask, role: clerk, to: end }",
    );
    goes_over(&mut case, &new, &plan(&[node("left", "other")])).expect_err("its clocks do not fit");
    goes_over(&mut case, &new, &plan(&[anew("left", "other")])).expect("it begins anew");
    assert_eq!(case.at(), ["other", "last"], "nothing more can come to the join");
}

#[test]
fn clocks_that_one_version_alone_has_begin_and_end_as_the_plan_says() {
    let one = "  a: { type: userTask, role: clerk }
  slow: { type: boundaryEvent, attachedTo: a, timer: 9 days, interrupting: false, to: end }
  end: { type: endEvent }";
    let new = "  a: { type: userTask, role: clerk }
  soon: { type: boundaryEvent, attachedTo: a, timer: 2 days, to: end }
  asked: { type: boundaryEvent, attachedTo: a, message: stop, to: end }
  end: { type: endEvent }";
    let mut case = Case::begin(one);
    case.advance(DAY);
    assert_eq!(
        told(&case, new, &Plan::default()),
        [
            "node a stays",
            "clock slow does not fit: NoNode { node: NodeName(\"slow\") }",
            "message asked begins",
            "clock soon begins"
        ]
    );
    goes_over(&mut case, new, &plan(&[ends("slow")])).expect("the clock is dropped by hand");
    assert_eq!(
        names(&case.events),
        ["waitsDropped", "instanceMigrated", "subscriptionOpened", "timerArmed"]
    );
    case.advance(DAY);
    assert_eq!(case.at(), ["a"], "the clock runs from when it began");
    case.advance(2 * DAY);
    assert_eq!(case.ended(), None);
}

#[test]
fn a_clock_that_fired_is_not_begun_again() {
    let mut case = Case::begin(BRANCHES);
    case.complete("draft", Some("ok")).expect("draft is open");
    case.advance(4 * DAY);
    goes_over(&mut case, BRANCHES, &Plan::default()).expect("it is the same");
    assert_eq!(names(&case.events), ["instanceMigrated"]);
}

#[test]
fn runs_of_a_list_and_their_results_go_over_as_they_are() {
    let list = "  many: { type: userTask, role: clerk, forEach: { in: list, as: one }, outcomes: { ok: 好 } }
  end: { type: endEvent, outcome: done }";
    let mut case = Case::begin(list);
    let first = *case.instance.activations().keys().nth(1).expect("two run");
    case.complete_key(first, Some("ok"), "li").expect("it is open");
    let new = format!("  more: {{ type: manualTask }}\n{}", list.replace("many", "each"));
    let renamed = plan(&[node("many", "each")]);
    assert_eq!(told(&case, &new, &renamed), ["node many as each stays", "node many as each stays"]);
    goes_over(&mut case, &new, &renamed).expect("it fits");
    let second = *case.instance.activations().keys().nth(1).expect("one runs");
    case.complete_key(second, Some("ok"), "li").expect("it is open");
    assert_eq!(case.ended(), Some("done"), "the first run was not asked again");
    let mut case = Case::begin(list);
    let new = list.replace("as: one }", "as: one, mode: sequential }");
    assert_eq!(
        told(&case, &new, &Plan::default()),
        [
            "node many does not fit: OtherWork { key: \"mode\" }",
            "node many does not fit: OtherWork { key: \"mode\" }",
            "node many does not fit: OtherWork { key: \"mode\" }"
        ]
    );
    goes_over(&mut case, &new, &plan(&[anew("many", "many")])).expect("it begins anew as a whole");
    assert_eq!(case.at(), ["many", "many"], "the list and its first run");
}

const SCOPED: &str = "  inner:
    type: subProcess
    nodes:
      first: { type: userTask, role: clerk }
      second: { type: userTask, role: clerk }
  after: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }";

#[test]
fn sub_processes_keep_what_is_inside_them() {
    let flat = "  first: { type: userTask, role: clerk }
  after: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }";
    let mut case = Case::begin(SCOPED);
    assert_eq!(
        told(&case, flat, &Plan::default()),
        [
            "node inner does not fit: NoNode { node: NodeName(\"inner\") }",
            "node first does not fit: OtherPlace { within: None }"
        ]
    );
    assert_eq!(
        told(&case, flat, &plan(&[ends("inner")])),
        ["node inner ends", "node first ends with inner"]
    );
    let nothing = refused(&mut case, flat, &plan(&[ends("inner")]));
    assert!(
        nothing.starts_with("BAD_ARGUMENT at plan: expected something that goes on"),
        "{nothing}"
    );
    goes_over(&mut case, flat, &plan(&[anew("inner", "first")])).expect("it begins outside");
    assert_eq!(case.at(), ["first"]);
    // And into a sub-process that is new.
    let mut case = Case::begin(flat);
    goes_over(&mut case, SCOPED, &plan(&[anew("first", "second")])).expect("it is begun around it");
    assert_eq!(case.at(), ["inner", "second"]);
    case.complete("second", None).expect("it is open");
    assert_eq!(case.at(), ["after"]);
}

#[test]
fn an_event_sub_process_of_the_other_version_begins_to_listen() {
    let new = format!(
        "{SCOPED}
  stop:
    type: eventSubProcess
    nodes:
      asked: {{ type: startEvent, message: stop }}
      told: {{ type: userTask, role: head }}"
    );
    let mut case = Case::begin(SCOPED);
    assert_eq!(
        told(&case, &new, &Plan::default()),
        ["node inner stays", "node first stays", "listener stop begins"]
    );
    goes_over(&mut case, &new, &Plan::default()).expect("it fits");
    let stop =
        Command::DeliverMessage { key: case.key("stop"), message: "stop".into(), payload: None };
    case.give(crate::actor::Actor::System, stop).expect("it listens");
    assert_eq!(case.at(), ["stop", "told"]);
}

#[test]
fn a_called_case_is_waited_for_as_long_as_the_same_process_is_called() {
    let calls = "  call: { type: callActivity, process: called }\n  end: { type: endEvent }";
    let mut case = Case::begin(calls);
    let new = calls.replace("call:", "ask:");
    goes_over(&mut case, &new, &plan(&[node("call", "ask")])).expect("it calls the same");
    let end = Command::EndCall {
        child: crate::ids::InstanceId(2),
        key: case.key("ask"),
        outcome: None,
        documents: [].into(),
        given: [].into(),
        error: None,
        message: None,
    };
    case.give(crate::actor::Actor::System, end).expect("it waits for it");
    assert_eq!(case.ended(), None);
}

#[test]
fn who_did_a_node_under_its_old_name_did_it() {
    let two = "  a: { type: userTask, role: clerk }
  b: { type: userTask, role: clerk }
  end: { type: endEvent }";
    let new = "  first: { type: userTask, role: clerk }
  b: { type: userTask, role: clerk, separate: first }
  end: { type: endEvent }"
        .replace("separate: first", "separate: [first]");
    let mut case = Case::begin(two);
    case.complete("a", None).expect("a is open");
    goes_over(&mut case, &new, &plan(&[node("a", "first")])).expect("it fits");
    assert_eq!(case.complete("b", None), Err("SAME_PERSON".into()));
}

#[test]
fn a_plan_names_what_is_there() {
    let mut case = Case::begin(BRANCHES);
    let said = |case: &mut Case, one: NodePlan| refused(case, BRANCHES, &plan(&[one]));
    assert_eq!(
        said(&mut case, node("drafd", "draft")),
        "BAD_ARGUMENT at plan.nodes.0.from: expected a node of version 1, found `drafd`; did you mean `draft`?"
    );
    assert_eq!(
        said(&mut case, node("draft", "drafd")),
        "BAD_ARGUMENT at plan.nodes.0.to: expected a node of version 2, found `drafd`; did you mean `draft`?"
    );
    let twice = plan(&[node("draft", "draft"), ends("draft")]);
    assert_eq!(
        refused(&mut case, BRANCHES, &twice),
        "BAD_ARGUMENT at plan.nodes.1.from: expected `draft` once, found it twice"
    );
    case.facts.versions.insert(2, None);
    assert_eq!(
        case.refusal(admin(), migrate(&Plan::default())),
        "BAD_ARGUMENT at version: expected a version of `p`, found no 2"
    );
}

#[test]
fn every_misfit_has_a_sentence_in_both_languages() {
    use crate::text::Language::{En, Zh};
    let all = [
        Misfit::NoNode { node: "a".into() },
        Misfit::OtherKind { found: "userTask".into(), other: "draw".into() },
        Misfit::OtherPlace { within: Some("a".into()) },
        Misfit::OtherPlace { within: None },
        Misfit::OtherWork { key: "topic".into() },
        Misfit::NoClock,
        Misfit::OtherEvent,
        Misfit::NoWay { from: "a".into() },
        Misfit::Undoing,
        Misfit::NoDocument { document: "a".into() },
        Misfit::OtherList { list: true },
        Misfit::OtherList { list: false },
        Misfit::NoField { field: "a.b".into() },
        Misfit::OtherType { found: "text".into(), other: "date".into() },
        Misfit::Taken { by: "a".into() },
    ];
    for misfit in all {
        assert!(misfit.message(En).starts_with("expected "), "{misfit:?}");
        assert!(misfit.message(Zh).chars().any(|one| one > '\u{4e00}'), "{misfit:?}");
    }
}

#[test]
fn who_a_round_asked_and_what_it_wrote_is_known_under_another_name() {
    let nodes = "  panel: { type: userTask, people: '=[\"a\", \"b\"]', sign: all, operations: [transfer], edit: came, outcomes: { agree: 好 } }
  last: { type: userTask, role: clerk, outcomes: { ok: 好, no: { label: 不, to: panel } } }
  end: { type: endEvent, outcome: done }";
    let mut case = signing_tests::begin(nodes);
    let (task, to, reason) = (task_of(&case, "a"), "wu".into(), String::new());
    case.give(person("a"), Command::TransferTask { task, to, reason }).expect("it is a's");
    for who in ["wu", "b"] {
        let documents = [("came".into(), Content::new(json!({ "text": who })))].into();
        let (task, outcome, seen) = (task_of(&case, who), Some("agree".into()), BTreeMap::new());
        let complete = Command::CompleteTask { task, outcome, documents, comment: None, seen };
        case.give(person(who), complete).expect("it is theirs");
    }
    let entries = |case: &Case| case.instance.documents()["came"].current.len();
    assert_eq!(entries(&case), 2);
    let new = nodes.replace("  panel:", "  signers:").replace("to: panel", "to: signers");
    goes_over(&mut case, &new, &plan(&[node("panel", "signers")])).expect("it fits");
    case.complete("last", Some("no")).expect("last is open");
    assert_eq!(open_people(&case), ["wu", "b"], "wu signs for a");
    assert_eq!(entries(&case), 0, "the new round takes the place of its own entries");
}

/// Two who check beside each other, and may send a plan back to be corrected.
const CHECKED: &str = "  plan: { type: userTask, role: clerk }
  fork: { type: parallelGateway, to: [one, two, other] }
  one: { type: userTask, role: head, operations: return, to: both }
  two: { type: userTask, role: head, operations: return, to: both }
  other: { type: userTask, role: clerk, to: both }
  both: { type: parallelGateway }
  end: { type: endEvent, outcome: done }";

fn asks_for_a_correction(case: &mut Case, node: &str) {
    let (task, reason) = (case.key(node), "say more".into());
    let then = Some(crate::definition::source::Then::ComeBack);
    let back = Command::ReturnTask { task, to: vec!["plan".into()], then, reason };
    case.give(person("wu"), back).expect("the plan was done before");
}

#[test]
fn a_correction_ends_with_the_last_node_that_asked_for_it() {
    let asked = |nodes: &[&str]| {
        let mut case = Case::begin(CHECKED);
        case.complete("plan", None).expect("plan is open");
        for node in nodes {
            asks_for_a_correction(&mut case, node);
        }
        case
    };
    let new = CHECKED
        .replace("to: [one, two, other]", "to: [two, other]")
        .replace("  one: { type: userTask, role: head, operations: return, to: both }\n", "");
    let mut case = asked(&["one"]);
    assert_eq!(case.at(), ["two", "other", "plan"]);
    assert_eq!(
        told(&case, &new, &Plan::default())[2],
        "node plan does not fit: NoNode { node: NodeName(\"one\") }"
    );
    assert_eq!(told(&case, &new, &plan(&[ends("one")]))[2], "node plan ends");
    goes_over(&mut case, &new, &plan(&[ends("one")])).expect("who asked is dropped by hand");
    assert_eq!(case.at(), ["two", "other"]);
    case.complete("two", None).expect("it is open");
    case.complete("other", None).expect("it is open");
    assert_eq!(case.ended(), Some("done"));

    let mut case = asked(&["one", "two"]);
    assert_eq!(case.at(), ["other", "plan"]);
    assert_eq!(told(&case, &new, &plan(&[ends("one")]))[1], "node plan stays");
    goes_over(&mut case, &new, &plan(&[ends("one")])).expect("the other one still asks");
    assert_eq!(names(&case.events), ["correctionLeft", "instanceMigrated"]);
    case.complete("plan", None).expect("it is open");
    assert_eq!(case.at(), ["other", "two"], "it comes back to who still asked");

    let mut case = asked(&["one"]);
    let goes_on = plan(&[ends("one"), anew("plan", "plan")]);
    goes_over(&mut case, &new, &goes_on).expect("it begins anew");
    assert_eq!(case.at(), ["two", "other", "plan"]);
}

#[test]
fn a_sub_process_in_which_everything_ends_is_said_to_end() {
    let nodes = "  fork: { type: parallelGateway, to: [inner, beside] }
  inner:
    type: subProcess
    to: both
    nodes:
      first: { type: userTask, role: clerk, due: 3 days }
      second: { type: userTask, role: clerk }
  late: { type: boundaryEvent, attachedTo: inner, timer: 9 days, to: both }
  beside: { type: userTask, role: clerk, to: both }
  both: { type: inclusiveGateway }
  end: { type: endEvent, outcome: done }";
    let new = nodes.replace("      first: { type: userTask, role: clerk, due: 3 days }\n", "");
    let mut case = Case::begin(nodes);
    assert_eq!(
        told(&case, &new, &plan(&[ends("first")])),
        ["node inner ends", "clock late ends with inner", "node beside stays", "node first ends",]
    );
    goes_over(&mut case, &new, &plan(&[ends("first")])).expect("it fits");
    assert_eq!(case.at(), ["beside"]);
    let mut case = Case::begin(nodes);
    let moves = plan(&[anew("first", "second")]);
    assert_eq!(told(&case, &new, &moves)[0], "node inner stays");
    goes_over(&mut case, &new, &moves).expect("it fits");
    assert_eq!(case.at(), ["inner", "beside", "second"]);
}

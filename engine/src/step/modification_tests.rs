//! Tokens that an admin moves by hand.

use super::case_tests::admin;
use super::tests::{Case, names, person};
use crate::command::{Change, Command};
use crate::event::{Cause, Event};
use crate::ids::Key;

/// Two branches that meet, one of them through a sub-process.
const BRANCHES: &str = "  draft: { type: userTask, role: clerk }
  split: { type: parallelGateway, to: [left, inner] }
  left: { type: userTask, role: clerk, to: both }
  inner:
    type: subProcess
    to: both
    nodes:
      first: { type: userTask, role: clerk }
      second: { type: userTask, role: clerk }
  late: { type: boundaryEvent, attachedTo: inner, timer: 3 days, interrupting: false, to: told }
  told: { type: endEvent }
  both: { type: parallelGateway }
  last: { type: userTask, role: clerk, operations: return, outcomes: { ok: 好, reject: 不 } }
  way: { type: exclusiveGateway, to: [{ when: 'n > 1', to: end }, { to: last }] }
  end: { type: endEvent, outcome: done }";

fn modify(changes: &[Change]) -> Command {
    Command::Modify { changes: changes.to_vec(), reason: "it stood still".into() }
}

fn to(case: &Case, key: &str, to: &str) -> Change {
    Change::Move { key: case.key(key), to: to.into(), scope: None }
}

fn before(node: &str) -> Change {
    Change::StartBefore { node: node.into(), scope: None }
}

fn begin() -> Case {
    let mut case = Case::begin(BRANCHES);
    case.complete("draft", None).expect("draft is open");
    case.events.clear();
    case
}

#[test]
fn a_token_is_moved_and_descends_from_what_it_did() {
    let mut case = begin();
    case.give(admin(), modify(&[to(&case, "left", "last")])).expect("it is moved");
    assert_eq!(
        names(&case.events),
        ["instanceModified", "nodeTerminated", "flowTaken", "nodeActivated", "taskCreated"]
    );
    assert!(matches!(&case.events[1], Event::NodeTerminated { cause: Cause::Modified, .. }));
    assert_eq!(case.at(), ["inner", "first", "last"]);
    let back = Command::ReturnTask {
        task: case.key("last"),
        to: vec!["draft".into()],
        then: None,
        reason: "again".into(),
    };
    case.give(person("li"), back).expect("draft was done before it");
    assert_eq!(case.at(), ["draft"]);
}

#[test]
fn a_token_goes_into_a_sub_process_that_is_begun_around_it_and_out_of_it_again() {
    let mut case = Case::begin(BRANCHES);
    case.events.clear();
    case.give(admin(), modify(&[to(&case, "draft", "second")])).expect("it is moved");
    assert_eq!(case.at(), ["inner", "second"], "without its first node");
    assert_eq!(case.instance.activation(case.key("inner")).map(|one| one.timers.len()), Some(1));
    case.give(admin(), modify(&[to(&case, "second", "last")])).expect("it is moved");
    assert_eq!(case.at(), ["last"], "the sub-process holds nothing and ends with it");
}

#[test]
fn tokens_that_wait_at_a_join_are_taken_away_and_a_node_is_passed() {
    let mut case = begin();
    case.complete("left", None).expect("left is open");
    let waiting = Change::CancelWaiting { node: "both".into(), scope: None };
    case.events.clear();
    case.give(admin(), modify(&[waiting, before("left")])).expect("it is done again");
    assert_eq!(case.at(), ["inner", "first", "left"]);
    assert_eq!(
        names(&case.events),
        ["instanceModified", "tokenCancelled", "nodeActivated", "taskCreated", "trailForgotten"]
    );
    let left = Change::Cancel { key: case.key("left") };
    let passed = Change::StartAfter { node: "left".into(), scope: None };
    case.give(admin(), modify(&[left, passed])).expect("left is passed");
    let inner = Change::Cancel { key: case.key("inner") };
    let passed = Change::StartAfter { node: "inner".into(), scope: None };
    case.give(admin(), modify(&[inner, passed])).expect("both are there");
    assert_eq!(case.at(), ["last"]);
}

#[test]
fn a_token_that_is_moved_to_a_join_stands_for_its_branch_and_waits_for_the_others() {
    for before_them in [false, true] {
        let mut case = begin();
        if before_them {
            case.complete("first", None).expect("first is open");
            case.complete("second", None).expect("second is open");
            assert_eq!(case.instance.arrivals().len(), 1, "inner waits for left");
        }
        case.give(admin(), modify(&[to(&case, "left", "both")])).expect("it is moved");
        if !before_them {
            assert_eq!(case.at(), ["inner", "first"], "the join waits for the other branch");
            case.complete("first", None).expect("first is open");
            case.complete("second", None).expect("second is open");
        }
        assert_eq!(case.at(), ["last"]);
        assert!(case.instance.arrivals().is_empty(), "nothing waits for ever");
        let again = Command::ReturnTask {
            task: case.key("last"),
            to: vec!["inner".into()],
            then: None,
            reason: "again".into(),
        };
        case.give(person("li"), again).expect("inner was done before it");
        assert_eq!(case.at(), ["inner", "first"]);
        assert_eq!(case.instance.arrivals().len(), 1, "what was moved waits at the join again");
    }
}

#[test]
fn tokens_that_are_put_before_a_join_together_go_on_once() {
    let one_more = Change::StartBefore { node: "both".into(), scope: None };
    let mut case = begin();
    let changes = [to(&case, "left", "both"), to(&case, "inner", "both")];
    case.give(admin(), modify(&changes)).expect("they are moved");
    assert_eq!(case.at(), ["last"]);
    let mut case = begin();
    let changes = [Change::Cancel { key: case.key("left") }, one_more.clone()];
    case.give(admin(), modify(&changes)).expect("it stands for left");
    assert_eq!(case.at(), ["inner", "first"]);
    case.complete("first", None).expect("first is open");
    case.complete("second", None).expect("second is open");
    assert_eq!(case.at(), ["last"]);
    let mut case = Case::begin(BRANCHES);
    case.give(admin(), modify(&[to(&case, "draft", "both")])).expect("it is moved");
    assert_eq!(case.at(), ["last"], "it stands for every branch, since nothing is on any");
    let mut case = Case::begin(BRANCHES);
    let passed = Change::StartAfter { node: "both".into(), scope: None };
    let changes = [Change::Cancel { key: case.key("draft") }, passed];
    case.give(admin(), modify(&changes)).expect("it goes on behind");
    assert_eq!(case.at(), ["last"]);
}

#[test]
fn the_token_that_was_missing_is_put_before_a_join_that_stopped() {
    let mut case = begin();
    let changes = [Change::Cancel { key: case.key("inner") }];
    case.give(admin(), modify(&changes)).expect("it is cancelled");
    case.complete("left", None).expect("left is open");
    let incident = case.instance.activation(case.key("both")).and_then(|it| it.incident.clone());
    assert_eq!(incident.map(|it| it.code).as_deref(), Some("JOIN_NEVER_COMPLETE"));
    case.give(admin(), modify(&[before("both")])).expect("it is the missing one");
    assert_eq!(case.at(), ["last"]);
}

#[test]
fn a_token_that_is_moved_to_an_inclusive_or_a_complex_join_counts_as_its_branch() {
    let nodes = |join: &str| {
        format!(
            "  draft: {{ type: userTask, role: clerk }}
  split: {{ type: parallelGateway, to: [a, b, c] }}
  a: {{ type: userTask, role: clerk, to: meet }}
  b: {{ type: userTask, role: clerk, to: meet }}
  c: {{ type: userTask, role: clerk, to: meet }}
  meet: {{ type: {join} }}
  after: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent }}"
        )
    };
    let open = |join: &str| {
        let mut case = Case::begin(&nodes(join));
        case.complete("draft", None).expect("draft is open");
        case
    };
    let mut case = open("inclusiveGateway");
    case.give(admin(), modify(&[to(&case, "b", "meet")])).expect("it is moved");
    assert_eq!(case.at(), ["a", "c"]);
    case.complete("a", None).expect("a is open");
    assert_eq!(case.at(), ["c"]);
    case.complete("c", None).expect("c is open");
    assert_eq!(case.at(), ["after"]);
    let mut case = open("complexGateway, activation: activationCount >= 2");
    case.give(admin(), modify(&[to(&case, "b", "meet")])).expect("it is moved");
    assert_eq!(case.at(), ["a", "c"], "one is not enough");
    case.complete("a", None).expect("a is open");
    assert_eq!(case.at(), ["c", "after"]);
    case.give(admin(), modify(&[to(&case, "c", "meet")])).expect("it is moved");
    assert_eq!(case.at(), ["after"], "the third sets it back and goes on to nothing");
    assert!(case.instance.resets().is_empty());
}

#[test]
fn a_change_that_cannot_be_says_which_and_why_and_nothing_changes() {
    let each = "  one: { type: userTask, role: clerk, forEach: { in: list, as: it } }
  two: { type: subProcess, forEach: { in: list, as: it }, nodes: { work: { type: userTask, role: clerk } } }";
    let many = Case::begin(each);
    let run = Change::Cancel { key: Key(many.key("one").0 + 1) };
    let case = begin();
    let only = |case: &Case, node: &str| Change::Cancel { key: case.key(node) };
    let all = [only(&case, "left"), only(&case, "inner")];
    let (left, first) = (case.key("left"), case.key("first"));
    for (changes, expected) in [
        (vec![], "BAD_ARGUMENT at changes: expected 1 to 100 changes, found 0"),
        (
            all.to_vec(),
            "BAD_ARGUMENT at changes: expected something that goes on, found nothing left; to end the case, cancel it",
        ),
        (
            vec![before("secnd")],
            "BAD_ARGUMENT at changes.0.node: expected a node of the process, found `secnd`; did you mean `second`?",
        ),
        (
            vec![before("late")],
            "BAD_ARGUMENT at changes.0.node: expected a node that a token may reach, found `late`: a boundary event, which only its activity can trigger; name the node after it",
        ),
        (
            vec![Change::StartAfter { node: "way".into(), scope: None }],
            "BAD_ARGUMENT at changes.0.node: expected a node with one way on, found that `way` decides where to; start before one of: end, last",
        ),
        (
            vec![before("last"), Change::Cancel { key: Key(99) }],
            "BAD_ARGUMENT at changes.1.key: expected an active node, found that 99 is not active",
        ),
        (
            vec![Change::CancelWaiting { node: "both".into(), scope: None }],
            "BAD_ARGUMENT at changes.0.node: expected a gateway at which tokens wait (there is none), found `both`",
        ),
        (
            vec![Change::StartBefore { node: "second".into(), scope: Some(left) }],
            &format!(
                "BAD_ARGUMENT at changes.0.scope: expected the activation of `inner` in which the node begins, one of: {}",
                first.0 - 1
            ),
        ),
    ] {
        assert_eq!(case.refusal(admin(), modify(&changes)), expected);
    }
    assert_eq!(
        case.refusal(person("li"), modify(&[before("last")])).split(' ').next(),
        Some("NOT_CANDIDATE")
    );
    assert_eq!(
        many.refusal(admin(), modify(&[run])),
        format!(
            "BAD_ARGUMENT at changes.0.key: expected a node as a whole, found one of its runs; name {}, which holds them all",
            many.key("one")
        )
    );
    assert_eq!(
        many.refusal(admin(), modify(&[before("work")])),
        "BAD_ARGUMENT at changes.0.node: expected a node around which a sub-process is active or can be begun, found `two`, which runs over a list"
    );
}

#[test]
fn behind_an_event_based_gateway_only_one_of_its_events_is_started_after() {
    let nodes = "  draft: { type: userTask, role: clerk }
  wait: { type: eventBasedGateway, to: [answered, late] }
  answered: { type: intermediateCatchEvent, message: answer, to: yes }
  late: { type: intermediateCatchEvent, timer: 3 days, to: no }
  yes: { type: userTask, role: clerk, to: end }
  no: { type: userTask, role: clerk, to: end }
  end: { type: endEvent }";
    let mut case = Case::begin(nodes);
    let after = |node: &str| Change::StartAfter { node: node.into(), scope: None };
    let cancel = Change::Cancel { key: case.key("draft") };
    assert_eq!(
        case.refusal(admin(), modify(&[cancel.clone(), after("wait")])),
        "BAD_ARGUMENT at changes.1.node: expected a node with one way on, found that one event behind \
         `wait` decides where to; start after one of: answered, late"
    );
    case.give(admin(), modify(&[cancel, after("answered")])).expect("that event happened");
    assert_eq!(case.at(), ["yes"]);
}

//! Cases as a whole: withdrawn, voided, terminated, reopened, and what one who leaves had.

use std::sync::Arc;

use super::case_operations;
use super::tests::{Case, names, person};
use crate::actor::{Actor, Grant, Member};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::{Ending, Event};
use crate::ids::PersonId;
use crate::instance::{Status, Waiting};
use crate::operation::Operation;
use crate::rejection::Rejection;

/// A case that may be withdrawn, voided, terminated and reopened.
const LINE: &str = "  draft: { type: userTask, assign: initiator }
  review: { type: userTask, role: clerk, operations: terminate }
  last: { type: userTask, people: '=[\"a\", \"b\"]', sign: inOrder, outcomes: { ok: 好, reject: 不 } }
  end: { type: endEvent, outcome: done }";

pub(super) fn begin(nodes: &str) -> Case {
    let mut case = Case::begin_allowing("withdraw, void, terminate, reopen", nodes, |facts| {
        for id in ["a", "b", "c"] {
            let fields = serde_json::Map::new();
            let member =
                Member { id: id.into(), name: id.into(), unit: None, fields, held_for: None };
            facts.people.insert(id.into(), Some(Arc::new(member)));
        }
    });
    case.events.clear();
    case
}

pub(super) fn admin() -> Actor {
    let grants = vec![Grant { role: "admin".into(), unit: None }];
    Actor::Person { id: "root".into(), unit: None, grants }
}

fn why() -> String {
    "why".to_owned()
}

#[test]
fn whoever_began_a_case_withdraws_it_to_its_first_task() {
    let mut case = begin(LINE);
    let withdraw = || Command::Withdraw { reason: why() };
    assert_eq!(case.give(person("li"), withdraw()), Err("NOTHING_BEFORE".into()));
    case.complete("draft", None).expect("draft is open");
    case.complete("review", None).expect("review is open");
    assert_eq!(case.give(person("wu"), withdraw()), Err("NOT_INITIATOR".into()));
    let nothing = Command::Withdraw { reason: " ".into() };
    assert_eq!(case.give(person("li"), nothing), Err("BAD_ARGUMENT".into()));
    case.give(person("li"), withdraw()).expect("li began it");
    assert_eq!(case.at(), ["draft"]);
    case.complete("draft", None).expect("it is li's again");
    assert_eq!(case.at(), ["review"]);
}

#[test]
fn a_case_is_voided_or_terminated_by_whom_may() {
    for (actor, task, code) in [
        (person("wu"), None, Err("NOT_CANDIDATE".to_owned())),
        (admin(), None, Ok(())),
        (person("wu"), Some("review"), Ok(())),
        (Actor::Public, Some("review"), Err("NOT_CANDIDATE".to_owned())),
    ] {
        let mut case = begin(LINE);
        case.complete("draft", None).expect("draft is open");
        let task = task.map(|task| case.key(task));
        let done = case.give(actor, Command::Terminate { task, reason: why() });
        assert_eq!(done, code);
        let ended = case.events.iter().rev().find_map(|event| match event {
            Event::InstanceCancelled { how, .. } => Some(*how),
            _ => None,
        });
        assert_eq!(ended, code.is_ok().then_some(Ending::Terminated));
    }
    let mut case = begin(LINE);
    let void = || Command::Void { reason: why() };
    assert_eq!(case.give(person("wu"), void()), Err("NOT_INITIATOR".into()));
    case.give(person("li"), void()).expect("li began it");
    assert_eq!(names(&case.events), ["nodeTerminated", "instanceCancelled"]);
    assert_eq!(case.instance.status(), Status::Cancelled);
    let reopen = Command::Reopen { to: "draft".into(), reason: why() };
    assert_eq!(case.give(admin(), reopen), Err("VOIDED".into()), "it never was");
}

#[test]
fn an_ended_case_runs_again_from_where_it_can_reach_its_end() {
    let forked = "  first: { type: userTask, role: clerk }
  fork: { type: parallelGateway, to: [x, y] }
  x: { type: userTask, role: clerk, to: join }
  y: { type: userTask, role: clerk, to: join }
  join: { type: parallelGateway }
  last: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }";
    let mut case = begin(forked);
    let reopen = |to: &str| Command::Reopen { to: to.into(), reason: why() };
    assert_eq!(case.give(admin(), reopen("last")), Err("STILL_RUNNING".into()));
    for task in ["first", "x", "y", "last"] {
        case.complete(task, None).expect("it is open");
    }
    assert_eq!(case.ended(), Some("done"));
    let targets = case_operations(&case.definition, &case.instance, &admin());
    let reopening = targets.iter().find(|one| one.operation == Operation::Reopen);
    let reopening = reopening.expect("a case answers");
    assert_eq!(reopening.refused, None);
    let to: Vec<&str> = reopening.targets.iter().map(crate::ids::NodeName::as_str).collect();
    assert_eq!(to, ["first", "last"], "one branch of a fork would wait for the other for ever");
    assert_eq!(case.give(person("li"), reopen("last")), Err("NOT_CANDIDATE".into()));
    assert_eq!(case.give(admin(), reopen("x")), Err("CANNOT_RETURN".into()));
    case.events.clear();
    case.give(admin(), reopen("last")).expect("an admin may");
    assert_eq!(
        names(&case.events),
        ["instanceReopened", "nodeActivated", "taskCreated", "trailForgotten"]
    );
    case.complete("last", None).expect("it is open again");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn everything_of_one_who_leaves_becomes_anothers() {
    let mut case = begin(LINE);
    case.complete("draft", None).expect("draft is open");
    case.complete("review", None).expect("review is open");
    let hand = |from: &str, to: &str| Command::HandOver {
        from: from.into(),
        to: to.into(),
        reason: why(),
    };
    assert_eq!(case.give(person("li"), hand("a", "c")), Err("NOT_CANDIDATE".into()));
    assert_eq!(case.give(admin(), hand("nobody", "c")), Err("NOTHING_TO_HAND_OVER".into()));
    case.events.clear();
    case.give(admin(), hand("b", "c")).expect("b is to sign later");
    let twice = "c would sign twice";
    assert_eq!(case.give(admin(), hand("a", "c")), Err("ALREADY_SIGNER".into()), "{twice}");
    case.give(admin(), hand("a", "wu")).expect("a has a task");
    // What names them may come again.
    let expected = ["handedOver", "signerReplaced", "handedOver", "taskTransferred"];
    assert_eq!(names(&case.events), expected);
    for who in ["wu", "c"] {
        let task = case.instance.activations().iter().find_map(|(key, one)| match &one.waiting {
            Waiting::Task { assignee, .. } => {
                assert_eq!(assignee.as_ref().map(PersonId::as_str), Some(who));
                Some(*key)
            }
            _ => None,
        });
        let task = task.unwrap_or_else(|| panic!("{who} has a task: {:?}", case.instance));
        case.complete_key(task, Some("ok"), who).expect("it is theirs");
    }
    assert_eq!(case.ended(), Some("done"));
}

/// Whose the one open task of a case is.
fn whose(case: &Case) -> Option<&str> {
    case.instance.activations().values().find_map(|one| match &one.waiting {
        Waiting::Task { assignee, .. } => assignee.as_ref().map(PersonId::as_str),
        _ => None,
    })
}

#[test]
fn what_would_come_back_to_one_who_left_is_their_successors() {
    let nodes = "  draft: { type: userTask, assign: initiator }
  review: { type: userTask, role: clerk, operations: return }
  look: { type: userTask, assign: previous, operations: return }
  last: { type: userTask, assign: initiator }";
    let hand = |from: &str, to: &str| Command::HandOver {
        from: from.into(),
        to: to.into(),
        reason: why(),
    };
    let back = |case: &Case, then| Command::ReturnTask {
        task: *case.instance.activations().keys().next_back().expect("one is open"),
        to: vec!["draft".into()],
        then: Some(then),
        reason: why(),
    };
    let mut case = begin(nodes);
    case.complete("draft", None).expect("it is li's");
    assert_eq!(case.give(admin(), hand("li", "li")), Err("BAD_ARGUMENT".into()));
    case.events.clear();
    case.give(admin(), hand("li", "a")).expect("li began it, and did a task");
    assert_eq!(names(&case.events), ["handedOver"]);
    let twice = case.give(admin(), hand("li", "a"));
    assert_eq!(twice, Err("NOTHING_TO_HAND_OVER".into()));
    // A correction comes to the successor, and back to the successor of who asked for it.
    let correct = back(&case, Then::ComeBack);
    case.give(person("wu"), correct).expect("wu may return it");
    assert_eq!(whose(&case), Some("a"));
    case.give(admin(), hand("wu", "b")).expect("it would come back to wu");
    let draft = case.key("draft");
    case.complete_key(draft, None, "a").expect("it is a's");
    assert_eq!((case.at(), whose(&case)), (vec!["review"], Some("b")));
    let review = case.key("review");
    case.complete_key(review, None, "b").expect("it is b's");
    assert_eq!((case.at(), whose(&case)), (vec!["look"], Some("b")));
    // Who took over leaves as well, and who left comes back.
    case.give(admin(), hand("a", "li")).expect("a took over");
    let again = back(&case, Then::RunOn);
    case.give(person("b"), again).expect("b may return it");
    assert_eq!((case.at(), whose(&case)), (vec!["draft"], Some("li")));
    for (node, who) in [("draft", "li"), ("review", "zhao"), ("look", "zhao")] {
        let task = case.key(node);
        case.complete_key(task, None, who).expect("it is theirs");
    }
    assert_eq!((case.at(), whose(&case)), (vec!["last"], Some("li")));
    case.give(admin(), hand("li", "c")).expect("li has a task");
    assert_eq!(whose(&case), Some("c"));
    let withdraw = Command::Withdraw { reason: why() };
    assert_eq!(case.give(person("li"), withdraw.clone()), Err("NOT_INITIATOR".into()));
    case.give(person("c"), withdraw).expect("the part of whoever began it is c's");
    assert_eq!((case.at(), whose(&case)), (vec!["draft"], Some("c")));
}

#[test]
fn what_a_successor_may_not_do_is_offered_as_if_nobody_had_done_it() {
    let nodes = "  draft: { type: userTask, role: clerk }
  review: { type: userTask, role: clerk, separate: [draft], operations: return }
  look: { type: userTask, role: head, operations: return }";
    let mut case = begin(nodes);
    for (node, who) in [("draft", "li"), ("review", "wu")] {
        let task = case.key(node);
        case.complete_key(task, None, who).expect("it is theirs");
    }
    let hand = Command::HandOver { from: "wu".into(), to: "li".into(), reason: why() };
    case.give(admin(), hand).expect("wu did a task");
    let look = case.key("look");
    let back =
        Command::ReturnTask { task: look, to: vec!["review".into()], then: None, reason: why() };
    case.give(person("zhao"), back).expect("it may be returned");
    assert_eq!((case.at(), whose(&case)), (vec!["review"], None));
    let review = case.key("review");
    assert_eq!(case.complete_key(review, None, "li"), Err("SAME_PERSON".into()));
    case.complete_key(review, None, "zhao").expect("zhao did nothing of it");
}

#[test]
fn whoever_ends_a_case_from_a_task_or_returns_it_did_something_there() {
    let mut case = begin(LINE);
    case.complete("draft", None).expect("draft is open");
    case.events.clear();
    let task = Some(case.key("review"));
    let terminate = Command::Terminate { task, reason: why() };
    case.give(person("wu"), terminate).expect("it may be ended from there");
    let expected = ["taskTerminatedCase", "nodeTerminated", "instanceCancelled"];
    assert_eq!(names(&case.events), expected);
    let passed = case.instance.passed("review").expect("it was begun");
    assert!(passed.is_done_by(&"wu".into()) && passed.people.is_empty(), "{passed:?}");
    assert!(case.definition.is_inside(&case.instance, &person("wu")));
    assert!(!case.definition.is_inside(&case.instance, &person("zhao")));
}

#[test]
fn what_a_process_does_not_list_is_off() {
    let case = Case::begin("  a: { type: userTask, role: clerk }");
    let operations = case_operations(&case.definition, &case.instance, &person("li"));
    let codes: Vec<_> =
        operations.iter().map(|one| one.refused.as_ref().map(Rejection::code)).collect();
    assert_eq!(codes, [Some("OPERATION_NOT_ALLOWED"); 4]);
}

#[test]
fn nobody_is_let_know_twice() {
    let mut case = begin(LINE);
    case.complete("draft", None).expect("it is open");
    case.events.clear();
    let task = Some(case.key("review"));
    let copy = |people: &[&str], task| Command::Copy {
        people: people.iter().map(|id| PersonId::from(*id)).collect(),
        task,
    };
    case.give(person("li"), copy(&["a", "a", "b"], task)).expect("they do not know yet");
    case.give(person("li"), copy(&["b", "c"], task)).expect("c does not know yet");
    assert_eq!(names(&case.events), ["copied", "copied", "copied"]);
    assert_eq!(case.give(person("li"), copy(&["a", "c"], task)), Err("ALREADY_COPIED".into()));
    case.give(person("li"), copy(&["a"], None)).expect("the case is something else");
    assert_eq!(case.give(person("li"), copy(&["a"], None)), Err("ALREADY_COPIED".into()));
}

/// A task that can be undone, an event sub-process beside it, and a signal that ends a wait.
const LISTENS: &str = "  a: { type: userTask, role: clerk }
  wait: { type: intermediateCatchEvent, signal: go }
  end: { type: endEvent, outcome: done }
  undone: { type: boundaryEvent, attachedTo: a, compensation: true, to: undo }
  undo: { type: userTask, role: clerk }
  late: { type: boundaryEvent, attachedTo: a, signal: go, interrupting: false, to: know }
  know: { type: userTask, role: clerk, to: known }
  known: { type: endEvent }
  bell: { type: eventSubProcess, nodes: { ring: { type: startEvent, signal: bell, interrupting: false }, told: { type: userTask, role: clerk }, rung: { type: endEvent } } }";

#[test]
fn a_case_that_runs_again_listens_again_and_what_only_undoes_is_no_place_to_run_from() {
    let signal = |name: &str| Command::DeliverSignal { signal: name.into(), payload: None };
    let mut case = begin(LISTENS);
    case.complete("a", None).expect("it is open");
    case.give(Actor::System, signal("go")).expect("it is waited for");
    assert_eq!(case.ended(), Some("done"));
    assert_eq!(case.give(Actor::System, signal("bell")), Err("INSTANCE_CLOSED".into()));
    let targets: Vec<String> =
        case.definition.reopen_targets().iter().map(ToString::to_string).collect();
    assert_eq!(targets, ["a", "know"]);
    let command = Command::Reopen { to: "a".into(), reason: why() };
    case.give(admin(), command).expect("an admin may");
    case.give(Actor::System, signal("bell")).expect("it listens again");
    case.complete("told", None).expect("the bell rang");
    case.complete("a", None).expect("it is open again");
    case.give(Actor::System, signal("go")).expect("it is waited for again");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn whatever_a_case_waits_for_is_dropped_with_what_is_taken_back_or_ended() {
    let signal = |name: &str| Command::DeliverSignal { signal: name.into(), payload: None };
    let first = LISTENS.replacen("  wait", "  b: { type: userTask, role: clerk }\n  wait", 1);
    let mut case = begin(&first);
    case.complete("a", None).expect("it is open");
    case.complete("b", None).expect("it is open");
    let withdraw = Command::Withdraw { reason: why() };
    case.give(person("li"), withdraw).expect("whoever began it may");
    assert!(case.instance.activations().values().all(|one| one.node.as_str() != "wait"));
    case.give(Actor::System, signal("go")).expect("the task that is done again waits for it");
    case.complete("know", None).expect("that is beside the task");
    case.give(Actor::System, signal("bell")).expect("the case still listens");
    let void = Command::Void { reason: why() };
    case.give(person("li"), void).expect("whoever began it may");
    assert_eq!(case.instance.activations().len(), 0);
    assert_eq!(case.give(Actor::System, signal("bell")), Err("INSTANCE_CLOSED".into()));
}

#[test]
fn whoever_began_a_case_takes_it_back_only_until_it_has_reached_a_node() {
    let until = "withdraw, void]\nuntil: { withdraw: review, void: last }\n# ";
    let nodes = LINE.replace(
        "operations: terminate",
        "operations: return, outcomes: { ok: 好, redo: { label: 退, to: draft } }",
    );
    let mut case = Case::begin_allowing(until, &nodes, |facts| {
        for id in ["a", "b"] {
            let fields = serde_json::Map::new();
            let member =
                Member { id: id.into(), name: id.into(), unit: None, fields, held_for: None };
            facts.people.insert(id.into(), Some(Arc::new(member)));
        }
    });
    let withdraw = || Command::Withdraw { reason: why() };
    let void = || Command::Void { reason: why() };
    assert_eq!(case.give(person("li"), withdraw()), Err("NOTHING_BEFORE".into()), "in time");
    case.complete("draft", None).expect("draft is open");
    let late = "OPERATION_NOT_ALLOWED expected `withdraw` before the case reached `review`: it is too late now";
    assert_eq!(case.refusal(person("li"), withdraw()), late);
    let refused = |case: &Case, wanted| {
        let all = case_operations(&case.definition, &case.instance, &person("li"));
        let one = all.into_iter().find(|one| one.operation == wanted).expect("it is listed");
        one.refused
    };
    let (operation, node, until) = (Operation::Withdraw, "p".into(), Some("review".into()));
    let over = Some(Rejection::OperationNotAllowed { operation, node, until });
    assert_eq!(refused(&case, Operation::Withdraw), over);
    assert_eq!(refused(&case, Operation::Void), None);
    // What was decided once is not undone by a return.
    case.complete("review", Some("redo")).expect("review is open");
    assert_eq!(case.at(), ["draft"]);
    assert_eq!(refused(&case, Operation::Withdraw), over);
    case.complete("draft", None).expect("draft is open");
    case.complete("review", Some("ok")).expect("review is open");
    assert_eq!(case.give(person("li"), void()), Err("OPERATION_NOT_ALLOWED".into()));
}

//! What an ended case that runs again can be returned to: what was done before it ended, where it
//! leads on to the end from there alone.

use super::case_tests::{admin, begin};
use super::tests::{Case, names, person};
use super::{allowed_operations, case_operations};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::Event;
use crate::ids::Key;
use crate::operation::Operation;

fn why() -> String {
    "why".to_owned()
}

fn reopen(case: &mut Case, to: &str) {
    case.give(admin(), Command::Reopen { to: to.into(), reason: why() }).expect("an admin may");
}

/// The nodes that a task may be returned to, as it is offered.
fn targets(case: &Case, node: &str) -> Vec<String> {
    let task = case.key(node);
    let all = allowed_operations(&case.definition, &case.instance, task, (&person("li"), case.now));
    let found = all.into_iter().find(|one| one.operation == Operation::Return);
    let returning = found.expect("a task answers");
    assert_eq!(returning.refused.is_some(), returning.targets.is_empty(), "{returning:?}");
    returning.targets.iter().map(ToString::to_string).collect()
}

fn return_to(case: &mut Case, node: &str, to: &[&str], then: Then) -> Result<(), String> {
    let (task, to) = (case.key(node), to.iter().map(|to| (*to).into()).collect());
    let command = Command::ReturnTask { task, to, then: Some(then), reason: why() };
    case.give(person("li"), command)
}

const MAY: &str = "type: userTask, role: clerk, operations: [return, takeBack]";

fn line() -> Case {
    let mut case = begin(&format!(
        "  one: {{ {MAY} }}\n  two: {{ {MAY} }}\n  three: {{ {MAY} }}\n  end: {{ type: endEvent, outcome: done }}"
    ));
    for node in ["one", "two", "three"] {
        case.complete(node, None).expect("it is open");
    }
    assert_eq!(case.ended(), Some("done"));
    case
}

#[test]
fn a_case_that_runs_again_is_returned_to_what_was_done_before_it_ended() {
    let mut case = line();
    assert_eq!(case.instance.trail().len(), 3, "the trail stays");
    case.events.clear();
    reopen(&mut case, "three");
    let expected = ["instanceReopened", "nodeActivated", "taskCreated", "trailForgotten"];
    assert_eq!(names(&case.events), expected);
    let Event::NodeActivated { from, .. } = &case.events[1] else { panic!("{:?}", case.events) };
    assert_eq!(from, &[Key(3)], "it descends from what was done last");
    assert_eq!(targets(&case, "three"), ["one", "two"]);
    case.events.clear();
    return_to(&mut case, "three", &["one"], Then::RunOn).expect("it was done before");
    let expected = ["returned", "nodeTerminated", "flowTaken", "nodeActivated", "taskCreated"];
    assert_eq!(names(&case.events), expected);
    assert_eq!(case.at(), ["one"]);
    for node in ["one", "two", "three"] {
        case.complete(node, None).expect("it is open again");
    }
    assert_eq!(case.ended(), Some("done"));
    // And once more.
    reopen(&mut case, "two");
    assert_eq!(targets(&case, "two"), ["one", "three"]);
    return_to(&mut case, "two", &["three"], Then::RunOn).expect("it was done before");
    assert_eq!(case.at(), ["three"]);
}

#[test]
fn a_correction_of_what_was_done_before_the_end_comes_straight_back() {
    let mut case = line();
    reopen(&mut case, "three");
    return_to(&mut case, "three", &["one"], Then::ComeBack).expect("it was done before");
    case.complete("one", None).expect("it is open");
    assert_eq!(case.at(), ["three"]);
    case.complete("three", None).expect("it came back");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn what_was_decided_last_is_taken_back_and_the_case_is_withdrawn() {
    let mut case = line();
    let last = *case.instance.trail().keys().last().expect("three was done");
    let take_back = || Command::TakeBack { task: last, reason: String::new() };
    let allowed =
        allowed_operations(&case.definition, &case.instance, last, (&person("li"), case.now));
    let codes: Vec<_> = allowed
        .iter()
        .map(|one| one.refused.as_ref().map(crate::rejection::Rejection::code))
        .collect();
    assert_eq!(codes, [Some("INSTANCE_CLOSED")], "an ended case says why");
    assert_eq!(case.give(person("li"), take_back()), Err("INSTANCE_CLOSED".into()));
    reopen(&mut case, "two");
    assert_eq!(case.give(person("wu"), take_back()), Err("NOT_CANDIDATE".into()));
    case.give(person("li"), take_back()).expect("nothing was done since");
    assert_eq!(case.at(), ["three"]);
    case.complete("three", None).expect("it is open again");

    reopen(&mut case, "three");
    let operations = case_operations(&case.definition, &case.instance, &person("li"));
    let withdraw = operations.iter().find(|one| one.operation == Operation::Withdraw);
    assert_eq!(withdraw.expect("a case answers").refused, None);
    case.give(person("li"), Command::Withdraw { reason: why() }).expect("li began it");
    assert_eq!(case.at(), ["one"]);
}

fn forked(join: &str) -> String {
    format!(
        "  first: {{ {MAY} }}
  fork: {{ type: parallelGateway, to: [x, y] }}
  x: {{ {MAY}, to: join }}
  y: {{ {MAY}, to: join }}
  join: {{ type: {join} }}
  last: {{ {MAY} }}
  end: {{ type: endEvent, outcome: done }}"
    )
}

#[test]
fn only_what_leads_to_the_end_alone_is_offered() {
    let mut case = begin(&forked("parallelGateway"));
    for node in ["first", "x", "y", "last"] {
        case.complete(node, None).expect("it is open");
    }
    reopen(&mut case, "last");
    assert_eq!(targets(&case, "last"), ["first"], "one branch would wait for the other for ever");
    assert_eq!(return_to(&mut case, "last", &["x"], Then::RunOn), Err("CANNOT_RETURN".into()));
    return_to(&mut case, "last", &["first"], Then::RunOn).expect("it leads to the end");
    for node in ["first", "x", "y", "last"] {
        case.complete(node, None).expect("it is open again");
    }
    assert_eq!(case.ended(), Some("done"));

    // Where the join waits for nobody who cannot come, each branch leads there alone.
    let mut case = begin(&forked("inclusiveGateway"));
    for node in ["first", "x", "y", "last"] {
        case.complete(node, None).expect("it is open");
    }
    reopen(&mut case, "last");
    assert_eq!(targets(&case, "last"), ["first", "x", "y"]);
    let both = return_to(&mut case, "last", &["x", "y"], Then::RunOn);
    assert_eq!(both, Err("CANNOT_RETURN".into()), "one at a time");
    return_to(&mut case, "last", &["x"], Then::RunOn).expect("it leads to the end");
    assert_eq!(case.at(), ["x"]);
    case.complete("x", None).expect("it is open again");
    case.complete("last", None).expect("nobody else is waited for");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_case_that_was_terminated_is_returned_to_what_was_done() {
    let mut case = begin(&forked("parallelGateway"));
    case.complete("first", None).expect("it is open");
    case.complete("x", None).expect("it is open");
    let terminate = Command::Terminate { task: None, reason: why() };
    case.give(admin(), terminate).expect("an admin may");
    reopen(&mut case, "last");
    assert_eq!(targets(&case, "last"), ["first"]);
    return_to(&mut case, "last", &["first"], Then::RunOn).expect("it leads to the end");
    for node in ["first", "x", "y", "last"] {
        case.complete(node, None).expect("it is open");
    }
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn what_is_done_after_it_runs_again_is_returned_to_as_ever() {
    let mut case = begin(&forked("parallelGateway"));
    for node in ["first", "x", "y", "last"] {
        case.complete(node, None).expect("it is open");
    }
    reopen(&mut case, "first");
    for node in ["first", "x", "y"] {
        case.complete(node, None).expect("it is open");
    }
    assert_eq!(targets(&case, "last"), ["first", "x", "y"], "of now, with its join");
    return_to(&mut case, "last", &["y"], Then::RunOn).expect("it was done before");
    assert_eq!(case.at(), ["y"], "the other branch's token waits at the join again");
    case.complete("y", None).expect("it is open again");
    case.complete("last", None).expect("both are there");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn an_outcome_that_leads_back_is_a_way_on_to_what_the_case_ended_after() {
    let mut case = begin(&format!(
        "  one: {{ {MAY} }}
  two: {{ {MAY}, outcomes: {{ ok: 好, redo: {{ label: 退, to: one }} }} }}
  end: {{ type: endEvent, outcome: done }}"
    ));
    case.complete("one", None).expect("it is open");
    case.complete("two", Some("ok")).expect("it is open");
    reopen(&mut case, "two");
    case.complete("two", Some("redo")).expect("it is open again");
    assert_eq!(case.at(), ["one"]);
    case.complete("one", None).expect("it is open again");
    case.complete("two", Some("ok")).expect("it is open again");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn who_did_it_before_the_end_is_asked_again() {
    let mut case = begin(
        "  one: { type: userTask, assign: initiator, dedupe: inRow, outcomes: { ok: 好, no: 不 } }
  two: { type: userTask, role: clerk, outcomes: { ok: 好, no: 不 } }
  end: { type: endEvent, outcome: done }",
    );
    case.complete("one", Some("ok")).expect("it is open");
    case.complete("two", Some("ok")).expect("it is open");
    reopen(&mut case, "one");
    assert_eq!(case.at(), ["one"], "an admin wants it done again");
}

//! Who asked for a correction from a round takes that back (拿回) by the task that was theirs, as the API names
//! it.

use super::allowed_operations;
use super::signing_tests::{begin, open_people};
use super::tests::{Case, person};
use crate::command::Command;
use crate::ids::Key;
use crate::instance::Waiting;
use crate::operation::Operation;

fn reviewed(whose: &str) -> Case {
    let mut case = begin(&format!(
        "  fill: {{ type: userTask, role: clerk }}
  review: {{ type: userTask, {whose}, outcomes: {{ agree: 同意, fix: {{ label: 补正, to: fill, then: comeBack }} }} }}
  end: {{ type: endEvent, outcome: done }}"
    ));
    case.complete("fill", None).expect("it is open");
    case
}

/// The first open task of the review that is a person's, or that nobody has yet.
fn task_for(case: &Case, who: &str) -> Key {
    let is_theirs = |waiting: &Waiting| match waiting {
        Waiting::Task { assignee, .. } => {
            assignee.as_ref().is_none_or(|person| person.as_str() == who)
        }
        _ => false,
    };
    let mut open = case.instance.activations().iter();
    let task = open.find(|(_, one)| one.node.as_str() == "review" && is_theirs(&one.waiting));
    *task.expect("it is open").0
}

/// Why a task cannot be taken back; none where it can.
fn refused(case: &Case, who: &str, task: Key) -> Option<&'static str> {
    let all = allowed_operations(&case.definition, &case.instance, task, (&person(who), case.now));
    let [one] = &all[..] else { panic!("expected one answer, found {all:?}") };
    assert_eq!(one.operation, Operation::TakeBack);
    one.refused.as_ref().map(crate::rejection::Rejection::code)
}

#[test]
fn who_asked_from_a_round_takes_that_back_by_their_task() {
    let people = "people: '=[\"a\", \"b\"]'";
    for whose in [
        "role: clerk, operations: [takeBack]".to_owned(),
        "role: clerk, operations: [takeBack, addSigner]".to_owned(),
        format!("{people}, sign: any, operations: [takeBack]"),
        format!("{people}, sign: all, operations: [takeBack, addSigner]"),
        format!("{people}, sign: inOrder, operations: [takeBack]"),
    ] {
        let mut case = reviewed(&whose);
        let open = open_people(&case);
        let task = task_for(&case, "a");
        case.complete_key(task, Some("fix"), "a").expect("a may");
        assert_eq!(case.at(), ["fill"], "{whose}");
        assert_eq!(refused(&case, "a", task), None, "{whose}");
        assert_eq!(refused(&case, "b", task), Some("NOT_CANDIDATE"), "{whose}");
        let command = Command::TakeBack { task, reason: "too soon".into() };
        case.give(person("a"), command.clone()).expect("nothing followed");
        let again = task_for(&case, "a");
        assert!(again > task, "{whose}");
        if !open.is_empty() {
            assert_eq!(open_people(&case), open, "{whose}: the same are asked");
        }
        assert_eq!(case.give(person("a"), command), Err("NOTHING_TO_TAKE_BACK".into()), "{whose}");
    }
}

#[test]
fn what_two_ask_for_one_of_them_takes_back() {
    let mut case = begin(
        "  fill: { type: userTask, role: clerk }
  both: { type: parallelGateway, to: [one, two] }
  one: { type: userTask, people: '=[\"a\", \"b\"]', sign: any, operations: [takeBack], outcomes: { agree: 同意, fix: { label: 补正, to: fill, then: comeBack } }, to: join }
  two: { type: userTask, people: '=[\"c\", \"b\"]', sign: any, operations: [takeBack], outcomes: { agree: 同意, fix: { label: 补正, to: fill, then: comeBack } }, to: join }
  join: { type: parallelGateway }
  end: { type: endEvent, outcome: done }",
    );
    case.complete("fill", None).expect("it is open");
    let mut asked = Vec::new();
    for who in ["a", "c"] {
        let task = super::signing_tests::task_of(&case, who);
        case.complete_key(task, Some("fix"), who).expect("they may");
        asked.push(task);
    }
    assert_eq!(case.at(), ["fill"]);
    for (who, task, at) in [
        ("c", asked[1], &["fill", "two", "two", "two"][..]),
        ("a", asked[0], &["two", "two", "two", "one", "one", "one"]),
    ] {
        assert_eq!(refused(&case, who, task), None);
        case.give(person(who), Command::TakeBack { task, reason: "too soon".into() })
            .expect("it is theirs");
        assert_eq!(case.at(), at);
    }
}

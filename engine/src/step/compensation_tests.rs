//! What undoes one run of a list: it sees the run's item and what that run gave, the last run first.

use serde_json::json;

use super::tests::{Case, names};
use crate::event::Event;
use crate::instance::Waiting;

/// Variables that were written, in order, without those of the beginning.
fn logged(case: &Case) -> Vec<serde_json::Value> {
    let logs = case.events.iter().filter_map(|event| match event {
        Event::VariableSet { name, value, .. } if name == "log" => Some(value.clone()),
        _ => None,
    });
    logs.collect()
}

/// Two bookings, each with its result, and a handler that says what it undoes.
fn bookings(mode: &str) -> String {
    format!(
        "  book: {{ type: userTask, role: clerk, forEach: {{ in: list, as: flight, mode: {mode}, result: 'flight + string(loop.index)', into: said }} }}
  onBook: {{ type: boundaryEvent, attachedTo: book, compensation: true, to: unbook }}
  unbook: {{ type: scriptTask, set: {{ log: 'flight + \" \" + string(loop.index) + \" \" + string(said[loop.index])' }} }}
  undo: {{ type: intermediateThrowEvent, compensate: all }}
  end: {{ type: endEvent, outcome: done }}"
    )
}

#[test]
fn a_handler_sees_its_own_run_and_the_last_run_is_undone_first() {
    for (mode, order, expected) in [
        ("sequential", ["a", "b"], ["b 1 b1", "a 0 a0"]),
        ("parallel", ["a", "b"], ["b 1 b1", "a 0 a0"]),
        // What was done last is undone first, wherever it stands in the list.
        ("parallel", ["b", "a"], ["a 0 a0", "b 1 b1"]),
    ] {
        let mut case = Case::begin(&bookings(mode));
        for item in order {
            let mut runs = case.instance.activations().iter();
            let is_it = |one: &crate::instance::Activation| {
                one.item.as_ref().is_some_and(|own| own.value == json!(item))
            };
            let run = runs.find(|(_, one)| is_it(one)).map(|(key, _)| *key);
            case.complete_key(run.expect("it is open"), None, "li").expect("li may");
        }
        assert_eq!(case.ended(), Some("done"), "{mode}");
        assert_eq!(logged(&case), expected, "{mode} {order:?}");
    }
}

#[test]
fn what_a_run_gave_is_kept_with_it() {
    let mut case = Case::begin(&bookings("sequential"));
    case.events.clear();
    let first = case.instance.activations().keys().nth(1).copied().expect("the first run");
    case.complete_key(first, None, "li").expect("li may");
    let expected = [
        "taskClaimed",
        "taskCompleted",
        "itemResult",
        "compensationKept",
        "nodeCompleted",
        "nodeActivated",
        "taskCreated",
    ];
    assert_eq!(names(&case.events), expected);
    assert_eq!(case.instance.done()[0].variables["said"], json!(["a0", null]));
}

#[test]
fn what_is_undone_inside_a_run_that_is_over_sees_that_runs_item() {
    let mut case = Case::begin(
        "  trip: { type: subProcess, forEach: { in: list, as: town, mode: sequential }, nodes: { book: { type: manualTask }, onBook: { type: boundaryEvent, attachedTo: book, compensation: true, to: unbook }, unbook: { type: scriptTask, set: { log: 'town + string(loop.index)' } }, over: { type: endEvent } } }
  ask: { type: userTask, role: clerk }
  undo: { type: intermediateThrowEvent, compensate: trip }
  end: { type: endEvent, outcome: done }",
    );
    case.complete("ask", None).expect("it is open");
    assert_eq!(case.ended(), Some("done"));
    assert_eq!(logged(&case), ["b1", "a0"]);
}

#[test]
fn a_run_that_is_a_sub_process_is_undone_as_a_whole_with_its_item() {
    let mut case = Case::begin(
        "  trip: { type: subProcess, forEach: { in: list, as: town, mode: sequential }, nodes: { book: { type: manualTask }, over: { type: endEvent } } }
  onTrip: { type: boundaryEvent, attachedTo: trip, compensation: true, to: untrip }
  untrip: { type: subProcess, nodes: { tell: { type: scriptTask, set: { log: town } }, told: { type: endEvent } } }
  ask: { type: userTask, role: clerk }
  undo: { type: intermediateThrowEvent, compensate: trip }
  end: { type: endEvent, outcome: done }",
    );
    case.complete("ask", None).expect("it is open");
    assert_eq!(case.ended(), Some("done"));
    assert_eq!(logged(&case), ["b", "a"]);
}

/// What was done of a list, or in a sub-process, when an event ended it and everything was undone.
fn undone_when_stopped(work: &str, done: usize) -> Vec<serde_json::Value> {
    let nodes = format!(
        "{work}
  late: {{ type: boundaryEvent, attachedTo: work, timer: 1 days, to: undo }}
  end: {{ type: endEvent, outcome: done }}
  undo: {{ type: intermediateThrowEvent, compensate: all }}
  stopped: {{ type: endEvent, outcome: stopped }}"
    );
    let mut case = Case::begin(&nodes);
    for _ in 0..done {
        let mut open = case.instance.activations().iter();
        let is_task =
            |one: &crate::instance::Activation| matches!(one.waiting, Waiting::Task { .. });
        let task = open.find(|(_, one)| is_task(one)).map(|(key, _)| *key);
        case.complete_key(task.expect("there is one"), None, "li").expect("li may");
    }
    case.advance(3 * 24 * 3_600_000);
    assert_eq!(case.ended(), Some("stopped"));
    logged(&case)
}

#[test]
fn the_runs_that_were_done_of_an_interrupted_list_are_undone() {
    let list = |more: &str| {
        format!(
            "  work: {{ type: userTask, role: clerk, {more} }}
  onWork: {{ type: boundaryEvent, attachedTo: work, compensation: true, to: unwork }}
  unwork: {{ type: scriptTask, set: {{ log: string(loop.index) }} }}"
        )
    };
    let of_list = |mode: &str| {
        list(&format!("forEach: {{ in: '[\"a\", \"b\", \"c\"]', as: it, mode: {mode} }}"))
    };
    for mode in ["sequential", "parallel"] {
        assert_eq!(undone_when_stopped(&of_list(mode), 2), ["1", "0"], "{mode}");
        assert_eq!(undone_when_stopped(&of_list(mode), 0), [""; 0], "{mode}");
    }
    let looped = list("loop: { while: n < 3, max: 3 }");
    assert_eq!(undone_when_stopped(&looped, 1), ["0"]);
}

#[test]
fn what_was_done_in_a_sub_process_that_was_interrupted_is_not() {
    let inside = "      open: { type: userTask, role: clerk, LIST }
      onOpen: { type: boundaryEvent, attachedTo: open, compensation: true, to: close }
      close: { type: scriptTask, set: { log: '\"closed\"' } }
      more: { type: userTask, role: clerk }
      over: { type: endEvent }";
    for list in ["", "forEach: { in: list, as: it }"] {
        let inside = inside.replace(
            ", LIST",
            if list.is_empty() { "" } else { ", forEach: { in: list, as: it }" },
        );
        for kind in ["subProcess", "subProcess\n    forEach: { in: list, as: run }"] {
            let work = format!("  work:\n    type: {kind}\n    nodes:\n{inside}");
            assert_eq!(undone_when_stopped(&work, 1), [""; 0], "{kind} {list}");
        }
    }
}

#[test]
fn a_finished_run_of_a_sub_process_is_undone_and_one_that_was_not_is_not() {
    let work = "  work:
    type: subProcess
    forEach: { in: list, as: run, mode: sequential }
    nodes:
      open: { type: userTask, role: clerk }
      onOpen: { type: boundaryEvent, attachedTo: open, compensation: true, to: close }
      close: { type: scriptTask, set: { log: run } }
      more: { type: userTask, role: clerk }
      over: { type: endEvent }";
    // Both tasks of `a`, and the first of `b`.
    assert_eq!(undone_when_stopped(work, 3), ["a"]);
}

#[test]
fn what_an_interrupted_list_did_says_so_in_its_event() {
    let nodes = "  work: { type: userTask, role: clerk, forEach: { in: list, as: it } }
  onWork: { type: boundaryEvent, attachedTo: work, compensation: true, to: unwork }
  unwork: { type: scriptTask, set: { log: it } }
  late: { type: boundaryEvent, attachedTo: work, timer: 1 days, to: end }
  end: { type: endEvent, outcome: done }";
    let kept = |done: usize| {
        let mut case = Case::begin(nodes);
        let body = case.key("work");
        for _ in 0..done {
            let last = *case.instance.activations().keys().next_back().expect("a run");
            case.complete_key(last, None, "li").expect("li may");
        }
        case.advance(3 * 24 * 3_600_000);
        let ends = case.events.iter().filter_map(|event| match event {
            Event::NodeTerminated { key, runs_kept, .. } if *key == body => Some(*runs_kept),
            _ => None,
        });
        ends.collect::<Vec<_>>()
    };
    assert_eq!((kept(0), kept(1)), (vec![false], vec![true]));
}

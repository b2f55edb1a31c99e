//! What undoes one run of a list: it sees the run's item and what that run gave, the last run first.

use serde_json::json;

use super::tests::{Case, names};
use crate::event::Event;

/// Variables that were written, in order, without those of the beginning.
fn logged(case: &Case) -> Vec<serde_json::Value> {
    let logs = case.events.iter().filter_map(|event| match event {
        Event::VariableSet { name, value } if name == "log" => Some(value.clone()),
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

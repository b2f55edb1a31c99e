//! What an admin gives up by hand, alone: what undoes earlier work, and what a run of a list was to give.

use serde_json::json;

use super::case_tests::admin;
use super::tests::Case;
use crate::command::{Change, Command};
use crate::ids::Key;

/// Two tasks, what undoes the second of which stops for good: it reads the data as they were.
fn undone(handler: &str) -> Case {
    let mut case = Case::begin(&format!(
        "  first: {{ type: userTask, role: clerk }}
  onFirst: {{ type: boundaryEvent, attachedTo: first, compensation: true, to: unfirst }}
  unfirst: {{ type: scriptTask, set: {{ log: '\"first\"' }} }}
  second: {{ type: userTask, role: clerk }}
  onSecond: {{ type: boundaryEvent, attachedTo: second, compensation: true, to: unsecond }}
  unsecond: {handler}
  undo: {{ type: intermediateThrowEvent, compensate: all }}
  end: {{ type: endEvent, outcome: done }}"
    ));
    case.complete("first", None).expect("it is open");
    case.complete("second", None).expect("it is open");
    let (_, code) = incident(&case).expect("it cannot be told");
    assert_eq!(code, "EXPRESSION_FAILED");
    case
}

/// Where the case stands at an incident.
fn incident(case: &Case) -> Option<(&str, &str)> {
    let mut stopped = case.instance.activations().values();
    stopped.find_map(|one| Some((one.node.as_str(), one.incident.as_ref()?.code.as_str())))
}

fn cancel(case: &mut Case, key: Key) -> Result<(), String> {
    let changes = vec![Change::Cancel { key }];
    case.give(admin(), Command::Modify { changes, reason: "it was done by hand".into() })
}

#[test]
fn what_undoes_earlier_work_is_given_up_alone_and_the_rest_is_undone() {
    for (handler, stopped) in [
        ("{ type: scriptTask, set: { log: 'list[7]' } }", "unsecond"),
        (
            "{ type: subProcess, nodes: { stops: { type: scriptTask, set: { log: 'list[7]' } }, over: { type: endEvent } } }",
            "unsecond",
        ),
        (
            "{ type: subProcess, nodes: { stops: { type: scriptTask, set: { log: 'list[7]' } }, over: { type: endEvent } } }",
            "stops",
        ),
    ] {
        let mut case = undone(handler);
        let key = case.key(stopped);
        cancel(&mut case, key).expect("it is given up");
        assert_eq!(case.ended(), Some("done"), "{stopped}");
        assert_eq!(case.instance.variables()["log"], json!("first"), "{stopped}");
        assert_eq!(case.instance.done(), [], "{stopped}");
    }
}

#[test]
fn a_run_is_given_up_that_cannot_tell_what_it_gives() {
    for mode in ["parallel", "sequential"] {
        let mut case = Case::begin(&format!(
            "  book: {{ type: userTask, role: clerk, forEach: {{ in: list, as: it, mode: {mode}, result: 'it == \"a\" ? list[7] : it', into: said }} }}
  end: {{ type: endEvent, outcome: done }}"
        ));
        let run = *case.instance.activations().keys().nth(1).expect("the first run");
        case.complete_key(run, None, "li").expect("li may");
        assert_eq!(incident(&case), Some(("book", "EXPRESSION_FAILED")));
        cancel(&mut case, run).expect("it is done");
        assert_eq!(case.instance.variables()["said"], json!([null, null]));
        assert_eq!(incident(&case), None, "{mode}");
        let run = *case.instance.activations().keys().nth(1).expect("the other run");
        assert_eq!(
            cancel(&mut case, run),
            Err("BAD_ARGUMENT".into()),
            "a run that is not done goes with its list"
        );
        case.complete_key(run, None, "li").expect("li may");
        assert_eq!(case.instance.variables()["said"], json!([null, "b"]), "{mode}");
        assert_eq!(case.ended(), Some("done"), "{mode}");
    }
}

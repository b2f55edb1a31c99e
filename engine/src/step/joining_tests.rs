//! Several who ask for the same correction while it runs: one task, and all of them are back together.

use super::tests::{Case, names, person};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::Event;

const BOTH: &str = "  develop: { type: userTask, role: clerk, outcomes: { ok: 好, stop: { label: 停, to: stopped } } }
  fork: { type: parallelGateway, to: [x, b] }
  x: { type: userTask, role: clerk, operations: takeBack, to: a }
  a: { type: userTask, role: clerk, to: join, operations: return, outcomes: { ok: 好, fix: { label: 补, to: develop, then: comeBack } } }
  b: { type: userTask, role: clerk, to: join, operations: return, outcomes: { ok: 好, fix: { label: 补, to: develop, then: comeBack }, redo: { label: 退, to: develop } } }
  join: { type: parallelGateway }
  last: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }
  stopped: { type: endEvent, outcome: stopped }
";

fn asked() -> Case {
    let mut case = Case::begin(BOTH);
    case.complete("develop", Some("ok")).expect("it is open");
    case.complete("x", None).expect("it is open");
    for (task, who) in [("a", "wu"), ("b", "zhao")] {
        case.events.clear();
        let key = case.key(task);
        case.complete_key(key, Some("fix"), who).expect("it is open");
    }
    case
}

#[test]
fn a_second_request_joins_the_correction_that_runs() {
    let mut case = asked();
    assert_eq!(case.at(), ["develop"], "one task for one form");
    let came = ["taskClaimed", "taskCompleted", "nodeCompleted", "flowTaken", "correctionJoined"];
    assert_eq!(names(&case.events)[..came.len()], came);
    case.complete("develop", Some("ok")).expect("it is open");
    assert_eq!(case.at(), ["a", "b"], "both are back together");
    for (node, who) in [("a", "wu"), ("b", "zhao")] {
        let task = &case.instance.activations()[&case.key(node)];
        assert_eq!(task.person.as_ref().map(crate::ids::PersonId::as_str), Some(who));
    }
    for (node, who) in [("a", "wu"), ("b", "zhao")] {
        let key = case.key(node);
        case.complete_key(key, Some("ok"), who).expect("it is theirs");
    }
    assert_eq!(case.at(), ["last"]);
}

#[test]
fn a_correction_that_goes_another_way_undoes_what_all_of_them_did() {
    let mut case = asked();
    case.complete("develop", Some("stop")).expect("it is open");
    assert_eq!(case.ended(), Some("stopped"));
}

#[test]
fn who_asks_by_an_operation_joins_as_well() {
    let mut case = Case::begin(BOTH);
    case.complete("develop", Some("ok")).expect("it is open");
    case.complete("x", None).expect("it is open");
    for task in ["a", "b"] {
        let command = Command::ReturnTask {
            task: case.key(task),
            to: vec!["develop".into()],
            then: Some(Then::ComeBack),
            reason: "why".into(),
        };
        case.give(person("li"), command).expect("it is theirs");
    }
    assert_eq!(case.at(), ["develop"]);
    case.complete("develop", Some("ok")).expect("it is open");
    assert_eq!(case.at(), ["a", "b"]);
}

#[test]
fn a_correction_stays_for_those_whose_work_is_not_undone() {
    let mut case = asked();
    // Whoever did what comes before one of them takes it back: the other still waits for it.
    let task = case.instance.trail().iter().find(|(_, it)| it.node.as_str() == "x");
    let task = *task.expect("it was done").0;
    case.events.clear();
    case.give(person("li"), Command::TakeBack { task, reason: "why".into() }).expect("it is li's");
    assert!(
        case.events.iter().any(|event| matches!(event, Event::CorrectionLeft { place: 0, .. }))
    );
    assert_eq!(case.at(), ["develop", "x"]);
    case.complete("develop", Some("ok")).expect("it is open");
    assert_eq!(case.at(), ["x", "b"]);
}

//! Events on a boundary that cannot wait: the activity goes on, and a retry begins nothing anew.

use std::collections::BTreeMap;

use super::case_tests::admin;
use super::tests::{Case, names, person};
use crate::command::Command;
use crate::event::Incident;
use crate::ids::Key;

/// An admin sets `said` and tries the activity again.
fn correct(case: &mut Case, retry: Key, said: &str) -> Result<(), String> {
    let variables = [("said".to_owned(), said.into())].into();
    let (documents, reason) = (BTreeMap::new(), "counted".to_owned());
    case.give(admin(), Command::Correct { documents, variables, retry: Some(retry), reason })
}

fn incident(case: &Case, key: Key) -> Option<&Incident> {
    case.instance.activation(key).and_then(|one| one.incident.as_ref())
}

fn boundary(name: &str, host: &str, keys: &str) -> String {
    format!("\n  {name}: {{ type: boundaryEvent, attachedTo: {host}, {keys}, to: end }}")
}

const LATER: &str = "2026-01-20T00:00:00Z";

#[test]
fn a_task_is_not_offered_anew_when_its_clock_is_retried() {
    let mut case = Case::begin(
        &("  look: { type: userTask, role: clerk, notice: told }\n  end: { type: endEvent }"
            .to_owned()
            + &boundary("late", "look", "timer: '=said'")),
    );
    let look = case.key("look");
    let stopped = incident(&case, look).expect("`said` is nothing");
    assert_eq!((stopped.code.as_str(), &stopped.message[..7]), ("BAD_TIME", "`late`:"));
    case.give(person("wang"), Command::ClaimTask { task: look })
        .expect("wang takes it for all that");
    case.events.clear();
    correct(&mut case, look, LATER).expect("an admin corrects it");
    assert_eq!(
        names(&case.events),
        ["dataCorrected", "variableSet", "incidentResolved", "timerArmed"]
    );
    assert_eq!(incident(&case, look), None);
    case.complete_key(look, None, "wang").expect("it is wang's still");
    assert_eq!(case.ended(), None);
}

#[test]
fn a_sub_process_is_not_begun_anew_when_its_clock_is_retried() {
    let nodes = "  within:
    type: subProcess
    nodes:
      one: { type: userTask, role: clerk }
      two: { type: userTask, role: clerk }
  end: { type: endEvent }";
    let mut case = Case::begin(&(nodes.to_owned() + &boundary("late", "within", "timer: '=said'")));
    case.complete("one", None).expect("people go on meanwhile");
    let within = case.key("within");
    assert_eq!(correct(&mut case, within, "never"), Ok(()));
    assert_eq!(incident(&case, within).map(|it| it.code.as_str()), Some("BAD_TIME"));
    assert_eq!(case.at(), ["within", "two"]);
    correct(&mut case, within, LATER).expect("an admin corrects it");
    assert_eq!(case.at(), ["within", "two"]);
    case.complete("two", None).expect("it is open");
    assert_eq!(case.ended(), None);
}

#[test]
fn a_sub_process_whose_inside_was_done_meanwhile_ends_with_the_retry() {
    let nodes = "  within: { type: subProcess, nodes: { one: { type: userTask, role: clerk } } }
  end: { type: endEvent }";
    let mut case = Case::begin(&(nodes.to_owned() + &boundary("late", "within", "timer: '=said'")));
    case.complete("one", None).expect("people go on meanwhile");
    let within = case.key("within");
    assert_eq!(case.at(), ["within"]);
    correct(&mut case, within, LATER).expect("an admin corrects it");
    assert_eq!(case.ended(), None);
}

#[test]
fn what_happened_on_the_boundary_does_not_wait_again_when_another_is_retried() {
    let mut case = Case::begin(
        &("  look: { type: userTask, role: clerk }\n  end: { type: endEvent }".to_owned()
            + &boundary("once", "look", "timer: 1 hours, interrupting: false")
            + &boundary("late", "look", "timer: '=said', interrupting: false")
            + &boundary("last", "look", "message: told, interrupting: false")),
    );
    let look = case.key("look");
    let waiting = incident(&case, look).map(|it| it.boundaries.clone());
    assert_eq!(waiting, Some(vec!["late".into()]), "`once` and `last` wait already");
    case.advance(2 * 3_600_000);
    case.events.clear();
    correct(&mut case, look, LATER).expect("an admin corrects it");
    let told = ["dataCorrected", "variableSet", "incidentResolved", "timerArmed"];
    assert_eq!(names(&case.events), told);
}

#[test]
fn the_clock_of_many_runs_is_retried_too() {
    let mut case = Case::begin(
        &("  look: { type: userTask, role: clerk, forEach: { in: list, as: it } }\n  end: { type: endEvent }"
            .to_owned()
            + &boundary("late", "look", "timer: '=said'")),
    );
    let body = Key(1);
    assert_eq!(case.at(), ["look", "look", "look"]);
    correct(&mut case, body, LATER).expect("an admin corrects it");
    assert_eq!(case.at(), ["look", "look", "look"]);
    case.advance(30 * 86_400_000);
    assert_eq!(case.ended(), None, "`late` ended them");
}

#[test]
fn a_clock_that_cannot_go_on_lets_what_it_stands_on_be() {
    let mut case = Case::begin(
        &("  look: { type: userTask, role: clerk }\n  end: { type: endEvent }".to_owned()
            + &boundary("daily", "look", "timer: '=said', repeat: true, interrupting: false")),
    );
    let look = case.key("look");
    correct(&mut case, look, "1 hour").expect("an admin corrects it");
    let variables = [("said".to_owned(), "no time".into())].into();
    let (documents, reason) = (BTreeMap::new(), "wrong".to_owned());
    case.give(admin(), Command::Correct { documents, variables, retry: None, reason })
        .expect("an admin may be wrong");
    case.advance(2 * 3_600_000);
    let stopped = incident(&case, look).map(|it| it.boundaries.clone());
    assert_eq!(stopped, Some(vec!["daily".into()]));
    case.events.clear();
    correct(&mut case, look, "1 hour").expect("an admin corrects it");
    assert_eq!(
        names(&case.events),
        ["dataCorrected", "variableSet", "incidentResolved", "timerArmed"]
    );
}

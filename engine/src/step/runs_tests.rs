//! What is remembered of how nodes were left: by each run for itself, by the case, and by nobody once
//! it was undone. What offices see of it is played in `tests/packs/runs`.

use super::tests::{Case, person};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::Event;
use crate::ids::{InstanceId, Key};
use crate::instance::{Instance, Passed};

/// Two items side by side, each reviewed and checked.
const ITEMS: &str = "  s:
    type: subProcess
    forEach: { in: \"=['a', 'b']\", as: it, mode: parallel }
    nodes:
      review: { type: userTask, role: clerk, outcomes: { ok: 好, no: 不 } }
      check: { type: userTask, role: clerk, operations: return }
  last: { type: userTask, role: clerk, operations: return }
  end: { type: endEvent, outcome: done }";

fn outcome(passed: Option<&Passed>) -> Option<&str> {
    passed.and_then(|passed| passed.outcome.as_ref()).map(crate::ids::OutcomeName::as_str)
}

/// What each run that goes on, and the case, remembers of the review.
fn reviews(case: &Case) -> (Vec<Option<&str>>, Option<&str>) {
    let runs = case.instance.runs().map(|(_, run)| outcome(run.passed.get("review")));
    (runs.collect(), outcome(case.instance.passed("review")))
}

fn return_to(case: &mut Case, task: Key, to: &str) {
    let (to, then) = (vec![to.into()], Some(Then::RunOn));
    let command = Command::ReturnTask { task, to, then, reason: "why".into() };
    case.give(person("li"), command).expect("it may be returned");
}

fn keys(case: &Case, node: &str) -> Vec<Key> {
    let all = case.instance.activations().iter();
    all.filter(|(_, one)| one.node.as_str() == node).map(|(key, _)| *key).collect()
}

#[test]
fn each_run_remembers_its_own_as_long_as_it_goes_on() {
    let mut case = Case::begin(ITEMS);
    assert_eq!(reviews(&case), (vec![None, None], None));
    let both = keys(&case, "review");
    case.complete_key(both[0], Some("ok"), "li").expect("it is open");
    assert_eq!(reviews(&case), (vec![Some("ok"), None], Some("ok")));
    case.complete_key(both[1], Some("no"), "li").expect("it is open");
    assert_eq!(reviews(&case), (vec![Some("ok"), Some("no")], Some("no")));
    let checks = keys(&case, "check");
    case.complete_key(checks[0], None, "li").expect("it is open");
    assert_eq!(reviews(&case), (vec![Some("no")], Some("no")), "a run that is done is forgotten");
    case.complete("check", None).expect("it is open");
    assert_eq!(reviews(&case), (vec![], Some("no")), "the case keeps how it was left last");
}

#[test]
fn a_return_in_one_run_takes_nothing_from_the_other() {
    let mut case = Case::begin(ITEMS);
    for (key, outcome) in keys(&case, "review").into_iter().zip(["no", "ok"]) {
        case.complete_key(key, Some(outcome), "li").expect("it is open");
    }
    let checks = keys(&case, "check");
    return_to(&mut case, checks[0], "review");
    assert_eq!(reviews(&case), (vec![None, Some("ok")], Some("ok")));
    let rounds = case.instance.runs().map(|(_, run)| run.passed["review"].round);
    assert_eq!(rounds.collect::<Vec<_>>(), [2, 1], "rounds go on counting, each its own");
    return_to(&mut case, checks[1], "review");
    assert_eq!(reviews(&case), (vec![None, None], None));
}

#[test]
fn a_sub_process_that_is_undone_takes_what_was_decided_in_it_along() {
    let mut case = Case::begin(ITEMS);
    for key in keys(&case, "review") {
        case.complete_key(key, Some("ok"), "li").expect("it is open");
    }
    for key in keys(&case, "check") {
        case.complete_key(key, None, "li").expect("it is open");
    }
    let before = case.instance.passed("review").expect("it was done").clone();
    let last = case.key("last");
    return_to(&mut case, last, "s");
    let after = case.instance.passed("review").expect("it was done");
    assert_eq!((after.round, &after.outcome, &after.by), (before.round + 2, &None, &None));
    assert_eq!((after.tally.len(), &after.people), (0, &before.people), "who took part did");
}

#[test]
fn what_is_cut_off_takes_nothing_from_what_was_decided_since_it_began() {
    let mut case = Case::begin(
        "  s:
    type: subProcess
    forEach: { in: \"=['a', 'b']\", as: it, mode: parallel, until: outcomes.q == 'enough' }
    nodes:
      q: { type: userTask, role: clerk, outcomes: { enough: 够, more: 再 } }
  g: { type: exclusiveGateway, to: [{ when: outcomes.q == 'enough', to: good }, { to: bad }] }
  good: { type: endEvent, outcome: good }
  bad: { type: endEvent, outcome: bad }",
    );
    let both = keys(&case, "q");
    case.complete_key(both[0], Some("enough"), "li").expect("it is open");
    assert_eq!(case.ended(), Some("good"));
}

#[test]
fn a_journal_of_before_folds_as_it_did() {
    let mut case = Case::begin(ITEMS);
    for key in keys(&case, "review") {
        case.complete_key(key, Some("ok"), "li").expect("it is open");
    }
    let told = case.events.iter().map(|event| serde_json::to_value(event).expect("plain data"));
    let before = told.map(|mut event| {
        event.as_object_mut().expect("an event").remove("apart");
        serde_json::from_value::<Event>(event).expect("an event of before")
    });
    let before: Vec<Event> = before.collect();
    let folded = Instance::replay(InstanceId(1), &before).expect("it began");
    assert_eq!(folded.runs().count(), 0);
    assert_eq!(folded.passed("review"), case.instance.passed("review"));
    let state = serde_json::to_string(&folded).expect("plain data");
    let again: Instance = serde_json::from_str(&state).expect("a state");
    assert_eq!(again, folded);
}

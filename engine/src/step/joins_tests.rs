//! Complex gateways: they go on by a condition on what came, and wait for the rest.

use super::case_tests::admin;
use super::tests::{Case, compiled, names, person, problems};
use crate::command::Command;

/// Two of three reviews are enough; the third ends beside.
const TWO_OF_THREE: &str = "  split: { type: parallelGateway, to: [a, b, c] }
  a: { type: userTask, role: clerk, to: gather }
  b: { type: userTask, role: clerk, to: gather }
  c: { type: userTask, role: clerk, to: gather }
  gather: { type: complexGateway, activation: activationCount >= 2 }
  after: { type: userTask, role: clerk, operations: return }
  end: { type: endEvent }";

#[test]
fn it_goes_on_when_enough_came_and_takes_the_rest_without_going_on_again() {
    let mut case = Case::begin(TWO_OF_THREE);
    case.complete("b", None).expect("b is open");
    assert_eq!(case.at(), ["a", "c"]);
    case.events.clear();
    case.complete("a", None).expect("a is open");
    assert_eq!(case.at(), ["c", "after"]);
    assert_eq!(
        names(&case.events),
        [
            "taskClaimed",
            "taskCompleted",
            "nodeCompleted",
            "flowTaken",
            "tokenArrived",
            "nodeActivated",
            "resetAwaited",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "taskCreated",
        ]
    );
    case.complete("after", None).expect("it is open");
    assert_eq!(case.at(), ["c"], "the case waits for the third");
    case.events.clear();
    case.complete("c", None).expect("c is open");
    assert_eq!(
        names(&case.events)[4..],
        ["tokenArrived", "nodeActivated", "gatewayReset", "nodeCompleted", "instanceCompleted"]
    );
    assert_eq!(case.ended(), None);
}

/// The first of two is enough, and both come again and again.
const FIRST_OF_TWO: &str = "  split: { type: parallelGateway, to: [a, b] }
  a: { type: userTask, role: clerk, to: first }
  b: { type: userTask, role: clerk, to: again }
  again: { type: exclusiveGateway, to: [{ when: n > 1, to: side }, { to: first }] }
  side: { type: endEvent }
  first:
    type: complexGateway
    activation: activationCount >= 1
    to: [{ when: waitingForStart, to: after }, { when: '!waitingForStart', to: late }]
  after: { type: userTask, role: clerk }
  end: { type: endEvent }
  late: { type: userTask, role: head, to: end2 }
  end2: { type: endEvent }";

#[test]
fn its_ways_on_know_whether_it_goes_on_or_is_set_back() {
    let mut case = Case::begin(FIRST_OF_TWO);
    case.complete("a", None).expect("a is open");
    assert_eq!(case.at(), ["b", "after"]);
    case.complete("b", None).expect("b is open");
    assert_eq!(case.at(), ["after", "late"]);
}

#[test]
fn it_is_set_back_when_nothing_can_come_any_more() {
    let mut case = Case::begin(FIRST_OF_TWO);
    let n = Command::Correct {
        documents: std::collections::BTreeMap::new(),
        variables: [("n".to_owned(), 2.into())].into(),
        retry: None,
        reason: "b goes aside".into(),
    };
    case.give(admin(), n).expect("an admin may");
    case.complete("a", None).expect("a is open");
    assert_eq!(case.at(), ["b", "after"]);
    case.complete("b", None).expect("b is open");
    assert_eq!(case.at(), ["after", "late"], "b's token went aside");
    assert_eq!(case.instance.resets(), []);
}

#[test]
fn a_return_to_what_it_went_on_with_undoes_that() {
    let mut case = Case::begin(TWO_OF_THREE);
    case.complete("b", None).expect("b is open");
    case.complete("a", None).expect("a is open");
    let back = Command::ReturnTask {
        task: case.key("after"),
        to: vec!["a".into()],
        then: None,
        reason: "again".into(),
    };
    case.give(person("li"), back).expect("a was done before it");
    assert_eq!(case.at(), ["c", "a"]);
    assert_eq!(case.instance.resets(), [], "it did not go on");
    assert_eq!(case.instance.arrivals().len(), 1, "what came from b waits again");
    case.complete("c", None).expect("c is open");
    assert_eq!(case.at(), ["a", "after"], "b and c are enough");
}

#[test]
fn a_condition_that_fails_is_an_incident_and_a_retry_goes_on() {
    let failing =
        TWO_OF_THREE.replace("activationCount >= 2", "'quotient(activationCount, n - 1) > 0'");
    let mut case = Case::begin(&failing);
    case.complete("b", None).expect("b is open");
    assert_eq!(case.at(), ["a", "c", "gather"]);
    let incident = case.instance.activation(case.key("gather")).and_then(|it| it.incident.clone());
    assert_eq!(incident.map(|it| it.code).as_deref(), Some("EXPRESSION_FAILED"));
    case.give(admin(), Command::Retry { key: case.key("gather") }).expect("it may be tried again");
    assert_eq!(case.at(), ["a", "c", "after"]);
}

#[test]
fn what_came_too_little_is_an_incident_not_a_hang() {
    let never = TWO_OF_THREE.replace("activationCount >= 2", "activationCount >= 4");
    let mut case = Case::begin(&never);
    for task in ["a", "b", "c"] {
        case.complete(task, None).expect("it is open");
    }
    let incident = case.instance.activation(case.key("gather")).and_then(|it| it.incident.clone());
    assert_eq!(incident.map(|it| it.code).as_deref(), Some("JOIN_NEVER_COMPLETE"));
    case.give(admin(), Command::Retry { key: case.key("gather") }).expect("it may be tried again");
    assert_eq!(case.at(), ["after"]);
}

#[test]
fn the_checker_knows_its_condition() {
    let codes = |nodes: &str| problems(nodes).into_iter().map(|it| it.code).collect::<Vec<_>>();
    assert_eq!(codes(&TWO_OF_THREE.replace("activationCount >= 2", "n > 2")), ["badActivation"]);
    assert_eq!(
        codes(&TWO_OF_THREE.replace("activationCount >= 2", "activationCount")),
        ["wrongResult"]
    );
    let definition = compiled(TWO_OF_THREE).expect("it compiles");
    let found = crate::soundness::check(&definition);
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["decidedByData"]);
}

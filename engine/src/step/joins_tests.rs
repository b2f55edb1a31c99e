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

/// Three checks beside each other, two of which can send the case back to before the fork.
fn checks(join: &str, back: &str) -> String {
    format!(
        "  develop: {{ type: userTask, role: clerk }}
  fork: {{ type: parallelGateway, to: [legal, security, market] }}
  legal: {{ type: userTask, role: clerk, {back}, to: two }}
  security: {{ type: userTask, role: clerk, {back}, to: two }}
  market: {{ type: userTask, role: clerk, to: two }}
  two: {{ type: {join} }}
  publish: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent }}"
    )
}

const REDO: &str = "outcomes: { ok: 好, redo: { label: 退, to: develop } }";
const CORRECT: &str = "outcomes: { ok: 好, redo: { label: 退, to: develop, then: comeBack } }";
const LATE: &str = "due: 5 days, overdue: { to: develop }";

#[test]
fn an_inclusive_join_waits_for_a_branch_that_could_send_the_case_back() {
    for back in [REDO, CORRECT, LATE] {
        let ok = (back != LATE).then_some("ok");
        for order in [["legal", "market", "security"], ["market", "security", "legal"]] {
            let mut case = Case::begin(&checks("inclusiveGateway", back));
            case.complete("develop", None).expect("it is open");
            for (done, task) in order.iter().enumerate() {
                assert_eq!(case.at().len(), 3 - done, "{back} {order:?}: {:?}", case.at());
                let outcome = ok.filter(|_| *task != "market");
                case.complete(task, outcome).expect("it is open");
            }
            assert_eq!(case.at(), ["publish"], "{back} {order:?}");
        }
        let nodes = checks("inclusiveGateway", back);
        let found = crate::soundness::check(&compiled(&nodes).expect("it compiles"));
        assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), [""; 0], "{back}");
    }
}

#[test]
fn what_waited_at_an_inclusive_join_is_undone_with_what_it_descends_from() {
    let mut case = Case::begin(&checks("inclusiveGateway", REDO));
    case.complete("develop", None).expect("it is open");
    case.complete("legal", Some("ok")).expect("it is open");
    case.complete("market", None).expect("it is open");
    case.complete("security", Some("redo")).expect("it is open");
    assert_eq!((case.at(), case.instance.arrivals().len()), (vec!["develop"], 0));
    for (task, outcome) in
        [("develop", None), ("security", Some("ok")), ("market", None), ("legal", Some("ok"))]
    {
        assert_ne!(case.at(), ["publish"]);
        case.complete(task, outcome).expect("it is open");
    }
    assert_eq!(case.at(), ["publish"]);
}

#[test]
fn a_complex_gateway_that_went_on_waits_for_a_branch_that_could_send_the_case_back() {
    let complex = "complexGateway, activation: activationCount >= 2";
    let mut case = Case::begin(&checks(complex, REDO));
    case.complete("develop", None).expect("it is open");
    case.complete("legal", Some("ok")).expect("it is open");
    case.complete("market", None).expect("it is open");
    assert_eq!(case.at(), ["security", "publish"]);
    assert_eq!(case.instance.resets().len(), 1, "it waits for the third");
    case.complete("security", Some("ok")).expect("it is open");
    assert_eq!((case.at(), case.instance.resets().len()), (vec!["publish"], 0));
    case.complete("publish", None).expect("it is open");
    assert_eq!(case.ended(), None);
}

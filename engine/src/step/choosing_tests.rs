//! Ad-hoc sub-processes: people begin their activities in any order.

use super::case_tests::admin;
use super::choosing::choices;
use super::tests::{Case, compiled, names, person, problems};
use crate::actor::Actor;
use crate::command::{Change, Command};
use crate::ids::Key;
use crate::rejection::Rejection;

/// Two activities, of which one leads on to a third.
fn free(keys: &str) -> String {
    format!(
        "  free:
    type: adHocSubProcess
    role: clerk
    {keys}
    nodes:
      call: {{ type: userTask, role: clerk }}
      visit: {{ type: userTask, role: clerk, to: report }}
      report: {{ type: userTask, role: head }}
  after: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent }}"
    )
}

fn begin(case: &mut Case, node: &str) -> Result<(), String> {
    let command = Command::BeginActivity { within: Key(1), node: node.into() };
    case.give(person("wang"), command)
}

#[test]
fn people_begin_its_activities_in_any_order_and_again() {
    let mut case = Case::begin(&free("until: rounds.call > 1"));
    assert_eq!(case.at(), ["free"], "nothing is begun by itself");
    case.events.clear();
    begin(&mut case, "visit").expect("nothing is active");
    assert_eq!(names(&case.events), ["activityChosen", "nodeActivated", "taskCreated"]);
    begin(&mut case, "call").expect("they run beside each other");
    case.complete("call", None).expect("it is open");
    assert_eq!(case.at(), ["free", "visit"]);
    case.complete("visit", None).expect("it is open");
    assert_eq!(case.at(), ["free", "report"], "a way inside is gone by itself");
    begin(&mut case, "call").expect("it may be begun again");
    case.events.clear();
    case.complete("call", None).expect("it is open");
    assert_eq!(case.at(), ["after"], "what is left ends");
    let told = names(&case.events);
    assert_eq!(
        told,
        [
            "taskClaimed",
            "taskCompleted",
            "nodeCompleted",
            "nodeTerminated",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "taskCreated"
        ]
    );
}

#[test]
fn without_a_condition_it_is_done_when_something_was_done_and_nothing_is_active() {
    let mut case = Case::begin(&free(""));
    begin(&mut case, "call").expect("it may be begun");
    begin(&mut case, "visit").expect("it may be begun");
    case.complete("call", None).expect("it is open");
    case.complete("visit", None).expect("it is open");
    assert_eq!(case.at(), ["free", "report"]);
    case.complete("report", None).expect("it is open");
    assert_eq!(case.at(), ["after"]);
}

#[test]
fn what_is_active_may_be_finished_first() {
    let mut case = Case::begin(&free("until: rounds.call > 0\n    cancelRemaining: false"));
    begin(&mut case, "visit").expect("it may be begun");
    begin(&mut case, "call").expect("it may be begun");
    case.complete("call", None).expect("it is open");
    assert_eq!(case.at(), ["free", "visit"]);
    assert_eq!(begin(&mut case, "call"), Err("NOT_OPEN".into()), "nothing more is begun");
    assert_eq!(choices(&case.definition, &case.instance, &person("wang")), []);
    case.complete("visit", None).expect("it is open");
    case.complete("report", None).expect("what follows inside is finished too");
    assert_eq!(case.at(), ["after"]);
}

#[test]
fn one_after_the_other_where_the_ordering_is_sequential() {
    let mut case = Case::begin(&free("ordering: sequential\n    until: rounds.call > 0"));
    begin(&mut case, "visit").expect("nothing is active");
    let refused = begin(&mut case, "call");
    assert_eq!(refused, Err("ONE_AT_A_TIME".into()));
    let now = choices(&case.definition, &case.instance, &person("wang"));
    let active = || Some(Rejection::OneAtATime { active: "visit".into() });
    assert_eq!(now[0].activities, [("call".into(), active()), ("visit".into(), active())]);
    case.complete("visit", None).expect("it is open");
    assert_eq!(begin(&mut case, "call"), Err("ONE_AT_A_TIME".into()), "report is active");
    case.complete("report", None).expect("it is open");
    begin(&mut case, "call").expect("nothing is active any more");
}

#[test]
fn only_its_people_begin_only_its_activities() {
    let mut case = Case::begin(&free(""));
    let visitor = Actor::Person { id: "zhao".into(), unit: None, grants: Vec::new() };
    let command = Command::BeginActivity { within: Key(1), node: "call".into() };
    assert_eq!(case.give(visitor, command), Err("NOT_CANDIDATE".into()));
    assert_eq!(begin(&mut case, "report"), Err("BAD_ARGUMENT".into()), "visit leads there");
    assert_eq!(begin(&mut case, "after"), Err("BAD_ARGUMENT".into()));
    let command = Command::BeginActivity { within: Key(7), node: "call".into() };
    assert_eq!(case.give(person("wang"), command), Err("NOT_OPEN".into()));
    begin(&mut case, "call").expect("wang is a clerk");
    let command = Command::BeginActivity { within: Key(2), node: "call".into() };
    assert_eq!(case.give(person("wang"), command), Err("WRONG_KIND".into()));
}

#[test]
fn a_condition_that_cannot_be_told_is_asked_again_and_begins_nothing_anew() {
    let mut case = Case::begin(&free("until: quotient(6, n - 1) == 2"));
    begin(&mut case, "call").expect("it may be begun");
    case.complete("call", None).expect("it is open");
    let incident = case.instance.activation(Key(1)).and_then(|one| one.incident.clone());
    assert_eq!(incident.map(|it| it.code), Some("CONDITION_FAILED".to_owned()));
    let n = Command::Correct {
        documents: std::collections::BTreeMap::new(),
        variables: [("n".to_owned(), 4.into())].into(),
        retry: Some(Key(1)),
        reason: "counted".to_owned(),
    };
    case.give(admin(), n).expect("an admin corrects it");
    assert_eq!(case.at(), ["after"]);
}

#[test]
fn a_retry_of_a_clock_on_it_forgets_nothing_that_was_done() {
    let clock = "\n  late: { type: boundaryEvent, attachedTo: free, timer: '=said', to: end }";
    let mut case = Case::begin(&(free("until: has(who.call) && has(who.visit)") + clock));
    let incident = case.instance.activation(Key(1)).and_then(|one| one.incident.clone());
    assert_eq!(incident.map(|it| it.code), Some("BAD_TIME".to_owned()));
    begin(&mut case, "call").expect("people go on meanwhile");
    case.complete("call", None).expect("it is open");
    case.events.clear();
    assert_eq!(case.give(admin(), Command::Retry { key: Key(1) }), Ok(()));
    assert_eq!(names(&case.events), ["incidentResolved", "incidentRaised"]);
}

#[test]
fn what_an_admin_cancels_inside_leaves_it_open() {
    let mut case = Case::begin(&free(""));
    begin(&mut case, "call").expect("it may be begun");
    let changes = vec![Change::Cancel { key: Key(2) }];
    let modify = Command::Modify { changes, reason: "begun by mistake".to_owned() };
    case.give(admin(), modify).expect("an admin may");
    assert_eq!(case.at(), ["free"]);
    begin(&mut case, "visit").expect("people go on choosing");
}

#[test]
fn what_cannot_be_chosen_is_reported() {
    let bad = |nodes: &str| {
        problems(&format!(
            "  free:\n    type: adHocSubProcess\n    nodes: {nodes}\n  end: {{ type: endEvent }}"
        ))
    };
    let codes = |nodes: &str| -> Vec<String> {
        bad(nodes).into_iter().map(|problem| problem.code.to_string()).collect()
    };
    assert_eq!(codes("{}"), ["emptySubProcess"]);
    assert_eq!(
        codes("{ s: { type: startEvent, to: a }, a: { type: manualTask } }"),
        ["notInAdHoc"]
    );
    assert_eq!(
        codes("{ g: { type: exclusiveGateway, to: a }, a: { type: manualTask } }"),
        ["notInAdHoc"]
    );
    assert_eq!(codes("{ a: { type: manualTask }, b: { type: manualTask } }"), [""; 0]);
    let _ = compiled(&free(""));
}

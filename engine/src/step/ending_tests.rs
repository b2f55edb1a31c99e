//! A case that is ended before its time: who is told, and what an event sub-process of the process does
//! then.

use super::case_tests::{admin, begin};
use super::tests::{Case, names, person, problems};
use crate::actor::{Actor, Principal};
use crate::command::{Command, Content};
use crate::event::{Ending, Event, Recipient};
use crate::ids::InstanceId;
use crate::instance::Status;

const LINE: &str = "  draft: { type: userTask, assign: initiator }
  fork: { type: parallelGateway, to: [sign, wait] }
  sign: { type: userTask, role: head, operations: takeBack, to: join }
  wait: { type: userTask, role: clerk, to: join }
  join: { type: parallelGateway }
  end: { type: endEvent, outcome: done }
";

const OFF: &str = "  off:
    type: eventSubProcess
    nodes:
      begin: { type: startEvent, error: CASE_CANCELLED, into: said }
      note: { type: scriptTask, set: { log: =said.message } }
      close: { type: userTask, role: clerk, operations: return }
      closed: { type: endEvent, outcome: closed }
";

fn why() -> String {
    "a better plan".to_owned()
}

fn told(case: &Case) -> Vec<String> {
    let told = case.events.iter().filter_map(|event| match event {
        Event::NoticeRequested { to, .. } => Some(to),
        _ => None,
    });
    let name = |one: &Recipient| match one {
        Recipient::Principal(principal) => principal.to_string(),
        Recipient::Address(address) => address.clone(),
    };
    told.flatten().map(name).collect()
}

fn running(nodes: &str) -> Case {
    let mut case = begin(nodes);
    case.definition.notices.stopped = Some("told".into());
    case.complete("draft", None).expect("draft is open");
    case.events.clear();
    case
}

#[test]
fn whoever_has_a_task_is_told_that_it_is_taken_away() {
    for (by, command, expected) in [
        (person("li"), Command::Withdraw { reason: why() }, &["role:clerk", "role:head"][..]),
        (person("li"), Command::Void { reason: why() }, &["role:clerk", "role:head"]),
        (admin(), Command::Terminate { task: None, reason: why() }, &["role:clerk", "role:head"]),
        (admin(), Command::Cancel { reason: why() }, &["role:clerk", "role:head"]),
    ] {
        let mut case = running(LINE);
        let name = command.name();
        case.give(by, command).expect(name);
        let mut found = told(&case);
        found.sort();
        assert_eq!(found, expected, "{name}");
    }
    let mut case = running(LINE);
    let task = case.key("sign");
    case.give(person("li"), Command::ClaimTask { task }).expect("it is offered");
    case.events.clear();
    case.give(person("li"), Command::Withdraw { reason: why() }).expect("li began it");
    assert_eq!(told(&case), ["role:clerk"], "whoever does it knows");
}

#[test]
fn whoever_handed_something_in_is_told_where_their_receipt_went() {
    let mut case = begin(
        "  draft: { type: userTask, assign: initiator }
  hear: { type: intake, from: [public, clerk], receiptTo: text, closes: 5 days, into: came, sealed: true }",
    );
    case.definition.notices.stopped = Some("told".into());
    case.complete("draft", None).expect("draft is open");
    let intake = case.key("hear");
    for (who, text) in
        [(Actor::Public, "a@example.org"), (person("wu"), "no address"), (Actor::Public, "none")]
    {
        let content = Content::new(serde_json::json!({ "text": text }));
        case.facts.documents.insert(content.hash.clone(), content.value.clone());
        case.give(who, Command::Submit { intake, content, replaces: None }).expect("it is open");
    }
    case.events.clear();
    case.give(person("li"), Command::Withdraw { reason: why() }).expect("li began it");
    assert_eq!(told(&case), ["person:wu", "a@example.org"]);
}

#[test]
fn what_is_to_be_done_is_done_before_the_case_is_ended() {
    let nodes = format!("{LINE}{OFF}");
    for (by, command, how) in [
        (person("li"), Command::Void { reason: why() }, Ending::Voided),
        (admin(), Command::Terminate { task: None, reason: why() }, Ending::Terminated),
        (admin(), Command::Cancel { reason: why() }, Ending::Cancelled),
    ] {
        let mut case = running(&nodes);
        let sign = case.key("sign");
        case.complete("sign", None).expect("it is open");
        case.events.clear();
        case.give(by, command).expect("they may");
        assert_eq!(
            names(&case.events),
            [
                "noticeRequested",
                "nodeTerminated",
                "instanceEnding",
                "variableSet",
                "scopeInterrupted",
                "nodeActivated",
                "nodeActivated",
                "nodeCompleted",
                "flowTaken",
                "nodeActivated",
                "variableSet",
                "nodeCompleted",
                "flowTaken",
                "nodeActivated",
                "taskCreated",
                "trailForgotten",
            ]
        );
        assert_eq!(case.instance.variables()["log"], why());
        assert_eq!(case.at(), ["off", "close"]);
        assert_eq!(case.instance.status(), Status::Active);
        // There is no way back.
        let withdraw = Command::Withdraw { reason: why() };
        assert_eq!(case.give(person("li"), withdraw), Err("INSTANCE_CLOSED".into()));
        let void = Command::Void { reason: why() };
        assert_eq!(case.give(person("li"), void), Err("INSTANCE_CLOSED".into()));
        let back = Command::TakeBack { task: sign, reason: why() };
        assert!(case.give(person("li"), back).is_err());
        case.complete("close", None).expect("it is open");
        let ended = case.events.iter().find_map(|event| match event {
            Event::InstanceCancelled { how, reason, .. } => Some((*how, reason.clone())),
            _ => None,
        });
        assert_eq!(ended, Some((how, why())));
        assert_eq!(case.instance.status(), Status::Cancelled);
        assert!(case.instance.ending().is_none());
    }
}

#[test]
fn who_ends_a_case_once_more_does_not_wait() {
    let mut case = running(&format!("{LINE}{OFF}"));
    let cancel = || Command::Cancel { reason: why() };
    case.give(admin(), cancel()).expect("an admin may");
    assert_eq!(case.instance.status(), Status::Active);
    case.give(admin(), cancel()).expect("an admin may again");
    assert_eq!(case.instance.status(), Status::Cancelled);
}

#[test]
fn a_case_that_another_ends_does_not_tell_it_so() {
    let mut case = running(&format!("{LINE}{OFF}"));
    let caller = Actor::Case { id: InstanceId(9) };
    case.give(caller, Command::Cancel { reason: why() }).expect("the caller may");
    assert!(case.instance.ending().is_some_and(|ending| ending.by_caller));
    case.events.clear();
    case.complete("close", None).expect("it is open");
    assert_eq!(case.instance.status(), Status::Cancelled);
    assert!(!names(&case.events).contains(&"commandRequested".to_owned()));
}

#[test]
fn an_ordinary_end_begins_nothing_and_any_error_is_no_end() {
    let any = OFF.replace("CASE_CANCELLED", "any");
    let mut case = running(&format!("{LINE}{any}"));
    case.give(admin(), Command::Cancel { reason: why() }).expect("an admin may");
    assert_eq!(case.instance.status(), Status::Cancelled);
    let mut case = running(&format!("{LINE}{OFF}"));
    for task in ["sign", "wait"] {
        case.complete(task, None).expect("it is open");
    }
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn only_an_event_sub_process_of_the_process_catches_it() {
    let found = |nodes: &str| {
        let found = problems(nodes);
        found.iter().any(|one| one.code == "eventNotAllowed")
    };
    assert!(!found(&format!("{LINE}{OFF}")));
    for nodes in [
        "  a: { type: userTask, role: clerk }\n  b: { type: boundaryEvent, attachedTo: a, error: CASE_CANCELLED, to: e }\n  e: { type: endEvent }",
        "  a: { type: userTask, role: clerk }\n  e: { type: endEvent, error: CASE_CANCELLED }",
        "  s: { type: subProcess, nodes: { a: { type: userTask, role: clerk }, o: { type: eventSubProcess, nodes: { b: { type: startEvent, error: CASE_CANCELLED }, c: { type: userTask, role: clerk } } } } }\n  e: { type: endEvent }",
    ] {
        assert!(found(nodes), "{nodes}");
    }
}

#[test]
fn principals_are_told_once() {
    let mut case = running(LINE);
    let all = Recipient::Principal(Principal::Role("head".into()));
    case.give(admin(), Command::Cancel { reason: why() }).expect("an admin may");
    let times = case
        .events
        .iter()
        .filter(|event| matches!(event, Event::NoticeRequested { to, .. } if to.contains(&all)));
    assert_eq!(times.count(), 1);
}

#[test]
fn a_case_that_stands_still_goes_on_for_what_is_done_when_it_ends() {
    for (by, command) in [
        (person("li"), Command::Void { reason: why() }),
        (admin(), Command::Cancel { reason: why() }),
    ] {
        let mut case = running(&format!("{LINE}{OFF}"));
        case.give(admin(), Command::Suspend { reason: why() }).expect("it runs");
        case.give(by, command).expect("it may be ended while it stands still");
        assert_eq!(case.at(), ["off", "close"]);
        assert_eq!(case.instance.suspended(), None);
        case.complete("close", None).expect("what is to be done then can be done");
        assert_eq!(case.instance.status(), Status::Cancelled);
    }
    // Where nothing is to be done then it ends at once.
    let mut case = running(LINE);
    case.give(admin(), Command::Suspend { reason: why() }).expect("it runs");
    case.give(person("li"), Command::Void { reason: why() }).expect("it may be ended");
    assert_eq!(case.instance.status(), Status::Cancelled);
    assert!(!case.events.iter().any(|one| matches!(one, Event::InstanceResumed { .. })));
}

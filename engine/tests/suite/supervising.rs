//! Who is told that a deadline has passed (督办), and may do nothing by it.

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::event::Event;
use serde_json::{Value, json};

use crate::small::{Case, person, problems};

const DAY: i64 = 24 * 60 * 60 * 1_000;

const PROCESS: &str = "process: p
name: P
startedBy: [clerk]
notices: { overdue: late }
nodes:
  look: { type: userTask, WHO, due: { in: 2 days, extend: { once: true, most: 20 days } }, overdue: { TELL }, outcomes: { ok: 好, ask: { label: 问, to: other, clock: pause } }, to: end }
  other: { type: userTask, role: clerk, to: look }
  end: { type: endEvent }
";

const OVER: &str = "  over: { type: endEvent, outcome: over }\n";

const LATE: &str = "notice: late\nsubject: Late\nbody: Late\n";

fn text(who: &str, tell: &str) -> String {
    let text = PROCESS.replace("WHO", who).replace("TELL", tell);
    if tell.contains("to: over") { text + OVER } else { text }
}

fn begun(who: &str, tell: &str) -> Case {
    Case::begun(&[("processes/p.yaml", &text(who, tell)), ("notices/late.yaml", LATE)])
}

/// Whom each notice went to.
fn told(events: &[Event]) -> Vec<Value> {
    let events = serde_json::to_value(events).expect("events serialise");
    let all = events.as_array().expect("a list").iter();
    all.filter(|it| it["event"] == "noticeRequested").map(|it| it["to"].clone()).collect()
}

fn role(name: &str) -> Value {
    json!({ "principal": format!("role:{name}") })
}

#[test]
fn who_is_told_that_a_deadline_has_passed_may_not_decide() {
    let mut case = begun("role: clerk", "tell: [head, initiator, '=[\"boss@example.org\"]']");
    let look = case.key("look");
    let happened = case.advance(4 * DAY);
    let all = json!([{ "principal": "person:li" }, role("clerk"), role("head"), { "address": "boss@example.org" }]);
    assert_eq!(told(&happened), [all]);
    let escalated = |one: &&Event| matches!(one, Event::TaskEscalated { .. });
    assert_eq!(happened.iter().find(escalated), None);
    let grants = vec![Grant { role: "head".into(), unit: None }];
    let head = Actor::Person { id: "wu".into(), unit: None, grants };
    let refused = case.give(head, Command::ClaimTask { task: look });
    assert_eq!(refused.expect_err("it is not theirs").code(), "NOT_CANDIDATE");
    assert_eq!(told(&case.advance(30 * DAY)), [Value::Null; 0], "once");
}

#[test]
fn they_are_told_when_the_extended_deadline_has_passed_and_not_before() {
    let mut case = begun("role: clerk", "tell: head");
    let (task, reason) = (case.key("look"), "hard".to_owned());
    let by = "5 days".to_owned();
    case.give(person("li"), Command::ExtendTask { task, by, reason }).expect("once");
    assert_eq!(told(&case.advance(4 * DAY)), [Value::Null; 0]);
    assert_eq!(told(&case.advance(5 * DAY)), [json!([role("clerk"), role("head")])]);
}

#[test]
fn they_are_told_when_what_remained_of_a_paused_clock_has_passed() {
    let mut case = begun("role: clerk", "tell: head");
    case.decide(case.key("look"), "li", "ask", &[]).expect("it is asked");
    assert_eq!(told(&case.advance(20 * DAY)), [Value::Null; 0], "it stands still");
    case.decide(case.key("other"), "li", "", &[]).expect("it is answered");
    assert_eq!(told(&case.advance(DAY)), [Value::Null; 0], "the rest runs");
    assert_eq!(told(&case.advance(3 * DAY)), [json!([role("clerk"), role("head")])]);
}

#[test]
fn it_stands_beside_an_escalation_and_a_way_on() {
    let mut both = begun("role: clerk", "tell: head, escalate: expert");
    let happened = both.advance(4 * DAY);
    assert_eq!(told(&happened), [json!([role("clerk"), role("expert"), role("head")])]);
    let mut over = begun("role: clerk", "tell: head, to: over");
    let happened = over.advance(4 * DAY);
    assert_eq!(told(&happened), [json!([role("clerk"), role("head")])]);
    assert_eq!(over.instance.outcome().map(ToString::to_string).as_deref(), Some("over"));
}

#[test]
fn of_a_round_they_are_told_of_each_who_is_late() {
    let mut case = begun("people: '=[\"li\", \"wu\", \"zhao\"]', sign: all", "tell: head");
    let wu = case.task_of("wu");
    case.decide(wu, "wu", "ok", &[]).expect("it is theirs");
    let happened = case.advance(4 * DAY);
    let one = |person: &str| json!([{ "principal": format!("person:{person}") }, role("head")]);
    assert_eq!(told(&happened), [one("li"), one("zhao")]);
}

#[test]
fn the_checker_knows_whom_and_by_what() {
    let found = |process: &str, tell: &str| {
        problems(&[
            ("processes/p.yaml", &process.replace("WHO", "role: clerk").replace("TELL", tell)),
            ("notices/late.yaml", LATE),
        ])
    };
    let without = PROCESS.replace("notices: { overdue: late }\n", "");
    assert_eq!(found(PROCESS, "tell: [head]"), [""; 0]);
    for (process, tell, expected) in [
        (
            PROCESS,
            "tell: [hed]",
            "unknownRole: expected a role of roles.yaml, found `hed` (did you mean `head`?)",
        ),
        (PROCESS, "tell: =nothing", "unknownName: there is nothing called `nothing` here"),
        (
            &without,
            "tell: head",
            "ignoredKey: expected no `tell` here: the process names no `overdue` among its `notices`",
        ),
    ] {
        let found = found(process, tell);
        let [one] = found.as_slice() else { panic!("{tell}: {found:#?}") };
        assert!(one.contains(expected), "{one}");
    }
}

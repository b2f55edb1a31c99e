//! Cases that stand still, and what is left of their clocks then.

use serde_json::json;

use super::case_tests::admin;
use super::tests::{Case, NOW, names, person};
use super::{Refused, allowed_operations, case_operations, step};
use crate::actor::Actor;
use crate::command::{Change, Command, Content, Envelope};
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::rejection::Need;
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

const CLOCKS: &str = "  split: { type: parallelGateway, to: [days, hours, work] }
  days: { type: userTask, role: clerk, due: 5 workdays, remind: [2 workdays before], to: both }
  hours: { type: intermediateCatchEvent, timer: 10 hours, to: both }
  work: { type: serviceTask, topic: books, to: both }
  both: { type: parallelGateway }
  end: { type: endEvent, outcome: done }";

fn suspend() -> Command {
    Command::Suspend { reason: "a lawsuit".into() }
}

/// When the timers of a node run out.
fn timers(case: &Case, node: &str) -> Vec<(TimerPurpose, Timestamp)> {
    let activation = case.instance.activation(case.key(node)).expect("it is active");
    activation.timers.values().map(|timer| (timer.purpose.clone(), timer.at)).collect()
}

#[test]
fn every_clock_keeps_what_it_had_left() {
    let mut case = Case::begin(CLOCKS);
    // NOW is Monday, 5 January 2026, 01:10 UTC: five workdays end on Monday the 12th.
    let midnight = Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS));
    let due = |days: i64| (TimerPurpose::Due, midnight.plus_ms((days + 1) * DAY_MS));
    assert!(timers(&case, "days").contains(&due(7)), "{:?}", timers(&case, "days"));
    case.advance(2 * HOUR_MS);
    case.events.clear();
    case.give(admin(), suspend()).expect("it is suspended");
    assert_eq!(names(&case.events), ["instanceSuspended"]);
    case.now = case.now.plus_ms(14 * DAY_MS);
    case.events.clear();
    case.give(admin(), Command::Resume).expect("it goes on");
    assert_eq!(names(&case.events), ["instanceResumed", "clocksMoved", "clocksMoved"]);
    // Monday the 19th, and again five workdays; eight of ten hours.
    assert!(timers(&case, "days").contains(&due(21)), "{:?}", timers(&case, "days"));
    let reminder = (TimerPurpose::Reminder { number: 0 }, midnight.plus_ms(17 * DAY_MS));
    assert!(timers(&case, "days").contains(&reminder), "{:?}", timers(&case, "days"));
    assert_eq!(
        timers(&case, "hours"),
        [(TimerPurpose::Event, NOW.plus_ms(14 * DAY_MS + 10 * HOUR_MS))]
    );
    assert!(case.instance.suspended().is_none());
}

#[test]
fn people_and_clocks_wait_and_what_others_report_is_held() {
    let mut case = Case::begin(CLOCKS);
    let (days, hours, work) = (case.key("days"), case.key("hours"), case.key("work"));
    let complete = |task: Key| Command::CompleteTask {
        task,
        outcome: None,
        documents: std::collections::BTreeMap::new(),
        comment: None,
        seen: std::collections::BTreeMap::new(),
    };
    assert_eq!(case.give(admin(), Command::Resume), Err("NOT_SUSPENDED".into()));
    assert_eq!(case.give(person("li"), suspend()), Err("NOT_CANDIDATE".into()));
    case.give(admin(), suspend()).expect("it is suspended");
    case.now = case.now.plus_ms(30 * DAY_MS);
    for (actor, command, code) in [
        (person("li"), complete(days), "INSTANCE_SUSPENDED"),
        (person("li"), Command::ClaimTask { task: days }, "INSTANCE_SUSPENDED"),
        (Actor::System, Command::FireTimer { key: hours, timer: 1 }, "INSTANCE_SUSPENDED"),
        (admin(), suspend(), "INSTANCE_SUSPENDED"),
        (person("li"), Command::Resume, "NOT_CANDIDATE"),
    ] {
        assert_eq!(case.give(actor, command.clone()), Err(code.into()), "{command:?}");
    }
    let mut operations =
        allowed_operations(&case.definition, &case.instance, days, (&person("li"), case.now));
    operations.extend(case_operations(&case.definition, &case.instance, &person("li")));
    assert!(
        !operations.is_empty()
            && operations
                .iter()
                .all(|one| one.refused.is_some()
                    || one.operation == crate::operation::Operation::Copy),
        "to let somebody know stays possible"
    );
    let result = serde_json::Value::Null;
    let done = Command::CompleteJob { key: work, result };
    case.events.clear();
    case.give(Actor::System, done.clone()).expect("it was done");
    assert_eq!(names(&case.events), ["reportHeld"]);
    assert_eq!(case.at(), ["days", "hours", "work"], "nothing moves meanwhile");
    assert_eq!(case.give(Actor::System, done), Err("NOT_OPEN".into()), "it is done once");
    case.give(admin(), Command::Resume).expect("it goes on");
    assert_eq!(case.at(), ["days", "hours"]);
    case.complete_key(days, None, "li").expect("it is li's");
    case.advance(10 * HOUR_MS);
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn what_begins_while_a_case_stands_still_has_lost_less() {
    let mut case = Case::begin(
        "  work: { type: serviceTask, topic: books }
  wait: { type: intermediateCatchEvent, timer: 10 hours }
  end: { type: endEvent, outcome: done }",
    );
    case.give(admin(), suspend()).expect("it is suspended");
    case.now = case.now.plus_ms(DAY_MS);
    let changes = vec![Change::Move { key: case.key("work"), to: "wait".into(), scope: None }];
    let reason = "it is done".to_owned();
    case.give(admin(), Command::Modify { changes, reason }).expect("an admin may");
    case.now = case.now.plus_ms(DAY_MS);
    case.events.clear();
    case.give(admin(), Command::Resume).expect("it goes on");
    let expected = NOW.plus_ms(2 * DAY_MS + 10 * HOUR_MS);
    assert_eq!(timers(&case, "wait"), [(TimerPurpose::Event, expected)]);
    assert!(matches!(&case.events[1], Event::ClocksMoved { working: None, .. }));
}

/// Something that waits for two signals, one after the other, beside a task.
const BELLS: &str = "  split: { type: parallelGateway, to: [first, work] }
  first: { type: intermediateCatchEvent, signal: bell, into: said, to: second }
  second: { type: intermediateCatchEvent, signal: bell, into: n, to: both }
  work: { type: userTask, role: clerk, to: both }
  both: { type: parallelGateway }
  end: { type: endEvent, outcome: done }";

fn ring(number: i64) -> Command {
    let payload = Some(Content::new(json!(number)));
    Command::DeliverSignal { signal: "bell".into(), payload }
}

#[test]
fn a_signal_is_held_for_a_case_that_stands_still_and_reaches_it_when_it_goes_on() {
    let mut case = Case::begin(BELLS);
    for number in [1, 2] {
        let content = Content::new(json!(number));
        case.facts.documents.insert(content.hash, content.value);
    }
    case.give(admin(), suspend()).expect("it is suspended");
    case.events.clear();
    for number in [1, 2] {
        case.give(Actor::System, ring(number)).expect("it is waited for");
    }
    assert_eq!(names(&case.events), ["signalHeld", "signalHeld"]);
    assert_eq!(case.at(), ["first", "work"], "nothing moves meanwhile");
    let horn = Command::DeliverSignal { signal: "horn".into(), payload: None };
    assert_eq!(case.give(Actor::System, horn), Err("WRONG_KIND".into()));
    case.events.clear();
    case.give(admin(), Command::Resume).expect("it goes on");
    assert_eq!(
        names(&case.events),
        [
            "instanceResumed",
            "signalReceived",
            "variableSet",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "signalAwaited",
            "signalReceived",
            "variableSet",
            "nodeCompleted",
            "flowTaken",
            "tokenArrived",
        ]
    );
    assert_eq!(
        (&case.instance.variables()["said"], &case.instance.variables()["n"]),
        (&json!(1), &json!(2),)
    );
    assert!(case.instance.held().is_empty());
    case.complete("work", None).expect("it is open");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn what_a_held_signal_brings_is_fetched_before_the_case_goes_on() {
    let mut case = Case::begin(BELLS);
    case.give(admin(), suspend()).expect("it is suspended");
    case.give(Actor::System, ring(1)).expect("it is waited for");
    let envelope = Envelope {
        at: case.now,
        actor: admin(),
        seed: 7,
        since: None,
        hops: 0,
        command: Command::Resume,
    };
    let needs = step(&case.definition, &case.instance, &envelope, &case.facts);
    let hash = Content::new(json!(1)).hash;
    assert_eq!(needs, Err(Refused::Needs([Need::Document(hash)].into())));
}

#[test]
fn only_so_many_signals_wait_for_a_case_that_stands_still() {
    let mut case = Case::begin(BELLS);
    case.give(admin(), suspend()).expect("it is suspended");
    for number in 0..100 {
        case.give(Actor::System, ring(number)).expect("it is waited for");
    }
    assert_eq!(case.give(Actor::System, ring(100)), Err("BAD_ARGUMENT".into()));
    let cancel = Command::Cancel { reason: "why".into() };
    case.give(admin(), cancel).expect("it is cancelled");
    assert!(case.instance.held().is_empty());
}

//! Cases that stand still, and what is left of their clocks then.

use super::case_tests::admin;
use super::tests::{Case, NOW, names, person};
use super::{allowed_operations, case_operations};
use crate::actor::Actor;
use crate::command::Command;
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
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
fn people_and_clocks_wait_and_what_others_report_is_taken_in() {
    let mut case = Case::begin(CLOCKS);
    let (days, hours, work) = (case.key("days"), case.key("hours"), case.key("work"));
    let complete = |task: Key| Command::CompleteTask {
        task,
        outcome: None,
        documents: std::collections::BTreeMap::new(),
        comment: None,
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
    let mut operations = allowed_operations(&case.definition, &case.instance, days, &person("li"));
    operations.extend(case_operations(&case.definition, &case.instance, &person("li")));
    assert!(!operations.is_empty() && operations.iter().all(|one| one.refused.is_some()));
    let result = serde_json::Value::Null;
    case.give(Actor::System, Command::CompleteJob { key: work, result }).expect("it was done");
    assert_eq!(case.at(), ["days", "hours"]);
    case.give(admin(), Command::Resume).expect("it goes on");
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
    let (key, result) = (case.key("work"), serde_json::Value::Null);
    case.give(Actor::System, Command::CompleteJob { key, result }).expect("it was done");
    case.now = case.now.plus_ms(DAY_MS);
    case.events.clear();
    case.give(admin(), Command::Resume).expect("it goes on");
    let expected = NOW.plus_ms(2 * DAY_MS + 10 * HOUR_MS);
    assert_eq!(timers(&case, "wait"), [(TimerPurpose::Event, expected)]);
    assert!(matches!(&case.events[1], Event::ClocksMoved { working: None, .. }));
}

//! Deadlines that were counted by weekends alone, when the calendar of their year comes.

use std::sync::Arc;

use super::case_tests::admin;
use super::tests::{Case, NOW, names, person};
use crate::calendar::{Calendar, CalendarSource};
use crate::command::Command;
use crate::event::{Event, TimerPurpose};
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

const NODES: &str = "  split: { type: parallelGateway, to: [task, span, page, take, fixed] }
  task: { type: userTask, role: clerk, due: { in: 5 workdays, extend: { most: 2 workdays } }, remind: [1 workday before], to: end }
  span: { type: intermediateCatchEvent, timer: 5 workdays, to: end }
  page: { type: publish, title: x, for: 5 workdays, wait: true, to: end }
  take: { type: intake, from: [clerk], into: came, closes: 5 workdays, to: end }
  fixed: { type: intermediateCatchEvent, timer: { on: '2026-01-10' }, to: end }
  end: { type: endEvent }";

/// So many days after the day on which the cases begin, as it begins.
fn day(days: i64) -> Timestamp {
    Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS) + days * DAY_MS)
}

/// The office is closed from Wednesday the 7th to Friday the 9th.
fn calendar() -> Calendar {
    let text = "calendar: cn\nzone: UTC\nyears:\n  2026: { off: [2026-01-07..2026-01-09 节] }\n";
    let tree = crate::yaml::parse("c.yaml", text.as_bytes()).expect("it is YAML");
    let source: CalendarSource = crate::yaml::read(&tree, &[]).expect("it is a calendar");
    Calendar::compile(&source).expect("it compiles")
}

fn clock(case: &Case, node: &str) -> Timestamp {
    let activation = case.instance.activation(case.key(node)).expect("it is active");
    let is_reminder = |purpose: &TimerPurpose| matches!(purpose, TimerPurpose::Reminder { .. });
    let mut timers = activation.timers.values().filter(|one| !is_reminder(&one.purpose));
    timers.next().expect("it has a clock").at
}

fn recount() -> Command {
    Command::Recount { reason: "the calendar of 2026 is published".into() }
}

#[test]
fn a_provisional_deadline_is_counted_anew_from_its_own_working() {
    let mut case = Case::begin(NODES);
    let extended = Command::ExtendTask {
        task: case.key("task"),
        by: "2 workdays".into(),
        reason: "much to read".into(),
    };
    case.give(person("li"), extended).expect("it may be");
    assert_eq!(clock(&case, "task"), day(10));
    assert_eq!(
        case.give(admin(), recount()),
        Err("NOTHING_TO_RECOUNT".into()),
        "nothing new is known"
    );
    case.facts.calendars = Arc::new([("cn".into(), Arc::new(calendar()))].into());
    case.advance(DAY_MS);
    assert_eq!(case.give(person("li"), recount()), Err("NOT_CANDIDATE".into()));
    case.events.clear();
    case.give(admin(), recount()).expect("an admin may");
    let moved = ["clocksMoved", "clocksMoved", "clocksMoved", "pageMoved", "clocksMoved"];
    assert_eq!(names(&case.events), moved);
    // Of five working days from the 5th three were holidays: they end with the 15th, not with the 12th.
    for node in ["span", "page", "take"] {
        assert_eq!(clock(&case, node), day(11), "{node}");
    }
    // Two more end with Monday the 19th.
    assert_eq!(clock(&case, "task"), day(15));
    assert_eq!(clock(&case, "fixed"), day(6), "a day that is named stays");
    let key = case.key("page");
    assert!(case.events.contains(&Event::PageMoved { key, until: day(11) }));
    let text = serde_json::to_value(&case.instance).expect("it serialises");
    let task = &text["activations"][case.key("task").to_string()];
    assert_eq!(task["waiting"]["due"]["provisional"], false);
    assert_eq!(task["waiting"]["due"]["skippedDays"], 7, "two weekends and three holidays");
    assert_eq!(case.give(admin(), recount()), Err("NOTHING_TO_RECOUNT".into()), "it is known now");
}

#[test]
fn a_deadline_that_has_passed_is_not_counted_anew() {
    let mut case = Case::begin(
        "  task: { type: userTask, role: clerk, due: 2 workdays }\n  end: { type: endEvent }",
    );
    case.advance(3 * DAY_MS);
    case.facts.calendars = Arc::new([("cn".into(), Arc::new(calendar()))].into());
    assert_eq!(case.give(admin(), recount()), Err("NOTHING_TO_RECOUNT".into()));
}

#[test]
fn what_stood_still_has_the_days_it_had_when_the_calendar_came_meanwhile() {
    let mut case = Case::begin(
        "  split: { type: parallelGateway, to: [task, span] }
  task: { type: userTask, role: clerk, due: 5 workdays, to: end }
  span: { type: intermediateCatchEvent, timer: 5 workdays, to: end }
  end: { type: endEvent }",
    );
    let reason = "why".to_owned();
    case.give(admin(), Command::Suspend { reason }).expect("an admin may");
    case.facts.calendars = Arc::new([("cn".into(), Arc::new(calendar()))].into());
    let refused = Err("NOTHING_TO_RECOUNT".into());
    assert_eq!(case.give(admin(), recount()), refused, "it is counted when it goes on");
    case.now = case.now.plus_ms(7 * DAY_MS);
    case.give(admin(), Command::Resume).expect("an admin may");
    // Of five working days from Monday the 5th none had passed; they go on on Monday the 12th.
    for node in ["task", "span"] {
        assert_eq!(clock(&case, node), day(15), "{node}");
    }
}

#[test]
fn a_clock_that_a_decision_stopped_has_the_days_it_had_when_the_calendar_came_meanwhile() {
    let mut case = Case::begin(
        "  draft: { type: userTask, role: clerk }
  look: { type: userTask, role: clerk, due: 5 workdays, outcomes: { ok: 好, ask: { label: 补, to: draft, then: comeBack, clock: pause } } }
  end: { type: endEvent }",
    );
    case.complete("draft", None).expect("it is open");
    case.complete("look", Some("ask")).expect("it is open");
    case.facts.calendars = Arc::new([("cn".into(), Arc::new(calendar()))].into());
    case.advance(7 * DAY_MS);
    case.complete("draft", None).expect("it is open");
    assert_eq!(clock(&case, "look"), day(15));
}

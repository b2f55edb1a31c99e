//! Timers that come again and again, for ever or so often: which times they come, and that they
//! count over everything that may happen to a case meanwhile.

use super::case_tests::admin;
use super::tests::{Case, NOW, definition, facts, problems};
use crate::actor::Actor;
use crate::clock::Cycle;
use crate::command::Command;
use crate::event::Event;
use crate::ids::NodeName;
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A task with a clock beside it.
fn beside(timer: &str, repeat: &str) -> String {
    format!(
        "  task: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent, outcome: done }}
  clock: {{ type: boundaryEvent, attachedTo: task, timer: {timer}, repeat: {repeat}, interrupting: false, to: rung }}
  rung: {{ type: endEvent }}"
    )
}

/// Hours after the beginning at which clocks were armed to ring, each with its count.
fn armed(case: &Case) -> Vec<(i64, Option<Cycle>)> {
    let armed = case.events.iter().filter_map(|event| match event {
        Event::TimerArmed { at, cycle, .. } => Some(((at.0 - NOW.0) / HOUR_MS, *cycle)),
        _ => None,
    });
    armed.collect()
}

fn rung(case: &Case) -> usize {
    let rings = |event: &&Event| matches!(event, Event::TimerFired { .. });
    case.events.iter().filter(rings).count()
}

const fn cycle(number: u32, left: Option<u32>) -> Cycle {
    Cycle { from: NOW, number, left }
}

#[test]
fn a_clock_beside_a_task_rings_so_often_or_for_ever() {
    let mut case = Case::begin(&beside("1 hour", "3"));
    case.advance(10 * HOUR_MS);
    let counted =
        [(1, Some(cycle(1, Some(3)))), (2, Some(cycle(2, Some(2)))), (3, Some(cycle(3, Some(1))))];
    assert_eq!(armed(&case), counted);
    assert_eq!(rung(&case), 3);
    case.complete("task", None).expect("it is still open");
    assert_eq!(case.ended(), Some("done"));

    let mut endless = Case::begin(&beside("1 hour", "true"));
    endless.advance(10 * HOUR_MS);
    assert_eq!(rung(&endless), 10);
    assert_eq!(armed(&endless)[1], (2, Some(cycle(2, None))));

    let mut once = Case::begin(&beside("1 hour", "1"));
    once.advance(10 * HOUR_MS);
    assert_eq!(rung(&once), 1);
    let mut unsaid = Case::begin(&beside("1 hour", "false"));
    unsaid.advance(10 * HOUR_MS);
    assert_eq!((rung(&unsaid), armed(&unsaid)), (1, vec![(1, None)]));
}

#[test]
fn days_and_working_days_are_counted_as_deadlines_and_do_not_drift() {
    // NOW is Monday, 5 January 2026, 01:10 UTC; days end at midnight.
    let midnight = Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS));
    for (timer, days) in [
        ("1 day", &[2, 3, 4, 5][..]),
        ("1 workday", &[2, 3, 4, 5]),
        ("3 workdays", &[4, 9, 12]),
        // The weekend rolls to Monday, and what follows is not later for that.
        ("{ in: 3 days }", &[4, 8, 10]),
        ("{ in: 3 days, roll: none }", &[4, 7, 10]),
        ("'=\"1 day\"'", &[2, 3, 4]),
        ("{ cron: 0 0 * * * }", &[1, 2, 3]),
    ] {
        let mut case = Case::begin(&beside(timer, &days.len().to_string()));
        case.advance(60 * DAY_MS);
        let at = case.events.iter().filter_map(|event| match event {
            Event::TimerArmed { at, .. } => Some((at.0 - midnight.0) / DAY_MS),
            _ => None,
        });
        assert_eq!(at.collect::<Vec<_>>(), days, "{timer}");
    }
}

#[test]
fn what_was_not_noticed_rings_once_late_and_the_rest_at_their_times() {
    let mut case = Case::begin(&beside("1 hour", "3"));
    let task = case.key("task");
    case.now = NOW.plus_ms(5 * HOUR_MS + HOUR_MS / 2);
    let fire = |timer| Command::FireTimer { key: task, timer };
    case.give(Actor::System, fire(1)).expect("it is due");
    assert_eq!(armed(&case), [(1, Some(cycle(1, Some(3)))), (6, Some(cycle(6, Some(2))))]);
    let late = case.events.iter().find_map(|event| match event {
        Event::TimerFired { late_ms, .. } => Some(*late_ms),
        _ => None,
    });
    assert_eq!(late, Some(4 * HOUR_MS + HOUR_MS / 2));
    case.advance(10 * HOUR_MS);
    assert_eq!(rung(&case), 3, "three times in all");
}

#[test]
fn a_case_that_stood_still_goes_on_counting() {
    let mut case = Case::begin(&beside("1 hour", "3"));
    case.advance(HOUR_MS + HOUR_MS / 2);
    case.give(admin(), Command::Suspend { reason: "why".into() }).expect("an admin may");
    case.now = case.now.plus_ms(10 * HOUR_MS);
    case.give(admin(), Command::Resume).expect("an admin may");
    let timers = &case.instance.activation(case.key("task")).expect("it is open").timers;
    let moved = timers.values().next().expect("it runs");
    assert_eq!(moved.at, NOW.plus_ms(12 * HOUR_MS));
    let from = NOW.plus_ms(10 * HOUR_MS);
    assert_eq!(moved.cycle, Some(Cycle { from, number: 2, left: Some(2) }));
    case.advance(10 * HOUR_MS);
    assert_eq!(rung(&case), 3);
    assert_eq!(armed(&case).last().map(|(at, _)| *at), Some(13));
}

#[test]
fn an_event_sub_process_begins_so_often() {
    let mut case = Case::begin(
        "  task: { type: userTask, role: clerk }
  end: { type: endEvent, outcome: done }
  bell: { type: eventSubProcess, nodes: { ring: { type: startEvent, timer: 1 hour, repeat: 2, interrupting: false }, rung: { type: endEvent } } }",
    );
    case.advance(10 * HOUR_MS);
    assert_eq!(rung(&case), 2);
    case.complete("task", None).expect("it is still open");
    assert_eq!(case.ended(), Some("done"));
}

#[test]
fn a_start_event_begins_so_many_cases() {
    let definition = definition(
        "  hourly: { type: startEvent, timer: 1 hour, repeat: 3, to: read }
  yearly: { type: startEvent, timer: 04-01, repeat: 2, to: read }
  nine: { type: startEvent, timer: { cron: 0 9 * * * }, repeat: 1, to: read }
  weekdays: { type: startEvent, timer: 1 workday, repeat: 6, to: read }
  read: { type: userTask, role: clerk }
  end: { type: endEvent }",
    );
    let calendars = facts().calendars;
    let times = |event: &str| -> Vec<Timestamp> {
        let event: NodeName = event.into();
        let next = |last: Option<crate::definition::StartTime>| {
            let after = last.map_or(NOW, |last| last.at);
            definition.next_start(&event, last, after, &calendars)
        };
        let starts = std::iter::successors(next(None), |last| next(Some(*last)));
        starts.take(20).map(|start| start.at).collect()
    };
    let hours = [1, 2, 3].map(|hours| NOW.plus_ms(hours * HOUR_MS));
    assert_eq!(times("hourly"), hours);
    assert_eq!(times("yearly").len(), 2);
    assert_eq!(times("nine").len(), 1);
    let midnight = Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS));
    let weekdays = [2, 3, 4, 5, 8, 9].map(|days| midnight.plus_ms(days * DAY_MS));
    assert_eq!(times("weekdays"), weekdays);
}

#[test]
fn only_what_may_come_again_is_counted() {
    for (node, expected) in [
        (
            "clock: { type: boundaryEvent, attachedTo: task, timer: 1 hour, repeat: 3, to: end }",
            "badEvent",
        ),
        (
            "clock: { type: boundaryEvent, attachedTo: task, message: m, repeat: 3, interrupting: false, to: end }",
            "badEvent",
        ),
        ("begin: { type: startEvent, timer: 2026-03-31, repeat: 2, to: task }", "badEvent"),
    ] {
        let nodes = format!(
            "  task: {{ type: userTask, role: clerk }}\n  end: {{ type: endEvent }}\n  {node}"
        );
        let found: Vec<_> = problems(&nodes).iter().map(|one| one.code).collect();
        assert_eq!(found, [expected], "{node}");
    }
}

//! Clocks of cases that stand still, pages that are shown for a time, times that lie in the past, and a
//! clock whose time comes in vain.

use serde_json::json;

use super::case_tests::admin;
use super::tests::{Case, NOW, names, person, problems};
use super::{Halt, Step, Stepped};
use crate::actor::Actor;
use crate::command::{Command, Envelope};
use crate::event::{Event, TimerPurpose};
use crate::instance::Instance;
use crate::rejection::Rejection;
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// So many days after the day on which the cases begin, as it begins.
fn day(days: i64) -> Timestamp {
    Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS) + days * DAY_MS)
}

fn timer(case: &Case, node: &str) -> Timestamp {
    let activation = case.instance.activation(case.key(node)).expect("it is active");
    let clock = |purpose: &TimerPurpose| !matches!(purpose, TimerPurpose::Reminder { .. });
    let mut timers = activation.timers.values().filter(|timer| clock(&timer.purpose));
    let found = timers.next().expect("it has a clock").at;
    assert_eq!(timers.next(), None);
    found
}

fn incident(case: &Case, node: &str) -> String {
    let activation = case.instance.activation(case.key(node)).expect("it is active");
    activation
        .incident
        .as_ref()
        .map_or_else(String::new, |it| format!("{}: {}", it.code, it.message))
}

/// Suspends from two hours after the beginning for two weeks.
fn stand_still(case: &mut Case) {
    case.advance(2 * HOUR_MS);
    case.give(admin(), Command::Suspend { reason: "a lawsuit".into() }).expect("it is suspended");
    case.now = case.now.plus_ms(14 * DAY_MS);
    case.events.clear();
    case.give(admin(), Command::Resume).expect("it goes on");
}

#[test]
fn a_day_that_is_named_stays_and_a_period_goes_on_by_its_rule() {
    let mut case = Case::begin(
        "  split: { type: parallelGateway, to: [term, held, task, page, span, guarded] }
  term: { type: intermediateCatchEvent, timer: { on: '2026-01-30' }, to: end }
  held: { type: userTask, role: clerk, due: { on: '2026-01-30' }, remind: [2 workdays before], to: end }
  task: { type: userTask, role: clerk, due: 5 workdays, to: end }
  page: { type: publish, title: x, for: 5 workdays, wait: true, to: end }
  span: { type: intermediateCatchEvent, timer: 5 workdays, to: end }
  guarded: { type: userTask, role: clerk, to: end }
  late: { type: boundaryEvent, attachedTo: guarded, timer: 5 workdays, to: end }
  end: { type: endEvent, outcome: done }",
    );
    // NOW is Monday, 5 January 2026: five workdays end with Monday the 12th.
    for node in ["task", "page", "span", "guarded"] {
        assert_eq!(timer(&case, node), day(8), "{node}");
    }
    stand_still(&mut case);
    // It goes on on Monday the 19th with five working days, which end with Monday the 26th.
    for node in ["task", "page", "span", "guarded"] {
        assert_eq!(timer(&case, node), day(22), "{node}");
    }
    for node in ["term", "held"] {
        assert_eq!(timer(&case, node), day(26), "{node}");
    }
    let key = case.key("page");
    let moved: Vec<&Event> =
        case.events.iter().filter(|event| matches!(event, Event::PageMoved { .. })).collect();
    assert_eq!(moved, [&Event::PageMoved { key, until: day(22) }], "the page stays as long");
    // What stands still once more goes on by the same rule: of two days that have passed, three are left.
    case.advance(2 * DAY_MS);
    stand_still(&mut case);
    assert_eq!(timer(&case, "span"), timer(&case, "task"));
}

#[test]
fn a_clock_that_was_armed_before_it_kept_its_working_goes_on_with_the_time_that_was_left() {
    let mut case = Case::begin(
        "  span: { type: intermediateCatchEvent, timer: 5 workdays }
  end: { type: endEvent }",
    );
    let mut old = serde_json::to_value(&case.instance).expect("it serialises");
    let key = case.key("span").to_string();
    old["activations"][&key]["timers"]["1"].as_object_mut().expect("a timer").remove("working");
    case.instance = serde_json::from_value(old).expect("an older case reads");
    case.advance(HOUR_MS);
    stand_still(&mut case);
    assert_eq!(timer(&case, "span"), day(22));
}

#[test]
fn a_page_is_taken_down_when_the_node_that_waits_for_its_end_is_ended() {
    let page = "  page: { type: publish, title: x, for: 5 workdays, wait: true }
  stop: { type: boundaryEvent, attachedTo: page, message: stop, to: end }
  end: { type: endEvent, outcome: done }";
    let taken_down = |case: &Case| {
        let down = case.events.iter().filter_map(|event| match event {
            Event::PageTakenDown { key, at } => Some((*key, *at)),
            _ => None,
        });
        down.collect::<Vec<_>>()
    };
    let mut case = Case::begin(page);
    let key = case.key("page");
    case.advance(DAY_MS);
    let message = "stop".into();
    case.give(Actor::System, Command::DeliverMessage { key, message, payload: None })
        .expect("it waits");
    assert_eq!(taken_down(&case), [(key, NOW.plus_ms(DAY_MS))]);
    let mut case = Case::begin(page);
    let key = case.key("page");
    case.give(admin(), Command::Cancel { reason: "an error".into() }).expect("an admin may");
    assert_eq!(taken_down(&case), [(key, NOW)]);
    let mut case = Case::begin(page);
    case.advance(30 * DAY_MS);
    assert_eq!(case.ended(), Some("done"));
    assert_eq!(taken_down(&case), [], "its time was over");
    // What nobody waits for is a fact: it stays.
    let mut case = Case::begin(
        "  page: { type: publish, title: x, for: 5 workdays }\n  a: { type: userTask, role: clerk }",
    );
    case.give(admin(), Command::Cancel { reason: "an error".into() }).expect("an admin may");
    assert_eq!(taken_down(&case), []);
}

#[test]
fn what_is_over_before_it_begins_is_an_incident() {
    for node in [
        "{ type: intake, from: [clerk], into: came, closes: { on: '2026-01-02' } }",
        // The day is known already: it does not wait for the opening to say so.
        "{ type: intake, from: [clerk], into: came, opens: 5 workdays, closes: { on: '2026-01-08' } }",
        "{ type: publish, title: x, for: { on: '2026-01-02' }, wait: true }",
        "{ type: publish, title: x, for: { on: '2026-01-02' } }",
    ] {
        let case = Case::begin(&format!("  it: {node}\n  end: {{ type: endEvent }}"));
        assert!(
            incident(&case, "it").starts_with("BAD_TIME: "),
            "{node}: {}",
            incident(&case, "it")
        );
        let names = names(&case.events);
        assert!(
            !names.iter().any(|name| ["intakeOpened", "pagePublished"].contains(&name.as_str()))
        );
    }
    // A period counts from when it opens, and a day may be the day itself.
    for closes in ["5 workdays", "{ on: '2026-01-13' }"] {
        let mut case = Case::begin(&format!(
            "  it: {{ type: intake, from: [clerk], into: came, opens: 5 workdays, closes: {closes} }}\n  end: {{ type: endEvent }}"
        ));
        case.advance(8 * DAY_MS);
        assert_eq!(incident(&case, "it"), "", "{closes}");
        assert!(names(&case.events).contains(&"intakeOpened".to_owned()), "{closes}");
    }
}

#[test]
fn a_deadline_that_has_passed_is_not_extended() {
    let look = "  look: { type: userTask, role: clerk, due: { in: 1 workday, extend: { most: 5 workdays } } }
  end: { type: endEvent }";
    let mut case = Case::begin(look);
    let longer = Command::ExtendTask {
        task: case.key("look"),
        by: "1 workday".into(),
        reason: "much to read".into(),
    };
    // It ends with Tuesday the 6th.
    case.now = day(2);
    assert_eq!(case.give(person("li"), longer.clone()), Err("DEADLINE_PASSED".into()));
    assert_eq!(
        case.refusal(person("li"), longer.clone()),
        "DEADLINE_PASSED expected a deadline that is still to come, but it was over at 2026-01-07T00:00:00.000Z"
    );
    case.now = day(2).plus_ms(-1);
    case.give(person("li"), longer).expect("the last moment of the day");
    assert_eq!(timer(&case, "look"), day(3));
}

#[test]
fn an_extension_that_nothing_bounds_is_told() {
    let warned = |extend: &str| {
        let nodes = format!(
            "  look: {{ type: userTask, role: clerk, due: {{ in: 1 workday, extend: {extend} }} }}\n  end: {{ type: endEvent }}"
        );
        problems(&nodes).iter().any(|one| one.code == "openExtension")
    };
    assert!(warned("once"));
    assert!(warned("{ notice: told }"));
    assert!(!warned("{ most: 1 workday }"));
    assert!(!warned("{ by: head }"));
    assert!(!warned("never"));
}

#[test]
fn what_a_clock_is_refused_with_is_an_incident_and_comes_again_with_a_retry() {
    let mut case = Case::begin(
        "  look: { type: userTask, role: clerk, due: 1 workday, overdue: { to: late } }
  end: { type: endEvent, outcome: done }
  late: { type: endEvent, outcome: late }",
    );
    let key = case.key("look");
    case.now = case.now.plus_ms(5 * DAY_MS);
    let number =
        *case.instance.activation(key).expect("it is open").timers.keys().next().expect("one");
    // Nothing in the language is known to refuse a clock: this is the net below it.
    let command = Command::FireTimer { key, timer: number };
    let envelope =
        Envelope { at: case.now, actor: Actor::System, seed: 7, since: None, hops: 0, command };
    let field = "result".to_owned();
    let refused = Halt::Reject(Rejection::BadArgument { field, message: "no text".into() });
    let mut step = Step::new(&case.definition, case.instance.clone(), &envelope, &case.facts);
    step.fire_in_vain(key, number, &refused).expect("it is an incident");
    let Stepped { instance, events, .. } = step.finish(Ok(())).expect("it is kept");
    assert_eq!(names(&events), ["timerFired", "incidentRaised"]);
    let history: Vec<Event> = case.events.iter().chain(&events).cloned().collect();
    assert_eq!(Instance::replay(instance.id(), &history).as_ref(), Some(&instance));
    case.instance = instance;
    assert_eq!(incident(&case, "look"), "BAD_ARGUMENT: `result`: no text");
    case.advance(DAY_MS);
    assert_eq!(case.at(), ["look"], "it does not come by itself");
    case.events.clear();
    case.give(admin(), Command::Retry { key }).expect("an admin may");
    assert_eq!(names(&case.events), ["incidentResolved", "timerArmed"], "the task stays as it is");
    case.advance(1);
    assert_eq!(case.ended(), Some("late"));
    assert_eq!(json!(case.instance.outcome()), json!("late"));
}

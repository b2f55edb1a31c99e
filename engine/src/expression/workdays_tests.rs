//! Working days in expressions, by the calendar of 2025 with its holidays and made-up days.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Environment, Expression, STEPS_MAX};
use crate::calendar::{Calendar, CalendarSource};

fn environment() -> Environment {
    let source: CalendarSource = serde_json::from_value(json!({
        "calendar": "cn",
        "zone": "Asia/Shanghai",
        "years": { "2025": {
            "off": ["2025-01-01", "2025-01-28..2025-02-04 春节"],
            "work": ["2025-01-26", "2025-02-08"],
        } },
    }))
    .expect("a calendar");
    Environment::new().with_calendar(Arc::new(Calendar::compile(&source).expect("a good one")))
}

fn value(source: &str) -> Result<Value, String> {
    let expression = Expression::compile(source, &environment(), None)
        .unwrap_or_else(|problems| panic!("{source}: {problems:#?}"));
    expression.evaluate(&Map::new()).map_err(|error| error.message)
}

#[test]
fn working_days_are_counted_by_the_calendar() {
    for (source, expected) in [
        // A Saturday, a Sunday that is worked, a day of the holiday.
        ("isWorkday(date('2025-01-25'))", json!(false)),
        ("isWorkday(date('2025-01-26'))", json!(true)),
        ("isWorkday(date('2025-01-29'))", json!(false)),
        // 26, 27 January; 5, 6, 7 and, made up, 8 February.
        ("workdaysBetween(date('2025-01-24'), date('2025-02-08'))", json!(6)),
        ("workdaysBetween(date('2025-02-08'), date('2025-01-24'))", json!(-6)),
        ("workdaysBetween(date('2025-01-28'), date('2025-02-04'))", json!(0)),
        // Leave from its first to its last day.
        ("workdaysBetween(addDays(date('2025-01-27'), -1), date('2025-02-05'))", json!(2)),
        ("addWorkdays(date('2025-01-24'), 3)", json!("2025-02-05")),
        ("addWorkdays(date('2025-02-05'), -3)", json!("2025-01-24")),
        ("addWorkdays(date('2025-01-29'), 0)", json!("2025-01-29")),
        // An instant keeps its time of day, and has its day in the zone of the calendar.
        (
            "addWorkdays(timestamp('2025-01-27T09:30:00+08:00'), 1) \
             == timestamp('2025-02-05T09:30:00+08:00')",
            json!(true),
        ),
        ("isWorkday(timestamp('2025-01-25T17:00:00Z'))", json!(true)),
        // A year that the calendar does not have has weekends.
        ("workdaysBetween(date('2031-01-01'), date('2031-01-08'))", json!(5)),
        ("workdaysBetween(null, date('2025-01-24')) == null", json!(true)),
    ] {
        assert_eq!(value(source), Ok(expected), "{source}");
    }
}

#[test]
fn counts_beyond_all_reason_are_errors() {
    for (source, expected) in [
        (
            "addWorkdays(date('2025-01-24'), 20000)",
            "20000 working days are more than can be counted (18262)".to_owned(),
        ),
        (
            "workdaysBetween(date('1900-01-01'), date('2025-01-01'))",
            "1900-01-01 and 2025-01-01 are more than 36525 days apart, further than working days \
             are counted"
                .to_owned(),
        ),
        (
            "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].all(a, [1, 2, 3, 4, 5, 6, 7, 8].all(b, \
             workdaysBetween(date('1930-01-01'), date('2025-01-01')) > a + b))",
            format!("it took more than {STEPS_MAX} steps; walk fewer elements"),
        ),
    ] {
        assert_eq!(value(source), Err(expected), "{source}");
    }
}

#[test]
fn without_a_calendar_there_are_no_working_days() {
    let of = |environment: &Environment| {
        Expression::compile("isWorkday(date('2025-01-24'))", environment, None)
            .map(|_| ())
            .map_err(|problems| problems.into_iter().map(|one| one.code).collect::<Vec<_>>())
    };
    assert_eq!(of(&Environment::new()), Err(vec!["noCalendar"]));
    // What is looked at without its process does not know of its calendar.
    assert_eq!(of(&Environment::new().with_any_name()), Ok(()));
}

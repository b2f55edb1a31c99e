//! Deadlines that run longer: by how much at most, who may say so, and who is told.

use serde_json::{Value, json};

use super::tests::{Case, names, person, problems};
use crate::actor::{Actor, Grant};
use crate::command::{Command, Content};
use crate::event::Event;
use crate::text::Language;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A task with a deadline of ten working days, and what it says of its extension.
fn nodes(extend: &str) -> String {
    format!(
        "  look: {{ type: userTask, role: clerk, remind: 2 days before, due: {{ in: 10 workdays, extend: {extend} }} }}\n  end: {{ type: endEvent }}"
    )
}

fn begun(extend: &str) -> Case {
    let mut case = Case::begin(&nodes(extend));
    case.events.clear();
    case
}

/// Somebody who holds one role only.
fn only(id: &str, role: &str) -> Actor {
    let grants = vec![Grant { role: role.into(), unit: None }];
    Actor::Person { id: id.into(), unit: None, grants }
}

fn longer(case: &Case, by: &str) -> Command {
    let (task, by, reason) = (case.key("look"), by.to_owned(), "the matter is complex".to_owned());
    Command::ExtendTask { task, by, reason }
}

/// The last day of the task's deadline.
fn last_day(case: &Case) -> Value {
    let task = case.instance.activation(case.key("look")).expect("it is open");
    let text = serde_json::to_value(task).expect("it serialises");
    text["waiting"]["due"]["last"].clone()
}

#[test]
fn an_extension_moves_the_clock_and_tells_whom_it_concerns() {
    let mut case = begun("{ once: true, most: 10 workdays, by: [head], notice: told }");
    assert_eq!(last_day(&case), json!("2026-01-19"));
    case.give(only("wu", "head"), longer(&case, "10 workdays")).expect("the head may");
    assert_eq!(
        names(&case.events),
        [
            "timerDisarmed",
            "timerDisarmed",
            "dueExtended",
            "timerArmed",
            "timerArmed",
            "noticeRequested"
        ]
    );
    assert_eq!(
        serde_json::to_value(case.events.last()).expect("events serialise"),
        json!({ "event": "noticeRequested", "key": case.key("look"), "notice": "told", "to": [{ "principal": "person:li" }, { "principal": "role:clerk" }] })
    );
    assert_eq!(last_day(&case), json!("2026-02-02"));
    let again = longer(&case, "1 day");
    assert_eq!(case.give(only("wu", "head"), again), Err("NOT_EXTENDABLE".into()));
    // It is not overdue on the day on which it was due.
    case.advance(15 * DAY_MS);
    let fired = |case: &Case| {
        case.events.iter().filter(|one| matches!(one, Event::TimerFired { .. })).count()
    };
    assert_eq!(fired(&case), 0);
    case.advance(15 * DAY_MS);
    assert_eq!(fired(&case), 2);
}

#[test]
fn the_process_names_the_notice_where_the_task_does_not() {
    for (extend, told) in [("once", true), ("{ most: 3 days }", true), ("{ notice: told }", true)] {
        let mut case = begun(extend);
        case.definition.notices.extended = Some("told".into());
        case.give(person("wu"), longer(&case, "1 day")).expect("whoever may do it may");
        assert_eq!(names(&case.events).contains(&"noticeRequested".to_owned()), told, "{extend}");
    }
    let mut silent = begun("once");
    silent.give(person("wu"), longer(&silent, "1 day")).expect("whoever may do it may");
    assert!(!names(&silent.events).contains(&"noticeRequested".to_owned()));
}

#[test]
fn nobody_extends_by_more_than_the_most() {
    for (most, by, fits) in [
        ("10 workdays", "10 workdays", true),
        ("10 workdays", "11 workdays", false),
        ("10 workdays", "1000 workdays", false),
        // From 2026-01-19 ten working days lead to 2026-02-02, and so do fourteen days.
        ("10 workdays", "14 days", true),
        ("10 workdays", "15 days", false),
        ("10 workdays", "240 hours", true),
        ("10 days", "2 weeks", false),
        ("1 month", "4 weeks", true),
        ("1 month", "1 year", false),
        // By the word of the rule, though both would end on the Monday.
        ("4 days", "5 days", false),
    ] {
        let mut case = begun(&format!("{{ most: {most} }}"));
        let given = case.give(person("wu"), longer(&case, by));
        let expected = if fits { Ok(()) } else { Err("EXTENSION_TOO_LONG".to_owned()) };
        assert_eq!(given, expected, "{most}: {by}");
    }
    let case = begun("{ most: 10 workdays }");
    assert_eq!(
        case.refusal(person("wu"), longer(&case, "1000 workdays")),
        "EXTENSION_TOO_LONG expected an extension by 10 workdays at most, found 1000 workdays"
    );
    let (most, found) = ("10 workdays".parse(), "20 日".parse());
    let rejection = crate::rejection::Rejection::ExtensionTooLong {
        most: most.expect("it is a span"),
        found: found.expect("it is a span"),
    };
    assert_eq!(rejection.message(Language::Zh), "最多延长 10 个工作日,您要延长 20 日");
}

#[test]
fn only_whoever_the_definition_names_extends() {
    for (extend, who, expected) in [
        ("once", only("wu", "clerk"), Ok(())),
        ("once", only("wu", "head"), Err("NOT_CANDIDATE")),
        ("{ once: true }", only("wu", "clerk"), Ok(())),
        ("{ by: head }", only("wu", "head"), Ok(())),
        ("{ by: [expert, head] }", only("wu", "head"), Ok(())),
        ("{ by: head }", only("wu", "clerk"), Err("NOT_CANDIDATE")),
        ("{ by: head }", Actor::System, Err("NOT_CANDIDATE")),
        ("never", only("wu", "clerk"), Err("NOT_EXTENDABLE")),
    ] {
        let mut case = begun(extend);
        let given = case.give(who, longer(&case, "1 day"));
        assert_eq!(given, expected.map_err(str::to_owned), "{extend}");
    }
    // Whoever extends does not have the task by it, and may where another has it.
    let mut case = begun("{ by: head }");
    let task = case.key("look");
    case.give(only("zhao", "clerk"), Command::ClaimTask { task }).expect("it is offered");
    case.give(only("wu", "head"), longer(&case, "1 day")).expect("the head may");
    case.complete_key(task, None, "zhao").expect("it is zhao's still");
}

#[test]
fn an_extension_that_cannot_be_is_told() {
    let codes = |extend: &str| {
        let problems = problems(&nodes(extend));
        problems.iter().map(|one| (one.code, one.path.join("."))).collect::<Vec<_>>()
    };
    assert_eq!(codes("{ once: true, most: 10 workdays, by: [head], notice: told }"), []);
    for (extend, code, key) in [
        ("{ once: false, most: 1 day }", "extendedOften", "once"),
        ("{ most: long }", "badTime", "most"),
        ("{ most: 2026-03-31 }", "badTime", "most"),
        ("{ by: haed }", "unknownRole", "by"),
        ("{ notice: tell, most: 1 day }", "unknownNotice", "notice"),
    ] {
        let path = format!("nodes.look.due.extend.{key}");
        assert_eq!(codes(extend), [(code, path)], "{extend}");
    }
}

#[test]
fn an_intake_stays_open_no_longer_than_the_most() {
    let case = |rest: &str, closes: &str| {
        problems(&format!(
            "  take: {{ type: intake, from: [clerk], closes: {{ in: 10 days, extend: {closes} }}{rest}, into: came }}\n  end: {{ type: endEvent }}"
        ))
        .iter()
        .map(|one| one.code)
        .collect::<Vec<_>>()
    };
    assert_eq!(case("", "{ most: 5 days, by: [head] }"), Vec::<&str>::new());
    assert_eq!(case(", extendedBy: head", "{ most: 5 days }"), Vec::<&str>::new());
    assert_eq!(case("", "{ most: 5 days }"), ["extendedByNobody"]);
}

#[test]
fn an_intake_that_stays_open_longer_tells_who_handed_something_in() {
    let mut case = Case::begin(
        "  take: { type: intake, from: [clerk], closes: { in: 10 days, extend: { most: 5 days, by: head, notice: told } }, into: came }\n  end: { type: endEvent }",
    );
    let intake = case.key("take");
    for who in ["wu", "zhao"] {
        let content = Content::new(json!({ "text": who }));
        let submit = Command::Submit { intake, content, replaces: None };
        case.give(only(who, "clerk"), submit).expect("it is open");
    }
    let taken = Command::WithdrawSubmission { intake, submission: 2 };
    case.give(only("zhao", "clerk"), taken).expect("it is zhao's");
    case.events.clear();
    let extend = |by: &str| {
        let (by, reason) = (by.to_owned(), "few came".to_owned());
        Command::ExtendTask { task: intake, by, reason }
    };
    for (who, by, code) in [
        (only("wu", "clerk"), "5 days", "NOT_CANDIDATE"),
        (only("wu", "head"), "6 days", "EXTENSION_TOO_LONG"),
    ] {
        assert_eq!(case.give(who, extend(by)), Err(code.into()));
    }
    case.give(only("wu", "head"), extend("5 days")).expect("the head may");
    assert_eq!(
        names(&case.events),
        ["timerDisarmed", "intakeExtended", "timerArmed", "noticeRequested"]
    );
    assert_eq!(
        serde_json::to_value(case.events.last()).expect("events serialise"),
        json!({ "event": "noticeRequested", "key": intake, "notice": "told", "to": [{ "principal": "person:li" }, { "principal": "person:wu" }] })
    );
    assert_eq!(case.give(only("wu", "head"), extend("1 day")), Err("NOT_EXTENDABLE".into()));
    case.advance(14 * DAY_MS);
    assert_eq!(case.at(), ["take"]);
    case.advance(3 * DAY_MS);
    assert_eq!(case.ended(), None);
}

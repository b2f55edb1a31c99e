//! How long a message is kept, as its process says.

use super::tests::{Case, NOW, definition, facts, problems};
use crate::command::Request;
use crate::event::Event;
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 3_600_000;

/// Until when what a case sends is kept, each by its message.
fn kept(case: &Case) -> Vec<(&str, Option<Timestamp>)> {
    let requests = case.events.iter().filter_map(|event| match event {
        Event::CommandRequested {
            request: Request::SendMessage { message, until, .. }, ..
        } => Some((message.as_str(), *until)),
        _ => None,
    });
    requests.collect()
}

#[test]
fn a_message_is_kept_as_long_as_its_process_says() {
    // NOW is Monday, 5 January 2026, 01:10 UTC.
    let midnight = Timestamp(NOW.0 - NOW.0.rem_euclid(DAY_MS));
    for (keep, until) in [
        ("3 hours", NOW.plus_ms(3 * 3_600_000)),
        ("3 days", midnight.plus_ms(4 * DAY_MS)),
        // Saturday rolls to Monday, as every deadline does; working days need not.
        ("5 days", midnight.plus_ms(8 * DAY_MS)),
        ("5 个工作日", midnight.plus_ms(8 * DAY_MS)),
    ] {
        let nodes = format!(
            "  throw: {{ type: intermediateThrowEvent, message: hello, key: k }}
  send: {{ type: sendTask, message: other, key: k }}
  end: {{ type: endEvent, message: bye, key: k }}
messages: {{ hello: {{ keep: {keep} }}, bye: {{ keep: 1 hour }} }}"
        );
        let case = Case::begin(&nodes);
        let hour = NOW.plus_ms(3_600_000);
        let expected = [("hello", Some(until)), ("other", None), ("bye", Some(hour))];
        assert_eq!(kept(&case), expected, "{keep}");
    }
}

#[test]
fn what_comes_from_outside_is_kept_as_whoever_waits_for_it_says() {
    let waits = definition(
        "  paid: { type: receiveTask, message: paid }
  end: { type: endEvent }
messages: { paid: { keep: 2 hours } }",
    );
    let until = |message: &str| waits.message_kept_until(&message.into(), NOW, &facts().calendars);
    assert_eq!(until("paid"), Some(NOW.plus_ms(2 * 3_600_000)));
    assert_eq!(until("other"), None);
}

#[test]
fn a_declared_message_that_nobody_names_is_told_of() {
    let found = problems(
        "  paid: { type: receiveTask, message: paid }
messages: { payd: { keep: 2 hours }, paid: { keep: 1 day } }",
    );
    let found: Vec<_> =
        found.iter().map(|one| (one.code, one.path.join("."), one.hint.is_some())).collect();
    assert_eq!(found, [("unusedMessage", "messages.payd".to_owned(), true)]);
}

/// What a case throws in answer to what another threw, as the writer counts it.
#[test]
fn messages_and_signals_that_cases_answer_each_other_with_for_ever_end_at_an_incident() {
    let nodes = "  wait: { type: intermediateCatchEvent, message: ask }
  answer: { type: intermediateThrowEvent, message: answer, key: k }
  ring: { type: intermediateThrowEvent, signal: bell }
  work: { type: userTask, role: clerk }";
    let after = |hops: u32| {
        let mut case = Case::begin(nodes);
        let key = case.key("wait");
        let command =
            crate::command::Command::DeliverMessage { key, message: "ask".into(), payload: None };
        let actor = crate::actor::Actor::System;
        case.give_after(hops, actor, command).expect("it is received");
        let asked = case.events.iter().filter_map(|event| match event {
            Event::CommandRequested { hops, .. } => Some(*hops),
            _ => None,
        });
        let asked: Vec<u32> = asked.collect();
        (case, asked)
    };
    let (case, asked) = after(7);
    assert_eq!((asked, case.at()), (vec![8, 8], vec!["work"]));
    let (mut case, asked) = after(crate::step::HOPS_MAX);
    assert_eq!((asked, case.at()), (Vec::new(), vec!["answer"]));
    let incident = case.instance.activation(case.key("answer")).and_then(|it| it.incident.as_ref());
    assert_eq!(incident.map(|it| it.code.as_str()), Some("TOO_MANY_ANSWERS"));
    // Somebody looked at it: they may go on.
    let key = case.key("answer");
    case.give(super::case_tests::admin(), crate::command::Command::Retry { key })
        .expect("it is tried");
    assert_eq!(case.at(), ["work"]);
}

//! What packs of other cities found: cases that wait for what never comes, and whatever is not filled
//! in being everybody's.

use serde_json::json;

use super::case_tests::admin;
use super::tests::{Case, facts, names, person};
use crate::command::Command;
use crate::event::Event;
use crate::ids::{InstanceId, Key};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Codes of the incidents of a case.
fn incidents(case: &Case) -> Vec<&str> {
    let all = case.instance.activations().values();
    all.filter_map(|own| own.incident.as_ref()).map(|one| one.code.as_str()).collect()
}

#[test]
fn a_case_ends_as_the_last_end_event_says_that_says_something() {
    let mut case = Case::begin(
        "  f: { type: parallelGateway, to: [a, b, c] }
  a: { type: userTask, role: clerk, to: zDraft }
  b: { type: userTask, role: clerk, to: aDecided }
  c: { type: userTask, role: clerk, to: silent }
  zDraft: { type: endEvent, outcome: drafted }
  aDecided: { type: endEvent, outcome: decided }
  silent: { type: endEvent }",
    );
    for task in ["a", "b", "c"] {
        case.complete(task, None).expect("it is open");
    }
    assert_eq!(case.ended(), Some("decided"));
}

#[test]
fn a_unit_that_is_not_filled_in_is_nobodys() {
    for task in ["role: clerk", "role: clerk, sign: all"] {
        let case = Case::begin(&format!("  a: {{ type: userTask, {task}, unit: =log }}"));
        assert_eq!(incidents(&case), ["NOBODY_FOUND"], "{task}");
    }
    let fallback = "  a: { type: userTask, role: clerk, unit: =log, nobody: { role: head } }";
    let case = Case::begin(fallback);
    let created = case.events.iter().find_map(|event| match event {
        Event::TaskCreated { candidates, .. } => Some(candidates.clone()),
        _ => None,
    });
    let head = "role:head".parse().expect("a principal");
    assert_eq!(created, Some(vec![head]));
}

#[test]
fn a_message_key_that_is_not_filled_in_is_nobodys() {
    for node in ["type: receiveTask, message: m", "type: sendTask, message: m"] {
        let case = Case::begin(&format!("  a: {{ {node}, key: =log }}"));
        assert_eq!(incidents(&case), ["BAD_KEY"], "{node}");
        assert!(!names(&case.events).contains(&"subscriptionOpened".to_owned()));
    }
}

#[test]
fn a_signal_that_does_not_fit_is_an_incident_where_it_is_waited_for_and_nowhere_else() {
    let mut case = Case::begin(
        "  f: { type: parallelGateway, to: [count, word] }
  count: { type: intermediateCatchEvent, signal: s, into: n, to: both }
  word: { type: intermediateCatchEvent, signal: s, into: said, to: both }
  both: { type: parallelGateway }
  end: { type: endEvent }",
    );
    let signal = |value| Command::DeliverSignal {
        signal: "s".into(),
        payload: Some(crate::command::Content::new(value)),
    };
    case.give(crate::actor::Actor::System, signal(json!("much"))).expect("one fits");
    assert_eq!((incidents(&case), case.at()), (vec!["BAD_PAYLOAD"], vec!["count"]));
    assert_eq!(case.instance.variables()["n"], json!(1), "nothing is written");
    let count = case.key("count");
    case.give(admin(), Command::Retry { key: count }).expect("it waits anew");
    case.give(crate::actor::Actor::System, signal(json!(7))).expect("it waits");
    assert!(case.ended().is_some() || case.at().is_empty());
}

#[test]
fn a_deadline_is_extended_once_also_where_it_stood_still_in_between() {
    let mut case = Case::begin(
        "  look: { type: userTask, role: clerk, due: { in: 10 days, extend: { most: 2 days } }, outcomes: { ask: { label: Ask, to: answer, clock: pause }, done: { label: Done, to: end } } }
  answer: { type: userTask, role: clerk, to: look }
  end: { type: endEvent }",
    );
    let longer = |case: &Case| Command::ExtendTask {
        task: case.key("look"),
        by: "2 days".into(),
        reason: "much to read".into(),
    };
    case.give(person("li"), longer(&case)).expect("once");
    for _ in 0..2 {
        case.complete("look", Some("ask")).expect("it is open");
        case.advance(DAY_MS);
        case.complete("answer", None).expect("it is open");
        assert_eq!(case.give(person("li"), longer(&case)), Err("NOT_EXTENDABLE".into()));
    }
}

#[test]
fn who_waits_for_a_case_hears_that_it_was_ended_or_never_began() {
    let call = "  ask: { type: callActivity, process: called, to: end }
  caught: { type: boundaryEvent, attachedTo: ask, error: CANCELLED, to: late }
  late: { type: userTask, role: clerk, to: end }
  end: { type: endEvent }";
    let ended = |error: &str, message: Option<&str>| Command::EndCall {
        key: Key(1),
        child: InstanceId(2),
        outcome: None,
        documents: [].into(),
        given: [].into(),
        error: Some(error.into()),
        message: message.map(str::to_owned),
    };
    let caller = || crate::actor::Actor::Case { id: InstanceId(2) };
    let mut case = Case::begin(call);
    case.give(caller(), ended("CANCELLED", None)).expect("it waits for it");
    assert_eq!(case.at(), ["late"]);
    let mut case = Case::begin(call);
    case.give(caller(), ended("NOT_BEGUN", Some("the form does not fit"))).expect("it waits");
    let incident = case.instance.activation(Key(1)).and_then(|own| own.incident.clone());
    let incident = incident.expect("nobody catches it");
    assert!(incident.message.contains("the form does not fit"), "{incident:?}");
    // Another try calls once more.
    case.events.clear();
    case.give(admin(), Command::Retry { key: Key(1) }).expect("an admin may");
    assert!(names(&case.events).contains(&"commandRequested".to_owned()), "{:?}", case.events);
}

#[test]
fn a_called_case_that_somebody_ends_says_so() {
    let definition = super::tests::definition("  a: { type: userTask, role: clerk }");
    let parent = crate::command::Parent { instance: InstanceId(7), key: Key(3) };
    let command = Command::Start {
        process: "p".into(),
        documents: [].into(),
        parent: Some(parent.clone()),
        origin: None,
    };
    let caller = crate::actor::Actor::Case { id: InstanceId(7) };
    let envelope = crate::command::Envelope {
        at: super::tests::NOW,
        actor: caller.clone(),
        seed: 7,
        since: None,
        hops: 0,
        command,
    };
    let begun = super::start(&definition, InstanceId(1), &envelope, &facts()).expect("it begins");
    let told = |actor| {
        let command = Command::Cancel { reason: "no longer wanted".into() };
        let envelope = crate::command::Envelope {
            at: super::tests::NOW,
            actor,
            seed: 8,
            since: None,
            hops: 0,
            command,
        };
        let stepped = super::step(&definition, &begun.instance, &envelope, &facts());
        let events = stepped.expect("it is cancelled").events;
        let requests = events.iter().filter_map(|event| match event {
            Event::CommandRequested { request, .. } => Some(json!(request)),
            _ => None,
        });
        requests.collect::<Vec<_>>()
    };
    let expected = json!({ "request": "reportEnd", "parent": parent, "documents": {}, "outcome": null, "error": "CANCELLED", "message": "no longer wanted" });
    assert_eq!(told(admin()), [expected]);
    assert_eq!(told(caller), [json!(null); 0], "whoever called it knows");
}

#[test]
fn what_happens_as_a_day_ends_is_of_that_day() {
    let mut case = Case::begin(
        "  one: { type: intermediateCatchEvent, timer: { in: 1 day, roll: none } }
  note: { type: scriptTask, set: { said: =date(now) } }
  two: { type: intermediateCatchEvent, timer: { in: 1 day, roll: none } }
  task: { type: userTask, role: clerk, due: { in: 1 day, roll: none } }",
    );
    let ends = |case: &Case| {
        let all = case.instance.activations().values().flat_map(|own| own.timers.values());
        all.map(|timer| timer.at).min().expect("a clock runs")
    };
    let begin = ends(&case);
    for (node, days) in [("two", 1), ("task", 2)] {
        let at = ends(&case);
        case.advance(at.0 - case.now.0);
        assert_eq!(case.at(), [node]);
        assert_eq!(ends(&case), begin.plus_ms(days * DAY_MS), "{node}");
    }
    let day = begin.plus_ms(-1).to_string();
    assert_eq!(case.instance.variables()["said"], json!(&day[..10]));

    // Told more than a day late, a period counts from when it was told.
    let mut case = Case::begin(
        "  one: { type: intermediateCatchEvent, timer: { in: 1 day, roll: none } }
  two: { type: intermediateCatchEvent, timer: { in: 1 day, roll: none } }",
    );
    let first = ends(&case);
    case.now = first.plus_ms(2 * DAY_MS);
    case.advance(0);
    assert_eq!(ends(&case), first.plus_ms(4 * DAY_MS));
}

//! Cases that begin by themselves, when a message comes or a signal is thrown.

use serde_json::json;

use super::tests::{NOW, compiled, definition, facts, names, person, problems};
use super::{Refused, Stepped, start};
use crate::actor::Actor;
use crate::command::{Command, Content, Envelope};
use crate::definition::{Begins, Definition};
use crate::event::Event;
use crate::ids::InstanceId;

const LETTERS: &str = "  begin: { type: startEvent, to: read }
  letter: { type: startEvent, message: letter, into: said, to: read }
  alarm: { type: startEvent, signal: alarm, to: run }
  read: { type: userTask, role: clerk, to: end }
  run: { type: userTask, role: clerk, to: end }
  end: { type: endEvent, outcome: done }";

fn begin(
    definition: &Definition,
    actor: Actor,
    event: &str,
    payload: Option<serde_json::Value>,
) -> Result<Stepped, String> {
    let payload = payload.map(Content::new);
    let command = Command::Begin { process: "p".into(), event: event.into(), payload };
    let envelope = Envelope { at: NOW, actor, seed: 7, since: None, hops: 0, command };
    start(definition, InstanceId(1), &envelope, &facts()).map_err(|refused| match refused {
        Refused::Rejection(rejection) => rejection.to_string(),
        Refused::Needs(needs) => panic!("{needs:?}"),
    })
}

#[test]
fn a_message_begins_a_case_at_its_start_event_and_brings_what_it_brings() {
    let definition = definition(LETTERS);
    let starts: Vec<_> = definition.event_starts().collect();
    assert_eq!(
        starts,
        [
            (&"letter".into(), Begins::Message(&"letter".into())),
            (&"alarm".into(), Begins::Signal(&"alarm".into())),
        ]
    );
    let Stepped { instance, events, .. } =
        begin(&definition, Actor::System, "letter", Some(json!("hello"))).expect("it begins");
    assert_eq!(instance.variables()["said"], json!("hello"));
    let expected = [
        "instanceStarted",
        "variableSet",
        "variableSet",
        "nodeActivated",
        "variableSet",
        "nodeCompleted",
        "flowTaken",
        "nodeActivated",
        "taskCreated",
    ];
    assert_eq!(names(&events), expected);
    let Event::InstanceStarted { initiator: None, .. } = &events[0] else {
        panic!("nobody began it: {events:?}")
    };
    let Stepped { instance, .. } =
        begin(&definition, Actor::System, "alarm", None).expect("it begins");
    let at: Vec<_> = instance.activations().values().map(|it| it.node.as_str()).collect();
    assert_eq!(at, ["run"]);
}

#[test]
fn who_begins_a_case_must_be_what_begins_it() {
    let definition = definition(LETTERS);
    assert!(definition.begins_by_hand());
    let by_person = begin(&definition, person("li"), "letter", None);
    assert_eq!(
        by_person.expect_err("a person"),
        "`event`: expected an event that begins cases, found `letter`"
    );
    let by_task = begin(&definition, Actor::System, "read", None);
    assert_eq!(
        by_task.expect_err("a task"),
        "`event`: expected an event that begins cases, found `read`"
    );

    let only = compiled(
        "  letter: { type: startEvent, message: letter }\n  read: { type: userTask, role: clerk }",
    )
    .expect("it compiles");
    assert!(!only.begins_by_hand());
    let command =
        Command::Start { process: "p".into(), documents: [].into(), parent: None, origin: None };
    let envelope =
        Envelope { at: NOW, actor: person("li"), seed: 7, since: None, hops: 0, command };
    let refused =
        start(&only, InstanceId(1), &envelope, &facts()).expect_err("only a message begins it");
    let Refused::Rejection(rejection) = refused else { panic!("{refused:?}") };
    assert_eq!(rejection.code(), "BAD_ARGUMENT");
}

#[test]
fn what_cannot_begin_a_case_is_said_where_it_stands() {
    for (keys, code) in [
        ("timer: 3 days", "badTime"),
        ("timer: '=said', repeat: true", "badTime"),
        ("timer: '=said'", "badTime"),
        ("timer: { before: 3 days, of: 2026-03-31 }", "badTime"),
        ("timer: { cron: 0 9 * * * }", "badEvent"),
        ("timer: 03-31", "badEvent"),
        ("timer: 2026-03-31, repeat: true", "badEvent"),
        ("timer: 2026-03-31, into: said", "badEvent"),
        ("condition: 'n > 1'", "eventNotAllowed"),
        ("error: any", "eventNotAllowed"),
        ("message: m, key: =n", "badEvent"),
        ("message: m, signal: s", "badEvent"),
        ("message: m, interrupting: false", "badEvent"),
    ] {
        let yaml = format!(
            "  begin: {{ type: startEvent, {keys} }}\n  read: {{ type: userTask, role: clerk }}"
        );
        let found: Vec<_> = problems(&yaml).iter().map(|one| one.code).collect();
        assert_eq!(found, [code], "{keys}");
    }
    // Every start counts for what is reached, and for what comes together.
    let lost = "  a: { type: startEvent, message: a, to: both }\n  b: { type: startEvent, message: b, to: both }\n  both: { type: parallelGateway }\n  read: { type: userTask, role: clerk }";
    let found: Vec<_> =
        crate::soundness::check(&definition(lost)).iter().map(|one| one.code).collect();
    assert_eq!(found, ["joinNeverCompletes"], "one message never brings two tokens");
    assert_eq!(crate::soundness::check(&definition(LETTERS)), []);
}

#[test]
fn a_clock_begins_a_case_at_its_date_or_again_and_again() {
    let definition = definition(
        "  once: { type: startEvent, timer: '2026-03-31 17:00', to: read }
  daily: { type: startEvent, timer: { cron: 0 9 * * *, zone: Asia/Shanghai }, repeat: true, to: read }
  yearly: { type: startEvent, timer: 04-01, repeat: true, to: run }
  hourly: { type: startEvent, timer: 1 hour, repeat: true, to: run }
  read: { type: userTask, role: clerk, to: end }
  run: { type: userTask, role: clerk, to: end }
  end: { type: endEvent, outcome: done }",
    );
    assert!(!definition.begins_by_hand());
    let calendars = facts().calendars;
    let at = |text: &str| -> crate::time::Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).expect("a time").into()
    };
    for (event, after, expected) in [
        ("once", "2026-01-05T00:00:00Z", Some("2026-03-31T17:00:00Z")),
        ("once", "2026-03-31T17:00:00Z", None),
        ("daily", "2026-01-05T00:00:00Z", Some("2026-01-05T01:00:00Z")),
        ("daily", "2026-01-05T01:00:00Z", Some("2026-01-06T01:00:00Z")),
        // Days that nobody looked at are not made up for.
        ("daily", "2026-02-05T03:00:00Z", Some("2026-02-06T01:00:00Z")),
        ("yearly", "2026-01-05T00:00:00Z", Some("2026-04-02T00:00:00Z")),
        ("yearly", "2026-04-02T00:00:00Z", Some("2027-04-02T00:00:00Z")),
        ("hourly", "2026-01-05T00:30:00Z", Some("2026-01-05T01:30:00Z")),
        ("read", "2026-01-05T00:00:00Z", None),
    ] {
        let next = definition.next_start(&event.into(), None, at(after), &calendars);
        assert_eq!(next.map(|next| next.at), expected.map(at), "{event} after {after}");
    }
    let Stepped { instance, events, .. } =
        begin(&definition, Actor::System, "yearly", None).expect("it begins");
    let expected = [
        "instanceStarted",
        "variableSet",
        "variableSet",
        "nodeActivated",
        "nodeCompleted",
        "flowTaken",
        "nodeActivated",
        "taskCreated",
    ];
    assert_eq!(names(&events), expected);
    let at: Vec<_> = instance.activations().values().map(|it| it.node.as_str()).collect();
    assert_eq!(at, ["run"]);
    assert_eq!(crate::soundness::check(&definition), []);
}

/// An order and its payment: whichever comes first begins the case.
fn gateway(keys: &str) -> String {
    format!(
        "  gate: {{ type: eventBasedGateway, instantiate: true, {keys}to: [order, payment] }}
  order: {{ type: intermediateCatchEvent, message: order, key: =said, into: log, to: pack }}
  payment: {{ type: receiveTask, message: payment, key: =said, into: said, to: pack }}
  pack: {{ type: userTask, role: clerk }}
  end: {{ type: endEvent }}"
    )
}

fn at(instance: &crate::instance::Instance) -> Vec<&str> {
    instance.activations().values().map(|it| it.node.as_str()).collect()
}

#[test]
fn a_task_begins_a_case_when_its_message_comes() {
    let definition = definition(
        "  letter: { type: receiveTask, message: letter, into: said, instantiate: true, to: read }
  read: { type: userTask, role: clerk }
  end: { type: endEvent }",
    );
    assert!(!definition.begins_by_hand());
    let starts: Vec<_> = definition.event_starts().collect();
    assert_eq!(starts, [(&"letter".into(), Begins::Message(&"letter".into()))]);
    let Stepped { instance, events, .. } =
        begin(&definition, Actor::System, "letter", Some(json!("hello"))).expect("it begins");
    assert_eq!(instance.variables()["said"], json!("hello"));
    assert_eq!(at(&instance), ["read"]);
    assert_eq!(
        names(&events)[3..],
        [
            "nodeActivated",
            "variableSet",
            "nodeCompleted",
            "flowTaken",
            "nodeActivated",
            "taskCreated"
        ]
    );
}

#[test]
fn a_gateway_begins_a_case_with_the_first_of_its_events_and_forgets_the_others() {
    let definition = definition(&gateway(""));
    assert!(!definition.begins_by_hand());
    let starts: Vec<&str> = definition.event_starts().map(|(node, _)| node.as_str()).collect();
    assert_eq!(starts, ["order", "payment"]);
    for event in ["order", "payment"] {
        let Stepped { instance, events, .. } =
            begin(&definition, Actor::System, event, Some(json!("A-1"))).expect("it begins");
        assert_eq!(at(&instance), ["pack"]);
        let reached: Vec<&str> = events
            .iter()
            .filter_map(|event| match event {
                Event::NodeActivated { node, .. } => Some(node.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(reached, ["gate", event, "pack"]);
    }
}

#[test]
fn a_parallel_gateway_begins_a_case_with_one_event_and_waits_for_the_others() {
    let definition = definition(&gateway("eventGatewayType: parallel, "));
    let payload = Some(json!("A-1"));
    let Stepped { instance, .. } =
        begin(&definition, Actor::System, "payment", payload).expect("it begins");
    assert_eq!(instance.variables()["said"], json!("A-1"));
    assert_eq!(at(&instance), ["order", "pack"]);
    let waits = &instance.activations().values().next().expect("it waits").subscriptions[0];
    assert_eq!((waits.message.as_str(), &*waits.correlation), ("order", "A-1"));
}

#[test]
fn a_gateway_or_a_task_begins_cases_only_where_nothing_is_before_it() {
    let codes =
        |nodes: &str| -> Vec<&str> { problems(nodes).iter().map(|problem| problem.code).collect() };
    let task = "{ type: receiveTask, message: m, instantiate: true }";
    let found = codes(&format!("  a: {{ type: userTask, role: clerk, to: t }}\n  t: {task}"));
    assert_eq!(found, ["badInstantiate"]);
    let found = codes(&format!(
        "  s: {{ type: subProcess, nodes: {{ a: {{ type: userTask, role: clerk, to: z }}, t: {task}, z: {{ type: endEvent }} }} }}"
    ));
    assert_eq!(found, ["badInstantiate"]);
    let timer = "  g: { type: eventBasedGateway, KEYS to: [a, b] }
  a: { type: intermediateCatchEvent, OTHER, to: z }
  b: { type: receiveTask, message: m, to: z }
  z: { type: endEvent }";
    for (keys, other, expected) in [
        ("instantiate: true,", "timer: 2 days", &["badEventGateway"][..]),
        ("instantiate: true,", "signal: s", &[]),
        ("instantiate: true, eventGatewayType: parallel,", "signal: s", &["badEventGateway"]),
        ("eventGatewayType: parallel,", "message: n", &["badEventGateway"]),
    ] {
        let found = codes(&timer.replace("KEYS", keys).replace("OTHER", other));
        assert_eq!(found, expected, "{keys} {other}");
    }
}

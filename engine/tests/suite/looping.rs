//! A loop that runs as often as it may: told where the definition says how often, an incident else.

use engine::actor::{Actor, Grant};
use engine::command::Command;
use engine::event::Event;
use serde_json::{Value, json};

use crate::small::Case;

/// A case that counts as long as `n` is small enough.
fn counting(most: u32, more: &str) -> Case {
    let nodes = format!(
        "process: p\nname: P\nstartedBy: [clerk]\nvariables: {{ n: {{ type: integer, initial: 0 }} }}\nnodes:\n  ask: {{ type: userTask, role: clerk }}\n  count: {{ type: scriptTask, set: {{ n: n + 1 }}, loop: {{ while: n < {most}{more} }} }}\n  end: {{ type: endEvent, outcome: done }}\n"
    );
    Case::begun(&[("processes/p.yaml", &nodes)])
}

fn run(case: &mut Case) -> Vec<Event> {
    case.decide(case.key("ask"), "li", "", &[]).expect("it is open")
}

fn stops(events: &[Event]) -> Vec<u32> {
    let stop = |event: &Event| match event {
        Event::LoopStopped { runs, .. } => Some(*runs),
        _ => None,
    };
    events.iter().filter_map(stop).collect()
}

fn n(case: &Case) -> &Value {
    &case.instance.variables()["n"]
}

#[test]
fn one_that_says_how_often_stops_and_says_so() {
    for (most, max, runs, told) in
        [(5, 3, 3, vec![3]), (3, 3, 3, vec![]), (2, 3, 2, vec![]), (500, 200, 200, vec![200])]
    {
        let mut case = counting(most, &format!(", max: {max}"));
        let events = run(&mut case);
        assert_eq!((stops(&events), n(&case)), (told, &json!(runs)), "{most} {max}");
        assert_eq!(case.instance.outcome().map(ToString::to_string).as_deref(), Some("done"));
    }
}

#[test]
fn one_that_does_not_is_an_incident_until_it_is_repaired() {
    let mut case = counting(150, "");
    let events = run(&mut case);
    assert_eq!((stops(&events), n(&case)), (vec![], &json!(100)));
    let body = case.key("count");
    let incident = case.instance.activations()[&body].incident.clone().expect("it stands");
    let message = "expected the loop to be done within 100 runs, but its `while` still holds; a retry asks it again, and `max` lets a loop run longer";
    assert_eq!((incident.code.as_str(), incident.message.as_str()), ("LOOP_TOO_LONG", message));
    let admin = || {
        let grants = vec![Grant { role: "admin".into(), unit: None }];
        Actor::Person { id: "admin".into(), unit: None, grants }
    };
    case.give(admin(), Command::Retry { key: body }).expect("it stands");
    assert!(case.instance.activations()[&body].incident.is_some(), "it still holds");
    let (documents, variables) = ([].into(), [("n".to_owned(), json!(150))].into());
    let retry = Some(body);
    let correct = Command::Correct { documents, variables, retry, reason: "counted".into() };
    case.give(admin(), correct).expect("it is repaired");
    assert_eq!(case.instance.outcome().map(ToString::to_string).as_deref(), Some("done"));
    let mut done = counting(100, "");
    run(&mut done);
    assert_eq!(
        done.instance.outcome().map(ToString::to_string).as_deref(),
        Some("done"),
        "just enough"
    );
}

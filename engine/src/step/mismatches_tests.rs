//! What does not fit where it is written, or means nobody: what an error brings, values of variables,
//! audiences, weights. All of it is an incident on the node, never a refusal of whoever came before.

use serde_json::json;

use super::signing_tests::{begin, task_of};
use super::tests::{Case, problems};
use crate::actor::Actor;
use crate::command::{Command, Request};
use crate::event::Event;
use crate::ids::{InstanceId, Key};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn incidents(case: &Case) -> Vec<String> {
    let all = case.instance.activations().values();
    let found =
        all.filter_map(|it| it.incident.as_ref().map(|one| format!("{} {}", it.node, one.code)));
    found.collect()
}

/// A sub-process in which somebody, or a clock, ends with an error.
fn throwing(into: &str, around: &str) -> String {
    let caught = match around {
        "boundary" => format!(
            "  caught: {{ type: boundaryEvent, attachedTo: term, error: any, into: {into}, to: hearing }}\n"
        ),
        _ => format!(
            "  aside: {{ type: eventSubProcess, nodes: {{ begun: {{ type: startEvent, error: any, into: {into}, to: hearing }}, hearing: {{ type: userTask, role: head }}, over: {{ type: endEvent }} }} }}\n"
        ),
    };
    let hearing = match around {
        "boundary" => "  hearing: { type: userTask, role: head, to: end }\n",
        _ => "",
    };
    format!(
        "  term:\n    type: subProcess\n    nodes:\n      look: {{ type: userTask, role: clerk, due: 1 workday, overdue: {{ to: bad }}, outcomes: {{ good: 好, bad: {{ label: 坏, to: bad }} }}, to: fine }}\n      fine: {{ type: endEvent }}\n      bad: {{ type: endEvent, error: BREACH, errorMessage: '=\"not \" + \"fit\"' }}\n    to: end\n{caught}{hearing}  end: {{ type: endEvent }}"
    )
}

#[test]
fn an_error_brings_its_code_and_its_message_or_to_a_text_the_message() {
    for around in ["boundary", "inside"] {
        for (into, expected) in
            [("said", json!({ "code": "BREACH", "message": "not fit" })), ("log", json!("not fit"))]
        {
            let mut case = Case::begin(&throwing(into, around));
            case.complete("look", Some("bad")).expect("whoever decides is not refused");
            assert_eq!(case.instance.variables().get(into), Some(&expected), "{around}");
            assert!(case.at().contains(&"hearing"), "{:?}", case.at());
            assert_eq!(incidents(&case), Vec::<String>::new());
        }
        // A number cannot hold it: that is said before it happens.
        let found = problems(&throwing("n", around));
        assert!(found.iter().any(|one| one.code == "wrongType"), "{around}: {found:?}");
    }
}

#[test]
fn what_an_error_brings_and_does_not_fit_is_an_incident_where_it_is_caught() {
    for (around, node) in [("boundary", "caught"), ("inside", "aside")] {
        for by_clock in [false, true] {
            // The form of `came` knows neither a code nor a message.
            let mut case = Case::begin(&throwing("came", around));
            if by_clock {
                case.advance(5 * DAY_MS);
            } else {
                case.complete("look", Some("bad")).expect("whoever decides is not refused");
            }
            assert_eq!(incidents(&case), [format!("{node} BAD_PAYLOAD")], "{around} {by_clock}");
            assert!(!case.at().contains(&"look"));
            // A retry goes on without what it brought.
            let key = case.key(node);
            case.give(super::case_tests::admin(), Command::Retry { key }).expect("an admin may");
            assert!(case.at().contains(&"hearing"), "{around}: {:?}", case.at());
            assert_eq!(incidents(&case), Vec::<String>::new());
        }
    }
}

#[test]
fn the_message_of_an_error_comes_with_it_out_of_a_called_case() {
    let definition = super::tests::definition(
        "  a: { type: userTask, role: clerk }\n  e: { type: endEvent, error: LOW, errorMessage: =log }",
    );
    let parent = crate::command::Parent { instance: InstanceId(7), key: Key(3) };
    let command = Command::Start {
        process: "p".into(),
        documents: [].into(),
        parent: Some(parent),
        origin: None,
    };
    let actor = Actor::Case { id: InstanceId(7) };
    let envelope = crate::command::Envelope {
        at: super::tests::NOW,
        actor,
        seed: 7,
        since: None,
        hops: 0,
        command,
    };
    let facts = super::tests::facts();
    let begun = super::start(&definition, InstanceId(1), &envelope, &facts).expect("it begins");
    let mut case = Case {
        definition,
        instance: begun.instance,
        events: begun.events,
        facts,
        now: super::tests::NOW,
    };
    let value = json!("too low");
    case.instance.apply(&Event::VariableSet {
        name: "log".into(),
        value,
        key: crate::ids::Key(0),
        amends: false,
        apart: crate::ids::Key(0),
    });
    case.complete("a", None).expect("it is open");
    let told = case.events.iter().find_map(|event| match event {
        Event::CommandRequested { request: Request::ReportEnd { error, message, .. }, .. } => {
            Some((error.clone(), message.clone()))
        }
        _ => None,
    });
    assert_eq!(told, Some((Some("LOW".into()), Some("too low".into()))));
    // And the one that called it catches it with that.
    let mut caller = Case::begin(
        "  ask: { type: callActivity, process: called, to: end }
  caught: { type: boundaryEvent, attachedTo: ask, error: LOW, into: said, to: late }
  late: { type: userTask, role: clerk, to: end }
  end: { type: endEvent }",
    );
    let ended = Command::EndCall {
        key: caller.key("ask"),
        child: InstanceId(2),
        outcome: None,
        documents: [].into(),
        given: [].into(),
        error: Some("LOW".into()),
        message: Some("too low".into()),
    };
    caller.give(Actor::Case { id: InstanceId(2) }, ended).expect("it waits");
    let said = caller.instance.variables().get("said");
    assert_eq!(said, Some(&json!({ "code": "LOW", "message": "too low" })));
}

#[test]
fn a_variable_keeps_its_type() {
    for (set, fits) in [
        ("{ said: \"='x'\", n: =said }", false),
        ("{ said: \"=[1, 'x']\", list: =said }", false),
        ("{ said: '=2.0', n: =said }", true),
        ("{ said: \"=['x']\", list: =said }", true),
        ("{ n: =null }", true),
    ] {
        let mut case = Case::begin(&format!(
            "  a: {{ type: userTask, role: clerk }}\n  set: {{ type: scriptTask, set: {set} }}\n  b: {{ type: userTask, role: clerk }}\n  end: {{ type: endEvent }}"
        ));
        case.complete("a", None).expect("whoever decides is not refused");
        let expected: &[&str] = if fits { &[] } else { &["set WRONG_TYPE"] };
        assert_eq!(incidents(&case), expected, "{set}");
    }
    let found = |into: &str| {
        let nodes = format!(
            "  it: {{ type: record, register: book, into: {into} }}\n  end: {{ type: endEvent }}"
        );
        problems(&nodes).iter().any(|one| one.code == "wrongType")
    };
    assert!(found("n"), "the number of a register is a text");
    assert!(!found("log") && !found("said"));
}

#[test]
fn a_notice_that_means_nobody_is_an_incident() {
    for (audience, told) in [
        ("\"=''\"", false),
        ("=null", false),
        ("\"=['', null]\"", false),
        ("\"='role:clerk@nowhere'\"", false),
        ("\"='person:nobody'\"", false),
        ("\"=['person:nobody', 'person:wu']\"", true),
        ("\"='role:clerk'\"", true),
        ("\"='wu@example.org'\"", true),
        ("clerk", true),
        ("initiator", true),
    ] {
        let nodes = format!(
            "  tell: {{ type: notify, notice: told, audience: {audience} }}\n  a: {{ type: userTask, role: clerk }}\n  end: {{ type: endEvent }}"
        );
        let case = Case::begin_with(&nodes, |facts| {
            let nowhere = "role:clerk@nowhere".parse().expect("a principal");
            std::sync::Arc::make_mut(&mut facts.held).insert(nowhere, false);
            facts.people.insert("nobody".into(), None);
        });
        let expected: &[&str] = if told { &[] } else { &["tell NOBODY_TOLD"] };
        assert_eq!(incidents(&case), expected, "{audience}");
        let notices = case.events.iter().filter(|one| matches!(one, Event::NoticeRequested { .. }));
        assert_eq!(notices.count(), usize::from(told), "{audience}");
    }
}

#[test]
fn a_list_of_nobody_is_an_answer() {
    let case = Case::begin(
        "  tell: { type: notify, notice: told, audience: '=list.filter(one, one == \"c\")' }
  a: { type: userTask, role: clerk }
  end: { type: endEvent }",
    );
    assert_eq!(incidents(&case), Vec::<String>::new());
    assert!(!case.events.iter().any(|one| matches!(one, Event::NoticeRequested { .. })));
}

#[test]
fn a_weight_is_asked_as_the_round_begins() {
    let round = |weight: &str| {
        format!(
            "  vote: {{ type: userTask, people: =list, outcomes: {{ yes: 是, no: 否 }}, sign: {{ rule: vote, weight: {weight} }} }}\n  end: {{ type: endEvent }}"
        )
    };
    for (weight, code) in [
        ("=n - 3", "BAD_WEIGHT"),
        ("=1.0 / 3.0", "BAD_WEIGHT"),
        ("\"='x'\"", "BAD_WEIGHT"),
        ("=null", "BAD_WEIGHT"),
        ("=1000 + n", "WEIGHT_TOO_GREAT"),
    ] {
        let case = begin(&round(weight));
        let expected = format!("vote {code}");
        assert_eq!(incidents(&case), [expected.clone(), expected], "{weight}: each task says so");
    }
    let mut case = begin(&round("=3.0 / 2.0"));
    assert_eq!(incidents(&case), Vec::<String>::new());
    case.complete_key(task_of(&case, "a"), Some("yes"), "a").expect("it is open");
    let cast = case.events.iter().find(|event| matches!(event, Event::VoteCast { .. }));
    assert_eq!(serde_json::to_value(cast).expect("it serialises")["weight"], json!(1.5));
}

#[test]
fn a_script_sets_all_of_its_variables_or_none() {
    let mut case = Case::begin(
        "  say: { type: scriptTask, set: { log: '\"x\"' } }
  count: { type: scriptTask, set: { n: n + 1, list: '[string(n)]', said: int(log) } }
  end: { type: endEvent }",
    );
    let values = |case: &Case| {
        let variables = case.instance.variables();
        ["n", "list", "said"].map(|name| variables.get(name).cloned().unwrap_or_default())
    };
    let key = case.key("count");
    for _ in 0..2 {
        assert_eq!(incidents(&case), ["count EXPRESSION_FAILED"]);
        assert_eq!(values(&case), [json!(1), json!(["a", "b"]), json!(null)]);
        case.give(super::case_tests::admin(), Command::Retry { key }).expect("an admin may");
    }
    let change = Command::Correct {
        documents: std::collections::BTreeMap::new(),
        variables: [("log".to_owned(), json!("7"))].into(),
        retry: Some(key),
        reason: "unreadable".to_owned(),
    };
    case.give(super::case_tests::admin(), change).expect("an admin may");
    // What is set later sees what was set before it.
    assert_eq!(values(&case), [json!(2), json!(["2"]), json!(7)]);
}

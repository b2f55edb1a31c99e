//! What expressions know of whoever began the case: as much as of a candidate.

use engine::event::Event;
use serde_json::{Map, Value, json};

use crate::small::{Case, problems};

const PEOPLE: &str = "people:
  li: { name: Li, roles: [clerk], manager: wu, fields: { level: 3 } }
  wu: { name: Wu, roles: [head, { role: admin, everywhere: true }], fields: { since: x } }
";

fn process(set: &str) -> String {
    format!(
        "process: p\nname: P\nstartedBy: [clerk]\nvariables: {{ said: {{ type: any }} }}\nnodes:\n  ask: {{ type: userTask, role: clerk }}\n  say: {{ type: scriptTask, set: {{ said: {set} }} }}\n  end: {{ type: endEvent }}\n"
    )
}

/// What an expression gives where li began the case.
fn said(expression: &str) -> Value {
    let process = process(&format!("\"={expression}\""));
    let files = [("processes/p.yaml", process.as_str())];
    let mut case = Case::begun(&files);
    let fields: Map<String, Value> =
        [("level".to_owned(), json!(3)), ("manager".to_owned(), json!("wu"))].into_iter().collect();
    case.knows("li", "Li Na", fields);
    let events = case.decide(case.key("ask"), "li", "", &[]).expect("it is open");
    let set = |event: &Event| match event {
        Event::VariableSet { name, value, .. } if name == "said" => Some(value.clone()),
        _ => None,
    };
    events.iter().find_map(set).unwrap_or_else(|| panic!("{expression}: {events:?}"))
}

#[test]
fn the_initiator_has_what_a_candidate_has() {
    for (expression, expected) in [
        ("initiator.id", json!("li")),
        ("initiator.name", json!("Li Na")),
        ("initiator.manager", json!("wu")),
        ("initiator.fields.level > 2", json!(true)),
        ("initiator.fields['level']", json!(3)),
        ("has(initiator.fields.level)", json!(true)),
        ("has(initiator.fields.other)", json!(false)),
        ("[initiator].map(i, i.name)", json!(["Li Na"])),
        ("initiator != null", json!(true)),
    ] {
        assert_eq!(said(expression), expected, "{expression}");
    }
}

#[test]
fn what_it_has_is_checked() {
    let told = |expression: &str| {
        let people = PEOPLE.replace("{ role: admin, everywhere: true }", "head");
        let process = process(&format!("\"={expression}\""));
        let found = problems(&[("processes/p.yaml", process.as_str()), ("people.yaml", &people)]);
        let is_own = |one: &String| one.starts_with("processes/");
        found.into_iter().filter(is_own).collect::<Vec<_>>()
    };
    for good in [
        "initiator.name + 'x'",
        "initiator.fields.level",
        "initiator.fields.since",
        "initiator.manager == 'wu'",
    ] {
        assert_eq!(told(good), [""; 0], "{good}");
    }
    for (bad, expected) in [
        ("initiator.nmae", "unknownField: initiator has no field `nmae` (did you mean `name`?)"),
        (
            "initiator.fields.levle",
            "unknownField: initiator.fields has no field `levle` (did you mean `level`?)",
        ),
        ("initiator.manager > 3", "wrongType"),
    ] {
        let found = told(bad);
        assert!(found.len() == 1 && found[0].contains(expected), "{bad}: {found:#?}");
    }
}

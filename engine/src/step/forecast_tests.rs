//! Forecasts, by small processes. How a case really goes on is in the other tests.

use std::sync::Arc;

use super::start;
use super::tests::{NOW, definition, facts, person};
use crate::command::{Command, Envelope};
use crate::ids::InstanceId;
use crate::simulate::{Forecast, forecast};

fn check(nodes: &str, expected: &[(&str, bool)]) {
    let found = foreseen(nodes);
    let found: Vec<(&str, bool)> =
        found.steps.iter().map(|step| (step.node.as_str(), step.certain)).collect();
    assert_eq!(found, expected);
}

/// What is foreseen of a case that has just begun.
fn foreseen(nodes: &str) -> Forecast {
    let definition = definition(nodes);
    let documents = std::collections::BTreeMap::new();
    let command = Command::Start { process: "p".into(), documents, parent: None, origin: None };
    let envelope =
        Envelope { at: NOW, actor: person("li"), seed: 1, since: None, hops: 0, command };
    let begun = start(&definition, InstanceId(1), &envelope, &facts()).expect("it begins");
    let mut facts = facts();
    for (id, manager) in [("li", "wu"), ("wu", "zhao")] {
        let of = facts.people.get_mut(id).and_then(Option::as_mut).expect("known");
        Arc::make_mut(of).fields.insert("manager".to_owned(), manager.into());
    }
    forecast(&definition, &begun.instance, NOW, &facts).expect("nothing is needed")
}

#[test]
fn the_way_that_is_hoped_for_is_foreseen() {
    check(
        "  a: { type: userTask, role: clerk, outcomes: { again: { label: 退, to: a }, ok: 好 } }\n  b: { type: userTask, role: head, outcomes: { again: { label: 退, to: a, then: comeBack }, ok: 好, reject: { label: 不, to: end } } }\n  c: { type: userTask, role: clerk }\n  end: { type: endEvent }",
        &[("b", true), ("c", true)],
    );
}

#[test]
fn gateways_decide_with_what_is_known() {
    let nodes = |set: &str| {
        format!(
            "  a: {{ type: userTask, role: clerk }}\n{set}  g: {{ type: exclusiveGateway, to: [{{ when: n > 1, to: b }}, {{ to: c }}] }}\n  b: {{ type: userTask, role: clerk, to: end }}\n  c: {{ type: userTask, role: clerk, to: end }}\n  end: {{ type: endEvent }}"
        )
    };
    check(&nodes(""), &[("c", true)]);
    check(&nodes("  s: { type: scriptTask, set: { n: '5' } }\n"), &[("b", false), ("c", false)]);
}

#[test]
fn sub_processes_and_parallel_ways_are_walked() {
    check(
        "  a: { type: userTask, role: clerk }\n  fork: { type: parallelGateway, to: [b, inside] }\n  b: { type: userTask, role: clerk, to: join }\n  inside: { type: subProcess, nodes: { c: { type: userTask, role: head } }, to: join }\n  join: { type: parallelGateway }\n  d: { type: userTask, role: head }\n  end: { type: endEvent }",
        &[("b", true), ("c", true), ("d", true)],
    );
}

/// What the runs of a list give is not known before they have run, and nor is what is scored.
#[test]
fn what_a_list_will_give_is_not_known() {
    check(
        "  a: { type: userTask, role: clerk }\n  each: { type: userTask, role: head, forEach: { in: \"=['x']\", as: x, result: '=outcomes.each', into: said }, outcomes: { ok: 好 } }\n  g: { type: exclusiveGateway, to: [{ when: 'said != null', to: end }, { to: c }] }\n  c: { type: userTask, role: clerk }\n  end: { type: endEvent }",
        &[("each", true), ("c", false)],
    );
}

#[test]
fn a_superior_is_named_before_it_is_their_turn() {
    let found = foreseen(
        "  a: { type: userTask, role: clerk }\n  b: { type: userTask, assign: manager }\n  c: { type: userTask, assign: manager 2 }",
    );
    let named: Vec<String> =
        found.steps.iter().flat_map(|step| &step.candidates).map(ToString::to_string).collect();
    assert_eq!(named, ["person:wu", "person:zhao"]);
}

//! What was decided on a document that somebody has written since.

use std::collections::BTreeMap;

use engine::command::{Command, Content};
use engine::ids::Key;
use serde_json::json;

use crate::small::{Case, person};

const PACK: [(&str, &str); 2] = [
    (
        "forms/plan.yaml",
        "form: plan\nname: Plan\nfields: { n: { type: integer }, day: { type: date } }\n",
    ),
    (
        "processes/p.yaml",
        "process: p
name: P
startedBy: [clerk]
documents: { plan: { form: plan }, notes: { form: plan, list: true } }
nodes:
  fork: { type: parallelGateway, to: [a, b] }
  a: { type: userTask, role: clerk, edit: plan, to: join }
  b: { type: userTask, role: clerk, edit: plan, show: notes, to: join }
  join: { type: parallelGateway }
  end: { type: endEvent }
",
    ),
];

fn complete(task: Key, content: serde_json::Value, seen: &[(&str, u32)]) -> Command {
    Command::CompleteTask {
        task,
        outcome: None,
        documents: [("plan".into(), Content::new(content))].into(),
        comment: None,
        seen: seen.iter().map(|(name, version)| ((*name).into(), *version)).collect(),
    }
}

#[test]
fn nothing_is_written_over_that_was_not_seen() {
    let mut case = Case::begun(&PACK);
    let (a, b) = (case.key("a"), case.key("b"));
    let first = complete(a, json!({ "n": 7 }), &[("plan", 0)]);
    case.give(person("li"), first).expect("nothing was written before");
    let day = json!({ "day": "2026-11-30" });
    for (seen, code) in [
        (&[("plan", 0), ("notes", 9)][..], "STALE_DOCUMENT"),
        (&[("other", 1)][..], "BAD_ARGUMENT"),
    ] {
        let refused = case.give(person("wu"), complete(b, day.clone(), seen));
        assert_eq!(refused.expect_err("it is not as it was").code(), code, "{seen:?}");
        assert_eq!(case.contents("plan"), [json!({ "n": 7 })]);
    }
    let both = json!({ "n": 7, "day": "2026-11-30" });
    let seen = [("plan", 1), ("notes", 9)];
    case.give(person("wu"), complete(b, both.clone(), &seen)).expect("it was seen");
    assert_eq!(case.contents("plan"), [both]);
}

/// Who says nothing of what they saw decides as ever.
#[test]
fn nobody_has_to_say_what_they_saw() {
    let mut case = Case::begun(&PACK);
    for node in ["a", "b"] {
        let command = Command::CompleteTask {
            task: case.key(node),
            outcome: None,
            documents: [("plan".into(), Content::new(json!({ "n": 1 })))].into(),
            comment: None,
            seen: BTreeMap::new(),
        };
        case.give(person("li"), command).expect("it is open");
    }
}

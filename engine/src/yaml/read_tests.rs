//! Reading typed values: every problem at once, each at its place.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::{parse, read};
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, clippy::struct_field_names, reason = "only read, and named as in YAML")]
struct Process {
    process: String,
    name: Text,
    nodes: BTreeMap<String, Node>,
    #[serde(default)]
    years: BTreeMap<u16, u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only read")]
enum Node {
    UserTask(Task),
    StartEvent,
    EndEvent { outcome: String },
}

/// The same, buffered by serde.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
#[expect(dead_code, reason = "only read")]
enum Buffered {
    UserTask(Task),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "only read")]
struct Task {
    role: String,
    due: Option<Due>,
    #[serde(default)]
    outcomes: BTreeMap<String, Outcome>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a time such as `10 workdays`, or keys with `in`")]
#[expect(dead_code, reason = "only read")]
enum Due {
    Short(String),
    Long { r#in: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[expect(dead_code, reason = "only read")]
struct Outcome {
    label: String,
    comment: Option<Comment>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Comment {
    Required,
    Optional,
}

fn check<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str, expected: &[&str]) {
    let tree = parse("p.yaml", text.as_bytes()).unwrap();
    let problems = read::<T>(&tree, &[]).expect_err("problems were expected");
    let found: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = &problem.place;
            format!(
                "{}:{}+{} {}: {}",
                place.line, place.column, place.length, problem.code, problem.message
            )
        })
        .collect();
    assert_eq!(found, expected, "{problems:#?}");
}

const GOOD: &str = "process: p\nname: 授权\nnodes:\n  a: {type: startEvent}\n  s: startEvent\n  \
    t:\n    type: userTask\n    role: r\n    due: 10 workdays\n    outcomes:\n      yes: {label: 通过, comment: required}\n  \
    e: {type: endEvent, outcome: done}\nyears: {2025: 1}\n";

#[test]
fn a_good_file_is_read() {
    let tree = parse("p.yaml", GOOD.as_bytes()).unwrap();
    let process: Process = read(&tree, &[]).unwrap();
    assert_eq!(process.nodes.len(), 4);
    assert_eq!(process.years[&2025], 1);
    let part: Outcome = read(&tree, &["nodes", "t", "outcomes", "yes"]).unwrap();
    assert_eq!(part.label, "通过");
}

#[test]
fn all_problems_come_at_once() {
    check::<Process>(
        "process: 5\nnaem: x\nnodes:\n  a: {type: userTsk}\n  b:\n    type: userTask\n    rol: r\n    due: [1]\n    \
         outcomes:\n      ok: {label: 好, comment: reqired}\n      no: {lable: 否}\n  c: {type: endEvent}\n  d: {role: r}\nyears: {2025: 300, x: 1}\n",
        &[
            "1:10+1 wrongType: expected text, found the number 5",
            "2:1+4 unknownKey: `naem` is not a key that is known here",
            "4:13+7 unknownType: expected `userTask`, `startEvent` or `endEvent`, found `userTsk`",
            "7:5+3 unknownKey: `rol` is not a key that is known here",
            "8:10+3 wrongValue: expected a time such as `10 workdays`, or keys with `in`, found a list",
            "10:31+7 unknownValue: expected `required` or `optional`, found `reqired`",
            "11:12+5 unknownKey: `lable` is not a key that is known here",
            "12:3+1 missingKey: expected the key `outcome`, which is missing here",
            "13:7+4 unknownValue: expected `userTask`, `startEvent` or `endEvent`, found `role`",
            "14:15+3 wrongValue: expected a whole number from 0 to 255, found the number 300",
            "14:20+1 wrongType: expected a whole number from 0 to 65535, found the text `x`",
        ],
    );
}

#[test]
fn problems_in_values_that_serde_buffers_are_found_too() {
    check::<BTreeMap<String, Buffered>>(
        "a:\n  type: userTask\n  role: r\n  outcomes:\n    x: {label: [1]}\n    y: {label: 好, extra: 1}\nb:\n  type: userTask\n  role: r\n  roel: r\nc:\n  type: userTask\nd:\n  type: userTas\n  role: r\n",
        &[
            "5:16+3 wrongType: expected text, found a list",
            "6:19+5 unknownKey: `extra` is not a key that is known here",
            "10:3+4 unknownKey: `roel` is not a key that is known here",
            "11:1+1 missingKey: expected the key `role`, which is missing here",
            "14:9+7 unknownType: expected `userTask`, found `userTas`",
        ],
    );
}

#[test]
fn hints_name_what_was_meant() {
    let tree = parse("p.yaml", b"process: p\nname: x\nnode: {}\n").unwrap();
    let problems = read::<Process>(&tree, &[]).unwrap_err();
    let hint = problems.iter().find(|p| p.code == "unknownKey").unwrap().hint.clone();
    assert_eq!(
        hint.as_deref(),
        Some("did you mean `nodes`? Known here: `process`, `name`, `nodes` or `years`")
    );
}

#[test]
fn the_rest_of_an_expression_is_to_be_quoted() {
    let text = b"process: p\nname: x\nyears: {}\nnodes:\n  a: { type: userTask, role: quotient(5, n) > 2 }\n";
    let problems = parse("p.yaml", text).unwrap_err();
    let [rest] = &problems[..] else { panic!("{problems:?}") };
    assert!(rest.message.ends_with("found `quotient(5, n) > 2`"), "{}", rest.message);
    let hint = rest.hint.as_deref().unwrap();
    assert!(hint.ends_with("write `role: \"quotient(5, n) > 2\"`"), "{hint}");
}

#[test]
fn wrong_shapes_at_the_top_are_one_error() {
    check::<Process>("- a\n- b\n", &["1:1+1 wrongType: expected keys with values, found a list"]);
    check::<Process>(
        "text\n",
        &["1:1+4 wrongType: expected keys with values, found the text `text`"],
    );
}

#[test]
fn the_work_of_reading_a_file_full_of_errors_is_bounded() {
    let mut text = String::from("process: p\nname: n\nnodes:\n");
    for index in 0..20_000 {
        writeln!(text, "  n{index}: {{type: userTask, rol: r}}").unwrap();
    }
    let tree = parse("p.yaml", text.as_bytes()).unwrap();
    let problems = read::<Process>(&tree, &[]).unwrap_err();
    assert!(problems.len() <= super::PROBLEMS_MAX + 1, "{}", problems.len());
    assert!(problems.len() > 20, "{}", problems.len());
}

//! Fields that one outcome of a task needs and another does not.

use engine::event::Event;
use engine::form::FieldError;
use engine::rejection::Rejection;
use serde_json::{Value, json};

use crate::small::{Case, problems};

const PROCESS: &str = "process: p
name: P
startedBy: [clerk]
documents: { opinion: { form: opinion }, sheets: { form: sheet, list: true } }
nodes:
  look: { type: userTask, TASK, outcomes: { ok: 同意, no: { label: 不同意, OPTIONS } } }
  end: { type: endEvent }
";

const OPINION: &str = "form: opinion
name: Opinion
fields:
  kind: { type: choice, label: Kind, required: true, options: { a: A, b: B } }
  reason: { type: longText, label: Reason }
  only: { type: text, label: Only, when: kind == 'b' }
  rows: { type: table, label: Rows, columns: { what: { type: text, label: What } } }
  inner: { type: group, label: Inner, fields: { term: { type: integer, label: Term }, is: { type: boolean, label: Is } } }
  size: { type: computed, label: Size, value: =size(rows) }
";

const SHEET: &str = "form: sheet\nname: Sheet\nfields: { why: { type: text, label: Why } }\n";

const ALL: &str = "require: [opinion.reason, opinion.only, opinion.rows.what, opinion.inner.term, opinion.inner.is]";

fn files(task: &str, options: &str) -> String {
    PROCESS.replace("TASK", task).replace("OPTIONS", options)
}

fn begun(task: &str, options: &str) -> Case {
    Case::begun(&[
        ("processes/p.yaml", &files(task, options)),
        ("forms/opinion.yaml", OPINION),
        ("forms/sheet.yaml", SHEET),
    ])
}

/// What is told of each field: its way and its code.
fn told(refused: Result<Vec<Event>, Rejection>, of: &str) -> Vec<String> {
    let Err(Rejection::InvalidDocument { document, errors }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(document.as_str(), of);
    let line = |one: &FieldError| format!("{} {}", one.path.join("."), one.code);
    errors.iter().map(line).collect()
}

#[test]
fn an_outcome_needs_fields_that_another_does_not() {
    let mut case = begun("role: clerk, edit: opinion", ALL);
    let task = case.key("look");
    let before = case.instance.clone();
    let refused = |case: &mut Case, content: Value| {
        let refused = case.decide(task, "li", "no", &[("opinion", content)]);
        told(refused, "opinion")
    };
    let found = refused(&mut case, json!({ "kind": "a" }));
    assert_eq!(found, ["reason REQUIRED", "inner.term REQUIRED", "inner.is REQUIRED"]);
    let rows = json!({ "kind": "b", "reason": "  ", "rows": [{ "what": "x" }, {}], "inner": { "is": false } });
    let found = refused(&mut case, rows);
    let expected =
        ["reason", "only", "rows.1.what", "inner.term"].map(|it| format!("{it} REQUIRED"));
    assert_eq!(found, expected);
    // What the form itself does not take is told with it, and a field once.
    let found = refused(&mut case, json!({ "reason": 3, "inner": { "term": 1.5, "is": true } }));
    assert_eq!(found, ["reason NOT_A_TEXT", "inner.term NOT_AN_INTEGER", "kind REQUIRED"]);
    assert_eq!(case.instance, before, "what is refused changes nothing");
    case.decide(task, "li", "ok", &[("opinion", json!({ "kind": "a" }))]).expect("`ok` needs none");
}

#[test]
fn what_is_filled_in_is_enough() {
    let mut case = begun("role: clerk, edit: opinion", ALL);
    let full = json!({ "kind": "a", "reason": "r", "inner": { "term": 0, "is": false } });
    case.decide(case.key("look"), "li", "no", &[("opinion", full)]).expect("0 and false are there");
}

#[test]
fn what_was_written_before_counts_and_is_asked_as_well() {
    let options = "require: [opinion.reason], documents: optional, to: look";
    let mut case = begun("role: clerk, edit: opinion", options);
    let task = case.key("look");
    let nothing = case.decide(task, "li", "no", &[]);
    assert_eq!(told(nothing, "opinion"), ["reason REQUIRED"], "there is no document yet");
    let full = json!({ "kind": "a", "reason": "r" });
    case.decide(task, "li", "no", &[("opinion", full)]).expect("it is there");
    case.decide(case.key("look"), "li", "no", &[]).expect("it was written before");
    let mut other = begun("role: clerk, edit: opinion", "require: opinion.reason");
    let task = other.key("look");
    let missing = other.decide(task, "li", "no", &[]);
    assert!(matches!(missing, Err(Rejection::DocumentMissing { .. })), "{missing:?}");
}

#[test]
fn what_was_kept_without_the_field_is_no_longer_enough() {
    let nodes = "process: p
name: P
startedBy: [clerk]
documents: { opinion: { form: opinion } }
nodes:
  write: { type: userTask, role: clerk, edit: opinion }
  look: { type: userTask, role: clerk, edit: opinion, outcomes: { ok: 同意, no: { label: 不同意, require: opinion.inner.term } } }
  end: { type: endEvent }
";
    let mut case = Case::begun(&[("processes/p.yaml", nodes), ("forms/opinion.yaml", OPINION)]);
    let write = case.key("write");
    case.decide(write, "li", "", &[("opinion", json!({ "kind": "a" }))]).expect("it fits");
    let look = case.key("look");
    let refused = case.decide(look, "li", "no", &[]);
    assert_eq!(told(refused, "opinion"), ["inner.term REQUIRED"]);
    case.decide(look, "li", "ok", &[]).expect("`ok` needs none");
}

#[test]
fn every_signer_of_a_round_is_asked_for_their_own() {
    let task = "people: '=[\"li\", \"wu\"]', sign: vote, edit: sheets";
    let mut case = begun(task, "require: sheets.why, documents: optional");
    let (li, wu) = (case.task_of("li"), case.task_of("wu"));
    for content in [vec![], vec![("sheets", json!({}))]] {
        let refused = case.decide(li, "li", "no", &content);
        assert_eq!(told(refused, "sheets"), ["why REQUIRED"]);
    }
    case.decide(li, "li", "no", &[("sheets", json!({ "why": "because" }))]).expect("it is there");
    let refused = case.decide(wu, "wu", "no", &[]);
    assert_eq!(told(refused, "sheets"), ["why REQUIRED"], "li's sheet is not wu's");
    case.decide(wu, "wu", "ok", &[("sheets", json!({}))]).expect("`ok` needs none");
}

/// What the checker says of a task whose outcome requires something.
fn checked(task: &str, require: &str) -> Vec<String> {
    let text = files(task, &format!("require: {require}"));
    let files = [
        ("processes/p.yaml", text.as_str()),
        ("forms/opinion.yaml", OPINION),
        ("forms/sheet.yaml", SHEET),
    ];
    problems(&files)
}

#[test]
fn the_checker_says_what_nobody_could_fill_in() {
    let edit = "role: clerk, edit: opinion";
    assert_eq!(checked(edit, "[opinion.reason, opinion.rows.what, opinion.rows]"), [""; 0]);
    let by_field =
        "role: clerk, edit: { document: opinion, fields: { reason: read, inner: hidden } }";
    for (task, require, expected) in [
        (
            edit,
            "[opinion.reasn]",
            "unknownField: expected a field of the form, found `reasn` (did you mean `reason`?)",
        ),
        (
            edit,
            "[opinion.inner.trem]",
            "unknownField: expected a field of the form, found `inner.trem` (did you mean `inner.term`?)",
        ),
        (
            edit,
            "opinion",
            "unknownField: expected a field, such as `opinion.reason`, found a document",
        ),
        (
            edit,
            "reason",
            "unknownField: expected a field of a document that this task edits, found `reason` (with its document: `opinion.reason`)",
        ),
        (
            edit,
            "[sheets.why]",
            "unknownField: expected a field of a document that this task edits, found `sheets.why`",
        ),
        (
            edit,
            "[opinon.reason]",
            "unknownField: expected a field of a document that this task edits, found `opinon.reason` (did you mean `opinion`?)",
        ),
        (
            edit,
            "[opinion.size]",
            "cannotBeRequired: expected a field that people fill in, but `size` is computed",
        ),
        (
            edit,
            "[opinion.inner]",
            "cannotBeRequired: expected a field, but `inner` is a group: name the fields in it",
        ),
        (
            by_field,
            "[opinion.reason]",
            "cannotBeRequired: expected a field that this task edits, but it may not edit `reason`",
        ),
        (
            by_field,
            "[opinion.inner.term]",
            "cannotBeRequired: expected a field that this task edits, but it may not edit `inner.term`",
        ),
    ] {
        let found = checked(task, require);
        let [one] = found.as_slice() else { panic!("{require}: {found:#?}") };
        let (place, message) = one.split_once(": ").expect("it has a place");
        assert_eq!(message, expected);
        assert!(place.starts_with("processes/p.yaml:6:"), "{place}");
    }
    let alone = checked("role: clerk, edit: nothing", "[nothing.reason]");
    assert_eq!(alone.len(), 1, "the document is told where the task edits it: {alone:#?}");
}

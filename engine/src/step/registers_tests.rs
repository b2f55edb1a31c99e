//! Entries of registers: changed by their number, and looked into by expressions beyond the case.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::tests::{Case, beginning, compiled, facts, names, problems};
use super::{Refused, start};
use crate::event::{Asked, Event};
use crate::facts::Facts;
use crate::ids::{InstanceId, Key};
use crate::register::{Entry, sought};
use crate::rejection::Need;
use crate::time::Timestamp;

fn entry(number: &str, what: &str, at: i64) -> Entry {
    Entry {
        number: number.into(),
        version: 3,
        entered_at: Timestamp(at),
        changed_at: Timestamp(at),
        columns: columns(what),
    }
}

fn columns(what: &str) -> BTreeMap<String, serde_json::Value> {
    [("what".to_owned(), json!(what))].into()
}

fn given(facts: &mut Facts, number: &str, entry: Option<Entry>) {
    facts.entries.insert(("book".into(), number.into()), entry.map(Arc::new));
}

fn incidents(case: &Case) -> Vec<(&str, &str)> {
    let all = case.instance.activations().values();
    let all = all.filter_map(|own| own.incident.as_ref());
    all.map(|one| (one.code.as_str(), one.message.as_str())).collect()
}

const CHANGE: &str = "  change: { type: record, register: book, number: '=\"2025-7\"', columns: { what: \"='new'\" } }
  end: { type: endEvent }";

#[test]
fn an_entry_is_changed_by_its_number_and_its_next_version_has_all_its_columns() {
    let case = Case::begin_with(CHANGE, |facts| {
        given(facts, "2025-7", Some(entry("2025-7", "old", 1)));
    });
    let changed = Event::RegisterChanged {
        key: Key(1),
        register: "book".into(),
        number: "2025-7".into(),
        version: 4,
        columns: columns("new"),
    };
    assert!(case.events.contains(&changed), "{:?}", case.events);
    assert!(!names(&case.events).contains(&"numberTaken".to_owned()), "it keeps its number");
    assert_eq!(case.at(), Vec::<&str>::new());
}

#[test]
fn a_number_that_no_entry_has_or_that_is_nothing_is_an_incident() {
    let case = Case::begin_with(CHANGE, |facts| given(facts, "2025-7", None));
    let message = "expected the number of an entry of `book`, found `2025-7`";
    assert_eq!(incidents(&case), [("UNKNOWN_ENTRY", message)]);
    let case = Case::begin(&CHANGE.replace("'=\"2025-7\"'", "=log"));
    let message = "expected the number of an entry of `book`, but its expression gave nothing";
    assert_eq!(incidents(&case), [("UNKNOWN_ENTRY", message)]);
}

#[test]
fn a_step_must_be_told_of_an_entry_first() {
    let needs = |nodes: &str| {
        let definition = compiled(nodes).expect("it is right");
        match start(&definition, InstanceId(1), &beginning(), &facts()) {
            Err(Refused::Needs(needs)) => needs.into_iter().collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    let (register, number) = ("book".into(), "2025-7".into());
    assert_eq!(needs(CHANGE), [Need::Entry { register, number }]);
    let set = "  a: { type: scriptTask, set: { n: \"=size(entries('book', 'what', 3.0))\" } }";
    let (register, column, sought) = ("book".into(), "what".into(), "3".into());
    assert_eq!(needs(set), [Need::Entries { register, column, sought }]);
}

#[test]
fn an_expression_reads_what_the_step_was_given_and_the_journal_keeps_which_version() {
    let nodes = "  ask: { type: exclusiveGateway, to: [{ when: \"entry('book', '2025-7').what == 'old' && entry('book', 'x') == null\", to: yes }, no] }
  yes: { type: userTask, role: clerk }
  no: { type: userTask, role: clerk }";
    let case = Case::begin_with(nodes, |facts| {
        given(facts, "2025-7", Some(entry("2025-7", "old", 1)));
        given(facts, "x", None);
    });
    assert_eq!(case.at(), ["yes"]);
    let read = |number: &str, found: &[(&str, u32)]| Event::RegisterRead {
        register: "book".into(),
        asked: Asked::Number(number.into()),
        found: found.iter().map(|(number, version)| ((*number).to_owned(), *version)).collect(),
    };
    let told: Vec<&Event> =
        case.events.iter().filter(|one| matches!(one, Event::RegisterRead { .. })).collect();
    assert_eq!(told, [&read("2025-7", &[("2025-7", 3)]), &read("x", &[])]);
}

#[test]
fn entries_are_found_by_a_column_in_the_order_in_which_they_were_made() {
    let nodes = "  a: { type: scriptTask, set: { said: \"=entries('book', 'what', 'old').map(e, e.number)\" } }
  wait: { type: userTask, role: clerk }";
    let key = || ("book".into(), "what".into(), sought(&json!("old")).expect("a text"));
    let case = Case::begin_with(nodes, |facts| {
        let found = vec![entry("b", "old", 1), entry("a", "old", 2)];
        facts.found.insert(key(), Some(Arc::new(found)));
    });
    assert_eq!(case.instance.variables()["said"], json!(["b", "a"]));
    // More than may be found is told, never cut short.
    let case = Case::begin_with(nodes, |facts| {
        facts.found.insert(key(), None);
    });
    let [("EXPRESSION_FAILED", message)] = incidents(&case)[..] else {
        panic!("{case:?}", case = incidents(&case))
    };
    assert!(message.contains("more than 1000 entries of `book`"), "{message}");
}

#[test]
fn a_step_sees_what_it_wrote_itself() {
    let nodes = "  make: { type: record, register: book, columns: { what: '=\"old\"' }, into: log }
  change: { type: record, register: book, number: =log, columns: { what: '=\"new\"' } }
  look: { type: scriptTask, set: { said: \"=[entry('book', log).what, string(entry('book', log).version), string(size(entries('book', 'what', 'new'))), string(size(entries('book', 'what', 'old')))]\" } }
  wait: { type: userTask, role: clerk }";
    let series = crate::definition::Series::parse("{year}-{number}").expect("a series");
    let case = Case::begin_with(nodes, |facts| {
        facts.numbers.insert((series.as_str().to_owned(), 2026), 1);
        for (what, before) in [("new", vec![]), ("old", vec![entry("z", "old", 1)])] {
            let sought = sought(&json!(what)).expect("a text");
            let found = Some(Arc::new(before));
            facts.found.insert(("book".into(), "what".into(), sought), found);
        }
    });
    assert_eq!(case.instance.variables()["said"], json!(["new", "2", "1", "1"]));
}

#[test]
fn the_checker_knows_registers_their_columns_and_types() {
    let code = |set: &str| {
        let found = problems(&format!("  a: {{ type: scriptTask, set: {{ n: \"={set}\" }} }}"));
        found.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(code("size(entries('book', 'what', log))"), Vec::<&str>::new());
    assert_eq!(code("size(entries('bok', 'what', log))"), ["unknownRegister"]);
    assert_eq!(code("size(entries('book', 'wat', log))"), ["unknownColumn"]);
    assert_eq!(code("size(entries(log, 'what', log))"), ["wrongArguments"]);
    assert_eq!(code("size(entries('book', 'what'))"), ["wrongArguments"]);
    assert_eq!(code("entry('book', n).version"), ["wrongType"]);
    assert_eq!(code("entry('book', log).wat"), ["unknownField"]);
    let record = |keys: &str| {
        let found = problems(&format!("  a: {{ type: record, register: book, {keys} }}"));
        found.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(record("number: =log, columns: { what: =log }"), Vec::<&str>::new());
    assert_eq!(record("number: =log"), ["missingKey"]);
    assert_eq!(record("number: =n, columns: { what: =log }"), ["wrongResult"]);
    assert_eq!(record("number: =log, columns: { wat: =log }"), ["unknownColumn"]);
    assert_eq!(record("number: =log, columns: { what: =log }, into: log"), ["ignoredKey"]);
    assert_eq!(record("columns: { what: =log, count: few }"), ["wrongType"]);
    assert_eq!(record("columns: { what: =log, count: =log }"), ["wrongResult"]);
}

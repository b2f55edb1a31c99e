//! What intakes received: whether it still counts when the case is led back, and when it is corrected.

use serde_json::json;

use super::tests::{Case, person};
use crate::actor::{Actor, Grant};
use crate::command::{Change, Command, Content};
use crate::ids::Key;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn nodes(intake: &str) -> String {
    format!(
        "  begin: {{ type: userTask, role: clerk }}
  take: {{ type: intake, from: [clerk], closes: 5 days, into: came{intake} }}
  look: {{ type: userTask, role: clerk, operations: [return], outcomes: {{ ok: Good, ask: {{ label: Ask, to: take, then: comeBack }}, back: {{ label: Back, to: begin }}, no: {{ label: No, to: none }} }} }}
  end: {{ type: endEvent }}
  none: {{ type: userTask, role: clerk }}"
    )
}

fn open(intake: &str) -> Case {
    let mut case = Case::begin(&nodes(intake));
    case.complete("begin", None).expect("li begins");
    case
}

fn hand_in(case: &mut Case, who: &str, text: &str, replaces: Option<u32>) {
    let grants = vec![Grant { role: "clerk".into(), unit: None }];
    let who = Actor::Person { id: who.into(), unit: None, grants };
    let (intake, content) = (case.key("take"), Content::new(json!({ "text": text })));
    case.give(who, Command::Submit { intake, content, replaces }).expect("it is open");
}

/// Whether what closed intakes received counts no more, in the order in which they opened.
fn undone(case: &Case) -> Vec<bool> {
    case.instance.closed_intakes().values().map(|closed| closed.undone).collect()
}

fn entries(case: &Case) -> usize {
    case.instance.documents().get("came").map_or(0, |list| list.current.len())
}

#[test]
fn what_a_return_undoes_counts_no_more_also_what_nobody_has_read() {
    for intake in ["", ", sealed: true, fewer: { than: 9, to: look, unopened: true }"] {
        let mut case = open(intake);
        hand_in(&mut case, "wu", "one", None);
        case.advance(9 * DAY_MS);
        assert_eq!((case.at(), undone(&case)), (vec!["look"], vec![false]));
        case.complete("look", Some("back")).expect("li may");
        assert_eq!((undone(&case), entries(&case)), (vec![true], 0));
        case.complete("begin", None).expect("li begins");
        hand_in(&mut case, "wu", "one", None);
        case.advance(9 * DAY_MS);
        assert_eq!(undone(&case), [true, false]);
    }
}

#[test]
fn what_a_correction_goes_on_with_counts_on_until_that_is_undone() {
    let mut case = open("");
    hand_in(&mut case, "wu", "one", None);
    case.advance(9 * DAY_MS);
    for passes in 1..=2 {
        case.complete("look", Some("ask")).expect("li may");
        hand_in(&mut case, "zhao", "two", None);
        case.advance(9 * DAY_MS);
        assert_eq!((undone(&case), entries(&case)), (vec![false; passes + 1], 2));
    }
    case.complete("look", Some("back")).expect("li may");
    assert_eq!((undone(&case), entries(&case)), (vec![true; 3], 0));
}

#[test]
fn what_came_while_a_correction_ran_that_is_cancelled_counts_no_more() {
    let mut case = open("");
    hand_in(&mut case, "wu", "one", None);
    case.advance(9 * DAY_MS);
    case.complete("look", Some("ask")).expect("li may");
    hand_in(&mut case, "wu", "other", None);
    let (key, reason) = (case.key("take"), "not needed".to_owned());
    let cancel = Command::Modify { changes: vec![Change::Cancel { key }], reason };
    case.give(super::case_tests::admin(), cancel).expect("an admin may");
    assert_eq!((case.at(), undone(&case), entries(&case)), (vec!["look"], vec![false, true], 1));
    // What was replaced in it is there to be replaced again.
    case.complete("look", Some("ask")).expect("li may");
    hand_in(&mut case, "wu", "third", Some(1));
    case.advance(9 * DAY_MS);
    assert_eq!(entries(&case), 1);
}

#[test]
fn a_correction_for_which_too_few_are_left_keeps_what_it_goes_on_with() {
    let mut case = open(", fewer: { than: 2, to: none }");
    for (who, text) in [("wu", "one"), ("zhao", "two")] {
        hand_in(&mut case, who, text, None);
    }
    case.advance(9 * DAY_MS);
    case.complete("look", Some("ask")).expect("li may");
    let withdrawn = Command::WithdrawSubmission { intake: case.key("take"), submission: 1 };
    case.give(person("wu"), withdrawn).expect("it is wu's");
    case.advance(9 * DAY_MS);
    assert_eq!((case.at(), undone(&case), entries(&case)), (vec!["none"], vec![false, false], 1));
    assert_ne!(case.key("none"), Key(0));
}

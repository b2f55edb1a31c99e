//! Variables that an admin corrects are of the types that they are declared with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::case_tests::admin;
use super::tests::Case;
use crate::command::Command;

fn correct(name: &str, value: Value) -> Command {
    Command::Correct {
        documents: BTreeMap::new(),
        variables: [(name.to_owned(), value)].into(),
        retry: None,
        reason: "it was wrong".into(),
    }
}

#[test]
fn a_variable_is_corrected_to_a_value_of_its_type() {
    let mut case = Case::begin("  look: { type: userTask, role: clerk }");
    for (name, value, expected) in [
        ("n", json!("three"), "a whole number"),
        ("n", json!(1.5), "a whole number"),
        ("list", json!(["a", 1]), "a list of texts"),
        ("list", json!("a"), "a list of texts"),
        ("log", json!({ "a": 1 }), "a text"),
    ] {
        let refused = case.refusal(admin(), correct(name, value.clone()));
        let message = format!(
            "BAD_ARGUMENT at variables.{name}: expected {expected}, as it is declared, found {value}"
        );
        assert_eq!(refused, message);
    }
    for (name, value) in [
        ("n", json!(3)),
        ("n", json!(null)),
        ("list", json!([])),
        ("log", json!("x")),
        ("said", json!({ "a": [1] })),
    ] {
        case.give(admin(), correct(name, value.clone())).expect("it is of its type");
        assert_eq!(case.instance.variables()[name], value);
    }
}

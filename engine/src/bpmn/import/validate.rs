//! Keys as a typed element of ours: what the language does not have (yet) shows here, and is
//! reported at the BPMN element that said it.

use serde::Deserialize;
use serde_yaml::Value;

use super::{Raw, Reading};
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::table::{self, Class};
use crate::elements::{Element, KINDS, NESTED_ERROR_MARK};

/// A node's keys as an element, or what is wrong with them.
pub(in crate::bpmn) fn element(keys: &Keys) -> Result<Element, String> {
    let mut keys = keys.clone();
    let row = keys::text(&keys, "type").and_then(table::of_kind);
    if row.is_some_and(|row| row.class == Class::Scope) {
        // Inner nodes are looked at by themselves.
        keys.insert("nodes".into(), Value::Mapping(Keys::new()));
    }
    Element::deserialize(Value::Mapping(keys)).map_err(|error| {
        let message = error.to_string();
        match message
            .strip_prefix(NESTED_ERROR_MARK)
            .and_then(|rest| rest.split_once(NESTED_ERROR_MARK))
        {
            Some((".", message)) => message.to_owned(),
            Some((path, message)) => format!("`{path}`: {message}"),
            None => message,
        }
    })
}

/// What to do about a key that other tools do without, in words for whoever brings the model.
fn what_to_say(kind: &str, why: &str) -> Option<&'static str> {
    Some(match (kind, why) {
        ("scriptTask", "missing field `set`") => {
            "scripts of other languages do not run here. Say in `set` what it sets, or make it a \
             `serviceTask` with a `topic`, which a worker does"
        }
        ("complexGateway", "missing field `activation`") => {
            "nothing says when it goes on. Say it in `activation`, such as `activationCount >= 2`"
        }
        ("callActivity", "missing field `process`") => {
            "nothing says which process it calls. Name it in `process`"
        }
        ("businessRuleTask", "missing field `decision`") => {
            "nothing says which decision it asks. Name it in `decision`, and in `into` what takes \
             the answer"
        }
        (_, "`forEach`: missing field `in`") => {
            "nothing says for what it runs. Name the list in `forEach`, as `in`, and each of it, as \
             `as`"
        }
        (_, "`loop`: missing field `while`") => {
            "nothing says how long it runs again. Say it in `loop`, as `while` or `max`"
        }
        _ => return None,
    })
}

/// Reports every node that our language cannot say.
pub(super) fn check(reading: &mut Reading<'_>, raw: &Raw) {
    for node in &raw.nodes {
        let Some(place) = node.element else { continue };
        if node.implied {
            continue;
        }
        let kind = keys::text(&node.keys, "type").unwrap_or_default();
        let says_nothing = |flow: &&usize| {
            let flow = &raw.flows[**flow];
            !flow.is_default && !flow.keys.contains_key("when")
        };
        if kind == "exclusiveGateway" && node.outgoing.iter().filter(says_nothing).count() > 1 {
            let message = "expected a condition on every way but the default: nothing says which";
            reading.unsupported(place, message.to_owned());
        }
        if !KINDS.contains(&kind) {
            let found = reading.tree.local(place);
            reading.unsupported(place, format!("`{found}` is not there yet"));
            continue;
        }
        if let Err(why) = element(&node.keys) {
            let why = what_to_say(kind, &why).unwrap_or(&why);
            let message = format!("`{}` cannot be said as a `{kind}`: {why}", node.name);
            reading.unsupported(place, message);
        }
    }
}

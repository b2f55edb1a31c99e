//! What messages and signals bring. With other tools it becomes variables, whose names stand nowhere;
//! with us it goes where `into` says.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{Raw, RawNode, Reading};
use crate::bpmn::keys::{self, Keys};

/// Reports events that take nothing of what comes, where the process reads what nothing sets.
pub(super) fn report(reading: &mut Reading<'_>, raw: &Raw) {
    if reading.own {
        return;
    }
    let declared = raw.keys.get("variables").and_then(Value::as_mapping);
    let declared = declared.into_iter().flat_map(|all| all.iter());
    let begins = |says: &Value| says.get("initial").is_some();
    let mut unset: BTreeSet<&str> =
        declared.filter(|(_, says)| !begins(says)).filter_map(|(name, _)| name.as_str()).collect();
    for node in &raw.nodes {
        let set = node.keys.get("set").and_then(Value::as_mapping);
        let http = node.keys.get("http").and_then(|http| http.get("result")?.as_mapping());
        for name in set.into_iter().chain(http).flat_map(|all| all.keys()) {
            name.as_str().map(|name| unset.remove(name));
        }
        taken(&node.keys, &mut unset);
    }
    if unset.is_empty() {
        return;
    }
    let names: Vec<String> = unset.iter().map(|name| format!("`{name}`")).collect();
    for node in raw.nodes.iter().filter(|node| comes(node)) {
        let Some(element) = node.element else { continue };
        let message = format!(
            "what comes with it is not taken, but {} is read and nothing sets it: say in `into` \
             what takes it",
            names.join(", ")
        );
        reading.in_part(element, "", message);
    }
}

/// Takes out what an `into` says, at any depth.
fn taken(keys: &Keys, unset: &mut BTreeSet<&str>) {
    for (key, value) in keys {
        match value {
            Value::String(name) if key.as_str() == Some("into") => {
                unset.remove(name.as_str());
            }
            Value::Mapping(inner) => taken(inner, unset),
            _ => {}
        }
    }
}

/// Whether something comes to a node that it takes nowhere.
fn comes(node: &RawNode) -> bool {
    let kind = keys::text(&node.keys, "type").unwrap_or_default();
    let receives =
        matches!(kind, "startEvent" | "boundaryEvent" | "intermediateCatchEvent" | "receiveTask");
    let is_told = node.keys.contains_key("message") || node.keys.contains_key("signal");
    receives && is_told && !node.keys.contains_key("into")
}

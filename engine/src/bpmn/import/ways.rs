//! Flows as `to`. Where BPMN lets a token split or end without a gateway or an end event, one is
//! put in, because in our language only gateways split and a node without `to` goes on to the next.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{Raw, RawFlow, RawNode, unpointer};
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::table::{self, Class};
use crate::expression::UNMAPPED;

use super::node::unique;

/// The flow of an exclusive gateway of two ways that is its default, though the file does not say so:
/// its condition holds wherever the other's does not.
pub(in crate::bpmn) fn implied_default(raw: &Raw, at: usize) -> Option<usize> {
    let node = &raw.nodes[at];
    if keys::text(&node.keys, "type") != Some("exclusiveGateway") {
        return None;
    }
    let [first, second] = node.outgoing[..] else { return None };
    let flows = [first, second].map(|flow| &raw.flows[flow]);
    if flows.iter().any(|flow| flow.is_default || flow.way.is_some()) {
        return None;
    }
    let [when, other] = flows.map(|flow| keys::text(&flow.keys, "when"));
    opposite(when?, other?).then_some(second)
}

/// Whether of two conditions always one holds, as far as their words tell.
fn opposite(one: &str, other: &str) -> bool {
    let negates = |one: &str, other: &str| {
        let Some(inner) = one.strip_prefix('!') else { return false };
        let of_juel = inner.strip_prefix("orElse(").and_then(|it| it.strip_suffix(", false)"));
        let inner = of_juel.unwrap_or(inner);
        let whole = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let is_one_word = !inner.contains(' ');
        (is_one_word && inner == other) || whole.is_some_and(|inner| inner == other)
    };
    let is_false = |one: &str, other: &str| {
        let inner = other.strip_suffix(" == false").or(other.strip_suffix(" != true"));
        let is_one_word = !one.contains([' ', '!', '(']);
        is_one_word && inner == Some(one)
    };
    if negates(one, other) || negates(other, one) || is_false(one, other) || is_false(other, one) {
        return true;
    }
    if [one, other].iter().any(|text| text.contains("&&") || text.contains("||")) {
        return false;
    }
    let compares = |pair: [&str; 2]| {
        let (left, right) = one.split_once(pair[0])?;
        let (same, value) = other.split_once(pair[1])?;
        Some((left == same, right, value))
    };
    let turned = [" == ", " != ", " > ", " <= ", " < ", " >= "];
    let turned = (0..turned.len()).map(|at| [turned[at], turned[at ^ 1]]);
    let is_turned = |pair| matches!(compares(pair), Some((true, right, value)) if right == value);
    let of_truth = compares([" == ", " == "]);
    turned.into_iter().any(is_turned)
        || matches!(of_truth, Some((true, "true", "false") | (true, "false", "true")))
}

/// Draws every flow, and takes out what only shows where our first node is.
pub(super) fn draw(raw: &mut Raw, own: bool) {
    for at in 0..raw.nodes.len() {
        if let Some(flow) = implied_default(raw, at).filter(|_| !own) {
            raw.flows[flow].is_default = true;
        }
    }
    let mut names: BTreeSet<String> = raw.nodes.iter().map(|node| node.name.clone()).collect();
    let mut added = Vec::new();
    let undoing: BTreeSet<usize> = raw.nodes.iter().filter_map(|node| node.handler).collect();
    for at in 0..raw.nodes.len() {
        let flows: Vec<&RawFlow> =
            raw.nodes[at].outgoing.iter().map(|flow| &raw.flows[*flow]).collect();
        let target = |flow: &RawFlow| Value::from(raw.nodes[flow.to].name.clone());
        let mut plain = Vec::new();
        let mut ways = Vec::new();
        for flow in flows {
            match &flow.way {
                Some(way) => ways.push((unpointer(way), target(flow))),
                None => plain.push(branch(flow, target(flow))),
            }
        }
        let ended = plain.is_empty() && ways.is_empty();
        let node = &mut raw.nodes[at];
        for (path, to) in ways {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            keys::set(&mut node.keys, &path, to);
        }
        let split = ways_on(node, plain, &mut names);
        let handler = raw.nodes[at].handler.map(|handler| raw.nodes[handler].name.clone());
        raw.nodes[at].ends = ended && handler.is_none() && !undoing.contains(&at);
        if let Some(handler) = handler {
            raw.nodes[at].keys.insert("to".into(), handler.into());
        }
        added.extend(split.map(|one| RawNode { scope: raw.nodes[at].scope, ..one }));
    }
    raw.nodes.extend(added);
}

/// A way on: `when`, `to`, `name`, and whether it is the default.
struct Branch {
    keys: Keys,
    to: Value,
    is_default: bool,
    has_condition: bool,
}

fn branch(flow: &RawFlow, to: Value) -> Branch {
    let mut keys = Keys::new();
    if let Some(when) = flow.keys.get("when").filter(|_| !flow.is_default) {
        keys.insert("when".into(), when.clone());
    }
    keys.insert("to".into(), to.clone());
    if let Some(name) = flow.keys.get("name") {
        keys.insert("name".into(), name.clone());
    }
    Branch { keys, to, is_default: flow.is_default, has_condition: flow.has_condition }
}

/// Sets `to`; gives the node that had to be put in.
fn ways_on(
    node: &mut RawNode,
    branches: Vec<Branch>,
    names: &mut BTreeSet<String>,
) -> Option<RawNode> {
    let kind = keys::text(&node.keys, "type").unwrap_or_default().to_owned();
    let class = table::of_kind(&kind).map(|row| row.class);
    let conditional = branches.iter().any(|branch| branch.keys.contains_key("when"));
    match branches.as_slice() {
        [] => None,
        [only] if !conditional && (class != Some(Class::Gateway) || only.keys.len() == 1) => {
            node.keys.insert("to".into(), only.to.clone());
            None
        }
        _ if class == Some(Class::Gateway) => {
            node.keys.insert("to".into(), list(&kind, branches));
            None
        }
        _ => {
            let kind = if conditional { "inclusiveGateway" } else { "parallelGateway" };
            let mut split = put_in(node, "split", kind, names);
            split.keys.insert("to".into(), list(kind, branches));
            node.keys.insert("to".into(), split.name.clone().into());
            Some(split)
        }
    }
}

fn list(kind: &str, branches: Vec<Branch>) -> Value {
    let chooses = matches!(kind, "exclusiveGateway" | "inclusiveGateway" | "complexGateway");
    let says: Vec<bool> = branches.iter().map(|one| one.keys.contains_key("when")).collect();
    let several = says.iter().filter(|says| !**says).count() > 1;
    let items = branches.into_iter().enumerate().map(|(at, mut branch)| {
        // What has no condition and is no default is taken whatever the others say; of an
        // exclusive gateway, before those behind it.
        let others = if kind == "exclusiveGateway" { &says[at..] } else { &says[..] };
        let always = several || (!branch.has_condition && others.contains(&true));
        if chooses && always && !branch.is_default && !says[at] {
            let name = branch.keys.get("name").and_then(Value::as_str).unwrap_or_default();
            let when = match kind {
                // Nothing says which: `validate` reports the gateway.
                "exclusiveGateway" if several && name.is_empty() => {
                    format!("{UNMAPPED} no condition")
                }
                "exclusiveGateway" if several => format!("{UNMAPPED} {name}"),
                _ => "true".to_owned(),
            };
            keys::set(&mut branch.keys, &["when"], when.into());
        }
        match branch.keys.len() == 1 && !chooses {
            true => branch.to,
            false => Value::Mapping(branch.keys),
        }
    });
    items.collect()
}

fn put_in(after: &RawNode, suffix: &str, kind: &str, names: &mut BTreeSet<String>) -> RawNode {
    let mut keys = Keys::new();
    keys.insert("type".into(), kind.into());
    let name = unique(names, &format!("{}_{suffix}", after.name));
    RawNode {
        id: String::new(),
        name,
        element: None,
        scope: None,
        keys,
        beside: Keys::new(),
        outgoing: Vec::new(),
        handler: None,
        implied: false,
        ends: false,
    }
}

//! The order of nodes in YAML, where a node without `to` goes on to the next. A file of ours keeps
//! its order; others come in the order in which a token goes through them.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::{Raw, validate};
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::table::{self, Class};

use super::node::unique;

/// All nodes of a process in order, inner ones inside, without a `to` that only names the next.
pub(super) fn nodes(raw: &Raw, own: bool) -> Keys {
    let mut names: BTreeSet<String> = raw.nodes.iter().map(|node| node.name.clone()).collect();
    scope(raw, None, own, &mut names)
}

/// The nodes of one scope. The tree's depth bounds this one's.
fn scope(raw: &Raw, inside: Option<usize>, own: bool, names: &mut BTreeSet<String>) -> Keys {
    let in_scope = |at: &usize| raw.nodes[*at].scope == inside;
    let mut members: Vec<usize> = (0..raw.nodes.len()).filter(in_scope).collect();
    if !own {
        members = along_the_way(raw, &members);
    }
    let undoing: BTreeSet<usize> = raw.nodes.iter().filter_map(|node| node.handler).collect();
    let is_aside = |at: usize| undoing.contains(&at) || stands_aside(&raw.nodes[at].keys);
    implied_first(raw, &mut members, &is_aside);
    let aside: Vec<bool> = members.iter().map(|at| is_aside(*at)).collect();
    let mut ordered = Keys::new();
    let mut end: Option<String> = None;
    // In an ad-hoc sub-process nothing follows by the order of the file, and nothing needs an end.
    let in_order = !inside.is_some_and(|at| is_ad_hoc(&raw.nodes[at].keys));
    for (position, at) in members.iter().enumerate() {
        let node = &raw.nodes[*at];
        let mut keys = node.keys.clone();
        if is_scope(&keys) {
            let inner = scope(raw, Some(*at), own, names);
            keys.insert("nodes".into(), Value::Mapping(inner));
        }
        let next = (position + 1..members.len()).find(|at| in_order && !aside[*at]);
        let next = next.map(|at| &raw.nodes[members[at]]);
        let boundary = is_boundary(&keys);
        if node.ends && (next.is_some() || boundary || end.is_some()) && goes_on(&keys) {
            let end = end.get_or_insert_with(|| unique(names, "implicitEnd"));
            keys.insert("to".into(), end.clone().into());
        }
        let names_next = next.is_some_and(|next| keys::text(&keys, "to") == Some(&next.name));
        if names_next && !boundary {
            keys.shift_remove("to");
        }
        ordered.insert(node.name.clone().into(), Value::Mapping(keys));
    }
    if let Some(end) = end {
        let mut keys = Keys::new();
        keys.insert("type".into(), "endEvent".into());
        ordered.insert(end.into(), Value::Mapping(keys));
    }
    ordered
}

fn is_boundary(keys: &Keys) -> bool {
    keys::text(keys, "type") == Some("boundaryEvent")
}

fn is_ad_hoc(keys: &Keys) -> bool {
    keys::text(keys, "type") == Some("adHocSubProcess")
}

fn is_scope(keys: &Keys) -> bool {
    let row = keys::text(keys, "type").and_then(table::of_kind);
    row.is_some_and(|row| row.class == Class::Scope)
}

/// Whether a node stands beside the order of the file, so that the one before it goes on to the one
/// behind it.
fn stands_aside(keys: &Keys) -> bool {
    match validate::element(keys) {
        Ok(element) => element.stands_aside(),
        Err(_) => is_boundary(keys),
    }
}

/// Whether a token that leaves the node goes anywhere.
fn goes_on(keys: &Keys) -> bool {
    match validate::element(keys) {
        Ok(element) => element.goes_on(),
        Err(_) => keys::text(keys, "type") != Some("endEvent"),
    }
}

/// Takes out the start event that only shows where our first node is, and puts that one
/// before all that a token comes to.
fn implied_first(raw: &Raw, members: &mut Vec<usize>, is_aside: &impl Fn(usize) -> bool) {
    let Some(implied) = members.iter().position(|at| raw.nodes[*at].implied) else { return };
    let start = members.remove(implied);
    let first = raw.flows.iter().find(|flow| flow.from == start).map(|flow| flow.to);
    if let Some(position) = members.iter().position(|at| Some(*at) == first)
        && !members[..position].iter().all(|at| is_aside(*at))
    {
        let first = members.remove(position);
        members.insert(0, first);
    }
}

/// Members in the order in which a token comes to them: each after what leads to it, but for loops;
/// boundary events behind their activity.
fn along_the_way(raw: &Raw, members: &[usize]) -> Vec<usize> {
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); raw.nodes.len()];
    let mut has_way_in = vec![false; raw.nodes.len()];
    for flow in &raw.flows {
        follows[flow.from].push(flow.to);
        has_way_in[flow.to] = true;
    }
    for at in members {
        if let Some(handler) = raw.nodes[*at].handler {
            follows[*at].push(handler);
            has_way_in[handler] = true;
        }
        let host = keys::text(&raw.nodes[*at].keys, "attachedTo");
        let host = host.and_then(|host| raw.nodes.iter().position(|node| node.name == host));
        if let Some(host) = host {
            follows[host].insert(0, *at);
            has_way_in[*at] = true;
        }
        if let Some(split) = keys::text(&raw.nodes[*at].keys, "to")
            && let Some(split) =
                raw.nodes.iter().position(|node| node.element.is_none() && node.name == split)
        {
            let targets = std::mem::replace(&mut follows[*at], vec![split]);
            follows[split] = targets;
            has_way_in[split] = true;
        }
    }
    let starts = members.iter().filter(|at| !has_way_in[**at]);
    let mut seen = vec![false; raw.nodes.len()];
    let mut finished = Vec::with_capacity(members.len());
    let roots: Vec<usize> = starts.chain(members).copied().collect();
    // The first root must come first, so the last is walked first.
    for root in roots.iter().rev().filter(|root| !has_way_in[**root]) {
        walk(*root, &follows, &mut seen, &mut finished);
    }
    for root in members {
        walk(*root, &follows, &mut seen, &mut finished);
    }
    finished.reverse();
    finished
}

/// Depth first; a node is finished after everything that follows it.
fn walk(root: usize, follows: &[Vec<usize>], seen: &mut [bool], finished: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[root], true) {
        return;
    }
    let mut stack = vec![(root, follows[root].len())];
    while let Some((at, left)) = stack.pop() {
        let Some(left) = left.checked_sub(1) else {
            finished.push(at);
            continue;
        };
        stack.push((at, left));
        let next = follows[at][left];
        if !std::mem::replace(&mut seen[next], true) {
            stack.push((next, follows[next].len()));
        }
    }
}

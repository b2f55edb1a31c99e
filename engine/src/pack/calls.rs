//! Calls between the processes of a pack: of those that nobody can call, of those that would go on for
//! ever, and of those that nobody begins at all. What a single call gives and takes is checked with its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::{Problem, nearest};

use super::{Kind, Loaded};

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// Reports everything that is wrong with calls, by process.
pub(super) fn check(definitions: &Definitions, loaded: &Loaded) -> Vec<(ProcessName, Problem)> {
    let mut problems = uncallable(definitions, loaded);
    let unbegun = unbegun(definitions).into_iter();
    // What cannot be read may begin it.
    problems
        .extend(unbegun.filter(|(process, _)| !loaded.may_name(Kind::Process, process.as_str())));
    problems.extend(endless(definitions));
    problems
}

fn problem(
    definition: &Definition,
    node: &Node,
    code: &'static str,
    message: String,
    hint: &str,
) -> (ProcessName, Problem) {
    let path = node.path(definition);
    let keys: Vec<&str> = path.iter().map(String::as_str).chain(["process"]).collect();
    let problem = Problem::error(code, message).hint(hint).under(&keys);
    (definition.process().clone(), problem)
}

/// Calls of processes that begin only by themselves: nobody would come back to the caller.
fn uncallable(definitions: &Definitions, loaded: &Loaded) -> Vec<(ProcessName, Problem)> {
    let mut problems = Vec::new();
    for definition in definitions.values() {
        for node in definition.nodes() {
            let Element::CallActivity(call) = node.element() else { continue };
            let is_whole = !loaded.salvaged.contains_key(&call.process);
            let called = definitions.get(&call.process).filter(|_| is_whole);
            if called.is_none_or(|called| called.begins_by_hand()) {
                continue;
            }
            let message = format!(
                "expected a process with a start event that waits for nothing, but `{}` begins \
                 only by itself",
                call.process
            );
            let hint = "let its message or signal be sent instead, or give it a plain `startEvent`";
            problems.push(problem(definition, node, "notCallable", message, hint));
        }
    }
    problems
}

/// Processes that nobody may begin, that nothing begins, and that no other calls.
fn unbegun(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let nodes = definitions.values().flat_map(|definition| definition.nodes());
    let called: BTreeSet<&ProcessName> = nodes
        .filter_map(|node| match node.element() {
            Element::CallActivity(call) => Some(&call.process),
            _ => None,
        })
        .collect();
    // A name that leads nowhere may mean one of them.
    let unknown: Vec<&ProcessName> =
        called.iter().copied().filter(|process| !definitions.contains_key(*process)).collect();
    let may_be_meant = |process: &ProcessName| {
        unknown.iter().any(|name| nearest(name.as_str(), [process.as_str()]).is_some())
    };
    let unbegun = definitions.values().filter(|definition| {
        definition.started_by().is_empty()
            && definition.event_starts.is_empty()
            && !called.contains(definition.process())
            && !may_be_meant(definition.process())
    });
    let problem = |process: &ProcessName| {
        let message = format!(
            "expected somebody or something to begin `{process}`: it has no `startedBy`, no start \
             event that waits for something, and no process of the pack calls it"
        );
        let hint = "name the roles that may begin it: `startedBy: [clerk]`";
        Problem::warning("nobodyBegins", message).hint(hint).under(&["process"])
    };
    unbegun
        .map(|definition| (definition.process().clone(), problem(definition.process())))
        .collect()
}

/// A ring of processes each of which calls the next before anything in it waits.
fn endless(definitions: &Definitions) -> Option<(ProcessName, Problem)> {
    let calls: BTreeMap<&ProcessName, Vec<(usize, &ProcessName)>> =
        definitions.iter().map(|(name, definition)| (name, at_once(definition))).collect();
    // Processes from which no ring can be come to.
    let mut done: Vec<&ProcessName> = Vec::new();
    for first in definitions.keys() {
        let mut path = vec![(first, 0)];
        while let Some((process, tried)) = path.pop() {
            let Some((node, called)) = calls.get(process).and_then(|calls| calls.get(tried)) else {
                done.push(process);
                continue;
            };
            path.push((process, tried + 1));
            if let Some(begin) = path.iter().position(|(on, _)| on == called) {
                let ring: Vec<&str> = path[begin..].iter().map(|(on, _)| on.as_str()).collect();
                let ring = format!("{} → {called}", ring.join(" → "));
                let message =
                    format!("expected a node that waits before the call, but {ring} runs for ever");
                let hint = "let somebody, a timer or a message come before the call";
                let definition = &definitions[process];
                let node = &definition.nodes()[*node];
                return Some(problem(definition, node, "endlessCalls", message, hint));
            }
            if !done.contains(called) {
                path.push((called, 0));
            }
        }
    }
    None
}

/// The calls that a case comes to at once when it begins, by node.
fn at_once(definition: &Definition) -> Vec<(usize, &ProcessName)> {
    let mut seen = vec![false; definition.nodes.len()];
    let (mut todo, mut calls) = (vec![definition.start], Vec::new());
    while let Some(at) = todo.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let node = &definition.nodes[at];
        if let Element::CallActivity(call) = &node.element {
            calls.push((at, &call.process));
        }
        todo.extend(node.inner_start);
        todo.extend(&node.choices);
        if !node.element.waits() && node.known == Known::All {
            todo.extend(node.outgoing.iter().map(|flow| definition.flows[*flow].to));
        }
    }
    calls
}

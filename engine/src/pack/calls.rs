//! Calls between the processes of a pack: of those that nobody can call, and of those that would go on
//! for ever. What a single call gives and takes is checked with its process.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::Problem;

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// Reports everything that is wrong with calls, by process.
pub(super) fn check(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let mut problems = uncallable(definitions);
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
fn uncallable(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let mut problems = Vec::new();
    for definition in definitions.values() {
        for node in definition.nodes() {
            let Element::CallActivity(call) = node.element() else { continue };
            if definitions.get(&call.process).is_none_or(|called| called.begins_by_hand()) {
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
        if !node.element.waits() {
            todo.extend(node.outgoing.iter().map(|flow| definition.flows[*flow].to));
        }
    }
    calls
}

//! Checks of the whole graph: what cannot be reached, gateways that could find no way on, loops
//! that would run for ever, boundary events that stand nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::source::OneOrMany;
use crate::definition::{Definition, FlowKind};
use crate::elements::Element;
use crate::ids::NodeName;
use crate::problem::Problem;
use crate::step::triggers::Trigger;

/// Reports everything that is wrong with a graph.
pub(super) fn check(
    definition: &Definition,
    names: &BTreeMap<NodeName, Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    let mut report = |node: usize, problem: Problem| {
        let name = &definition.nodes[node].name;
        problems.push(problem.under(&names[name]));
    };
    for node in unreachable(definition) {
        let message =
            format!("expected a way to `{}`, but nothing leads there", definition.nodes[node].name);
        report(
            node,
            Problem::error("unreachableNode", message).hint("let a node go `to` it, or remove it"),
        );
    }
    for (at, node) in definition.nodes.iter().enumerate() {
        missing_default(definition, at, &mut report);
        cancel_without_event(definition, at, &mut report);
        if matches!(node.element, Element::BoundaryEvent(_)) && node.outgoing.is_empty() {
            let message = "expected `to`: a boundary event goes its own way";
            report(at, Problem::error("boundaryWithoutWay", message));
        }
    }
    never_returns(definition, &mut report);
    let waits: Vec<bool> = definition.nodes.iter().map(|node| node.element.waits()).collect();
    if let Some(cycle) = loop_without_wait(definition, &waits) {
        let path: Vec<&str> = cycle.iter().map(|at| definition.nodes[*at].name.as_str()).collect();
        let message = format!(
            "expected a node that waits in every loop, but {} → {} runs for ever",
            path.join(" → "),
            path[0]
        );
        report(cycle[0], Problem::error("loopWithoutWait", message));
    }
}

/// A transaction that is cancelled is left by its cancel event.
fn cancel_without_event(
    definition: &Definition,
    at: usize,
    report: &mut impl FnMut(usize, Problem),
) {
    let node = &definition.nodes[at];
    let Element::EndEvent(end) = &node.element else { return };
    let Some(scope) = node.scope.filter(|_| end.cancel) else { return };
    let has_cancel = definition.nodes[scope].boundaries.iter().any(|boundary| {
        matches!(definition.nodes[*boundary].behavior.trigger(), Some(Trigger::Cancel))
    });
    if !has_cancel {
        let name = &definition.nodes[scope].name;
        let message =
            format!("expected a boundaryEvent with `cancel: true` on `{name}`, which this cancels");
        let problem = Problem::error("cancelWithoutEvent", message).hint(format!(
            "add `{{ type: boundaryEvent, attachedTo: {name}, cancel: true, to: … }}`"
        ));
        report(at, problem);
    }
}

fn missing_default(definition: &Definition, at: usize, report: &mut impl FnMut(usize, Problem)) {
    let node = &definition.nodes[at];
    let conditional =
        matches!(node.element, Element::ExclusiveGateway(_) | Element::InclusiveGateway(_));
    let kinds = || node.outgoing.iter().map(|flow| &definition.flows[*flow].kind);
    let conditions = kinds().filter(|kind| matches!(kind, FlowKind::When(_))).count();
    let defaults = kinds().filter(|kind| matches!(kind, FlowKind::Default)).count();
    // One that is always true leaves nothing to be taken otherwise.
    let always = kinds().any(FlowKind::is_always);
    if conditional && conditions > 0 && defaults == 0 && !always {
        let message = "expected a default way (one without `when`) for when no condition is true";
        report(at, Problem::error("missingDefault", message).hint("add `- to: …` at the end"));
    }
    if conditional && defaults > 1 {
        let message = format!("expected one default way, found {defaults} without `when`");
        report(at, Problem::error("manyDefaults", message));
    }
}

/// Nodes that a task names to return to, though nothing can ever have been done there before it.
fn never_returns(definition: &Definition, report: &mut impl FnMut(usize, Problem)) {
    for (at, node) in definition.nodes.iter().enumerate() {
        let Element::UserTask(task) = &node.element else { continue };
        let named = task.return_to.as_slice();
        if named.is_empty() {
            continue;
        }
        let possible = definition.return_targets(node.name.as_str());
        for (index, name) in named.iter().enumerate().filter(|(_, name)| !possible.contains(name)) {
            let list = possible.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ");
            let message = format!("expected an activity before `{}`, found `{name}`", node.name);
            let problem = Problem::error("neverReturnsThere", message)
                .hint(format!("it may be returned to {list}"));
            let index = index.to_string();
            let keys = match &task.return_to {
                OneOrMany::One(_) => vec!["returnTo"],
                OneOrMany::Many(_) => vec!["returnTo", &index],
            };
            report(at, problem.under(&keys));
        }
    }
}

/// Nodes that no token can come to.
fn unreachable(definition: &Definition) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![definition.start];
    todo.extend(definition.event_starts.iter().map(|at| definition.begins_at(*at)));
    todo.extend(&definition.listeners);
    while let Some(at) = todo.pop() {
        if !seen.insert(at) {
            continue;
        }
        let node = &definition.nodes[at];
        todo.extend(node.outgoing.iter().map(|flow| definition.flows[*flow].to));
        todo.extend(&node.boundaries);
        todo.extend(&node.listeners);
        todo.extend(node.compensation);
        todo.extend(node.inner_start);
        todo.extend(&node.choices);
    }
    (0..definition.nodes.len()).filter(|at| !seen.contains(at)).collect()
}

/// A loop of nodes none of which waits, if there is one.
pub(crate) fn loop_without_wait(definition: &Definition, waits: &[bool]) -> Option<Vec<usize>> {
    let mut state = vec![0_u8; definition.nodes.len()];
    for from in 0..definition.nodes.len() {
        let mut path: Vec<(usize, usize)> = vec![(from, 0)];
        if state[from] != 0 || waits[from] {
            continue;
        }
        state[from] = 1;
        while let Some((at, tried)) = path.pop() {
            let Some(flow) = definition.nodes[at].outgoing.get(tried) else {
                state[at] = 2;
                continue;
            };
            path.push((at, tried + 1));
            let next = definition.flows[*flow].to;
            if waits[next] {
                continue;
            }
            match state[next] {
                0 => {
                    state[next] = 1;
                    path.push((next, 0));
                }
                1 => {
                    let begin = path.iter().position(|(node, _)| *node == next)?;
                    return Some(path[begin..].iter().map(|(node, _)| *node).collect());
                }
                _ => {}
            }
        }
    }
    None
}

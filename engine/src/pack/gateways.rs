//! What gateways are written with that means something else. Behind an event-based gateway (BPMN 2.0.2,
//! 10.6.6) nothing on a node could ever happen: it is the gateway that waits. A complex gateway counts
//! the ways on which tokens came: with one way in there is nothing to count.

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::problem::Problem;

/// Reports what a gateway's neighbours make of it.
pub(super) fn check(definition: &Definition) -> Vec<Problem> {
    let mut problems = one_way_in(definition);
    for gateway in definition.nodes() {
        if !matches!(gateway.element(), Element::EventBasedGateway(_)) {
            continue;
        }
        let events: Vec<&Node> = gateway
            .outgoing
            .iter()
            .map(|flow| &definition.nodes[definition.flows[*flow].to])
            .collect();
        problems.extend(mixed(&events).map(|problem| problem.under(&gateway.path(definition))));
        for task in events.iter().filter(|event| is_task(event)) {
            for at in &task.boundaries {
                let boundary = &definition.nodes[*at];
                let message = format!(
                    "expected no boundary event on `{}`: it is the gateway `{}` that waits, so this \
                     would never happen",
                    task.name(),
                    gateway.name()
                );
                let hint = "let the gateway lead to an intermediateCatchEvent with it instead";
                let problem = Problem::error("badEventGateway", message).hint(hint);
                problems.push(problem.under(&["attachedTo"]).under(&boundary.path(definition)));
            }
        }
    }
    problems
}

/// Complex gateways that one way leads to: the first token goes on, whatever `activation` says.
fn one_way_in(definition: &Definition) -> Vec<Problem> {
    let is_it = |node: &&Node| {
        matches!(node.element(), Element::ComplexGateway(_)) && node.incoming.len() == 1
    };
    let problem = |node: &Node| {
        let message = format!(
            "expected several ways to `{}`, found one: `activation` counts the ways on which tokens \
             came, so it is not asked and each token goes on",
            node.name()
        );
        let hint =
            "let each branch lead to the gateway itself, without a gateway that merges them before";
        let problem = Problem::warning("oneWayIn", message).hint(hint);
        problem.under(&["activation"]).under(&node.path(definition))
    };
    definition.nodes().iter().filter(is_it).map(problem).collect()
}

fn is_task(node: &Node) -> bool {
    matches!(node.element(), Element::ReceiveTask(_))
}

/// Receive tasks and events that wait for a message do not stand behind one gateway.
fn mixed(events: &[&Node]) -> Option<Problem> {
    let message = events.iter().find(|node| match node.element() {
        Element::IntermediateCatchEvent(event) => event.message.is_some(),
        _ => false,
    })?;
    let task = events.iter().find(|node| is_task(node))?;
    let text = format!(
        "expected either receive tasks or events that wait for a message behind the gateway, but \
         `{}` is a task and `{}` an event",
        task.name(),
        message.name()
    );
    let problem = Problem::error("badEventGateway", text);
    Some(problem.hint("make both an intermediateCatchEvent").under(&["to"]))
}

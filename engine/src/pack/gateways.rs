//! What may stand behind an event-based gateway (BPMN 2.0.2, 10.6.6). It waits at the gateway, not at
//! the nodes behind it, so that nothing on those could ever happen.

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::problem::Problem;

/// Reports what an event-based gateway may not lead to.
pub(super) fn check(definition: &Definition) -> Vec<Problem> {
    let mut problems = Vec::new();
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

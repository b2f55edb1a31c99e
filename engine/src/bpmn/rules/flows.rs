//! Which flows may go where, and what gateways ask of theirs.

use crate::bpmn::model::{Model, Node, Process, Report, without_prefix};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;
use crate::bpmn::xml::{Id, ROOT, Tree};

/// Rules for the flows of one node.
pub(super) fn check(tree: &Tree, process: &Process<'_>, at: usize, report: &mut Report) {
    let node = &process.nodes[at];
    ends(tree, process, node, report);
    conditions(tree, process, node, report);
    if node.row.class == Class::Gateway {
        direction(tree, process, node, report);
        if node.row.tag == "eventBasedGateway" {
            event_based(tree, process, node, report);
        }
    }
}

/// The first flow of a list, to point at.
fn flow(process: &Process<'_>, flows: &[usize]) -> Option<Id> {
    flows.first().map(|flow| process.flows[*flow].element)
}

fn ends(tree: &Tree, process: &Process<'_>, node: &Node<'_>, report: &mut Report) {
    let mut no = |flows: &[usize], code: &'static str, why: &str| {
        if let Some(flow) = flow(process, flows) {
            let message = format!("{why}: `{}`", node.id);
            report.push(tree.error(code, flow, message));
        }
    };
    let element = node.element;
    match node.row.class {
        Class::Start => no(&node.incoming, "flowIntoStart", "nothing leads to a start event"),
        Class::End => no(&node.outgoing, "flowOutOfEnd", "nothing leaves an end event"),
        Class::Boundary => {
            no(&node.incoming, "flowIntoBoundary", "nothing leads to a boundary event");
            let compensates = compensates(tree, node);
            if compensates {
                no(&node.outgoing, "flowOfCompensation", "an association leaves, no flow");
            } else if node.outgoing.is_empty() {
                let message = format!("expected a flow that leaves `{}`", node.id);
                report.push(tree.error("boundaryWithoutFlow", element, message));
            }
        }
        Class::Catch if links(tree, node) => {
            no(&node.incoming, "flowIntoLink", "a link leads to it, no flow");
        }
        Class::Throw if links(tree, node) => {
            no(&node.outgoing, "flowOutOfLink", "a link leaves it, no flow");
        }
        Class::Task | Class::Scope => {
            let (code, why) = if tree.flag(element, "isForCompensation") == Some(true) {
                ("flowOfCompensation", "no flow leads to or leaves what compensates")
            } else if tree.flag(element, "triggeredByEvent") == Some(true) {
                ("flowOfEventSubProcess", "no flow leads to or leaves an event sub-process")
            } else {
                return;
            };
            no(&node.incoming, code, why);
            no(&node.outgoing, code, why);
        }
        Class::Catch | Class::Throw | Class::Gateway => {}
    }
}

fn links(tree: &Tree, node: &Node<'_>) -> bool {
    node.events.iter().any(|one| tree.local(*one) == "linkEventDefinition")
}

fn compensates(tree: &Tree, node: &Node<'_>) -> bool {
    node.events.iter().any(|one| tree.local(*one) == "compensateEventDefinition")
}

/// Conditions stand on flows that leave activities and gateways that choose, never on a default.
fn conditions(tree: &Tree, process: &Process<'_>, node: &Node<'_>, report: &mut Report) {
    let chooses =
        matches!(node.row.tag, "exclusiveGateway" | "inclusiveGateway" | "complexGateway");
    let may = node.row.class.is_activity() || chooses;
    for flow in &node.outgoing {
        let Some(condition) = process.flows[*flow].condition else { continue };
        if !may {
            let message = format!(
                "expected no condition on a flow that leaves a `{}`",
                tree.local(node.element)
            );
            report.push(tree.error("conditionNotAllowed", condition, message));
        } else if node.default == Some(*flow) {
            let message = "expected no condition on the default flow".to_owned();
            report.push(tree.error("conditionNotAllowed", condition, message));
        }
    }
    let defaults = tree.attribute(node.element, "default").is_some();
    if defaults && !may {
        let message = format!("a `{}` has no default flow", tree.local(node.element));
        report.push(tree.error_at("defaultNotAllowed", node.element, "default", message));
    }
}

/// A gateway has as many flows as it says.
fn direction(tree: &Tree, process: &Process<'_>, node: &Node<'_>, report: &mut Report) {
    let (incoming, outgoing) = (node.incoming.len(), node.outgoing.len());
    let broken = match tree.attribute(node.element, "gatewayDirection") {
        Some("Diverging") => incoming > 1,
        Some("Converging") => outgoing > 1,
        _ => false,
    };
    if broken {
        let message = format!("found {incoming} flows in and {outgoing} out");
        report.push(tree.error_at("gatewayDirection", node.element, "gatewayDirection", message));
    }
    if incoming + outgoing == 0 && process.nodes.len() > 1 {
        let message = "expected flows: a gateway alone decides nothing".to_owned();
        report.push(tree.error("gatewayWithoutFlows", node.element, message));
    }
}

/// An event-based gateway leads to events that wait, or to receive tasks, and to them alone.
fn event_based(tree: &Tree, process: &Process<'_>, node: &Node<'_>, report: &mut Report) {
    if node.outgoing.len() < 2 {
        let message = format!("expected two or more events, found {}", node.outgoing.len());
        report.push(tree.error("eventGateway", node.element, message));
    }
    for flow in &node.outgoing {
        let flow = &process.flows[*flow];
        let target = &process.nodes[flow.to];
        let waits = target.row.class == Class::Catch || target.row.tag == "receiveTask";
        if !waits {
            let found = tree.local(target.element);
            let message =
                format!("expected an event that waits or a receive task, found a `{found}`");
            report.push(tree.error("eventGateway", flow.element, message));
        } else if target.incoming.len() > 1 {
            let message = format!("expected only the gateway to lead to `{}`", target.id);
            report.push(tree.error("eventGateway", flow.element, message));
        }
    }
    let behind = || node.outgoing.iter().map(|flow| process.flows[*flow].to);
    let receives = |at: &usize| process.nodes[*at].row.tag == "receiveTask";
    let message = |event: &Id| tree.local(*event) == "messageEventDefinition";
    let has_messages = behind().any(|at| process.nodes[at].events.iter().any(message));
    for task in behind().filter(receives) {
        if has_messages {
            let message = "expected either receive tasks or message events behind the gateway";
            let element = process.nodes[task].element;
            report.push(tree.error("eventGateway", element, message.to_owned()));
        }
        for boundary in process.nodes.iter().filter(|one| one.host == Some(task)) {
            let message = format!(
                "expected no boundary event on `{}`: the gateway waits, not the task",
                process.nodes[task].id
            );
            report.push(tree.error("eventGateway", boundary.element, message));
        }
    }
}

/// Message flows go from one pool to another.
pub(super) fn messages(model: &Model<'_>, report: &mut Report) {
    let tree = model.tree;
    for collaboration in tree.children(ROOT, BPMN, "collaboration") {
        for flow in tree.children(collaboration, BPMN, "messageFlow") {
            if report.is_full() {
                return;
            }
            let ends = ["sourceRef", "targetRef"].map(|end| {
                let name = tree.attribute(flow, end).map(without_prefix);
                if name.is_none_or(|name| !model.ids.contains_key(name)) {
                    let found = name.unwrap_or("nothing");
                    let message = format!("expected a pool or a node, found `{found}`");
                    report.push(tree.error_at("flowWithoutEnd", flow, end, message));
                    return None;
                }
                name.and_then(|name| pool(model, name))
            });
            if let [Some(from), Some(to)] = ends
                && from == to
            {
                let message = "a message goes from one pool to another, not within one".to_owned();
                report.push(tree.error("messageWithinPool", flow, message));
            }
        }
    }
}

/// The process that something belongs to.
fn pool(model: &Model<'_>, name: &str) -> Option<usize> {
    let tree = model.tree;
    let of_pool = model.processes.iter().position(|process| {
        process.participant.is_some_and(|pool| tree.attribute(pool, "id") == Some(name))
    });
    of_pool.or_else(|| model.owners.get(name).map(|(process, _)| *process))
}

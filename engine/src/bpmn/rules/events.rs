//! Which event definitions may stand on which event (BPMN 2.0, tables 10.82 to 10.93).

use std::collections::BTreeMap;

use crate::bpmn::model::{Node, Process, Report};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;
use crate::bpmn::xml::Tree;

/// Where each event definition may stand, by letters: `s`tart of a process, start of an `e`vent
/// sub-process, and of one that does not interrupt (`i`), `c`atch, `t`hrow, `b`oundary, boundary
/// without interrupting (`n`), end (`x`).
const ALLOWED: &[(&str, &str)] = &[
    ("messageEventDefinition", "seictbnx"),
    ("timerEventDefinition", "seicbn"),
    ("signalEventDefinition", "seictbnx"),
    ("conditionalEventDefinition", "seicbn"),
    ("errorEventDefinition", "ebx"),
    ("escalationEventDefinition", "eitbnx"),
    ("compensateEventDefinition", "etbx"),
    ("cancelEventDefinition", "bx"),
    ("linkEventDefinition", "ct"),
    ("terminateEventDefinition", "x"),
];

/// Rules for one event.
pub(super) fn check(tree: &Tree, process: &Process<'_>, at: usize, report: &mut Report) {
    let node = &process.nodes[at];
    if !node.row.class.is_event() {
        return;
    }
    if matches!(node.row.class, Class::Boundary | Class::Catch) && node.events.is_empty() {
        let message = format!("expected `{}` to say what it waits for", node.id);
        report.push(tree.error("eventNotAllowed", node.element, message));
    }
    for definition in &node.events {
        if report.is_full() {
            return;
        }
        let local = tree.local(*definition);
        let Some((_, places)) = ALLOWED.iter().find(|(definition, _)| *definition == local) else {
            continue;
        };
        let what = local.trim_end_matches("EventDefinition");
        if !place(tree, process, node).is_none_or(|place| places.contains(place)) {
            let place = tree.local(node.element);
            let message = format!("`{local}` may not stand on this `{place}`");
            report.push(tree.error("eventNotAllowed", *definition, message));
        } else if what == "cancel" && !in_transaction(tree, process, node) {
            let message = "a cancel event stands in or on a transaction only".to_owned();
            report.push(tree.error("eventNotAllowed", *definition, message));
        } else if what == "compensate" && begins_in_the_process(process, node) {
            let message = "an event sub-process of the process itself is never begun so: nothing \
                           undoes a case as a whole";
            report.push(tree.error("eventNotAllowed", *definition, message.to_owned()));
        }
        if what == "timer" {
            one_time(tree, *definition, report);
        }
    }
}

/// The letter of the place that an event is; none for what is no event.
fn place(tree: &Tree, process: &Process<'_>, node: &Node<'_>) -> Option<char> {
    let beside = tree.flag(node.element, "cancelActivity") == Some(false);
    let scope = node.scope.map(|scope| process.nodes[scope].element);
    Some(match (node.row.class, scope) {
        (Class::Start, None) => 's',
        (Class::Start, Some(scope)) if tree.flag(scope, "triggeredByEvent") == Some(true) => {
            match tree.flag(node.element, "isInterrupting") {
                Some(false) => 'i',
                Some(true) | None => 'e',
            }
        }
        // The start of an embedded sub-process has no trigger at all.
        (Class::Start, Some(_)) => '-',
        (Class::End, _) => 'x',
        (Class::Catch, _) => 'c',
        (Class::Throw, _) => 't',
        (Class::Boundary, _) if beside => 'n',
        (Class::Boundary, _) => 'b',
        (Class::Task | Class::Scope | Class::Gateway, _) => return None,
    })
}

/// Whether it is the start event of an event sub-process that stands in the process itself.
fn begins_in_the_process(process: &Process<'_>, node: &Node<'_>) -> bool {
    let around = node.scope.map(|scope| &process.nodes[scope]);
    node.row.class == Class::Start && around.is_some_and(|around| around.scope.is_none())
}

fn in_transaction(tree: &Tree, process: &Process<'_>, node: &Node<'_>) -> bool {
    let holder = if node.row.class == Class::Boundary { node.host } else { node.scope };
    holder.is_some_and(|holder| tree.local(process.nodes[holder].element) == "transaction")
}

fn one_time(tree: &Tree, definition: usize, report: &mut Report) {
    let times = ["timeDate", "timeDuration", "timeCycle"];
    let count = times.iter().flat_map(|local| tree.children(definition, BPMN, local)).count();
    if count > 1 {
        let message = format!("expected one time, found {count}");
        report.push(tree.error("manyTimes", definition, message));
    }
}

/// Links lead from throwing events to one catching event of the same name and scope.
pub(super) fn links(tree: &Tree, process: &Process<'_>, report: &mut Report) {
    let mut caught: BTreeMap<(Option<usize>, &str), usize> = BTreeMap::new();
    let mut thrown = Vec::new();
    for node in &process.nodes {
        for definition in &node.events {
            if tree.local(*definition) != "linkEventDefinition" {
                continue;
            }
            let name = tree.attribute(*definition, "name").unwrap_or_default();
            match node.row.class {
                Class::Catch => {
                    if caught.insert((node.scope, name), node.element).is_some() {
                        let message = format!("expected one target of the link `{name}`");
                        report.push(tree.error("linkMismatch", *definition, message));
                    }
                }
                Class::Throw => thrown.push((node.scope, name, *definition)),
                // There it may not stand at all, which has been said.
                Class::Start
                | Class::End
                | Class::Boundary
                | Class::Task
                | Class::Scope
                | Class::Gateway => {}
            }
        }
    }
    for (scope, name, definition) in thrown {
        if !caught.contains_key(&(scope, name)) {
            let message = format!("expected a catching event for the link `{name}`");
            report.push(tree.error("linkMismatch", definition, message));
        }
    }
}

//! Events of one place that catch the same: only the first of them ever happens. And what undoes an
//! activity, but is none itself.

use std::collections::BTreeMap;

use crate::definition::{Definition, Known};
use crate::elements::Element;
use crate::problem::Problem;

/// What an event waits for, as far as it is written out: what kind it is, its name, and its key.
type Caught = (&'static str, String, String);

/// Reports both.
pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    for (at, node) in definition.nodes.iter().enumerate() {
        let mut places = vec![node.boundaries.clone()];
        if matches!(node.element, Element::EventBasedGateway(_)) {
            let targets = node.outgoing.iter().map(|flow| definition.flows[*flow].to);
            places.push(targets.collect());
        }
        places.push(begins_of(definition, Some(at)));
        for place in places {
            twins(definition, &place, problems);
        }
        handler(definition, at, problems);
    }
    twins(definition, &begins_of(definition, None), problems);
    let starts = (0..definition.nodes.len()).filter(|at| {
        let node = &definition.nodes[*at];
        node.scope.is_none() && matches!(node.element, Element::StartEvent(_))
    });
    twins(definition, &starts.collect::<Vec<_>>(), problems);
}

/// The start events of the event sub-processes in a scope.
fn begins_of(definition: &Definition, scope: Option<usize>) -> Vec<usize> {
    let is_of_event = |at: usize| {
        let node = &definition.nodes[at];
        node.scope == scope && matches!(node.element, Element::EventSubProcess(_))
    };
    let starts = (0..definition.nodes.len()).filter(|at| {
        let node = &definition.nodes[*at];
        matches!(node.element, Element::StartEvent(_)) && node.scope.is_some_and(is_of_event)
    });
    starts.collect()
}

fn twins(definition: &Definition, place: &[usize], problems: &mut Vec<Problem>) {
    let mut first: BTreeMap<Caught, usize> = BTreeMap::new();
    for at in place {
        let node = &definition.nodes[*at];
        let Some(caught) = caught(&node.element).filter(|_| node.known == Known::All) else {
            continue;
        };
        let Some(other) = first.get(&caught) else {
            first.insert(caught, *at);
            continue;
        };
        let (kind, name, _) = &caught;
        let message = format!(
            "expected one event here for the {kind} `{name}`, but `{}` waits for it as well and is the \
             only one that happens",
            definition.nodes[*other].name
        );
        let problem = Problem::warning("caughtTwice", message)
            .hint("let one event lead to a gateway that chooses, or to several ways");
        problems.push(problem.under(&[*kind]).under(&node.path(definition)));
    }
}

/// What an event waits for that comes to one event alone. A signal comes to all.
fn caught(element: &Element) -> Option<Caught> {
    let key = |key: &Option<String>| key.clone().unwrap_or_default();
    let (message, own, error, escalation) = match element {
        Element::BoundaryEvent(it) => {
            (it.message.as_ref(), key(&it.key), it.error.as_ref(), it.escalation.as_ref())
        }
        Element::StartEvent(it) => {
            (it.message.as_ref(), key(&it.key), it.error.as_ref(), it.escalation.as_ref())
        }
        Element::IntermediateCatchEvent(it) => (it.message.as_ref(), key(&it.key), None, None),
        Element::ReceiveTask(it) => (Some(&it.message), key(&it.key), None, None),
        _ => return None,
    };
    let message = message.map(|name| ("message", name.to_string(), own));
    let error = error.map(|code| ("error", code.to_string(), String::new()));
    let escalation = escalation.map(|code| ("escalation", code.to_string(), String::new()));
    message.or(error).or(escalation)
}

/// What undoes an activity is one itself.
fn handler(definition: &Definition, at: usize, problems: &mut Vec<Problem>) {
    let node = &definition.nodes[at];
    let Element::BoundaryEvent(event) = &node.element else { return };
    let Some(name) = event.handler() else { return };
    let Some(undoes) = definition.by_name.get(name) else { return };
    let handler = &definition.nodes[*undoes];
    if handler.element.is_activity() || handler.known != Known::All {
        return;
    }
    let message = format!(
        "expected an activity that undoes `{}`, but `{name}` is a `{}`",
        event.attached_to,
        handler.element.kind()
    );
    let problem = Problem::error("notAnActivity", message);
    problems.push(problem.under(&["to"]).under(&node.path(definition)));
}

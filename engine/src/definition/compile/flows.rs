//! Flows between nodes: the way on, the ways that outcomes, intakes and deadlines name, links; and
//! what a node is to others beside them.

use std::collections::BTreeMap;

use super::Flat;
use crate::definition::source::{ProcessSource, Target, To};
use crate::definition::starts::instantiates;
use crate::definition::{Compiler, Definition, Flow, FlowKind, Library};
use crate::elements::{Element, Way, WayKind};
use crate::expression::{Environment, Type};
use crate::ids::NodeName;
use crate::problem::Problem;
use crate::step::joins::WAITING_FOR_START;
use crate::step::triggers::Trigger;

/// Draws every flow: the way on, and the ways that outcomes, intakes and deadlines name.
pub(super) fn draw(
    definition: &mut Definition,
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
    names: &BTreeMap<NodeName, Vec<String>>,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) {
    match first_of(flat, None) {
        Some(start) => definition.start = start,
        None => {
            let message = "expected a node to begin with, found only such as begin by themselves: \
                           when an event happens, or to undo what was done";
            problems.push(Problem::error("emptyProcess", message).under(&["nodes"]));
        }
    }
    for (own, node) in flat.iter().enumerate() {
        attach(definition, flat, own);
        let mut compiler = Compiler {
            source,
            library,
            environment: environment.clone(),
            node: node.name,
            names,
            problems,
        };
        let ways = ways_of(flat, node, &mut compiler);
        for (keys, way) in ways {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            if !compiler.node_exists(&keys, &way.to) {
                continue;
            }
            let to = definition.by_name[&way.to];
            if definition.nodes[to].scope != node.scope {
                let message = format!(
                    "expected a node of the same (sub-)process, but `{}` is in another one",
                    way.to
                );
                compiler.report(&keys, Problem::error("crossesScope", message));
                continue;
            }
            let aside =
                matches!(flat[to].element, Element::BoundaryEvent(_) | Element::EventSubProcess(_));
            let is_handler = matches!(node.element, Element::BoundaryEvent(it) if it.compensation);
            if aside || flat[to].undoes != is_handler {
                report_beside(&mut compiler, &keys, &way.to, is_handler);
                continue;
            }
            let flow = definition.flows.len();
            definition.nodes[own].outgoing.push(flow);
            definition.nodes[to].incoming.push(flow);
            definition.flows.push(Flow { from: own, to, kind: way.kind, name: way.name });
        }
    }
    definition.event_starts = event_starts(definition, flat, names, problems);
    for own in 0..flat.len() {
        if matches!(flat[own].element, Element::AdHocSubProcess(_)) {
            choices(definition, flat, own, names, problems);
        }
    }
}

/// What people begin in an ad-hoc sub-process: what nothing leads to, activities all.
fn choices(
    definition: &mut Definition,
    flat: &[Flat<'_>],
    own: usize,
    names: &BTreeMap<NodeName, Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    for (at, node) in flat.iter().enumerate() {
        let is_begun = node.scope == Some(own)
            && !node.undoes
            && !node.element.stands_aside()
            && definition.nodes[at].incoming.is_empty();
        if !is_begun {
            continue;
        }
        definition.nodes[own].choices.push(at);
        let ends = matches!(node.element, Element::StartEvent(_) | Element::EndEvent(_));
        if !node.element.is_activity() && !ends {
            let message = format!(
                "expected a way to `{}`: in an ad-hoc sub-process people begin activities alone, \
                 and this is a `{}`",
                node.name,
                node.element.kind()
            );
            problems.push(Problem::error("notInAdHoc", message).under(&names[node.name]));
        }
    }
}

/// A flow that no token could take, since what it leads to is begun otherwise.
fn report_beside(compiler: &mut Compiler<'_>, keys: &[&str], to: &NodeName, is_handler: bool) {
    let message = if is_handler {
        format!("expected the one activity that undoes this one, but `{to}` is not that")
    } else {
        format!(
            "expected a node that a token can come to, but `{to}` begins by itself: when an event \
             happens, or to undo what was done"
        )
    };
    compiler.report(keys, Problem::error("flowNotAllowed", message));
}

/// What a node is to others beside its flows: a scope, on an activity, listening, undoing.
fn attach(definition: &mut Definition, flat: &[Flat<'_>], own: usize) {
    let node = &flat[own];
    if node.element.nodes().is_some() && !matches!(node.element, Element::AdHocSubProcess(_)) {
        // Where there is none, the element itself reports that.
        definition.nodes[own].inner_start = first_of(flat, Some(own));
    }
    let trigger = definition.nodes[own].behavior.trigger();
    let undoes = matches!(trigger, Some(Trigger::Compensation));
    definition.has_conditions |= matches!(trigger, Some(Trigger::Condition(_)));
    match node.element {
        Element::BoundaryEvent(boundary) => {
            let Some(host) = definition.by_name.get(&boundary.attached_to).copied() else { return };
            definition.nodes[host].boundaries.push(own);
            if undoes {
                let handler = boundary.handler().and_then(|to| definition.by_name.get(to));
                definition.nodes[host].compensation = handler.copied();
            }
        }
        Element::EventSubProcess(_) => match node.scope {
            Some(scope) if undoes => definition.nodes[scope].compensation = Some(own),
            Some(scope) => definition.nodes[scope].listeners.push(own),
            None => definition.listeners.push(own),
        },
        _ => {}
    }
}

/// A way on, drawn but not yet resolved.
struct Drawn {
    to: NodeName,
    kind: FlowKind,
    name: Option<crate::text::Text>,
}

fn ways_of(
    flat: &[Flat<'_>],
    node: &Flat<'_>,
    compiler: &mut Compiler<'_>,
) -> Vec<(Vec<String>, Drawn)> {
    let mut ways = Vec::new();
    let has_next = node.element.goes_on() && !node.undoes;
    if let Element::IntermediateThrowEvent(event) = node.element
        && let Some(link) = &event.link
    {
        ways.extend(link_way(flat, node, link, compiler));
    }
    if node.undoes && (node.element.to().is_some() || !node.element.ways().is_empty()) {
        let message = "expected no way on: it undoes what another activity did and then is done";
        compiler.report(&["to"], Problem::error("compensationGoesOn", message));
    }
    match node.element.to() {
        None if has_next => {
            if let Some(next) = node.next
                && !matches!(node.element, Element::BoundaryEvent(_))
            {
                ways.push((vec![], Drawn { to: next.clone(), kind: FlowKind::Next, name: None }));
            }
        }
        None => {}
        Some(To::One(to)) => {
            let drawn = Drawn { to: to.clone(), kind: FlowKind::Next, name: None };
            ways.push((vec!["to".into()], drawn));
        }
        Some(To::Many(targets)) => {
            for (at, target) in targets.iter().enumerate() {
                ways.extend(target_way(compiler, node.element, at, target));
            }
        }
    }
    for Way { keys, to, kind } in node.element.ways() {
        let kind = match kind {
            WayKind::Outcome(outcome) => FlowKind::Outcome(outcome),
            WayKind::None => FlowKind::None,
            WayKind::Fewer => FlowKind::Fewer,
            WayKind::Overdue => FlowKind::Overdue,
        };
        ways.push((keys, Drawn { to, kind, name: None }));
    }
    ways
}

/// The way of a link, from the event that throws it to the one of the scope that catches it.
fn link_way(
    flat: &[Flat<'_>],
    node: &Flat<'_>,
    link: &str,
    compiler: &mut Compiler<'_>,
) -> Option<(Vec<String>, Drawn)> {
    let catches = |other: &&Flat<'_>| {
        other.scope == node.scope
            && matches!(other.element, Element::IntermediateCatchEvent(event) if event.link.as_deref() == Some(link))
    };
    let found: Vec<&Flat<'_>> = flat.iter().filter(catches).collect();
    let [target] = found[..] else {
        let message = format!(
            "expected exactly one intermediateCatchEvent with `link: {link}` in the same scope, found {}",
            found.len()
        );
        compiler.report(&["link"], Problem::error("badLink", message));
        return None;
    };
    let drawn = Drawn { to: target.name.clone(), kind: FlowKind::Next, name: None };
    Some((vec!["link".into()], drawn))
}

fn target_way(
    compiler: &mut Compiler<'_>,
    element: &Element,
    at: usize,
    target: &Target,
) -> Option<(Vec<String>, Drawn)> {
    let at = at.to_string();
    let is_complex = matches!(element, Element::ComplexGateway(_));
    let conditional = is_complex
        || matches!(element, Element::ExclusiveGateway(_) | Element::InclusiveGateway(_));
    if !conditional
        && !matches!(element, Element::ParallelGateway(_) | Element::EventBasedGateway(_))
    {
        let message = format!(
            "expected one node, found a list: only gateways have several ways on, not a `{}`",
            element.kind()
        );
        compiler.report(&["to"], Problem::error("notAGateway", message));
        return None;
    }
    match target {
        Target::Node(to) => {
            let kind = if conditional { FlowKind::Default } else { FlowKind::Next };
            Some((vec!["to".into(), at], Drawn { to: to.clone(), kind, name: None }))
        }
        Target::Branch(branch) => {
            let kind = match &branch.when {
                None if conditional => FlowKind::Default,
                None => FlowKind::Next,
                Some(_) if !conditional => {
                    let problem = Problem::error(
                        "conditionNotAllowed",
                        "expected no condition: a parallel gateway takes every way",
                    );
                    compiler.report(&["to", &at, "when"], problem);
                    return None;
                }
                Some(when) => {
                    let mut environment = compiler.environment.clone();
                    if is_complex {
                        environment = environment.with(WAITING_FOR_START, Type::Bool);
                    }
                    let (keys, ty) = (["to", &at, "when"], Type::Bool);
                    let when = compiler.expression_in(&keys, when, Some(&ty), &environment);
                    FlowKind::When(when?)
                }
            };
            let keys = vec!["to".into(), at, "to".into()];
            Some((keys, Drawn { to: branch.to.clone(), kind, name: branch.name.clone() }))
        }
    }
}

/// Events that begin a case when they happen: at start events, at tasks, behind gateways.
fn event_starts(
    definition: &Definition,
    flat: &[Flat<'_>],
    names: &BTreeMap<NodeName, Vec<String>>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let mut starts = Vec::new();
    for (at, node) in flat.iter().enumerate() {
        let own = &definition.nodes[at];
        match node.element {
            Element::StartEvent(event) if node.scope.is_none() && event.has_trigger() => {
                starts.push(at);
            }
            element if !instantiates(element) => {}
            _ if node.scope.is_some() || !own.incoming.is_empty() => {
                let message = "expected `instantiate` only where nothing leads to and no \
                               sub-process is around: it begins cases";
                let problem = Problem::error("badInstantiate", message).under(&["instantiate"]);
                problems.push(problem.under(&names[node.name]));
            }
            Element::EventBasedGateway(_) => {
                starts.extend(own.outgoing.iter().map(|flow| definition.flows[*flow].to));
            }
            _ => starts.push(at),
        }
    }
    starts
}

/// Where a scope begins: its start event, best one without an event, or its first node.
fn first_of(flat: &[Flat<'_>], scope: Option<usize>) -> Option<usize> {
    let own = || flat.iter().enumerate().filter(|(_, node)| node.scope == scope);
    let start = |node: &Flat<'_>| match node.element {
        Element::StartEvent(event) => Some(event.has_trigger()),
        _ => None,
    };
    let first = own()
        .find(|(_, node)| start(node) == Some(false))
        .or_else(|| own().find(|(_, node)| start(node).is_some()))
        .or_else(|| own().find(|(_, node)| instantiates(node.element)))
        .or_else(|| own().find(|(_, node)| !node.element.stands_aside() && !node.undoes));
    first.map(|(at, _)| at)
}

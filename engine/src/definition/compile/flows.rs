//! Flows between nodes: the way on, the ways that outcomes, intakes and deadlines name, links; and
//! what a node is to others beside them.

use std::collections::BTreeMap;

use super::Flat;
use super::beginnings::{choices, event_starts, first_of};
use super::loose::{Loose, Open, doubt};
use crate::definition::source::{ProcessSource, Target, To};
use crate::definition::{Compiler, Definition, Doubts, Flow, FlowKind, Known, Library};
use crate::elements::{Element, Way, WayKind};
use crate::expression::{Environment, Expression, Type};
use crate::ids::NodeName;
use crate::problem::{Problem, nearest};
use crate::step::joins::WAITING_FOR_START;
use crate::step::triggers::Trigger;

/// What flows are drawn from.
pub(super) struct Drawing<'a> {
    pub(super) source: &'a ProcessSource,
    pub(super) library: &'a Library,
    pub(super) flat: &'a [Flat<'a>],
    pub(super) names: &'a BTreeMap<NodeName, Vec<String>>,
    pub(super) doubts: &'a Doubts,
}

impl Drawing<'_> {
    /// Draws every flow: the way on, and the ways that outcomes, intakes and deadlines name. What was
    /// written but could not be drawn is given back; nothing where there is nothing to begin with.
    pub(super) fn draw(
        &self,
        definition: &mut Definition,
        (environment, within): (&Environment, &[Option<Environment>]),
        problems: &mut Vec<Problem>,
    ) -> Option<Loose> {
        let flat = self.flat;
        let Some(start) = first_of(flat, None) else {
            let message = "expected a node to begin with, found only such as begin by themselves: \
                           when an event happens, or to undo what was done";
            problems.push(Problem::error("emptyProcess", message).under(&["nodes"]));
            return None;
        };
        definition.start = start;
        let mut loose = Loose::of(definition, flat, self.doubts);
        let Self { source, library, names, .. } = *self;
        for (own, node) in flat.iter().enumerate() {
            attach(definition, &mut loose, flat, own);
            let environment = within[own].as_ref().unwrap_or(environment).clone();
            let mut compiler =
                super::compiler_of(node, source, library, names, environment, problems);
            let (ways, lost) = ways_of(flat, node, &mut compiler);
            let path = || node.path.clone();
            if leads_to_too_little(node.element) {
                let path = [path(), vec!["to".to_owned()]].concat();
                loose.lose_open(definition, Open { from: own, to: None, path });
            }
            if is_left_hanging(node.element) {
                let message = "expected `to`: a boundary event goes its own way";
                compiler.report(&[], Problem::error("boundaryWithoutWay", message));
                loose.lose_open(definition, Open { from: own, to: None, path: path() });
            }
            for (keys, way) in ways {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                self.draw_one(definition, &mut loose, own, &keys, way, &mut compiler);
            }
            for to in lost {
                match definition.by_name.get(&to).copied() {
                    Some(to) => loose.lose(definition, own, to),
                    None => {
                        loose.lose_open(definition, Open { from: own, to: Some(to), path: path() });
                    }
                }
            }
        }
        definition.event_starts = event_starts(definition, &mut loose, flat, problems);
        for own in 0..flat.len() {
            if matches!(flat[own].element, Element::AdHocSubProcess(_)) {
                choices(definition, flat, own, problems);
            }
        }
        Some(loose)
    }

    fn draw_one(
        &self,
        definition: &mut Definition,
        loose: &mut Loose,
        own: usize,
        keys: &[&str],
        way: Drawn,
        compiler: &mut Compiler<'_>,
    ) {
        let (flat, node) = (self.flat, &self.flat[own]);
        let path = node.path.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned()));
        let open = Open { from: own, to: Some(way.to.clone()), path: path.collect() };
        if !compiler.node_exists(keys, &way.to) {
            let names = self.names.keys().map(NodeName::as_str);
            let meant = nearest(way.to.as_str(), names).and_then(|it| definition.by_name.get(it));
            return match meant.copied() {
                Some(meant) => loose.lose(definition, own, meant),
                None => loose.lose_open(definition, open),
            };
        }
        let to = near(definition, flat, &way.to, node.scope).expect("there is one");
        if definition.nodes[to].scope != node.scope {
            let message = format!(
                "expected a node of the same (sub-)process, but `{}` is in another one",
                way.to
            );
            compiler.report(keys, Problem::error("crossesScope", message));
            loose.lose(definition, own, to);
            return loose.lose_open(definition, open);
        }
        let aside =
            matches!(flat[to].element, Element::BoundaryEvent(_) | Element::EventSubProcess(_));
        let is_handler = matches!(node.element, Element::BoundaryEvent(it) if it.compensation);
        if aside || flat[to].undoes != is_handler {
            report_beside(compiler, keys, &way.to, is_handler);
            loose.lose(definition, own, to);
            return loose.lose_open(definition, open);
        }
        let flow = definition.flows.len();
        definition.nodes[own].outgoing.push(flow);
        definition.nodes[to].incoming.push(flow);
        definition.flows.push(Flow { from: own, to, kind: way.kind, name: way.name });
    }
}

/// The node of a name: of several, which is told by itself, the one of the scope.
fn near(
    definition: &Definition,
    flat: &[Flat<'_>],
    name: &NodeName,
    scope: Option<usize>,
) -> Option<usize> {
    let any = definition.by_name.get(name).copied()?;
    let own = || flat.iter().position(|node| node.name == name && node.scope == scope);
    if flat[any].scope == scope { Some(any) } else { own().or(Some(any)) }
}

/// Whether it waits for several events, but names too few, which the element itself reports.
fn leads_to_too_little(element: &Element) -> bool {
    let names_several = matches!(element.to(), Some(To::Many(targets)) if targets.len() > 1);
    matches!(element, Element::EventBasedGateway(_)) && !names_several
}

/// Whether it is a boundary event that says no way; that one which undoes needs one is told by itself.
fn is_left_hanging(element: &Element) -> bool {
    match element {
        Element::BoundaryEvent(event) => {
            !event.compensation && element.to().is_none() && element.ways().is_empty()
        }
        _ => false,
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
fn attach(definition: &mut Definition, loose: &mut Loose, flat: &[Flat<'_>], own: usize) {
    let node = &flat[own];
    if node.element.nodes().is_some() && !matches!(node.element, Element::AdHocSubProcess(_)) {
        // Where there is none, the element itself reports that.
        let start = first_of(flat, Some(own));
        definition.nodes[own].inner_start = start;
        if start.is_none() {
            doubt(definition, own, Known::Some);
        }
    }
    let trigger = definition.nodes[own].behavior.trigger();
    definition.has_conditions |= matches!(trigger, Some(Trigger::Condition(_)));
    match node.element {
        Element::BoundaryEvent(boundary) => {
            let host = near(definition, flat, &boundary.attached_to, node.scope);
            let is_host =
                |at: &usize| flat[*at].scope == node.scope && flat[*at].element.is_activity();
            let Some(host) = host.filter(is_host) else {
                loose.begun.push(own);
                return doubt(definition, own, Known::Nothing);
            };
            definition.nodes[host].boundaries.push(own);
            if boundary.compensation {
                let handler = boundary.handler().and_then(|to| definition.by_name.get(to).copied());
                let handler =
                    handler.filter(|to| flat[*to].undoes && flat[*to].scope == node.scope);
                definition.nodes[host].compensation = handler;
            }
        }
        Element::EventSubProcess(inner) => match node.scope {
            Some(scope) if inner.undoes() => definition.nodes[scope].compensation = Some(own),
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

/// Ways with the keys that name them, and nodes to which there is a way that cannot be drawn.
fn ways_of(
    flat: &[Flat<'_>],
    node: &Flat<'_>,
    compiler: &mut Compiler<'_>,
) -> (Vec<(Vec<String>, Drawn)>, Vec<NodeName>) {
    let (mut ways, mut lost) = (Vec::new(), Vec::new());
    let has_next = node.element.goes_on() && !node.undoes;
    if let Element::IntermediateThrowEvent(event) = node.element
        && let Some(link) = &event.link
    {
        match link_way(flat, node, link, compiler) {
            Ok(way) => ways.push(way),
            Err(any) if any.is_empty() => lost.push(NodeName::new(link)),
            Err(any) => lost.extend(any),
        }
    }
    if node.undoes && (node.element.to().is_some() || !node.element.ways().is_empty()) {
        let message = "expected no way on: it undoes what another activity did and then is done";
        compiler.report(&["to"], Problem::error("compensationGoesOn", message));
        lost.extend(node.element.ways().into_iter().map(|way| way.to));
        lost.extend(node.element.to().into_iter().flat_map(named));
        return (ways, lost);
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
        Some(to @ To::Many(_)) if !is_gateway(node.element) => {
            let message = format!(
                "expected one node, found a list: only gateways have several ways on, not a `{}`",
                node.element.kind()
            );
            compiler.report(&["to"], Problem::error("notAGateway", message));
            lost.extend(named(to));
        }
        Some(To::Many(targets)) => {
            for (at, target) in targets.iter().enumerate() {
                ways.push(target_way(compiler, node.element, at, target));
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
    (ways, lost)
}

/// Nodes that a `to` names.
fn named(to: &To) -> Vec<NodeName> {
    let target = |target: &Target| match target {
        Target::Node(to) => to.clone(),
        Target::Branch(branch) => branch.to.clone(),
    };
    match to {
        To::One(to) => vec![to.clone()],
        To::Many(targets) => targets.iter().map(target).collect(),
    }
}

fn is_gateway(element: &Element) -> bool {
    is_conditional(element)
        || matches!(element, Element::ParallelGateway(_) | Element::EventBasedGateway(_))
}

fn is_conditional(element: &Element) -> bool {
    matches!(
        element,
        Element::ExclusiveGateway(_) | Element::InclusiveGateway(_) | Element::ComplexGateway(_)
    )
}

/// The way of a link, from the event that throws it to the one of the scope that catches it; all
/// that catch one where it is not clear which.
fn link_way(
    flat: &[Flat<'_>],
    node: &Flat<'_>,
    link: &str,
    compiler: &mut Compiler<'_>,
) -> Result<(Vec<String>, Drawn), Vec<NodeName>> {
    let caught = |other: &Flat<'_>| match other.element {
        Element::IntermediateCatchEvent(event) if other.scope == node.scope => event.link.clone(),
        _ => None,
    };
    let found: Vec<&Flat<'_>> =
        flat.iter().filter(|other| caught(other).as_deref() == Some(link)).collect();
    let [target] = found[..] else {
        let message = format!(
            "expected exactly one intermediateCatchEvent with `link: {link}` in the same scope, found {}",
            found.len()
        );
        compiler.report(&["link"], Problem::error("badLink", message));
        let any = flat.iter().filter(|other| caught(other).is_some());
        return Err(any.map(|other| other.name.clone()).collect());
    };
    let drawn = Drawn { to: target.name.clone(), kind: FlowKind::Next, name: None };
    Ok((vec!["link".into()], drawn))
}

fn target_way(
    compiler: &mut Compiler<'_>,
    element: &Element,
    at: usize,
    target: &Target,
) -> (Vec<String>, Drawn) {
    let at = at.to_string();
    let without = if is_conditional(element) { FlowKind::Default } else { FlowKind::Next };
    let branch = match target {
        Target::Node(to) => {
            return (vec!["to".into(), at], Drawn { to: to.clone(), kind: without, name: None });
        }
        Target::Branch(branch) => branch,
    };
    let keys = ["to", &at, "when"];
    let kind = match &branch.when {
        None => without,
        Some(_) if !is_conditional(element) => {
            let problem = Problem::error(
                "conditionNotAllowed",
                "expected no condition: a parallel gateway takes every way",
            );
            compiler.report(&keys, problem);
            without
        }
        Some(when) => {
            let mut environment = compiler.environment.clone();
            if matches!(element, Element::ComplexGateway(_)) {
                environment = environment.with(WAITING_FOR_START, Type::Bool);
            }
            let when = compiler.expression_in(&keys, when, Some(&Type::Bool), &environment);
            FlowKind::When(when.unwrap_or_else(Expression::unread))
        }
    };
    let drawn = Drawn { to: branch.to.clone(), kind, name: branch.name.clone() };
    (vec!["to".into(), at, "to".into()], drawn)
}

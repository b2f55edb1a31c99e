//! Where tokens begin: a case, a sub-process, what people choose, what begins by itself.

use super::Flat;
use super::loose::Loose;
use crate::definition::starts::instantiates;
use crate::definition::{Definition, Flow};
use crate::elements::Element;
use crate::problem::Problem;

/// Events that begin a case when they happen: at start events, at tasks, behind gateways.
pub(super) fn event_starts(
    definition: &Definition,
    loose: &mut Loose,
    flat: &[Flat<'_>],
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
                problems.push(problem.under(&node.path));
                // It may have been taken for where its scope begins.
                let is_lost = |other: &usize| {
                    flat[*other].scope == node.scope && definition.nodes[*other].incoming.is_empty()
                };
                loose.begun.extend((0..flat.len()).filter(is_lost));
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
pub(super) fn first_of(flat: &[Flat<'_>], scope: Option<usize>) -> Option<usize> {
    let own = || flat.iter().enumerate().filter(|(_, node)| node.scope == scope && !node.undoes);
    let start = |node: &Flat<'_>| match node.element {
        Element::StartEvent(event) => Some(event.has_trigger()),
        _ => None,
    };
    let first = own()
        .find(|(_, node)| start(node) == Some(false))
        .or_else(|| own().find(|(_, node)| start(node).is_some()))
        .or_else(|| own().find(|(_, node)| scope.is_none() && instantiates(node.element)))
        .or_else(|| own().find(|(_, node)| !node.element.stands_aside()));
    first.map(|(at, _)| at)
}

/// Whether somebody chooses a flow only behind the node that it leads to.
fn only_leads_back(definition: &Definition, flow: usize) -> bool {
    let Flow { from, to, kind, .. } = &definition.flows[flow];
    kind.may_return() && from > to && definition.after(*to, None).contains(from)
}

/// What people begin in an ad-hoc sub-process: what nothing leads to, activities all.
pub(super) fn choices(
    definition: &mut Definition,
    flat: &[Flat<'_>],
    own: usize,
    problems: &mut Vec<Problem>,
) {
    for (at, node) in flat.iter().enumerate() {
        let is_begun = node.scope == Some(own)
            && !node.undoes
            && !node.element.stands_aside()
            && definition.nodes[at].incoming.iter().all(|flow| only_leads_back(definition, *flow));
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
            problems.push(Problem::error("notInAdHoc", message).under(&node.path));
        }
    }
}

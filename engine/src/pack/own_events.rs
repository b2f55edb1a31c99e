//! The next node in the file behind an activity's own boundary event: the activity goes on into the way
//! of its own event, which is almost never meant.

use crate::definition::{Definition, FlowKind};
use crate::elements::Element;
use crate::problem::Problem;

/// Reports activities that say nothing of where they go on, and so go where an event beside them leads.
/// What can be there twice only for that is not told as well.
pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    let mut found = Vec::new();
    for (at, node) in definition.nodes().iter().enumerate() {
        if node.element().to().is_some() {
            continue;
        }
        let flows = || node.outgoing.iter().map(|flow| &definition.flows[*flow]);
        let Some(next) = flows().find(|it| matches!(it.kind, FlowKind::Next)).map(|it| it.to)
        else {
            continue;
        };
        let leads_there = |event: &&usize| {
            let is_beside = matches!(
                definition.nodes[**event].element(),
                Element::BoundaryEvent(it) if !it.interrupting && !it.compensation
            );
            let mut to = definition.nodes[**event].outgoing.iter();
            is_beside && to.any(|flow| definition.flows[*flow].to == next)
        };
        let Some(event) = node.boundaries.iter().find(leads_there) else { continue };
        let name = |at: usize| definition.nodes[at].name();
        let message = format!(
            "expected a way of its own for `{}`, but the next node in the file is `{}`, to which the \
             event `{}` beside it leads",
            node.name(),
            name(next),
            name(*event)
        );
        let problem = Problem::warning("goesIntoOwnEvent", message)
            .hint(format!("say where `{}` goes on: `to: …`", node.name()));
        found.push(problem.under(&definition.nodes[at].path(definition)));
    }
    if !found.is_empty() {
        problems.retain(|problem| !matches!(problem.code, "activeTwice" | "tokensPileUp"));
    }
    problems.append(&mut found);
}

//! Loops in which something waits, but need not: a condition that may be true already, a time that may
//! be past, a task that nobody is asked to do, an activity over a list that may be empty.

use std::collections::BTreeSet;

use super::written;
use crate::clock::DurationSpec;
use crate::definition::source::Time;
use crate::definition::{Definition, FlowKind, Known, Library, Listed, Node};
use crate::elements::Element;
use crate::elements::user_task::Pass;
use crate::problem::Problem;

/// Reports the first such loop.
pub(super) fn check(definition: &Definition, library: &Library, problems: &mut Vec<Problem>) {
    let Some(cycle) = find(definition) else { return };
    let reads = |text: &str| {
        let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let conditions = cycle.iter().filter_map(|at| condition(&definition.nodes[*at].element));
    let read: BTreeSet<String> = conditions.flat_map(reads).collect();
    // What the loop itself sets may end it.
    let sets =
        cycle.iter().flat_map(|at| written::written(&definition.nodes[*at].element, library));
    if sets.into_iter().any(|(name, _)| read.contains(name)) {
        return;
    }
    let first = cycle[0];
    let why = match cycle.iter().any(|at| may_run_never(&definition.nodes[*at])) {
        true => "a list in it may be empty",
        false => "what it waits for may be so already",
    };
    let message = format!(
        "expected a node that waits in every loop, but {} → {} need not: {why}",
        definition.named_way(&cycle),
        definition.nodes[first].name
    );
    let problem = Problem::warning("loopMayNotWait", message)
        .hint("let a task or a period come in it, or set in it what it waits for");
    problems.push(problem.under(&definition.nodes[first].path(definition)));
}

/// The condition that a node waits for.
fn condition(element: &Element) -> Option<&str> {
    match element {
        Element::BoundaryEvent(event) => event.condition.as_deref(),
        Element::IntermediateCatchEvent(event) => event.condition.as_deref(),
        _ => None,
    }
}

/// Whether a token surely stays at a node for a while.
fn surely_waits(definition: &Definition, at: usize) -> bool {
    let node = &definition.nodes[at];
    if node.known != Known::All {
        return true;
    }
    let may_be_past = |timer: &Time| match timer {
        Time::Short(text) => !matches!(text.parse(), Ok(DurationSpec::Span(_))),
        // A day, or one that is reckoned from another moment.
        Time::Full(full) => full.on.is_some() || full.of.is_some(),
    };
    match &node.element {
        Element::IntermediateCatchEvent(event) => {
            let is_past = event.timer.as_ref().is_some_and(may_be_past);
            event.condition.is_none() && !is_past && node.element.waits()
        }
        // Where it leads is of its host.
        Element::BoundaryEvent(_) => false,
        element => element.waits(),
    }
}

/// The ways on which a token goes on at once from a task that nobody is asked to do.
fn unasked(definition: &Definition, at: usize) -> Vec<usize> {
    let node = &definition.nodes[at];
    let is_next = |flow: &usize| matches!(definition.flows[*flow].kind, FlowKind::Next);
    let next = || node.outgoing.iter().copied().filter(is_next).collect();
    if node.known != Known::All {
        return Vec::new();
    }
    match node.behavior.unasked() {
        None if may_run_never(node) => next(),
        None => Vec::new(),
        Some(Pass::Plainly) => next(),
        Some(Pass::By(outcome)) => {
            let is_its = |flow: &usize| matches!(&definition.flows[*flow].kind, FlowKind::Outcome(name) if *name == outcome);
            let own = node.outgoing.iter().copied().find(is_its);
            own.map_or_else(next, |own| vec![own])
        }
    }
}

/// Whether an activity may be done without one run.
fn may_run_never(node: &Node) -> bool {
    match node.each.as_deref().map(|each| &each.list) {
        // Where people are listed and there is nobody, that is an incident.
        Some(Listed::Given(list)) => node.element.for_each().is_some() && !list.gives_something(),
        Some(Listed::Again { test_before, .. }) => *test_before,
        Some(Listed::Members { .. } | Listed::One) | None => false,
    }
}

/// Whether a gateway asks what runs of a list left behind: where it leads to when there was none cannot be
/// told.
fn rests_on_runs(definition: &Definition, flow: usize) -> bool {
    let ways = &definition.nodes[definition.flows[flow].from].outgoing;
    let conditions = ways.iter().filter_map(|way| match &definition.flows[*way].kind {
        FlowKind::When(condition) => Some(condition.source()),
        _ => None,
    });
    let words = conditions.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let words: BTreeSet<&str> = words.collect();
    definition.nodes.iter().filter(|node| may_run_never(node)).any(|node| {
        let into = node.each.as_ref().and_then(|each| each.results.as_ref());
        let edits = node.edits().iter().any(|edit| words.contains(edit.document.as_str()));
        let is_read = words.contains(node.name.as_str()) || edits;
        is_read || into.is_some_and(|results| words.contains(results.into.as_str()))
    })
}

/// A loop of nodes none of which surely waits; from an activity that does, only by an event whose
/// condition may be true as soon as it begins.
fn find(definition: &Definition) -> Option<Vec<usize>> {
    let next = |at: usize| -> Vec<usize> {
        let node = &definition.nodes[at];
        let ways = match surely_waits(definition, at) {
            true => unasked(definition, at),
            false => node.outgoing.clone(),
        };
        let ways = ways.into_iter().filter(|flow| !rests_on_runs(definition, *flow));
        let ways = ways.map(|flow| definition.flows[flow].to);
        let events = node.boundaries.iter().copied().filter(|event| {
            matches!(
                &definition.nodes[*event].element,
                Element::BoundaryEvent(it) if it.condition.is_some() && it.interrupting
            )
        });
        ways.chain(events).collect()
    };
    let mut state = vec![0_u8; definition.nodes.len()];
    for from in 0..definition.nodes.len() {
        if state[from] != 0 {
            continue;
        }
        state[from] = 1;
        let mut path = vec![(from, next(from))];
        while let Some((at, ways)) = path.last_mut() {
            let at = *at;
            let Some(to) = ways.pop() else {
                state[at] = 2;
                path.pop();
                continue;
            };
            match state[to] {
                0 => {
                    state[to] = 1;
                    path.push((to, next(to)));
                }
                1 => {
                    let begin = path.iter().position(|(node, _)| *node == to)?;
                    return Some(path[begin..].iter().map(|(node, _)| *node).collect());
                }
                _ => {}
            }
        }
    }
    None
}

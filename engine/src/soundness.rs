//! Whether every case of a definition can go on to its end, whatever is decided: found by exploring
//! the states of its control flow, scope by scope, a sub-process within another one being a node that
//! waits and is done. What one element may look like is checked by its own file, what the graph shows
//! without running it by `definition::compile::graph`.
//!
//! Past a bound (`STATES_MAX`, `TOKENS_MAX`) only the structure is looked at, and a warning says so.

mod apart;
mod beside;
mod bits;
mod explore;
mod hash;
mod net;
mod order;
mod paths;
mod report;
mod returns;
mod state;
mod structure;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::definition::Definition;
use crate::elements::Element;
use crate::problem::Problem;
use explore::{Explored, Mode, explore};
use net::{Inside, Net};
use paths::Path;
use report::Report;

/// What is wrong with a definition that compiles. What only concerns persons and data is not looked
/// at: a condition may be true or false, a task may be decided in any way.
pub(crate) fn check(definition: &Definition) -> Vec<Problem> {
    let mut scopes: Vec<Scope<'_>> = Vec::new();
    let mut inside: Vec<Option<Inside>> = vec![None; definition.nodes.len()];
    // Inner scopes come after those around them in the file.
    let inner = (0..definition.nodes.len())
        .rev()
        .filter(|at| definition.nodes[*at].begins_inside().next().is_some());
    for at in inner {
        let scope = Scope::explore(definition, Some(at), &inside);
        let has_findings = !scope.explored.is_whole
            || !scope.explored.stuck.is_empty()
            || scope.explored.endless.is_some();
        inside[at] = Some(Inside {
            // What follows from a problem inside is not reported again.
            completes: scope.explored.completes
                || has_findings
                || scope.net.unknown().next().is_some()
                || lacks_cancel(definition, at)
                || interrupts(definition, &definition.nodes[at].listeners),
            pauses: scope.net.is_chosen
                || scope.net.nodes.iter().any(|node| scope.net.shape(*node).pauses),
            passes: !scope.net.is_chosen && explore(&scope.net, Mode::WithoutWaiting).completes,
        });
        scopes.push(scope);
    }
    scopes.push(Scope::explore(definition, None, &inside));
    scopes.reverse();
    let mut report = Report::new(definition, ways_in(&scopes));
    for scope in &scopes {
        report.scope(&scope.net, &scope.explored);
    }
    report.loops(&inside);
    report.problems
}

/// Whether a transaction may be cancelled but has no event for that, which is told with the graph.
fn lacks_cancel(definition: &Definition, at: usize) -> bool {
    let cancels = |node: &crate::definition::Node| match &node.element {
        Element::EndEvent(end) => end.cancel && node.scope == Some(at),
        _ => false,
    };
    matches!(definition.nodes[at].element, Element::Transaction(_))
        && !definition.has_cancel(at)
        && definition.nodes.iter().any(cancels)
}

/// Whether one of some event sub-processes ends everything else in its scope.
fn interrupts(definition: &Definition, listeners: &[usize]) -> bool {
    listeners.iter().any(|at| match &definition.nodes[*at].element {
        Element::EventSubProcess(it) => it.interrupts(),
        _ => false,
    })
}

/// A scope and what was found in it.
struct Scope<'a> {
    net: Net<'a>,
    explored: Explored,
}

impl<'a> Scope<'a> {
    fn explore(
        definition: &'a Definition,
        scope: Option<usize>,
        inside: &[Option<Inside>],
    ) -> Self {
        let net = Net::new(definition, scope, inside);
        let explored = explore(&net, Mode::Whole);
        Self { net, explored }
    }
}

/// How each sub-process is come to.
fn ways_in(scopes: &[Scope<'_>]) -> BTreeMap<usize, Path> {
    let found = scopes.iter().flat_map(|scope| &scope.explored.scopes);
    found.map(|(node, path)| (*node, path.clone())).collect()
}

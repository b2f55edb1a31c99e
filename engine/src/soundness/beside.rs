//! What happens beside an activity is a matter of its own each time: a node to which several events lead
//! that interrupt nothing may be active several times.

use std::collections::BTreeSet;

use super::net::Net;
use super::paths::Path;
use crate::elements::Element;

/// Whether a node is there twice only because two events beside activities lead there, and nothing else
/// does.
pub(super) fn only_by_events(net: &Net<'_>, node: usize, path: &Path) -> bool {
    let events: BTreeSet<usize> =
        path.nodes.iter().copied().filter(|at| is_beside(net, *at)).collect();
    events.len() > 1 && !is_reached_without(net, node)
}

fn is_beside(net: &Net<'_>, at: usize) -> bool {
    matches!(
        net.definition.nodes[at].element(),
        Element::BoundaryEvent(event) if !event.interrupting && !event.compensation
    )
}

/// Whether a token comes to a node without an event beside an activity.
fn is_reached_without(net: &Net<'_>, node: usize) -> bool {
    let definition = net.definition;
    let mut todo: Vec<usize> = net.other_starts.iter().copied().chain([net.start]).collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = todo.pop() {
        if at == node {
            return true;
        }
        if !seen.insert(at) {
            continue;
        }
        let own = &definition.nodes[at];
        todo.extend(own.outgoing.iter().map(|flow| definition.flows[*flow].to));
        todo.extend(own.boundaries.iter().copied().filter(|event| !is_beside(net, *event)));
    }
    false
}

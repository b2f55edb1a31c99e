//! Where a token goes that an admin puts behind a node by hand, as if that had been done.

use std::collections::BTreeSet;

use super::Fault;
use crate::definition::FlowKind;
use crate::step::Step;

impl Step<'_> {
    /// The flows that a token takes behind a node, where nothing must be decided for it; none behind the
    /// last activity of a sub-process.
    pub(super) fn ways_on(&self, node: usize) -> Result<Vec<usize>, Fault> {
        let definition = self.definition;
        let flows = definition.nodes[node].outgoing.clone();
        let is_open = |flow: &usize| matches!(definition.flows[*flow].kind, FlowKind::Next);
        let own = &definition.nodes[node];
        let behind = || {
            let next = flows.iter().map(|flow| definition.flows[*flow].to);
            let next: BTreeSet<&str> =
                next.map(|node| definition.nodes[node].name.as_str()).collect();
            next.into_iter().collect::<Vec<_>>().join(", ")
        };
        if own.element.waits_for_one_event() {
            let message = format!(
                "expected a node with one way on, found that one event behind `{}` decides where to; \
                 start after one of: {}",
                own.name,
                behind()
            );
            return Err(Fault::new("node", message));
        }
        let is_last = flows.is_empty() && own.scope.is_some() && own.element.is_activity();
        if is_last || !flows.is_empty() && flows.iter().all(is_open) {
            return Ok(flows);
        }
        if flows.is_empty() {
            let name = &own.name;
            let message = format!(
                "expected a node that something follows, but a token ends at `{name}`; cancel it, or the case"
            );
            return Err(Fault::new("node", message));
        }
        let message = format!(
            "expected a node with one way on, found that `{}` decides where to; start before one of: {}",
            own.name,
            behind()
        );
        Err(Fault::new("node", message))
    }
}

//! Gateways that wait for what can still come: by reachability over the graph, never by counters.

use std::collections::BTreeSet;

use super::tokens::number;
use super::{Halt, Step, Token};
use crate::elements::Join;
use crate::ids::{Key, NodeName};

impl Step<'_> {
    pub(super) fn arrived_flows(&self, node: &NodeName, scope: Key) -> BTreeSet<usize> {
        self.instance
            .arrivals()
            .iter()
            .filter(|arrival| arrival.node == *node && arrival.scope == scope)
            .map(|arrival| arrival.flow as usize)
            .collect()
    }

    /// Activates every inclusive gateway that no token on its way can reach any more.
    pub(super) fn fire_inclusive_joins(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let waiting: BTreeSet<(Key, usize)> = self
            .instance
            .arrivals()
            .iter()
            .map(|arrival| (arrival.scope, definition.index(&arrival.node)))
            .filter(|(_, node)| definition.nodes[*node].behavior.join() == Join::Reachable)
            .collect();
        for (scope, gateway) in waiting {
            let arrived = self.arrived_flows(&definition.nodes[gateway].name, scope);
            if self.can_still_come(scope, gateway, &arrived) {
                continue;
            }
            let joined = arrived.iter().map(|flow| number(*flow)).collect();
            let token = Token::new(gateway, scope);
            self.activate(&token, joined)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether a token of the scope can come to the gateway by a flow on which none has arrived,
    /// and not by one on which one has (BPMN 2.0, 13.4.3).
    fn can_still_come(&self, scope: Key, gateway: usize, arrived: &BTreeSet<usize>) -> bool {
        let definition = self.definition;
        let incoming = &definition.nodes[gateway].incoming;
        let sources = |is_arrived: bool| {
            let flows = incoming.iter().filter(move |flow| arrived.contains(flow) == is_arrived);
            flows.map(|flow| definition.flows[*flow].from).collect::<Vec<_>>()
        };
        let to_empty = self.reaching(sources(false), gateway);
        let to_arrived = self.reaching(sources(true), gateway);
        let blocks = |node: usize| to_empty.contains(&node) && !to_arrived.contains(&node);
        let active = self.instance.activations().values().filter(|one| one.scope == scope);
        let waiting = self.instance.arrivals().iter().filter(|one| one.scope == scope);
        active
            .flat_map(|one| std::iter::once(&one.node).chain(&one.come_back))
            .map(|name| definition.index(name))
            .chain(waiting.map(|one| definition.index(&one.node)).filter(|node| *node != gateway))
            .any(blocks)
    }

    /// Nodes from which one of the targets can be reached without passing the gateway.
    fn reaching(&self, targets: Vec<usize>, gateway: usize) -> BTreeSet<usize> {
        let definition = self.definition;
        let mut seen = BTreeSet::new();
        let mut todo = targets;
        while let Some(at) = todo.pop() {
            if at == gateway || !seen.insert(at) {
                continue;
            }
            let node = &definition.nodes[at];
            todo.extend(node.incoming.iter().map(|flow| definition.flows[*flow].from));
            if let crate::elements::Element::BoundaryEvent(event) = &node.element {
                todo.push(definition.index(&event.attached_to));
            }
        }
        seen
    }
}

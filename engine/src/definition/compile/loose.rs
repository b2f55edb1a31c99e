//! Ways that were written but could not be drawn, so that what is missing only because of them is not
//! told as well.

use super::Flat;
use crate::definition::{Definition, Doubts, Known};
use crate::elements::Element;
use crate::elements::event_based_gateway::EventGatewayType;
use crate::ids::NodeName;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Loose {
    /// From a node to one that it names, or seems to mean.
    pub(super) ways: Vec<(usize, usize)>,
    /// Nodes that a token may come to in some way that is not known.
    pub(super) begun: Vec<usize>,
    /// Ways that lead to nobody knows where.
    pub(super) open: Vec<Open>,
}

/// A way that leads to nobody knows where.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) from: usize,
    /// What it names, where that is no node.
    pub(super) to: Option<NodeName>,
    /// Where it is told what is wrong with it.
    pub(super) path: Vec<String>,
}

impl Loose {
    /// What is loose before any flow is drawn.
    pub(super) fn of(definition: &mut Definition, flat: &[Flat<'_>], doubts: &Doubts) -> Self {
        let mut loose = Self::default();
        for (own, node) in flat.iter().enumerate() {
            let same = definition.by_name[node.name];
            if same != own {
                for one in [own, same] {
                    loose.begun.push(one);
                    doubt(definition, one, Known::Nothing);
                }
            }
            if let Some(names) = doubts.nodes.get(&node.path) {
                loose.begun.push(own);
                doubt(definition, own, Known::Nothing);
                let others = names.iter().filter_map(|name| definition.by_name.get(name));
                loose.ways.extend(others.map(|other| (own, *other)));
                // It may stand aside, and what undoes it behind it.
                let after = flat.iter().enumerate().skip(own + 1);
                let after = after.filter(|(_, other)| other.scope == node.scope).take(2);
                loose.ways.extend(after.map(|(other, _)| (own, other)));
            }
            if let (Element::StartEvent(_), Some(scope)) = (node.element, node.scope) {
                let begins = match flat[scope].element {
                    Element::AdHocSubProcess(_) => false,
                    Element::EventSubProcess(inner) => inner.starts() == 1,
                    _ => true,
                };
                if !begins {
                    loose.begun.push(own);
                }
            }
        }
        loose
    }

    /// A way of a node leads to some other one.
    pub(super) fn lose(&mut self, definition: &mut Definition, own: usize, to: usize) {
        self.ways.push((own, to));
        Self::doubt_ways(definition, own);
    }

    /// A way leads to nobody knows where.
    pub(super) fn lose_open(&mut self, definition: &mut Definition, open: Open) {
        Self::doubt_ways(definition, open.from);
        self.open.push(open);
    }

    fn doubt_ways(definition: &mut Definition, own: usize) {
        let takes_several = match &definition.nodes[own].element {
            Element::ParallelGateway(_)
            | Element::InclusiveGateway(_)
            | Element::ComplexGateway(_) => true,
            Element::EventBasedGateway(gateway) => {
                gateway.event_gateway_type == EventGatewayType::Parallel
            }
            _ => false,
        };
        let known = if takes_several { Known::Nothing } else { Known::Some };
        doubt(definition, own, known);
    }
}

/// No more than this is known of a node.
pub(super) fn doubt(definition: &mut Definition, own: usize, known: Known) {
    let node = &mut definition.nodes[own];
    node.known = node.known.max(known);
}

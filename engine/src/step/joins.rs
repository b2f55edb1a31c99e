//! Gateways that wait for what can still come: by reachability over the graph, never by counters.

use std::collections::BTreeSet;

use super::tokens::number;
use super::{Halt, Step, Token};
use crate::elements::Join;
use crate::event::Event;
use crate::ids::{Key, NodeName};

/// What the condition of a complex gateway is asked about: flows that brought a token.
pub(crate) const ACTIVATION_COUNT: &str = "activationCount";
/// Whether a complex gateway goes on, and is not set back.
pub(crate) const WAITING_FOR_START: &str = "waitingForStart";

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

    /// Lets one complex gateway go on whose condition is true, or sets one back for which nothing
    /// can come any more; whether there was one.
    pub(super) fn fire_complex_joins(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let is_counted = |node: usize| definition.nodes[node].behavior.join() == Join::Counted;
        let waiting = self.instance.arrivals().iter().map(|one| (one.scope, &one.node));
        let resets = self.instance.resets().iter().map(|one| (one.scope, &one.node));
        let gateways: BTreeSet<(Key, usize)> = waiting
            .chain(resets)
            .map(|(scope, node)| (scope, definition.index(node)))
            .filter(|(_, node)| is_counted(*node))
            .collect();
        for (scope, gateway) in gateways {
            let name = &definition.nodes[gateway].name;
            let arrived = self.arrived_flows(name, scope);
            let (joined, failed) = match self.instance.reset(name, scope) {
                Some(reset) => {
                    let before: BTreeSet<usize> =
                        reset.flows.iter().map(|flow| *flow as usize).collect();
                    let all = &arrived | &before;
                    let incoming = &definition.nodes[gateway].incoming;
                    let is_whole = incoming.iter().all(|flow| all.contains(flow));
                    if !is_whole && self.can_still_come(scope, gateway, &all) {
                        continue;
                    }
                    (&arrived - &before, None)
                }
                None => match self.is_activated(scope, gateway, arrived.len()) {
                    Ok(false) => continue,
                    Ok(true) => (arrived, None),
                    Err(Halt::Incident { code, message }) => (arrived, Some((code, message))),
                    Err(halt) => return Err(halt),
                },
            };
            let joined = joined.into_iter().map(number).collect();
            let token = Token::new(gateway, scope);
            match failed {
                None => self.activate(&token, joined)?,
                Some((code, message)) => self.activate_failed(&token, joined, code, message),
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn is_activated(&self, scope: Key, gateway: usize, count: usize) -> Result<bool, Halt> {
        let behavior = &self.definition.nodes[gateway].behavior;
        let Some(condition) = behavior.activation() else { return Ok(true) };
        let answer = self.evaluate_about(condition, scope, ACTIVATION_COUNT, &count.into())?;
        Ok(answer == serde_json::Value::Bool(true))
    }

    /// A complex gateway that goes on waits for the flows on which nothing came.
    pub(crate) fn await_reset(&mut self, key: Key) {
        let node = self.node_of(key);
        let activation = self.activation(key);
        let flows: Vec<u32> = activation.used.iter().map(|token| token.flow).collect();
        if node.incoming.len() > 1 && flows.len() < node.incoming.len() {
            let (scope, from) = (activation.scope, activation.from.clone());
            self.emit(Event::ResetAwaited { node: node.name.clone(), scope, flows, from });
        }
    }

    /// Whether a token of the scope can come to the gateway by a flow on which none has arrived,
    /// and not by one on which one has (BPMN 2.0, 13.4.3).
    ///
    /// A return is no way to come: it would undo what waits there with everything else that descends
    /// from the node it goes to, which is then done again.
    fn can_still_come(&self, scope: Key, gateway: usize, arrived: &BTreeSet<usize>) -> bool {
        let definition = self.definition;
        let empty =
            definition.nodes[gateway].incoming.iter().filter(|flow| !arrived.contains(flow));
        let sources = empty.map(|flow| definition.flows[*flow].from).collect();
        let to_empty = self.reaching(sources, gateway);
        let active = self.instance.activations().values().filter(|one| one.scope == scope);
        let waiting = self.instance.arrivals().iter().filter(|one| one.scope == scope);
        active
            .flat_map(|one| {
                let own = [Some(&one.node), one.come_back.as_ref()].map(|at| (at, &one.from));
                own.into_iter().chain(one.also.iter().map(|it| (Some(&it.back), &it.from)))
            })
            .chain(waiting.map(|one| (Some(&one.node), &one.from)))
            .filter_map(|(at, from)| Some((definition.index(at?), from)))
            .filter(|(at, _)| *at != gateway && to_empty.contains(at))
            .any(|(at, from)| {
                let flows = self.ways_to(gateway, at, &self.done_before(scope, from));
                !flows.is_empty() && flows.is_disjoint(arrived)
            })
    }

    /// Nodes of a scope that were done before what descends from these: an outcome or a deadline that
    /// leads to one of them is a return.
    fn done_before(&self, scope: Key, from: &[Key]) -> BTreeSet<usize> {
        let trail = self.instance.trail();
        let traces = self.instance.ancestors(from).into_iter().filter_map(|key| trail.get(&key));
        traces
            .filter(|trace| trace.scope == scope && !trace.closed)
            .map(|trace| self.definition.index(&trace.node))
            .collect()
    }

    /// The flows by which a token can come from a node to a gateway, without passing it and without a
    /// return to what was done.
    fn ways_to(&self, gateway: usize, from: usize, done: &BTreeSet<usize>) -> BTreeSet<usize> {
        let definition = self.definition;
        let (mut ways, mut seen, mut todo) = (BTreeSet::new(), BTreeSet::new(), vec![from]);
        while let Some(at) = todo.pop() {
            if !seen.insert(at) {
                continue;
            }
            let node = &definition.nodes[at];
            for number in &node.outgoing {
                let flow = &definition.flows[*number];
                let is_return = flow.kind.may_return() && done.contains(&flow.to);
                if is_return {
                    continue;
                }
                if flow.to == gateway {
                    ways.insert(*number);
                } else {
                    todo.push(flow.to);
                }
            }
            todo.extend(&node.boundaries);
        }
        ways
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

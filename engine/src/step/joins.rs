//! Gateways that wait for what can still come: by reachability over the graph, never by counters.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::number;
use super::{Halt, Step, Token};
use crate::elements::Join;
use crate::event::{Cause, Event};
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, Arrival, Place};

/// What the condition of a complex gateway is asked about: flows that brought a token.
pub(crate) const ACTIVATION_COUNT: &str = "activationCount";
/// Whether a complex gateway goes on, and is not set back.
pub(crate) const WAITING_FOR_START: &str = "waitingForStart";

/// The incident of a join that waits for what cannot come any more.
const NEVER_COMPLETE: &str = "JOIN_NEVER_COMPLETE";

impl Step<'_> {
    pub(super) fn arrived_flows(&self, node: &NodeName, place: Place) -> BTreeSet<usize> {
        self.instance
            .arrivals()
            .iter()
            .filter(|arrival| arrival.node == *node && arrival.place() == place)
            .map(|arrival| arrival.flow as usize)
            .collect()
    }

    /// Activates every inclusive gateway that no token on its way can reach any more.
    pub(super) fn fire_inclusive_joins(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let waiting: BTreeSet<(Place, usize)> = self
            .instance
            .arrivals()
            .iter()
            .map(|arrival| (arrival.place(), definition.index(&arrival.node)))
            .filter(|(_, node)| definition.nodes[*node].behavior.join() == Join::Reachable)
            .collect();
        for (place, gateway) in waiting {
            let arrived = self.arrived_flows(&definition.nodes[gateway].name, place);
            if self.can_still_come(place, gateway, &arrived) {
                continue;
            }
            let joined = arrived.iter().map(|flow| number(*flow)).collect();
            self.activate(&Token::joined(gateway, place), joined)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Lets one complex gateway go on whose condition is true, or sets one back for which nothing
    /// can come any more; whether there was one.
    pub(super) fn fire_complex_joins(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let is_counted = |node: usize| definition.nodes[node].behavior.join() == Join::Counted;
        let waiting = self.instance.arrivals().iter().map(|one| (one.place(), &one.node));
        let resets = self.instance.resets().iter().map(|one| (one.place(), &one.node));
        let gateways: BTreeSet<(Place, usize)> = waiting
            .chain(resets)
            .map(|(place, node)| (place, definition.index(node)))
            .filter(|(_, node)| is_counted(*node))
            .collect();
        for (place, gateway) in gateways {
            let name = &definition.nodes[gateway].name;
            let arrived = self.arrived_flows(name, place);
            let (joined, failed) = match self.instance.reset(name, place) {
                Some(reset) => {
                    let before: BTreeSet<usize> =
                        reset.flows.iter().map(|flow| *flow as usize).collect();
                    let all = &arrived | &before;
                    let incoming = &definition.nodes[gateway].incoming;
                    let is_whole = incoming.iter().all(|flow| all.contains(flow));
                    if !is_whole && self.can_still_come(place, gateway, &all) {
                        continue;
                    }
                    (&arrived - &before, None)
                }
                None => match self.is_activated(place.scope, gateway, arrived.len()) {
                    Ok(false) => continue,
                    Ok(true) => (arrived, None),
                    Err(Halt::Incident { code, message }) => (arrived, Some((code, message))),
                    Err(halt) => return Err(halt),
                },
            };
            let joined = joined.into_iter().map(number).collect();
            let token = Token::joined(gateway, place);
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
            let Place { scope, way } = activation.place();
            let (node, from) = (node.name.clone(), activation.from.clone());
            self.emit(Event::ResetAwaited { node, scope, flows, from, way });
        }
    }

    /// A join that can never be complete: its gateway becomes active with an incident; a retry
    /// lets the token through.
    pub(super) fn stuck(&mut self, arrival: &crate::instance::Arrival) {
        let node = self.definition.index(&arrival.node);
        let arrived = self.arrived_flows(&arrival.node, arrival.place());
        let joined: Vec<u32> = arrived.iter().map(|flow| number(*flow)).collect();
        let token = Token::joined(node, arrival.place());
        let key = self.activated(&token, self.next_round(&arrival.node), None, joined);
        self.fail(key, NEVER_COMPLETE, format!(
            "expected a token on every way into `{}`, but nothing is left that could come; retry to go on without",
            arrival.node
        ));
    }

    /// A token came after all that a join at its incident waited for: those that it has wait again.
    pub(super) fn unstick(&mut self, node: usize, place: Place, flow: usize) {
        let name = &self.definition.nodes[node].name;
        let flow = number(flow);
        let lacks = |one: &Activation| one.used.iter().all(|used| used.flow != flow);
        let stuck = self.stuck_at(name, place).find(|(_, one)| lacks(one));
        let Some((key, stuck)) = stuck.map(|(key, one)| (key, one.clone())) else { return };
        self.emit(Event::IncidentResolved { key });
        self.terminate(key, &Cause::Joined);
        for Arrival { node, scope, flow, from, way } in stuck.used {
            self.emit(Event::TokenArrived { node, scope, flow, from, way });
        }
    }

    /// Joins that stopped because nothing is left that could come.
    pub(super) fn stuck_at<'s>(
        &'s self,
        name: &'s NodeName,
        place: Place,
    ) -> impl Iterator<Item = (Key, &'s Activation)> {
        let is_it = move |one: &Activation| one.node == *name && one.place() == place;
        let is_stuck =
            |one: &Activation| one.incident.as_ref().is_some_and(|it| it.code == NEVER_COMPLETE);
        let active = self.instance.activations().iter();
        active.filter(move |(_, one)| is_it(one) && is_stuck(one)).map(|(key, one)| (*key, one))
    }

    /// Whether a token of the scope can come to the gateway by a flow on which none has arrived,
    /// and not by one on which one has (BPMN 2.0, 13.4.3).
    ///
    /// A return is no way to come: it would undo what waits there with everything else that descends
    /// from the node it goes to, which is then done again.
    fn can_still_come(&self, place: Place, gateway: usize, arrived: &BTreeSet<usize>) -> bool {
        let mut all = self.coming(place, gateway, arrived);
        all.any(|flows| !flows.is_empty() && flows.is_disjoint(arrived))
    }

    /// For each token on its way: the flows by which it can come to the gateway, where one of those is among
    /// them on which none has arrived.
    pub(super) fn coming<'s>(
        &'s self,
        place: Place,
        gateway: usize,
        arrived: &BTreeSet<usize>,
    ) -> impl Iterator<Item = BTreeSet<usize>> + use<'s> {
        let (definition, scope) = (self.definition, place.scope);
        let empty =
            definition.nodes[gateway].incoming.iter().filter(|flow| !arrived.contains(flow));
        let sources = empty.map(|flow| definition.flows[*flow].from).collect();
        let to_empty = self.reaching(sources, gateway);
        let active = self.instance.activations().iter();
        let active = active.filter(move |(_, one)| one.scope == scope);
        let waiting = self.instance.arrivals().iter().filter(move |one| one.scope == scope);
        active
            .flat_map(|(key, one)| {
                let own = [Some(&one.node), one.come_back.as_ref()];
                let own = own.map(|at| (Some(*key), at, &one.from));
                let also = one.also.iter().map(|it| (Some(*key), Some(&it.back), &it.from));
                own.into_iter().chain(also)
            })
            .chain(waiting.map(|one| (None, Some(&one.node), &one.from)))
            .filter(move |(key, _, from)| self.is_on(place.way, *key, from))
            .filter_map(|(_, at, from)| Some((definition.index(at?), from)))
            .filter(move |(at, _)| *at != gateway && to_empty.contains(at))
            .map(move |(at, from)| {
                self.ways_to(gateway, at, &|to| self.done_before(to, scope, from))
            })
    }

    /// Whether what descends from these, or is active itself, is on a way of its own, where there is one.
    fn is_on(&self, way: Option<Key>, key: Option<Key>, from: &[Key]) -> bool {
        way.is_none_or(|way| key == Some(way) || self.instance.behind(from).contains(&way))
    }

    /// The flows by which a token can come from a node to a gateway, without passing it and without a
    /// return to what was done.
    pub(super) fn ways_to(
        &self,
        gateway: usize,
        from: usize,
        was_done: &dyn Fn(usize) -> Option<Key>,
    ) -> BTreeSet<usize> {
        let definition = self.definition;
        let (mut ways, mut todo) = (BTreeSet::new(), vec![(from, BTreeSet::new())]);
        // By node, what was done there on some way since.
        let mut seen: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        while let Some((at, done)) = todo.pop() {
            let is_new = !seen.contains_key(&at);
            let known = seen.entry(at).or_default();
            let before = known.len();
            known.extend(done);
            if !is_new && known.len() == before {
                continue;
            }
            let done = known.clone();
            let node = &definition.nodes[at];
            let mut behind = done.clone();
            if definition.matters_to_ways_back(at) {
                behind.insert(at);
            }
            for number in &node.outgoing {
                let to = definition.flows[*number].to;
                let lies_ahead = done.iter().any(|one| definition.lies_ahead_after(to, *one));
                if definition.may_lead_back(*number) && !lies_ahead && was_done(to).is_some() {
                    continue;
                }
                if to == gateway {
                    ways.insert(*number);
                } else {
                    todo.push((to, behind.clone()));
                }
            }
            todo.extend(node.boundaries.iter().map(|to| (*to, behind.clone())));
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

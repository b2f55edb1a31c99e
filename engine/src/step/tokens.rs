//! Tokens on their way: entering nodes, joining, running items, ending scopes. The formal core;
//! what a node does when it is reached is in its element.

use std::collections::BTreeSet;

use super::{Halt, Step, TRANSITIONS_MAX, Token};
use crate::definition::source::Mode;
use crate::elements::Join;
use crate::event::{Cause, Event, Incident, Item};
use crate::ids::{Key, NodeName};
use crate::instance::{Added, Status, Waiting};

impl Step<'_> {
    /// Follows every token until all of them wait.
    pub(super) fn run(&mut self) -> Result<(), Halt> {
        loop {
            while let Some(token) = self.tokens.pop_front() {
                self.enter(&token)?;
            }
            if self.instance.status() != Status::Active {
                return Ok(());
            }
            if !self.fire_inclusive_joins()? && !self.end_empty_scopes()? {
                return Ok(());
            }
        }
    }

    /// Sends a token along.
    pub(super) fn send(&mut self, node: usize, scope: Key, flow: Option<usize>, from: Vec<Key>) {
        self.send_token(Token { flow, from, ..Token::new(node, scope) });
    }

    /// Sends a token of any kind along.
    pub(super) fn send_token(&mut self, token: Token) {
        self.tokens.push_back(token);
    }

    fn enter(&mut self, token: &Token) -> Result<(), Halt> {
        let definition = self.definition;
        let node = &definition.nodes[token.node];
        let join = if node.incoming.len() > 1 { node.behavior.join() } else { Join::Each };
        let (Some(flow), Join::All | Join::Reachable) = (token.flow, join) else {
            return self.activate(token, Vec::new());
        };
        self.emit(Event::TokenArrived {
            node: node.name.clone(),
            scope: token.scope,
            flow: number(flow),
            from: token.from.clone(),
        });
        if join == Join::All {
            let arrived = self.arrived_flows(&node.name, token.scope);
            if node.incoming.iter().all(|flow| arrived.contains(flow)) {
                let joined = node.incoming.iter().map(|flow| number(*flow)).collect();
                return self.activate(token, joined);
            }
        }
        Ok(())
    }

    fn arrived_flows(&self, node: &NodeName, scope: Key) -> BTreeSet<usize> {
        self.instance
            .arrivals()
            .iter()
            .filter(|arrival| arrival.node == *node && arrival.scope == scope)
            .map(|arrival| arrival.flow as usize)
            .collect()
    }

    /// Makes a node active: once, or once an item.
    fn activate(&mut self, token: &Token, joined: Vec<u32>) -> Result<(), Halt> {
        let definition = self.definition;
        let node = &definition.nodes[token.node];
        let round = self.instance.passed(node.name.as_str()).map_or(0, |passed| passed.round) + 1;
        let key = self.activated(token, round, None, joined);
        self.transitions += 1;
        if self.transitions > TRANSITIONS_MAX {
            self.raise(key, "TOO_MANY_TRANSITIONS", format!(
                "expected a step to end within {TRANSITIONS_MAX} nodes; the definition loops without waiting"
            ));
            return Ok(());
        }
        self.begin(key)
    }

    fn activated(
        &mut self,
        token: &Token,
        round: u32,
        item: Option<Item>,
        joined: Vec<u32>,
    ) -> Key {
        let key = Key(self.instance.last_key().0 + 1);
        let node = &self.definition.nodes[token.node];
        let mut from = token.from.clone();
        for flow in &joined {
            let waits =
                self.instance.arrivals().iter().find(|one| {
                    one.node == node.name && one.scope == token.scope && one.flow == *flow
                });
            from.extend(waits.iter().flat_map(|arrival| &arrival.from));
        }
        from.sort_unstable();
        from.dedup();
        // A correction that comes straight back leaves no trace: whoever returned the case stays
        // where they were.
        let is_activity = node.element.is_activity() && item.is_none();
        let traced = token.come_back.is_none() && (is_activity || joined.len() > 1);
        self.emit(Event::NodeActivated {
            key,
            node: node.name.clone(),
            scope: token.scope,
            round,
            at: self.now(),
            item,
            joined,
            come_back: token.come_back.clone(),
            from,
            traced,
            person: token.person.clone(),
            corrects: token.corrects,
        });
        key
    }

    /// Lets an activation do its work; what fails becomes its incident. Also how it is retried.
    pub(super) fn begin(&mut self, key: Key) -> Result<(), Halt> {
        let definition = self.definition;
        let Some(activation) = self.instance.activation(key) else { return Ok(()) };
        let node = &definition.nodes[definition.index(&activation.node)];
        let is_run = activation.item.is_some();
        let begun = match &node.each {
            Some(_) if !is_run => self.begin_items(key),
            Some(_) | None => node.behavior.activate(self, key),
        };
        if self.settle(key, begun)? && !is_run && self.instance.activation(key).is_some() {
            for boundary in &node.boundaries {
                let armed = definition.nodes[*boundary].behavior.arm(self, key);
                if !self.settle(key, armed)? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether work went well; an incident is raised on the activation.
    pub(super) fn settle(&mut self, key: Key, done: Result<(), Halt>) -> Result<bool, Halt> {
        match done {
            Ok(()) => Ok(true),
            Err(Halt::Incident { code, message }) => {
                self.raise(key, code, message);
                Ok(false)
            }
            Err(halt) => Err(halt),
        }
    }

    fn raise(&mut self, key: Key, code: &str, message: String) {
        let incident = Incident { code: code.to_owned(), message };
        self.emit(Event::IncidentRaised { key, incident });
    }

    fn begin_items(&mut self, body: Key) -> Result<(), Halt> {
        let node = self.node_of(body);
        let each = node.each.as_ref().expect("only such nodes begin items");
        let mut items = self.listed(body)?;
        if items.is_empty() && each.sign.is_some() {
            items = self.nobody_signs(body)?;
        }
        if items.len() > crate::step::verbs::ITEMS_MAX {
            let message = format!(
                "expected at most {} items, found {}",
                crate::step::verbs::ITEMS_MAX,
                items.len()
            );
            return Err(Halt::incident("TOO_MANY_ITEMS", message));
        }
        self.open_lists(body);
        let count = items.len();
        let mode = each.mode;
        self.emit(Event::ItemsListed { key: body, items });
        if count == 0 {
            return self.complete(body, super::Leave::Next);
        }
        let begin = if mode == Mode::Parallel { count } else { 1 };
        for _ in 0..begin {
            if self.instance.activation(body).is_none() {
                break;
            }
            self.begin_item(body)?;
        }
        Ok(())
    }

    pub(super) fn begin_item(&mut self, body: Key) -> Result<(), Halt> {
        let Waiting::Items { items, begun, .. } = &self.activation(body).waiting else {
            return Ok(());
        };
        let index = *begun;
        let Some(value) = items.get(index as usize).cloned() else { return Ok(()) };
        self.begin_run(body, Item { index, value, added: false })
    }

    /// Begins one run of a multi-instance activity.
    pub(super) fn begin_run(&mut self, body: Key, item: Item) -> Result<(), Halt> {
        let activation = self.activation(body);
        let (round, person) = (activation.round, activation.person.clone());
        let person = person.filter(|_| !item.added);
        let token = Token { person, ..Token::new(self.definition.index(&activation.node), body) };
        let key = self.activated(&token, round, Some(item), Vec::new());
        self.begin(key)
    }

    /// One run of an item is done: the next begins, or the body is done. What fails is the body's
    /// incident.
    pub(super) fn item_done(&mut self, body: Key) -> Result<(), Halt> {
        let done = self.try_item_done(body);
        self.settle(body, done).map(|_| ())
    }

    fn try_item_done(&mut self, body: Key) -> Result<(), Halt> {
        let definition = self.definition;
        let Some(activation) = self.instance.activation(body) else { return Ok(()) };
        let Waiting::Items { items, done, added, .. } = &activation.waiting else {
            return Ok(());
        };
        let complete = *done as usize == items.len() && !added.iter().any(Added::is_open);
        let node = definition.index(&activation.node);
        let each = definition.nodes[node].each.as_ref().expect("a body runs over a list");
        let enough = match &each.until {
            Some(until) => self.evaluate_bool(until, body)?,
            None => false,
        };
        if self.decide_round(body, complete)? {
            return Ok(());
        }
        if enough || complete {
            self.terminate_inside(body, &Cause::SiblingsDone);
            return self.complete(body, super::Leave::Next);
        }
        self.next_runs(body, each.mode)
    }

    /// Activates every inclusive gateway that no token on its way can reach any more.
    fn fire_inclusive_joins(&mut self) -> Result<bool, Halt> {
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

    /// Ends one scope in which nothing is active any more, or makes a token that waits for ever
    /// an incident. Whether there was any.
    fn end_empty_scopes(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let scopes: Vec<Key> = std::iter::once(Key(0))
            .chain(self.instance.activations().iter().filter_map(|(key, activation)| {
                let node = &definition.nodes[definition.index(&activation.node)];
                let is_scope = node.behavior.is_scope()
                    && (node.each.is_none() || activation.item.is_some())
                    && activation.incident.is_none();
                is_scope.then_some(*key)
            }))
            .collect();
        for scope in scopes.into_iter().rev() {
            if self.instance.activations().values().any(|one| one.scope == scope) {
                continue;
            }
            let stuck = self.instance.arrivals().iter().find(|one| one.scope == scope).cloned();
            match stuck {
                Some(arrival) => self.stuck(&arrival),
                None if scope == Key(0) => self.end_case(),
                None => self.complete(scope, super::Leave::Next)?,
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// A join that can never be complete: its gateway becomes active with an incident; a retry
    /// lets the token through.
    fn stuck(&mut self, arrival: &crate::instance::Arrival) {
        let node = self.definition.index(&arrival.node);
        let arrived = self.arrived_flows(&arrival.node, arrival.scope);
        let joined: Vec<u32> = arrived.iter().map(|flow| number(*flow)).collect();
        let round =
            self.instance.passed(arrival.node.as_str()).map_or(0, |passed| passed.round) + 1;
        let token = Token::new(node, arrival.scope);
        let key = self.activated(&token, round, None, joined);
        self.raise(key, "JOIN_NEVER_COMPLETE", format!(
            "expected a token on every way into `{}`, but nothing is left that could come; retry to go on without",
            arrival.node
        ));
    }

    /// Ends a scope at once, with everything that is active in it or waits at its joins.
    pub(crate) fn end_scope(&mut self, scope: Key, cause: &Cause) -> Result<(), Halt> {
        self.terminate_inside(scope, cause);
        if scope == Key(0) {
            self.end_case();
            return Ok(());
        }
        self.complete(scope, super::Leave::Next)
    }

    /// Ends what is active inside a scope, deepest first.
    pub(crate) fn terminate_inside(&mut self, scope: Key, cause: &Cause) {
        let inside: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(_, activation)| activation.scope == scope)
            .map(|(key, _)| *key)
            .collect();
        for key in inside {
            self.terminate(key, cause);
        }
        self.tokens.retain(|token| token.scope != scope);
    }

    /// Ends an activation and everything inside it.
    pub(crate) fn terminate(&mut self, key: Key, cause: &Cause) {
        self.terminate_inside(key, &Cause::Scope);
        let calls = matches!(
            self.instance.activation(key).map(|activation| &activation.waiting),
            Some(Waiting::Call)
        );
        if calls {
            let reason = format!("the calling case {} needs it no more", self.instance.id());
            let request = crate::command::Request::CancelCalled { key, reason };
            self.emit(Event::CommandRequested { request });
        }
        let corrected = self.instance.activation(key).and_then(|one| one.corrects);
        self.emit(Event::NodeTerminated { key, cause: cause.clone() });
        if let (Some(corrected), true) = (corrected, cause.goes_on()) {
            self.undo(key, corrected);
        }
    }
}

/// A flow's number in events.
pub(super) fn number(flow: usize) -> u32 {
    u32::try_from(flow).expect("a definition has at most NODES_MAX nodes and few flows each")
}

//! Tokens on their way: entering nodes, joining, running items, ending scopes. The formal core;
//! what a node does when it is reached is in its element.

use std::collections::{BTreeSet, HashSet};

use super::{Halt, Step, TRANSITIONS_MAX, Token};
use crate::command::Command;
use crate::elements::{Element, Join};
use crate::event::{Cause, Event, Item, TimerPurpose};
use crate::ids::{Key, NodeName, OutcomeName};
use crate::instance::{Arrival, Beside, Place, Waiting};

impl Step<'_> {
    /// Sends a token along.
    pub(super) fn send(&mut self, node: usize, scope: Key, flow: Option<usize>, from: Vec<Key>) {
        self.send_token(Token { flow, from, ..Token::new(node, scope) });
    }

    /// Sends a token along to an event that has happened already.
    pub(super) fn send_happened(&mut self, node: usize, scope: Key, flow: usize, from: Vec<Key>) {
        let flow = Some(flow);
        self.send_token(Token { flow, from, has_happened: true, ..Token::new(node, scope) });
    }

    /// Sends a token of any kind along.
    pub(super) fn send_token(&mut self, token: Token) {
        self.tokens.push_back(token);
    }

    pub(super) fn enter(&mut self, token: &Token) -> Result<(), Halt> {
        let definition = self.definition;
        let node = &definition.nodes[token.node];
        let join = if node.incoming.len() > 1 { node.behavior.join() } else { Join::Each };
        if let (Some(by_hand), Join::All | Join::Reachable | Join::Counted) = (token.by_hand, join)
        {
            self.put_before_join(token, by_hand);
            return Ok(());
        }
        let (Some(flow), Join::All | Join::Reachable | Join::Counted) = (token.flow, join) else {
            return self.activate(token, Vec::new());
        };
        let way = self.way_at(token.node, token.scope, &token.from);
        let place = Place { scope: token.scope, way };
        self.emit(Event::TokenArrived {
            node: node.name.clone(),
            scope: token.scope,
            flow: number(flow),
            from: token.from.clone(),
            way,
        });
        self.unstick(token.node, place, flow);
        if join == Join::All {
            let arrived = self.arrived_flows(&node.name, place);
            if node.incoming.iter().all(|flow| arrived.contains(flow)) {
                let joined = node.incoming.iter().map(|flow| number(*flow)).collect();
                return self.activate(&Token::joined(token.node, place), joined);
            }
        }
        Ok(())
    }

    /// Makes a node active: once, or once an item.
    pub(super) fn activate(&mut self, token: &Token, joined: Vec<u32>) -> Result<(), Halt> {
        let definition = self.definition;
        let node = &definition.nodes[token.node];
        let key = self.activated(token, self.next_round(&node.name), None, joined);
        if self.is_too_long(key) {
            return Ok(());
        }
        if token.has_happened {
            let kept = self.keep_what_began(key);
            return match self.settle(key, kept)? {
                true => self.complete(key, super::Leave::Next),
                false => Ok(()),
            };
        }
        self.begin(key)
    }

    /// Keeps what came with the event that began the case.
    fn keep_what_began(&mut self, key: Key) -> Result<(), Halt> {
        let envelope = self.envelope;
        match (&envelope.command, self.node_of(key).behavior.trigger()) {
            (Command::Begin { payload, .. }, Some(trigger)) => {
                trigger.keep_first(self, key, payload.as_ref())
            }
            _ => Ok(()),
        }
    }

    /// Makes a node active that could not be asked whether it may go on; a retry lets it go on.
    pub(super) fn activate_failed(
        &mut self,
        token: &Token,
        joined: Vec<u32>,
        code: &str,
        message: String,
    ) {
        let round = self.next_round(&self.definition.nodes[token.node].name);
        let key = self.activated(token, round, None, joined);
        self.fail(key, code, message);
    }

    /// Whether the step has activated more nodes than it may; that is then an incident.
    fn is_too_long(&mut self, key: Key) -> bool {
        self.transitions += 1;
        if self.transitions > TRANSITIONS_MAX {
            self.fail(key, "TOO_MANY_TRANSITIONS", format!(
                "expected a step to end within {TRANSITIONS_MAX} nodes; the definition loops without waiting"
            ));
        }
        self.transitions > TRANSITIONS_MAX
    }

    pub(super) fn activated(
        &mut self,
        token: &Token,
        round: u32,
        item: Option<Item>,
        joined: Vec<u32>,
    ) -> Key {
        let key = Key(self.instance.last_key().0 + 1);
        let node = &self.definition.nodes[token.node];
        let place = Place { scope: token.scope, way: token.way };
        let mut from = self.joined_from(token, place, &joined);
        let ways = match item {
            Some(_) => Vec::new(),
            None => self.ways_at(token, key, &from),
        };
        // What a complex gateway that is set back waited for it descends from as well: it is that
        // which went on then.
        let reset = self.instance.reset(&node.name, place).filter(|_| item.is_none());
        from.extend(reset.iter().flat_map(|reset| &reset.from));
        let sets_back = reset.is_some() && !joined.is_empty();
        from.sort_unstable();
        from.dedup();
        // A correction that comes straight back leaves no trace: whoever returned the case stays
        // where they were.
        let is_activity = node.element.is_activity() && item.is_none();
        let traced = token.come_back.is_none()
            && token.compensates.is_none()
            && (is_activity
                || joined.len() > 1
                || sets_back
                || self.definition.is_beside(token.node));
        let (ends, whose) = (ended_as(&node.element), self.whose_end(token.scope));
        let apart = node.behavior.is_scope() && (item.is_some() || node.behavior.listens());
        let anew = self.done_inside_before(token.node, apart);
        let kept = self.kept_inside(token, &anew);
        self.emit(Event::NodeActivated {
            key,
            node: node.name.clone(),
            scope: token.scope,
            round,
            at: self.now(),
            item,
            joined,
            come_back: token.come_back.clone(),
            asked_by: token.asked_by.clone(),
            asked_due: token.asked_due.clone().map(Box::new),
            asked_as: token.asked_as,
            from,
            traced,
            again: token.again,
            person: token.person.clone(),
            corrects: token.corrects,
            compensates: token.compensates,
            apart,
            ways,
            tries: token.corrects.is_some(),
            anew,
            kept,
            as_whole: token.corrects.is_some(),
            sets_back,
            due: token.due.clone().map(Box::new),
            outcome: ends.clone().filter(|_| whose == Key(0)),
            ends: ends.map(|outcome| (outcome, whose)).filter(|_| whose != Key(0)),
        });
        key
    }

    /// What a token descends from, and those which a join uses up with it.
    fn joined_from(&self, token: &Token, place: Place, joined: &[u32]) -> Vec<Key> {
        let node = &self.definition.nodes[token.node].name;
        let mut from = token.from.clone();
        for flow in joined {
            let mut all = self.instance.arrivals().iter();
            let is_it =
                |one: &&Arrival| one.node == *node && one.place() == place && one.flow == *flow;
            from.extend(all.find(is_it).iter().flat_map(|arrival| &arrival.from));
        }
        from
    }

    /// Which scope ends as an end event in one says: that one, or around event sub-processes the one that
    /// they belong to.
    fn whose_end(&self, mut scope: Key) -> Key {
        while let Some(around) = self.instance.activation(scope) {
            if !self.node_of(scope).behavior.listens() {
                break;
            }
            scope = around.scope;
        }
        scope
    }

    /// Lets an activation do its work; what fails becomes its incident. Also how it is retried.
    pub(super) fn begin(&mut self, key: Key) -> Result<(), Halt> {
        let definition = self.definition;
        let Some(activation) = self.instance.activation(key) else { return Ok(()) };
        let node = &definition.nodes[definition.index(&activation.node)];
        if activation.is_listener() {
            let armed = node.behavior.trigger().map_or(Ok(()), |it| it.arm(self, key, None));
            return self.settle(key, armed).map(|_| ());
        }
        let is_run = activation.item.is_some();
        if !is_run {
            self.supersede(key);
        }
        let beside = self.beside_before(key);
        let begun = match node.each.as_deref() {
            Some(_) if !is_run => self.begin_items(key),
            Some(_) | None => node.behavior.activate(self, key),
        };
        if self.settle(key, begun)? && !is_run && self.instance.activation(key).is_some() {
            self.arm_boundaries(key, &beside)?;
        }
        Ok(())
    }

    /// Makes a sub-process active without its first node.
    pub(super) fn begin_around(&mut self, token: &Token) -> Result<Key, Halt> {
        let node = &self.definition.nodes[token.node];
        let key = self.activated(token, self.next_round(&node.name), None, Vec::new());
        self.listen(key, &node.listeners)?;
        if let Some(choosing) = node.behavior.choosing() {
            self.begin_choosing(key, choosing)?;
        }
        self.arm_boundaries(key, &Beside::default())?;
        Ok(key)
    }

    /// Which pass over a node comes next, from 1.
    pub(super) fn next_round(&self, node: &NodeName) -> u32 {
        self.instance.passed(node.as_str()).map_or(0, |passed| passed.round) + 1
    }

    /// Whether work went well; an incident is raised on the activation.
    pub(crate) fn settle(&mut self, key: Key, done: Result<(), Halt>) -> Result<bool, Halt> {
        match done {
            Ok(()) => Ok(true),
            Err(Halt::Incident { code, message }) => {
                self.fail(key, code, message);
                Ok(false)
            }
            Err(halt) => Err(halt),
        }
    }

    /// Ends one scope in which nothing is active any more, or makes a token that waits for ever
    /// an incident. Whether there was any.
    pub(super) fn end_empty_scopes(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        // A list may have thousands of runs: what is inside of which is found once.
        let active = self.instance.activations().values().filter(|one| !one.is_listener());
        let busy: HashSet<Key> = active.map(|one| one.scope).collect();
        let scopes: Vec<Key> = std::iter::once(Key(0))
            .chain(self.instance.activations().iter().filter_map(|(key, activation)| {
                if busy.contains(key) {
                    return None;
                }
                let node = &definition.nodes[definition.index(&activation.node)];
                let is_scope = node.behavior.is_scope()
                    && !activation.is_listener()
                    && (node.each.is_none() || activation.item.is_some())
                    && activation.incident.is_none();
                is_scope.then_some(*key)
            }))
            .collect();
        for scope in scopes.into_iter().rev() {
            if busy.contains(&scope) || !self.is_done_empty(scope) {
                continue;
            }
            let stuck = self.instance.arrivals().iter().find(|one| one.scope == scope).cloned();
            match stuck {
                Some(arrival) => self.stuck(&arrival),
                None => {
                    self.close_listeners(scope);
                    self.end_done_scope(scope)?;
                }
            }
            return Ok(true);
        }
        Ok(false)
    }

    fn end_done_scope(&mut self, scope: Key) -> Result<(), Halt> {
        if scope == Key(0) {
            self.end_case_with(None);
            return Ok(());
        }
        self.complete(scope, super::Leave::Next)
    }

    /// Ends a scope at once, with everything that is active in it or waits at its joins.
    pub(crate) fn end_scope(&mut self, scope: Key, cause: &Cause) -> Result<(), Halt> {
        self.terminate_inside(scope, cause);
        self.end_done_scope(scope)
    }

    /// Ends what is active inside a scope, deepest first.
    pub(crate) fn terminate_inside(&mut self, scope: Key, cause: &Cause) {
        self.terminate_others(scope, None, cause);
    }

    /// Ends what is active inside a scope but for one activation, deepest first.
    pub(crate) fn terminate_others(&mut self, scope: Key, but: Option<Key>, cause: &Cause) {
        let inside: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(key, activation)| activation.scope == scope && Some(**key) != but)
            .map(|(key, _)| *key)
            .collect();
        for key in inside {
            self.terminate(key, cause);
        }
        self.tokens.retain(|token| token.scope != scope);
    }

    /// A page whose end is still waited for is shown no more.
    fn take_down(&mut self, key: Key) {
        let is_shown = self.instance.activation(key).is_some_and(|it| {
            it.timers.values().any(|timer| timer.purpose == TimerPurpose::PageEnds)
        });
        if is_shown {
            self.emit(Event::PageTakenDown { key, at: self.now() });
        }
    }

    /// Ends an activation and everything inside it.
    pub(crate) fn terminate(&mut self, key: Key, cause: &Cause) {
        if self.instance.activation(key).is_some_and(crate::instance::Activation::is_listener) {
            self.emit(Event::ListenerClosed { key });
            return;
        }
        self.terminate_inside(key, &Cause::Scope);
        let calls = matches!(
            self.instance.activation(key).map(|activation| &activation.waiting),
            Some(Waiting::Call)
        );
        if calls {
            let reason = format!("the calling case {} needs it no more", self.instance.id());
            let request = crate::command::Request::CancelCalled { key, reason };
            self.request(request);
        }
        self.take_down(key);
        if self.instance.activation(key).is_some() {
            self.node_of(key).behavior.ended_early(self, key);
        }
        let activation = self.instance.activation(key);
        let is_list = activation.is_some_and(|it| matches!(it.waiting, Waiting::Items { .. }));
        // A list is no scope; and what the runs of a cancelled transaction did is undone still.
        let is_cancelled = *cause == Cause::TransactionCancelled
            && activation.is_some_and(|it| it.item.is_some())
            && self.node_of(key).behavior.is_scope();
        let runs_kept =
            (is_list || is_cancelled) && self.instance.done().iter().any(|one| one.is_within(key));
        let corrected = activation.and_then(|one| one.corrects);
        self.emit(Event::NodeTerminated { key, cause: cause.clone(), runs_kept });
        match corrected {
            Some(corrected) if cause.goes_on() => self.undo_corrected(key, corrected),
            Some(_) => {
                self.drop_correction(key);
                self.undo_variables(None, &BTreeSet::from([key]));
            }
            None => {}
        }
    }
}

/// How a scope is to have ended, by what an end event says.
fn ended_as(element: &Element) -> Option<OutcomeName> {
    match element {
        Element::EndEvent(end) => end.outcome.clone(),
        _ => None,
    }
}

/// A flow's number in events.
pub(super) fn number(flow: usize) -> u32 {
    u32::try_from(flow).expect("a definition has at most NODES_MAX nodes and few flows each")
}

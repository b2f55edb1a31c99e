//! Where the tokens of a case are and what they came through, by its events alone: none is lost, none
//! comes from nowhere, and a return takes with it what came through what it goes to, and nothing else.
//!
//! The rule is simpler than the engine's own: every token remembers every activation it came through,
//! for ever, and every join the tokens it used up. The engine remembers much less, and forgets.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::Definition;
use crate::elements::Element;
use crate::event::{Because, Cause, Event};
use crate::ids::{Key, NodeName};
use crate::instance::Instance;

/// What a token, or an activation, came through within its scope.
type Past = BTreeSet<Key>;

/// A token on its way to a node, or waiting at it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    node: String,
    scope: Key,
    /// The flow it waits on.
    flow: Option<u32>,
    past: Past,
    /// The activation that sent it.
    sent_by: Option<Key>,
}

/// An activation, also one that is over.
#[derive(Debug, Clone)]
struct Came {
    node: String,
    scope: Key,
    past: Past,
    /// Tokens that it used up as a join.
    used: Vec<Token>,
    /// What it corrects.
    corrects: Option<Key>,
    is_run: bool,
    /// Where a correction comes back to.
    back: Option<String>,
    /// Others who asked for it, with what they came through.
    also: Vec<(String, Past)>,
}

/// See the module.
#[derive(Debug, Default, Clone)]
pub(super) struct Tokens {
    /// On their way to a node, within one step, in the order in which they were sent.
    moving: Vec<Token>,
    waiting: Vec<Token>,
    /// Active nodes: their node and scope.
    active: BTreeMap<Key, (String, Key)>,
    /// Every activation that was not undone.
    came: BTreeMap<Key, Came>,
    /// The last activation of each node that is over.
    over: BTreeMap<String, Key>,
    /// Where a return sends tokens next: to which node of which scope, with which past.
    sent_back: Vec<Token>,
    /// What a return still has to end.
    doomed: BTreeSet<Key>,
    /// Rounds in which a signer is asked no more, since another one takes back their vote.
    asked_since: Vec<Key>,
    /// Where an event has happened last.
    happened: Option<Key>,
    /// Whether an admin moved tokens: nobody knows any more what came through what.
    is_lost: bool,
}

impl Tokens {
    pub(super) fn count(&mut self, definition: &Definition, events: &[Event]) {
        for event in events {
            self.follow(definition, event);
        }
        if !self.is_lost {
            assert_eq!(self.moving, [], "every token arrives within its step");
            assert_eq!(self.doomed, BTreeSet::new(), "a return ends what came through it");
            assert_eq!(self.asked_since, [], "a run ends alone where a vote is taken back");
        }
        self.moving.clear();
        self.sent_back.clear();
    }

    fn follow(&mut self, definition: &Definition, event: &Event) {
        match event {
            Event::InstanceStarted { .. } => {
                self.begin(definition, definition.start, Key(0), Past::new());
            }
            Event::InstanceReopened { to, .. } => {
                // It goes on from all that it came to.
                let past = self.came.keys().copied().collect();
                self.begin(definition, definition.index(to), Key(0), past);
            }
            Event::ActivityChosen { key, node, .. } => {
                self.begin(definition, definition.index(node), *key, Past::new());
            }
            Event::FlowTaken { from, to, because, .. } => self.sent(from, to, *because),
            Event::TokenArrived { node, scope, flow, .. } => {
                let token = self.arrive(node, *scope);
                self.waiting.push(Token { flow: Some(*flow), ..token });
            }
            Event::NodeActivated { .. } => self.activate(definition, event),
            Event::NodeCompleted { key } => {
                self.sent_back.clear();
                self.end(*key);
            }
            Event::NodeTerminated { key, cause, .. } => {
                let was_doomed = self.doomed.remove(key);
                if matches!(cause, Cause::Returned) && !was_doomed && !self.is_lost {
                    let run = self.came.get(key).filter(|came| came.is_run);
                    let round = run.map(|came| came.scope);
                    assert!(round.is_some(), "{key} came through nothing else");
                    self.asked_since.extend(round);
                }
                self.end(*key);
            }
            Event::Returned { key, again, to, .. } => self.back(*key, again, to),
            Event::CorrectionJoined { key, back, .. } => self.joined(*key, back),
            Event::CorrectionLeft { key, place } => self.left(*key, *place as usize),
            Event::VoteWithdrawn { body, .. } => self.asked_since.retain(|round| round != body),
            Event::InstanceModified { .. } => self.is_lost = true,
            Event::TimerFired { key, .. } | Event::MessageReceived { key, .. } => {
                self.happened = Some(*key);
            }
            Event::ScopeInterrupted { scope, .. } => self.leave(*scope),
            Event::InstanceCompleted { .. } | Event::InstanceCancelled { .. } => {
                self.active.clear();
                // What it came through is remembered, but no token of then waits anywhere again.
                self.came.retain(|_, came| came.scope == Key(0));
                self.came.values_mut().for_each(|came| came.used.clear());
                self.leave(Key(0));
                self.waiting.clear();
                self.moving.clear();
            }
            _ => {}
        }
    }

    /// A token comes to a node by no flow.
    fn begin(&mut self, definition: &Definition, node: usize, scope: Key, past: Past) {
        let node = definition.nodes()[node].name().to_string();
        self.moving.push(Token { node, scope, flow: None, past, sent_by: None });
    }

    /// A token was sent along a flow, or back.
    fn sent(&mut self, from: &NodeName, to: &NodeName, because: Because) {
        if let Some(at) = self.sent_back.iter().position(|token| token.node == to.as_str()) {
            let token = self.sent_back.remove(at);
            return self.moving.push(token);
        }
        let sent_by = self.over.get(from.as_str()).copied();
        let Some((key, came)) = sent_by.and_then(|key| Some((key, self.came.get(&key)?))) else {
            assert!(self.is_lost, "{from} was active");
            let (node, scope, past) = (to.to_string(), Key(0), Past::new());
            return self.moving.push(Token { node, scope, flow: None, past, sent_by });
        };
        let scope = came.scope;
        let past = match because {
            // What corrects something leaves nothing behind.
            Because::ComesBack if came.back.as_deref() == Some(to.as_str()) => came.past.clone(),
            Because::ComesBack => {
                let asked = came.also.iter().find(|(back, _)| back == to.as_str());
                asked.expect("who asked for it").1.clone()
            }
            _ => self.after(key),
        };
        self.moving.push(Token { node: to.to_string(), scope, flow: None, past, sent_by });
    }

    /// What came through an activation came through this; what a correction leads to beside itself
    /// came through what the corrected activation did.
    fn after(&self, key: Key) -> Past {
        let came = &self.came[&key];
        match came.corrects.and_then(|corrected| self.came.get(&corrected)) {
            Some(corrected) => corrected.past.clone(),
            None => came.past.iter().copied().chain([key]).collect(),
        }
    }

    /// The token that has come to a node.
    fn arrive(&mut self, node: &NodeName, scope: Key) -> Token {
        let is_it = |token: &Token| token.node == node.as_str() && token.scope == scope;
        if let Some(at) = self.moving.iter().position(is_it) {
            return self.moving.remove(at);
        }
        assert!(self.is_lost, "no token comes to {node} from nowhere");
        let node = node.to_string();
        Token { node, scope, flow: None, past: Past::new(), sent_by: None }
    }

    fn activate(&mut self, definition: &Definition, event: &Event) {
        let Event::NodeActivated { key, node, scope, item, joined, come_back, corrects, .. } =
            event
        else {
            return;
        };
        self.sent_back.clear();
        let own = definition.node(node.as_str()).expect("events name its nodes");
        let (mut past, mut used) = (Past::new(), Vec::new());
        match own.element() {
            _ if item.is_some() => {}
            Element::EventSubProcess(_) => {}
            Element::BoundaryEvent(event) => past = self.of_host(&event.attached_to, *scope),
            _ if joined.is_empty() => {
                let token = self.arrive(node, *scope);
                past = token.past;
                // Whoever asks for a correction stays where they were.
                if let (Some(_), Some(by)) = (come_back, token.sent_by) {
                    past.remove(&by);
                }
            }
            _ => used = joined.iter().filter_map(|flow| self.join(node, *scope, *flow)).collect(),
        }
        past.extend(used.iter().flat_map(|token| &token.past));
        assert!(
            *scope == Key(0) || self.active.contains_key(scope),
            "{node} becomes active inside a scope that is there"
        );
        let is_run = item.is_some();
        let (node, corrects) = (node.to_string(), *corrects);
        let back = come_back.as_ref().map(ToString::to_string);
        let also = Vec::new();
        self.active.insert(*key, (node.clone(), *scope));
        self.came
            .insert(*key, Came { node, scope: *scope, past, used, corrects, is_run, back, also });
        if let (Some(inner), true) = (own.inner_start, own.each.is_none() || is_run) {
            self.begin(definition, inner, *key, Past::new());
        }
    }

    /// What an event on an activity came through: that one, which may be over by it.
    fn of_host(&self, host: &NodeName, scope: Key) -> Past {
        let is_it = |(_, came): &(&Key, &Came)| {
            came.node == host.as_str() && came.scope == scope && !came.is_run
        };
        let happened = self.happened.and_then(|key| self.came.get_key_value(&key)).filter(is_it);
        let latest = happened.or_else(|| self.came.iter().rev().find(is_it)).map(|(key, _)| *key);
        assert!(latest.is_some() || self.is_lost, "{host} was active");
        latest.map_or_else(Past::new, |key| self.after(key))
    }

    /// A join uses up a token that waits there.
    fn join(&mut self, node: &NodeName, scope: Key, flow: u32) -> Option<Token> {
        let is_it = |token: &Token| {
            token.node == node.as_str() && token.scope == scope && token.flow == Some(flow)
        };
        let at = self.waiting.iter().position(is_it);
        assert!(at.is_some() || self.is_lost, "a token waits there");
        at.map(|at| self.waiting.remove(at))
    }

    /// Another asks for a correction that runs, and stays where they were.
    fn joined(&mut self, key: Key, back: &NodeName) {
        let Some(came) = self.came.get(&key).cloned() else { return };
        let mut token = self.arrive(&came.node.as_str().into(), came.scope);
        if let Some(by) = token.sent_by {
            token.past.remove(&by);
        }
        let also = &mut self.came.get_mut(&key).expect("it was there just now").also;
        also.push((back.to_string(), token.past));
    }

    /// One of several asks for it no more.
    fn left(&mut self, key: Key, place: usize) {
        let Some(came) = self.came.get_mut(&key) else { return };
        let (back, past) = came.also.remove(place.saturating_sub(1));
        if place == 0 {
            (came.back, came.past) = (Some(back), past);
        }
    }

    fn end(&mut self, key: Key) {
        let gone = self.active.remove(&key);
        assert!(gone.is_some(), "{key} ends once");
        self.over.extend(gone.map(|(node, _)| (node, key)));
        self.leave(key);
    }

    /// Nothing is left in a scope.
    fn leave(&mut self, scope: Key) {
        self.waiting.retain(|token| token.scope != scope);
        self.moving.retain(|token| token.scope != scope);
    }

    /// A return: what came through what is done again is undone; of what is undone, joins give back
    /// the tokens that did not.
    fn back(&mut self, by: Key, again: &[Key], to: &[NodeName]) {
        let whole = self.whole(by);
        if again.is_empty() {
            // Only something is corrected, and comes straight back.
            self.doomed.insert(whole);
            let Some(came) = self.came.get(&whole) else { return };
            let (scope, past) = (came.scope, came.past.clone());
            self.sent_back = sent_back(to.iter().map(|node| (node, scope, past.clone())));
            return;
        }
        let undone: BTreeSet<Key> = self
            .came
            .iter()
            .filter(|(key, came)| {
                again.contains(key) || came.past.iter().any(|it| again.contains(it))
            })
            .map(|(key, _)| *key)
            .collect();
        for (key, came) in self.came.iter().filter(|(key, _)| self.active.contains_key(key)) {
            let is_left = came
                .also
                .iter()
                .all(|(_, past)| past.iter().any(|it| again.contains(it)) == undone.contains(key));
            assert!(is_left || self.is_lost, "{key} comes back to those alone who still ask");
        }
        let came_through = |token: &Token| token.past.iter().any(|key| again.contains(key));
        let befores = again.iter().zip(to.iter().cycle()).filter_map(|(key, node)| {
            let came = self.came.get(key)?;
            Some((node, came.scope, came.past.clone()))
        });
        self.sent_back = sent_back(befores);
        assert!(self.sent_back.len() == again.len() || self.is_lost, "it was done: {again:?}");
        // A correction that goes another way goes on from what it corrects.
        let corrected = self.came.get(&by).and_then(|came| came.corrects);
        let corrected = corrected.filter(|key| again.contains(key));
        let other_way = corrected.and_then(|key| self.came.get(&key).map(|came| came.past.clone()));
        self.waiting.retain(|token| !came_through(token));
        self.moving.retain(|token| !came_through(token));
        for key in &undone {
            let came = self.came.remove(key).expect("it came about");
            let is_there = came.scope == Key(0) || self.active.contains_key(&came.scope);
            let used = came.used.iter().filter(|token| !came_through(token) && is_there);
            self.waiting.extend(used.cloned());
            if let (true, Some(past)) = (*key == by, &other_way) {
                // Seen from what follows, it is what it corrects.
                let corrects = Came { past: past.clone(), used: Vec::new(), ..came };
                self.came.insert(*key, Came { corrects: None, ..corrects });
            }
        }
        self.doomed.extend(undone.iter().filter(|key| self.active.contains_key(key)));
    }

    /// The activation that a task stands for: that of all signers where it is one of many.
    fn whole(&self, key: Key) -> Key {
        let around = |came: &Came| self.came.get(&came.scope).map(|around| (came.scope, around));
        match self
            .came
            .get(&key)
            .filter(|came| came.is_run)
            .and_then(|came| around(came).filter(|(_, around)| around.node == came.node))
        {
            Some((scope, _)) => scope,
            None => key,
        }
    }

    /// Compares with what the case itself says.
    pub(super) fn check(&mut self, instance: &Instance) {
        let active: BTreeMap<Key, (String, Key)> = instance
            .activations()
            .iter()
            .map(|(key, it)| (*key, (it.node.to_string(), it.scope)))
            .collect();
        assert_eq!(active, self.active, "what is active is what the events made active");
        let place = |node: &str, scope: Key, flow: u32| (node.to_owned(), scope, flow);
        let arrivals = instance.arrivals().iter();
        let mut waiting: Vec<_> =
            arrivals.map(|one| place(one.node.as_str(), one.scope, one.flow)).collect();
        if self.is_lost {
            let tokens = waiting.into_iter().map(|(node, scope, flow)| {
                let (flow, past) = (Some(flow), Past::new());
                Token { node, scope, flow, past, sent_by: None }
            });
            self.waiting = tokens.collect();
            return;
        }
        let mut expected: Vec<_> = self
            .waiting
            .iter()
            .map(|token| place(&token.node, token.scope, token.flow.expect("it waits on one")))
            .collect();
        waiting.sort();
        expected.sort();
        assert_eq!(waiting, expected, "what waits is what arrived, or waits again");
    }

    /// Every node is called otherwise now.
    pub(super) fn renamed(&mut self) {
        let other = |name: &mut String| name.push_str("v2");
        for token in &mut self.waiting {
            other(&mut token.node);
        }
        for (node, _) in self.active.values_mut() {
            other(node);
        }
        for came in self.came.values_mut() {
            other(&mut came.node);
            came.back.iter_mut().for_each(other);
            came.also.iter_mut().for_each(|(back, _)| other(back));
            for token in &mut came.used {
                other(&mut token.node);
            }
        }
        self.over = std::mem::take(&mut self.over)
            .into_iter()
            .map(|(node, key)| (format!("{node}v2"), key))
            .collect();
    }
}

/// Tokens that a return sends.
fn sent_back<'a>(to: impl Iterator<Item = (&'a NodeName, Key, Past)>) -> Vec<Token> {
    let token = |(node, scope, past): (&NodeName, Key, Past)| Token {
        node: node.to_string(),
        scope,
        flow: None,
        past,
        sent_by: None,
    };
    to.map(token).collect()
}

//! An admin moves tokens of a running case by hand: ends what is active, begins something else. What
//! was done stays done. Each change is checked as if nobody knew the definition, since an admin who
//! repairs a case at night does not know it by heart.

mod onwards;

use std::collections::{BTreeMap, BTreeSet};

use super::token::ByHand;
use super::{Halt, Step, Token};
use crate::command::Change;
use crate::event::{Because, Cause, Event};
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, Waiting};
use crate::problem::did_you_mean;
use crate::rejection::Rejection;

/// Changes that one command may make.
const CHANGES_MAX: usize = 100;

/// What is at fault in a change, and what was expected instead.
pub(super) struct Fault {
    field: &'static str,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }

    pub(super) fn of(field: &'static str, halt: Halt) -> Self {
        match halt {
            Halt::Reject(rejection) => Self::new(field, rejection.to_string()),
            Halt::Incident { message, .. } => Self::new(field, message),
            Halt::Needs => Self::new(field, "what it needs is fetched first"),
        }
    }
}

/// What a token descends from, seen from each scope around it.
pub(super) type Descent = BTreeMap<Key, Vec<Key>>;

/// The token that is put somewhere by hand.
#[derive(Clone, Copy)]
pub(super) enum Moved<'a> {
    /// A new one.
    Nothing,
    /// That of an activation, which ends then.
    Token(Key),
    /// That of an activation which has ended.
    Gone(&'a Descent),
}

impl Moved<'_> {
    /// What it descends from, seen from a scope, where it is not there any more.
    fn from(self, scope: Key) -> Vec<Key> {
        match self {
            Self::Gone(descent) => descent.get(&scope).cloned().unwrap_or_default(),
            Self::Nothing | Self::Token(_) => Vec::new(),
        }
    }

    const fn token(self) -> Option<Key> {
        match self {
            Self::Token(key) => Some(key),
            Self::Nothing | Self::Gone(_) => None,
        }
    }
}

impl Step<'_> {
    /// Makes all changes, or none.
    pub(super) fn modify(&mut self, changes: &[Change], reason: &str) -> Result<(), Halt> {
        self.is_admin()?;
        Self::check_reason(reason)?;
        if changes.is_empty() || changes.len() > CHANGES_MAX {
            let message = format!("expected 1 to {CHANGES_MAX} changes, found {}", changes.len());
            return Err(Rejection::BadArgument { field: "changes".into(), message }.into());
        }
        let person = self.envelope.actor.person().cloned();
        self.emit(Event::InstanceModified { person, reason: reason.to_owned() });
        let (mut left, mut gone) = (BTreeSet::new(), BTreeMap::new());
        let mut done = BTreeSet::new();
        for (place, change) in changes.iter().enumerate() {
            let changed = self.change(change, (&mut left, &mut done), &mut gone);
            changed.map_err(|Fault { field, message }| {
                let field = format!("changes.{place}.{field}");
                Rejection::BadArgument { field, message }
            })?;
        }
        // What is to go on behind its last node is done, and not left.
        left.retain(|scope| !done.contains(scope));
        for waits in self.end_left_scopes(left, &Cause::Modified) {
            self.compensate_next(waits)?;
        }
        if self.is_empty_inside(Key(0)) {
            let message = "expected something that goes on, found nothing left; to end the case, \
                           cancel it"
                .to_owned();
            return Err(Rejection::BadArgument { field: "changes".into(), message }.into());
        }
        Ok(())
    }

    /// Makes one change. What it leaves may hold nothing any more, or is done by it; what begins at a node that the same
    /// command cancelled takes its place, and descends from what that did.
    fn change(
        &mut self,
        change: &Change,
        (left, done): (&mut BTreeSet<Key>, &mut BTreeSet<Key>),
        gone: &mut BTreeMap<NodeName, Descent>,
    ) -> Result<(), Fault> {
        match change {
            Change::Cancel { key } if self.is_given_up_alone(*key) => {
                self.give_up(*key).map_err(|halt| Fault::of("key", halt))?;
            }
            Change::Cancel { key } => {
                let cancelled = self.cancellable(*key)?.clone();
                let scope = cancelled.scope;
                gone.insert(cancelled.node.clone(), self.descent(*key));
                self.terminate(*key, &Cause::Modified);
                left.insert(scope);
                // Nothing is corrected any more: whoever asked for that goes on.
                self.go_back(self.definition.index(&cancelled.node), cancelled, None);
            }
            Change::CancelWaiting { node, scope } => self.cancel_waiting(node, *scope, left)?,
            Change::StartBefore { node, scope } => {
                let moved = gone.get(node).map_or(Moved::Nothing, Moved::Gone);
                let node = self.startable(node)?;
                let scope = self.scope_for(node, *scope, moved)?;
                let (from, by_hand) = (moved.from(scope), Some(ByHand::Begun));
                self.send_token(Token { from, by_hand, ..Token::new(node, scope) });
            }
            Change::StartAfter { node, scope } => {
                let moved = gone.get(node).map_or(Moved::Nothing, Moved::Gone);
                let node = self.startable(node)?;
                let flows = self.ways_on(node)?;
                let scope = self.scope_for(node, *scope, moved)?;
                if flows.is_empty() {
                    done.insert(scope);
                    self.done_inside(scope, node);
                }
                for flow in flows {
                    self.take(flow, scope, Because::Modified, moved.from(scope));
                }
            }
            Change::Move { key, to, scope } => {
                let node = self.startable(to)?;
                let Activation { scope: was, node: name, .. } = self.cancellable(*key)?.clone();
                let scope = self.scope_for(node, *scope, Moved::Token(*key))?;
                let from = self.lineage_in(*key, scope);
                self.terminate(*key, &Cause::Modified);
                left.insert(was);
                let by_hand = Some(ByHand::Moved(self.definition.index(&name)));
                let (to, because) = (to.clone(), Because::Modified);
                self.emit(Event::FlowTaken { flow: None, from: name, to, because });
                self.send_token(Token { from, by_hand, ..Token::new(node, scope) });
            }
        }
        Ok(())
    }

    /// An activation that may be ended by hand.
    fn cancellable(&self, key: Key) -> Result<&Activation, Fault> {
        let found = self.instance.activation(key).filter(|one| !one.is_listener());
        let Some(activation) = found else {
            let message = format!("expected an active node, found that {key} is not active");
            return Err(Fault::new("key", message));
        };
        let around = self.instance.activation(activation.scope);
        if activation.item.is_some()
            && around.is_some_and(|body| matches!(body.waiting, Waiting::Items { .. }))
        {
            let message = format!(
                "expected a node as a whole, found one of its runs; name {}, which holds them all",
                activation.scope
            );
            return Err(Fault::new("key", message));
        }
        if activation.compensates.is_some() {
            let message = format!(
                "expected something that goes on by itself, found what undoes earlier work; cancel it, or \
                 name {}, which waits for it",
                activation.scope
            );
            return Err(Fault::new("key", message));
        }
        Ok(activation)
    }

    /// A node at which a token may be put by hand.
    fn startable(&self, name: &NodeName) -> Result<usize, Fault> {
        let definition = self.definition;
        let Some(index) = definition.by_name.get(name).copied() else {
            let known = definition.nodes.iter().map(|node| node.name.as_str());
            let hint = did_you_mean(name.as_str(), known).map(|hint| format!("; {hint}"));
            let message = format!("expected a node of the process, found `{name}`");
            return Err(Fault::new("node", message + &hint.unwrap_or_default()));
        };
        let node = &definition.nodes[index];
        let undoes = || definition.nodes.iter().any(|one| one.compensation == Some(index));
        let why = if node.behavior.listens() {
            "an event sub-process, which only its event begins"
        } else if matches!(node.element, crate::elements::Element::BoundaryEvent(_)) {
            "a boundary event, which only its activity can trigger; name the node after it"
        } else if undoes() {
            "what undoes earlier work, which only compensation begins"
        } else {
            return Ok(index);
        };
        let message = format!("expected a node that a token may reach, found `{name}`: {why}");
        Err(Fault::new("node", message))
    }

    /// The activation around a node in which a token is put: one that is active, or a new one.
    pub(super) fn scope_for(
        &mut self,
        node: usize,
        within: Option<Key>,
        moved: Moved<'_>,
    ) -> Result<Key, Fault> {
        let definition = self.definition;
        let Some(around) = definition.nodes[node].scope else { return Ok(Key(0)) };
        let around_node = &definition.nodes[around];
        let is_body = |one: &Activation| around_node.each.is_some() && one.item.is_none();
        let active: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(_, one)| one.node == around_node.name && !one.is_listener() && !is_body(one))
            .map(|(key, _)| *key)
            // What is moved ends with all that is inside it.
            .filter(|key| moved.token().is_none_or(|moved| !self.is_within(*key, moved)))
            .collect();
        // A token that is moved stays where it is, if it can.
        let own = moved.token().map(|key| self.activation(key).scope);
        let own = own.filter(|key| active.contains(key));
        match (within.or(own), &*active) {
            (Some(scope), _) if active.contains(&scope) => Ok(scope),
            (None, [scope]) => Ok(*scope),
            (None, []) => self.open_scope(around, moved),
            (_, _) => {
                let keys: Vec<String> = active.iter().map(ToString::to_string).collect();
                let message = format!(
                    "expected the activation of `{}` in which the node begins, one of: {}",
                    around_node.name,
                    if keys.is_empty() { "none is active".to_owned() } else { keys.join(", ") }
                );
                Err(Fault::new("scope", message))
            }
        }
    }

    /// Begins a sub-process without its first node.
    fn open_scope(&mut self, around: usize, moved: Moved<'_>) -> Result<Key, Fault> {
        let node = &self.definition.nodes[around];
        if node.each.is_some() || node.behavior.listens() {
            let message = format!(
                "expected a node around which a sub-process is active or can be begun, found \
                 `{}`, {}",
                node.name,
                if node.each.is_some() {
                    "which runs over a list"
                } else {
                    "which only its event begins"
                }
            );
            return Err(Fault::new("node", message));
        }
        let parent = self.scope_for(around, None, moved)?;
        let from = match moved {
            Moved::Token(key) => self.lineage_in(key, parent),
            Moved::Nothing | Moved::Gone(_) => moved.from(parent),
        };
        let key = self.begin_around(&Token { from, ..Token::new(around, parent) });
        key.map_err(|halt| Fault::of("node", halt))
    }

    /// Whether an activation is another one, or inside it.
    fn is_within(&self, key: Key, around: Key) -> bool {
        let mut at = Some(key);
        while let Some(key) = at {
            if key == around {
                return true;
            }
            at = self.instance.activation(key).map(|activation| activation.scope);
        }
        false
    }

    /// What a token of an activation descends from, seen from a scope around it.
    fn lineage_in(&self, key: Key, scope: Key) -> Vec<Key> {
        let mut at = key;
        while let Some(activation) = self.instance.activation(at) {
            if activation.scope == scope {
                return activation.from.clone();
            }
            at = activation.scope;
        }
        Vec::new()
    }

    /// What a token of an activation descends from, seen from every scope around it.
    pub(super) fn descent(&self, key: Key) -> Descent {
        let around = |key: &Key| self.instance.activation(*key).map(|one| one.scope);
        let inside = std::iter::successors(Some(key), around);
        let all = inside.filter_map(|key| self.instance.activation(key));
        all.map(|one| (one.scope, one.from.clone())).collect()
    }

    /// Sub-processes that hold nothing any more because of the changes end too, undone; a run of
    /// several is done, so that the others are waited for. What waits for one of them that undid earlier work,
    /// and was given up by hand, is to go on.
    pub(super) fn end_left_scopes(&mut self, left: BTreeSet<Key>, cause: &Cause) -> Vec<Key> {
        let (mut left, mut waiting) = (left, Vec::new());
        while let Some(scope) = left.pop_last() {
            let Some(activation) = self.instance.activation(scope) else { continue };
            let waits = !self.is_done_empty(scope);
            if activation.item.is_some() || waits || !self.is_empty_inside(scope) {
                continue;
            }
            let is_given_up = activation.compensates.is_some() && *cause == Cause::Modified;
            match is_given_up {
                true => waiting.push(activation.scope),
                false => drop(left.insert(activation.scope)),
            }
            self.terminate(scope, cause);
        }
        waiting
    }

    /// Whether nothing is in a scope: no node but those that listen, no token.
    pub(super) fn is_empty_inside(&self, scope: Key) -> bool {
        let mut active = self.instance.activations().values();
        !active.any(|one| one.scope == scope && !one.is_listener())
            && !self.instance.arrivals().iter().any(|one| one.scope == scope)
            && !self.tokens.iter().any(|token| token.scope == scope)
    }
}

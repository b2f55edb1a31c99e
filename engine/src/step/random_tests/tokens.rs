//! Where the tokens of a case are, by its events alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::Definition;
use crate::elements::Element;
use crate::event::Event;
use crate::ids::Key;
use crate::instance::Instance;

/// Tokens counted by events alone: none is lost and none comes from nowhere.
#[derive(Debug, Default, Clone)]
pub(super) struct Tokens {
    /// On their way to a node, within one step.
    pub(super) moving: BTreeMap<String, i64>,
    /// Waiting at a join, by node, scope and flow.
    pub(super) waiting: BTreeMap<(String, Key, u32), usize>,
    /// Active nodes: their node and scope.
    pub(super) active: BTreeMap<Key, (String, Key)>,
    /// Whether tokens wait again that were used up, or no more: a return undid what followed.
    pub(super) returned: bool,
    /// Whether tokens come from nowhere and go there: an admin moved them.
    pub(super) modified: bool,
}

impl Tokens {
    pub(super) fn count(&mut self, definition: &Definition, events: &[Event]) {
        let mut ended_scopes = BTreeSet::new();
        for event in events {
            match event {
                Event::InstanceStarted { .. } => self.sent(definition, definition.start),
                Event::InstanceReopened { to, .. } => self.sent(definition, definition.index(to)),
                Event::FlowTaken { to, .. } | Event::ActivityChosen { node: to, .. } => {
                    *self.moving.entry(to.to_string()).or_default() += 1;
                }
                Event::TokenArrived { node, scope, flow, .. } => {
                    *self.moving.entry(node.to_string()).or_default() -= 1;
                    *self.waiting.entry((node.to_string(), *scope, *flow)).or_default() += 1;
                }
                Event::NodeActivated { key, node, scope, item, joined, .. } => {
                    let own = definition.node(node.as_str()).expect("events name its nodes");
                    let boundary = matches!(
                        own.element(),
                        Element::BoundaryEvent(_) | Element::EventSubProcess(_)
                    );
                    if item.is_none() && joined.is_empty() && !boundary {
                        *self.moving.entry(node.to_string()).or_default() -= 1;
                    }
                    for flow in joined {
                        let place = (node.to_string(), *scope, *flow);
                        let waits = self.waiting.entry(place.clone()).or_insert(0);
                        assert!(*waits > 0 || self.returned, "a token waits there");
                        *waits = (*waits).max(1);
                        *waits -= 1;
                        if *waits == 0 {
                            self.waiting.remove(&place);
                        }
                    }
                    assert!(
                        *scope == Key(0) || self.active.contains_key(scope),
                        "{node} becomes active inside a scope that is there"
                    );
                    self.active.insert(*key, (node.to_string(), *scope));
                    if let (Some(inner), true) =
                        (own.inner_start, own.each.is_none() || item.is_some())
                    {
                        self.sent(definition, inner);
                    }
                }
                Event::NodeCompleted { key } | Event::NodeTerminated { key, .. } => {
                    let gone = self.active.remove(key);
                    assert!(gone.is_some(), "{key} ends once");
                    self.waiting.retain(|(_, scope, _), _| scope != key);
                    ended_scopes.insert(*key);
                }
                Event::Returned { .. } => self.returned = true,
                Event::InstanceModified { .. } => (self.modified, self.returned) = (true, true),
                Event::ScopeInterrupted { scope: interrupted, .. } => {
                    self.waiting.retain(|(_, scope, _), _| scope != interrupted);
                }
                Event::InstanceCompleted { .. } | Event::InstanceCancelled { .. } => {
                    self.active.clear();
                    self.waiting.clear();
                    self.moving.clear();
                }
                _ => {}
            }
            let negative = self.moving.iter().find(|(_, count)| **count < 0);
            assert!(
                negative.is_none() || self.modified,
                "no token comes from nowhere: {negative:?}"
            );
        }
        self.arrived(events);
    }

    /// Every token that was sent has arrived when the step is over.
    pub(super) fn arrived(&mut self, events: &[Event]) {
        // A terminating end event takes back tokens of its scope that are on their way.
        let stopped = events
            .iter()
            .any(|event| matches!(event, Event::NodeActivated { node, .. } if node.as_str().starts_with("stop")));
        if !std::mem::take(&mut self.modified) && !stopped {
            let lost: Vec<_> = self.moving.iter().filter(|(_, count)| **count > 0).collect();
            assert!(lost.is_empty(), "every token arrives within its step: {lost:?}");
        }
        self.moving.clear();
    }

    pub(super) fn sent(&mut self, definition: &Definition, node: usize) {
        *self.moving.entry(definition.nodes()[node].name().to_string()).or_default() += 1;
    }

    pub(super) fn check(&mut self, instance: &Instance) {
        let active: BTreeMap<Key, (String, Key)> = instance
            .activations()
            .iter()
            .map(|(key, it)| (*key, (it.node.to_string(), it.scope)))
            .collect();
        assert_eq!(active, self.active, "what is active is what the events made active");
        let mut waiting = BTreeMap::new();
        for one in instance.arrivals() {
            *waiting.entry((one.node.to_string(), one.scope, one.flow)).or_default() += 1;
        }
        if std::mem::take(&mut self.returned) {
            self.waiting = waiting;
        } else {
            assert_eq!(waiting, self.waiting, "what waits is what arrived");
        }
    }
}

//! What listens, what is thrown, and what can be undone: how its events change an instance.

use crate::event::{Event, Item, TimerPurpose};
use crate::ids::{Key, NodeName};
use crate::instance::{Activation, ConditionWait, Done, HeldSignal, Instance, SignalWait, Waiting};

impl Instance {
    pub(super) fn apply_throwing(&mut self, event: &Event) {
        match event {
            Event::ListenerOpened { key, node, scope, at } => {
                self.last_key = *key;
                let activation = Activation {
                    waiting: Waiting::Listener,
                    ..Activation::begin(node.clone(), *scope, *at)
                };
                self.activations.insert(*key, activation);
            }
            Event::ListenerClosed { key } => {
                self.activations.remove(key);
            }
            Event::ScopeInterrupted { scope, .. } => {
                self.arrivals.retain(|arrival| arrival.scope != *scope);
                self.resets.retain(|reset| reset.scope != *scope);
            }
            Event::WaitsDropped { key, of } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    drop_waits(activation, of.as_ref());
                }
            }
            Event::SignalAwaited { key, signal, boundary } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    let waits = SignalWait { signal: signal.clone(), boundary: boundary.clone() };
                    activation.signals.push(waits);
                }
            }
            Event::SignalReceived { key, signal, boundary } => {
                self.came(*key);
                if let Some(activation) = self.activations.get_mut(key) {
                    let is = |one: &SignalWait| one.signal == *signal && one.boundary == *boundary;
                    activation.signals.retain(|one| !is(one));
                }
            }
            Event::SignalHeld { signal, payload } => {
                let (signal, payload) = (signal.clone(), payload.clone());
                self.held.push(HeldSignal { signal, payload });
            }
            Event::ReportHeld { report } => self.reports.push((**report).clone()),
            Event::ConditionAwaited { key, boundary } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    let waits = ConditionWait { boundary: boundary.clone(), met: false };
                    activation.conditions.push(waits);
                }
            }
            Event::ConditionChanged { key, boundary, met } => {
                let Some(activation) = self.activations.get_mut(key) else { return };
                let mut own = activation.conditions.iter_mut();
                if let Some(waits) = own.find(|one| one.boundary == *boundary) {
                    waits.met = *met;
                }
            }
            Event::CompensationKept { key, handler, within, runs } => {
                self.keep(*key, handler, within, runs);
            }
            Event::CompensationThrown { key, scope, activity } => {
                let activity = activity.clone();
                self.wait(*key, Waiting::Compensating { scope: *scope, activity });
            }
            other => unreachable!("{other:?} does not throw or listen"),
        }
    }

    fn keep(
        &mut self,
        key: Key,
        handler: &NodeName,
        within: &[(Key, NodeName)],
        runs: &[(NodeName, Item)],
    ) {
        let Some(activation) = self.activations.get(&key) else { return };
        let done = Done {
            key,
            node: activation.node.clone(),
            last: self.last_key,
            item: activation.item.clone(),
            handler: handler.clone(),
            within: within.to_vec(),
            runs: runs.to_vec(),
            documents: self.documents.clone(),
            variables: self.variables.clone(),
            undone_by: None,
        };
        self.done.push(done);
    }

    pub(in crate::instance) fn undone_by(&mut self, done: Key, by: Option<Key>) {
        if let Some(one) = self.done.iter_mut().find(|one| one.key == done) {
            one.undone_by = by;
        }
    }
}

/// Forgets what an activation waits for: everything, or what waits for one event at it.
pub(super) fn drop_waits(activation: &mut Activation, of: Option<&NodeName>) {
    let stays = |boundary: Option<&NodeName>| of.is_some() && boundary != of;
    activation.timers.retain(|_, timer| {
        stays(match &timer.purpose {
            TimerPurpose::Boundary { node } => Some(node),
            _ => None,
        })
    });
    activation.subscriptions.retain(|one| stays(one.boundary.as_ref()));
    activation.signals.retain(|one| stays(one.boundary.as_ref()));
    activation.conditions.retain(|one| stays(one.boundary.as_ref()));
}

//! Errors, escalations and signals on their way: who catches them. An error or an escalation goes
//! outwards, from the activation that throws it: to the boundary events of the activity, to the
//! event sub-processes of the scope around it, to that scope's own boundary events, and so on; out of
//! the case to the one that called it. A signal goes to everybody.

use super::triggers::{Trigger, thrown};
use super::{Halt, Step};
use crate::command::{Content, Request};
use crate::event::{Cause, Event};
use crate::ids::{ErrorCode, EscalationCode, Key, NodeName, SignalName};
use crate::instance::Status;
use crate::rejection::{Need, Rejection};

/// Signals that may wait for a case that stands still.
const SIGNALS_HELD_MAX: usize = 100;

/// The event that catches something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catcher {
    /// Its node.
    node: usize,
    /// The activity that a boundary event stands on, or the scope that an event sub-process is in.
    at: Key,
    /// Whether it is an event sub-process.
    inside: bool,
}

impl Step<'_> {
    /// The nearest event around an activation that catches something; of several there, the one
    /// that names it.
    fn catcher(&self, from: Key, fits: impl Fn(&Trigger) -> Option<bool>) -> Option<Catcher> {
        let definition = self.definition;
        let best = |nodes: &[usize]| {
            let fitting = nodes.iter().filter_map(|node| {
                let trigger = definition.nodes[*node].behavior.trigger()?;
                fits(trigger).map(|exactly| (exactly, *node))
            });
            fitting.reduce(|best, one| if one.0 && !best.0 { one } else { best })
        };
        let mut at = from;
        loop {
            let activation = self.instance.activation(at)?;
            let host = if activation.item.is_some() { activation.scope } else { at };
            let node = self.node_of(host);
            if let Some((_, node)) = best(&node.boundaries) {
                return Some(Catcher { node, at: host, inside: false });
            }
            let scope = self.activation(host).scope;
            // What an event sub-process throws is for those further out, never for itself.
            let listeners = match self.instance.activation(scope) {
                _ if node.behavior.listens() => &[][..],
                Some(around) => &definition.nodes[definition.index(&around.node)].listeners,
                None => &definition.listeners,
            };
            if let Some((_, node)) = best(listeners) {
                return Some(Catcher { node, at: scope, inside: true });
            }
            at = scope;
        }
    }

    fn caught(&mut self, catcher: Catcher, payload: &Content) -> Result<(), Halt> {
        let behavior = &self.definition.nodes[catcher.node].behavior;
        let done = if catcher.inside {
            behavior.happen_in(self, catcher.at, Some(payload))
        } else {
            behavior.happen(self, catcher.at, Some(payload))
        };
        self.settle(catcher.at, done).map(|_| ())
    }

    /// Throws an error from an activation, which ends with it.
    pub(crate) fn throw_error(
        &mut self,
        key: Key,
        code: &ErrorCode,
        message: &str,
    ) -> Result<(), Halt> {
        let catcher = self.catcher(key, |trigger| trigger.catches_error(code));
        if catcher.is_none() && self.instance.parent().is_none() {
            return Err(Halt::incident(
                "UNCAUGHT_ERROR",
                format!(
                    "expected an event that catches the error `{code}`, found none: {message}; let a boundary event or an event sub-process catch it, or move on from here by hand"
                ),
            ));
        }
        let caught = catcher.map(|it| self.definition.nodes[it.node].name.clone());
        let (error, message) = (code.clone(), message.to_owned());
        self.emit(Event::ErrorThrown { key, code: error, message: message.clone(), caught });
        match catcher {
            Some(catcher) => {
                // An activity that an error ends is interrupted by whoever catches it; an end event
                // has done its work.
                if !self.definition.nodes[self.definition.index(&self.activation(key).node)]
                    .element
                    .is_activity()
                {
                    self.complete(key, super::Leave::End)?;
                }
                self.caught(catcher, &thrown(code.as_str(), &message))
            }
            None => {
                self.terminate_inside(Key(0), &Cause::Error { code: code.clone() });
                self.end_case_with(Some((code.clone(), message)));
                Ok(())
            }
        }
    }

    /// Throws an escalation from an activation, which goes on as `leave` says.
    pub(crate) fn escalate(
        &mut self,
        key: Key,
        code: &EscalationCode,
        leave: Option<super::Leave>,
    ) -> Result<(), Halt> {
        let catcher = self.catcher(key, |trigger| trigger.catches_escalation(code));
        let caught = catcher.map(|it| self.definition.nodes[it.node].name.clone());
        if let (None, Some(parent)) = (catcher, self.instance.parent().cloned()) {
            self.request(Request::ReportEscalation { parent, code: code.clone() });
        }
        self.emit(Event::EscalationThrown { key, code: code.clone(), caught });
        if let Some(leave) = leave {
            self.complete(key, leave)?;
        }
        match catcher {
            Some(catcher) => self.caught(catcher, &thrown(code.as_str(), "")),
            None => Ok(()),
        }
    }

    /// Throws a signal from an activation, which goes on as `leave` says: whoever waits for it in
    /// this case gets it now, other cases get it from the writer.
    pub(crate) fn throw_signal(
        &mut self,
        key: Key,
        signal: &SignalName,
        payload: Option<&Content>,
        leave: super::Leave,
    ) -> Result<(), Halt> {
        self.emit(Event::SignalThrown { key, signal: signal.clone() });
        let hash = payload.map(|payload| payload.hash.clone());
        self.request_by(key, Request::BroadcastSignal { signal: signal.clone(), payload: hash });
        let waiting = self.waiting_for(signal);
        self.complete(key, leave)?;
        self.hand_out(signal, waiting, payload)
    }

    /// A signal that another case threw, or somebody outside.
    pub(super) fn deliver_signal(
        &mut self,
        signal: &SignalName,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        let waiting = self.waiting_for(signal);
        if waiting.is_empty() {
            let expected = format!("something in the case that waits for the signal `{signal}`");
            return Err(Rejection::WrongKind { key: Key(0), expected }.into());
        }
        if self.instance.suspended().is_none() {
            return self.hand_out(signal, waiting, payload);
        }
        if self.instance.held().len() >= SIGNALS_HELD_MAX {
            let message = format!(
                "expected at most {SIGNALS_HELD_MAX} signals to wait for a case that stands still"
            );
            return Err(Rejection::BadArgument { field: "signal".into(), message }.into());
        }
        self.keep(payload.cloned().into_iter().collect());
        let (signal, payload) = (signal.clone(), payload.map(|content| content.hash.clone()));
        self.emit(Event::SignalHeld { signal, payload });
        Ok(())
    }

    /// What signals bring that came while the case stood still.
    pub(super) fn held_signals(&self) -> Result<Vec<(SignalName, Option<Content>)>, Halt> {
        let mut held = Vec::new();
        for one in self.instance.held() {
            let payload = match &one.payload {
                Some(hash) => match self.facts.documents.get(hash) {
                    Some(value) => {
                        Some(Content { hash: hash.clone(), value: std::sync::Arc::clone(value) })
                    }
                    None => return Err(self.need(Need::Document(hash.clone()))),
                },
                None => None,
            };
            held.push((one.signal.clone(), payload));
        }
        Ok(held)
    }

    /// Hands out what came while the case stood still, one signal after the other, to whoever waits
    /// for it now.
    pub(super) fn hand_out_held(
        &mut self,
        held: Vec<(SignalName, Option<Content>)>,
    ) -> Result<(), Halt> {
        for (signal, payload) in held {
            let waiting = self.waiting_for(&signal);
            self.hand_out(&signal, waiting, payload.as_ref())?;
            self.run()?;
            if self.instance.status() != Status::Active {
                break;
            }
        }
        Ok(())
    }

    fn waiting_for(&self, signal: &SignalName) -> Vec<(Key, Option<NodeName>)> {
        let all = self.instance.activations().iter();
        all.flat_map(|(key, it)| it.signals.iter().map(|one| (*key, one)))
            .filter(|(_, one)| one.signal == *signal)
            .map(|(key, one)| (key, one.boundary.clone()))
            .collect()
    }

    fn hand_out(
        &mut self,
        signal: &SignalName,
        waiting: Vec<(Key, Option<NodeName>)>,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        for (key, boundary) in waiting {
            let waits = self.instance.activation(key).is_some_and(|it| {
                it.signals.iter().any(|one| one.signal == *signal && one.boundary == boundary)
            });
            // One that got it before may have ended this one.
            if !waits {
                continue;
            }
            let node = boundary.clone().unwrap_or_else(|| self.activation(key).node.clone());
            let behavior = &self.definition.nodes[self.definition.index(&node)].behavior;
            let received =
                Event::SignalReceived { key, signal: signal.clone(), boundary: boundary.clone() };
            self.emit(received);
            let happened = behavior.happen(self, key, payload).map_err(Halt::of_payload);
            self.settle_at(key, boundary.as_slice(), happened)?;
        }
        Ok(())
    }

    /// Lets the event sub-processes of a scope listen.
    pub(super) fn listen(&mut self, scope: Key, nodes: &[usize]) -> Result<(), Halt> {
        for node in nodes {
            let behavior = &self.definition.nodes[*node].behavior;
            let Some(trigger) = behavior.trigger() else { continue };
            // What is thrown inside the scope is found when it is thrown.
            match trigger {
                Trigger::Timer { .. }
                | Trigger::Message { .. }
                | Trigger::Signal { .. }
                | Trigger::Condition(_) => {}
                Trigger::Error { .. }
                | Trigger::Escalation { .. }
                | Trigger::Compensation
                | Trigger::Cancel => continue,
            }
            let key = Key(self.instance.last_key().0 + 1);
            let name = self.definition.nodes[*node].name.clone();
            self.emit(Event::ListenerOpened { key, node: name, scope, at: self.now() });
            let armed = trigger.arm(self, key, None);
            self.settle(key, armed)?;
        }
        Ok(())
    }

    /// The scope is done: nobody listens in it any more.
    pub(super) fn close_listeners(&mut self, scope: Key) {
        let open: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(_, it)| it.scope == scope && it.is_listener())
            .map(|(key, _)| *key)
            .collect();
        for key in open {
            self.emit(Event::ListenerClosed { key });
        }
    }
}

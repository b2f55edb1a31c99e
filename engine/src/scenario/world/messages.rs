//! Messages that wait for somebody, and cases that begin by themselves: by a message that nobody waits
//! for, or by a signal.

use super::{Trouble, World};
use crate::actor::Actor;
use crate::command::{Command, Content};
use crate::definition::{Begins, MESSAGE_KEPT_MS};
use crate::ids::{InstanceId, Key, MessageName, NodeName, ProcessName, SignalName};
use crate::instance::{Instance, Status};
use crate::time::Timestamp;

/// A message that is kept for whoever waits for it.
pub(super) struct Kept {
    message: MessageName,
    correlation: String,
    payload: Option<Content>,
    until: Timestamp,
    hops: u32,
}

impl World<'_> {
    /// Sends a message from outside; it waits until somebody waits for it.
    pub(in crate::scenario) fn send(
        &mut self,
        message: MessageName,
        correlation: String,
        payload: Option<Content>,
    ) -> Result<(), Trouble> {
        let (now, calendars) = (self.now, &self.calendars);
        let all = self.built.definitions.values();
        let until = all.filter_map(|own| own.message_kept_until(&message, now, calendars)).max();
        self.keep_message(message, correlation, payload, until);
        self.follow_up()
    }

    /// Keeps a message, as long as messages are kept where nothing is said.
    pub(super) fn keep_message(
        &mut self,
        message: MessageName,
        correlation: String,
        payload: Option<Content>,
        until: Option<Timestamp>,
    ) {
        let until = until.unwrap_or(self.now.plus_ms(MESSAGE_KEPT_MS));
        let hops = self.hops;
        self.messages.push(Kept { message, correlation, payload, until, hops });
    }

    /// Gives every message to whoever waits for it, or begins a case with it.
    pub(super) fn deliver_buffered(&mut self) -> Result<(), Trouble> {
        let now = self.now;
        self.messages.retain(|kept| kept.until > now);
        let mut at = 0;
        while at < self.messages.len() {
            let Kept { message, correlation, .. } = &self.messages[at];
            let Some((id, key)) = self.receiver(message, correlation) else {
                match self.begun_by(Begins::Message(message)).into_iter().next() {
                    Some(start) => {
                        let Kept { payload, hops, .. } = self.messages.remove(at);
                        self.hops = hops;
                        self.begin(start, payload)?;
                        at = 0;
                    }
                    None => at += 1,
                }
                continue;
            };
            let Kept { message, payload, hops, .. } = self.messages.remove(at);
            self.hops = hops;
            let command = Command::DeliverMessage { key, message, payload };
            self.carry_out(id, Actor::System, command)?;
            at = 0;
        }
        Ok(())
    }

    fn receiver(&self, message: &MessageName, correlation: &str) -> Option<(InstanceId, Key)> {
        let is_open =
            |case: &&Instance| case.status() == Status::Active && case.suspended().is_none();
        let active = self.cases.values().filter(is_open);
        active
            .flat_map(|case| case.activations().iter().map(|(key, it)| (case.id(), *key, it)))
            .find(|(_, _, it)| {
                let waits = |one: &crate::instance::Subscription| {
                    one.message == *message && one.correlation == correlation
                };
                it.subscriptions.iter().any(waits)
            })
            .map(|(id, key, _)| (id, key))
    }

    /// Start events that something begins, by process.
    pub(super) fn begun_by(&self, what: Begins<'_>) -> Vec<(ProcessName, NodeName)> {
        let definitions = self.built.definitions.values();
        let starts = definitions.flat_map(|definition| {
            let events = definition.event_starts().filter(|(_, begins)| *begins == what);
            events.map(|(event, _)| (definition.process().clone(), event.clone()))
        });
        let mut starts: Vec<_> = starts.collect();
        starts.sort();
        starts
    }

    /// Begins a case at a start event.
    pub(super) fn begin(
        &mut self,
        (process, event): (ProcessName, NodeName),
        payload: Option<Content>,
    ) -> Result<(), Trouble> {
        let id = InstanceId(i64::try_from(self.cases.len()).expect("cases are few") + 1);
        self.begun.push((id, process.clone(), event.clone()));
        self.carry_out(id, Actor::System, Command::Begin { process, event, payload })
    }

    /// The newest case of a process that began by itself, at a start event where one is named.
    pub(in crate::scenario) fn begun(
        &self,
        process: &ProcessName,
        event: Option<&NodeName>,
    ) -> Result<InstanceId, Trouble> {
        let is_it = |(_, of, at): &&(InstanceId, ProcessName, NodeName)| {
            of == process && event.is_none_or(|event| event == at)
        };
        let found = self.begun.iter().rfind(is_it).map(|(id, ..)| *id);
        let missing = || format!("expected that a case of `{process}` begins, but none did").into();
        found.ok_or_else(missing)
    }

    /// Throws a signal from outside.
    pub(in crate::scenario) fn send_signal(
        &mut self,
        signal: &SignalName,
        payload: Option<&Content>,
    ) -> Result<(), Trouble> {
        self.broadcast(None, signal, payload)?;
        self.follow_up()
    }

    /// Hands a signal to every case that waits for it, but the one that threw it. One that stands
    /// still holds it until it goes on.
    pub(super) fn broadcast(
        &mut self,
        from: Option<InstanceId>,
        signal: &SignalName,
        payload: Option<&Content>,
    ) -> Result<(), Trouble> {
        let waits = |case: &&Instance| {
            let mut all = case.activations().values();
            Some(case.id()) != from
                && all.any(|it| it.signals.iter().any(|one| one.signal == *signal))
        };
        let waiting: Vec<InstanceId> =
            self.cases.values().filter(waits).map(Instance::id).collect();
        for id in waiting {
            let (signal, payload) = (signal.clone(), payload.cloned());
            self.carry_out(id, Actor::System, Command::DeliverSignal { signal, payload })?;
        }
        for start in self.begun_by(Begins::Signal(signal)) {
            self.begin(start, payload.cloned())?;
        }
        Ok(())
    }
}

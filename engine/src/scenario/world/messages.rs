//! Messages that wait for somebody, and cases that begin by themselves: by a message that nobody waits
//! for, or by a signal.

use super::{Trouble, World};
use crate::actor::Actor;
use crate::command::{Command, Content};
use crate::definition::Begins;
use crate::ids::{InstanceId, Key, MessageName, NodeName, ProcessName};
use crate::instance::Status;

impl World<'_> {
    /// Gives every message to whoever waits for it, or begins a case with it.
    pub(super) fn deliver_buffered(&mut self) -> Result<(), Trouble> {
        let mut at = 0;
        while at < self.messages.len() {
            let (message, correlation, _) = &self.messages[at];
            let Some((id, key)) = self.receiver(message, correlation) else {
                match self.begun_by(Begins::Message(message)).into_iter().next() {
                    Some(start) => {
                        let (_, _, payload) = self.messages.remove(at);
                        self.begin(start, payload)?;
                        at = 0;
                    }
                    None => at += 1,
                }
                continue;
            };
            let (message, _, payload) = self.messages.remove(at);
            let command = Command::DeliverMessage { key, message, payload };
            self.carry_out(id, Actor::System, command)?;
            at = 0;
        }
        Ok(())
    }

    fn receiver(&self, message: &MessageName, correlation: &str) -> Option<(InstanceId, Key)> {
        let active = self.cases.values().filter(|case| case.status() == Status::Active);
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
        self.carry_out(id, Actor::System, Command::Begin { process, event, payload })
    }
}

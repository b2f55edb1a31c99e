//! How cases of a process begin: by hand, or by themselves when a message or a signal comes.

use super::Definition;
use crate::ids::{MessageName, NodeName, SignalName};
use crate::step::triggers::Trigger;

/// What must happen for a case to begin by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins<'a> {
    /// A message comes that no running case waits for.
    Message(&'a MessageName),
    /// A signal is thrown.
    Signal(&'a SignalName),
}

impl Definition {
    /// Whether a person or another case may begin it; else only an event does.
    pub fn begins_by_hand(&self) -> bool {
        !self.event_starts.contains(&self.start)
    }

    /// Where cases begin by themselves: the node, and what must happen.
    pub fn event_starts(&self) -> impl Iterator<Item = (&NodeName, Begins<'_>)> {
        self.event_starts.iter().filter_map(|at| {
            let node = self.nodes.get(*at)?;
            let begins = match node.behavior.trigger()? {
                Trigger::Message { awaited, .. } => Begins::Message(awaited.message()),
                Trigger::Signal { signal, .. } => Begins::Signal(signal),
                Trigger::Timer { .. }
                | Trigger::Condition(_)
                | Trigger::Error { .. }
                | Trigger::Escalation { .. }
                | Trigger::Compensation
                | Trigger::Cancel => return None,
            };
            Some((&node.name, begins))
        })
    }
}

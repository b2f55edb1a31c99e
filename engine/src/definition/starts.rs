//! How cases of a process begin: by hand, or by themselves when a message or a signal comes, or when it is time.

use super::Definition;
use crate::calendar::Calendars;
use crate::ids::{MessageName, NodeName, SignalName};
use crate::step::triggers::Trigger;
use crate::time::Timestamp;

/// What must happen for a case to begin by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins<'a> {
    /// A message comes that no running case waits for.
    Message(&'a MessageName),
    /// A signal is thrown.
    Signal(&'a SignalName),
    /// It is time; see `next_start`.
    Timer,
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
                Trigger::Timer { .. } => Begins::Timer,
                Trigger::Condition(_)
                | Trigger::Error { .. }
                | Trigger::Escalation { .. }
                | Trigger::Compensation
                | Trigger::Cancel => return None,
            };
            Some((&node.name, begins))
        })
    }

    /// When a start event with a timer begins a case next, after a moment; none when it begins none
    /// any more.
    pub fn next_start(
        &self,
        event: &NodeName,
        after: Timestamp,
        calendars: &Calendars,
    ) -> Option<Timestamp> {
        let at = self.by_name.get(event).filter(|at| self.event_starts.contains(at))?;
        match self.nodes[*at].behavior.trigger()? {
            Trigger::Timer { when, .. } => when.next(after, calendars, &self.calendar),
            Trigger::Message { .. }
            | Trigger::Signal { .. }
            | Trigger::Condition(_)
            | Trigger::Error { .. }
            | Trigger::Escalation { .. }
            | Trigger::Compensation
            | Trigger::Cancel => None,
        }
    }
}

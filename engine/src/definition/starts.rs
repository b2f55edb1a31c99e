//! How cases of a process begin: by hand, or by themselves when a message or a signal comes, or when it is time.

use super::{Definition, Node};
use crate::calendar::Calendars;
use crate::clock::Cycle;
use crate::elements::Element;
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

/// When a start event begins a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartTime {
    /// When.
    pub at: Timestamp,
    /// Which time it is; none where nobody counted.
    pub cycle: Option<Cycle>,
}

impl Node {
    /// Whether it begins cases by itself though it is no start event: a gateway or a task.
    pub(crate) fn instantiates(&self) -> bool {
        instantiates(&self.element)
    }
}

/// Whether an element begins cases by itself though it is no start event.
pub(crate) fn instantiates(element: &Element) -> bool {
    match element {
        Element::EventBasedGateway(gateway) => gateway.instantiate,
        Element::ReceiveTask(task) => task.instantiate,
        _ => false,
    }
}

impl Definition {
    /// Whether a person or another case may begin it; else only an event does.
    pub fn begins_by_hand(&self) -> bool {
        !self.event_starts.contains(&self.start) && !self.nodes[self.start].instantiates()
    }

    /// Where the first token of a case goes that begins by itself with an event: to the gateway
    /// before it, where that begins cases.
    pub(crate) fn begins_at(&self, event: usize) -> usize {
        let mut before = self.nodes[event].incoming.iter().map(|flow| self.flows[*flow].from);
        before.find(|at| self.nodes[*at].instantiates()).unwrap_or(event)
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

    /// When a start event with a timer begins a case next after a moment, behind the last time where
    /// there was one; none when it begins none any more. Periods are counted from the moment before
    /// the first time.
    pub fn next_start(
        &self,
        event: &NodeName,
        last: Option<StartTime>,
        after: Timestamp,
        calendars: &Calendars,
    ) -> Option<StartTime> {
        let at = self.by_name.get(event).filter(|at| self.event_starts.contains(at))?;
        match self.nodes[*at].behavior.trigger()? {
            Trigger::Timer { when, repeat } => {
                let cycle = match last {
                    None => Cycle::first(after, repeat.times()),
                    Some(StartTime { cycle: Some(cycle), .. }) => cycle.after()?,
                    Some(StartTime { at, cycle: None }) => when.cycle_behind(at, repeat.times()),
                };
                let (cycle, at) = when.next(cycle, after, calendars, &self.calendar)?;
                Some(StartTime { at, cycle: Some(cycle) })
            }
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

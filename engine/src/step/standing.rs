//! Timers that stand still while some node is active (`pausedBy`): a time limit of a phase, or of the whole
//! case, in which corrections and appraisals do not count.

use super::suspension::next_cycle;
use super::{Halt, Step};
use crate::event::{Event, MovedTimer, TimerPurpose};
use crate::ids::{Key, NodeName};
use crate::instance::Timer;
use crate::step::memory::Memory;
use crate::step::triggers::Trigger;
use crate::time::Timestamp;

impl Step<'_> {
    /// Lets timers stand still, or go on, as everything waits now.
    pub(super) fn stop_clocks(&mut self) -> Result<(), Halt> {
        if self.instance.suspended().is_some() {
            return Ok(());
        }
        let mut moved = Vec::new();
        for (key, activation) in self.instance.activations() {
            for (number, timer) in &activation.timers {
                if let Some((at, working, paused)) = self.clock_now(*key, timer)? {
                    let cycle = next_cycle(timer, working.as_ref());
                    let (timer, working) = (*number, working.map(Box::new));
                    moved.push((*key, MovedTimer { timer, at, working, paused, cycle }));
                }
            }
        }
        for (key, timer) in moved {
            self.emit(Event::ClocksMoved { key, working: None, timers: vec![timer] });
        }
        Ok(())
    }

    /// When a timer runs out now, how that was counted, and since when it stands still; nothing where all
    /// that is as it was.
    fn clock_now(&self, key: Key, timer: &Timer) -> Result<Option<Now>, Halt> {
        let pausing = self.paused_by(key, timer);
        if pausing.is_empty() && timer.paused.is_none() {
            return Ok(None);
        }
        let memory = self.memory(key);
        let stands = pausing.iter().any(|node| self.is_active(&memory, node));
        match (timer.paused, &timer.working) {
            (None, Some(own)) if stands && !own.is_fixed() && !own.is_due(self.now()) => {
                Ok(Some((Timestamp::NEVER, None, Some(self.now()))))
            }
            (Some(since), Some(own)) if !stands => {
                let goes_on = self.goes_on(own, since)?.unwrap_or_else(|| (**own).clone());
                Ok(Some((goes_on.until, Some(goes_on), None)))
            }
            _ => Ok(None),
        }
    }

    /// The nodes that let a timer stand still.
    fn paused_by(&self, key: Key, timer: &Timer) -> &[NodeName] {
        let node = match &timer.purpose {
            TimerPurpose::Boundary { node } => self.definition.node(node.as_str()),
            TimerPurpose::Event => Some(self.node_of(key)),
            TimerPurpose::Due
            | TimerPurpose::Reminder { .. }
            | TimerPurpose::Opens
            | TimerPurpose::Closes
            | TimerPurpose::PageEnds
            | TimerPurpose::JobRetry => None,
        };
        match node.and_then(|node| node.behavior.trigger()) {
            Some(Trigger::Timer { when, .. }) => &when.paused_by,
            Some(_) | None => &[],
        }
    }

    /// Whether a node is active in the run that a clock is in as well, where it is inside of one.
    fn is_active(&self, memory: &Memory<'_>, node: &NodeName) -> bool {
        let within = self.definition.node(node.as_str()).and_then(|node| memory.run_with(node));
        let mut active = self.instance.activations().iter();
        active.any(|(key, one)| {
            let is_within = |run| self.instance.runs_around(*key).any(|around| around == run);
            one.node == *node && !one.is_listener() && within.is_none_or(is_within)
        })
    }
}

/// When a timer runs out, how that was counted, and since when it stands still.
type Now = (Timestamp, Option<crate::clock::Working>, Option<Timestamp>);

//! Time passes in a scenario: clocks run out, and cases begin because it is time.

use std::collections::BTreeMap;

use super::{Compiled, Trouble, World};
use crate::actor::Actor;
use crate::command::Command;
use crate::definition::StartTime;
use crate::ids::{NodeName, ProcessName};
use crate::time::Timestamp;

/// Timers that may fire in one stretch of time.
const TIMERS_MAX: usize = 20_000;

/// When the start events of a pack begin cases for the first time after a moment.
pub(super) fn starts(
    built: &Compiled,
    after: Timestamp,
) -> BTreeMap<(ProcessName, NodeName), StartTime> {
    let events = built.definitions.values().flat_map(|definition| {
        definition.event_starts().filter_map(|(event, _)| {
            let at = definition.next_start(event, None, after, &built.pack.calendars)?;
            Some(((definition.process().clone(), event.clone()), at))
        })
    });
    events.collect()
}

impl World<'_> {
    /// Lets time pass; whatever falls due happens in order.
    pub(in crate::scenario) fn advance(&mut self, until: Timestamp) -> Result<(), Trouble> {
        for _ in 0..TIMERS_MAX {
            let due = self
                .cases
                .values()
                .filter(|case| case.suspended().is_none())
                .flat_map(|case| case.activations().iter().map(|(key, it)| (case.id(), *key, it)))
                .flat_map(|(id, key, it)| {
                    it.timers.iter().map(move |(number, timer)| (timer.at, id, key, *number))
                })
                .min();
            let due = due.filter(|(at, ..)| *at <= until);
            let start = self.starts.values().map(|start| start.at).min().filter(|at| *at <= until);
            if let Some(at) = start.filter(|at| due.is_none_or(|(due, ..)| *at < due)) {
                self.now = self.now.max(at);
                self.begin_timed()?;
                continue;
            }
            let Some((at, id, key, timer)) = due else {
                self.now = self.now.max(until);
                return Ok(());
            };
            self.now = self.now.max(at);
            self.give(id, Actor::System, Command::FireTimer { key, timer })?;
        }
        Err(format!("expected at most {TIMERS_MAX} timers to fire in one stretch").into())
    }

    /// Lets time pass until a start event has begun a case.
    pub(in crate::scenario) fn wait_for_start(
        &mut self,
        process: &ProcessName,
        event: &NodeName,
    ) -> Result<(), Trouble> {
        let Some(at) = self.starts.get(&(process.clone(), event.clone())).copied() else {
            return Err(format!(
                "expected a start event of `{process}` whose time comes after `at`, found `{event}`"
            )
            .into());
        };
        self.advance(at.at)
    }

    /// Begins every case for which it is time.
    fn begin_timed(&mut self) -> Result<(), Trouble> {
        let now = self.now;
        let due = self.starts.iter().filter(|(_, start)| start.at <= now);
        let due: Vec<_> = due.map(|(start, time)| (start.clone(), *time)).collect();
        for (start, last) in due {
            let definition = &self.built.definitions[&start.0];
            match definition.next_start(&start.1, Some(last), now, &self.calendars) {
                Some(next) => self.starts.insert(start.clone(), next),
                None => self.starts.remove(&start),
            };
            self.begin(start, None)?;
            self.follow_up()?;
        }
        Ok(())
    }
}

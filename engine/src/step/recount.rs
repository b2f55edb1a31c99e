//! Deadlines that were counted by weekends alone are counted anew when the calendar of their year is
//! there, each from its own working: from when it ran, with its extensions, and what had passed of it.

use super::{Halt, Step};
use crate::clock::{self, Working};
use crate::event::{Event, MovedTimer, TimerPurpose};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::rejection::Rejection;

impl Step<'_> {
    /// Every provisional clock of the case that has not run out is counted anew.
    pub(super) fn recount(&mut self, reason: &str) -> Result<(), Halt> {
        self.is_admin()?;
        Self::check_reason(reason)?;
        // What stands still is counted by the calendar of when it goes on.
        let stands_still = self.instance.suspended().is_some();
        let keys = self.instance.activations().keys().copied().filter(|_| !stands_still);
        let keys: Vec<Key> = keys.collect();
        let mut any = false;
        for key in keys {
            any |= self.recount_at(key);
        }
        if any { Ok(()) } else { Err(Rejection::NothingToRecount.into()) }
    }

    /// Whether a clock of an activation was provisional and is counted anew.
    fn recount_at(&mut self, key: Key) -> bool {
        let activation = self.activation(key);
        let own = match &activation.waiting {
            Waiting::Task { due: Some(due), .. } => self.counted_anew(due),
            Waiting::Submissions { working: Some(window), .. } => self.counted_anew(window),
            _ => None,
        };
        let mut moved = Vec::new();
        for (number, timer) in activation.timers.iter().filter(|(_, one)| one.paused.is_none()) {
            let (at, working) = match (&timer.purpose, &own) {
                (TimerPurpose::Due | TimerPurpose::Closes, Some(own)) => (own.until, None),
                (TimerPurpose::Reminder { number }, Some(own)) => {
                    let node = self.node_of(key);
                    let calendar = self.facts.calendars.get(&own.calendar);
                    match node.behavior.reminder(*number).zip(calendar) {
                        Some((spec, calendar)) => (clock::remind(own, spec, calendar), None),
                        None => continue,
                    }
                }
                // What comes again and again is counted anew each time.
                _ if timer.cycle.is_some() => continue,
                _ => match timer.working.as_ref().and_then(|own| self.counted_anew(own)) {
                    Some(working) => (working.until, Some(Box::new(working))),
                    None => continue,
                },
            };
            moved.push(MovedTimer { timer: *number, at, working, paused: None, cycle: None });
        }
        if own.is_none() && moved.is_empty() {
            return false;
        }
        let page = self.page_end(key, &moved);
        let working = own.map(Box::new);
        self.emit(Event::ClocksMoved { key, working, timers: moved });
        if let Some(until) = page {
            self.emit(Event::PageMoved { key, until });
        }
        true
    }

    /// How a provisional deadline that has not passed is counted now, where that says anything new.
    fn counted_anew(&self, working: &Working) -> Option<Working> {
        if !working.provisional || working.is_due(self.now()) {
            return None;
        }
        let calendar = self.facts.calendars.get(&working.calendar)?;
        Some(clock::recount(working, calendar)).filter(|anew| anew != working)
    }
}

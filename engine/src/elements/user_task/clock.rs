//! A task's deadline: how long it is, its reminders, and when it stands still. That it runs longer is
//! `extend`.

use super::behavior::{Choice, Task};
use crate::clock::{self, Working};
use crate::definition::source::ClockRule;
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::step::{Halt, Step};

impl Task {
    /// The deadline: what remained where the node's clock stood still, or the whole time.
    pub(super) fn deadline(&self, step: &Step<'_>, key: Key) -> Result<Option<Working>, Halt> {
        let Some(due) = &self.due else { return Ok(None) };
        if let Some(paused) = step.instance.paused_for(key)
            && let Some(calendar) = step.facts.calendars.get(&paused.working.calendar)
        {
            let remaining = paused.working.remaining(paused.at, calendar);
            return Ok(Some(clock::resume(&remaining, step.since(), calendar)));
        }
        due.working(step, key).map(Some)
    }

    pub(super) fn arm_clock(&self, step: &mut Step<'_>, key: Key, due: &Working) -> Result<(), Halt> {
        let Some(calendar) = step.facts.calendars.get(&due.calendar).cloned() else {
            return Err(Halt::incident("CALENDAR_MISSING", "expected the deadline's calendar"));
        };
        for (number, remind) in (0..).zip(&self.remind) {
            let at = clock::remind(due, *remind, &calendar);
            if at > step.now() {
                step.arm(key, at, TimerPurpose::Reminder { number }, None);
            }
        }
        step.arm(key, due.until, TimerPurpose::Due, None);
        Ok(())
    }

    /// An outcome may stop the node's clock until the case is back.
    pub(super) fn pause(step: &mut Step<'_>, key: Key, choice: Option<&Choice>) {
        let pauses =
            choice.is_some_and(|choice| choice.source.clock == Some(ClockRule::Pause));
        let activation = step.activation(key);
        if let (true, Waiting::Task { due: Some(due), .. }) = (pauses, &activation.waiting) {
            let (node, working) = (activation.node.clone(), due.clone());
            let ground = choice
                .map(|choice| choice.source.label.get(crate::text::Language::Zh).to_owned())
                .unwrap_or_default();
            step.emit(Event::ClockPaused { node, working, at: step.now(), ground, key });
        }
    }
}

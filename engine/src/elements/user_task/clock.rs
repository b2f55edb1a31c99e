//! A task's deadline: how long it is, its reminders, and when it stands still. That it runs longer is
//! `extend`.

use super::behavior::{Choice, Task};
use super::sign::SignRule;
use crate::clock::{self, Working};
use crate::definition::source::{ClockRule, Mode};
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::{DueBefore, SignerDue, Waiting};
use crate::operation::Operation;
use crate::step::{Halt, Step, signer_of};

impl Task {
    /// The deadline: what remained where the node's clock stood still, or the whole time.
    pub(super) fn deadline(&self, step: &Step<'_>, key: Key) -> Result<Option<Working>, Halt> {
        let Some(due) = &self.due else { return Ok(None) };
        // Taking a decision back gives no time: it is as if it had not been.
        if let Some((working, _)) = step.instance.due_before(key) {
            return Ok(Some(working.clone()));
        }
        if let Some(paused) = step.instance.paused_for(key)
            && let Some(calendar) = step.facts.calendars.get(&paused.working.calendar)
        {
            let own = signer_of(step.activation(key));
            let stopped = match paused.of(own.as_ref()) {
                Some(own) => Some((&own.working, own.at)),
                // Of a round those who had decided began with the others; whose turn had not come has the
                // whole time.
                None if paused.signers.is_empty() || Self::began_with_all(step, key) => {
                    Some((&paused.working, paused.at))
                }
                None => None,
            };
            if let Some((working, at)) = stopped {
                let remaining = working.remaining(at, calendar);
                return Ok(Some(clock::resume(&remaining, step.since(), calendar)));
            }
        }
        due.deadline(step, key).map(Some)
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

    /// The deadline of a task that is being decided and the timers beside it, where whoever decides may take that back.
    pub(super) fn due_before(&self, step: &Step<'_>, key: Key) -> Option<DueBefore> {
        let Waiting::Task { due, extended, .. } = &step.activation(key).waiting else {
            return None;
        };
        let whole = step.whole(key);
        let decides_alone = whole == key || step.activation(whole).waiting.nobody_decided();
        if !decides_alone || !self.allows.contains(&Operation::TakeBack) {
            return None;
        }
        let beside = step.beside(whole);
        let signers = if whole == key { Vec::new() } else { Self::signers_due(step, key) };
        let is_kept = due.is_some() || !beside.is_nothing() || !signers.is_empty();
        is_kept.then(|| DueBefore { working: due.clone(), extended: *extended, beside, signers })
    }

    /// The deadlines of those whom a round asks now: of all who are asked no more when one decides it, or else
    /// of that one.
    fn signers_due(step: &Step<'_>, key: Key) -> Vec<SignerDue> {
        let ends_round = Self::ends_round(step, key);
        let scope = step.activation(key).scope;
        let runs = step.instance.activations().iter();
        let runs = runs.filter(|(own, run)| run.scope == scope && (ends_round || **own == key));
        let due = runs.filter_map(|(_, run)| match &run.waiting {
            Waiting::Task { due: Some(due), extended, .. } => Some(SignerDue {
                person: signer_of(run)?,
                working: due.clone(),
                extended: *extended,
            }),
            _ => None,
        });
        due.collect()
    }

    /// Whether a signer is asked together with all the others of the list.
    fn began_with_all(step: &Step<'_>, key: Key) -> bool {
        let is_added = step.activation(key).item.as_ref().is_some_and(|item| item.added);
        let each = step.node_of(key).each.as_ref();
        !is_added && each.is_some_and(|each| each.mode == Mode::Parallel)
    }

    /// An outcome may stop the node's clock until the case is back: of a round that it ends, the clocks of
    /// all who are still to decide.
    pub(super) fn pause(step: &mut Step<'_>, key: Key, choice: Option<&Choice>) {
        let pauses =
            choice.is_some_and(|choice| choice.source.clock == Some(ClockRule::Pause));
        let activation = step.activation(key);
        if let (true, Waiting::Task { due: Some(due), .. }) = (pauses, &activation.waiting) {
            let (node, working) = (activation.node.clone(), due.clone());
            let ground = choice
                .map(|choice| choice.source.label.get(crate::text::Language::Zh).to_owned())
                .unwrap_or_default();
            let at = step.now();
            let others = if Self::ends_round(step, key) { Self::others(step, key) } else { Vec::new() };
            let undone_with = step.asked_with(key);
            let beside = step.beside(step.whole(key)).stopped(at);
            for (key, working) in std::iter::once((key, working)).chain(others) {
                let (node, ground) = (node.clone(), ground.clone());
                let (undone_with, beside) = (undone_with.clone(), beside.clone());
                step.emit(Event::ClockPaused {
                    node,
                    working,
                    at,
                    ground,
                    key,
                    undone_with,
                    beside,
                });
            }
        }
    }

    /// Whether an outcome that pauses ends the round that the task is one of: of a vote all are counted.
    fn ends_round(step: &Step<'_>, key: Key) -> bool {
        step.signing(key).is_some_and(|sign| sign.rule != SignRule::Vote)
    }

    /// The other tasks of a round that have a deadline.
    fn others(step: &Step<'_>, key: Key) -> Vec<(Key, Box<Working>)> {
        let scope = step.activation(key).scope;
        let runs = step.instance.activations().iter();
        let others = runs.filter(|(own, run)| run.scope == scope && **own != key);
        let due = others.filter_map(|(own, run)| match &run.waiting {
            Waiting::Task { due: Some(due), .. } => Some((*own, due.clone())),
            _ => None,
        });
        due.collect()
    }
}

//! A case stands still by an admin's word, and goes on with what was left of each clock. What people
//! and clocks would do waits; what others report, a worker or a called case, is held until the case goes
//! on, and so is a signal. Which node reminds when is the element's.

use super::{BAD_PAYLOAD, Halt, Step};
use crate::clock::{self, Cycle, Working};
use crate::command::Command;
use crate::event::{Event, MovedTimer, TimerPurpose};
use crate::ids::Key;
use crate::instance::{Activation, Instance, Status, Timer, Waiting};
use crate::operation::{Allowed, Operation};
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// Whether a command may be carried out while the case stands still.
pub(super) const fn is_possible(command: &Command) -> bool {
    match command {
        Command::Resume
        | Command::Cancel { .. }
        | Command::Void { .. }
        | Command::Terminate { .. }
        | Command::Comment { .. }
        | Command::Copy { .. }
        | Command::Correct { .. }
        | Command::Modify { .. }
        | Command::Migrate { .. }
        | Command::Retry { .. }
        | Command::Recount { .. }
        | Command::HandOver { .. }
        | Command::CompleteJob { .. }
        | Command::FailJob { .. }
        | Command::ReceiveEscalation { .. }
        | Command::DeliverSignal { .. }
        | Command::EndCall { .. } => true,
        Command::Start { .. }
        | Command::Begin { .. }
        | Command::Suspend { .. }
        | Command::ClaimTask { .. }
        | Command::ReleaseTask { .. }
        | Command::CompleteTask { .. }
        | Command::ReturnTask { .. }
        | Command::BeginActivity { .. }
        | Command::TakeBack { .. }
        | Command::TransferTask { .. }
        | Command::DelegateTask { .. }
        | Command::HandBack { .. }
        | Command::ReplaceDrawn { .. }
        | Command::Withdraw { .. }
        | Command::Reopen { .. }
        | Command::AddSigners { .. }
        | Command::RemoveSigner { .. }
        | Command::ExtendTask { .. }
        | Command::UrgeTask { .. }
        | Command::Submit { .. }
        | Command::WithdrawSubmission { .. }
        | Command::FireTimer { .. }
        | Command::DeliverMessage { .. } => false,
    }
}

/// The activation that a report is about.
const fn reported_on(report: &Command) -> Option<Key> {
    if let Command::CompleteJob { key, .. }
    | Command::FailJob { key, .. }
    | Command::ReceiveEscalation { key, .. }
    | Command::EndCall { key, .. } = report
    {
        Some(*key)
    } else {
        None
    }
}

/// Whether nothing more is reported after it.
const fn ends(report: &Command) -> bool {
    !matches!(report, Command::ReceiveEscalation { .. })
}

/// While the case stands still its operations are refused for that before anything else is asked, but for
/// those that are possible then.
pub(super) fn put_off(instance: &Instance, allowed: &mut Allowed) {
    let is_possible =
        matches!(allowed.operation, Operation::Copy | Operation::Void | Operation::Terminate);
    if instance.suspended().is_some() && !is_possible {
        allowed.refused = Some(Rejection::InstanceSuspended);
    }
}

/// Clocks of one activation as they go on.
#[derive(Default)]
struct Moved {
    working: Option<Working>,
    timers: Vec<MovedTimer>,
}

impl Step<'_> {
    /// The case stands still from now on.
    pub(super) fn suspend(&mut self, reason: &str) -> Result<(), Halt> {
        self.is_admin()?;
        Self::check_reason(reason)?;
        let person = self.envelope.actor.person().cloned();
        let (at, reason) = (self.now(), reason.to_owned());
        self.emit(Event::InstanceSuspended { person, at, reason });
        Ok(())
    }

    /// The case goes on: each clock has what it had left.
    pub(super) fn resume(&mut self) -> Result<(), Halt> {
        self.is_admin()?;
        let Some(suspended) = self.instance.suspended().cloned() else {
            return Err(Rejection::NotSuspended.into());
        };
        let (held, reports) = (self.held_signals()?, self.instance.reports().to_vec());
        let person = self.envelope.actor.person().cloned();
        self.emit(Event::InstanceResumed { person, at: self.now() });
        let keys: Vec<Key> = self.instance.activations().keys().copied().collect();
        for key in keys {
            // What began meanwhile has lost less.
            let since = suspended.at.max(self.activation(key).since);
            let Moved { working, timers } = self.moved(key, since)?;
            let page = self.page_end(key, &timers);
            if working.is_some() || !timers.is_empty() {
                self.emit(Event::ClocksMoved { key, working: working.map(Box::new), timers });
            }
            if let Some(until) = page {
                self.emit(Event::PageMoved { key, until });
            }
        }
        self.hand_out_held(held)?;
        self.take_in(&reports)
    }

    /// A worker or a called case reports; while the case stands still, that is kept for when it goes on.
    pub(super) fn report(&mut self, key: Key) -> Result<(), Halt> {
        if self.instance.suspended().is_none() {
            return self.command_to(key);
        }
        let report = &self.envelope.command;
        let same = |other: &Command| reported_on(other) == Some(key) && ends(other);
        if !self.awaits(key, report) || self.instance.reports().iter().any(same) {
            return Err(Rejection::NotOpen { key }.into());
        }
        self.emit(Event::ReportHeld { report: Box::new(report.clone()) });
        Ok(())
    }

    /// What was reported while the case stood still, one after the other.
    fn take_in(&mut self, reports: &[Command]) -> Result<(), Halt> {
        for report in reports {
            let Some(key) = reported_on(report).filter(|key| self.awaits(*key, report)) else {
                continue;
            };
            match self.node_of(key).behavior.command(self, key, report) {
                // Who reported it has gone on: an admin repairs it.
                Err(Halt::Reject(rejection)) => {
                    self.fail(key, BAD_PAYLOAD, rejection.with_fields());
                }
                done => done?,
            }
            self.run()?;
            if self.instance.status() != Status::Active {
                break;
            }
        }
        Ok(())
    }

    /// Whether an activation waits for a report.
    fn awaits(&self, key: Key, report: &Command) -> bool {
        let waiting = self.instance.activation(key).map(|activation| &activation.waiting);
        let is_job = matches!(report, Command::CompleteJob { .. } | Command::FailJob { .. });
        match waiting {
            Some(Waiting::Job { .. }) => is_job,
            Some(Waiting::Call) => !is_job,
            Some(_) | None => false,
        }
    }

    /// The clocks of an activation that stood still since some time, as they go on now.
    fn moved(&self, key: Key, since: Timestamp) -> Result<Moved, Halt> {
        let activation = self.activation(key);
        let working = match &activation.waiting {
            Waiting::Task { due: Some(due), .. } => self.goes_on(due, since)?,
            // A window that is still to open was announced as it is.
            Waiting::Submissions { from, working: Some(window), .. } if *from < self.now() => {
                self.goes_on(window, since.max(*from))?
            }
            _ => None,
        };
        let mut moved = Moved { working, ..Moved::default() };
        // What stood still before goes on when what it waits for is over.
        for (number, timer) in activation.timers.iter().filter(|(_, one)| one.paused.is_none()) {
            let (at, working) = self.timer_moved(activation, timer, since, &moved)?;
            if at != timer.at {
                let cycle = next_cycle(timer, working.as_ref());
                let (timer, working) = (*number, working.map(Box::new));
                moved.timers.push(MovedTimer { timer, at, working, paused: None, cycle });
            }
        }
        Ok(moved)
    }

    /// When a page ends whose timer is among these.
    pub(super) fn page_end(&self, key: Key, moved: &[MovedTimer]) -> Option<Timestamp> {
        let timers = &self.activation(key).timers;
        let is_page = |one: &&MovedTimer| {
            timers.get(&one.timer).is_some_and(|own| own.purpose == TimerPurpose::PageEnds)
        };
        moved.iter().find(is_page).map(|one| one.at)
    }

    /// When a timer runs out now, and how that was counted where the timer keeps it itself.
    fn timer_moved(
        &self,
        activation: &Activation,
        timer: &Timer,
        since: Timestamp,
        moved: &Moved,
    ) -> Result<(Timestamp, Option<Working>), Halt> {
        Ok(match (&timer.purpose, &moved.working, &timer.working) {
            (TimerPurpose::Due | TimerPurpose::Closes, Some(moved), _) => (moved.until, None),
            (TimerPurpose::Reminder { number }, Some(moved), _) => {
                let node = &self.definition.nodes[self.definition.index(&activation.node)];
                let at = match node.behavior.reminder(*number) {
                    Some(spec) => clock::remind(moved, spec, self.calendar_of(moved)?),
                    None => timer.at.plus_ms(self.now().0 - since.0),
                };
                (at, None)
            }
            // What belongs to a day that is named stays; so does a window that was announced.
            (
                TimerPurpose::Opens
                | TimerPurpose::Closes
                | TimerPurpose::Due
                | TimerPurpose::Reminder { .. },
                _,
                _,
            ) => (timer.at, None),
            (
                TimerPurpose::Boundary { .. } | TimerPurpose::Event | TimerPurpose::PageEnds,
                _,
                Some(counted),
            ) if counted.is_fixed() || self.facts.calendars.contains_key(&counted.calendar) => {
                match self.goes_on(counted, since)? {
                    Some(working) => (working.until, Some(working)),
                    None => (timer.at, None),
                }
            }
            // It was armed before its working was kept, or is elapsed time alone.
            (
                TimerPurpose::Boundary { .. }
                | TimerPurpose::Event
                | TimerPurpose::PageEnds
                | TimerPurpose::JobRetry,
                _,
                _,
            ) => (timer.at.plus_ms(self.now().0 - since.0), None),
        })
    }

    /// A period with what was left of it; none for a day that is named: it stays.
    pub(super) fn goes_on(
        &self,
        working: &Working,
        since: Timestamp,
    ) -> Result<Option<Working>, Halt> {
        match working.is_fixed() {
            true => Ok(None),
            false => self.remaining(working, since).map(Some),
        }
    }

    fn remaining(&self, working: &Working, since: Timestamp) -> Result<Working, Halt> {
        let calendar = self.calendar_of(working)?;
        Ok(clock::resume(&working.remaining(since, calendar), self.now(), calendar))
    }

    fn calendar_of(&self, working: &Working) -> Result<&crate::calendar::Calendar, Halt> {
        self.facts.calendars.get(&working.calendar).map(|calendar| &**calendar).ok_or_else(|| {
            let message = format!("expected the calendar `{}`, which is gone", working.calendar);
            Halt::incident("CALENDAR_MISSING", message)
        })
    }
}

/// Which time it is of many, where it goes on with so much and the next ones follow from that.
pub(super) fn next_cycle(timer: &Timer, working: Option<&Working>) -> Option<Cycle> {
    timer.cycle?.counted_from_end(working?)
}

//! A task's deadline runs longer: who may say so, and who is told.

use super::behavior::Task;
use crate::event::{Event, TimerPurpose};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

impl Task {
    pub(super) fn extend(
        &self,
        step: &mut Step<'_>,
        key: Key,
        by: &str,
        reason: &str,
    ) -> Result<(), Halt> {
        let extension = self.due.as_ref().and_then(|due| due.extension.as_ref());
        match extension {
            Some(extension) if extension.names_somebody() => extension.check(step, key, &[])?,
            Some(_) | None => drop(self.doer(step, key)?),
        }
        let Waiting::Task { due: Some(due), extended, .. } = &step.activation(key).waiting
        else {
            return Err(Rejection::NotExtendable.into());
        };
        let Some(extension) = extension else { return Err(Rejection::NotExtendable.into()) };
        if due.is_due(step.now()) {
            return Err(Rejection::DeadlinePassed { until: due.until }.into());
        }
        let longer = extension.longer(step, (&**due, *extended), by, reason)?;
        step.disarm(key, |purpose| {
            matches!(purpose, TimerPurpose::Due | TimerPurpose::Reminder { .. })
        });
        let reason = reason.to_owned();
        step.emit(Event::DueExtended { key, due: Box::new(longer.clone()), reason });
        self.arm_clock(step, key, &longer)?;
        let definition = step.definition;
        let notice = extension.notice.as_ref().or(definition.notices().extended.as_ref());
        let concerned = step.holders(key).into_iter().chain(step.initiator()).collect();
        step.notice(key, notice, concerned);
        Ok(())
    }
}

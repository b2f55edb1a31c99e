//! An intake stays open longer: who may say so, and who is told.

use super::{Intake, Window};
use crate::actor::Principal;
use crate::clock::Working;
use crate::definition::{Compiler, Extension, When};
use crate::event::{Event, Recipient, TimerPurpose};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

impl Intake {
    /// Checks that it says who may extend it where it may be extended, and nobody where it may not.
    pub(super) fn check_extension(&self, compiler: &mut Compiler<'_>, closes: Option<&When>) {
        let own = self.extended_by.as_slice();
        for role in own {
            compiler.role(&["extendedBy"], role);
        }
        let Some(closes) = closes else { return };
        let names_somebody =
            closes.extension.as_ref().is_some_and(Extension::names_somebody);
        let is_named = !own.is_empty() || names_somebody;
        if closes.extension.is_some() != is_named {
            let message = "expected `extend: once` in `closes` together with `extendedBy`: who may extend it";
            compiler.report(&["closes"], Problem::error("extendedByNobody", message));
        }
    }
}

impl Window {
    /// Who may extend what opens now, where that hangs on a unit.
    pub(super) fn extenders_of_unit(
        &self,
        step: &Step<'_>,
        key: Key,
    ) -> Result<Vec<Principal>, Halt> {
        let extension = self.closes.extension.as_ref();
        extension.map_or(Ok(Vec::new()), |extension| extension.for_unit(step, key))
    }

    /// Whoever may lets it stay open longer, with a reason.
    pub(super) fn extend(
        &self,
        step: &mut Step<'_>,
        key: Key,
        by: &str,
        reason: &str,
    ) -> Result<(), Halt> {
        let Some(extension) = &self.closes.extension else {
            return Err(Rejection::NotExtendable.into());
        };
        extension.check(step, key, &self.extended_by)?;
        Self::submissions(step, key)?;
        let Waiting::Submissions { working: Some(working), extended, .. } =
            &step.activation(key).waiting
        else {
            return Err(Rejection::NotExtendable.into());
        };
        let longer = extension.longer(step, (&**working, *extended), by, reason)?;
        step.disarm(key, |purpose| *purpose == TimerPurpose::Closes);
        let (until, reason) = (longer.until, reason.to_owned());
        step.emit(Event::IntakeExtended { key, working: Box::new(longer), reason });
        step.arm(key, until, TimerPurpose::Closes, None::<Working>);
        let definition = step.definition;
        let notice = extension.notice.as_ref().or(definition.notices().extended.as_ref());
        let submitters = Self::submissions(step, key)?.iter().filter(|one| !one.void);
        let submitters = submitters.filter_map(|one| one.person.clone());
        let submitters = submitters.map(Principal::Person).map(Recipient::Principal);
        let concerned = submitters.chain(step.initiator()).collect();
        step.notice(key, notice, concerned);
        Ok(())
    }
}

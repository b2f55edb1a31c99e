//! How a deadline may be extended, compiled: by whom, and by how much at most. That it happens
//! once only is known to what waits.

use super::Compiler;
use super::source::Extend;
use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::clock::{self, Span, Working};
use crate::ids::{NoticeName, RoleName};
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

/// A rule of extension.
#[derive(Debug)]
pub(crate) struct Extension {
    most: Option<Span>,
    /// Whether neither of both is said.
    open: bool,
    /// Whoever holds one of these; whoever may do the task where there are none.
    pub(crate) by: Vec<RoleName>,
    pub(crate) notice: Option<NoticeName>,
}

impl Extension {
    /// Compiles what a time says under `extend`; none where it may not be extended.
    pub(super) fn compile(
        compiler: &mut Compiler<'_>,
        keys: &[&str],
        extend: Option<&Extend>,
    ) -> Option<Self> {
        let rule = extend?.rule()?;
        let under = |key| [keys, &["extend", key]].concat();
        if rule.once == Some(false) {
            let message = "expected `once: true`: a deadline is extended once at most";
            compiler.report(&under("once"), Problem::error("extendedOften", message));
        }
        let open = rule.most.is_none() && rule.by.as_slice().is_empty();
        let most = rule.most.and_then(|text| match text.parse::<Span>() {
            Ok(span) => Some(span),
            Err(error) => {
                compiler.report(&under("most"), Problem::error("badTime", error.to_string()));
                None
            }
        });
        for role in rule.by.as_slice() {
            compiler.role(&under("by"), role);
        }
        if let Some(notice) = &rule.notice {
            compiler.notice(&under("notice"), notice);
        }
        Some(Self { most, open, by: rule.by.as_slice().to_vec(), notice: rule.notice })
    }

    /// Whether nothing bounds it: neither who may extend, nor by how much.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// The deadline that runs longer, where the length and the reason can be used.
    pub(crate) fn longer(
        &self,
        step: &Step<'_>,
        due: &Working,
        by: &str,
        reason: &str,
    ) -> Result<Working, Halt> {
        let by: Span = by.parse().map_err(|error: clock::SpecError| Rejection::BadArgument {
            field: "by".into(),
            message: error.to_string(),
        })?;
        Step::check_reason(reason)?;
        let Some(calendar) = step.facts.calendars.get(&due.calendar) else {
            return Err(Rejection::NotExtendable.into());
        };
        let longer = clock::extend(due, by, calendar);
        match self.most {
            Some(most) if exceeds(due, (by, &longer), most, calendar) => {
                Err(Rejection::ExtensionTooLong { most, found: by }.into())
            }
            Some(_) | None => Ok(longer),
        }
    }
}

/// Whether an extension is longer than another would be. In different units they compare by the day
/// that they lead to.
fn exceeds(due: &Working, (by, longer): (Span, &Working), most: Span, calendar: &Calendar) -> bool {
    match by.unit == most.unit {
        true => by.amount > most.amount,
        false => longer.until > clock::extend(due, most, calendar).until,
    }
}

/// Refuses whoever holds none of the roles that may extend.
pub(crate) fn check_role(actor: &Actor, roles: &[RoleName]) -> Result<(), Halt> {
    if roles.iter().any(|role| actor.holds(role)) {
        return Ok(());
    }
    let expected: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    Err(Rejection::NotCandidate { expected: expected.join(", ") }.into())
}

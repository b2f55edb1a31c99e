//! How a deadline may be extended, compiled: by whom, how often, and by how much at most. How often it
//! was is known to its working.

use super::source::Extend;
use super::{Compiler, Dynamic};
use crate::actor::Principal;
use crate::calendar::Calendar;
use crate::clock::{self, Span, Working};
use crate::ids::{Key, NoticeName, RoleName};
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

/// How often a deadline may be extended at most.
const TIMES_MAX: u32 = 10;

/// A rule of extension.
#[derive(Debug)]
pub(crate) struct Extension {
    times: u32,
    most: Option<Span>,
    in_all: Option<Span>,
    /// Whether neither of both is said.
    open: bool,
    /// Whoever holds one of these; whoever may do the task where there are none.
    by: Vec<RoleName>,
    /// The unit for which they hold it.
    unit: Option<Dynamic>,
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
        let times = rule.times.unwrap_or(1);
        if rule.once == Some(false) && rule.times.is_none() {
            let message = "expected `times` beside `once: false`: how often it may be extended";
            compiler.report(&under("once"), Problem::error("extendedOften", message));
        }
        if rule.once == Some(true) && times != 1 {
            let message = "expected `once: true` or `times`, found both";
            compiler.report(&under("times"), Problem::error("extendedOften", message));
        }
        if !(1..=TIMES_MAX).contains(&times) {
            let message = format!("expected `times` from 1 to {TIMES_MAX}, found {times}");
            compiler.report(&under("times"), Problem::error("extendedOften", message));
        }
        let open = rule.most.is_none() && rule.in_all.is_none() && rule.by.as_slice().is_empty();
        let mut span = |key, text: Option<String>| match text?.parse::<Span>() {
            Ok(span) => Some(span),
            Err(error) => {
                compiler.report(&under(key), Problem::error("badTime", error.to_string()));
                None
            }
        };
        let (most, in_all) = (span("most", rule.most), span("inAll", rule.in_all));
        for role in rule.by.as_slice() {
            compiler.role(&under("by"), role);
        }
        if let Some(notice) = &rule.notice {
            compiler.notice(&under("notice"), notice);
        }
        let by = rule.by.as_slice().to_vec();
        if rule.unit.is_some() && by.is_empty() {
            let message = "expected `by`: a role that is to be held for this unit";
            compiler.report(&under("unit"), Problem::error("ignoredKey", message));
        }
        let unit = rule.unit.and_then(|unit| compiler.dynamic(&under("unit"), &unit, None));
        Some(Self { times, most, in_all, open, by, unit, notice: rule.notice })
    }

    /// The roles whose holders may extend it, for whichever unit they hold them.
    pub(crate) fn roles(&self) -> &[RoleName] {
        if self.unit.is_some() { &[] } else { &self.by }
    }

    /// Whether only those whom it names may extend it.
    pub(crate) const fn names_somebody(&self) -> bool {
        !self.by.is_empty()
    }

    /// Who may extend what becomes active now, where that hangs on a unit.
    pub(crate) fn for_unit(&self, step: &Step<'_>, key: Key) -> Result<Vec<Principal>, Halt> {
        let Some(unit) = &self.unit else { return Ok(Vec::new()) };
        let unit = step.dynamic_text(unit, key)?.ok_or_else(|| {
            let roles: Vec<String> = self.by.iter().map(|role| format!("`{role}`")).collect();
            let message = format!(
                "expected somebody who holds {} for a unit, which its expression did not give, and may extend the deadline, found nobody",
                roles.join(" or ")
            );
            Halt::incident("NOBODY_FOUND", message)
        })?;
        Ok(self.by.iter().map(|role| Principal::of(role, Some(&unit))).collect())
    }

    /// Refuses whoever may not extend an activation: who holds none of some further roles either. One that
    /// became active when its version named no unit is for whoever holds the role.
    pub(crate) fn check(
        &self,
        step: &Step<'_>,
        key: Key,
        further: &[RoleName],
    ) -> Result<(), Halt> {
        let named = &step.activation(key).extenders;
        let by = if named.is_empty() { &self.by[..] } else { &[] };
        let roles = by.iter().chain(further).cloned().map(Principal::Role);
        let may: Vec<Principal> = named.iter().cloned().chain(roles).collect();
        if may.iter().any(|one| step.envelope.actor.is(one)) {
            return Ok(());
        }
        let expected: Vec<String> = may.iter().map(Principal::to_string).collect();
        Err(Rejection::NotCandidate { expected: expected.join(", ") }.into())
    }

    /// Whether nothing bounds it: neither who may extend, nor by how much.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// The deadline that runs longer, where the length and the reason can be used.
    pub(crate) fn longer(
        &self,
        step: &Step<'_>,
        (due, extended): (&Working, bool),
        by: &str,
        reason: &str,
    ) -> Result<Working, Halt> {
        let before: Vec<Span> = due.extensions().collect();
        // That one was extended before a pause is known of each, how often not of the oldest.
        if before.len().max(usize::from(extended)) >= self.times as usize {
            return Err(Rejection::NotExtendable.into());
        }
        let by: Span = by.parse().map_err(|error: clock::SpecError| Rejection::BadArgument {
            field: "by".into(),
            message: error.to_string(),
        })?;
        Step::check_reason(reason)?;
        let Some(calendar) = step.facts.calendars.get(&due.calendar) else {
            return Err(Rejection::NotExtendable.into());
        };
        let longer = clock::extend(due, by, calendar);
        let left = self.in_all.map(|in_all| rest(in_all, &before));
        for most in self.most.into_iter().chain(left) {
            if exceeds(due, (by, &longer), most, calendar) {
                return Err(Rejection::ExtensionTooLong { most, found: by }.into());
            }
        }
        match self.in_all {
            Some(in_all) if by.unit != in_all.unit => {
                let most = left.unwrap_or(in_all);
                Err(Rejection::ExtensionTooLong { most, found: by }.into())
            }
            Some(_) | None => Ok(longer),
        }
    }
}

/// What is left of a length after extensions, which are in its unit.
fn rest(in_all: Span, before: &[Span]) -> Span {
    let of_unit = before.iter().filter(|one| one.unit == in_all.unit);
    let used = of_unit.fold(0_u32, |sum, one| sum.saturating_add(one.amount));
    Span::new(in_all.amount.saturating_sub(used), in_all.unit)
}

/// Whether an extension is longer than another would be. In different units they compare by the day
/// that they lead to.
fn exceeds(due: &Working, (by, longer): (Span, &Working), most: Span, calendar: &Calendar) -> bool {
    match by.unit == most.unit {
        true => by.amount > most.amount,
        false => longer.until > clock::extend(due, most, calendar).until,
    }
}

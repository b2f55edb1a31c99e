//! The legal clock: when something falls due, what is left when it pauses, when to remind and when
//! it comes again. Pure: `now`, the start and the calendar are arguments.
//!
//! The rules are those of the civil code, articles 200 to 204. The day on which a period starts is
//! not counted; a period of months ends on the same-numbered day or at month end; a period of days
//! or months that would end on a day off ends on the next working day; the last day ends at 24:00,
//! or when the office closes. Hours are elapsed hours, day and night. Each can be set otherwise.

use chrono::{Datelike, NaiveDate};

use crate::calendar::Calendar;
use crate::time::Timestamp;

mod count;
mod cycle;
pub(crate) mod hint;
mod recurrence;
mod sentence;
mod spec;
mod working;

pub(crate) use count::{earlier, minus_workdays, plus_workdays, workdays_between};
pub use cycle::Cycle;
pub(crate) use cycle::{behind, period_end};
pub use recurrence::{Cron, Every, Recurrence};
pub use spec::{DurationSpec, ReminderSpec, Span, SpecError, Unit};
pub use working::{
    Count, Counted, DayEnd, Measure, Options, Remaining, Roll, SKIPPED_MAX, Skipped, Working,
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// When something that starts now falls due.
pub fn due(
    spec: &DurationSpec,
    start: Timestamp,
    calendar: &Calendar,
    options: Options,
) -> Working {
    let zone = calendar.zone();
    let today = zone.date(start);
    let count = Count::Spec(*spec);
    let printed = Options { roll: Roll::None, ..options };
    match *spec {
        DurationSpec::Span(span) => {
            if let Some(ms) = elapsed_ms(span) {
                return at_instant(count, start, start.plus_ms(ms), calendar, options);
            }
            let first = match options.counted {
                Counted::Excluded => count::plus_days(today, 1),
                Counted::Included => today,
            };
            let last = count::last_day(today, span, options.counted, calendar);
            let days = Days { count, start, first, last, measure: measure_of(span.unit) };
            on_day(days, calendar, options)
        }
        DurationSpec::Date(last) => {
            let days = Days { count, start, first: today, last, measure: Measure::Days };
            on_day(days, calendar, printed)
        }
        DurationSpec::Yearly { month, day } => {
            let last = next_yearly(today, month, day);
            let days = Days { count, start, first: today, last, measure: Measure::Days };
            on_day(days, calendar, printed)
        }
        DurationSpec::Range(first, last) => {
            let start = zone.begin(first);
            let days = Days { count, start, first, last, measure: Measure::Days };
            on_day(days, calendar, Options { counted: Counted::Included, ..printed })
        }
        DurationSpec::Moment(local) => {
            at_instant(count, start, zone.instant(local), calendar, options)
        }
        DurationSpec::Instant(until) => at_instant(count, start, until, calendar, options),
    }
}

/// The deadline that a paused clock has when it goes on: the remainder from then, the day itself
/// not counted. One that had fallen due before the pause stays due.
pub fn resume(remaining: &Remaining, at: Timestamp, calendar: &Calendar) -> Working {
    let Remaining { amount, measure, spent, options, overdue, .. } = *remaining;
    let options = Options { counted: Counted::Excluded, ..options };
    let count = Count::Rest { amount, measure };
    let today = calendar.zone().date(at);
    let days = u32::try_from(amount).unwrap_or(u32::MAX);
    let mut working = match (overdue, measure) {
        (Some(until), _) => at_instant(count, at, until, calendar, options),
        (None, Measure::Milliseconds) => {
            let until = at.plus_ms(i64::try_from(amount).unwrap_or(i64::MAX));
            at_instant(count, at, until, calendar, options)
        }
        (None, Measure::Days | Measure::Workdays) => {
            let last = match measure {
                Measure::Workdays => count::plus_workdays(today, days, calendar),
                Measure::Days | Measure::Milliseconds => count::plus_days(today, days),
            };
            let first = count::plus_days(today, 1);
            on_day(Days { count, start: at, first, last, measure }, calendar, options)
        }
    };
    if overdue.is_some() {
        // Nothing is left of it.
        working.first = count::plus_days(today, 1);
    }
    working.measure = measure;
    working.spent = spent;
    working.extended_before.clone_from(&remaining.extended);
    working
}

/// The same deadline by a calendar that knows more: from when it ran, with its extensions.
#[must_use]
pub fn recount(working: &Working, calendar: &Calendar) -> Working {
    let Working { count, from, options, spent, .. } = *working;
    let mut anew = match count {
        Count::Spec(spec) => due(&spec, from, calendar, options),
        Count::Rest { amount, measure } => {
            let extended = working.extended_before.clone();
            let remaining = Remaining { amount, measure, spent, options, overdue: None, extended };
            resume(&remaining, from, calendar)
        }
    };
    for by in &working.extended {
        anew = longer(&anew, *by, calendar);
    }
    anew
}

/// A deadline moved by an extension, counted on from its last day; one that ends at a time of day
/// ends at that time then.
/// A provisional one is counted by what the calendar knows now.
#[must_use]
pub fn extend(working: &Working, by: Span, calendar: &Calendar) -> Working {
    match working.provisional {
        true => longer(&recount(working, calendar), by, calendar),
        false => longer(working, by, calendar),
    }
}

fn longer(working: &Working, by: Span, calendar: &Calendar) -> Working {
    let Working { count, from: start, first, options, .. } = *working;
    let zone = calendar.zone();
    let mut extended = if let Some(ms) = elapsed_ms(by) {
        at_instant(count, start, working.until.plus_ms(ms), calendar, options)
    } else if working.measure == Measure::Milliseconds {
        // What ends at a time of day ends at that time of a later day.
        let local = zone.local(working.until).naive_local();
        let last = count::last_day(local.date(), by, Counted::Excluded, calendar);
        at_instant(count, start, zone.instant(last.and_time(local.time())), calendar, options)
    } else {
        let last = count::last_day(working.last, by, Counted::Excluded, calendar);
        on_day(Days { count, start, first, last, measure: measure_of(by.unit) }, calendar, options)
    };
    extended.first = working.first;
    if extended.measure == working.measure {
        extended.spent = working.spent;
    }
    extended.extended.clone_from(&working.extended);
    extended.extended_before.clone_from(&working.extended_before);
    extended.extended.push(by);
    extended
}

/// When a reminder goes out; never before the clock started. Reminders by days go out when the
/// office opens, or as the day begins where the calendar has no hours.
pub fn remind(working: &Working, spec: ReminderSpec, calendar: &Calendar) -> Timestamp {
    let zone = calendar.zone();
    let open = |date: NaiveDate| match calendar.hours() {
        Some(hours) => zone.instant(date.and_time(hours.from)),
        None => zone.begin(date),
    };
    let at = match spec {
        ReminderSpec::AtDue => working.until,
        ReminderSpec::Share(share) => {
            share_of(working, share.min(100), calendar, open).min(working.until)
        }
        ReminderSpec::Before(span) => match elapsed_ms(span) {
            Some(ms) => working.until.plus_ms(-ms),
            None => open(count::earlier(working.last, span, calendar)).min(working.until),
        },
        ReminderSpec::After(span) => match elapsed_ms(span) {
            Some(ms) => working.until.plus_ms(ms),
            None => open(count::last_day(working.last, span, Counted::Excluded, calendar))
                .max(working.until),
        },
    };
    at.max(working.from)
}

impl Working {
    /// What is left at an instant, in the unit it is counted in. Where the calendar knows more than when
    /// that was counted, of so many days as it was of.
    pub fn remaining(&self, at: Timestamp, calendar: &Calendar) -> Remaining {
        let at = at.max(self.from);
        match self.is_due(at) {
            true => self.left(at, calendar),
            false => Remaining { overdue: None, ..recount(self, calendar).left(at, calendar) },
        }
    }

    fn left(&self, at: Timestamp, calendar: &Calendar) -> Remaining {
        let Self { measure, options, spent, .. } = *self;
        let today = calendar.zone().date(at);
        let nominal = self.nominal();
        let overdue = self.is_due(at).then_some(self.until);
        let amount = match measure {
            Measure::Workdays => u64::from(count::workdays_between(today, nominal, calendar)),
            Measure::Days => u64::from(count::days_between(today, nominal)),
            Measure::Milliseconds => ms_between(at, self.until),
        };
        let spent = spent.saturating_add(self.total(calendar).saturating_sub(amount));
        let extended = self.extensions().collect();
        Remaining { amount, measure, spent, options, overdue, extended }
    }

    /// The whole length of this run, in `measure`.
    fn total(&self, calendar: &Calendar) -> u64 {
        let before = count::minus_days(self.first, 1);
        match self.measure {
            Measure::Workdays => {
                u64::from(count::workdays_between(before, self.nominal(), calendar))
            }
            Measure::Days => u64::from(count::days_between(before, self.nominal())),
            Measure::Milliseconds => ms_between(self.from, self.until),
        }
    }
}

/// The instant at which a share of the whole, pauses left out, has passed.
fn share_of(
    working: &Working,
    share: u32,
    calendar: &Calendar,
    open: impl Fn(NaiveDate) -> Timestamp,
) -> Timestamp {
    let whole = working.total(calendar).saturating_add(working.spent);
    let passed = (u128::from(whole) * u128::from(share) / 100).try_into().unwrap_or(u64::MAX);
    let passed = passed.saturating_sub(working.spent);
    let days = u32::try_from(passed).unwrap_or(u32::MAX);
    let before = count::minus_days(working.first, 1);
    match working.measure {
        Measure::Milliseconds => working.from.plus_ms(i64::try_from(passed).unwrap_or(i64::MAX)),
        Measure::Days => open(count::plus_days(working.first, days)),
        Measure::Workdays => open(count::plus_workdays(before, days.saturating_add(1), calendar)),
    }
}

/// A period of days before it is settled.
#[derive(Clone, Copy)]
struct Days {
    count: Count,
    start: Timestamp,
    first: NaiveDate,
    last: NaiveDate,
    measure: Measure,
}

/// A deadline at the end of a day, rolled where that is a day off.
fn on_day(days: Days, calendar: &Calendar, options: Options) -> Working {
    let Days { count, start, first, last: nominal, measure } = days;
    let zone = calendar.zone();
    let last = match options.roll {
        Roll::Forward => calendar.workday_from(nominal),
        Roll::None => nominal,
    };
    let until = match (options.ends, calendar.hours()) {
        (DayEnd::OfficeHours, Some(hours)) => zone.instant(last.and_time(hours.to)),
        (DayEnd::OfficeHours, None) | (DayEnd::Midnight, _) => zone.end(last),
    };
    let provisional = match (measure, options.roll) {
        (Measure::Workdays, _) => count::is_provisional(first, last, calendar),
        (Measure::Days | Measure::Milliseconds, Roll::Forward) => {
            count::is_provisional(nominal, last, calendar)
        }
        (Measure::Days | Measure::Milliseconds, Roll::None) => false,
    };
    let mut working = Working {
        from: start,
        until,
        first,
        last,
        count,
        measure,
        calendar: calendar.name().clone(),
        zone,
        options,
        skipped: Vec::new(),
        skipped_days: 0,
        made_up: Vec::new(),
        rolled: (last != nominal).then_some((nominal, last)),
        extended: Vec::new(),
        extended_before: Vec::new(),
        spent: 0,
        provisional,
    };
    if measure == Measure::Workdays {
        let walk = count::walk(first, last, calendar);
        working.skipped = walk.skipped;
        working.skipped_days = walk.skipped_days;
        working.made_up = walk.made_up;
    }
    working
}

/// A deadline at an instant.
fn at_instant(
    count: Count,
    start: Timestamp,
    until: Timestamp,
    calendar: &Calendar,
    options: Options,
) -> Working {
    let zone = calendar.zone();
    Working {
        from: start,
        until,
        first: zone.date(start),
        last: zone.date(until.plus_ms(-1)),
        count,
        measure: Measure::Milliseconds,
        calendar: calendar.name().clone(),
        zone,
        options,
        skipped: Vec::new(),
        skipped_days: 0,
        made_up: Vec::new(),
        rolled: None,
        extended: Vec::new(),
        extended_before: Vec::new(),
        spent: 0,
        provisional: false,
    }
}

/// The next day of that number, today included.
fn next_yearly(today: NaiveDate, month: u32, day: u32) -> NaiveDate {
    let this_year = yearly(today.year(), month, day);
    if this_year >= today { this_year } else { yearly(today.year() + 1, month, day) }
}

/// A day of a year by its number; the 29th of February falls on the 28th in a common year.
fn yearly(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day)
        .or_else(|| NaiveDate::from_ymd_opt(year, month, day.saturating_sub(1)))
        .unwrap_or_default()
}

/// Milliseconds of a span that is elapsed time; none for days and longer.
pub(crate) fn elapsed_ms(span: Span) -> Option<i64> {
    match span.unit {
        Unit::Minute => Some(i64::from(span.amount) * MINUTE_MS),
        Unit::Hour => Some(i64::from(span.amount) * HOUR_MS),
        Unit::Day | Unit::Workday | Unit::Week | Unit::Month | Unit::Year => None,
    }
}

/// What a unit's remainder is measured in.
fn measure_of(unit: Unit) -> Measure {
    match unit {
        Unit::Minute | Unit::Hour => Measure::Milliseconds,
        Unit::Workday => Measure::Workdays,
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => Measure::Days,
    }
}

fn ms_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests;

//! Arithmetic on dates: working days forward and back, months, what was skipped. No instants, no
//! deadlines.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::spec::{Span, Unit};
use super::working::{Counted, SKIPPED_MAX, Skipped};
use crate::calendar::{Calendar, Day};

/// Days that one count may walk: beyond every amount a deadline may name.
const WALK_MAX: usize = 40_000;

/// A date some days later, or the same where dates end.
pub(super) fn plus_days(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_add_days(Days::new(u64::from(days))).unwrap_or(date)
}

/// A date some days earlier, or the same where dates end.
pub(super) fn minus_days(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(date)
}

/// The last of so many working days after a day (that day not counted). Zero stays.
pub(crate) fn plus_workdays(date: NaiveDate, amount: u32, calendar: &Calendar) -> NaiveDate {
    nth_workday(date.iter_days().skip(1), date, amount, calendar)
}

/// The first of so many working days before a day (that day not counted). Zero stays.
pub(crate) fn minus_workdays(date: NaiveDate, amount: u32, calendar: &Calendar) -> NaiveDate {
    let days = std::iter::successors(date.pred_opt(), NaiveDate::pred_opt);
    nth_workday(days, date, amount, calendar)
}

fn nth_workday(
    days: impl Iterator<Item = NaiveDate>,
    date: NaiveDate,
    amount: u32,
    calendar: &Calendar,
) -> NaiveDate {
    let Some(skip) = amount.checked_sub(1) else { return date };
    let mut days = days.take(WALK_MAX).filter(|day| calendar.is_workday(*day));
    days.nth(usize::try_from(skip).unwrap_or(WALK_MAX)).unwrap_or(date)
}

/// The day on the same number, so many months later, or that month's end where it has no such day.
pub(super) fn plus_months(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_add_months(Months::new(months)).unwrap_or(date)
}

/// The same, earlier.
fn minus_months(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_sub_months(Months::new(months)).unwrap_or(date)
}

/// The last day of a period that starts on a date.
pub(super) fn last_day(
    start: NaiveDate,
    span: Span,
    counted: Counted,
    calendar: &Calendar,
) -> NaiveDate {
    let Span { amount, unit } = span;
    let first = match counted {
        Counted::Excluded => plus_days(start, 1),
        Counted::Included => start,
    };
    match unit {
        Unit::Minute | Unit::Hour => start,
        Unit::Day => minus_days(plus_days(first, amount), 1),
        Unit::Week => minus_days(plus_days(first, amount.saturating_mul(7)), 1),
        Unit::Workday => plus_workdays(minus_days(first, 1), amount, calendar),
        Unit::Month => last_of_months(start, amount, counted),
        Unit::Year => last_of_months(start, amount.saturating_mul(12), counted),
    }
}

/// A period of months ends on the day of the start's number, or at month end where there is none;
/// counted with its first day, it ends on the day before that number.
fn last_of_months(start: NaiveDate, months: u32, counted: Counted) -> NaiveDate {
    let same = plus_months(start, months);
    match counted {
        Counted::Included if same.day() == start.day() => minus_days(same, 1),
        Counted::Included | Counted::Excluded => same,
    }
}

/// A date so much earlier.
pub(crate) fn earlier(date: NaiveDate, span: Span, calendar: &Calendar) -> NaiveDate {
    let Span { amount, unit } = span;
    match unit {
        Unit::Minute | Unit::Hour => date,
        Unit::Day => minus_days(date, amount),
        Unit::Week => minus_days(date, amount.saturating_mul(7)),
        Unit::Workday => minus_workdays(date, amount, calendar),
        Unit::Month => minus_months(date, amount),
        Unit::Year => minus_months(date, amount.saturating_mul(12)),
    }
}

/// Working days after one day, up to and including another.
pub(crate) fn workdays_between(after: NaiveDate, until: NaiveDate, calendar: &Calendar) -> u32 {
    let days = after.iter_days().skip(1).take(WALK_MAX).take_while(|day| *day <= until);
    u32::try_from(days.filter(|day| calendar.is_workday(*day)).count()).unwrap_or(u32::MAX)
}

/// Days from one date to another; zero where that is not later.
pub(super) fn days_between(from: NaiveDate, to: NaiveDate) -> u32 {
    u32::try_from((to - from).num_days()).unwrap_or(0)
}

/// What a count walked over and did not count, and the weekend days that it did.
pub(super) struct Walk {
    pub(super) skipped: Vec<Skipped>,
    pub(super) skipped_days: u32,
    pub(super) made_up: Vec<NaiveDate>,
}

/// Looks at every day of a period for what a person would ask about.
pub(super) fn walk(first: NaiveDate, last: NaiveDate, calendar: &Calendar) -> Walk {
    let mut walk = Walk { skipped: Vec::new(), skipped_days: 0, made_up: Vec::new() };
    for date in first.iter_days().take(WALK_MAX).take_while(|day| *day <= last) {
        let holiday = match calendar.day(date) {
            Day::Work => continue,
            Day::MadeUp => {
                if walk.made_up.len() < SKIPPED_MAX {
                    walk.made_up.push(date);
                }
                continue;
            }
            Day::Weekend => None,
            Day::Holiday(name) => Some(name),
        };
        walk.skipped_days += 1;
        let full = walk.skipped.len() >= SKIPPED_MAX;
        match walk.skipped.last_mut() {
            Some(run) if run.to.succ_opt() == Some(date) && run.holiday == holiday => run.to = date,
            Some(_) | None if full => {}
            Some(_) | None => walk.skipped.push(Skipped { from: date, to: date, holiday }),
        }
    }
    walk
}

/// Whether a year between two dates has no calendar.
pub(super) fn is_provisional(first: NaiveDate, last: NaiveDate, calendar: &Calendar) -> bool {
    (first.year()..=last.year()).any(|year| !calendar.knows(year))
}

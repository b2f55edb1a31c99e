//! What the functions of dates, instants and durations do.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::arithmetic::too_large;
use super::evaluate::DAY_MS;
use super::functions::Function;
use super::library::{shorten, wrong};
use super::value::{Val, day, duration, instant};
use crate::calendar::Zone;

type Result<T> = std::result::Result<T, String>;

/// Calls a function of time.
pub(super) fn time<'a>(
    zone: Tz,
    function: Function,
    of: &Val<'a>,
    with: &Val<'a>,
) -> Result<Val<'a>> {
    match function {
        Function::Date => local_day(zone, of).map(date_value),
        Function::Timestamp => match of {
            Val::Timestamp(_) => Ok(of.clone()),
            Val::Text(text) => moment(zone, text).map(Val::Timestamp).ok_or_else(|| {
                format!(
                    "`{}` is not a point in time such as 2026-03-31T09:00:00+08:00",
                    shorten(text)
                )
            }),
            other => Err(wrong("text or a point in time", other)),
        },
        Function::Duration => match of {
            Val::Duration(_) => Ok(of.clone()),
            Val::Text(text) => duration(text).map(Val::Duration).ok_or_else(|| {
                format!("`{}` is not a duration such as 72h or 1h30m", shorten(text))
            }),
            other => Err(wrong("text or a duration", other)),
        },
        Function::Days => span(of, DAY_MS),
        Function::Hours => span(of, 3_600_000),
        Function::Minutes => span(of, 60_000),
        Function::AddDays | Function::AddMonths | Function::AddYears => {
            let Val::Int(count) = with else { return Err(wrong("a whole number", with)) };
            move_by(zone, function, of, *count)
        }
        Function::DaysBetween => {
            let (from, to) = (local_day(zone, of)?, local_day(zone, with)?);
            Ok(Val::Int((to - from).num_days()))
        }
        Function::Year => local_day(zone, of).map(|day| Val::Int(day.year().into())),
        Function::Month => local_day(zone, of).map(|day| Val::Int(day.month().into())),
        Function::Day => local_day(zone, of).map(|day| Val::Int(day.day().into())),
        _ => local_day(zone, of).map(|day| Val::Int(day.weekday().number_from_monday().into())),
    }
}

fn span<'a>(count: &Val<'a>, unit: i64) -> Result<Val<'a>> {
    match count {
        Val::Int(count) => count.checked_mul(unit).map(Val::Duration).ok_or_else(too_large),
        other => Err(wrong("a whole number", other)),
    }
}

/// A point in time with its offset, or as `string` tells it.
fn moment(zone: Tz, text: &str) -> Option<i64> {
    instant(text).or_else(|| Zone::from(zone).untold(text).map(|at| at.0))
}

/// The calendar day of a date, or of an instant in a zone.
pub(super) fn local_day(zone: Tz, of: &Val<'_>) -> Result<NaiveDate> {
    match of {
        Val::Text(text) => {
            day(text).ok_or_else(|| format!("`{}` is not a date such as 2026-03-31", shorten(text)))
        }
        Val::Timestamp(ms) => Ok(local(zone, *ms)?.date()),
        other => Err(wrong("a date or a point in time", other)),
    }
}

fn local(zone: Tz, ms: i64) -> Result<NaiveDateTime> {
    DateTime::<Utc>::from_timestamp_millis(ms)
        .filter(|at| (1..=9999).contains(&at.year()))
        .map(|at| at.with_timezone(&zone).naive_local())
        .ok_or_else(too_large)
}

fn date_value<'a>(day: NaiveDate) -> Val<'a> {
    Val::Text(Cow::Owned(day.format("%Y-%m-%d").to_string()))
}

/// A day some days later, as text.
pub(super) fn plus_days<'a>(start: NaiveDate, days: i64) -> Result<Val<'a>> {
    shift(start, Function::AddDays, days).map(date_value)
}

fn shift(start: NaiveDate, function: Function, count: i64) -> Result<NaiveDate> {
    let months = if function == Function::AddYears { count.saturating_mul(12) } else { count };
    let amount = months.unsigned_abs();
    let moved = match (function, count < 0) {
        (Function::AddDays, false) => start.checked_add_days(Days::new(amount)),
        (Function::AddDays, true) => start.checked_sub_days(Days::new(amount)),
        (_, false) => {
            u32::try_from(amount).ok().and_then(|n| start.checked_add_months(Months::new(n)))
        }
        (_, true) => {
            u32::try_from(amount).ok().and_then(|n| start.checked_sub_months(Months::new(n)))
        }
    };
    moved
        .filter(|day| (1..=9999).contains(&day.year()))
        .ok_or_else(|| "the date is outside the years 1 to 9999".to_owned())
}

/// Moves a date, or an instant at its local time of day; the 31st becomes the last day of a shorter month.
fn move_by<'a>(zone: Tz, function: Function, of: &Val<'a>, count: i64) -> Result<Val<'a>> {
    at_same_time(zone, of, shift(local_day(zone, of)?, function, count)?)
}

/// Another day in place of a date, or of an instant's day, at the same local time.
pub(super) fn at_same_time<'a>(zone: Tz, of: &Val<'a>, day: NaiveDate) -> Result<Val<'a>> {
    let Val::Timestamp(ms) = of else { return Ok(date_value(day)) };
    let moved = day.and_time(local(zone, *ms)?.time());
    zone.from_local_datetime(&moved).earliest().map_or_else(
        || Ok(Val::Timestamp(Utc.from_utc_datetime(&moved).timestamp_millis())),
        |at| Ok(Val::Timestamp(at.timestamp_millis())),
    )
}

//! What the functions of working days do, by the calendar of the process or of the pack. A year that
//! the calendar does not have counts by weekends alone, as a deadline in it does.

use chrono::NaiveDate;

use super::dates::{at_same_time, local_day};
use super::evaluate::Machine;
use super::functions::Function;
use super::library::wrong;
use super::value::Val;
use crate::calendar::Calendar;
use crate::clock;

type Result<T> = std::result::Result<T, String>;

/// Most days that one call walks over: about a century.
const DAYS_MAX: i64 = 36_525;

/// Calls a function of working days.
pub(super) fn workdays<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    of: &Val<'a>,
    with: &Val<'a>,
) -> Result<Val<'a>> {
    let (zone, calendar) = (machine.zone(), machine.calendar()?);
    let day = local_day(zone, of)?;
    match function {
        Function::IsWorkday => Ok(Val::Bool(calendar.is_workday(day))),
        Function::AddWorkdays => {
            let Val::Int(count) = with else { return Err(wrong("a whole number", with)) };
            let moved = moved(machine, calendar, day, *count)?;
            at_same_time(zone, of, moved)
        }
        _ => between(machine, calendar, day, local_day(zone, with)?),
    }
}

/// So many working days later, or earlier; none stays.
fn moved(
    machine: &mut Machine<'_>,
    calendar: &Calendar,
    day: NaiveDate,
    count: i64,
) -> Result<NaiveDate> {
    let amount = u32::try_from(count.unsigned_abs()).unwrap_or(u32::MAX);
    // Five of seven days are worked; holidays are few.
    let walked = i64::from(amount).saturating_mul(2);
    if walked > DAYS_MAX {
        return Err(format!(
            "{count} working days are more than can be counted ({})",
            DAYS_MAX / 2
        ));
    }
    machine.charge(usize::try_from(walked).unwrap_or(usize::MAX))?;
    let plus = if count < 0 { clock::minus_workdays } else { clock::plus_workdays };
    Ok(plus(day, amount, calendar))
}

/// Working days after one day, up to and including another; negative where that is earlier.
fn between<'a>(
    machine: &mut Machine<'_>,
    calendar: &Calendar,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Val<'a>> {
    let days = (to - from).num_days().abs();
    if days > DAYS_MAX {
        let message = format!("{from} and {to} are more than {DAYS_MAX} days apart");
        return Err(message + ", further than working days are counted");
    }
    machine.charge(usize::try_from(days).unwrap_or(usize::MAX))?;
    let count = i64::from(clock::workdays_between(from.min(to), from.max(to), calendar));
    Ok(Val::Int(if to < from { -count } else { count }))
}

//! What comes again: every year on a date, every so many months from an anchor, or by cron. Only the
//! next instant is computed; arming a timer for it is not done here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::count;
use super::spec::{Span, SpecError, Unit, as_text, parse_month_day};
use super::{elapsed_ms, yearly};
use crate::calendar::{Calendar, Zone, parse_time};
use crate::time::Timestamp;

/// Steps that the search for the next instant may take.
const STEPS_MAX: u32 = 20_000;
/// Longest cron expression.
const CRON_MAX: usize = 120;

/// A rule by which something comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recurrence {
    /// In words.
    Every(Every),
    /// By a cron expression, in a named zone or else in the calendar's.
    Cron(Cron, Option<Zone>),
}

impl Recurrence {
    /// The first instant after another one; none where it never comes again. Periods count from the
    /// anchor; the other rules do not look at it.
    pub fn next(
        &self,
        after: Timestamp,
        anchor: Timestamp,
        calendar: &Calendar,
    ) -> Option<Timestamp> {
        match self {
            Self::Every(every) => every.next(after, anchor, calendar),
            Self::Cron(cron, zone) => cron.next(after, zone.unwrap_or(calendar.zone())),
        }
    }
}

/// A rule in words: `year on 03-31`, `month on 15 at 09:00`, `6 months`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Every {
    /// On a date of each year; the 29th of February falls on the 28th in a common year.
    Year {
        /// From 1 to 12.
        month: u32,
        /// From 1 to 31.
        day: u32,
        /// Local time.
        at: NaiveTime,
    },
    /// On a day of each month; one the month does not have falls on its last day.
    Month {
        /// From 1 to 31; 31 is always the last day.
        day: u32,
        /// Local time.
        at: NaiveTime,
    },
    /// On a day of each week.
    Week {
        /// Which.
        day: Weekday,
        /// Local time.
        at: NaiveTime,
    },
    /// Every day.
    Day {
        /// Local time.
        at: NaiveTime,
    },
    /// Every working day of the calendar.
    Workday {
        /// Local time.
        at: NaiveTime,
    },
    /// Again and again, counted from an anchor.
    Period(Span),
}

impl Every {
    const EXPECTED: &'static str = "`year on 03-31`, `month on 15`, `month on last`, `week on monday`, `day` or `workday`, \
         each with an optional `at 09:00`, or a period such as `6 months` that counts from the start";

    /// The first instant after another one; none where it never comes again.
    pub fn next(
        self,
        after: Timestamp,
        anchor: Timestamp,
        calendar: &Calendar,
    ) -> Option<Timestamp> {
        let zone = calendar.zone();
        let today = zone.date(after);
        let first = |dates: &mut dyn Iterator<Item = NaiveDate>, at: NaiveTime| {
            dates
                .take(STEPS_MAX as usize)
                .map(|date| zone.instant(date.and_time(at)))
                .find(|instant| *instant > after)
        };
        let year = today.year();
        match self {
            Self::Year { month, day, at } => {
                first(&mut (year..=year + 1).map(|year| yearly(year, month, day)), at)
            }
            Self::Month { day, at } => {
                let start = NaiveDate::from_ymd_opt(year, today.month(), 1)?;
                first(&mut (0..3).map(|n| day_of_month(count::plus_months(start, n), day)), at)
            }
            Self::Week { day, at } => {
                first(&mut today.iter_days().filter(|date| date.weekday() == day), at)
            }
            Self::Day { at } => first(&mut today.iter_days(), at),
            Self::Workday { at } => {
                first(&mut today.iter_days().filter(|date| calendar.is_workday(*date)), at)
            }
            Self::Period(span) => period(span, after, anchor, calendar),
        }
    }
}

/// The first of anchor + 1, 2, 3, … periods that lies after an instant. Each counts from the anchor,
/// so that the 31st comes back after a short month.
fn period(
    span: Span,
    after: Timestamp,
    anchor: Timestamp,
    calendar: &Calendar,
) -> Option<Timestamp> {
    let zone = calendar.zone();
    if let Some(ms) = elapsed_ms(span) {
        let passed = after.0.saturating_sub(anchor.0).div_euclid(ms).max(0);
        return Some(anchor.plus_ms(passed.saturating_add(1).saturating_mul(ms)));
    }
    let local = zone.local(anchor).naive_local();
    let (date, time) = (local.date(), local.time());
    let at = |date: NaiveDate| zone.instant(date.and_time(time));
    let nth = |times: u32| {
        let amount = span.amount.checked_mul(times)?;
        match span.unit {
            Unit::Day | Unit::Minute | Unit::Hour => {
                date.checked_add_days(Days::new(u64::from(amount)))
            }
            Unit::Week => date.checked_add_days(Days::new(u64::from(amount) * 7)),
            Unit::Month => Some(count::plus_months(date, amount)),
            Unit::Year => Some(count::plus_months(date, amount.checked_mul(12)?)),
            Unit::Workday => None,
        }
    };
    if span.unit == Unit::Workday {
        let next = |day: &NaiveDate| {
            let next = count::plus_workdays(*day, span.amount, calendar);
            (next > *day).then_some(next)
        };
        let days = std::iter::successors(next(&date), next).take(STEPS_MAX as usize);
        return { days }.map(at).find(|instant| *instant > after);
    }
    // Jump close to the answer by the longest length a period can have, then walk.
    let longest = match span.unit {
        Unit::Week => 7,
        Unit::Month => 31,
        Unit::Year => 366,
        Unit::Minute | Unit::Hour | Unit::Day | Unit::Workday => 1,
    };
    let passed = count::days_between(date, zone.date(after));
    let skip = passed / span.amount.saturating_mul(longest).max(1);
    (skip.max(1)..).take(STEPS_MAX as usize).map_while(nth).map(at).find(|instant| *instant > after)
}

/// A day of a month by its number, or the month's last.
fn day_of_month(first: NaiveDate, day: u32) -> NaiveDate {
    let last = count::minus_days(count::plus_months(first, 1), 1);
    first.with_day(day).unwrap_or(last)
}

impl FromStr for Every {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let trimmed = text.trim();
        let error = || SpecError::new(Self::EXPECTED, trimmed);
        let (rule, at) = match trimmed.split_once(" at ") {
            Some((rule, time)) => {
                let at = parse_time(time.trim())
                    .ok_or_else(|| error().hint(format!("`{time}` is not a time of day")))?;
                (rule.trim(), Some(at))
            }
            None => (trimmed, None),
        };
        let time = at.unwrap_or(NaiveTime::MIN);
        match rule.split_once(" on ").map_or((rule, None), |(word, on)| (word, Some(on.trim()))) {
            ("year", Some(on)) => {
                let (month, day) = parse_month_day(on)
                    .ok_or_else(|| error().hint(format!("`{on}` is not a day of the year")))?;
                Ok(Self::Year { month, day, at: time })
            }
            ("month", Some("last")) => Ok(Self::Month { day: 31, at: time }),
            ("month", Some(on)) => match on.parse() {
                Ok(day @ 1..=31) => Ok(Self::Month { day, at: time }),
                Ok(_) | Err(_) => Err(error().hint(format!("`{on}` is not a day of the month"))),
            },
            ("week", Some(on)) => match on.parse() {
                Ok(day) => Ok(Self::Week { day, at: time }),
                Err(_) => Err(error().hint(format!("`{on}` is not a day of the week"))),
            },
            ("day", None) => Ok(Self::Day { at: time }),
            ("workday", None) => Ok(Self::Workday { at: time }),
            ("year" | "month" | "week", None) => Err(error().hint("say on which day")),
            _ if at.is_some() => Err(error().hint("a period keeps the time at which it started")),
            _ => rule
                .parse()
                .map(Self::Period)
                .map_err(|inner: SpecError| SpecError { hint: inner.hint, ..error() }),
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self {
            Self::Year { month, day, at } => {
                write!(f, "year on {month:02}-{day:02}")?;
                at
            }
            Self::Month { day: 31, at } => {
                f.write_str("month on last")?;
                at
            }
            Self::Month { day, at } => {
                write!(f, "month on {day}")?;
                at
            }
            Self::Week { day, at } => {
                write!(f, "week on {}", weekday(*day))?;
                at
            }
            Self::Day { at } => {
                f.write_str("day")?;
                at
            }
            Self::Workday { at } => {
                f.write_str("workday")?;
                at
            }
            Self::Period(span) => return span.fmt(f),
        };
        if *at == NaiveTime::MIN { Ok(()) } else { write!(f, " at {}", at.format("%H:%M")) }
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "monday",
        Weekday::Tue => "tuesday",
        Weekday::Wed => "wednesday",
        Weekday::Thu => "thursday",
        Weekday::Fri => "friday",
        Weekday::Sat => "saturday",
        Weekday::Sun => "sunday",
    }
}

/// A cron expression of five fields, as Unix has it: minute, hour, day of month, month, day of week
/// (0 or 7 is Sunday).
#[derive(Debug, Clone)]
pub struct Cron {
    text: String,
    schedule: Arc<cron::Schedule>,
}

impl Cron {
    const EXPECTED: &'static str = "a cron expression of five fields (minute, hour, day of month, month, day of week) such as \
         `0 9 1 1 *`, which is 09:00 on 1 January";

    /// Whether it comes at all: on 31 February nothing does.
    pub(crate) fn comes(&self) -> bool {
        self.next(Timestamp(0), Zone::UTC).is_some()
    }

    /// The first instant after another one, in a zone; none where it never comes again.
    pub fn next(&self, after: Timestamp, zone: Zone) -> Option<Timestamp> {
        self.schedule.after(&zone.local(after)).next().map(Timestamp::from)
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl FromStr for Cron {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let trimmed = text.trim();
        let error = || SpecError::new(Self::EXPECTED, trimmed);
        if trimmed.len() > CRON_MAX {
            return Err(error().hint(format!("it is longer than {CRON_MAX} bytes")));
        }
        let fields: Vec<&str> = trimmed.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(match fields.len() {
                6 | 7 => error().hint("seconds and years are not supported"),
                found => error().hint(format!("it has {found} fields")),
            });
        };
        let any = |field: &str| matches!(field, "*" | "?");
        if !any(day) && !any(weekday) {
            let hint = "a day of month together with a day of week is ambiguous: leave one as `*`";
            return Err(error().hint(hint));
        }
        let weekday = named_weekdays(weekday)
            .ok_or_else(|| error().hint(format!("`{weekday}` is not a day of the week")))?;
        // The parser wants seconds first and counts weekdays from Sunday as 1, hence names.
        let seconds = format!("0 {minute} {hour} {day} {month} {weekday}");
        let schedule = seconds.parse().map_err(|_| error())?;
        Ok(Self { text: fields.join(" "), schedule: Arc::new(schedule) })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// As cron counts, from Sunday as 0.
fn weekday_number(day: Weekday) -> u8 {
    u8::try_from(day.num_days_from_sunday()).expect("a week has seven days")
}

/// A field of weekdays as a list of names: `1-5` becomes `Mon,Tue,Wed,Thu,Fri`.
fn named_weekdays(field: &str) -> Option<String> {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    if matches!(field, "*" | "?") {
        return Some("*".to_owned());
    }
    let number = |text: &str| {
        let number = text.parse::<u8>().ok();
        let named = || text.parse().ok().map(weekday_number);
        number.or_else(named).filter(|number| *number <= 7)
    };
    let mut chosen = [false; 7];
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u8>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None if range == "*" => (0, 6),
            None => (number(range)?, number(range)?),
        };
        // `fri-mon` goes round the end of the week, `5-7` does not.
        let last = if last < first { last + 7 } else { last };
        for day in (first..=last).step_by(usize::from(step)) {
            chosen[usize::from(day % 7)] = true;
        }
    }
    let names = NAMES.into_iter().zip(chosen).filter(|(_, chosen)| *chosen);
    Some(names.map(|(name, _)| name).collect::<Vec<_>>().join(","))
}

as_text! {
    Every: ["year on 03-31", "month on last", "week on monday at 09:00", "6 months"],
    Cron: ["0 9 1 1 *", "0 9 * * 1-5"],
}

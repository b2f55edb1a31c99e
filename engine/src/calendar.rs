//! Which days are working days, in which zone, and when an office closes. A calendar is data of the
//! pack; nothing here counts a deadline (that is `clock`).

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::CalendarName;
use crate::problem::Problem;
use crate::text::Text;

mod compile;
mod zone;

pub(crate) use compile::zone_hint;
pub use zone::Zone;

/// Exceptions that one year may list; more is a mistake.
pub const EXCEPTIONS_MAX: usize = 366;
/// Years that one calendar may hold.
pub const YEARS_MAX: usize = 200;

/// All calendars of a pack, by name.
pub type Calendars = BTreeMap<CalendarName, Arc<Calendar>>;

/// A calendar as its YAML file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CalendarSource {
    /// The name that deadlines use, such as `cn`.
    pub calendar: CalendarName,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
    /// IANA time zone in which its days begin and end, such as `Asia/Shanghai`.
    pub zone: String,
    /// Office hours; needed only where a deadline ends with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursSource>,
    /// What differs from the week, year by year. A year that is missing counts by weekends only,
    /// and deadlines in it are provisional.
    #[serde(default)]
    pub years: BTreeMap<i32, YearSource>,
}

/// When the office opens and closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HoursSource {
    /// Local time such as `"09:00"`.
    pub from: String,
    /// Local time such as `"17:30"`.
    pub to: String,
}

/// One year's exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct YearSource {
    /// Days off: `2025-01-01`, or `2025-01-28..2025-02-04`, each with an optional name after it,
    /// such as `2025-01-28..2025-02-04 春节`.
    #[serde(default)]
    pub off: Vec<String>,
    /// Weekend days that are worked, such as `2025-01-26`.
    #[serde(default)]
    pub work: Vec<String>,
    /// The notice these dates come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text>,
}

/// What a day is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// An ordinary working day.
    Work,
    /// A weekend day that is worked in exchange for a holiday.
    MadeUp,
    /// A Saturday or Sunday.
    Weekend,
    /// A day off; the name may be empty.
    Holiday(Arc<str>),
}

impl Day {
    /// Whether people work on it.
    pub fn is_work(&self) -> bool {
        match self {
            Self::Work | Self::MadeUp => true,
            Self::Weekend | Self::Holiday(_) => false,
        }
    }
}

/// Office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// When the office opens.
    pub from: NaiveTime,
    /// When it closes.
    pub to: NaiveTime,
}

/// A checked calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    name: CalendarName,
    title: Text,
    zone: Zone,
    hours: Option<Hours>,
    years: BTreeMap<i32, Option<Text>>,
    exceptions: BTreeMap<NaiveDate, Exception>,
}

/// How a listed day differs from the week.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exception {
    Off(Arc<str>),
    Work,
}

impl Calendar {
    /// Checks a source; every problem is reported, not only the first.
    pub fn compile(source: &CalendarSource) -> Result<Self, Vec<Problem>> {
        compile::compile(source)
    }

    /// A calendar that knows only weekends: all its deadlines are provisional.
    pub fn weekends(name: CalendarName, zone: Zone) -> Self {
        Self {
            name,
            title: Text::default(),
            zone,
            hours: None,
            years: BTreeMap::new(),
            exceptions: BTreeMap::new(),
        }
    }

    /// The name that deadlines use.
    pub fn name(&self) -> &CalendarName {
        &self.name
    }

    /// What people call it.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// The zone in which its days begin and end.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Office hours, where the calendar has them.
    pub fn hours(&self) -> Option<Hours> {
        self.hours
    }

    /// Whether the year's holidays are known.
    pub fn knows(&self, year: i32) -> bool {
        self.years.contains_key(&year)
    }

    /// The notice a year's dates come from.
    pub fn source(&self, year: i32) -> Option<&Text> {
        self.years.get(&year)?.as_ref()
    }

    /// The last year whose holidays are known.
    pub fn last_year(&self) -> Option<i32> {
        self.years.last_key_value().map(|(year, _)| *year)
    }

    /// What a day is.
    pub fn day(&self, date: NaiveDate) -> Day {
        match self.exceptions.get(&date) {
            Some(Exception::Work) => Day::MadeUp,
            Some(Exception::Off(name)) => Day::Holiday(name.clone()),
            None if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) => Day::Weekend,
            None => Day::Work,
        }
    }

    /// Whether people work on a day.
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        self.day(date).is_work()
    }

    /// The first working day on or after a day.
    pub fn workday_from(&self, date: NaiveDate) -> NaiveDate {
        // A year of holidays in a row is the most a calendar can hold per year; give up beyond it.
        date.iter_days().take(EXCEPTIONS_MAX * 2).find(|day| self.is_workday(*day)).unwrap_or(date)
    }
}

/// A date written as `2026-03-31`: four, two and two digits, in a year that makes sense.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = i32::try_from(digits(year, 4)?).ok().filter(|year| (1900..=2999).contains(year))?;
    NaiveDate::from_ymd_opt(year, digits(month, 2)?, digits(day, 2)?)
}

/// A time of day written as `09:00`.
pub(crate) fn parse_time(text: &str) -> Option<NaiveTime> {
    if text.len() != 5 {
        return None;
    }
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

#[cfg(test)]
pub(crate) mod tests;

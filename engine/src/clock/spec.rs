//! The short texts that deadlines and reminders are written in, English or Chinese: `10 workdays`,
//! `20 日`, `2026-03-31`, `80%`, `2 days before`. Only reading and writing them; counting is next door.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::{parse_date, parse_time};
use crate::problem::nearest;
use crate::time::Timestamp;

/// Longest text that is looked at.
const TEXT_MAX: usize = 64;

/// A text that is not a deadline, reminder or recurrence.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {expected}, found `{found}`{}", hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default())]
pub struct SpecError {
    /// The accepted forms.
    pub expected: &'static str,
    /// The text as written, shortened.
    pub found: String,
    /// What is wrong with it, where that can be said.
    pub hint: Option<String>,
}

impl SpecError {
    pub(super) fn new(expected: &'static str, found: &str) -> Self {
        Self { expected, found: found.chars().take(TEXT_MAX).collect(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Elapsed minutes, day and night.
    Minute,
    /// Elapsed hours, day and night.
    Hour,
    /// Natural days.
    Day,
    /// Working days of a calendar.
    Workday,
    /// Seven natural days.
    Week,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

/// A row of the table of units.
struct Words {
    unit: Unit,
    one: &'static str,
    many: &'static str,
    zh: &'static str,
    also: &'static [&'static str],
    max: u32,
}

const UNITS: &[Words] = &[
    Words {
        unit: Unit::Minute,
        one: "minute",
        many: "minutes",
        zh: "分钟",
        also: &["min", "分"],
        max: 525_600,
    },
    Words {
        unit: Unit::Hour,
        one: "hour",
        many: "hours",
        zh: "小时",
        also: &["h", "个小时"],
        max: 87_600,
    },
    Words {
        unit: Unit::Day,
        one: "day",
        many: "days",
        zh: "日",
        also: &["天", "自然日", "个自然日"],
        max: 36_600,
    },
    Words {
        unit: Unit::Workday,
        one: "workday",
        many: "workdays",
        zh: "个工作日",
        also: &["工作日", "working day", "working days"],
        max: 5_000,
    },
    Words {
        unit: Unit::Week,
        one: "week",
        many: "weeks",
        zh: "周",
        also: &["个星期", "星期"],
        max: 5_200,
    },
    Words {
        unit: Unit::Month,
        one: "month",
        many: "months",
        zh: "个月",
        also: &["个自然月"],
        max: 1_200,
    },
    Words { unit: Unit::Year, one: "year", many: "years", zh: "年", also: &[], max: 100 },
];

impl Unit {
    fn words(self) -> &'static Words {
        UNITS.iter().find(|words| words.unit == self).expect("the table names every unit")
    }

    /// The English word for an amount: `workday` for 1, else `workdays`.
    pub fn english(self, amount: u32) -> &'static str {
        if amount == 1 { self.words().one } else { self.words().many }
    }

    /// The Chinese word, with its classifier: `个工作日`.
    pub fn chinese(self) -> &'static str {
        self.words().zh
    }

    fn parse(word: &str) -> Option<&'static Words> {
        let word = word.to_lowercase();
        UNITS.iter().find(|it| {
            it.one == word || it.many == word || it.zh == word || it.also.contains(&word.as_str())
        })
    }
}

/// An amount of time in a unit: `10 workdays`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
}

impl Span {
    const EXPECTED: &'static str = "a period such as `10 workdays`, `20 days`, `4 hours`, `30 minutes`, `2 weeks`, `6 months` \
         or `1 year` (or `10 工作日`, `20 日`, `4 小时`, `30 分钟`, `2 周`, `6 个月`, `1 年`)";

    /// A span of some units.
    pub fn new(amount: u32, unit: Unit) -> Self {
        Self { amount, unit }
    }

    fn read(text: &str, expected: &'static str) -> Result<Self, SpecError> {
        let trimmed = text.trim();
        let error = || SpecError::new(expected, trimmed);
        let end = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let (digits, word) = (&trimmed[..end], trimmed[end..].trim());
        if digits.is_empty() {
            return Err(error());
        }
        if word.is_empty() {
            return Err(error().hint("the unit is missing"));
        }
        let Some(words) = Unit::parse(word) else {
            return Err(match nearest(word, UNITS.iter().map(|words| words.many)) {
                Some(unit) => error().hint(format!("did you mean `{digits} {unit}`?")),
                None => error().hint(format!("`{word}` is not a unit")),
            });
        };
        match digits.parse::<u32>() {
            Ok(amount) if (1..=words.max).contains(&amount) => Ok(Self::new(amount, words.unit)),
            Ok(_) | Err(_) => {
                Err(error().hint(format!("{} must be from 1 to {}", words.many, words.max)))
            }
        }
    }
}

/// When something falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DurationSpec {
    /// After a period: `10 workdays`.
    Span(Span),
    /// At the end of a day: `2026-03-31`.
    Date(NaiveDate),
    /// At the end of the next such day of a year, today included: `03-31`.
    Yearly {
        /// From 1 to 12.
        month: u32,
        /// From 1 to 31; 02-29 falls on 02-28 in a common year.
        day: u32,
    },
    /// At a local time: `2026-03-31 17:00`.
    Moment(NaiveDateTime),
    /// At an instant: `2026-03-31T09:00:00Z`.
    Instant(Timestamp),
    /// From the beginning of one day to the end of another: `2025-03-18..2025-03-27`.
    Range(NaiveDate, NaiveDate),
}

impl DurationSpec {
    const EXPECTED: &'static str = "a period such as `10 workdays`, `20 days`, `4 hours`, `30 minutes`, `2 weeks`, `6 months` \
         or `1 year` (or `10 工作日`, `20 日`, `6 个月`, `4 小时`), a date such as `2026-03-31`, \
         `2026-03-31 17:00` or, every year, `03-31`, or a range of dates such as \
         `2025-03-18..2025-03-27`";
}

impl FromStr for DurationSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let trimmed = text.trim();
        if let Some((first, last)) = trimmed.split_once("..").or_else(|| trimmed.split_once('至'))
        {
            let range = parse_date(first.trim()).zip(parse_date(last.trim()));
            let (first, last) =
                range.ok_or_else(|| SpecError::new(Self::EXPECTED, trimmed).hint("not a range"))?;
            return if first <= last {
                Ok(Self::Range(first, last))
            } else {
                Err(SpecError::new(Self::EXPECTED, trimmed).hint("the range ends before it begins"))
            };
        }
        if let Some(date) = parse_date(trimmed) {
            return Ok(Self::Date(date));
        }
        if let Some((month, day)) = parse_month_day(trimmed) {
            return Ok(Self::Yearly { month, day });
        }
        if let Some((date, time)) = trimmed.split_once([' ', 'T'])
            && let Some((date, time)) = parse_date(date).zip(parse_time(time.trim()))
        {
            return Ok(Self::Moment(date.and_time(time)));
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(trimmed) {
            return Ok(Self::Instant(at.into()));
        }
        Span::read(text, Self::EXPECTED).map(Self::Span)
    }
}

/// When a reminder goes out, relative to a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReminderSpec {
    /// When that share of the time has passed: `80%`.
    Share(u32),
    /// When it falls due: `at due`.
    AtDue,
    /// That long before: `2 days before`.
    Before(Span),
    /// That long after, where it is still open: `3 days after`.
    After(Span),
}

impl ReminderSpec {
    const EXPECTED: &'static str = "`80%`, `at due`, or a period before or after it such as `2 days before`, \
         `1 workday before`, `3 days after` (or `到期时`, `2 日前`, `1 个工作日前`, `3 日后`)";
}

impl FromStr for ReminderSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let trimmed = text.trim();
        if let Some(share) = trimmed.strip_suffix(['%', '%']) {
            return match share.trim().parse() {
                Ok(share @ 1..=100) => Ok(Self::Share(share)),
                Ok(_) | Err(_) => Err(SpecError::new(Self::EXPECTED, trimmed)
                    .hint("a share must be a whole number from 1 to 100")),
            };
        }
        if matches!(trimmed, "at due" | "到期时" | "到期") {
            return Ok(Self::AtDue);
        }
        let ends = [
            ("before", Self::Before as fn(Span) -> Self),
            ("之前", Self::Before),
            ("前", Self::Before),
            ("after", Self::After),
            ("之后", Self::After),
            ("后", Self::After),
        ];
        for (end, make) in ends {
            if let Some(span) = trimmed.strip_suffix(end) {
                return Span::read(span, Self::EXPECTED).map(make).map_err(|mut error| {
                    trimmed.clone_into(&mut error.found);
                    error
                });
            }
        }
        let error = SpecError::new(Self::EXPECTED, trimmed);
        Err(if Span::read(trimmed, Self::EXPECTED).is_ok() {
            error.hint("say `before` or `after`")
        } else {
            error
        })
    }
}

impl FromStr for Span {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        Self::read(text, Self::EXPECTED)
    }
}

/// `03-31` as a month and a day that exist in a leap year.
pub(super) fn parse_month_day(text: &str) -> Option<(u32, u32)> {
    let date = parse_date(&format!("2000-{text}"))?;
    Some((date.month(), date.day()))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.unit.english(self.amount))
    }
}

impl fmt::Display for DurationSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Yearly { month, day } => write!(f, "{month:02}-{day:02}"),
            Self::Moment(at) => at.format("%Y-%m-%d %H:%M").fmt(f),
            Self::Instant(at) => at.fmt(f),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
        }
    }
}

impl fmt::Display for ReminderSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{share}%"),
            Self::AtDue => f.write_str("at due"),
            Self::Before(span) => write!(f, "{span} before"),
            Self::After(span) => write!(f, "{span} after"),
        }
    }
}

/// Reads and writes a type as its text, and describes it in the JSON Schema of the language.
macro_rules! as_text {
    ($($name:ident: $examples:expr),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $name::EXPECTED,
                    "examples": $examples,
                })
            }
        }
    )+};
}
pub(super) use as_text;

as_text! {
    Span: ["10 workdays", "20 days", "4 hours", "6 months"],
    DurationSpec: ["10 workdays", "20 days", "4 hours", "2026-03-31", "2025-03-18..2025-03-27"],
    ReminderSpec: ["80%", "at due", "2 days before", "1 workday before", "3 days after"],
}

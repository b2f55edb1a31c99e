//! A deadline with its working: not only when, but how that was counted, kept so that anyone can
//! count it again.

use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::{DurationSpec, Span};
use crate::calendar::Zone;
use crate::ids::CalendarName;
use crate::time::Timestamp;

/// Runs of skipped days that a working lists; the rest are only counted.
pub const SKIPPED_MAX: usize = 24;

/// Whether the day on which a period starts counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Counted {
    /// The first day is the next one, as the civil code has it.
    #[default]
    Excluded,
    /// The start day is the first day, as in "from 18 to 27 March".
    Included,
}

/// What happens when a period of days or months ends on a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Roll {
    /// It ends on the next working day, as the civil code has it.
    #[default]
    Forward,
    /// It ends as printed.
    None,
}

/// At what time the last day ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DayEnd {
    /// At 24:00.
    #[default]
    Midnight,
    /// When the calendar's office closes; at 24:00 where the calendar has no hours.
    OfficeHours,
}

/// How to count, beyond the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Options {
    /// Whether the start day counts.
    #[serde(default)]
    pub counted: Counted,
    /// Where it ends on a day off.
    #[serde(default)]
    pub roll: Roll,
    /// When its last day ends.
    #[serde(default)]
    pub ends: DayEnd,
}

/// What is left is measured in this when a clock pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Working days.
    Workdays,
    /// Natural days.
    Days,
    /// Elapsed time.
    Milliseconds,
}

/// What was counted: a period as written, or what was left of one after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Count {
    /// A deadline as it is written.
    Spec(DurationSpec),
    /// The remainder after a pause.
    Rest {
        /// How much was left.
        amount: u64,
        /// Of what.
        measure: Measure,
    },
}

/// Days in a row that were not counted, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// The first of them.
    pub from: NaiveDate,
    /// The last of them.
    pub to: NaiveDate,
    /// The holiday's name (it may be empty); none means a weekend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<Arc<str>>,
}

/// A deadline and how it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Working {
    /// When the clock started, or resumed.
    pub from: Timestamp,
    /// The instant it falls due: the end of the last day is 00:00 of the next.
    pub until: Timestamp,
    /// The first day that counts; the day after `last` where only the rest of that day was left.
    pub first: NaiveDate,
    /// The last day, on which it can still be done.
    pub last: NaiveDate,
    /// What was counted.
    pub count: Count,
    /// What is left is measured in this when it pauses.
    pub measure: Measure,
    /// By which calendar.
    pub calendar: CalendarName,
    /// In which zone its days begin and end.
    pub zone: Zone,
    /// How it was counted beyond that.
    pub options: Options,
    /// Days off between the first and the last day that a count of working days left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// How many those are, also where the list is cut.
    #[serde(default)]
    pub skipped_days: u32,
    /// Weekend days that counted because they are worked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_up: Vec<NaiveDate>,
    /// The last day as counted and the working day it was rolled to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled: Option<(NaiveDate, NaiveDate)>,
    /// Extensions, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<Span>,
    /// Extensions before the clock stood still, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended_before: Vec<Span>,
    /// What had passed before the pauses, in `measure`.
    #[serde(default)]
    pub spent: u64,
    /// Whether a year in it has no calendar, so that the date may move when one is published.
    #[serde(default)]
    pub provisional: bool,
}

impl Working {
    /// Every extension, in order.
    pub fn extensions(&self) -> impl Iterator<Item = Span> {
        self.extended_before.iter().chain(&self.extended).copied()
    }

    /// Whether it has fallen due.
    pub fn is_due(&self, at: Timestamp) -> bool {
        at >= self.until
    }

    /// Whether a day or a moment was named rather than a period counted: it stays what it is, however
    /// long a case stands still.
    pub const fn is_fixed(&self) -> bool {
        match self.count {
            Count::Spec(DurationSpec::Span(_)) | Count::Rest { .. } => false,
            Count::Spec(
                DurationSpec::Date(_)
                | DurationSpec::Yearly { .. }
                | DurationSpec::Moment(_)
                | DurationSpec::Instant(_)
                | DurationSpec::Range(..),
            ) => true,
        }
    }

    /// The last day before any rolling.
    pub(super) fn nominal(&self) -> NaiveDate {
        self.rolled.map_or(self.last, |(from, _)| from)
    }
}

/// What is left of a deadline while its clock stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remaining {
    /// How much is left, in `measure`. Days count from the day after the pause; zero is "its last
    /// day".
    pub amount: u64,
    /// Of what.
    pub measure: Measure,
    /// What had passed before, in `measure`.
    pub spent: u64,
    /// How days are counted.
    pub options: Options,
    /// Set where the pause began after it had fallen due: then it stays due since that instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue: Option<Timestamp>,
    /// How it was extended before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<Span>,
}

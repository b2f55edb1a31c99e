//! A time zone by its IANA name, and the instants of its local times.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Dates are counted between these two instants (the years 1900 and 2999); anything beyond is
/// clamped, so that no arithmetic on dates can overflow.
const EARLIEST: Timestamp = Timestamp(-2_208_988_800_000);
const LATEST: Timestamp = Timestamp(32_503_679_999_999);

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl From<Tz> for Zone {
    fn from(zone: Tz) -> Self {
        Self(zone)
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The local date and time of an instant.
    pub fn local(self, at: Timestamp) -> DateTime<Tz> {
        at.clamp(EARLIEST, LATEST).to_utc().with_timezone(&self.0)
    }

    /// A point in time as people here write it: `2026-03-31 09:00`, with seconds where there are any.
    pub fn told(self, at: Timestamp) -> String {
        let at = self.local(at);
        let whole = at.second() == 0;
        at.format(if whole { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
    }

    /// The point in time that people here write so.
    pub(crate) fn untold(self, text: &str) -> Option<Timestamp> {
        let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
        read("%Y-%m-%d %H:%M:%S").or_else(|| read("%Y-%m-%d %H:%M")).map(|at| self.instant(at))
    }

    /// The local date of an instant.
    pub fn date(self, at: Timestamp) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// The instant of a local time. Where clocks go back and it comes twice, the first one; where
    /// they go forward and it does not come at all, the first instant after the gap.
    pub fn instant(self, local: NaiveDateTime) -> Timestamp {
        /// The longest gap any zone has had is a whole day.
        const QUARTERS_MAX: i32 = 24 * 4;
        for quarter in 0..=QUARTERS_MAX {
            let Some(shifted) =
                local.checked_add_signed(Duration::minutes(15 * i64::from(quarter)))
            else {
                break;
            };
            match self.0.from_local_datetime(&shifted) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => return at.into(),
                LocalResult::None => {}
            }
        }
        local.and_utc().into()
    }

    /// When a day begins: 00:00.
    pub fn begin(self, date: NaiveDate) -> Timestamp {
        self.instant(date.and_time(NaiveTime::MIN))
    }

    /// When a day ends: 24:00, which is 00:00 of the next.
    pub fn end(self, date: NaiveDate) -> Timestamp {
        self.begin(date.succ_opt().unwrap_or(date))
    }

    /// The zone as chrono has it.
    pub fn tz(self) -> Tz {
        self.0
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| {
            format!(
                "expected an IANA time zone such as `Asia/Shanghai` or `Europe/Berlin`, found `{text}`"
            )
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

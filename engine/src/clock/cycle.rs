//! What comes again and again, for ever or so often: which time it is, and when the next one is.
//! Periods are counted from where the first began, each as a deadline of so many periods, so that
//! none drifts: a month from the 31st ends on the 28th, and two months end on the 31st again.

use serde::{Deserialize, Serialize};

use super::working::{Counted, Measure, Options, Working};
use super::{DurationSpec, Span, due, elapsed_ms};
use crate::calendar::Calendar;
use crate::time::Timestamp;

/// Periods that one search for the next may pass over.
const PERIODS_MAX: u32 = 20_000;

/// Which time it is of something that comes again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cycle {
    /// Since when its periods are counted.
    pub from: Timestamp,
    /// Which of them ends then, from 1; 0 where the next ones are counted from the end of this.
    pub number: u32,
    /// How often it comes, this time included; none for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
}

impl Cycle {
    /// The first of so many times; of times without end where none is said.
    pub(crate) const fn first(from: Timestamp, times: Option<u32>) -> Self {
        Self { from, number: 1, left: times }
    }

    /// The one after it; none when it was the last.
    pub(crate) fn after(self) -> Option<Self> {
        let left = match self.left {
            Some(left) => Some(left.checked_sub(1).filter(|left| *left > 0)?),
            None => None,
        };
        Some(Self { number: self.number.saturating_add(1), left, ..self })
    }

    /// The same where a time of days ends with another day: the next ones follow from that. None of
    /// elapsed time, which is only later.
    pub(crate) fn counted_from_end(self, of: &Working) -> Option<Self> {
        let last = match (of.measure, of.options.counted) {
            (Measure::Milliseconds, _) => return None,
            (Measure::Days | Measure::Workdays, Counted::Excluded) => of.nominal(),
            (Measure::Days | Measure::Workdays, Counted::Included) => {
                super::count::plus_days(of.nominal(), 1)
            }
        };
        Some(Self { from: of.zone.begin(last), number: 0, ..self })
    }

    /// The same with its periods counted from some milliseconds later.
    pub(crate) fn later(self, ms: i64) -> Self {
        Self { from: self.from.plus_ms(ms), ..self }
    }
}

/// Where a next period begins that was counted from the end of the last: days from that day, elapsed
/// time from that moment.
pub(crate) fn behind(span: Option<Span>, last: Timestamp) -> Timestamp {
    match span {
        // The end of a day is the first moment of the next.
        Some(span) if elapsed_ms(span).is_none() => last.plus_ms(-1),
        Some(_) | None => last,
    }
}

/// The end of the first period that lies after a moment, and which it is; those that have passed
/// unseen are passed over.
pub(crate) fn period_end(
    span: Span,
    cycle: Cycle,
    after: Timestamp,
    calendar: &Calendar,
    options: Options,
) -> (Cycle, Working) {
    let end = |number: u32| {
        let amount = span.amount.saturating_mul(number);
        let spec = DurationSpec::Span(Span { amount, ..span });
        due(&spec, cycle.from, calendar, options)
    };
    let mut number = cycle.number.max(1);
    if let Some(ms) = elapsed_ms(span) {
        let passed = after.0.saturating_sub(cycle.from.0).div_euclid(ms.max(1));
        number = number.max(u32::try_from(passed.saturating_add(1)).unwrap_or(number));
    }
    let mut working = end(number);
    for _ in 0..PERIODS_MAX {
        if working.until > after {
            break;
        }
        number = number.saturating_add(1);
        working = end(number);
    }
    (Cycle { number, ..cycle }, working)
}

#[cfg(test)]
mod tests {
    use super::{Cycle, period_end};
    use crate::calendar::{Calendar, Zone};
    use crate::clock::{Options, Roll};
    use crate::time::Timestamp;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).expect("a time").into()
    }

    /// The next times of a period that begins at a moment, each looked for when the one before came.
    fn times(span: &str, from: &str, roll: Roll) -> Vec<String> {
        let calendar = Calendar::weekends("cn".into(), Zone::UTC);
        let options = Options { roll, ..Options::default() };
        let span = span.parse().expect("a period");
        let mut cycle = Some(Cycle::first(at(from), Some(4)));
        let (mut now, mut times) = (at(from), Vec::new());
        while let Some(next) = cycle {
            let (found, working) = period_end(span, next, now, &calendar, options);
            now = working.until;
            times.push(now.plus_ms(-1).to_string()[..10].to_owned());
            cycle = found.after();
        }
        times
    }

    #[test]
    fn periods_are_counted_from_the_first_as_deadlines_are() {
        let from = "2026-01-05T09:00:00Z";
        for (span, roll, expected) in [
            ("1 day", Roll::None, ["2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"]),
            ("24 hours", Roll::None, ["2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09"]),
            // Monday, and from then on working days alone.
            ("2 workdays", Roll::Forward, ["2026-01-07", "2026-01-09", "2026-01-13", "2026-01-15"]),
            // Weekends roll, and the next period does not begin later for that.
            ("3 days", Roll::Forward, ["2026-01-08", "2026-01-12", "2026-01-14", "2026-01-19"]),
            ("1 week", Roll::Forward, ["2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"]),
        ] {
            assert_eq!(times(span, from, roll), expected, "{span}");
        }
        let last = times("1 month", "2026-01-31T09:00:00Z", Roll::None);
        assert_eq!(last, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
    }

    #[test]
    fn what_passed_unseen_is_passed_over_and_counts_for_nothing() {
        let calendar = Calendar::weekends("cn".into(), Zone::UTC);
        let first = Cycle::first(at("2026-01-05T00:00:00Z"), Some(3));
        for (span, after, expected, number) in [
            ("1 hour", "2026-01-05T06:30:00Z", "2026-01-05T07:00:00Z", 7),
            ("1 hour", "2026-01-05T07:00:00Z", "2026-01-05T08:00:00Z", 8),
            ("1 day", "2026-01-09T06:30:00Z", "2026-01-10T00:00:00Z", 4),
            ("1 workday", "2026-01-09T06:30:00Z", "2026-01-10T00:00:00Z", 4),
            ("1 workday", "2026-01-10T06:30:00Z", "2026-01-13T00:00:00Z", 5),
        ] {
            let span = span.parse().expect("a period");
            let options = Options { roll: Roll::None, ..Options::default() };
            let (cycle, working) = period_end(span, first, at(after), &calendar, options);
            assert_eq!(working.until, at(expected), "{span} after {after}");
            assert_eq!((cycle.number, cycle.left), (number, Some(3)), "{span} after {after}");
        }
    }

    #[test]
    fn it_comes_so_often_and_no_more() {
        let mut cycle = Cycle::first(at("2026-01-05T00:00:00Z"), Some(2));
        assert_eq!((cycle.number, cycle.left), (1, Some(2)));
        cycle = cycle.after().expect("it comes again");
        assert_eq!((cycle.number, cycle.left), (2, Some(1)));
        assert_eq!(cycle.after(), None);
        let endless = Cycle::first(at("2026-01-05T00:00:00Z"), None);
        assert_eq!(endless.after().map(|next| next.left), Some(None));
    }
}

//! From a calendar's YAML to a checked calendar: every date is read, lies in its year, and is
//! listed once.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{
    Calendar, CalendarSource, EXCEPTIONS_MAX, Exception, Hours, HoursSource, YEARS_MAX, YearSource,
    Zone, parse_date, parse_time,
};
use crate::problem::Problem;

/// Checks a source.
pub(super) fn compile(source: &CalendarSource) -> Result<Calendar, Vec<Problem>> {
    let mut check = Check { problems: Vec::new(), exceptions: BTreeMap::new() };
    let zone = source.zone.parse().unwrap_or_else(|message: String| {
        check.report("unknownZone", &["zone"], message);
        Zone::UTC
    });
    let hours = source.hours.as_ref().and_then(|hours| check.hours(hours));
    if source.years.len() > YEARS_MAX {
        let found = source.years.len();
        check.report(
            "tooMany",
            &["years"],
            format!("expected at most {YEARS_MAX} years, found {found}"),
        );
    }
    for (year, data) in source.years.iter().take(YEARS_MAX) {
        check.year(*year, data);
    }
    if !check.problems.is_empty() {
        return Err(check.problems);
    }
    Ok(Calendar {
        name: source.calendar.clone(),
        title: source.name.clone(),
        zone,
        hours,
        years: source.years.iter().map(|(year, data)| (*year, data.source.clone())).collect(),
        exceptions: check.exceptions,
    })
}

/// What has been found so far.
struct Check {
    problems: Vec<Problem>,
    exceptions: BTreeMap<NaiveDate, Exception>,
}

impl Check {
    fn report(&mut self, code: &'static str, path: &[&str], message: String) {
        self.problems.push(Problem::error(code, message).under(path));
    }

    fn hours(&mut self, hours: &HoursSource) -> Option<Hours> {
        let mut read = |text: &str, key: &str| {
            let time = parse_time(text);
            if time.is_none() {
                let message = format!("expected a time of day such as `\"09:00\"`, found `{text}`");
                self.report("badTime", &["hours", key], message);
            }
            time
        };
        let (from, to) = (read(&hours.from, "from"), read(&hours.to, "to"));
        let (from, to) = (from?, to?);
        if from >= to {
            let message = format!("expected a time later than `{from}`, found `{to}`");
            self.report("badTime", &["hours", "to"], message);
            return None;
        }
        Some(Hours { from, to })
    }

    fn year(&mut self, year: i32, data: &YearSource) {
        let key = year.to_string();
        let count = data.off.len() + data.work.len();
        if count > EXCEPTIONS_MAX {
            let message = format!("expected at most {EXCEPTIONS_MAX} entries, found {count}");
            return self.report("tooMany", &["years", &key], message);
        }
        for (index, text) in data.off.iter().enumerate() {
            let index = index.to_string();
            let path = ["years", &key, "off", &index];
            let (dates, name) = text.trim().split_once(char::is_whitespace).unwrap_or((text, ""));
            let Some((first, last)) = self.dates(dates.trim(), year, &path) else { continue };
            let name: Arc<str> = Arc::from(name.trim());
            for date in first.iter_days().take_while(|date| *date <= last) {
                self.add(date, Exception::Off(name.clone()), &path);
            }
        }
        for (index, text) in data.work.iter().enumerate() {
            let index = index.to_string();
            let path = ["years", &key, "work", &index];
            let Some((first, last)) = self.dates(text.trim(), year, &path) else { continue };
            for date in first.iter_days().take_while(|date| *date <= last) {
                if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
                    self.add(date, Exception::Work, &path);
                } else {
                    let message = format!(
                        "expected a Saturday or Sunday that is worked, found {date}, a {}, which is \
                         a working day anyway",
                        date.weekday()
                    );
                    self.report("notAWeekend", &path, message);
                }
            }
        }
    }

    /// One date or an inclusive range, within the year.
    fn dates(&mut self, text: &str, year: i32, path: &[&str]) -> Option<(NaiveDate, NaiveDate)> {
        let range = match text.split_once("..") {
            Some((first, last)) => parse_date(first.trim()).zip(parse_date(last.trim())),
            None => parse_date(text).map(|date| (date, date)),
        };
        let Some((first, last)) = range else {
            let message = format!(
                "expected a date such as `{year}-01-01` or a range such as \
                 `{year}-01-28..{year}-02-04`, found `{text}`"
            );
            self.report("badDate", path, message);
            return None;
        };
        if first > last {
            let message = format!("expected a range that ends after it begins, found `{text}`");
            self.report("badDate", path, message);
            return None;
        }
        if first.year() != year || last.year() != year {
            let message = format!("expected dates in {year}, found `{text}`");
            self.report("wrongYear", path, message);
            return None;
        }
        Some((first, last))
    }

    fn add(&mut self, date: NaiveDate, exception: Exception, path: &[&str]) {
        if self.exceptions.insert(date, exception).is_some() {
            let message = format!("expected each date once, found {date} again");
            self.report("duplicateDate", path, message);
        }
    }
}

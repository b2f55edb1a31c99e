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
        let problem = Problem::error("unknownZone", message).maybe_hint(zone_hint(&source.zone));
        check.problems.push(problem.under(&["zone"]));
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

/// What to write instead of a zone that is none.
pub(crate) fn zone_hint(zone: &str) -> Option<String> {
    let zone = crate::wide::plain(zone).unwrap_or_else(|| zone.to_owned());
    let lower = zone.to_lowercase();
    let is_china =
        ["beijing", "peking", "china", "cst", "+8", "+08", "北京", "上海", "中国", "prc"];
    if is_china.iter().any(|word| lower.contains(word)) {
        return Some("write `Asia/Shanghai`".to_owned());
    }
    let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    crate::problem::did_you_mean(&zone, known)
}

/// What to write instead of dates that are none.
fn hint(text: &str) -> Option<String> {
    let text = crate::wide::plain(text).unwrap_or_else(|| text.to_owned());
    let parts: Vec<&str> =
        match ["..", "~", "至", "到", "—", " - "].iter().find(|it| text.contains(**it)) {
            Some(between) => text.split(between).filter(|part| !part.is_empty()).collect(),
            None => vec![&text],
        };
    let dates = parts.iter().map(|part| crate::clock::hint::date(part.trim()));
    let dates: Vec<String> = dates.collect::<Option<_>>()?;
    if !dates.iter().all(|date| parse_date(date).is_some()) {
        return Some("there is no such day".to_owned());
    }
    match &dates[..] {
        [one] => Some(format!("write `{one}`")),
        [first, last] => Some(format!("write `{first}..{last}`")),
        _ => None,
    }
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
            let problem = Problem::error("badDate", message).maybe_hint(hint(text));
            self.problems.push(problem.under(path));
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

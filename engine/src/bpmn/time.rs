//! Times: from ISO 8601 and cron, as BPMN has them, to the texts of ours, and back as near as it
//! goes. A period of BPMN is elapsed time, so days become hours: our days are counted as the civil
//! code counts them.

use serde_yaml::Value;

use super::keys::Keys;
use crate::calendar::parse_date;
use crate::clock::{Cron, DurationSpec, Span, Unit};
use crate::definition::source::Repeat;

/// Longest text that is looked at.
const TEXT_MAX: usize = 200;

/// What a time of BPMN is.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// A time of ours, and whether it comes again.
    Time(Value, Repeat),
    /// The same, but that it has seconds, of which ours has whole minutes.
    Near(Value, Repeat),
    /// An expression.
    Expression,
    /// Nothing that we can say.
    Unknown(String),
}

/// How a tool's cron counts the days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekdays {
    /// Sunday is 0 or 7, as in Unix and in Camunda 8.
    Unix,
    /// Sunday is 1, as in Quartz, which Camunda 7, Flowable and jBPM use.
    Quartz,
}

/// Reads the text of a `timeDate`, `timeDuration` or `timeCycle`.
pub(super) fn read(text: &str, weekdays: Weekdays) -> Found {
    let text = literal(text.trim());
    if text.len() > TEXT_MAX || text.is_empty() {
        return Found::Unknown("expected a time such as `PT10H`".to_owned());
    }
    if let Some(rest) = text.strip_prefix('R')
        && let Some((times, period)) = rest.split_once('/')
        && (times.is_empty() || times.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return cycle(text, times, period);
    }
    if text.starts_with('P') && text[1..].starts_with(|c: char| c.is_ascii_digit() || c == 'T') {
        return match period(text) {
            Some(period) => period.found(Repeat::default()),
            None => Found::Unknown(format!(
                "`{text}` is no time, or mixes months with shorter times: say it as one unit"
            )),
        };
    }
    if let Some(moment) = moment(text) {
        return Found::Time(moment.into(), Repeat::default());
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let is_cron = |field: &&str| {
        field.chars().all(|c| c.is_ascii_alphanumeric() || "*/,-?#".contains(c))
            && field.contains(|c: char| c.is_ascii_digit() || c == '*' || c == '?')
    };
    if (5..=7).contains(&fields.len()) && fields.iter().filter(|one| is_cron(one)).count() >= 4 {
        return cron(text, &fields, weekdays);
    }
    Found::Expression
}

/// The time in an expression of FEEL that is a literal: `="PT5M"`, `=duration("PT5M")`.
fn literal(text: &str) -> &str {
    let bare = text.trim_start_matches('=').trim();
    let call = ["duration", "date and time", "date"].into_iter().find_map(|name| {
        bare.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')
    });
    let quoted = call.unwrap_or(bare).trim();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).map_or(text, str::trim)
}

/// How long a message is kept, and whether that is what the text says: in whole minutes, at least one.
pub(super) fn kept(text: &str) -> Option<(String, bool)> {
    let text = literal(text.trim());
    if text.len() > TEXT_MAX {
        return None;
    }
    match period(text) {
        Some(Period { value: Value::Mapping(months), .. }) => {
            Some((months.get("in")?.as_str()?.to_owned(), true))
        }
        Some(Period { value, is_exact }) => Some((value.as_str()?.to_owned(), is_exact)),
        // What is not kept at all is kept for a minute.
        None if is_nothing(text) => Some((Span::new(1, Unit::Minute).to_string(), false)),
        None => None,
    }
}

/// Whether a text is a period of no length, such as `PT0S`.
fn is_nothing(text: &str) -> bool {
    let Some(text) = text.strip_prefix('P') else { return false };
    let (dates, times) = text.split_once('T').unwrap_or((text, ""));
    let (Some(dates), Some(times)) = (parts(dates), parts(times)) else { return false };
    let known = |one: &(u32, char)| one.0 == 0 && "YMWDHS".contains(one.1);
    !(dates.is_empty() && times.is_empty()) && dates.iter().chain(&times).all(known)
}

/// That a time with seconds became one of whole minutes.
pub(super) fn whole_minutes(text: &str, ours: &Value) -> String {
    let cron = ours.get("cron").and_then(Value::as_str);
    let ours = ours.as_str().or(cron).unwrap_or_default();
    format!("`{text}` becomes `{ours}`: times are counted in whole minutes")
}

fn cycle(text: &str, times: &str, period_text: &str) -> Found {
    let Some(period) = period(period_text) else {
        return Found::Unknown(format!(
            "expected `R/` and a period such as `PT10H`, found `{text}`"
        ));
    };
    match times.parse() {
        _ if times.is_empty() => period.found(Repeat::Always(true)),
        Ok(0) => Found::Unknown(format!("`{text}` never comes")),
        Ok(times) => period.found(Repeat::Times(times)),
        Err(_) => Found::Unknown(format!("`{text}` comes too often to be counted")),
    }
}

/// Cron as other tools have it: seconds in front, `?` for any, perhaps a year.
fn cron(text: &str, fields: &[&str], weekdays: Weekdays) -> Found {
    if fields.get(6).is_some_and(|year| !matches!(*year, "*" | "?")) {
        return Found::Unknown(format!(
            "`{text}` comes in some years only, which cron has not here"
        ));
    }
    let (seconds, rest) = match fields {
        [seconds, rest @ ..] if rest.len() > 4 => (*seconds, &rest[..5]),
        all => ("0", all),
    };
    let mut ours: Vec<String> =
        rest.iter().map(|field| if *field == "?" { "*" } else { field }.to_owned()).collect();
    if fields.len() > 5 && weekdays == Weekdays::Quartz {
        ours[4] = unix_weekdays(&ours[4]);
    }
    let ours = ours.join(" ");
    if let Err(problem) = ours.parse::<Cron>() {
        return Found::Unknown(format!("cannot say `{text}`: {problem}"));
    }
    let mut keys = Keys::new();
    keys.insert("cron".into(), ours.into());
    match seconds {
        "0" | "00" => Found::Time(Value::Mapping(keys), Repeat::Always(true)),
        _ => Found::Near(Value::Mapping(keys), Repeat::Always(true)),
    }
}

/// Days of the week by their numbers in Quartz, as names: `2-6` becomes `Mon-Fri`. What stands
/// behind `/` or `#` counts something else.
fn unix_weekdays(field: &str) -> String {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let day = |text: &str| {
        let number = text.parse::<usize>().ok().and_then(|day| day.checked_sub(1));
        number.and_then(|day| NAMES.get(day)).map_or(text.to_owned(), |name| (*name).to_owned())
    };
    let part = |part: &str| {
        let end = part.find(['/', '#']).unwrap_or(part.len());
        let days: Vec<String> = part[..end].split('-').map(day).collect();
        format!("{}{}", days.join("-"), &part[end..])
    };
    field.split(',').map(part).collect::<Vec<String>>().join(",")
}

/// A moment of ISO 8601 as ours: without an offset it is local, and written as people write it.
fn moment(text: &str) -> Option<String> {
    use chrono::{DateTime, NaiveDateTime};
    if parse_date(text).is_some() || DateTime::parse_from_rfc3339(text).is_ok() {
        return Some(text.to_owned());
    }
    let with_offset = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"];
    if let Some(at) = with_offset.iter().find_map(|it| DateTime::parse_from_str(text, it).ok()) {
        return Some(at.to_rfc3339());
    }
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];
    let at = local.iter().find_map(|it| NaiveDateTime::parse_from_str(text, it).ok())?;
    Some(at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// A period of BPMN as ours.
struct Period {
    value: Value,
    /// Whether it is as long: seconds count as a begun minute.
    is_exact: bool,
}

impl Period {
    fn found(self, repeat: Repeat) -> Found {
        match self.is_exact {
            true => Found::Time(self.value, repeat),
            false => Found::Near(self.value, repeat),
        }
    }
}

/// A period such as `P1DT12H`: months where it has only years and months, else minutes or hours.
fn period(text: &str) -> Option<Period> {
    let text = text.strip_prefix('P')?;
    let (dates, times) = text.split_once('T').unwrap_or((text, ""));
    let (mut months, mut minutes, mut seconds) = (0_u32, 0_u32, 0_u32);
    for (amount, unit) in parts(dates)? {
        match unit {
            'Y' => months = months.checked_add(amount.checked_mul(12)?)?,
            'M' => months = months.checked_add(amount)?,
            'W' => minutes = minutes.checked_add(amount.checked_mul(7 * 24 * 60)?)?,
            'D' => minutes = minutes.checked_add(amount.checked_mul(24 * 60)?)?,
            _ => return None,
        }
    }
    for (amount, unit) in parts(times)? {
        match unit {
            'H' => minutes = minutes.checked_add(amount.checked_mul(60)?)?,
            'M' => minutes = minutes.checked_add(amount)?,
            'S' => seconds = seconds.checked_add(amount)?,
            _ => return None,
        }
    }
    let minutes = minutes.checked_add(seconds.div_ceil(60))?;
    let value = match (months, minutes) {
        (0, 0) => return None,
        (months, 0) => {
            let mut keys = Keys::new();
            keys.insert("in".into(), Span::new(months, Unit::Month).to_string().into());
            keys.insert("roll".into(), "none".into());
            Value::Mapping(keys)
        }
        (0, minutes) if minutes % 60 == 0 => Span::new(minutes / 60, Unit::Hour).to_string().into(),
        (0, minutes) => Span::new(minutes, Unit::Minute).to_string().into(),
        _ => return None,
    };
    Some(Period { value, is_exact: seconds % 60 == 0 })
}

fn parts(text: &str) -> Option<Vec<(u32, char)>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let mut amount: u32 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        // Only seconds may have a part, which counts as one more.
        let is_part = rest.starts_with('.');
        if is_part {
            rest = rest[1..].trim_start_matches(|c: char| c.is_ascii_digit());
            amount = amount.checked_add(1)?;
        }
        let unit = rest.chars().next().filter(|unit| !is_part || *unit == 'S')?;
        parts.push((amount, unit));
        rest = &rest[unit.len_utf8()..];
    }
    Some(parts)
}

/// A time of ours as an element of BPMN and its text, as near as BPMN can say it.
pub(super) fn write(time: &Value, repeat: Repeat) -> (&'static str, String) {
    let text = |key: &str| time.get(key).and_then(Value::as_str);
    if let Some(cron) = text("cron") {
        let seconds = if cron.split_whitespace().count() == 5 { "0 " } else { "" };
        return ("timeCycle", format!("{seconds}{cron}"));
    }
    let short = time.as_str().or_else(|| text("in")).or_else(|| text("on"));
    if let Some(expression) = short.and_then(|short| short.strip_prefix('=')) {
        let tag = if text("on").is_some() { "timeDate" } else { "timeDuration" };
        return (tag, expression.trim().to_owned());
    }
    if let (Some(of), Some(span)) = (text("of"), text("before").or_else(|| text("after"))) {
        let of = of.strip_prefix('=').map_or_else(|| format!("'{of}'"), str::to_owned);
        let sign = if text("before").is_some() { '-' } else { '+' };
        return ("timeDate", format!("{of} {sign} '{span}'"));
    }
    match short.map(|short| (short, short.parse::<DurationSpec>())) {
        Some((_, Ok(DurationSpec::Span(span)))) => {
            let period = iso(span.to_string().as_str());
            match repeat {
                Repeat::Always(true) => ("timeCycle", format!("R/{period}")),
                Repeat::Times(times) => ("timeCycle", format!("R{times}/{period}")),
                Repeat::Always(false) => ("timeDuration", period),
            }
        }
        // A day is its end to us, and its beginning to others.
        Some((short, _)) => {
            let next = parse_date(short).and_then(|day| day.succ_opt());
            let text = next.map(|day| format!("{day}T00:00:00"));
            ("timeDate", text.unwrap_or_else(|| short.to_owned()))
        }
        None => ("timeDate", String::new()),
    }
}

/// A span as a period; a working day counts as a day, since BPMN has none.
fn iso(span: &str) -> String {
    let (amount, unit) = span.split_once(' ').unwrap_or((span, ""));
    match unit.trim_end_matches('s') {
        "minute" => format!("PT{amount}M"),
        "hour" => format!("PT{amount}H"),
        "week" => format!("P{amount}W"),
        "month" => format!("P{amount}M"),
        "year" => format!("P{amount}Y"),
        _ => format!("P{amount}D"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Weekdays, read, write};
    use crate::definition::source::Repeat;

    #[test]
    fn times_of_bpmn_are_times_of_ours() {
        for (text, expected, repeats) in [
            ("PT10H", "10 hours", false),
            ("P1DT30M", "1470 minutes", false),
            ("P5D", "120 hours", false),
            ("PT90S", "near 2 minutes", false),
            ("PT59M30S", "near 1 hour", false),
            ("R/PT5S", "near 1 minute", true),
            ("PT0S", "unknown", false),
            ("P1MT30S", "unknown", false),
            ("PT120S", "2 minutes", false),
            ("P1Y2M", "{in: 14 months, roll: none}", false),
            ("P1M1D", "unknown", false),
            ("R/PT24H", "24 hours", true),
            ("R/P1D", "24 hours", true),
            ("R0/PT24H", "unknown", false),
            ("R99999999999/PT24H", "unknown", false),
            ("0 0 9 * * ?", "{cron: 0 9 * * *}", true),
            ("0 9 * * MON-FRI", "{cron: 0 9 * * MON-FRI}", true),
            ("0/10 0/5 * 1/1 * ?", "near 0/5 * 1/1 * *", true),
            ("0 0 9 ? * 1 2027", "unknown", false),
            ("0 0 9 L * ?", "unknown", false),
            ("=\"PT5M\"", "5 minutes", false),
            ("=duration(\"PT5M\")", "5 minutes", false),
            ("\"PT0.1S\"", "near 1 minute", false),
            ("PT1.5H", "unknown", false),
            ("=date and time(\"2026-03-31T12:00:00+08:00\")", "2026-03-31T12:00:00+08:00", false),
            ("=duration(\"P\" + x + \"D\")", "expression", false),
            ("2026-03-31", "2026-03-31", false),
            ("2026-03-31T12:00:00+08:00", "2026-03-31T12:00:00+08:00", false),
            ("2026-03-31T12:00:00+0800", "2026-03-31T12:00:00+08:00", false),
            ("2026-03-31T12:00:00", "2026-03-31 12:00:00", false),
            ("2026-03-31T12:00", "2026-03-31 12:00:00", false),
            ("${dueDate}", "expression", false),
            ("=plan.date", "expression", false),
            ("P99999999999D", "unknown", false),
            ("", "unknown", false),
        ] {
            let found = match read(text, Weekdays::Unix) {
                Found::Time(value, again) => {
                    assert_eq!(again, Repeat::Always(repeats), "{text}");
                    value
                }
                Found::Near(value, again) => {
                    assert_eq!(again, Repeat::Always(repeats), "{text}");
                    let cron = value.get("cron").and_then(serde_yaml::Value::as_str);
                    format!("near {}", cron.or(value.as_str()).unwrap()).into()
                }
                Found::Expression => "expression".into(),
                Found::Unknown(_) => "unknown".into(),
            };
            let expected: serde_yaml::Value = serde_yaml::from_str(expected).unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn quartz_begins_its_week_with_1() {
        for (text, expected) in [
            ("0 0 9 ? * 2", "0 9 * * Mon"),
            ("0 0 9 ? * 2-6", "0 9 * * Mon-Fri"),
            ("0 0 9 ? * 1,7", "0 9 * * Sun,Sat"),
            ("0 0 9 ? * MON-FRI", "0 9 * * MON-FRI"),
            ("0 0 9 * * ?", "0 9 * * *"),
            // Five fields are those of Unix.
            ("0 9 * * 2", "0 9 * * 2"),
        ] {
            let Found::Time(found, _) = read(text, Weekdays::Quartz) else { panic!("{text}") };
            assert_eq!(found.get("cron").and_then(|cron| cron.as_str()), Some(expected), "{text}");
        }
        assert!(matches!(read("0 0 9 ? * 2#1", Weekdays::Quartz), Found::Unknown(_)));
    }

    #[test]
    fn a_cycle_comes_so_often() {
        for (text, expected, times) in [("R5/PT1H", "1 hour", 5), ("R1/P1W", "168 hours", 1)] {
            let expected = Found::Time(expected.into(), Repeat::Times(times));
            assert_eq!(read(text, Weekdays::Unix), expected, "{text}");
        }
        assert_eq!(write(&"1 hour".into(), Repeat::Times(5)), ("timeCycle", "R5/PT1H".to_owned()));
    }

    #[test]
    fn times_of_ours_are_as_near_as_bpmn_can_say() {
        for (time, repeats, expected) in [
            ("10 hours", false, ("timeDuration", "PT10H")),
            ("10 个工作日", false, ("timeDuration", "P10D")),
            ("10 minutes", true, ("timeCycle", "R/PT10M")),
            ("2026-03-31", false, ("timeDate", "2026-04-01T00:00:00")),
            ("{on: '=plan.day'}", false, ("timeDate", "plan.day")),
            ("{before: 90 days, of: '=endsOn'}", false, ("timeDate", "endsOn - '90 days'")),
            ("{cron: 0 0 1 4 *}", true, ("timeCycle", "0 0 0 1 4 *")),
        ] {
            let value = serde_yaml::from_str(time).unwrap();
            let (tag, text) = write(&value, Repeat::Always(repeats));
            assert_eq!((tag, text.as_str()), expected, "{time}");
        }
    }
}

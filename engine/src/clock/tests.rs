//! The clock against dates counted by hand from the law and the State Council's notices, and against
//! properties that hold for every start, amount and calendar.

use chrono::{NaiveDate, TimeZone};
use proptest::prelude::*;

use super::*;
use crate::calendar::tests::{CN, calendar, date};
use crate::text::Language;

const BERLIN: &str = "{ calendar: berlin, zone: Europe/Berlin, years: { 2025: {}, 2026: {} } }";

/// An instant from local time, such as `2026-02-10 09:00`.
fn at(text: &str, calendar: &Calendar) -> Timestamp {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    calendar.zone().tz().from_local_datetime(&local).earliest().expect("no gap").into()
}

fn working(spec: &str, start: &str, options: Options, calendar: &Calendar) -> Working {
    due(&spec.parse().expect("a deadline"), at(start, calendar), calendar, options)
}

fn shown(at: Timestamp, calendar: &Calendar) -> String {
    calendar.zone().local(at).format("%Y-%m-%d %H:%M").to_string()
}

/// The last day and the instant, both as text.
fn check(spec: &str, start: &str, options: Options, expected_last: &str, expected_until: &str) {
    let cn = calendar(CN);
    let working = working(spec, start, options, &cn);
    assert_eq!(
        (working.last.to_string().as_str(), shown(working.until, &cn).as_str()),
        (expected_last, expected_until),
        "{spec} from {start}"
    );
}

fn options(counted: Counted, roll: Roll, ends: DayEnd) -> Options {
    Options { counted, roll, ends }
}

#[test]
fn working_days_are_those_of_the_notices() {
    for (amount, start, last) in [
        (5, "2025-01-24", "2025-02-07"),
        (5, "2025-04-25", "2025-05-06"),
        (10, "2025-09-25", "2025-10-15"),
        (5, "2026-02-12", "2026-02-26"),
        (20, "2026-02-10", "2026-03-16"),
        (3, "2026-05-08", "2026-05-12"),
        (10, "2026-09-18", "2026-10-09"),
        (5, "2026-09-30", "2026-10-13"),
    ] {
        let cn = calendar(CN);
        let spec = format!("{amount} 工作日");
        let working = working(&spec, &format!("{start} 15:00"), Options::default(), &cn);
        assert_eq!(working.last, date(last), "{amount} from {start}");
        assert_eq!(working.until, cn.zone().end(date(last)));
        assert!(!working.provisional);
    }
}

#[test]
fn a_printed_comment_period_counts_both_ends_and_does_not_roll() {
    let cn = calendar(CN);
    let printed = options(Counted::Included, Roll::None, DayEnd::Midnight);
    let ten = working("10 days", "2025-03-18 09:00", printed, &cn);
    let range = working("2025-03-18..2025-03-27", "2025-03-17 20:00", Options::default(), &cn);
    assert_eq!((ten.last, range.last), (date("2025-03-27"), date("2025-03-27")));
    assert_eq!(ten.until, range.until);
    assert_eq!(shown(range.from, &cn), "2025-03-18 00:00");
    assert_eq!(count::days_between(date("2025-03-17"), range.last), 10);
    assert_eq!(count::workdays_between(date("2025-03-17"), range.last, &cn), 8);
}

#[test]
fn periods_end_as_the_civil_code_says() {
    let default = Options::default();
    let office = options(Counted::Excluded, Roll::Forward, DayEnd::OfficeHours);
    let unrolled = options(Counted::Excluded, Roll::None, DayEnd::Midnight);
    let included = options(Counted::Included, Roll::None, DayEnd::Midnight);
    for (spec, start, options, last, until) in [
        ("20 days", "2026-03-02 10:00", default, "2026-03-23", "2026-03-24 00:00"),
        ("20 days", "2026-03-02 10:00", unrolled, "2026-03-22", "2026-03-23 00:00"),
        ("20 日", "2026-03-02 10:00", office, "2026-03-23", "2026-03-23 17:30"),
        ("2 weeks", "2026-03-03 10:00", default, "2026-03-17", "2026-03-18 00:00"),
        ("6 months", "2025-08-31 10:00", default, "2026-02-28", "2026-03-01 00:00"),
        ("6 个月", "2025-04-01 10:00", default, "2025-10-09", "2025-10-10 00:00"),
        ("1 month", "2025-03-01 10:00", included, "2025-03-31", "2025-04-01 00:00"),
        ("1 month", "2025-01-31 10:00", included, "2025-02-28", "2025-03-01 00:00"),
        ("1 year", "2025-03-10 10:00", default, "2026-03-10", "2026-03-11 00:00"),
        ("60 months", "2025-03-10 10:00", unrolled, "2030-03-10", "2030-03-11 00:00"),
        ("4 hours", "2026-02-14 22:30", default, "2026-02-15", "2026-02-15 02:30"),
        ("30 分钟", "2026-02-14 22:30", default, "2026-02-14", "2026-02-14 23:00"),
        ("2026-03-31", "2026-01-05 09:00", default, "2026-03-31", "2026-04-01 00:00"),
        ("2026-04-05", "2026-01-05 09:00", office, "2026-04-05", "2026-04-05 17:30"),
        ("2026-03-31 17:00", "2026-01-05 09:00", default, "2026-03-31", "2026-03-31 17:00"),
        ("03-31", "2026-03-31 09:00", default, "2026-03-31", "2026-04-01 00:00"),
        ("03-31", "2026-04-01 09:00", default, "2027-03-31", "2027-04-01 00:00"),
        ("2026-03-31T09:00:00Z", "2026-01-05 09:00", default, "2026-03-31", "2026-03-31 17:00"),
    ] {
        check(spec, start, options, last, until);
    }
}

#[test]
fn a_year_without_a_calendar_is_provisional() {
    let cn = calendar(CN);
    let next_year = working("10 workdays", "2026-12-28 10:00", Options::default(), &cn);
    assert!(next_year.provisional);
    assert_eq!(next_year.last, date("2027-01-11"));
    assert_eq!(
        next_year.sentence(Language::Zh),
        "10 个工作日,自 2026-12-28 次日起算,至 2027-01-11(节假日安排尚未公布,暂按周末推算)"
    );
    assert!(!working("4 hours", "2027-01-01 10:00", Options::default(), &cn).provisional);
    assert!(!working("2027-03-31", "2026-01-01 10:00", Options::default(), &cn).provisional);
}

#[test]
fn a_working_explains_itself() {
    let cn = calendar(CN);
    let default = Options::default();
    let twenty = working("20 workdays", "2026-02-10 09:00", default, &cn);
    for (working, language, sentence) in [
        (
            &twenty,
            Language::Zh,
            "20 个工作日,自 2026-02-10 次日起算,至 2026-03-16(跳过 02-15…02-23 春节;02-14、02-28 调休上班,计入)",
        ),
        (
            &twenty,
            Language::En,
            "20 workdays from 2026-02-10, that day not counted, to 2026-03-16 (skipped 02-15…02-23 春节; 02-14, 02-28 worked and counted)",
        ),
        (
            &working("6 months", "2025-04-01 10:00", default, &cn),
            Language::Zh,
            "6 个月,自 2025-04-01 次日起算,至 2025-10-09(2025-10-01 为休息日,顺延至 2025-10-09)",
        ),
        (
            &working("4 hours", "2026-02-14 22:30", default, &cn),
            Language::Zh,
            "4 小时,自 2026-02-14 22:30 起,至 2026-02-15 02:30",
        ),
        (
            &working("2025-03-18..2025-03-27", "2025-03-17 10:00", default, &cn),
            Language::Zh,
            "自 2025-03-18 至 2025-03-27,首尾均计,共 10 日",
        ),
        (
            &extend(&twenty, Span::new(5, Unit::Workday), &cn),
            Language::Zh,
            "20 个工作日,自 2026-02-10 次日起算,至 2026-03-23,延长 5 个工作日(跳过 02-15…02-23 春节;02-14、02-28 调休上班,计入)",
        ),
    ] {
        assert_eq!(working.sentence(language), sentence);
    }
    assert_eq!(twenty.skipped_days, 9 + 3 + 2);
    let json = serde_json::to_string(&twenty).unwrap();
    assert!(json.contains(r#""count":{"spec":"20 workdays"}"#), "{json}");
    assert_eq!(serde_json::from_str::<Working>(&json).unwrap(), twenty);
}

#[test]
fn a_pause_gives_back_what_was_left() {
    let cn = calendar(CN);
    for (spec, start, pause, left, resumed, last) in [
        ("5 workdays", "2026-03-02 09:00", "2026-03-04 12:00", 3, "2026-03-13 09:00", "2026-03-18"),
        // On its last day nothing is left but the rest of a day.
        ("5 workdays", "2026-03-02 09:00", "2026-03-09 12:00", 0, "2026-03-13 09:00", "2026-03-13"),
        ("5 workdays", "2026-03-02 09:00", "2026-03-09 12:00", 0, "2026-03-14 09:00", "2026-03-16"),
        // Sunday the 22nd as counted, rolled to Monday; the remainder is of the 22nd.
        ("20 days", "2026-03-02 09:00", "2026-03-20 12:00", 2, "2026-03-25 09:00", "2026-03-27"),
        ("1 month", "2026-03-02 09:00", "2026-03-12 12:00", 21, "2026-04-01 09:00", "2026-04-22"),
    ] {
        let working = working(spec, start, Options::default(), &cn);
        let remaining = working.remaining(at(pause, &cn), &cn);
        assert_eq!(remaining.amount, left, "{spec} paused {pause}");
        let again = resume(&remaining, at(resumed, &cn), &cn);
        assert_eq!(again.last, date(last), "{spec} resumed {resumed}");
    }
    let hours = working("4 hours", "2026-03-02 09:00", Options::default(), &cn);
    let remaining = hours.remaining(at("2026-03-02 10:30", &cn), &cn);
    let again = resume(&remaining, at("2026-03-09 08:00", &cn), &cn);
    assert_eq!(shown(again.until, &cn), "2026-03-09 10:30");
    assert_eq!(
        again.sentence(Language::Zh),
        "恢复计时,剩余 2 小时 30 分钟,自 2026-03-09 08:00 起,至 2026-03-09 10:30"
    );
}

#[test]
fn an_overdue_clock_stays_overdue_over_a_pause() {
    let cn = calendar(CN);
    let working = working("5 workdays", "2026-03-02 09:00", Options::default(), &cn);
    let remaining = working.remaining(at("2026-03-10 00:00", &cn), &cn);
    let again = resume(&remaining, at("2026-03-20 09:00", &cn), &cn);
    assert_eq!(again.until, working.until);
}

#[test]
fn an_extension_goes_on_from_the_last_day() {
    let cn = calendar(CN);
    for (spec, by, last, until) in [
        ("5 workdays", "3 workdays", "2026-03-12", "2026-03-13 00:00"),
        ("5 workdays", "5 days", "2026-03-16", "2026-03-17 00:00"),
        ("20 days", "10 日", "2026-04-02", "2026-04-03 00:00"),
        ("4 hours", "2 hours", "2026-03-02", "2026-03-02 15:00"),
        ("5 workdays", "2 hours", "2026-03-10", "2026-03-10 02:00"),
    ] {
        let working = working(spec, "2026-03-02 09:00", Options::default(), &cn);
        let extended = extend(&working, by.parse().unwrap(), &cn);
        assert_eq!(
            (extended.last.to_string().as_str(), shown(extended.until, &cn).as_str()),
            (last, until),
            "{spec} by {by}"
        );
        assert_eq!((extended.first, extended.from), (working.first, working.from));
    }
}

#[test]
fn reminders_come_when_they_say() {
    let cn = calendar(CN);
    for (spec, reminder, expected) in [
        ("10 workdays", "80%", "2026-03-13 09:00"),
        ("1 workday", "80%", "2026-03-03 09:00"),
        ("10 days", "80%", "2026-03-11 09:00"),
        ("10 workdays", "100%", "2026-03-17 00:00"),
        ("4 hours", "80%", "2026-03-02 12:12"),
        ("10 workdays", "at due", "2026-03-17 00:00"),
        ("10 workdays", "到期时", "2026-03-17 00:00"),
        ("10 workdays", "2 days before", "2026-03-14 09:00"),
        ("10 workdays", "1 workday before", "2026-03-13 09:00"),
        ("10 workdays", "1 个工作日前", "2026-03-13 09:00"),
        ("10 workdays", "3 days after", "2026-03-19 09:00"),
        ("10 workdays", "3 日后", "2026-03-19 09:00"),
        ("4 hours", "30 minutes before", "2026-03-02 12:30"),
        ("4 hours", "1 hour after", "2026-03-02 14:00"),
        // Never before it starts.
        ("3 days", "180 days before", "2026-03-02 09:00"),
        ("60 months", "180 days before", "2030-09-04 09:00"),
        ("60 months", "6 months before", "2030-09-03 09:00"),
    ] {
        let working = working(spec, "2026-03-02 09:00", Options::default(), &cn);
        let at = remind(&working, reminder.parse().unwrap(), &cn);
        assert_eq!(shown(at, &cn), expected, "{spec}, {reminder}");
    }
}

#[test]
fn a_share_is_of_the_whole_time_pauses_left_out() {
    let cn = calendar(CN);
    let ten = working("10 workdays", "2026-03-02 09:00", Options::default(), &cn);
    let remaining = ten.remaining(at("2026-03-06 12:00", &cn), &cn);
    assert_eq!((remaining.amount, remaining.spent), (6, 4));
    let again = resume(&remaining, at("2026-03-20 12:00", &cn), &cn);
    // Eight of ten days have passed after four more: the fifth opens on Friday the 27th.
    let at = remind(&again, ReminderSpec::Share(80), &cn);
    assert_eq!(shown(at, &cn), "2026-03-27 09:00");
}

#[test]
fn texts_are_read_in_both_languages_and_written_back() {
    for (text, canonical) in [
        ("10 workdays", "10 workdays"),
        ("10工作日", "10 workdays"),
        ("10 个工作日", "10 workdays"),
        ("1 Working Day", "1 workday"),
        ("20 日", "20 days"),
        ("20天", "20 days"),
        ("6 个月", "6 months"),
        ("4 小时", "4 hours"),
        ("30 分钟", "30 minutes"),
        ("2 周", "2 weeks"),
        ("1 年", "1 year"),
        ("2026-03-31", "2026-03-31"),
        ("03-31", "03-31"),
        ("2026-03-31 17:00", "2026-03-31 17:00"),
        ("2025-03-18 .. 2025-03-27", "2025-03-18..2025-03-27"),
        ("2025-03-18 至 2025-03-27", "2025-03-18..2025-03-27"),
    ] {
        let spec: DurationSpec = text.parse().unwrap();
        assert_eq!(spec.to_string(), canonical);
        assert_eq!(canonical.parse::<DurationSpec>().unwrap(), spec);
    }
    for text in ["80%", "at due", "2 days before", "1 workday before", "3 days after"] {
        assert_eq!(text.parse::<ReminderSpec>().unwrap().to_string(), text);
    }
}

#[test]
fn errors_name_the_accepted_forms() {
    for (text, hint) in [
        ("10 wrkdays", "did you mean `10 workdays`?"),
        ("10", "the unit is missing"),
        ("6 月", "`月` is not a unit"),
        ("0 days", "days must be from 1 to 36600"),
        ("99999999999 days", "days must be from 1 to 36600"),
        ("2026-02-30..2026-03-01", "not a range"),
        ("2026-03-02..2026-03-01", "the range ends before it begins"),
    ] {
        let error = text.parse::<DurationSpec>().unwrap_err();
        assert_eq!(error.hint.as_deref(), Some(hint), "{text}");
    }
    let error = "soon".parse::<DurationSpec>().unwrap_err().to_string();
    assert!(error.starts_with("expected a period such as `10 workdays`, `20 days`"), "{error}");
    assert!(error.ends_with("found `soon`"), "{error}");
    let error = "2 days".parse::<ReminderSpec>().unwrap_err().to_string();
    assert!(error.ends_with("found `2 days`: say `before` or `after`"), "{error}");
    let error = "120%".parse::<ReminderSpec>().unwrap_err().to_string();
    assert!(error.contains("from 1 to 100"), "{error}");
}

#[test]
fn what_recurs_comes_at_its_next_time() {
    let cn = calendar(CN);
    let anchor = at("2025-08-31 10:00", &cn);
    for (every, after, expected) in [
        ("year on 03-31", "2026-03-30 10:00", "2026-03-31 00:00"),
        ("year on 03-31", "2026-03-31 00:00", "2027-03-31 00:00"),
        ("year on 01-01 at 09:00", "2026-01-01 08:59", "2026-01-01 09:00"),
        ("year on 02-29", "2026-02-01 00:00", "2026-02-28 00:00"),
        ("month on last at 18:00", "2026-01-31 18:00", "2026-02-28 18:00"),
        ("month on 15", "2026-01-15 00:00", "2026-02-15 00:00"),
        ("week on monday at 09:00", "2026-03-02 09:00", "2026-03-09 09:00"),
        ("day at 09:00", "2026-03-02 08:00", "2026-03-02 09:00"),
        ("workday at 09:00", "2026-09-30 09:00", "2026-10-08 09:00"),
        // Each counts from the anchor, so the 31st comes back.
        ("6 months", "2025-09-01 00:00", "2026-02-28 10:00"),
        ("6 months", "2026-02-28 10:00", "2026-08-31 10:00"),
        ("6 months", "2035-08-31 09:59", "2035-08-31 10:00"),
        ("1 year", "2025-08-31 10:00", "2026-08-31 10:00"),
        ("2 weeks", "2025-09-14 10:00", "2025-09-28 10:00"),
        ("10 workdays", "2025-09-01 00:00", "2025-09-12 10:00"),
        ("4 hours", "2025-08-31 14:00", "2025-08-31 18:00"),
        ("4 hours", "2025-08-01 00:00", "2025-08-31 14:00"),
    ] {
        let rule: Every = every.parse().unwrap();
        let next = rule.next(at(after, &cn), anchor, &cn).unwrap();
        assert_eq!(shown(next, &cn), expected, "{every} after {after}");
        assert_eq!(rule.to_string(), every);
    }
    for (cron, after, expected) in [
        ("0 9 1 1 *", "2026-03-02 09:00", "2027-01-01 09:00"),
        ("0 9 * * 1", "2026-03-02 09:00", "2026-03-09 09:00"),
        ("0 9 * * 1-5", "2026-03-06 09:00", "2026-03-09 09:00"),
        ("0 9 * * 0", "2026-03-02 09:00", "2026-03-08 09:00"),
        ("0 9 * * 7", "2026-03-02 09:00", "2026-03-08 09:00"),
        ("0 9 * * fri", "2026-03-02 09:00", "2026-03-06 09:00"),
        ("*/15 * * * *", "2026-03-02 09:00", "2026-03-02 09:15"),
    ] {
        let rule = Recurrence::Cron(cron.parse().unwrap(), None);
        let next = rule.next(at(after, &cn), anchor, &cn).unwrap();
        assert_eq!(shown(next, &cn), expected, "{cron} after {after}");
    }
    let never: Cron = "0 0 30 2 *".parse().unwrap();
    assert_eq!(never.next(anchor, cn.zone()), None);
}

#[test]
fn recurrences_that_make_no_sense_are_refused() {
    for (every, hint) in [
        ("year", "say on which day"),
        ("year on 02-30", "`02-30` is not a day of the year"),
        ("month on 32", "`32` is not a day of the month"),
        ("week on someday", "`someday` is not a day of the week"),
        ("day at 9", "`9` is not a time of day"),
        ("2 weeks at 09:00", "a period keeps the time at which it started"),
        ("2 wekks", "did you mean `2 weeks`?"),
    ] {
        let error = every.parse::<Every>().unwrap_err();
        assert_eq!(error.hint.as_deref(), Some(hint), "{every}");
    }
    for (cron, hint) in [
        ("0 0 9 1 1 *", "seconds and years are not supported"),
        ("0 9 1 1", "it has 4 fields"),
        ("0 9 1 * 1", "a day of month together with a day of week is ambiguous: leave one as `*`"),
        ("0 9 * * 8", "`8` is not a day of the week"),
    ] {
        let error = cron.parse::<Cron>().unwrap_err();
        assert_eq!(error.hint.as_deref(), Some(hint), "{cron}");
    }
    assert!("0 25 * * *".parse::<Cron>().is_err());
}

#[test]
fn summer_time_shifts_day_ends_but_not_hours() {
    let berlin = calendar(BERLIN);
    let unrolled = options(Counted::Excluded, Roll::None, DayEnd::Midnight);
    let before = at("2026-03-28 12:00", &berlin);
    let day = due(&"1 day".parse().unwrap(), before, &berlin, unrolled);
    assert_eq!(shown(day.until, &berlin), "2026-03-30 00:00");
    assert_eq!((day.until.0 - before.0) / HOUR_MS, 35);
    let hours = due(&"24 hours".parse().unwrap(), before, &berlin, unrolled);
    assert_eq!(shown(hours.until, &berlin), "2026-03-29 13:00");
    // 02:30 does not exist on that day: the first instant after the gap.
    let gap = due(&"2026-03-29 02:30".parse().unwrap(), before, &berlin, unrolled);
    assert_eq!(shown(gap.until, &berlin), "2026-03-29 03:00");
    // 02:30 comes twice in October: the first of them.
    let twice = due(&"2026-10-25 02:30".parse().unwrap(), before, &berlin, unrolled);
    assert_eq!(twice.until.to_string(), "2026-10-25T00:30:00.000Z");
    let cron: Cron = "30 2 * * *".parse().unwrap();
    let over_the_gap = cron.next(at("2026-03-28 03:00", &berlin), berlin.zone()).unwrap();
    assert_eq!(shown(over_the_gap, &berlin), "2026-03-30 02:30");
}

fn any_options() -> impl Strategy<Value = Options> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(counted, roll, ends)| Options {
        counted: if counted { Counted::Included } else { Counted::Excluded },
        roll: if roll { Roll::None } else { Roll::Forward },
        ends: if ends { DayEnd::OfficeHours } else { DayEnd::Midnight },
    })
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Minute),
        Just(Unit::Hour),
        Just(Unit::Day),
        Just(Unit::Workday),
        Just(Unit::Week),
        Just(Unit::Month),
        Just(Unit::Year),
    ]
}

/// From 2024-06 to 2027-06, so that years without a calendar and both changes of clocks are in it.
fn any_start() -> impl Strategy<Value = Timestamp> {
    (1_717_200_000_000_i64..1_811_800_000_000).prop_map(Timestamp)
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![Just(calendar(CN)), Just(calendar(BERLIN))]
}

proptest! {
    #[test]
    fn due_never_moves_back(
        calendar in any_calendar(), options in any_options(), unit in any_unit(),
        start in any_start(), later in 0_i64..400 * HOUR_MS, amount in 1_u32..60, more in 0_u32..5,
    ) {
        let spec = |amount| DurationSpec::Span(Span::new(amount, unit));
        let working = due(&spec(amount), start, &calendar, options);
        let shifted = due(&spec(amount), start.plus_ms(later), &calendar, options);
        let longer = due(&spec(amount + more), start, &calendar, options);
        prop_assert!(shifted.until >= working.until, "a later start");
        prop_assert!(longer.until >= working.until, "a larger amount");
        let reminders = [20, 80, 100].map(|share| {
            remind(&working, ReminderSpec::Share(share), &calendar)
        });
        prop_assert!(reminders.is_sorted());
    }

    #[test]
    fn a_pause_of_no_length_changes_nothing(
        calendar in any_calendar(), options in any_options(), unit in any_unit(),
        start in any_start(), amount in 1_u32..60, by in 0_u32..4, passed in 0_i64..1200 * HOUR_MS,
    ) {
        let spec = DurationSpec::Span(Span::new(amount, unit));
        let mut working = due(&spec, start, &calendar, options);
        if by > 0 {
            working = extend(&working, Span::new(by, Unit::Workday), &calendar);
        }
        let pause = start.plus_ms(passed);
        let remaining = working.remaining(pause, &calendar);
        let again = resume(&remaining, pause, &calendar);
        prop_assert_eq!(again.until, working.until, "{:?}", remaining);
        let twice = again.remaining(pause, &calendar);
        prop_assert_eq!(
            (twice.amount, twice.spent, twice.overdue),
            (remaining.amount, remaining.spent, remaining.overdue)
        );
    }

    #[test]
    fn a_longer_pause_never_makes_it_due_earlier(
        calendar in any_calendar(), options in any_options(), unit in any_unit(),
        start in any_start(), amount in 1_u32..60, passed in 0_i64..1200 * HOUR_MS,
        paused in 0_i64..1200 * HOUR_MS, more in 0_i64..100 * HOUR_MS,
    ) {
        let spec = DurationSpec::Span(Span::new(amount, unit));
        let working = due(&spec, start, &calendar, options);
        let pause = start.plus_ms(passed);
        let remaining = working.remaining(pause, &calendar);
        let short = resume(&remaining, pause.plus_ms(paused), &calendar);
        let long = resume(&remaining, pause.plus_ms(paused + more), &calendar);
        prop_assert!(working.until <= short.until && short.until <= long.until);
    }

    #[test]
    fn what_recurs_lies_ahead_and_nothing_lies_between(
        calendar in any_calendar(), unit in any_unit(), amount in 1_u32..40,
        anchor in any_start(), passed in 0_i64..9000 * HOUR_MS,
    ) {
        let rule = Every::Period(Span::new(amount, unit));
        let after = anchor.plus_ms(passed);
        let next = rule.next(after, anchor, &calendar).unwrap();
        prop_assert!(next > after);
        prop_assert_eq!(rule.next(next.plus_ms(-1), anchor, &calendar), Some(next));
    }

    #[test]
    fn no_instant_and_no_text_panics(
        start in any::<i64>(), unit in any_unit(), amount in any::<u32>(), text in ".{0,40}",
        options in any_options(),
    ) {
        let cn = calendar(CN);
        let start = Timestamp(start);
        let working = due(&DurationSpec::Span(Span::new(amount, unit)), start, &cn, options);
        let remaining = working.remaining(start.plus_ms(HOUR_MS), &cn);
        let again = resume(&remaining, start, &cn);
        let again = extend(&again, Span::new(amount, unit), &cn);
        for spec in [ReminderSpec::Share(80), ReminderSpec::Before(Span::new(amount, unit))] {
            remind(&again, spec, &cn);
        }
        Every::Period(Span::new(amount, unit)).next(start, Timestamp(0), &cn);
        let _ = again.sentence(Language::Zh);
        let _ = (text.parse::<DurationSpec>(), text.parse::<ReminderSpec>());
        let _ = (text.parse::<Every>(), text.parse::<Cron>());
    }
}

#[test]
fn every_yearly_day_exists() {
    for year in [2024, 2025] {
        assert!(yearly(year, 2, 29) >= NaiveDate::from_ymd_opt(year, 2, 28).unwrap());
    }
}

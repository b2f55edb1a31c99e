//! Calendars: what their YAML means and what is refused in it.

use chrono::NaiveDate;

use super::{Calendar, CalendarSource, Day, parse_date};

/// The mainland's 2025 and 2026, as the State Council's notices have them.
pub(crate) const CN: &str = r#"
calendar: cn
name: 全国法定工作日
zone: Asia/Shanghai
hours: { from: "09:00", to: "17:30" }
years:
  2025:
    off: [2025-01-01 元旦, 2025-01-28..2025-02-04 春节, 2025-04-04..2025-04-06 清明节,
          2025-05-01..2025-05-05 劳动节, 2025-05-31..2025-06-02 端午节, 2025-10-01..2025-10-08 国庆节]
    work: [2025-01-26, 2025-02-08, 2025-04-27, 2025-09-28, 2025-10-11]
    source: 国办发明电〔2024〕12号
  2026:
    off: [2026-01-01..2026-01-03 元旦, 2026-02-15..2026-02-23 春节, 2026-04-04..2026-04-06 清明节,
          2026-05-01..2026-05-05 劳动节, 2026-06-19..2026-06-21 端午节, 2026-09-25..2026-09-27 中秋节,
          2026-10-01..2026-10-07 国庆节]
    work: [2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]
"#;

/// A calendar from its YAML, which must be right.
pub(crate) fn calendar(yaml: &str) -> Calendar {
    let source: CalendarSource = serde_yaml::from_str(yaml).expect("a calendar");
    Calendar::compile(&source).expect("a calendar without problems")
}

/// A date from its text.
pub(crate) fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

#[test]
fn each_year_has_248_working_days() {
    let cn = calendar(CN);
    for year in [2025, 2026] {
        let first = date(&format!("{year}-01-01"));
        let last = date(&format!("{year}-12-31"));
        let days = first.iter_days().take_while(|day| *day <= last);
        assert_eq!(days.filter(|day| cn.is_workday(*day)).count(), 248, "{year}");
    }
    assert_eq!((cn.knows(2026), cn.knows(2027), cn.last_year()), (true, false, Some(2026)));
}

#[test]
fn a_day_says_what_it_is() {
    let cn = calendar(CN);
    assert_eq!(cn.day(date("2026-02-18")), Day::Holiday("春节".into()));
    assert_eq!(cn.day(date("2026-02-28")), Day::MadeUp);
    assert_eq!(cn.day(date("2026-03-01")), Day::Weekend);
    assert_eq!(cn.day(date("2026-03-02")), Day::Work);
    assert_eq!(cn.source(2025).unwrap().get(crate::text::Language::Zh), "国办发明电〔2024〕12号");
}

#[test]
fn all_problems_are_reported_at_once() {
    let yaml = r#"
calendar: x
zone: Asia/Peking
hours: { from: "9", to: "17:30" }
years:
  2025:
    off: [2025-1-1, 2025-02-04..2025-01-28, 2026-01-01, 2025-05-01, "2025-05-01..2025-05-03"]
    work: [2025-01-27, 2025-02-30]
"#;
    let source: CalendarSource = serde_yaml::from_str(yaml).unwrap();
    let problems = Calendar::compile(&source).unwrap_err();
    let found: Vec<_> = problems.iter().map(|it| (it.code, it.path.join("/"))).collect();
    let found: Vec<_> = found.iter().map(|(code, path)| (*code, path.as_str())).collect();
    assert_eq!(
        found,
        [
            ("unknownZone", "zone"),
            ("badTime", "hours/from"),
            ("badDate", "years/2025/off/0"),
            ("badDate", "years/2025/off/1"),
            ("wrongYear", "years/2025/off/2"),
            ("duplicateDate", "years/2025/off/4"),
            ("notAWeekend", "years/2025/work/0"),
            ("badDate", "years/2025/work/1"),
        ]
    );
    assert_eq!(
        problems[0].message,
        "expected an IANA time zone such as `Asia/Shanghai` or `Europe/Berlin`, found `Asia/Peking`"
    );
}

#[test]
fn a_misspelt_key_is_refused() {
    let yaml = "{ calendar: x, zone: UTC, years: { 2025: { of: [2025-01-01] } } }";
    let error = serde_yaml::from_str::<CalendarSource>(yaml).unwrap_err().to_string();
    assert!(error.contains("unknown field `of`"), "{error}");
}

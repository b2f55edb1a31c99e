//! The calendars that packs ship: each is read without a problem, and a year has the number of
//! working days that its notice gives.

use std::path::Path;

use chrono::NaiveDate;
use engine::calendar::{Calendar, CalendarSource};

/// Working days by calendar and year, counted from the State Council's notices.
const WORKDAYS: [(&str, i32, usize); 2] = [("cn", 2025, 248), ("cn", 2026, 248)];

#[test]
fn every_shipped_calendar_compiles_and_counts_right() -> anyhow::Result<()> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let mut seen = 0;
    for pack in std::fs::read_dir(packs)? {
        let folder = pack?.path().join("calendars");
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder)? {
            let path = file?.path();
            let source: CalendarSource = serde_yaml::from_str(&std::fs::read_to_string(&path)?)?;
            let calendar = Calendar::compile(&source)
                .map_err(|problems| anyhow::anyhow!("{}: {problems:?}", path.display()))?;
            for (name, year, workdays) in WORKDAYS {
                if calendar.name().as_str() == name {
                    assert_eq!(count(&calendar, year), workdays, "{name} {year}");
                    assert!(calendar.source(year).is_some(), "{name} {year} cites its notice");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= WORKDAYS.len());
    Ok(())
}

fn count(calendar: &Calendar, year: i32) -> usize {
    let days = (1..=366).filter_map(|day| NaiveDate::from_yo_opt(year, day));
    days.filter(|day| calendar.is_workday(*day)).count()
}

//! What to write instead of a time that is none: other tools' periods and dates, and those of the
//! offices.

use super::DurationSpec;
use crate::wide;

/// Units of other tools, in lower case, with ours.
const UNITS: &[(&str, &str)] = &[
    ("d", "days"),
    ("天", "days"),
    ("h", "hours"),
    ("hr", "hours"),
    ("hrs", "hours"),
    ("m", "minutes"),
    ("min", "minutes"),
    ("mins", "minutes"),
    ("w", "weeks"),
    ("mo", "months"),
    ("y", "years"),
    ("wd", "workdays"),
    ("bd", "workdays"),
    ("business day", "workdays"),
    ("business days", "workdays"),
    ("working day", "workdays"),
    ("working days", "workdays"),
    ("work days", "workdays"),
    ("个工作天", "workdays"),
    ("工作天", "workdays"),
];

/// The longest text that is looked at.
const TEXT_MAX: usize = 60;

/// What to write instead, where that can be said.
pub(crate) fn hint(text: &str) -> Option<String> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let plain = wide::plain(text).unwrap_or_else(|| text.to_owned());
    let plain = plain.trim();
    let fits = |text: &String| text.parse::<DurationSpec>().is_ok();
    let said = [Some(plain.to_owned()), date(plain), period(plain), iso(plain)];
    if let Some(said) = said.into_iter().flatten().find(fits) {
        return Some(format!("write `{said}`"));
    }
    if date(plain).is_some() {
        return Some("there is no such day".to_owned());
    }
    let fields: Vec<&str> = plain.split_whitespace().collect();
    let is_field = |field: &&str| field.chars().all(|c| c.is_ascii_digit() || "*/,-?".contains(c));
    if !matches!(fields.len(), 5 | 6) || !fields.iter().all(is_field) {
        return None;
    }
    let five = &fields[fields.len() - 5..];
    Some(format!("write `{{ cron: '{}' }}`", five.join(" ").replace('?', "*")))
}

/// A date as we write it: `2026-03-31`.
pub(crate) fn date(text: &str) -> Option<String> {
    let text = text.strip_suffix(['日', '号']).unwrap_or(text);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts[..] else { return None };
    let year = year.parse::<u32>().ok().filter(|year| (1900..3000).contains(year))?;
    let (month, day) = (month.trim().parse::<u8>().ok()?, day.trim().parse::<u8>().ok()?);
    Some(format!("{year}-{month:02}-{day:02}"))
}

/// An amount with its unit: `10d`, `10 business days`.
fn period(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (amount, unit) = (&text[..end], text[end..].trim().to_lowercase());
    let (_, ours) = UNITS.iter().find(|(theirs, _)| *theirs == unit)?;
    Some(format!("{amount} {ours}"))
}

/// A period of ISO 8601 with one unit: `P10D`, `PT4H`.
fn iso(text: &str) -> Option<String> {
    let text = text.strip_prefix('P')?;
    let (text, is_of_day) = text.strip_prefix('T').map_or((text, false), |rest| (rest, true));
    let digits = text.strip_suffix(|c: char| c.is_ascii_uppercase())?;
    let amount = digits.parse::<u32>().ok()?;
    let unit = match (text.chars().next_back()?, is_of_day) {
        ('D', false) => "days",
        ('W', false) => "weeks",
        ('M', false) => "months",
        ('Y', false) => "years",
        ('H', true) => "hours",
        ('M', true) => "minutes",
        _ => return None,
    };
    Some(format!("{amount} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn times_of_others_have_ours() {
        for (text, expected) in [
            ("１０ days", Some("write `10 days`")),
            ("2026/3/31", Some("write `2026-03-31`")),
            ("2026年3月31日", Some("write `2026-03-31`")),
            ("2026.03.31", Some("write `2026-03-31`")),
            ("2026-02-30", Some("there is no such day")),
            ("10d", Some("write `10 days`")),
            ("10 business days", Some("write `10 workdays`")),
            ("P10D", Some("write `10 days`")),
            ("PT4H", Some("write `4 hours`")),
            ("P6M", Some("write `6 months`")),
            ("0 0 9 * * ?", Some("write `{ cron: '0 9 * * *' }`")),
            ("0 9 * * 1-5", Some("write `{ cron: '0 9 * * 1-5' }`")),
            ("soon", None),
            ("10 lightyears", None),
        ] {
            assert_eq!(hint(text).as_deref(), expected, "{text}");
        }
    }
}

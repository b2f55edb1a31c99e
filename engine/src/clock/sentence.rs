//! A working in words, for a notice and for the case page.

use std::fmt::Write;

use chrono::NaiveDate;

use super::spec::DurationSpec;
use super::working::{Count, Counted, DayEnd, Measure, Working};
use crate::text::Language;
use crate::time::Timestamp;

/// Holidays that a sentence names; more are summed up.
const NAMED_MAX: usize = 4;

impl Working {
    /// The working in one sentence, such as "20 个工作日,自 2026-02-10 次日起算,至 2026-03-16
    /// (跳过 02-15…02-23 春节)".
    pub fn sentence(&self, language: Language) -> String {
        let mut text = match language {
            Language::Zh => self.chinese(),
            Language::En => self.english(),
        };
        let notes = self.notes(language);
        if !notes.is_empty() {
            // Writing to a string cannot fail.
            let _ = match language {
                Language::Zh => write!(text, "({})", notes.join(";")),
                Language::En => write!(text, " ({})", notes.join("; ")),
            };
        }
        text
    }

    /// The last day, with a time where it does not end at midnight: `2026-03-16`, or
    /// `2026-03-16 17:30`.
    pub fn end(&self) -> String {
        let by_the_minute = self.measure == Measure::Milliseconds;
        let office = self.options.ends == DayEnd::OfficeHours;
        if by_the_minute || (office && self.zone.end(self.last) != self.until) {
            self.minute(self.until)
        } else {
            self.last.to_string()
        }
    }

    fn minute(&self, at: Timestamp) -> String {
        self.zone.local(at).format("%Y-%m-%d %H:%M").to_string()
    }

    fn chinese(&self) -> String {
        let end = self.end();
        let start = self.zone.date(self.from);
        let from = match (self.measure, self.options.counted) {
            (Measure::Milliseconds, _) => format!("自 {} 起", self.minute(self.from)),
            (Measure::Days | Measure::Workdays, Counted::Excluded) => {
                format!("自 {start} 次日起算")
            }
            (Measure::Days | Measure::Workdays, Counted::Included) => {
                format!("自 {start} 当日起算")
            }
        };
        let mut text = match self.count {
            Count::Spec(DurationSpec::Span(span)) => {
                format!("{} {},{from},至 {end}", span.amount, span.unit.chinese())
            }
            Count::Spec(DurationSpec::Range(first, last)) => {
                format!("自 {first} 至 {last},首尾均计,共 {} 日", (last - first).num_days() + 1)
            }
            Count::Spec(
                DurationSpec::Date(_)
                | DurationSpec::Yearly { .. }
                | DurationSpec::Moment(_)
                | DurationSpec::Instant(_),
            ) => format!("截至 {end}"),
            Count::Rest { amount, measure } => {
                let rest = match measure {
                    Measure::Workdays => format!("{amount} 个工作日"),
                    Measure::Days => format!("{amount} 日"),
                    Measure::Milliseconds => minutes(amount, "小时", "分钟"),
                };
                format!("恢复计时,剩余 {rest},{from},至 {end}")
            }
        };
        for span in &self.extended {
            let _ = write!(text, ",延长 {} {}", span.amount, span.unit.chinese());
        }
        text
    }

    fn english(&self) -> String {
        let end = self.end();
        let start = self.zone.date(self.from);
        let from = match (self.measure, self.options.counted) {
            (Measure::Milliseconds, _) => format!("from {}", self.minute(self.from)),
            (Measure::Days | Measure::Workdays, Counted::Excluded) => {
                format!("from {start}, that day not counted,")
            }
            (Measure::Days | Measure::Workdays, Counted::Included) => {
                format!("from {start}, that day counted,")
            }
        };
        let mut text = match self.count {
            Count::Spec(DurationSpec::Span(span)) => format!("{span} {from} to {end}"),
            Count::Spec(DurationSpec::Range(first, last)) => {
                let days = (last - first).num_days() + 1;
                format!("from {first} to {last}, both counted, {days} days")
            }
            Count::Spec(
                DurationSpec::Date(_)
                | DurationSpec::Yearly { .. }
                | DurationSpec::Moment(_)
                | DurationSpec::Instant(_),
            ) => format!("until {end}"),
            Count::Rest { amount, measure } => {
                let rest = match measure {
                    Measure::Workdays => format!("{amount} workdays"),
                    Measure::Days => format!("{amount} days"),
                    Measure::Milliseconds => minutes(amount, "h", "min"),
                };
                format!("resumed with {rest} left, {from} to {end}")
            }
        };
        for span in &self.extended {
            let _ = write!(text, ", extended by {span}");
        }
        text
    }

    /// What stands in brackets: holidays, worked weekends, rolling, missing calendars.
    fn notes(&self, language: Language) -> Vec<String> {
        let mut notes = Vec::new();
        let named: Vec<String> = self.named_holidays();
        if !named.is_empty() {
            notes.push(match language {
                Language::Zh => format!("跳过 {}", named.join("、")),
                Language::En => format!("skipped {}", named.join(", ")),
            });
        }
        if !self.made_up.is_empty() {
            let days: Vec<_> = self.made_up.iter().take(NAMED_MAX).copied().map(short).collect();
            notes.push(match language {
                Language::Zh => format!("{} 调休上班,计入", days.join("、")),
                Language::En => format!("{} worked and counted", days.join(", ")),
            });
        }
        if let Some((from, to)) = &self.rolled {
            notes.push(match language {
                Language::Zh => format!("{from} 为休息日,顺延至 {to}"),
                Language::En => format!("{from} is a day off, moved on to {to}"),
            });
        }
        if self.provisional {
            notes.push(match language {
                Language::Zh => "节假日安排尚未公布,暂按周末推算".to_owned(),
                Language::En => "provisional: no holiday calendar yet, weekends only".to_owned(),
            });
        }
        notes
    }

    fn named_holidays(&self) -> Vec<String> {
        let holidays = self.skipped.iter().filter_map(|run| run.holiday.as_ref().zip(Some(run)));
        holidays
            .take(NAMED_MAX)
            .map(|(name, run)| {
                let days = if run.from == run.to {
                    short(run.from)
                } else {
                    format!("{}…{}", short(run.from), short(run.to))
                };
                if name.is_empty() { days } else { format!("{days} {name}") }
            })
            .collect()
    }
}

fn short(date: NaiveDate) -> String {
    date.format("%m-%d").to_string()
}

/// Elapsed time in hours and minutes.
fn minutes(ms: u64, hour: &str, minute: &str) -> String {
    let all = ms / 60_000;
    match (all / 60, all % 60) {
        (0, minutes) => format!("{minutes} {minute}"),
        (hours, 0) => format!("{hours} {hour}"),
        (hours, minutes) => format!("{hours} {hour} {minutes} {minute}"),
    }
}

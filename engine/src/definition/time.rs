//! A time in a definition, compiled: what it says, and by which calendar it is counted.

use serde_json::Value;

use super::Compiler;
use super::Dynamic;
use super::extension::Extension;
use super::pausing;
use super::source::{Time, TimeSource};
use crate::calendar::{Calendar, Calendars};
use crate::clock::{self, Cron, Cycle, DurationSpec, Options, ReminderSpec, Span, Working};
use crate::ids::{CalendarName, Key, NodeName};
use crate::problem::{Problem, did_you_mean};
use crate::step::{Halt, Step};
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A compiled time.
#[derive(Debug)]
pub(crate) struct When {
    kind: Kind,
    options: Options,
    calendar: Option<CalendarName>,
    /// How it may be extended, where it may.
    pub(crate) extension: Option<Extension>,
    /// While one of these is active it stands still.
    pub(crate) paused_by: Vec<NodeName>,
}

#[derive(Debug)]
enum Kind {
    /// A fixed text: `10 workdays`, `2026-03-31`.
    Fixed(DurationSpec),
    /// An expression that gives a date, an instant, or such a text.
    Given(crate::expression::Expression),
    /// Before or after a date.
    Relative { spec: ReminderSpec, of: Dynamic },
    /// Cron.
    Cron(Cron, Option<crate::calendar::Zone>),
}

impl When {
    pub(crate) fn compile(compiler: &mut Compiler<'_>, keys: &[&str], time: &Time) -> Option<Self> {
        let names_one = matches!(time, Time::Full(full) if full.calendar.is_some());
        if !names_one && !compiler.has_calendar() {
            let problem = Problem::error(
                "noCalendar",
                "expected a calendar to count the time by, but neither the process nor pack.yaml \
                 names one",
            )
            .hint("name one of calendars/ as `calendar:` in pack.yaml");
            compiler.report(keys, problem);
        }
        match time {
            Time::Short(text) => Some(Self {
                kind: Self::text(compiler, keys, text)?,
                options: Options::default(),
                calendar: None,
                extension: None,
                paused_by: Vec::new(),
            }),
            Time::Full(full) => Self::full(compiler, keys, full),
        }
    }

    fn full(compiler: &mut Compiler<'_>, keys: &[&str], full: &TimeSource) -> Option<Self> {
        if let Some(calendar) = &full.calendar
            && !compiler.library.calendars.contains_key(calendar)
        {
            let known = compiler.library.calendars.keys().map(CalendarName::as_str);
            let problem = Problem::error(
                "unknownCalendar",
                format!("expected a calendar of calendars/, found `{calendar}`"),
            )
            .maybe_hint(did_you_mean(calendar.as_str(), known));
            compiler.report(&[keys, &["calendar"]].concat(), problem);
        }
        let kind = Self::kind(compiler, keys, full)?;
        Some(Self {
            kind,
            options: Options {
                counted: full.start.unwrap_or_default(),
                roll: full.roll.unwrap_or_default(),
                ends: full.end.unwrap_or_default(),
            },
            calendar: full.calendar.clone(),
            extension: Extension::compile(compiler, keys, full.extend.as_ref()),
            paused_by: pausing::compile(compiler, keys, full),
        })
    }

    fn kind(compiler: &mut Compiler<'_>, keys: &[&str], full: &TimeSource) -> Option<Kind> {
        let given = [&full.within, &full.on, &full.before, &full.after, &full.cron];
        if given.iter().filter(|part| part.is_some()).count() != 1 {
            let problem = Problem::error(
                "badTime",
                "expected exactly one of `in`, `on`, `before` with `of`, `after` with `of`, `cron`",
            );
            compiler.report(keys, problem);
            return None;
        }
        if let Some(text) = &full.within {
            return Self::text(compiler, &[keys, &["in"]].concat(), text);
        }
        if let Some(text) = &full.on {
            return Self::text(compiler, &[keys, &["on"]].concat(), text);
        }
        if let Some(text) = &full.cron {
            return Self::cron(compiler, keys, text, full.zone.as_deref());
        }
        let (key, text) = match (&full.before, &full.after) {
            (Some(text), _) => ("before", text),
            (None, Some(text)) => ("after", text),
            (None, None) => return None,
        };
        let Some(of) = &full.of else {
            compiler
                .report(keys, Problem::error("badTime", format!("expected `of` beside `{key}`")));
            return None;
        };
        let of = compiler.dynamic(&[keys, &["of"]].concat(), of, None);
        match text.parse::<Span>() {
            Ok(span) => {
                let spec = if key == "before" {
                    ReminderSpec::Before(span)
                } else {
                    ReminderSpec::After(span)
                };
                Some(Kind::Relative { spec, of: of? })
            }
            Err(error) => {
                let keys = [keys, &[key]].concat();
                compiler.report(&keys, Problem::error("badTime", error.to_string()));
                None
            }
        }
    }

    fn text(compiler: &mut Compiler<'_>, keys: &[&str], text: &str) -> Option<Kind> {
        if text.starts_with('=') {
            return compiler.expression(keys, text, None).map(Kind::Given);
        }
        match text.parse() {
            Ok(spec) => Some(Kind::Fixed(spec)),
            Err(error) => {
                let problem = Problem::error("badTime", error.to_string());
                compiler.report(keys, problem.maybe_hint(crate::clock::hint::hint(text)));
                None
            }
        }
    }

    fn cron(
        compiler: &mut Compiler<'_>,
        keys: &[&str],
        text: &str,
        zone: Option<&str>,
    ) -> Option<Kind> {
        let zone = match zone.map(str::parse).transpose() {
            Ok(zone) => zone,
            Err(_) => {
                let problem = Problem::error(
                    "unknownZone",
                    "expected an IANA time zone such as `Asia/Shanghai`",
                );
                compiler.report(&[keys, &["zone"]].concat(), problem);
                None
            }
        };
        let cron = text.parse::<Cron>().map_err(|error| error.to_string());
        // What was published when nobody asked that runs on, and never comes.
        let comes = |cron: Cron| match cron.comes() || compiler.library.as_written {
            true => Ok(cron),
            false => Err(format!("expected a time that comes, but there is no day like `{text}`")),
        };
        match cron.and_then(comes) {
            Ok(cron) => Some(Kind::Cron(cron, zone)),
            Err(message) => {
                let problem = Problem::error("badTime", message);
                compiler.report(&[keys, &["cron"]].concat(), problem);
                None
            }
        }
    }

    /// Whether it is of cron.
    pub(crate) const fn is_cron(&self) -> bool {
        matches!(self.kind, Kind::Cron(..))
    }

    /// Whether it comes again and again, where it means the same without a case: none for what has to
    /// be counted from something, or worked out of a case's data.
    pub(crate) const fn comes_again(&self) -> Option<bool> {
        match &self.kind {
            Kind::Cron(..) | Kind::Fixed(DurationSpec::Yearly { .. }) => Some(true),
            Kind::Fixed(
                DurationSpec::Date(_) | DurationSpec::Moment(_) | DurationSpec::Instant(_),
            ) => Some(false),
            Kind::Fixed(DurationSpec::Span(_) | DurationSpec::Range(..))
            | Kind::Given(_)
            | Kind::Relative { .. } => None,
        }
    }

    /// Whether it is a period, which may be counted from whatever was last.
    pub(crate) const fn is_period(&self) -> bool {
        matches!(self.kind, Kind::Fixed(DurationSpec::Span(_)))
    }

    /// When it comes next after a moment, without a case, and which time that is; none when it does
    /// not come again.
    pub(crate) fn next(
        &self,
        cycle: Cycle,
        after: Timestamp,
        calendars: &Calendars,
        of_process: &CalendarName,
    ) -> Option<(Cycle, Timestamp)> {
        let calendar = calendars.get(self.calendar.as_ref().unwrap_or(of_process))?;
        let at = match &self.kind {
            Kind::Cron(cron, zone) => cron.next(after, zone.unwrap_or(calendar.zone())),
            Kind::Fixed(DurationSpec::Span(span)) => {
                let (cycle, working) =
                    clock::period_end(*span, cycle, after, calendar, self.options);
                return (working.until > after).then_some((cycle, working.until));
            }
            // On the day itself the hour may be over: then it is the next year's.
            Kind::Fixed(spec) => [after, after.plus_ms(DAY_MS)]
                .map(|from| clock::due(spec, from, calendar, self.options).until)
                .into_iter()
                .find(|at| *at > after),
            Kind::Given(_) | Kind::Relative { .. } => None,
        };
        at.map(|at| (cycle, at))
    }

    /// The next of so many times behind one of which nobody said which it was.
    pub(crate) fn cycle_behind(&self, last: Timestamp, times: Option<u32>) -> Cycle {
        let span = match &self.kind {
            Kind::Fixed(DurationSpec::Span(span)) => Some(*span),
            Kind::Fixed(_) | Kind::Given(_) | Kind::Relative { .. } | Kind::Cron(..) => None,
        };
        Cycle::first(clock::behind(span, last), times)
    }

    /// Works out the next of many times, and which it is: a period is counted from where the first
    /// began, and what passed meanwhile is passed over.
    pub(crate) fn again(
        &self,
        step: &Step<'_>,
        key: Key,
        cycle: Cycle,
    ) -> Result<(Cycle, Working), Halt> {
        let span = match &self.kind {
            Kind::Fixed(DurationSpec::Span(span)) => *span,
            Kind::Given(expression) => match spec_of(&step.evaluate(expression, key)?)? {
                DurationSpec::Span(span) => span,
                _ => return Ok((cycle, self.working(step, key)?)),
            },
            Kind::Fixed(_) | Kind::Relative { .. } | Kind::Cron(..) => {
                return Ok((cycle, self.working(step, key)?));
            }
        };
        let calendar = self.calendar_in(step)?;
        Ok(clock::period_end(span, cycle, step.now(), calendar, self.options))
    }

    fn calendar_in<'s>(&self, step: &'s Step<'_>) -> Result<&'s Calendar, Halt> {
        let name = self.calendar.as_ref().unwrap_or(step.definition.calendar());
        step.facts.calendars.get(name).map(|calendar| &**calendar).ok_or_else(|| {
            let message = format!("expected the calendar `{name}`, but it is not there; deploy it");
            Halt::incident("CALENDAR_MISSING", message)
        })
    }

    /// Works the time out, counted from now: when a timer fires.
    pub(crate) fn working(&self, step: &Step<'_>, key: Key) -> Result<Working, Halt> {
        self.counted(step, key, Use::Timer)
    }

    /// The same as a deadline, which a day before another ends with.
    pub(crate) fn deadline(&self, step: &Step<'_>, key: Key) -> Result<Working, Halt> {
        self.counted(step, key, Use::Deadline)
    }

    /// The same as a beginning: what begins on a day begins with it.
    pub(crate) fn beginning(&self, step: &Step<'_>, key: Key) -> Result<Working, Halt> {
        self.counted(step, key, Use::Beginning)
    }

    fn counted(&self, step: &Step<'_>, key: Key, used: Use) -> Result<Working, Halt> {
        let calendar = self.calendar_in(step)?;
        let spec = match &self.kind {
            Kind::Fixed(spec) => *spec,
            Kind::Given(expression) => spec_of(&step.evaluate(expression, key)?)?,
            Kind::Relative { spec, of } => {
                let of = match of {
                    Dynamic::Literal(text) => Value::String(text.clone()),
                    Dynamic::Expression(expression) => step.evaluate(expression, key)?,
                };
                let anchor = clock::due(&spec_of(&of)?, step.now(), calendar, self.options);
                match spec {
                    // A period that begins on that day, or at that moment, counted as every other one.
                    ReminderSpec::After(span) => {
                        let start = match clock::elapsed_ms(*span) {
                            Some(_) => anchor.until,
                            None => calendar.zone().begin(anchor.last),
                        };
                        let spec = DurationSpec::Span(*span);
                        return Ok(clock::due(&spec, start, calendar, self.options));
                    }
                    ReminderSpec::Before(span)
                        if used == Use::Deadline && clock::elapsed_ms(*span).is_none() =>
                    {
                        DurationSpec::Date(clock::earlier(anchor.last, *span, calendar))
                    }
                    // The anchor may lie in the past: nothing holds the day before it back.
                    ReminderSpec::Before(_) | ReminderSpec::Share(_) | ReminderSpec::AtDue => {
                        let anchor = Working { from: crate::time::Timestamp(0), ..anchor };
                        DurationSpec::Instant(clock::remind(&anchor, *spec, calendar))
                    }
                }
            }
            Kind::Cron(cron, zone) => {
                match cron.next(step.now(), zone.unwrap_or(calendar.zone())) {
                    Some(at) => DurationSpec::Instant(at),
                    None => {
                        return Err(Halt::incident(
                            "TIME_NEVER",
                            "expected a time to come, but the cron expression never matches again",
                        ));
                    }
                }
            }
        };
        // A day of the year that has just ended is the next year's.
        let start = match spec {
            DurationSpec::Span(_) => step.since(),
            _ => step.now(),
        };
        let working = clock::due(&spec, start, calendar, self.options);
        match spec {
            DurationSpec::Date(_) | DurationSpec::Yearly { .. } if used == Use::Beginning => {
                let begin = DurationSpec::Instant(calendar.zone().begin(working.last));
                Ok(clock::due(&begin, start, calendar, self.options))
            }
            _ => Ok(working),
        }
    }
}

/// What a time is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Timer,
    Deadline,
    Beginning,
}

/// What an expression gave, as a time.
fn spec_of(value: &Value) -> Result<DurationSpec, Halt> {
    let wrong = || {
        Halt::incident(
            "BAD_TIME",
            format!("expected a date, an instant or a time such as `10 workdays`, found {value}"),
        )
    };
    match value {
        Value::String(text) => match text.parse() {
            Ok(spec) => Ok(spec),
            Err(_) => match chrono::DateTime::parse_from_rfc3339(text) {
                Ok(at) => Ok(DurationSpec::Instant(at.into())),
                Err(_) => Err(wrong()),
            },
        },
        Value::Number(number) => match number.as_i64() {
            Some(ms) => Ok(DurationSpec::Instant(crate::time::Timestamp(ms))),
            None => Err(wrong()),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(wrong()),
    }
}

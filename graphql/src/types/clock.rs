//! A deadline with its working, running or standing still.

use async_graphql::{ComplexObject, Context, Enum, Result, SimpleObject};
use chrono::{DateTime, FixedOffset, Offset as _, Utc};
use engine::clock::{Measure, Working};
use engine::definition::Node;
use engine::instance::{Instance as State, Paused};
use engine::text::Language;
use engine::time::Timestamp;
use store::Published;

use super::instant;
use crate::context::{Reader, reader};

/// What is left of a deadline is measured in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum TimeUnit {
    /// Working days of the calendar.
    Workdays,
    /// Natural days.
    Days,
    /// Elapsed milliseconds.
    Milliseconds,
}

/// What is left of a deadline.
#[derive(Debug, SimpleObject)]
pub(crate) struct Remaining {
    /// How much, in `unit`; 0 where it has run out.
    amount: u64,
    /// Of what.
    unit: TimeUnit,
    /// Both in words, such as `3 个工作日`.
    text: String,
}

/// A deadline with its working.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Clock {
    /// When it runs out: RFC 3339 with the offset of `zone`.
    until: Option<DateTime<FixedOffset>>,
    /// The time zone of its days, such as `Asia/Shanghai`.
    zone: String,
    /// How it was counted, in a sentence.
    working: String,
    /// Whether a year in it has no calendar yet, so that it may move.
    provisional: bool,
    /// What is left of it now; as it stopped, while it stands still.
    remaining: Option<Remaining>,
    /// Where it stands still: since when and on what ground.
    paused: Option<Pause>,
    #[graphql(skip)]
    until_ms: i64,
}

/// Why and since when a clock stands still.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Pause {
    /// Since when (RFC 3339, UTC).
    since: Option<DateTime<Utc>>,
    /// On what ground: what the outcome that stopped it is called, or what is under way meanwhile.
    ground: String,
}

/// A clock that stands still until its node is reached again.
#[derive(Debug, SimpleObject)]
pub(crate) struct PausedClock {
    /// The node, by name.
    node: String,
    /// What people call the node.
    label: String,
    /// The clock as it stopped.
    clock: Clock,
}

#[ComplexObject]
impl Clock {
    /// Whether it has run out; never while it stands still.
    async fn overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.paused.is_none() && reader(ctx).now() >= self.until_ms)
    }
}

impl Clock {
    /// A deadline of what is active: it runs, but while the whole case stands still.
    pub(crate) fn active(
        reader: Reader<'_>,
        published: &Published,
        state: &State,
        due: &Working,
    ) -> Self {
        let Some(suspended) = state.suspended() else {
            return Self::at(reader, published, due, reader.store.clock().now());
        };
        let ground = match reader.language() {
            Language::Zh => "案件挂起",
            Language::En => "the case is suspended",
        };
        Self::stopped(reader, published, due, (suspended.at, ground.to_owned()))
    }

    fn at(reader: Reader<'_>, published: &Published, due: &Working, at: Timestamp) -> Self {
        let language = reader.language();
        let calendar = published.calendars.get(&due.calendar);
        let local = due.zone.local(due.until);
        Self {
            until: instant(due.until.0).map(|_| local.with_timezone(&local.offset().fix())),
            zone: due.zone.tz().name().to_owned(),
            working: due.sentence(language),
            provisional: due.provisional,
            remaining: calendar.map(|calendar| {
                let left = due.remaining(at, calendar);
                remaining(left.amount, left.measure, language)
            }),
            paused: None,
            until_ms: due.until.0,
        }
    }

    /// A clock that stands still.
    pub(crate) fn standing(reader: Reader<'_>, published: &Published, paused: &Paused) -> Self {
        Self::stopped(reader, published, &paused.working, (paused.at, paused.ground.clone()))
    }

    /// A clock that stands still since then, on some ground.
    pub(crate) fn stopped(
        reader: Reader<'_>,
        published: &Published,
        working: &Working,
        (at, ground): (Timestamp, String),
    ) -> Self {
        let pause = Pause { since: instant(at.0), ground };
        Self { paused: Some(pause), ..Self::at(reader, published, working, at) }
    }
}

impl PausedClock {
    /// A node's clocks that stand still: several where several runs of it stand still.
    pub(crate) fn of(
        reader: Reader<'_>,
        published: &Published,
        state: &State,
        node: &Node,
    ) -> Vec<Self> {
        let all = state.all_paused().filter(|(name, _)| *name == node.name());
        let told = all.map(|(name, paused)| Self {
            node: name.to_string(),
            label: node.label(reader.language()).to_owned(),
            clock: Clock::standing(reader, published, paused),
        });
        told.collect()
    }
}

fn remaining(amount: u64, measure: Measure, language: Language) -> Remaining {
    let hours = amount / 3_600_000;
    let (unit, text) = match (measure, language) {
        (Measure::Workdays, Language::Zh) => (TimeUnit::Workdays, format!("{amount} 个工作日")),
        (Measure::Workdays, Language::En) => (TimeUnit::Workdays, format!("{amount} working days")),
        (Measure::Days, Language::Zh) => (TimeUnit::Days, format!("{amount} 天")),
        (Measure::Days, Language::En) => (TimeUnit::Days, format!("{amount} days")),
        (Measure::Milliseconds, Language::Zh) => (TimeUnit::Milliseconds, format!("{hours} 小时")),
        (Measure::Milliseconds, Language::En) => (TimeUnit::Milliseconds, format!("{hours} hours")),
    };
    Remaining { amount, unit, text }
}

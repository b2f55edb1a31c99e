//! The clock of a demonstration: moved by hand, so that three weeks pass at once. Whatever falls due
//! on the way happens at its own time and in order, as if one had waited. Only a store that was
//! opened with [`Clock::movable`] has such a clock, and its database remembers it.

use engine::clock::{self, DurationSpec, Options};
use engine::time::Timestamp;
use sea_orm::FromQueryResult;

use crate::clock::Clock;
use crate::error::StoreError;
use crate::row::Value;
use crate::store::Store;
use crate::writer::{Statement, Write};

/// Stops on the way; more than this is a clock that makes work for itself.
const STOPS_MAX: usize = 20_000;
/// How far from now one may move the clock at once: a hundred years.
const MOVE_MS_MAX: i64 = 100 * 366 * 24 * 60 * 60 * 1_000;

/// What happened while time passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed {
    /// What time it is now.
    pub now: Timestamp,
    /// How many commands were carried out on the way: timers, called cases, messages. What people did meanwhile
    /// is not among them.
    pub done: usize,
}

#[derive(Debug, FromQueryResult)]
struct Number {
    number: Option<i64>,
}

impl Store {
    /// Whether this store's clock may be moved by hand.
    pub fn is_demonstration(&self) -> bool {
        self.clock().distance_ms().is_some()
    }

    /// Whether the clock of this database was ever moved: then no real case belongs into it.
    pub async fn was_demonstration(&self) -> Result<bool, StoreError> {
        Ok(self.kept_distance().await?.is_some())
    }

    /// The time after a length such as `21 days` or `10 workdays`, by the calendar of what is
    /// published.
    pub fn time_after(&self, length: &str) -> Result<Timestamp, StoreError> {
        let expected = || {
            let message = "expected a length such as `21 days`, `10 workdays` or `4 hours`";
            let zh = format!("应为时长,如 21 days、10 workdays 或 4 hours,实为“{length}”");
            StoreError::refused(zh, format!("{message}, found `{length}`"))
        };
        let spec: DurationSpec = length.parse().map_err(|_| expected())?;
        if !matches!(spec, DurationSpec::Span(_)) {
            return Err(expected());
        }
        let published = self.newest_definitions();
        let calendar = published
            .iter()
            .find_map(|one| one.calendars.get(one.definition.calendar()))
            .ok_or_else(|| {
                StoreError::refused("尚未发布流程包", "expected a published pack, found none")
            })?;
        Ok(clock::due(&spec, self.clock().now(), calendar, Options::default()).until)
    }

    /// Lets time pass until then; without a time, only finishes what is due now. Back it goes only
    /// as far as nothing has happened yet.
    pub async fn pass_time(&self, until: Option<Timestamp>) -> Result<Passed, StoreError> {
        let Clock::Moved(moved) = self.clock() else {
            let message = "expected a demonstration's clock, but this one is the real time";
            return Err(StoreError::refused("本系统按真实时间运行", message));
        };
        let _alone = moved.moving.lock().await;
        let begun = self.clock().now();
        let until = until.unwrap_or(begun);
        if begun.0.abs_diff(until.0) > MOVE_MS_MAX.unsigned_abs() {
            let message = "expected a time within a hundred years of the clock's";
            return Err(StoreError::refused("时间应在当前时间前后一百年以内", message));
        }
        let before = self.figures().unasked;
        let mut done = 0;
        if until < begun {
            self.back_to(until).await?;
        } else {
            done = self.forward_to(until).await?;
            // What the workers of this node took meanwhile was carried out on the way as well.
            let all = self.figures().unasked.saturating_sub(before);
            done = done.max(usize::try_from(all).unwrap_or(usize::MAX));
        }
        self.keep_distance().await?;
        Ok(Passed { now: self.clock().now(), done })
    }

    async fn back_to(&self, until: Timestamp) -> Result<(), StoreError> {
        if let Some(last) = self.last_command().await?.filter(|last| *last > until) {
            let zh = format!(
                "时间应在最后一项办理({last})之后,实为 {until};如需重新开始,请使用空数据库"
            );
            let en = format!(
                "expected a time after the last thing that happened, at {last}, found {until}; to \
                 begin anew, start on an empty database"
            );
            return Err(StoreError::refused(zh, en));
        }
        self.clock().set(until);
        Ok(())
    }

    async fn forward_to(&self, until: Timestamp) -> Result<usize, StoreError> {
        let mut done = self.settle().await?;
        for _ in 0..STOPS_MAX {
            let next = self.next_timer().await?.filter(|next| *next <= until);
            let stop = next.unwrap_or(until);
            if stop > self.clock().now() {
                self.clock().set(stop);
            }
            done += self.settle().await?;
            if next.is_none() {
                return Ok(done);
            }
        }
        let now = self.clock().now();
        let zh = format!("途中到期事项超过 {STOPS_MAX} 项,时钟停在 {now}");
        let en = format!(
            "expected at most {STOPS_MAX} stops on the way, but there are more; the clock stands at {now}"
        );
        Err(StoreError::refused(zh, en))
    }

    async fn last_command(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(at) AS number FROM journal";
        Ok(self.number(sql).await?.map(Timestamp))
    }

    async fn kept_distance(&self) -> Result<Option<i64>, StoreError> {
        self.number("SELECT max(distance_ms) AS number FROM demonstration_clock").await
    }

    async fn number(&self, sql: &str) -> Result<Option<i64>, StoreError> {
        let rows: Vec<Number> = self.rows(self.statement(sql, [])).await?;
        Ok(rows.first().and_then(|row| row.number))
    }

    async fn keep_distance(&self) -> Result<(), StoreError> {
        let distance = self.clock().distance_ms().unwrap_or_default();
        let sql = "INSERT INTO demonstration_clock (id, distance_ms) VALUES (1, $1) \
                   ON CONFLICT (id) DO UPDATE SET distance_ms = $1";
        let statements = vec![Statement::new(sql, vec![Value::Int(distance)])];
        self.write(Write { statements, ..Write::default() }).await.map(|_| ())
    }

    /// Goes on where the demonstration stood when it ended, and never before what has happened.
    pub(crate) async fn resume_clock(&self) -> Result<(), StoreError> {
        if !self.is_demonstration() {
            return Ok(());
        }
        let now = self.clock().now();
        let kept = self.kept_distance().await?.map_or(now, |distance| now.plus_ms(distance));
        let last = self.last_command().await?.unwrap_or(kept);
        if kept.max(last) != now {
            self.clock().set(kept.max(last));
        }
        Ok(())
    }
}

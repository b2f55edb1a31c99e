//! Clocks that ran out become commands. What fell due while the system was down fires once, late.

use engine::actor::Actor;
use engine::command::Command;
use engine::ids::{InstanceId, Key};
use engine::time::Timestamp;
use futures_util::future::join_all;
use sea_orm::FromQueryResult;

use super::{PERIOD, ROWS_AT_ONCE};
use crate::error::{StoreError, SubmitError};
use crate::store::Store;
use crate::submit::{Consumes, Submit};
use crate::tables::timer;

#[derive(Debug, FromQueryResult)]
struct Next {
    at: Option<i64>,
}

impl Store {
    /// Fires every timer that is due at a time; answers how many fired.
    pub async fn run_due(&self, now: Timestamp) -> Result<usize, StoreError> {
        let (mut fired, mut after) = (0, (i64::MIN, 0, 0, 0));
        loop {
            let sql = "SELECT * FROM timer WHERE at <= $1 \
                       AND (at, instance_id, key, timer) > ($2, $3, $4, $5) \
                       ORDER BY at, instance_id, key, timer LIMIT $6";
            let (at, instance, key, number) = after;
            let most = i64::from(ROWS_AT_ONCE);
            let values = [now.0, at, instance, key, number, most].map(Into::into);
            let due: Vec<timer::Model> = self.rows(self.statement(sql, values)).await?;
            let Some(last) = due.last() else { break };
            after = (last.at, last.instance_id, last.key, last.timer);
            for outcome in join_all(due.iter().map(|timer| self.fire(timer))).await {
                match outcome {
                    Ok(_) => fired += 1,
                    Err(SubmitError::Busy | SubmitError::Unavailable) => {
                        return Err(StoreError::Unavailable("timers could not be fired".into()));
                    }
                    // Stopped in between, or the case was set aside: nothing to fire.
                    Err(_) => {}
                }
            }
        }
        Ok(fired + self.begin_by_timers(now).await?)
    }

    async fn fire(&self, timer: &timer::Model) -> Result<crate::Committed, SubmitError> {
        let key = Key(u32::try_from(timer.key).unwrap_or_default());
        let number = u32::try_from(timer.timer).unwrap_or_default();
        let command = Command::FireTimer { key, timer: number };
        let submit = Submit::to(InstanceId(timer.instance_id), Actor::System, command);
        self.submit(submit.consuming(Consumes::NothingStale)).await
    }

    /// Waits until the next timer after `now` is due; a nearer one that is armed meanwhile wakes by
    /// signal.
    pub(super) async fn wait_for_timer(&self, now: Timestamp) {
        let next = self.timer_after(now).await.ok().flatten().unwrap_or(Timestamp::NEVER);
        self.clock().until(next, PERIOD).await;
    }

    /// When the next timer is due that is not due yet.
    pub async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        self.timer_after(self.clock().now()).await
    }

    async fn timer_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(at) AS at FROM (SELECT min(at) AS at FROM timer WHERE at > $1 \
                   UNION ALL SELECT min(next_at) AS at FROM start_event WHERE next_at > $1) nearest";
        let rows: Vec<Next> = self.rows(self.statement(sql, [now.0.into()])).await?;
        Ok(rows.first().and_then(|row| row.at).map(Timestamp))
    }
}

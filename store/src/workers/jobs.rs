//! Service tasks for outside workers: fetched and locked for a time. What comes of one is a command,
//! `CompleteJob` or `FailJob`.

use engine::ids::InstanceId;
use engine::time::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::Value as Json;

use crate::error::StoreError;
use crate::row::{Kind, Value};
use crate::store::Store;
use crate::tables::job;
use crate::writer::{Statement, Write};

/// A job, locked for one worker.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLease {
    /// The case.
    pub instance: i64,
    /// The service task.
    pub key: i64,
    /// What the worker is told.
    pub input: Json,
    /// How often it may still fail.
    pub retries: i64,
    /// Until when nobody else gets it.
    pub leased_until: i64,
}

const ANSWERS: &[Kind] = &[Kind::Int, Kind::Int, Kind::Text, Kind::Int, Kind::Int];

impl Store {
    /// Locks up to `most` jobs of a topic for a worker.
    pub async fn fetch_jobs(
        &self,
        topic: &str,
        worker: &str,
        most: u32,
        lease_ms: i64,
    ) -> Result<Vec<JobLease>, StoreError> {
        let now = self.clock().now().0;
        let skip = self.skip_locked();
        let sql = format!(
            "UPDATE job SET leased_until = $1, worker = $2 WHERE (instance_id, key) IN (\
             SELECT instance_id, key FROM job WHERE topic = $3 AND leased_until <= $4 \
             ORDER BY leased_until, instance_id, key LIMIT $5{skip}) \
             RETURNING instance_id, key, input, retries, leased_until"
        );
        let parameters = vec![
            Value::Int(now.saturating_add(lease_ms)),
            Value::Text(worker.to_owned()),
            Value::Text(topic.to_owned()),
            Value::Int(now),
            Value::Int(i64::from(most)),
        ];
        let statements = vec![Statement::new(sql, parameters).answering(ANSWERS)];
        let answers = self.write(Write { statements, ..Write::default() }).await?;
        let rows = answers.into_iter().next().unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| JobLease {
                instance: row[0].int(),
                key: row[1].int(),
                input: serde_json::from_str(row[2].text()).unwrap_or_default(),
                retries: row[3].int(),
                leased_until: row[4].int(),
            })
            .collect())
    }

    /// Whether a job of a topic could be fetched now; asked before one is, since that writes.
    pub async fn has_jobs(&self, topic: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = job::Entity::find()
            .select_only()
            .column(job::Column::Key)
            .filter(job::Column::Topic.eq(topic))
            .filter(job::Column::LeasedUntil.lte(self.clock().now().0))
            .limit(1)
            .into_tuple()
            .one(self.reads())
            .await?;
        Ok(found.is_some())
    }

    /// Waits until jobs were written since the last wait, the clock was moved, or a period has passed.
    /// One waits at a time.
    pub async fn jobs_signal(&self) {
        tokio::select! {
            () = self.inner.shared.wakes.jobs.notified() => {}
            () = self.clock().until(Timestamp::NEVER, super::PERIOD) => {}
        }
    }

    /// Whether a case was set aside because of a bug: nothing is done about it meanwhile.
    pub fn is_set_aside(&self, case: InstanceId) -> bool {
        self.inner.shared.is_aside(case.0)
    }
}

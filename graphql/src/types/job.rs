//! Work for a machine.

use async_graphql::{ID, Object};
use chrono::{DateTime, Utc};
use store::tables::job::Model;
use store::workers::JobLease;

use super::{Json, instant};
use crate::ids::GlobalId;

/// Work for a machine, for those who hold the role `worker`.
#[derive(Debug)]
pub(crate) struct Job {
    instance: i64,
    key: i64,
    input: serde_json::Value,
    retries: i64,
    leased_until: i64,
}

impl From<JobLease> for Job {
    fn from(lease: JobLease) -> Self {
        let JobLease { instance, key, input, retries, leased_until, .. } = lease;
        Self { instance, key, input, retries, leased_until }
    }
}

impl From<Model> for Job {
    fn from(row: Model) -> Self {
        Self {
            instance: row.instance_id,
            key: row.key,
            input: serde_json::from_str(&row.input).unwrap_or_default(),
            retries: row.retries,
            leased_until: row.leased_until,
        }
    }
}

#[Object]
impl Job {
    /// Its global id, for `completeJob` and `failJob`.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Job(self.instance, self.key).to_id()
    }

    /// What the worker is told.
    async fn input(&self) -> Json {
        Json(self.input.clone())
    }

    /// How often it may still fail.
    async fn retries(&self) -> i64 {
        self.retries
    }

    /// Until when no other worker gets it (RFC 3339, UTC); in the past where nobody has it.
    async fn leased_until(&self) -> Option<DateTime<Utc>> {
        instant(self.leased_until)
    }
}

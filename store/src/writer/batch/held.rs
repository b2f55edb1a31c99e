//! Jobs that commands answer for: only who fetched one last may.

use std::collections::BTreeSet;

use super::Batch;
use crate::lookups;
use crate::row::{Row, Value};
use crate::session::{Failure, Session};
use crate::submit::Submit;

impl Batch<'_> {
    /// Who fetched the jobs that commands answer for.
    pub(super) async fn load_workers(&mut self, session: &mut Session) -> Result<(), Failure> {
        let jobs: BTreeSet<(i64, i64)> =
            self.jobs.iter().filter_map(|job| job.submit.job()).collect();
        let keys: Vec<Row> =
            jobs.into_iter().map(|(id, key)| vec![Value::Int(id), Value::Int(key)]).collect();
        for row in session.lookup(&lookups::WORKERS, &keys).await? {
            self.workers.insert((row[0].int(), row[1].int()), row[2].text().to_owned());
        }
        Ok(())
    }

    /// Whether the job that a command answers for is its worker's, or is no more.
    pub(super) fn is_held(&self, submit: &Submit) -> bool {
        let Some(job) = submit.job() else { return true };
        let by = self.workers.get(&job);
        by.is_none_or(|by| submit.worker.as_ref().is_some_and(|(_, worker)| worker == by))
    }
}

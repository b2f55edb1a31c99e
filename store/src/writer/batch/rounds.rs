//! When each command of a batch runs: in the order they came, but for those that wait for something
//! to be fetched, and for others on the same case or with the same key behind them.
//!
//! On `SQLite`, which has one connection that writes, a large batch is decided and written side by
//! side: while a thread writes the rows of some commands, the next ones are decided. All of it is
//! within one transaction, so it succeeds or fails as one; what a batch reads is read before or
//! afterwards.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::mpsc;

use engine::facts::ROUNDS_MAX;
use engine::rejection::Need;

use super::Batch;
use super::earlier::Earlier;
use crate::changes::Settled;
use crate::error::SubmitError;
use crate::session::{Failure, SqliteSession};

/// Commands whose rows are written together.
const JOBS_AT_ONCE: usize = 32;
/// A smaller batch is not worth a thread.
pub(super) const BESIDE_MIN: usize = 2 * JOBS_AT_ONCE;
/// Groups of rows that may wait for the thread that writes.
const WAITING_MAX: usize = 2;

/// Commands that cannot be carried out yet: their cases and keys wait for them.
#[derive(Debug, Default)]
struct Blocked {
    needs: BTreeSet<Need>,
    cases: HashSet<i64>,
    keys: HashSet<String>,
}

impl Batch<'_> {
    /// Runs every command that can be run; answers what the others ask for.
    pub(super) fn round(&mut self) -> BTreeSet<Need> {
        let mut blocked = Blocked::default();
        self.run_some(0..self.jobs.len(), &mut blocked);
        blocked.needs
    }

    fn run_some(&mut self, places: Range<usize>, blocked: &mut Blocked) {
        for place in places {
            let Some(mut open) = self.open[place].take() else { continue };
            let dedup = self.jobs[place].submit.dedup.as_ref();
            if blocked.cases.contains(&open.id)
                || dedup.is_some_and(|key| blocked.keys.contains(key))
            {
                self.open[place] = Some(open);
                continue;
            }
            match self.carry_out(place, &mut open) {
                Ok(outcome) => {
                    self.outcomes[place] = Some(outcome);
                    self.remember(place);
                }
                Err(_) if open.rounds >= ROUNDS_MAX => {
                    let endless = "a step asked for more without end".to_owned();
                    self.outcomes[place] = Some(Err(SubmitError::Internal(endless)));
                }
                Err(asked) => {
                    open.rounds += 1;
                    blocked.cases.insert(open.id);
                    blocked.keys.extend(dedup.cloned());
                    open.asked.extend(asked.iter().cloned());
                    blocked.needs.extend(asked);
                    self.open[place] = Some(open);
                }
            }
        }
    }

    /// Keeps what a command with a key was answered, where the journal does too: not a refusal.
    fn remember(&mut self, place: usize) {
        let submit = &self.jobs[place].submit;
        if let (Some(key), Some(outcome)) = (&submit.dedup, &self.outcomes[place])
            && !self.failed(place)
            && !self.answered.contains_key(key)
        {
            self.answered.insert(key.clone(), Earlier::of(submit, outcome));
        }
    }

    /// As `round`, with rows written as soon as they are known.
    pub(super) fn round_beside(
        &mut self,
        session: &mut SqliteSession,
    ) -> Result<BTreeSet<Need>, Failure> {
        let mut blocked = Blocked::default();
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel::<Settled>(WAITING_MAX);
            let writes = move || receiver.iter().try_for_each(|rows| session.apply(&rows));
            let writer = std::thread::Builder::new()
                .name("mandate-writes".to_owned())
                .spawn_scoped(scope, writes)
                .map_err(|error| Failure::Lost(format!("a thread cannot be had: {error}")))?;
            let jobs = self.jobs.len();
            for first in (0..jobs).step_by(JOBS_AT_ONCE) {
                self.run_some(first..jobs.min(first + JOBS_AT_ONCE), &mut blocked);
                if sender.send(self.take_changes()).is_err() {
                    // It met a failure and says so below.
                    break;
                }
            }
            drop(sender);
            let panicked = |_| Failure::Data("writing panicked; the log says where".to_owned());
            writer.join().map_err(panicked)?
        })?;
        Ok(blocked.needs)
    }

    /// The rows so far, to be written before any that come later.
    fn take_changes(&mut self) -> Settled {
        let changes = std::mem::take(&mut self.changes).settled();
        self.written.extend(changes.names());
        // Later rows of these cases change what is written now.
        for id in self.touched.keys() {
            if let Some(live) = self.live.get(id) {
                self.bases.insert(*id, live.revision);
            }
        }
        changes
    }
}

//! One lane: its connection, its chain of the journal, and the loop that makes batches. A lane that
//! loses its connection answers what it has as retryable and takes a free lane anew. What a batch
//! does is `batch`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::batch::{Batch, Outcome, Reading};
use super::cache::Cache;
use super::{BATCH_MAX, Job, Statement, Work, Write};
use crate::changes::Settled;
use crate::error::{StoreError, SubmitError};
use crate::journal::BEGINNING;
use crate::random::Seeds;
use crate::row::{Kind, Row, Value};
use crate::session::{Failure, Session};
use crate::shared::{Changed, Shared};

/// Instance ids that a lane takes at once.
const IDS_AT_ONCE: i64 = 256;
/// How often a batch is tried again when another writer was faster.
const CONFLICTS_MAX: u32 = 5;
/// How long making a connection anew may take.
const RECONNECT_MAX: Duration = Duration::from_secs(5);
/// The part of a batch's time that the next one may wait to become fuller, and of its commands that
/// it does not wait for.
const LINGER_SHARE: u32 = 8;
/// How long it may wait at most.
const LINGER_MAX: Duration = Duration::from_millis(2);
/// The advisory locks of lanes, on `PostgreSQL`.
const LANE_LOCKS: i64 = 7_021;

/// Where a lane's chain ends.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) lane: i64,
    pub(super) pos: i64,
    pub(super) hash: String,
}

/// A lane's place among its node's lanes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) number: i64,
    pub(super) lanes: i64,
}

/// Ids that were taken and not yet given out: of a block those whose commands come to this lane, so
/// that it knows the cases that it began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    place: Place,
    next: i64,
    end: i64,
}

impl Ids {
    const fn none(place: Place) -> Self {
        Self { place, next: 0, end: 0 }
    }

    const fn block(place: Place, begin: i64, end: i64) -> Self {
        let next = begin + (place.number - begin).rem_euclid(place.lanes);
        Self { place, next, end }
    }

    /// The next id, where one is left.
    pub(super) fn give(&mut self) -> Option<i64> {
        (self.next < self.end).then(|| {
            self.next += self.place.lanes;
            self.next - self.place.lanes
        })
    }

    const fn left(self) -> i64 {
        (self.end - self.next + self.place.lanes - 1) / self.place.lanes
    }
}

/// The batch before this one.
#[derive(Debug, Default)]
struct Last {
    /// Its commands, and those that were waiting when it was done.
    in_flight: usize,
    took: Duration,
}

impl Last {
    /// Waits a moment for as many as were just answered: they are likely to ask again, and each
    /// costs less in a fuller batch. A command that comes alone waits for nobody.
    async fn linger(&self, queue: &mut mpsc::Receiver<Work>, waiting: &mut Vec<Work>) {
        let until = Instant::now() + (self.took / LINGER_SHARE).min(LINGER_MAX);
        // Some turn to other lanes, or do not come back.
        let likely = (self.in_flight - self.in_flight / LINGER_SHARE as usize).min(BATCH_MAX);
        while waiting.len() < likely {
            let more = queue.recv_many(waiting, BATCH_MAX - waiting.len());
            match tokio::time::timeout_at(until.into(), more).await {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
        }
    }
}

/// A lane: its connection, and what it knows beside it.
#[derive(Debug)]
pub(crate) struct Lane {
    session: Session,
    desk: Desk,
}

/// What a lane decides with, while its connection may be busy writing.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    pub(super) head: Head,
    pub(super) ids: Ids,
    pub(super) cache: Cache,
    pub(super) seeds: Seeds,
}

impl Lane {
    /// Takes a free lane, or makes one.
    pub(super) async fn take(
        shared: Arc<Shared>,
        mut session: Session,
        place: Place,
    ) -> Result<Self, StoreError> {
        let now = shared.clock.now().0;
        let head = take(&mut session, now).await?;
        let (ids, cache, seeds) = (Ids::none(place), Cache::new(), Seeds::new());
        Ok(Self { session, desk: Desk { shared, head, ids, cache, seeds } })
    }

    /// Works until the queue is closed and empty.
    pub(crate) async fn run(mut self, mut queue: mpsc::Receiver<Work>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        let mut last = Last::default();
        while queue.recv_many(&mut waiting, BATCH_MAX).await > 0 {
            last.linger(&mut queue, &mut waiting).await;
            let mut jobs = Vec::with_capacity(waiting.len());
            for work in waiting.drain(..) {
                match work {
                    Work::Command(job) => jobs.push(*job),
                    Work::Write(write, answer) => {
                        let _gone = answer.send(self.write(write).await);
                    }
                }
            }
            let begun = Instant::now();
            let outcomes = self.carry_out(&jobs).await;
            last = Last { in_flight: jobs.len() + queue.len(), took: begun.elapsed() };
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                let _gone = job.answer.send(outcome);
            }
        }
    }

    /// All at once; where the data of one is refused, one by one.
    async fn carry_out(&mut self, jobs: &[Job]) -> Vec<Outcome> {
        if jobs.is_empty() {
            return Vec::new();
        }
        match self.attempt(jobs).await {
            Ok(outcomes) => outcomes,
            Err(Failure::Data(message)) if jobs.len() > 1 => {
                tracing::warn!(message, "a batch was refused; its commands are tried one by one");
                let mut outcomes = Vec::with_capacity(jobs.len());
                for job in jobs {
                    let one = self.attempt(std::slice::from_ref(job)).await;
                    outcomes.extend(one.unwrap_or_else(|failure| vec![Err(answer(&failure))]));
                }
                outcomes
            }
            Err(failure) => {
                tracing::error!(%failure, commands = jobs.len(), "a batch failed");
                jobs.iter().map(|_| Err(answer(&failure))).collect()
            }
        }
    }

    /// One transaction, tried again while other writers are faster.
    async fn attempt(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, Failure> {
        let (mut tries, mut reading) = (0, Reading::Free);
        loop {
            self.revive().await?;
            // A step's panic is caught where it runs; this one keeps the lane alive whatever else fails.
            let done = AssertUnwindSafe(self.transaction(jobs, reading)).catch_unwind().await;
            let failure = match done {
                Ok(Ok(outcomes)) => return Ok(outcomes),
                // Rows that were decided on a case which was no longer so need not fit.
                Ok(Err(Failure::Data(_)))
                    if reading == Reading::Free && !self.session.is_alone() =>
                {
                    Failure::Conflict
                }
                Ok(Err(failure)) => failure,
                Err(_panic) => Failure::Data("the writer panicked; its log says where".into()),
            };
            self.desk.cache.forget_cases();
            // A block of ids that was taken in this transaction was never taken.
            self.desk.ids = Ids::none(self.desk.ids.place);
            if !self.session.is_broken() {
                // A failed rollback marks the session as broken, and it is made anew.
                drop(self.session.rollback().await);
            }
            (tries, reading) = (tries + 1, Reading::Locked);
            if !matches!(failure, Failure::Conflict) || tries >= CONFLICTS_MAX {
                return Err(failure);
            }
            self.desk.cache.distrust();
        }
    }

    async fn transaction(
        &mut self,
        jobs: &[Job],
        reading: Reading,
    ) -> Result<Vec<Outcome>, Failure> {
        let begun = Instant::now();
        self.session.begin().await?;
        self.refill_ids(jobs.len()).await?;
        let mut batch = Batch::new(&mut self.desk, jobs, reading);
        batch.run(&mut self.session).await?;
        let done = batch.finish();
        for Statement { sql, parameters, answers } in &done.drafts {
            self.session.query(sql, parameters, answers).await?;
        }
        self.session.commit(&done.changes).await?;
        self.desk.shared.counters.committed(jobs.len(), begun.elapsed());
        self.desk.head = done.head;
        for id in done.set_aside {
            self.desk.shared.set_aside(id);
        }
        let mut changed = Vec::with_capacity(done.live.len());
        for (id, (live, principals)) in done.live {
            let instance = live.instance.id();
            changed.push(Changed { instance, principals: Arc::new(principals) });
            self.desk.cache.keep_case(id, live);
        }
        let tables = done.written.into_iter().chain(done.changes.names());
        self.desk.shared.announce(tables, changed);
        Ok(done.outcomes)
    }

    /// Ids are given out in blocks, so that nodes never meet.
    async fn refill_ids(&mut self, wanted: usize) -> Result<(), Failure> {
        let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
        if self.desk.ids.left() >= wanted {
            return Ok(());
        }
        let place = self.desk.ids.place;
        let size = IDS_AT_ONCE.max(wanted) * place.lanes;
        let sql = "INSERT INTO id_block (name, next) VALUES ('instance', 1 + $1) \
                   ON CONFLICT (name) DO UPDATE SET next = id_block.next + $1 RETURNING next";
        let rows = self.session.query(sql, &[Value::Int(size)], &[Kind::Int]).await?;
        let end = rows.first().map_or(0, |row| row[0].int());
        self.desk.ids = Ids::block(place, end - size, end);
        Ok(())
    }

    /// Makes a lost connection anew and takes a lane again.
    async fn revive(&mut self) -> Result<(), Failure> {
        if !self.session.is_broken() {
            return Ok(());
        }
        self.desk.cache.forget_cases();
        self.desk.ids = Ids::none(self.desk.ids.place);
        let late = |_| Failure::Lost("connecting took too long".into());
        tokio::time::timeout(RECONNECT_MAX, self.session.reconnect()).await.map_err(late)??;
        self.desk.head = take(&mut self.session, self.desk.shared.clock.now().0).await?;
        tracing::info!(lane = self.desk.head.lane, "the writer is connected again");
        Ok(())
    }

    /// Rows beside commands, in a transaction of their own.
    async fn write(&mut self, write: Write) -> Result<Vec<Vec<Row>>, Failure> {
        let (changes, statements) = (write.changes.settled(), write.statements);
        let mut tries = 0;
        loop {
            self.revive().await?;
            let failure = match self.write_once(&changes, &statements).await {
                Ok(rows) => {
                    self.desk.shared.announce(changes.names(), Vec::new());
                    return Ok(rows);
                }
                Err(failure) => failure,
            };
            if !self.session.is_broken() {
                drop(self.session.rollback().await);
            }
            tries += 1;
            if !matches!(failure, Failure::Conflict) || tries >= CONFLICTS_MAX {
                return Err(failure);
            }
        }
    }

    async fn write_once(
        &mut self,
        changes: &Settled,
        statements: &[Statement],
    ) -> Result<Vec<Vec<Row>>, Failure> {
        self.session.begin().await?;
        let mut answers = Vec::with_capacity(statements.len());
        for statement in statements {
            let (sql, parameters) = (&statement.sql, &statement.parameters);
            answers.push(self.session.query(sql, parameters, statement.answers).await?);
        }
        self.session.commit(changes).await?;
        Ok(answers)
    }
}

fn answer(failure: &Failure) -> SubmitError {
    match failure {
        Failure::Conflict | Failure::Lost(_) => SubmitError::Unavailable,
        Failure::Data(message) => SubmitError::Internal(message.clone()),
    }
}

/// Takes a lane that nobody writes: on `PostgreSQL` by an advisory lock that ends with the
/// connection; a `SQLite` file has one writer and one lane.
async fn take(session: &mut Session, now: i64) -> Result<Head, Failure> {
    let lane = if session.is_alone() {
        lone_lane(session, now).await?
    } else {
        free_lane(session, now).await?
    };
    let sql = "SELECT pos, hash FROM journal WHERE lane = $1 ORDER BY pos DESC LIMIT 1";
    let rows = session.query(sql, &[Value::Int(lane)], &[Kind::Int, Kind::Text]).await?;
    let (pos, hash) = rows
        .into_iter()
        .next()
        .map_or((0, BEGINNING.to_owned()), |row| (row[0].int(), row[1].text().to_owned()));
    Ok(Head { lane, pos, hash })
}

async fn lone_lane(session: &mut Session, now: i64) -> Result<i64, Failure> {
    let sql = "INSERT INTO lane (id, created_at) VALUES (1, $1) ON CONFLICT DO NOTHING";
    session.query(sql, &[Value::Int(now)], &[]).await?;
    Ok(1)
}

async fn free_lane(session: &mut Session, now: i64) -> Result<i64, Failure> {
    loop {
        let lanes = session.query("SELECT id FROM lane ORDER BY id", &[], &[Kind::Int]).await?;
        for lane in lanes {
            let sql = "SELECT pg_try_advisory_lock($1::int8::int4, $2::int8::int4)::int4::int8";
            let parameters = [Value::Int(LANE_LOCKS), lane[0].clone()];
            let got = session.query(sql, &parameters, &[Kind::Int]).await?;
            if got.first().is_some_and(|row| row[0].int() == 1) {
                return Ok(lane[0].int());
            }
        }
        let sql = "INSERT INTO lane (id, created_at) \
                   SELECT coalesce(max(id), 0) + 1, $1::int8 FROM lane ON CONFLICT DO NOTHING";
        session.query(sql, &[Value::Int(now)], &[]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, Place};

    #[test]
    fn a_lane_gives_the_ids_of_a_block_that_come_to_it_and_all_lanes_give_all() {
        for lanes in 1..=4 {
            let mut given = Vec::new();
            for number in 0..lanes {
                let mut ids = Ids::block(Place { number, lanes }, 11, 11 + 8 * lanes);
                assert_eq!(ids.left(), 8, "lane {number} of {lanes}");
                while let Some(id) = ids.give() {
                    assert_eq!(id % lanes, number, "lane {number} of {lanes}");
                    given.push(id);
                }
                assert_eq!(ids.left(), 0, "lane {number} of {lanes}");
            }
            given.sort_unstable();
            assert_eq!(given, (11..11 + 8 * lanes).collect::<Vec<_>>(), "{lanes} lanes");
        }
    }
}

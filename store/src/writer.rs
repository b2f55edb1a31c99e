//! The writer: commands queue for a lane, a lane takes what waits, carries all of it out in one
//! transaction and answers after the commit. `SQLite` has one lane on a thread of its own,
//! `PostgreSQL` several per node, and any number of nodes. Rules and SQL are elsewhere.

mod batch;
mod cache;
mod lane;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::time::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::changes::Changes;
use crate::error::{StoreError, SubmitError};
use crate::row::{Kind, Row, Value};
use crate::session::{Failure, Session};
use crate::shared::Shared;
use crate::submit::{Committed, Submit, Target};

/// Commands in one transaction.
pub(crate) const BATCH_MAX: usize = 512;
/// Commands that wait for one lane; more are answered as busy.
const QUEUE_MAX: usize = 8192;

/// A command on its way.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) submit: Submit,
    pub(crate) at: Timestamp,
    pub(crate) answer: oneshot::Sender<Result<Committed, SubmitError>>,
}

/// A statement with parameters `$1` and so on.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Value>,
    pub(crate) answers: &'static [Kind],
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>, parameters: Vec<Value>) -> Self {
        Self { sql: sql.into(), parameters, answers: crate::lookups::NOTHING }
    }

    pub(crate) fn answering(mut self, answers: &'static [Kind]) -> Self {
        self.answers = answers;
        self
    }
}

/// Rows that are written beside commands: drafts, deliveries, the directory.
#[derive(Debug, Default)]
pub(crate) struct Write {
    pub(crate) changes: Changes,
    pub(crate) statements: Vec<Statement>,
}

/// What a lane does.
#[derive(Debug)]
pub(crate) enum Work {
    Command(Box<Job>),
    Write(Write, oneshot::Sender<Result<Vec<Vec<Row>>, Failure>>),
}

/// The lanes of this node.
#[derive(Debug)]
pub(crate) struct Writer {
    lanes: Vec<mpsc::Sender<Work>>,
    next: AtomicUsize,
}

impl Writer {
    /// Starts lanes on open sessions. A lane ends when the writer is dropped and its queue is empty.
    pub(crate) async fn start(
        shared: &Arc<Shared>,
        sessions: Vec<Session>,
    ) -> Result<(Self, Vec<tokio::task::JoinHandle<()>>), StoreError> {
        let (mut lanes, mut ends) = (Vec::new(), Vec::new());
        let number_of = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let all = number_of(sessions.len());
        for session in sessions {
            let alone = session.is_alone();
            let (sender, receiver) = mpsc::channel(QUEUE_MAX);
            let place = lane::Place { number: number_of(lanes.len()), lanes: all };
            let lane = lane::Lane::take(shared.clone(), session, place).await?;
            ends.push(if alone {
                let handle = tokio::runtime::Handle::current();
                tokio::task::spawn_blocking(move || handle.block_on(lane.run(receiver)))
            } else {
                tokio::spawn(lane.run(receiver))
            });
            lanes.push(sender);
        }
        Ok((Self { lanes, next: AtomicUsize::new(0) }, ends))
    }

    /// Hands a command to its case's lane and waits until it is on disk, or refused.
    pub(crate) async fn submit(
        &self,
        submit: Submit,
        at: Timestamp,
    ) -> Result<Committed, SubmitError> {
        let lane = match submit.target {
            Target::New => self.any(),
            Target::Case(id) => usize::try_from(id.0.unsigned_abs()).unwrap_or(0),
        };
        let (answer, answered) = oneshot::channel();
        let work = Work::Command(Box::new(Job { submit, at, answer }));
        self.lane(lane).try_send(work).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SubmitError::Busy,
            mpsc::error::TrySendError::Closed(_) => SubmitError::Unavailable,
        })?;
        answered.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    /// Writes rows in a transaction of their own and answers what each statement gave.
    pub(crate) async fn write(&self, write: Write) -> Result<Vec<Vec<Row>>, StoreError> {
        let gone = || StoreError::Unavailable("the writer has stopped".into());
        let (answer, answered) = oneshot::channel();
        let sent = self.lane(self.any()).send(Work::Write(write, answer)).await;
        sent.map_err(|_| gone())?;
        Ok(answered.await.map_err(|_| gone())??)
    }

    /// What waits in all lanes.
    pub(crate) fn queued(&self) -> usize {
        self.lanes.iter().map(|lane| lane.max_capacity() - lane.capacity()).sum()
    }

    fn any(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn lane(&self, number: usize) -> &mpsc::Sender<Work> {
        &self.lanes[number % self.lanes.len()]
    }
}

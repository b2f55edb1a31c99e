//! Cases that begin by themselves: by a message that no case waits for, by a signal, or when it is
//! time.

use engine::actor::Actor;
use engine::calendar::Calendars;
use engine::command::{Command, Content};
use engine::definition::{Begins, Definition, StartTime};
use engine::ids::{NodeName, ProcessName};
use engine::time::Timestamp;
use sea_orm::FromQueryResult;

use super::follow_ups;
use super::messages::{received_as, sender};
use super::{ROWS_AT_ONCE, refused};
use crate::error::{StoreError, SubmitError};
use crate::row::Value;
use crate::store::Store;
use crate::submit::{Consumes, Submit};
use crate::tables::{follow_up, start_event};
use crate::writer::{Statement, Write};

/// A message that begins a case.
#[derive(Debug, FromQueryResult)]
struct Beginning {
    id: String,
    at: i64,
    payload: Option<String>,
    source_id: Option<i64>,
    process: String,
    node: String,
    refusals: i64,
    hops: i64,
}

/// Replaces the start events of a process by those of its newest version; its timers run from now.
pub(crate) fn publish(
    write: &mut Write,
    definition: &Definition,
    now: Timestamp,
    calendars: &Calendars,
) {
    let process = definition.process().as_str().to_owned();
    let sql = "DELETE FROM start_event WHERE process = $1";
    write.statements.push(Statement::new(sql, vec![Value::Text(process.clone())]));
    for (node, begins) in definition.event_starts() {
        let (kind, name) = match begins {
            Begins::Message(message) => ("message", message.as_str()),
            Begins::Signal(signal) => ("signal", signal.as_str()),
            Begins::Timer => ("timer", ""),
        };
        let first = definition.next_start(node, None, now, calendars);
        let row = start_event::Model {
            process: process.clone(),
            node: node.as_str().to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            next_at: first.map(|first| first.at.0),
            cycle: first.and_then(written),
        };
        write.changes.put(&start_event::TABLE, row.into_row());
    }
}

/// Which time it is, as its column has it.
fn written(start: StartTime) -> Option<String> {
    start.cycle.map(|cycle| serde_json::to_string(&cycle).expect("a cycle is plain data"))
}

/// When and which time it is, as its row says; rows from before do not say which.
fn read(start: &start_event::Model) -> Option<StartTime> {
    let cycle = start.cycle.as_deref().and_then(|text| serde_json::from_str(text).ok());
    Some(StartTime { at: Timestamp(start.next_at?), cycle })
}

impl Store {
    /// Begins a case for each message that no case waits for and that begins one; where it begins
    /// cases of several processes, of the first by name; `only` for one of them. Answers how many began.
    pub(super) async fn begin_by_messages(&self, only: Option<&str>) -> Result<usize, StoreError> {
        let of = if only.is_some() { " AND m.id = $3" } else { "" };
        let sql = format!(
            "SELECT m.id, m.at, m.payload, m.source_id, m.hops, s.process, s.node, \
             COALESCE(r.refusals, 0) AS refusals \
             FROM buffered_message m JOIN start_event s \
             ON s.kind = 'message' AND s.name = m.message {} \
             WHERE m.expires_at > $1 AND {} AND NOT EXISTS (SELECT 1 FROM subscription w \
             WHERE w.message = m.message AND w.correlation = m.correlation){of} \
             ORDER BY {}, s.process, s.node LIMIT $2",
            refused::JOIN,
            refused::DUE,
            refused::ORDER,
        );
        let mut values: Vec<sea_orm::Value> =
            vec![self.clock().now().0.into(), i64::from(ROWS_AT_ONCE).into()];
        values.extend(only.map(sea_orm::Value::from));
        let mut rows: Vec<Beginning> = self.rows(self.statement(&sql, values)).await?;
        rows.dedup_by(|later, earlier| later.id == earlier.id);
        let begun = rows.into_iter().map(|row| self.begin_by_message(row));
        let begun = futures_util::future::join_all(begun).await;
        begun.into_iter().try_fold(0, |sum, one| Ok(sum + usize::from(one?)))
    }

    async fn begin_by_message(&self, row: Beginning) -> Result<bool, StoreError> {
        let payload = self.brought(row.payload.as_deref().map(Into::into)).await?;
        let (process, event) = (row.process.as_str().into(), row.node.as_str().into());
        self.catch_up(&process).await?;
        let command = Command::Begin { process, event, payload };
        let submit =
            Submit::new(sender(row.source_id), command).dedup(received_as(&row.id, row.at));
        let submit = submit.after(row.hops);
        let done = self.submit(submit.consuming(Consumes::Message(row.id.clone()))).await;
        self.noted(&row.id, row.refusals, done).await
    }

    /// Another node may have published the version that a start event is of.
    async fn catch_up(&self, process: &ProcessName) -> Result<(), StoreError> {
        match self.inner.shared.definitions.ensure_newest(self.reads(), process).await {
            Err(error @ StoreError::Unavailable(_)) => Err(error),
            // One that cannot be used is told of where it is wanted.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Begins a case of each process that a signal begins, once for each signal.
    pub(super) async fn begin_by_signal(
        &self,
        row: &follow_up::Model,
        signal: &str,
        actor: &Actor,
        payload: Option<&Content>,
    ) -> Result<Result<(), SubmitError>, StoreError> {
        let sql = "SELECT * FROM start_event WHERE kind = 'signal' AND name = $1 \
                   ORDER BY process, node";
        let starts: Vec<start_event::Model> =
            self.rows(self.statement(sql, [signal.into()])).await?;
        for start in starts {
            let key = format!("signal.{}.{}.{}", row.id, start.process, start.node);
            let (process, event) = (start.process.as_str().into(), start.node.as_str().into());
            self.catch_up(&process).await?;
            let command = Command::Begin { process, event, payload: payload.cloned() };
            let submit = Submit::new(actor.clone(), command).dedup(key).after(row.hops);
            let submit = submit.consuming(Consumes::NothingStale).since(follow_ups::since(row));
            match self.submit(submit).await {
                Err(error) if !super::is_settled(&error) => return Ok(Err(error)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(Ok(()))
    }

    /// Begins a case at each start event whose time has come; answers how many began. What fell due
    /// more than once while nobody looked begins one case, late.
    pub(super) async fn begin_by_timers(&self, now: Timestamp) -> Result<usize, StoreError> {
        let sql = "SELECT * FROM start_event WHERE next_at <= $1 \
                   ORDER BY next_at, process, node LIMIT $2";
        let values = [now.0, i64::from(ROWS_AT_ONCE)].map(Into::into);
        let due: Vec<start_event::Model> = self.rows(self.statement(sql, values)).await?;
        let begun = due.iter().map(|start| self.begin_by_timer(start, now));
        let begun = futures_util::future::join_all(begun).await;
        begun.into_iter().try_fold(0, |sum, one| Ok(sum + usize::from(one?)))
    }

    /// The case is begun under a key made of the start event and its time, and the time and its count
    /// are moved on afterwards: whoever comes in between, or after a crash, begins no second one and
    /// counts none twice.
    async fn begin_by_timer(
        &self,
        start: &start_event::Model,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(last) = read(start) else { return Ok(false) };
        let at = last.at.0;
        let process: ProcessName = start.process.as_str().into();
        let event: NodeName = start.node.as_str().into();
        self.catch_up(&process).await?;
        let Some(published) = self.inner.shared.definitions.newest(&process) else {
            return Ok(false);
        };
        let command = Command::Begin { process, event: event.clone(), payload: None };
        let submit = Submit::new(Actor::System, command)
            .dedup(format!("timer.{}.{}.{at}", start.process, start.node));
        match self.submit(submit.consuming(Consumes::NothingStale)).await {
            Ok(_) => {}
            Err(error @ (SubmitError::Busy | SubmitError::Unavailable)) => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
            Err(error) if super::is_settled(&error) => {
                tracing::warn!(process = start.process, %error, "a start event began nothing");
            }
            Err(_) => return Ok(false),
        }
        let next = published.definition.next_start(&event, Some(last), now, &published.calendars);
        let sql = "UPDATE start_event SET next_at = CAST($1 AS BIGINT), cycle = $2 \
                   WHERE process = $3 AND node = $4 AND next_at = $5";
        let parameters = vec![
            next.map_or(Value::Null, |next| Value::Int(next.at.0)),
            next.and_then(written).map_or(Value::Null, Value::Text),
            Value::Text(start.process.clone()),
            Value::Text(start.node.clone()),
            Value::Int(at),
        ];
        let mut write = Write::default();
        write.statements.push(Statement::new(sql, parameters));
        self.write(write).await.map(|_| true)
    }
}

//! A signal reaches every case that waits for it. Each gets it once, under a key made of the
//! signal's row and the case, so that handing it out may be interrupted and begun again.

use engine::actor::Actor;
use engine::command::{Command, Request};
use engine::ids::{Hash, InstanceId, SignalName};
use sea_orm::FromQueryResult;
use serde_json::Value as Json;

use super::follow_ups;
use super::outside::Taken;
use super::{ROWS_AT_ONCE, is_settled};
use crate::error::{StoreError, SubmitError};
use crate::row::Value;
use crate::store::Store;
use crate::submit::{Consumes, Submit};
use crate::tables::follow_up;
use crate::writer::{Statement, Write};

/// The case of a signal that comes from outside.
const OUTSIDE: i64 = 0;

#[derive(Debug, FromQueryResult)]
struct Waiting {
    instance_id: i64,
}

impl Store {
    /// Throws a signal from outside. The same id again is the same signal; with another it is refused.
    pub async fn send_signal(
        &self,
        id: &str,
        signal: &str,
        payload: Option<Json>,
    ) -> Result<(), StoreError> {
        let at = self.clock().now();
        let mut write = Write::default();
        let payload = write.bring(payload);
        let request = Request::BroadcastSignal { signal: signal.into(), payload };
        let request = serde_json::to_string(&request).expect("a request is plain data");
        let taken = Taken::new(format!("signal.{id}"), &request, at, at);
        write.statements.push(taken.statement());
        let sql = "INSERT INTO follow_up (id, instance_id, request, created_at, attempts, \
                   next_try_at, last_error) SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), \
                   CAST($3 AS TEXT), CAST($4 AS BIGINT), 0, CAST($4 AS BIGINT), \
                   CAST(NULL AS TEXT) FROM message_id WHERE id = $5 AND taken_by = $6";
        let parameters = vec![
            Value::Text(format!("outside.{id}")),
            Value::Int(OUTSIDE),
            Value::Text(request),
            Value::Int(at.0),
            Value::Text(taken.id.clone()),
            Value::Text(taken.mark.clone()),
        ];
        write.statements.push(Statement::new(sql, parameters));
        taken.answered(self.write(write).await?)?;
        // Written by statement, so that no row tells its worker.
        self.inner.shared.wakes.follow_ups.notify_one();
        Ok(())
    }

    /// Hands a signal to every case that waits for it but the one that threw it, which has had it;
    /// the row goes when all have it.
    pub(super) async fn broadcast(
        &self,
        row: &follow_up::Model,
        signal: &SignalName,
        payload: Option<Hash>,
    ) -> Result<Result<(), SubmitError>, StoreError> {
        let payload = self.brought(payload).await?;
        let actor = match row.instance_id {
            OUTSIDE => Actor::System,
            source => Actor::Case { id: InstanceId(source) },
        };
        let mut after = i64::MIN;
        loop {
            let sql = "SELECT DISTINCT instance_id FROM signal_wait WHERE signal = $1 \
                       AND instance_id > $2 AND instance_id <> $3 ORDER BY instance_id LIMIT $4";
            let values: [sea_orm::Value; 4] = [
                signal.as_str().into(),
                after.into(),
                row.instance_id.into(),
                i64::from(ROWS_AT_ONCE).into(),
            ];
            let waiting: Vec<Waiting> = self.rows(self.statement(sql, values)).await?;
            let Some(last) = waiting.last() else { break };
            after = last.instance_id;
            let all = waiting.iter().map(|one| {
                let (signal, payload) = (signal.clone(), payload.clone());
                let command = Command::DeliverSignal { signal, payload };
                let submit = Submit::to(InstanceId(one.instance_id), actor.clone(), command)
                    .dedup(format!("signal.{}.{}", row.id, one.instance_id))
                    .after(row.hops)
                    .consuming(Consumes::NothingStale)
                    .since(follow_ups::since(row));
                self.submit(submit)
            });
            for done in futures_util::future::join_all(all).await {
                match done {
                    Err(error) if !is_settled(&error) => return Ok(Err(error)),
                    Ok(_) | Err(_) => {}
                }
            }
        }
        let begun = self.begin_by_signal(row, signal.as_str(), &actor, payload.as_ref()).await?;
        if begun.is_err() {
            return Ok(begun);
        }
        let mut write = Write::default();
        write.changes.delete(&follow_up::TABLE, vec![Value::Text(row.id.clone())]);
        self.write(write).await?;
        Ok(Ok(()))
    }
}

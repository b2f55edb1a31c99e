//! Messages find whoever waits for them. One without a receiver waits, for a time; each is delivered
//! once, since it goes with the transaction that delivers it.

use std::collections::HashSet;

use engine::actor::Actor;
use engine::command::Command;
use engine::ids::{Hash, InstanceId, Key};
use futures_util::future::join_all;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;

use super::ROWS_AT_ONCE;
use crate::error::{StoreError, SubmitError};
use crate::project::MESSAGE_LIFE_MS;
use crate::row::{Kind, Value};
use crate::store::Store;
use crate::submit::{Committed, Consumes, Submit};
use crate::writer::{Statement, Write};

#[derive(Debug, FromQueryResult)]
struct Match {
    id: String,
    message: String,
    payload: Option<String>,
    source_id: Option<i64>,
    instance_id: i64,
    key: i64,
}

/// Who sent a message: a case, or somebody outside.
pub(super) fn sender(source: Option<i64>) -> Actor {
    source.map_or(Actor::System, |id| Actor::Case { id: InstanceId(id) })
}

/// Whether a message was received; one that could not be is tried again later.
pub(super) fn delivered(done: Result<Committed, SubmitError>) -> Result<bool, StoreError> {
    match done {
        Ok(_) => Ok(true),
        Err(error @ (SubmitError::Busy | SubmitError::Unavailable)) => {
            Err(StoreError::Unavailable(error.to_string()))
        }
        Err(_) => Ok(false),
    }
}

impl Store {
    /// Hands messages to whoever waits for them; answers how many were received.
    pub async fn deliver_messages(&self) -> Result<usize, StoreError> {
        let sql = "SELECT m.id, m.message, m.payload, m.source_id, s.instance_id, s.key \
                   FROM buffered_message m JOIN subscription s \
                   ON s.message = m.message AND s.correlation = m.correlation \
                   WHERE m.expires_at > $1 ORDER BY m.at, m.id, s.instance_id, s.key LIMIT $2";
        let values = [self.clock().now().0, i64::from(ROWS_AT_ONCE)].map(Into::into);
        let matches: Vec<Match> = self.rows(self.statement(sql, values)).await?;
        let (mut messages, mut receivers) = (HashSet::new(), HashSet::new());
        let chosen: Vec<&Match> = matches
            .iter()
            .filter(|one| {
                let receiver = (one.instance_id, one.key, one.message.as_str());
                if messages.contains(&one.id) || receivers.contains(&receiver) {
                    return false;
                }
                messages.insert(&one.id) && receivers.insert(receiver)
            })
            .collect();
        let outcomes = join_all(chosen.into_iter().map(|one| self.deliver(one))).await;
        let delivered: Result<usize, StoreError> =
            outcomes.into_iter().try_fold(0, |sum, one| Ok(sum + usize::from(one?)));
        Ok(delivered? + self.begin_by_messages().await?)
    }

    async fn deliver(&self, one: &Match) -> Result<bool, StoreError> {
        let payload = self.brought(one.payload.as_deref().map(Into::into)).await?;
        let key = Key(u32::try_from(one.key).unwrap_or_default());
        let message = one.message.as_str().into();
        let command = Command::DeliverMessage { key, message, payload };
        let actor = sender(one.source_id);
        let submit = Submit::to(InstanceId(one.instance_id), actor, command)
            .consuming(Consumes::Message(one.id.clone()));
        delivered(self.submit(submit).await)
    }

    /// Sends a message from outside. The same id again is the same message, also when it was
    /// delivered long ago; with another message it is refused.
    pub async fn send_message(
        &self,
        id: &str,
        message: &str,
        correlation: &str,
        payload: Option<Json>,
    ) -> Result<(), StoreError> {
        let at = self.clock().now().0;
        let mut write = Write::default();
        let payload = write.bring(payload);
        let id = Value::Text(format!("outside.{id}"));
        let expires_at = Value::Int(at.saturating_add(MESSAGE_LIFE_MS));
        // Whoever takes the id first keeps the message: who comes second, at the same moment or a
        // day later, finds another's mark.
        let random = crate::random::mark(at);
        let mark = Value::Text(format!("{random:016x}"));
        let said = serde_json::json!([message, correlation, payload]).to_string();
        let said = Hash::of(said.as_bytes()).to_string();
        let sql = "INSERT INTO message_id (id, taken_by, expires_at, said) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (id) DO UPDATE SET said = message_id.said RETURNING said";
        let parameters =
            vec![id.clone(), mark.clone(), expires_at.clone(), Value::Text(said.clone())];
        write.statements.push(Statement::new(sql, parameters).answering(&[Kind::Text]));
        let sql = "INSERT INTO buffered_message (id, message, correlation, payload, source_id, at, \
                   expires_at) SELECT id, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), \
                   CAST(NULL AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM message_id \
                   WHERE id = $6 AND taken_by = $7";
        let payload = payload.map_or(Value::Null, |hash| Value::Text(hash.as_str().to_owned()));
        let parameters = vec![
            Value::Text(message.to_owned()),
            Value::Text(correlation.to_owned()),
            payload,
            Value::Int(at),
            expires_at,
            id,
            mark,
        ];
        write.statements.push(Statement::new(sql, parameters));
        let answers = self.write(write).await?;
        let known = answers.into_iter().flatten().flatten().find_map(Value::into_text);
        if known.is_some_and(|known| known != said) {
            return Err(StoreError::KeyReused);
        }
        // Written by statement, so that no row tells its worker.
        self.inner.shared.wakes.messages.notify_one();
        Ok(())
    }
}

//! Messages find whoever waits for them. One without a receiver waits, for a time; each is delivered
//! once, since it goes with the transaction that delivers it.

use std::collections::HashSet;

use engine::actor::Actor;
use engine::command::Command;
use engine::definition::MESSAGE_KEPT_MS;
use engine::ids::{InstanceId, Key};
use engine::time::Timestamp;
use futures_util::future::join_all;
use indexmap::IndexMap;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;

use super::outside::Taken;
use super::{ROWS_AT_ONCE, refused};
use crate::error::StoreError;
use crate::row::Value;
use crate::store::Store;
use crate::submit::{Consumes, Submit};
use crate::writer::{Statement, Write};

/// How often more messages are looked at in one go.
const ROUNDS_MAX: usize = 16;

#[derive(Debug, FromQueryResult)]
struct Match {
    id: String,
    message: String,
    payload: Option<String>,
    source_id: Option<i64>,
    instance_id: i64,
    key: i64,
    refusals: i64,
}

/// Who sent a message: a case, or somebody outside.
pub(super) fn sender(source: Option<i64>) -> Actor {
    source.map_or(Actor::System, |id| Actor::Case { id: InstanceId(id) })
}

impl Store {
    /// Hands messages to whoever waits for them; answers how many were received.
    pub async fn deliver_messages(&self) -> Result<usize, StoreError> {
        let mut received = 0;
        // Those that are refused make room for others.
        for _ in 0..ROUNDS_MAX {
            let (seen, done) = self.deliver_some().await?;
            received += done;
            if seen < ROWS_AT_ONCE as usize {
                break;
            }
        }
        Ok(received + self.begin_by_messages().await?)
    }

    /// Looks at some that are due; answers how many, and how many were received.
    async fn deliver_some(&self) -> Result<(usize, usize), StoreError> {
        let sql = format!(
            "SELECT m.id, m.message, m.payload, m.source_id, s.instance_id, s.key, \
             COALESCE(r.refusals, 0) AS refusals \
             FROM buffered_message m JOIN subscription s \
             ON s.message = m.message AND s.correlation = m.correlation {} \
             WHERE m.expires_at > $1 AND {} ORDER BY {}, s.instance_id, s.key LIMIT $2",
            refused::JOIN,
            refused::DUE,
            refused::ORDER,
        );
        let values = [self.clock().now().0, i64::from(ROWS_AT_ONCE)].map(Into::into);
        let matches: Vec<Match> = self.rows(self.statement(&sql, values)).await?;
        let mut messages = HashSet::new();
        let mut receivers: IndexMap<(i64, i64, &str), Vec<&Match>> = IndexMap::new();
        for one in &matches {
            // Each goes to one receiver.
            if messages.insert(&one.id) {
                let receiver = (one.instance_id, one.key, one.message.as_str());
                receivers.entry(receiver).or_default().push(one);
            }
        }
        let outcomes = join_all(receivers.into_values().map(|all| self.deliver_one_of(all))).await;
        let received: Result<usize, StoreError> =
            outcomes.into_iter().try_fold(0, |sum, one| Ok(sum + usize::from(one?)));
        Ok((matches.len(), received?))
    }

    /// Hands a receiver the first message that it takes.
    async fn deliver_one_of(&self, all: Vec<&Match>) -> Result<bool, StoreError> {
        for one in all {
            if self.deliver(one).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn deliver(&self, one: &Match) -> Result<bool, StoreError> {
        let payload = self.brought(one.payload.as_deref().map(Into::into)).await?;
        let key = Key(u32::try_from(one.key).unwrap_or_default());
        let message = one.message.as_str().into();
        let command = Command::DeliverMessage { key, message, payload };
        let actor = sender(one.source_id);
        let submit = Submit::to(InstanceId(one.instance_id), actor, command)
            .consuming(Consumes::Message(one.id.clone()));
        self.received(&one.id, one.refusals, self.submit(submit).await).await
    }

    /// Sends a message from outside; answers until when it is kept for whoever waits for it. The same
    /// id again is the same message, also when it was delivered long ago; with another message it is
    /// refused.
    pub async fn send_message(
        &self,
        id: &str,
        message: &str,
        correlation: &str,
        payload: Option<Json>,
    ) -> Result<Timestamp, StoreError> {
        let at = self.clock().now();
        let kept_until = self.kept_until(message, at);
        let mut write = Write::default();
        let payload = write.bring(payload);
        let said = serde_json::json!([message, correlation, payload]).to_string();
        let id = format!("outside.{id}");
        let taken = Taken::new(id, &said, at, kept_until);
        write.statements.push(taken.statement());
        let sql = "INSERT INTO buffered_message (id, message, correlation, payload, source_id, at, \
                   expires_at) SELECT id, CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), \
                   CAST(NULL AS BIGINT), CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM message_id \
                   WHERE id = $6 AND taken_by = $7";
        let payload = payload.map_or(Value::Null, |hash| Value::Text(hash.as_str().to_owned()));
        let parameters = vec![
            Value::Text(message.to_owned()),
            Value::Text(correlation.to_owned()),
            payload,
            Value::Int(at.0),
            Value::Int(kept_until.0),
            Value::Text(taken.id.clone()),
            Value::Text(taken.mark.clone()),
        ];
        write.statements.push(Statement::new(sql, parameters));
        let kept_until = taken.answered(self.write(write).await?)?;
        // Written by statement, so that no row tells its worker.
        self.inner.shared.wakes.messages.notify_one();
        Ok(kept_until)
    }

    /// Until when a message from outside is kept: the longest that a process says which waits for it
    /// or begins with it.
    fn kept_until(&self, message: &str, at: Timestamp) -> Timestamp {
        let (all, message) = (self.newest_definitions(), message.into());
        let said = all
            .iter()
            .filter_map(|own| own.definition.message_kept_until(&message, at, &own.calendars));
        said.max().unwrap_or(at.plus_ms(MESSAGE_KEPT_MS))
    }
}

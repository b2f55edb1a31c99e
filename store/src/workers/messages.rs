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
    at: i64,
    message: String,
    payload: Option<String>,
    source_id: Option<i64>,
    instance_id: i64,
    key: i64,
    refusals: i64,
    hops: i64,
}

/// Messages with who waits for them, and how often they were refused.
const MATCHES: &str = "SELECT m.id, m.at, m.message, m.payload, m.source_id, m.hops, s.instance_id, s.key, \
                       COALESCE(r.refusals, 0) AS refusals \
                       FROM buffered_message m JOIN subscription s \
                       ON s.message = m.message AND s.correlation = m.correlation \
                       LEFT JOIN message_refused r ON r.message_id = m.id";

/// The case that a message reached.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Received {
    /// The case.
    pub instance_id: i64,
    command: String,
}

impl Received {
    /// Whether the case began with it.
    pub fn began(&self) -> bool {
        self.command == "begin"
    }
}

/// The id of a message from outside, told apart from those of cases.
fn sent_as(id: &str) -> String {
    format!("outside.{id}")
}

/// The key of the command that a message becomes, which is received once: the journal says by whom. An
/// id may come again, long after it was forgotten, so that the time tells the messages apart.
pub(super) fn received_as(id: &str, at: i64) -> String {
    format!("message.{id}@{at:019}")
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
        Ok(received + self.begin_by_messages(None).await?)
    }

    /// Looks at some that are due; answers how many, and how many were received.
    async fn deliver_some(&self) -> Result<(usize, usize), StoreError> {
        let sql = format!(
            "{MATCHES} WHERE m.expires_at > $1 AND {} ORDER BY {}, s.instance_id, s.key LIMIT $2",
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
            .after(one.hops)
            .dedup(received_as(&one.id, one.at))
            .consuming(Consumes::Message(one.id.clone()));
        self.noted(&one.id, one.refusals, self.submit(submit).await).await
    }

    /// Hands a message from outside to whoever waits for it, now, and says which case received it or
    /// began with it; none where it waits. The journal tells it, so that it is known for good.
    pub async fn hand_over(&self, id: &str) -> Result<Option<Received>, StoreError> {
        let id = sent_as(id);
        if let Some(received) = self.received(&id).await? {
            return Ok(Some(received));
        }
        // What came earlier for the same receiver, and was not refused, goes first: that is the
        // worker's.
        let sql = format!(
            "{MATCHES} WHERE m.id = $1 AND m.expires_at > $2 AND NOT EXISTS (\
             SELECT 1 FROM buffered_message o WHERE o.message = m.message \
             AND o.correlation = m.correlation AND (o.at, o.id) < (m.at, m.id) \
             AND o.expires_at > $2 AND NOT EXISTS (\
             SELECT 1 FROM message_refused x WHERE x.message_id = o.id)) ORDER BY s.instance_id, s.key LIMIT 1"
        );
        let values = [id.as_str().into(), self.clock().now().0.into()];
        let matches: Vec<Match> = self.rows(self.statement(&sql, values)).await?;
        match matches.first() {
            Some(one) => drop(self.deliver(one).await?),
            None => drop(self.begin_by_messages(Some(&id)).await?),
        }
        self.received(&id).await
    }

    /// Who received a message that does not wait any more.
    async fn received(&self, id: &str) -> Result<Option<Received>, StoreError> {
        let sql = "SELECT instance_id, command FROM journal WHERE dedup >= $1 AND dedup <= $2 \
                   AND refused IS NULL AND NOT EXISTS (\
                   SELECT 1 FROM buffered_message WHERE id = $3) ORDER BY dedup DESC LIMIT 1";
        let values = [received_as(id, 0), received_as(id, i64::MAX), id.to_owned()];
        let rows: Vec<Received> = self.rows(self.statement(sql, values.map(Into::into))).await?;
        Ok(rows.into_iter().next())
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
        let id = sent_as(id);
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

//! Notices on their way: leased for a time, never held in a transaction while mail is sent. A notice
//! to a role becomes one for each holder when it is leased. Sending is `notifier`'s.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use engine::actor::Principal;
use engine::clock::Working;
use engine::event::Ending;
use engine::ids::{Hash, NodeName, PersonId};
use engine::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::notices::without_addresses;
use crate::row::{Kind, Row, Value};
use crate::store::Store;
use crate::tables::outbox;
use crate::writer::{Statement, Write};

/// One notice to one recipient, leased to whoever sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id, stable over every try: the Message-ID is made from it.
    pub id: String,
    /// The case.
    pub instance: i64,
    /// The activation; 0 for the case.
    pub key: i64,
    /// The template.
    pub notice: String,
    /// `person:li` or `mailto:someone@example.org`.
    pub recipient: String,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// When it was asked for.
    pub created_at: i64,
    /// The submission that it is a receipt for.
    pub submission: Option<Submitted>,
    /// The extension that it tells of.
    pub extension: Option<Extended>,
    /// What was taken away from whom it tells.
    pub stopped: Option<Stopped>,
}

/// That a deadline was extended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extended {
    /// The new deadline.
    pub working: Box<Working>,
    /// Why.
    pub reason: String,
}

/// How a task or an intake was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StoppedHow {
    /// The case was cancelled (取消).
    Cancelled,
    /// Whoever began the case ended it as never having been (作废).
    Voided,
    /// The case was terminated (终止).
    Terminated,
    /// Whoever began the case took it back to its first task (撤回).
    Withdrawn,
    /// Whoever decided what came before took that back (拿回).
    TakenBack,
    /// The case was returned (退回).
    Returned,
}

impl From<&Ending> for StoppedHow {
    fn from(how: &Ending) -> Self {
        match how {
            Ending::Cancelled => Self::Cancelled,
            Ending::Voided => Self::Voided,
            Ending::Terminated => Self::Terminated,
        }
    }
}

/// That a task or an intake was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// How.
    pub how: StoppedHow,
    /// Why, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its node.
    pub node: NodeName,
}

/// What was handed in to an intake, for its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// Its number within the intake.
    pub number: u32,
    /// When it was received.
    pub at: Timestamp,
    /// SHA-256 of what was handed in.
    pub hash: Hash,
    /// Who handed it in; none of the public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The intake's node.
    pub node: NodeName,
}

#[rustfmt::skip] // In the order of the columns.
const ANSWERS: &[Kind] =
    &[Kind::Text, Kind::Int, Kind::Int, Kind::Text, Kind::Text, Kind::Int, Kind::Int, Kind::Text, Kind::Text, Kind::Text];

impl Store {
    /// Takes up to `most` notices that are due and keeps others from taking them for `lease_ms`.
    pub async fn outbox_lease(
        &self,
        most: u32,
        lease_ms: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let now = self.clock().now().0;
        let mut write = self.expanded(now, most).await?;
        write.statements.push(self.counting());
        let skip = self.skip_locked();
        let sql = format!(
            "UPDATE outbox SET next_try_at = $1, attempts = attempts + 1 WHERE id IN (\
             SELECT id FROM outbox WHERE status = 'pending' AND next_try_at <= $2 \
             AND recipient NOT LIKE 'role:%' ORDER BY next_try_at, id LIMIT $3{skip}) \
             RETURNING id, instance_id, key, notice, recipient, attempts, created_at, submission, \
             extension, stopped"
        );
        let until = Value::Int(now.saturating_add(lease_ms));
        let parameters = vec![until, Value::Int(now), Value::Int(i64::from(most))];
        write.statements.push(Statement::new(sql, parameters).answering(ANSWERS));
        let answers = self.write(write).await?;
        let mut leased: Vec<Delivery> =
            answers.into_iter().next_back().unwrap_or_default().iter().map(delivery).collect();
        leased.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(leased)
    }

    /// Notices to roles become notices to persons; the same person once for each notice.
    async fn expanded(&self, now: i64, most: u32) -> Result<Write, StoreError> {
        let due = outbox::Entity::find()
            .filter(outbox::Column::Status.eq("pending"))
            .filter(outbox::Column::NextTryAt.lte(now))
            .filter(outbox::Column::Recipient.starts_with("role:"))
            .order_by_asc(outbox::Column::NextTryAt)
            .limit(u64::from(most))
            .all(self.reads())
            .await?;
        let mut write = Write::default();
        for row in due {
            let holders = match row.recipient.parse::<Principal>() {
                Ok(principal) => self.holders(&principal).await?,
                Err(_) => Vec::new(),
            };
            let nobody = holders.is_empty();
            for person in holders {
                let own = outbox::Model {
                    id: format!("{}.{}", row.id, person.id),
                    recipient: format!("person:{}", person.id),
                    ..row.clone()
                };
                let columns = "id, event, instance_id, key, notice, recipient, status, attempts, \
                               next_try_at, created_at, submission, extension, stopped";
                let sql = format!(
                    "INSERT INTO outbox ({columns}) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                     ON CONFLICT DO NOTHING"
                );
                let mut parameters: Row = own.into_row();
                // It was neither sent nor did it fail.
                parameters.drain(10..12);
                write.statements.push(Statement::new(sql, parameters));
            }
            // That nobody was told is for an administrator to see.
            let sql = if nobody {
                "UPDATE outbox SET status = 'failed', last_error = 'nobody holds the role' WHERE id = $1"
            } else {
                "UPDATE outbox SET status = 'expanded' WHERE id = $1"
            };
            write.statements.push(Statement::new(sql, vec![Value::Text(row.id)]));
        }
        Ok(write)
    }

    /// Notes that notices were sent.
    pub async fn mark_sent(&self, ids: &[String]) -> Result<(), StoreError> {
        let now = Value::Int(self.clock().now().0);
        let sql =
            "UPDATE outbox SET status = 'sent', sent_at = $1, last_error = NULL WHERE id = $2";
        let mut write = Write::default();
        for id in ids {
            let parameters = vec![now.clone(), Value::Text(id.clone())];
            write.statements.push(Statement::new(sql, parameters));
        }
        self.write(write).await?;
        self.inner.shared.counters.tried(0, ids.len());
        Ok(())
    }

    /// Notes that a notice could not be sent: to be tried again at a time, or given up. One that
    /// another node has sent meanwhile, after this node's lease ran out, stays sent.
    pub async fn mark_failed(
        &self,
        id: &str,
        next_try_at: Option<i64>,
        error: &str,
    ) -> Result<(), StoreError> {
        let (status, next) = match next_try_at {
            Some(at) => ("pending", at),
            None => ("failed", self.clock().now().0),
        };
        let sql = "UPDATE outbox SET status = $1, next_try_at = $2, last_error = $3 \
                   WHERE id = $4 AND status = 'pending'";
        let parameters = vec![
            Value::Text(status.to_owned()),
            Value::Int(next),
            Value::Text(without_addresses(error)),
            Value::Text(id.to_owned()),
        ];
        let statements = vec![Statement::new(sql, parameters)];
        self.write(Write { statements, ..Write::default() }).await?;
        self.inner.shared.counters.tried(if next_try_at.is_some() { 1 } else { 2 }, 1);
        Ok(())
    }

    /// Waits until notices were written since the last wait, or a period has passed.
    pub async fn outbox_signal(&self) {
        tokio::select! {
            () = self.inner.shared.wakes.outbox.notified() => {}
            () = tokio::time::sleep(super::PERIOD) => {}
        }
    }

    /// What makes a lease pass by rows that another node is leasing.
    pub(super) fn skip_locked(&self) -> &'static str {
        match self.backend() {
            sea_orm::DbBackend::Sqlite => "",
            _ => " FOR UPDATE SKIP LOCKED",
        }
    }
}

fn delivery(row: &Row) -> Delivery {
    Delivery {
        id: row[0].text().to_owned(),
        instance: row[1].int(),
        key: row[2].int(),
        notice: row[3].text().to_owned(),
        recipient: row[4].text().to_owned(),
        attempt: row[5].int(),
        created_at: row[6].int(),
        submission: serde_json::from_str(row[7].text()).ok(),
        extension: serde_json::from_str(row[8].text()).ok(),
        stopped: serde_json::from_str(row[9].text()).ok(),
    }
}

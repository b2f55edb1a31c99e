//! What one case asked of another becomes a command: begin a called case, tell the caller how it
//! ended, cancel what was called. The row goes with the command's transaction, so it is done once.

use std::collections::BTreeMap;

use engine::actor::Actor;
use engine::command::{Command, Content, Parent, Request};
use engine::ids::{DocumentName, Hash, InstanceId, Key};
use engine::time::Timestamp;
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{ROWS_AT_ONCE, is_settled};
use crate::error::{StoreError, SubmitError};
use crate::row::Value;
use crate::store::Store;
use crate::submit::{Consumes, Submit};
use crate::tables::{follow_up, instance};
use crate::writer::{Statement, Write};

/// The first wait after a failure; it doubles.
const RETRY_MS: i64 = 1_000;
const RETRY_MS_MAX: i64 = 60 * 60 * 1_000;
/// The day that had just ended, in a row's request.
const SINCE: &str = "since";

/// A request as its row has it, with the day that had just ended, where one had.
pub(crate) fn written(request: &Request, since: Option<Timestamp>) -> String {
    let plain = "a request is plain data";
    let Some(since) = since else { return serde_json::to_string(request).expect(plain) };
    let mut written = serde_json::to_value(request).expect(plain);
    written[SINCE] = since.0.into();
    written.to_string()
}

/// The last moment of the day that had just ended as a row was written.
pub(super) fn since(row: &follow_up::Model) -> Option<Timestamp> {
    let written: serde_json::Value = serde_json::from_str(&row.request).ok()?;
    written.get(SINCE)?.as_i64().map(Timestamp)
}

impl Store {
    /// Carries out what cases asked for; answers how much was done.
    pub async fn run_follow_ups(&self) -> Result<usize, StoreError> {
        let waiting = follow_up::Entity::find()
            .filter(follow_up::Column::NextTryAt.lte(self.clock().now().0))
            .order_by_asc(follow_up::Column::NextTryAt)
            .order_by_asc(follow_up::Column::Id)
            .limit(u64::from(ROWS_AT_ONCE))
            .all(self.reads())
            .await?;
        let done = join_all(waiting.iter().map(|row| self.follow_up(row))).await;
        done.into_iter().try_fold(0, |sum, one| Ok(sum + usize::from(one?)))
    }

    /// Whether it is out of the world.
    async fn follow_up(&self, row: &follow_up::Model) -> Result<bool, StoreError> {
        let outcome = self.do_follow_up(row).await?;
        let error = match outcome {
            Ok(()) | Err(SubmitError::Done) => return Ok(true),
            Err(error) => error,
        };
        let mut write = Write::default();
        if is_settled(&error) {
            tracing::warn!(case = row.instance_id, %error, "a follow-up came to nothing");
            write.changes.delete(&follow_up::TABLE, vec![Value::Text(row.id.clone())]);
        } else {
            let doubled = RETRY_MS.saturating_mul(1 << row.attempts.clamp(0, 20));
            let wait = doubled.min(RETRY_MS_MAX);
            let sql = "UPDATE follow_up SET attempts = attempts + 1, next_try_at = $1, \
                       last_error = $2 WHERE id = $3";
            let next = Value::Int(self.clock().now().0.saturating_add(wait));
            let parameters =
                vec![next, Value::Text(error.to_string()), Value::Text(row.id.clone())];
            write.statements.push(Statement::new(sql, parameters));
        }
        self.write(write).await?;
        Ok(is_settled(&error))
    }

    async fn do_follow_up(
        &self,
        row: &follow_up::Model,
    ) -> Result<Result<(), SubmitError>, StoreError> {
        let request: Request = serde_json::from_str(&row.request)
            .map_err(|error| StoreError::Database(format!("follow-up {}: {error}", row.id)))?;
        let since = since(row);
        let source = InstanceId(row.instance_id);
        let actor = Actor::Case { id: source };
        let consumes = Consumes::FollowUp(row.id.clone());
        let submit = match request {
            Request::StartCase { process, key, documents, wait, origin } => {
                let documents = self.filled(documents).await?;
                let parent = wait.then_some(Parent { instance: source, key });
                let command = Command::Start { process, documents, parent, origin };
                if !wait {
                    return Ok(self
                        .submit(
                            Submit::new(actor, command)
                                .consuming(consumes)
                                .since(since)
                                .after(row.hops),
                        )
                        .await
                        .map(|_| ()));
                }
                let call = Consumes::Call(row.id.clone());
                let begin = Submit::new(actor.clone(), command).consuming(call);
                let begun = self.submit(begin.since(since).after(row.hops)).await;
                return match begun {
                    Err(SubmitError::Rejected(rejection)) => {
                        // Whoever repairs the caller is told; nobody waits for a case that is not.
                        let told = Command::not_begun(key, rejection.to_string());
                        let told = Submit::to(source, actor, told).consuming(consumes);
                        let told = told.since(since).after(row.hops);
                        Ok(self.submit(told).await.map(|_| ()))
                    }
                    done => Ok(done.map(|_| ())),
                };
            }
            Request::ReportEnd { parent, outcome, documents, given, error, message } => {
                let (key, child) = (parent.key, source);
                let command =
                    Command::EndCall { key, child, outcome, documents, given, error, message };
                Submit::to(parent.instance, actor, command)
            }
            Request::ReportEscalation { parent, code } => {
                let command = Command::ReceiveEscalation { key: parent.key, code };
                Submit::to(parent.instance, actor, command)
            }
            Request::BroadcastSignal { signal, payload } => {
                return self.broadcast(row, &signal, payload).await;
            }
            Request::CancelCalled { key, reason } => {
                return self.cancel_called(row, key, reason).await;
            }
            Request::SendMessage { .. } => {
                return Err(StoreError::Database("a message is no follow-up".into()));
            }
        };
        let submit = submit.consuming(consumes).since(since).after(row.hops);
        Ok(self.submit(submit).await.map(|_| ()))
    }

    async fn filled(
        &self,
        documents: BTreeMap<DocumentName, Hash>,
    ) -> Result<BTreeMap<DocumentName, Content>, StoreError> {
        let hashes: Vec<String> = documents.values().map(|hash| hash.as_str().to_owned()).collect();
        let values = self.contents(&hashes).await?;
        documents
            .into_iter()
            .map(|(name, hash)| {
                let missing = || StoreError::Database(format!("content {hash} is not there"));
                let value = values.get(hash.as_str()).cloned().ok_or_else(missing)?;
                Ok((name, Content { hash, value }))
            })
            .collect()
    }

    /// Cancels every running case that an activation called; the row goes when all are done.
    async fn cancel_called(
        &self,
        row: &follow_up::Model,
        key: Key,
        reason: String,
    ) -> Result<Result<(), SubmitError>, StoreError> {
        let children = instance::Entity::find()
            .filter(instance::Column::ParentId.eq(row.instance_id))
            .filter(instance::Column::ParentKey.eq(i64::from(key.0)))
            .filter(instance::Column::EndedAt.is_null())
            .all(self.reads())
            .await?;
        for child in children {
            let actor = Actor::Case { id: InstanceId(row.instance_id) };
            let command = Command::Cancel { reason: reason.clone() };
            let submit = Submit::to(InstanceId(child.id), actor, command);
            let submit = submit.consuming(Consumes::NothingStale).since(since(row));
            match self.submit(submit).await {
                Err(error) if !is_settled(&error) => return Ok(Err(error)),
                Ok(_) | Err(_) => {}
            }
        }
        let mut write = Write::default();
        write.changes.delete(&follow_up::TABLE, vec![Value::Text(row.id.clone())]);
        self.write(write).await?;
        Ok(Ok(()))
    }
}

//! Drafts: what a person has typed into a task and not yet handed in. They go when their task is
//! done; see `workers`. They are one's own, but with a task that another prepares theirs goes along.

use engine::event::Event;
use engine::instance::{Instance, Waiting};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value as Json;

use super::{TaskId, bounded};
use crate::error::StoreError;
use crate::row::Value;
use crate::store::Store;
use crate::tables::draft;
use crate::writer::{Statement, Write};

/// A draft may have this many bytes of JSON.
pub(crate) const DRAFT_BYTES_MAX: usize = 1024 * 1024;

/// What becomes of drafts by an event: whoever prepares a task goes on from its owner's, and the owner
/// from theirs when it is handed back. Nothing is copied where there is none.
pub(crate) fn passed_on(instance: i64, event: &Event, before: &Instance) -> Option<Statement> {
    let (key, from, to) = match event {
        Event::TaskDelegated { key, owner, to, .. } => (key, owner, to),
        Event::TaskHandedBack { key, person, .. } => match &before.activation(*key)?.waiting {
            Waiting::Task { owner: Some(owner), .. } if owner != person => (key, person, owner),
            _ => return None,
        },
        _ => return None,
    };
    let sql = "INSERT INTO draft (instance_id, key, person, body, saved_at) \
               SELECT instance_id, key, CAST($4 AS TEXT), body, saved_at FROM draft \
               WHERE instance_id = $1 AND key = $2 AND person = $3 \
               ON CONFLICT (instance_id, key, person) \
               DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at";
    let (from, to) = (Value::Text(from.to_string()), Value::Text(to.to_string()));
    let key = Value::Int(i64::from(key.0));
    Some(Statement::new(sql, vec![Value::Int(instance), key, from, to]))
}

impl Store {
    /// A person's draft of a task.
    pub async fn draft(
        &self,
        instance: i64,
        key: i64,
        person: &str,
    ) -> Result<Option<draft::Model>, StoreError> {
        let id = (instance, key, person.to_owned());
        Ok(draft::Entity::find_by_id(id).one(self.reads()).await?)
    }

    /// A person's drafts of tasks; where there is none it is left out.
    pub async fn drafts(
        &self,
        person: &str,
        tasks: &[TaskId],
    ) -> Result<Vec<draft::Model>, StoreError> {
        let columns = [draft::Column::InstanceId, draft::Column::Key].map(Expr::col);
        let tasks = bounded(tasks)?.iter().copied();
        let query = draft::Entity::find()
            .filter(draft::Column::Person.eq(person))
            .filter(Expr::tuple(columns).in_tuples(tasks));
        Ok(query.all(self.reads()).await?)
    }

    /// Keeps a draft in place of the one before; answers when it was saved.
    pub async fn save_draft(
        &self,
        instance: i64,
        key: i64,
        person: &str,
        body: &Json,
    ) -> Result<i64, StoreError> {
        let body = body.to_string();
        if body.len() > DRAFT_BYTES_MAX {
            let found = body.len();
            let zh = format!("草稿最多 {DRAFT_BYTES_MAX} 字节,实为 {found} 字节");
            let en = format!("expected a draft of at most {DRAFT_BYTES_MAX} bytes, found {found}");
            return Err(StoreError::refused(zh, en));
        }
        let saved_at = self.clock().now().0;
        let person = person.to_owned();
        let row = draft::Model { instance_id: instance, key, person, body, saved_at };
        let mut write = Write::default();
        write.changes.put(&draft::TABLE, row.into_row());
        self.write(write).await?;
        Ok(saved_at)
    }
}

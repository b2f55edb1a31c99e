//! Who does the tasks of whom while they are away (代理): setting it, ending it, and all of now as a step
//! is told of them. Who may set it is `access`'s; what it does to a task the engine's.

use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use engine::deputy::{Deputies, Deputy};
use engine::ids::PersonId;
use engine::text::Language;
use engine::time::Timestamp;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, ExprTrait as _, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::grant;
use crate::error::StoreError;
use crate::read::{Lent, Page, Slice};
use crate::row::{Kind, Value};
use crate::session::quoted;
use crate::store::Store;
use crate::tables::{deputy, role_grant};
use crate::writer::{Statement, Write};

/// How long what was read counts: what another node sets is known after that.
const AGE_MAX: Duration = Duration::from_secs(1);
/// What tells the statement that reads all of now from others.
pub(crate) const STANDING: &str = r#""deputy"."until_at" > "#;
/// Deputies at one time.
const DEPUTIES_MAX: u64 = 10_000;
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_000;
/// Processes that one may name.
const PROCESSES_MAX: usize = 100;
/// How often one is tried to be set while others are set and ended at the same moment.
const TRIES_MAX: usize = 8;

/// All deputies of now, as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Standing(RwLock<Option<(Instant, Arc<Deputies>)>>);

impl Standing {
    /// As they were read last.
    pub(crate) fn get(&self) -> Arc<Deputies> {
        let known = self.0.read().ok();
        known.and_then(|known| known.as_ref().map(|(_, all)| Arc::clone(all))).unwrap_or_default()
    }

    /// Reads them again where they are too old.
    pub(crate) async fn ensure(
        &self,
        reads: &DatabaseConnection,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_fresh = |(read, _): &(Instant, _)| read.elapsed() < AGE_MAX;
        if self.0.read().is_ok_and(|known| known.as_ref().is_some_and(is_fresh)) {
            return Ok(());
        }
        let read = Instant::now();
        let all = Arc::new(all(reads, now).await?);
        if let Ok(mut known) = self.0.write() {
            *known = Some((read, all));
        }
        Ok(())
    }

    fn forget(&self) {
        if let Ok(mut known) = self.0.write() {
            *known = None;
        }
    }
}

/// Every deputy whose time is not over, with what whoever is away holds.
async fn all(reads: &DatabaseConnection, now: Timestamp) -> Result<Deputies, StoreError> {
    let rows = deputy::Entity::find()
        .filter(deputy::Column::UntilAt.gt(now.0))
        .filter(deputy::Column::EndedAt.is_null())
        .order_by_asc(deputy::Column::SetAt)
        .order_by_asc(deputy::Column::Id)
        .limit(DEPUTIES_MAX)
        .all(reads)
        .await?;
    let mut found: Vec<Deputy> = rows.iter().map(told).collect();
    for rows in found.chunks_mut(crate::read::KEYS_MAX) {
        let people = rows.iter().map(|one| one.person.as_str());
        let query = role_grant::Entity::find().filter(role_grant::Column::Person.is_in(people));
        let grants = query.all(reads).await?;
        for one in rows {
            let own = grants.iter().filter(|grant| grant.person == one.person.as_str());
            one.grants = own.map(grant).collect();
        }
    }
    Ok(Deputies::new(found))
}

/// A row as a step is told of it, without what whoever is away holds.
fn told(row: &deputy::Model) -> Deputy {
    Deputy {
        person: row.person.as_str().into(),
        to: row.deputy.as_str().into(),
        from: Timestamp(row.from_at),
        until: Timestamp(row.until_at),
        processes: serde_json::from_str(&row.processes).unwrap_or_default(),
        reason: row.reason.clone(),
        grants: Vec::new(),
    }
}

fn row_of(new: &Deputy, by: &str, now: Timestamp) -> deputy::Model {
    deputy::Model {
        id: format!("{}.{:x}", now.0, crate::random::mark((&new.person, &new.to, now.0))),
        person: new.person.to_string(),
        deputy: new.to.to_string(),
        from_at: new.from.0,
        until_at: new.until.0,
        processes: crate::project::json(&new.processes),
        reason: new.reason.clone(),
        set_by: by.to_owned(),
        set_at: now.0,
        ended_at: None,
        ended_by: None,
    }
}

/// Writes a row unless another one is there of the same person, in the same time and for the same process.
fn insert(row: deputy::Model, new: &Deputy, is_sqlite: bool) -> Statement {
    let table = &deputy::TABLE;
    let mut values = row.into_row();
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column.name)).collect();
    let given = table.columns.iter().zip(1..).map(|(column, at)| match column.kind {
        Kind::Int => format!("CAST(${at} AS BIGINT)"),
        Kind::Text => format!("CAST(${at} AS TEXT)"),
    });
    let given: Vec<String> = given.collect();
    let position = if is_sqlite { "instr" } else { "strpos" };
    let mut shared = Vec::new();
    for process in &new.processes {
        values.push(Value::Text(crate::project::json(process)));
        shared.push(format!("{position}(o.processes, ${}) > 0", values.len()));
    }
    let is_same = match shared.as_slice() {
        [] => "1 = 1".to_owned(),
        shared => format!("(o.processes = '[]' OR {})", shared.join(" OR ")),
    };
    let place = |name: &str| table.position(name) + 1;
    let sql = format!(
        "INSERT INTO deputy ({}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM deputy o \
         WHERE o.person = ${} AND o.ended_at IS NULL AND o.from_at < ${} AND o.until_at > ${} \
         AND {is_same}) RETURNING id",
        columns.join(", "),
        given.join(", "),
        place("person"),
        place("until_at"),
        place("from_at"),
    );
    Statement::new(sql, values)
}

impl Store {
    /// All deputies whose time is not over, as they were a second ago at most.
    pub async fn deputies(&self) -> Result<Arc<Deputies>, StoreError> {
        let standing = &self.inner.shared.deputies;
        standing.ensure(self.reads(), self.clock().now()).await?;
        Ok(standing.get())
    }

    /// All deputies as they were read last, if they ever were.
    pub fn deputies_known(&self) -> Arc<Deputies> {
        self.inner.shared.deputies.get()
    }

    /// Sets who does the tasks of a person for a time.
    ///
    /// # Errors
    /// `Refused` where nobody could: for themselves, a time that is over, a second one in the same time,
    /// somebody who is not there, a process that is not there, too many or too long.
    pub async fn set_deputy(&self, new: &Deputy, by: &str) -> Result<deputy::Model, StoreError> {
        let now = self.clock().now();
        self.may_be_set(new, now).await?;
        let row = row_of(new, by, now);
        let mut tries = 0;
        while !self.write_deputy(&row, new).await? {
            // Another was set at the same moment; unless that is over again, it says so.
            self.may_be_set(new, now).await?;
            tries += 1;
            if tries == TRIES_MAX {
                let en =
                    "expected no other deputy to be set at the same moment, found one: try again";
                return Err(StoreError::refused("同一时刻有人设置了代理，请重试", en));
            }
        }
        self.inner.shared.deputies.forget();
        Ok(row)
    }

    /// Writes one, unless another of the same person, time and process is there by now; whether it is written.
    /// Whoever sets one for the person at the same moment waits for the person's row.
    async fn write_deputy(&self, row: &deputy::Model, new: &Deputy) -> Result<bool, StoreError> {
        let mut write = Write::default();
        let person = Value::Text(row.person.clone());
        let lock = "UPDATE person SET active = active WHERE id = $1";
        write.statements.push(Statement::new(lock, vec![person]));
        let insert = insert(row.clone(), new, self.backend() == DbBackend::Sqlite);
        write.statements.push(insert.answering(&[Kind::Text]));
        Ok(self.write(write).await?.into_iter().flatten().next().is_some())
    }

    async fn may_be_set(&self, new: &Deputy, now: Timestamp) -> Result<(), StoreError> {
        let people = [new.person.to_string(), new.to.to_string()];
        let known = self.persons(&people).await?;
        for id in people {
            if !known.iter().any(|one| one.id == id) {
                let zh = format!("人员目录中没有 {id}");
                return Err(StoreError::refused(
                    zh,
                    format!("expected a person of the directory, found `{id}`"),
                ));
            }
        }
        let is_there = |name| self.newest_definition(name).is_some();
        if let Some(other) = new.processes.iter().find(|name| !is_there(name)) {
            let en = format!("expected a process that is published, found `{other}`");
            return Err(StoreError::refused(format!("没有已发布的流程 {other}"), en));
        }
        if new.processes.len() > PROCESSES_MAX || new.reason.len() > REASON_BYTES_MAX {
            let zh = format!("流程最多 {PROCESSES_MAX} 个，事由最长 {REASON_BYTES_MAX} 字节");
            let en = format!(
                "expected at most {PROCESSES_MAX} processes and a reason of {REASON_BYTES_MAX} bytes"
            );
            return Err(StoreError::refused(zh, en));
        }
        let before = all(self.reads(), now).await?;
        before
            .check(new, now)
            .map_err(|said| StoreError::refused(said.get(Language::Zh), said.get(Language::En)))
    }

    /// Who stands in, by the row's id; none where there is no such row.
    pub async fn deputy(&self, id: &str) -> Result<Option<deputy::Model>, StoreError> {
        Ok(deputy::Entity::find_by_id(id).one(self.reads()).await?)
    }

    /// Ends what was set before its time; whether it was not over before. Tasks stay where they are.
    pub async fn end_deputy(&self, id: &str, by: &str) -> Result<bool, StoreError> {
        let sql = "UPDATE deputy SET ended_at = $1, ended_by = $2 WHERE id = $3 \
                   AND ended_at IS NULL AND until_at > $1 RETURNING id";
        let text = |text: &str| Value::Text(text.to_owned());
        let values = vec![Value::Int(self.clock().now().0), text(by), text(id)];
        let mut write = Write::default();
        write.statements.push(Statement::new(sql, values).answering(&[Kind::Text]));
        let ended = self.write(write).await?.into_iter().flatten().next().is_some();
        self.inner.shared.deputies.forget();
        Ok(ended)
    }

    /// What was set for a person, the last to begin first: who stands in for them.
    pub async fn deputies_of(
        &self,
        person: &str,
        page: Page<(i64, String)>,
    ) -> Result<Slice<deputy::Model>, StoreError> {
        self.deputies_where(deputy::Column::Person, person, page).await
    }

    /// For whom a person stands in, the last to begin first.
    pub async fn deputy_for(
        &self,
        person: &str,
        page: Page<(i64, String)>,
    ) -> Result<Slice<deputy::Model>, StoreError> {
        self.deputies_where(deputy::Column::Deputy, person, page).await
    }

    async fn deputies_where(
        &self,
        column: deputy::Column,
        person: &str,
        page: Page<(i64, String)>,
    ) -> Result<Slice<deputy::Model>, StoreError> {
        let limit = page.limit();
        let mut query = deputy::Entity::find().filter(column.eq(person));
        if let Some((from, id)) = page.after {
            let earlier = deputy::Column::FromAt.lt(from);
            let same = deputy::Column::FromAt.eq(from).and(deputy::Column::Id.lt(id));
            query = query.filter(earlier.or(same));
        }
        let query = query
            .order_by_desc(deputy::Column::FromAt)
            .order_by_desc(deputy::Column::Id)
            .limit(limit as u64 + 1);
        Ok(Slice::of(query.all(self.reads()).await?, limit))
    }

    /// What a person sees in their inbox beside what is theirs: what is offered to those for whom they
    /// stand in now.
    pub async fn lent(&self, person: &str) -> Result<Vec<Lent>, StoreError> {
        Ok(lent_by(&*self.deputies().await?, person, self.clock().now()))
    }

    /// The same, by the deputies as they were read last.
    pub fn lent_known(&self, person: &str) -> Vec<Lent> {
        lent_by(&self.deputies_known(), person, self.clock().now())
    }
}

/// What is offered to those for whom a person stands in.
fn lent_by(all: &Deputies, person: &str, now: Timestamp) -> Vec<Lent> {
    let own = PersonId::new(person);
    let mut lent = Vec::new();
    for one in all.for_whom(&own, now) {
        let processes: Vec<String> = one.processes.iter().map(ToString::to_string).collect();
        for principal in super::principals_of(&one.grants) {
            lent.push(Lent { principal, processes: processes.clone() });
        }
    }
    lent
}

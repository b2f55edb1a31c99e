//! What leaves a case: comments, copies 抄送, registers, public pages, open intakes, notices.

use sea_orm::sea_query::{Expr, ExprTrait as _, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait as _,
};

use super::tasks::ROUND_DECIDED;
use super::{Page, Slice, TaskId, TimeCursor, bounded};
use crate::error::StoreError;
use crate::row::Value;
use crate::store::Store;
use crate::tables::{comment, copied, intake, job, outbox, page, register_entry, task};
use crate::writer::{Statement, Write};

/// Intakes that are open at one time, at most.
const INTAKES_MAX: u64 = 1000;

impl Store {
    /// What people said on cases, oldest first.
    pub async fn comments_of(&self, instances: &[i64]) -> Result<Vec<comment::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = comment::Entity::find()
            .filter(comment::Column::InstanceId.is_in(ids))
            .order_by_asc(comment::Column::InstanceId)
            .order_by_asc(comment::Column::Revision)
            .order_by_asc(comment::Column::N);
        Ok(query.all(self.reads()).await?)
    }

    /// What was copied to a person, the last first.
    pub async fn copied_to(
        &self,
        person: &str,
        page: Page<TimeCursor>,
    ) -> Result<Slice<copied::Model>, StoreError> {
        let limit = page.limit();
        let mut query = copied::Entity::find().filter(copied::Column::Person.eq(person));
        if let Some((at, instance, key)) = page.after {
            let columns = [copied::Column::At, copied::Column::InstanceId, copied::Column::Key];
            let before = Expr::tuple(columns.map(Expr::col))
                .lt(Expr::tuple([at, instance, key].map(Expr::val)));
            query = query.filter(before);
        }
        let query = query
            .order_by_desc(copied::Column::At)
            .order_by_desc(copied::Column::InstanceId)
            .order_by_desc(copied::Column::Key)
            .limit(limit as u64 + 1);
        Ok(Slice::of(query.all(self.reads()).await?, limit))
    }

    /// Those of some cases that a person was told of: something of it was copied to them, or a round
    /// that asked them was decided without them.
    pub async fn told_among(
        &self,
        person: &str,
        instances: &[i64],
    ) -> Result<Vec<i64>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let copied = copied::Entity::find()
            .select_only()
            .column(copied::Column::InstanceId)
            .filter(copied::Column::Person.eq(person))
            .filter(copied::Column::InstanceId.is_in(ids.clone()));
        let asked = task::Entity::find()
            .select_only()
            .column(task::Column::InstanceId)
            .filter(task::Column::InstanceId.is_in(ids))
            .filter(task::Column::Assignee.eq(person))
            .filter(Expr::cust(ROUND_DECIDED));
        let mut both = copied.into_query();
        both.union(UnionType::Distinct, asked.into_query());
        let rows = self.reads().query_all(&both).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0));
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// What of cases was copied to whom, oldest first.
    pub async fn copies_of(&self, instances: &[i64]) -> Result<Vec<copied::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = copied::Entity::find()
            .filter(copied::Column::InstanceId.is_in(ids))
            .order_by_asc(copied::Column::InstanceId)
            .order_by_asc(copied::Column::At)
            .order_by_asc(copied::Column::Key)
            .order_by_asc(copied::Column::Person);
        Ok(query.all(self.reads()).await?)
    }

    /// Notes that a person has read what was copied to them.
    pub async fn mark_read(&self, person: &str, instance: i64) -> Result<(), StoreError> {
        let sql = "UPDATE copied SET read_at = $1 \
                   WHERE person = $2 AND instance_id = $3 AND read_at IS NULL";
        let parameters = vec![
            Value::Int(self.clock().now().0),
            Value::Text(person.to_owned()),
            Value::Int(instance),
        ];
        let statements = vec![Statement::new(sql, parameters)];
        self.write(Write { statements, ..Write::default() }).await.map(|_| ())
    }

    /// Entries that cases made in registers.
    pub async fn register_entries_of(
        &self,
        instances: &[i64],
    ) -> Result<Vec<register_entry::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = register_entry::Entity::find()
            .filter(register_entry::Column::InstanceId.is_in(ids))
            .order_by_asc(register_entry::Column::InstanceId)
            .order_by_asc(register_entry::Column::Key);
        Ok(query.all(self.reads()).await?)
    }

    /// Pages that are public at a time, the newest first.
    pub async fn pages(
        &self,
        at: i64,
        cursor: Page<TimeCursor>,
    ) -> Result<Slice<page::Model>, StoreError> {
        use page::Column;
        let limit = cursor.limit();
        let mut query = page::Entity::find()
            .filter(Column::PublishedFrom.lte(at))
            .filter(Column::PublishedUntil.gt(at));
        if let Some((from, instance, key)) = cursor.after {
            let columns = [Column::PublishedFrom, Column::InstanceId, Column::Key];
            let before = Expr::tuple(columns.map(Expr::col))
                .lt(Expr::tuple([from, instance, key].map(Expr::val)));
            query = query.filter(before);
        }
        let query = query
            .order_by_desc(Column::PublishedFrom)
            .order_by_desc(Column::InstanceId)
            .order_by_desc(Column::Key)
            .limit(limit as u64 + 1);
        Ok(Slice::of(query.all(self.reads()).await?, limit))
    }

    /// Pages by case and key, whether or not they are public; one that is not there is left out.
    pub async fn pages_by_id(&self, ids: &[TaskId]) -> Result<Vec<page::Model>, StoreError> {
        let columns = [page::Column::InstanceId, page::Column::Key].map(Expr::col);
        let ids = bounded(ids)?.iter().copied();
        let query = page::Entity::find().filter(Expr::tuple(columns).in_tuples(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// All pages of cases, also those that are not public any more.
    pub async fn pages_of(&self, instances: &[i64]) -> Result<Vec<page::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = page::Entity::find()
            .filter(page::Column::InstanceId.is_in(ids))
            .order_by_asc(page::Column::PublishedFrom);
        Ok(query.all(self.reads()).await?)
    }

    /// Intakes that take submissions at a time, the first to close first.
    pub async fn open_intakes(&self, at: i64) -> Result<Vec<intake::Model>, StoreError> {
        let query = intake::Entity::find()
            .filter(intake::Column::Closed.eq(0))
            .filter(intake::Column::OpensAt.lte(at))
            .filter(intake::Column::ClosesAt.gt(at))
            .order_by_asc(intake::Column::ClosesAt)
            .order_by_asc(intake::Column::InstanceId)
            .limit(INTAKES_MAX);
        Ok(query.all(self.reads()).await?)
    }

    /// Intakes by case and key; one that is not there is left out.
    pub async fn intakes(&self, ids: &[TaskId]) -> Result<Vec<intake::Model>, StoreError> {
        let columns = [intake::Column::InstanceId, intake::Column::Key].map(Expr::col);
        let ids = bounded(ids)?.iter().copied();
        let query = intake::Entity::find().filter(Expr::tuple(columns).in_tuples(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// Service tasks that wait for a worker, by case and key; one that is done is left out.
    pub async fn jobs(&self, ids: &[TaskId]) -> Result<Vec<job::Model>, StoreError> {
        let columns = [job::Column::InstanceId, job::Column::Key].map(Expr::col);
        let ids = bounded(ids)?.iter().copied();
        let query = job::Entity::find().filter(Expr::tuple(columns).in_tuples(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// All intakes of cases.
    pub async fn intakes_of(&self, instances: &[i64]) -> Result<Vec<intake::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = intake::Entity::find().filter(intake::Column::InstanceId.is_in(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// Notices of cases, sent and to be sent.
    pub async fn notices_of(&self, instances: &[i64]) -> Result<Vec<outbox::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = outbox::Entity::find()
            .filter(outbox::Column::InstanceId.is_in(ids))
            .order_by_asc(outbox::Column::CreatedAt)
            .order_by_asc(outbox::Column::Id);
        Ok(query.all(self.reads()).await?)
    }
}

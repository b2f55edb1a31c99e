//! Tasks by id, by case, and what a person has done 已办.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};

use super::{Page, Slice, TaskId, TimeCursor, bounded};
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::task;

/// Tasks whose round was decided without them, as their index has it.
pub(super) const ROUND_DECIDED: &str = "closed_because = 'roundDecided'";

impl Store {
    /// Tasks by id, in no order; one that is not there is left out.
    pub async fn tasks(&self, ids: &[TaskId]) -> Result<Vec<task::Model>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let columns = [task::Column::InstanceId, task::Column::Key].map(Expr::col);
        let ids = bounded(ids)?.iter().copied();
        let query = task::Entity::find().filter(Expr::tuple(columns).in_tuples(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// All tasks of cases, open and done, in the order they were created.
    pub async fn tasks_of(&self, instances: &[i64]) -> Result<Vec<task::Model>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let query = task::Entity::find()
            .filter(task::Column::InstanceId.is_in(ids))
            .order_by_asc(task::Column::InstanceId)
            .order_by_asc(task::Column::Key);
        Ok(query.all(self.reads()).await?)
    }

    /// Tasks that a person decided, and those of theirs that ended since the round was decided without
    /// them, the last one first.
    pub async fn done(
        &self,
        person: &str,
        page: Page<TimeCursor>,
    ) -> Result<Slice<task::Model>, StoreError> {
        let limit = page.limit();
        let decided = Condition::all().add(task::Column::CompletedBy.eq(person));
        let closed =
            Condition::all().add(task::Column::Assignee.eq(person)).add(Expr::cust(ROUND_DECIDED));
        // Each from its own index.
        let mut rows = self.ended(decided, page).await?;
        rows.extend(self.ended(closed, page).await?);
        rows.sort_by_key(|row| Reverse((row.completed_at, row.instance_id, row.key)));
        Ok(Slice::of(rows, limit))
    }

    /// Those of some cases in which a person did something: of which `done` lists a task.
    pub async fn did_among(
        &self,
        person: &str,
        instances: &[i64],
    ) -> Result<BTreeSet<i64>, StoreError> {
        let ids = bounded(instances)?.iter().copied();
        let closed =
            Condition::all().add(task::Column::Assignee.eq(person)).add(Expr::cust(ROUND_DECIDED));
        let query = task::Entity::find()
            .select_only()
            .column(task::Column::InstanceId)
            .distinct()
            .filter(task::Column::InstanceId.is_in(ids))
            .filter(Condition::any().add(task::Column::CompletedBy.eq(person)).add(closed));
        let found: Vec<i64> = query.into_tuple().all(self.reads()).await?;
        Ok(found.into_iter().collect())
    }

    /// The first rows of a page of tasks that ended.
    async fn ended(
        &self,
        which: Condition,
        page: Page<TimeCursor>,
    ) -> Result<Vec<task::Model>, StoreError> {
        let limit = page.limit();
        let mut query = task::Entity::find().filter(which);
        if let Some((at, instance, key)) = page.after {
            let columns = [task::Column::CompletedAt, task::Column::InstanceId, task::Column::Key];
            let before = Expr::tuple(columns.map(Expr::col))
                .lt(Expr::tuple([at, instance, key].map(Expr::val)));
            query = query.filter(Condition::all().add(before));
        }
        let query = query
            .order_by(task::Column::CompletedAt, Order::Desc)
            .order_by(task::Column::InstanceId, Order::Desc)
            .order_by(task::Column::Key, Order::Desc)
            .limit(limit as u64 + 1);
        Ok(query.all(self.reads()).await?)
    }
}

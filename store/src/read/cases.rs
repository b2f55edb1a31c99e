//! Cases: by id, by filter, started by a person 我发起, and their whole state.

use std::collections::HashMap;
use std::sync::Arc;

use engine::instance::Instance;
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Page, Slice, bounded};
use crate::error::StoreError;
use crate::store::Store;
use crate::tables::instance;

/// Which cases; what is none is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this process.
    pub process: Option<String>,
    /// On this version of it.
    pub version: Option<u32>,
    /// `active`, `suspended`, `completed` or `cancelled`.
    pub status: Option<String>,
    /// Begun by this person.
    pub starter: Option<String>,
    /// With exactly this number.
    pub number: Option<String>,
    /// With an open task that was due before this time.
    pub overdue_at: Option<i64>,
    /// With an incident.
    pub incident: bool,
    /// Called by this case.
    pub parent: Option<i64>,
    /// Within these; none is everywhere.
    pub within: Option<Vec<CaseScope>>,
}

/// Cases of a process: all, or those that were begun for some units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseScope {
    /// The process.
    pub process: String,
    /// The units; none is all.
    pub units: Option<Vec<String>>,
}

impl CaseScope {
    fn condition(&self) -> Condition {
        let condition = Condition::all().add(instance::Column::Process.eq(self.process.as_str()));
        match &self.units {
            Some(units) => condition.add(instance::Column::StarterUnit.is_in(units)),
            None => condition,
        }
    }
}

impl Store {
    /// Cases by id, in no order.
    pub async fn cases_by_id(&self, ids: &[i64]) -> Result<Vec<instance::Model>, StoreError> {
        let ids = bounded(ids)?.iter().copied();
        let query = instance::Entity::find().filter(instance::Column::Id.is_in(ids));
        Ok(query.all(self.reads()).await?)
    }

    /// The whole state of cases, by id.
    pub async fn states(&self, ids: &[i64]) -> Result<HashMap<i64, Arc<Instance>>, StoreError> {
        let rows = self.cases_by_id(ids).await?;
        rows.into_iter().map(|row| Ok((row.id, Arc::new(state(&row)?)))).collect()
    }

    /// Cases that fit a filter, the newest first: ids come to lanes in blocks, and say nothing of when a
    /// case began. The cursor is when it began, and its id.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        page: Page<(i64, i64)>,
    ) -> Result<Slice<instance::Model>, StoreError> {
        use instance::Column;
        let limit = page.limit();
        let mut query = instance::Entity::find();
        for (column, wanted) in [
            (Column::Process, &filter.process),
            (Column::Status, &filter.status),
            (Column::Starter, &filter.starter),
            (Column::Number, &filter.number),
        ] {
            if let Some(wanted) = wanted {
                query = query.filter(column.eq(wanted.as_str()));
            }
        }
        if let Some(at) = filter.overdue_at {
            query = query.filter(Column::DueAt.lt(at));
        }
        if let Some(version) = filter.version {
            query = query.filter(Column::Version.eq(i64::from(version)));
        }
        if filter.incident {
            query = query.filter(Column::Incidents.gt(0));
        }
        if let Some(parent) = filter.parent {
            query = query.filter(Column::ParentId.eq(parent));
        }
        if let Some(within) = &filter.within {
            let any = within.iter().map(CaseScope::condition);
            query = query.filter(any.fold(Condition::any(), Condition::add));
            if within.is_empty() {
                return Ok(Slice { rows: Vec::new(), more: false });
            }
        }
        if let Some(after) = page.after {
            let place = Expr::tuple([Column::StartedAt, Column::Id].map(Expr::col));
            let (at, id) = after;
            query = query.filter(place.lt(Expr::tuple([at, id].map(Expr::val))));
        }
        let query = query
            .order_by_desc(Column::StartedAt)
            .order_by_desc(Column::Id)
            .limit(limit as u64 + 1);
        Ok(Slice::of(query.all(self.reads()).await?, limit))
    }

    /// Cases that run and whose state names a person, in the order of their ids after one of them: what a
    /// person has in them, or what may come back to them, is in the state alone. Reads every case that runs:
    /// for what an admin does seldom.
    pub async fn cases_naming(
        &self,
        person: &str,
        page: Page<i64>,
    ) -> Result<Slice<instance::Model>, StoreError> {
        use instance::Column;
        let limit = page.limit();
        let named = |prefix: &str| {
            let json = serde_json::json!(format!("{prefix}{person}")).to_string();
            let text = json.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            Column::Body.like(LikeExpr::new(format!("%{text}%")).escape('\\'))
        };
        let mut query = instance::Entity::find()
            .filter(Column::Status.is_in(["active", "suspended"]))
            .filter(Condition::any().add(named("")).add(named("person:")));
        if let Some(after) = page.after {
            query = query.filter(Column::Id.gt(after));
        }
        let query = query.order_by_asc(Column::Id).limit(limit as u64 + 1);
        Ok(Slice::of(query.all(self.reads()).await?, limit))
    }

    /// Cases that other cases called.
    pub async fn children_of(&self, parents: &[i64]) -> Result<Vec<instance::Model>, StoreError> {
        let parents = bounded(parents)?.iter().copied();
        let query = instance::Entity::find()
            .filter(instance::Column::ParentId.is_in(parents))
            .order_by_asc(instance::Column::Id);
        Ok(query.all(self.reads()).await?)
    }
}

/// The whole state that a row has.
pub(crate) fn state(row: &instance::Model) -> Result<Instance, StoreError> {
    serde_json::from_str(&row.body)
        .map_err(|error| StoreError::Database(format!("case {} cannot be read: {error}", row.id)))
}

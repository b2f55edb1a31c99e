//! Cases that a fault of ours stopped: which they are, and giving them back to work when the fault
//! is gone. Nothing else is done on them meanwhile; all other cases go on. Setting aside is the
//! writer's.

use engine::ids::InstanceId;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

use crate::error::StoreError;
use crate::read::PAGE_MAX;
use crate::row::Value;
use crate::store::Store;
use crate::tables::{lifted, set_aside};
use crate::writer::Write;

/// A case that was given back to work.
pub use lifted::Model as CaseLifted;
/// A case that was set aside.
pub use set_aside::Model as CaseAside;

impl Store {
    /// Cases that were set aside, the first ones first.
    pub async fn cases_aside(&self) -> Result<Vec<CaseAside>, StoreError> {
        let rows = set_aside::Entity::find()
            .order_by_asc(set_aside::Column::At)
            .order_by_asc(set_aside::Column::InstanceId)
            .limit(u64::from(PAGE_MAX))
            .all(self.reads())
            .await?;
        Ok(rows)
    }

    /// Gives a case back to work, by whom. Where the fault is still there, the next command sets it
    /// aside again.
    pub async fn lift(&self, case: InstanceId, by: &str) -> Result<CaseLifted, StoreError> {
        let found = set_aside::Entity::find_by_id(case.0).one(self.reads()).await?;
        let Some(aside) = found else {
            return Err(StoreError::NotFound(format!(
                "case {case} among those that are set aside"
            )));
        };
        let row = CaseLifted {
            instance_id: case.0,
            aside_at: aside.at,
            lifted_at: self.clock().now().0,
            person: by.to_owned(),
            message: aside.message,
        };
        let mut write = Write::default();
        write.changes.delete(&set_aside::TABLE, vec![Value::Int(case.0)]);
        write.changes.put(&lifted::TABLE, row.clone().into_row());
        self.write(write).await?;
        self.reload_aside().await?;
        Ok(row)
    }

    /// Cases that were given back to work, the last ones first.
    pub async fn cases_lifted(&self) -> Result<Vec<CaseLifted>, StoreError> {
        let rows = lifted::Entity::find()
            .order_by_desc(lifted::Column::LiftedAt)
            .order_by_desc(lifted::Column::InstanceId)
            .limit(u64::from(PAGE_MAX))
            .all(self.reads())
            .await?;
        Ok(rows)
    }

    /// Learns which cases are set aside, also by other nodes.
    pub(crate) async fn reload_aside(&self) -> Result<usize, StoreError> {
        let ids = set_aside::Entity::find()
            .select_only()
            .column(set_aside::Column::InstanceId)
            .into_tuple::<i64>()
            .all(self.reads())
            .await?;
        self.inner.shared.keep_aside(ids);
        Ok(0)
    }
}

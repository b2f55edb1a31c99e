//! Cases that a fault of ours stopped: which they are, and giving them back to work when the fault
//! is gone. Nothing else is done on them meanwhile; all other cases go on. Setting aside is the
//! writer's.

use engine::ids::InstanceId;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

use crate::error::StoreError;
use crate::read::PAGE_MAX;
use crate::row::Value;
use crate::store::Store;
use crate::tables::set_aside;
use crate::writer::Write;

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

    /// Gives a case back to work. Where the fault is still there, the next command sets it aside
    /// again.
    pub async fn lift(&self, case: InstanceId) -> Result<(), StoreError> {
        let found = set_aside::Entity::find_by_id(case.0).one(self.reads()).await?;
        if found.is_none() {
            return Err(StoreError::NotFound(format!(
                "case {case} among those that are set aside"
            )));
        }
        let mut write = Write::default();
        write.changes.delete(&set_aside::TABLE, vec![Value::Int(case.0)]);
        self.write(write).await?;
        self.reload_aside().await.map(|_| ())
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

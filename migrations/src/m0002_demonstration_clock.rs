//! How far a demonstration's clock was moved, so that it goes on from there after a restart. A
//! database of real cases never has a row here.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_demonstration_clock"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(
            manager,
            "CREATE TABLE demonstration_clock (id {id}, distance_ms BIGINT NOT NULL)",
        )
        .await
    }
}

//! When start events with a timer begin a case next.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_start_timers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = r"
            ALTER TABLE start_event ADD COLUMN next_at BIGINT;
            CREATE INDEX start_event_by_time ON start_event (next_at, process, node);
        ";
        crate::run(manager, statements).await
    }
}

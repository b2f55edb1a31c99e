//! Start events by which cases begin by themselves: whoever gets a message or a signal finds the
//! processes that it begins.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_start_events"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = r"
            CREATE TABLE start_event (
                process {bytes} NOT NULL, node {bytes} NOT NULL,
                kind TEXT NOT NULL, name {bytes} NOT NULL,
                PRIMARY KEY (process, node)) {clustered};
            CREATE INDEX start_event_by_name ON start_event (kind, name, process, node);
        ";
        crate::run(manager, statements).await
    }
}

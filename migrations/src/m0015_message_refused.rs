//! Messages that a case refused, and when they are tried again: they keep no others waiting.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0015_message_refused"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE TABLE message_refused (
            message_id TEXT PRIMARY KEY NOT NULL,
            refusals BIGINT NOT NULL,
            next_try_at BIGINT NOT NULL
        )";
        crate::run(manager, sql).await
    }
}

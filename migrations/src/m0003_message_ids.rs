//! Ids of messages that came from outside, so that one that was delivered is not taken again when
//! its sender, who had no answer, sends it once more.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_message_ids"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE TABLE message_id (
    id {bytes} NOT NULL PRIMARY KEY, taken_by TEXT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX message_id_expires ON message_id (expires_at)";

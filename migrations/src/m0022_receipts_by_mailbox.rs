//! Receipts are counted by the mailbox that they are for, however its address is written.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0022_receipts_by_mailbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE INDEX outbox_mailbox ON outbox (lower(recipient), created_at) WHERE submission IS NOT NULL;
DROP INDEX outbox_receipts";

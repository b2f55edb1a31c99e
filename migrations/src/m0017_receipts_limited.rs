//! Receipts of the public that are looked at before they are sent: how many their address had lately.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0017_receipts_limited"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE INDEX outbox_new ON outbox (id) WHERE status = 'new';
CREATE INDEX outbox_receipts ON outbox (recipient, created_at) WHERE submission IS NOT NULL";

//! How many messages and signals of cases led to a message or a follow-up, each because of the one
//! before.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0024_hops"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
ALTER TABLE buffered_message ADD COLUMN hops BIGINT NOT NULL DEFAULT 0;
ALTER TABLE follow_up ADD COLUMN hops BIGINT NOT NULL DEFAULT 0";

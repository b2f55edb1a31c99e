//! Cases are listed by when they began: their ids come to lanes in blocks.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0023_newest_first"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE INDEX instance_begun ON instance (started_at, id);
CREATE INDEX instance_process_begun ON instance (process, started_at, id);
CREATE INDEX instance_starter_begun ON instance (starter, started_at, id) WHERE starter IS NOT NULL";

//! Who had a notice sent again that had been given up: the notice's row forgets it, this one stays.
//! The notices that are given up are found by when that was.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0013_resent"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE TABLE resent (
    notice_id {bytes} NOT NULL, failed_at BIGINT NOT NULL, resent_at BIGINT NOT NULL,
    instance_id BIGINT NOT NULL, person {bytes} NOT NULL, error TEXT,
    PRIMARY KEY (notice_id, failed_at)) {clustered};
CREATE INDEX resent_last ON resent (resent_at, notice_id);
CREATE INDEX outbox_failed ON outbox (next_try_at, id) WHERE status = 'failed'";

//! Who gave a case back to work that a fault of Mandate's own had stopped: the row that said so goes,
//! this one stays.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_lifted"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE TABLE lifted (
    instance_id BIGINT NOT NULL, aside_at BIGINT NOT NULL, lifted_at BIGINT NOT NULL,
    person {bytes} NOT NULL, message TEXT NOT NULL,
    PRIMARY KEY (instance_id, aside_at, lifted_at)) {clustered};
CREATE INDEX lifted_last ON lifted (lifted_at, instance_id)";

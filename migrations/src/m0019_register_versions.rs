//! What became of an entry of a register after it was made: a row for each change. The entry itself
//! stays as it was made.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0019_register_versions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE TABLE register_version (
    register {bytes} NOT NULL, number {bytes} NOT NULL, version BIGINT NOT NULL,
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (register, number, version)) {clustered};
CREATE INDEX register_version_case ON register_version (instance_id);
CREATE INDEX register_entry_found ON register_entry (register, number)";

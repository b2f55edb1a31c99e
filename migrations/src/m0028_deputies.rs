//! Who does the tasks of whom while they are away. Kept when it is over: who stood in for whom is asked
//! for later.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0028_deputies"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
CREATE TABLE deputy (
    id {bytes} NOT NULL PRIMARY KEY, person TEXT NOT NULL, deputy TEXT NOT NULL,
    from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, processes TEXT NOT NULL, reason TEXT NOT NULL,
    set_by TEXT NOT NULL, set_at BIGINT NOT NULL, ended_at BIGINT, ended_by TEXT);
CREATE INDEX deputy_of ON deputy (person, from_at);
CREATE INDEX deputy_for ON deputy (deputy, from_at);
CREATE INDEX deputy_until ON deputy (until_at)";

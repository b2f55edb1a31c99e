//! What columns of register entries are called, as it was when an entry was made; and what was taken
//! away from whom a notice tells of it.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0020_told_in_words"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
ALTER TABLE register_entry ADD COLUMN texts TEXT;
ALTER TABLE outbox ADD COLUMN stopped TEXT";

//! A case is changed by every command, a few times in a short while. On `PostgreSQL` half of each page of
//! cases is left free for that: a change that finds room on its page touches none of the seven indexes,
//! and what it replaces is cleared away as the page is next read, without waiting for a vacuum.

use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0027_room_for_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => crate::run(manager, STATEMENTS).await,
            // SQLite changes rows in place.
            _ => Ok(()),
        }
    }
}

const STATEMENTS: &str = "
ALTER TABLE instance SET (fillfactor = 50)";

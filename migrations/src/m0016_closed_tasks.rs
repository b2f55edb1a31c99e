//! Why a task ended that nobody decided. Tasks that ended before this do not say; those whose round was
//! decided without them are found by whose they were.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0016_closed_tasks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, STATEMENTS).await
    }
}

const STATEMENTS: &str = "
ALTER TABLE task ADD COLUMN closed_because TEXT;
ALTER TABLE task ADD COLUMN closed_outcome TEXT;
CREATE INDEX task_closed ON task (assignee, completed_at) WHERE closed_because = 'roundDecided'";

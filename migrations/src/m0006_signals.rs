//! Activations that wait for a signal: whoever throws one finds every case that it concerns.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_signals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = r"
            CREATE TABLE signal_wait (
                signal {bytes} NOT NULL, instance_id BIGINT NOT NULL, key BIGINT NOT NULL,
                PRIMARY KEY (signal, instance_id, key)) {clustered};
        ";
        crate::run(manager, statements).await
    }
}

//! Ad-hoc sub-processes in which people may begin something, by whom: whoever may finds every case.

use sea_orm_migration::sea_orm::{ConnectionTrait as _, DatabaseBackend};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0026_choices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, TABLE).await?;
        // Those that are open already.
        let open = match manager.get_connection().get_database_backend() {
            DatabaseBackend::Sqlite => OPEN_SQLITE,
            _ => OPEN_POSTGRES,
        };
        crate::run(manager, open).await?;
        // Whoever holds a role everywhere looks under one name.
        let at = match manager.get_connection().get_database_backend() {
            DatabaseBackend::Sqlite => "instr(principal, '@')",
            _ => "strpos(principal, '@')",
        };
        crate::run(manager, &EVERYWHERE.replace("{at}", at)).await
    }
}

const TABLE: &str = "
CREATE TABLE choice (
    principal {bytes} NOT NULL, since BIGINT NOT NULL, instance_id BIGINT NOT NULL, key BIGINT NOT NULL,
    PRIMARY KEY (principal, since, instance_id, key)) {clustered}";

const OPEN_SQLITE: &str = "
INSERT INTO choice (principal, since, instance_id, key)
    SELECT DISTINCT c.value, json_extract(a.value, '$.since'), i.id, CAST(a.key AS INTEGER)
    FROM instance i, json_each(i.body, '$.activations') a, json_each(a.value, '$.waiting.candidates') c
    WHERE i.status = 'active' AND i.body LIKE '%\"for\":\"choosing\"%'
    AND json_extract(a.value, '$.waiting.for') = 'choosing'
    AND coalesce(json_extract(a.value, '$.waiting.ended'), 0) = 0";

const OPEN_POSTGRES: &str = "
INSERT INTO choice (principal, since, instance_id, key)
    SELECT DISTINCT c.value, CAST(a.value->>'since' AS BIGINT), i.id, CAST(a.key AS BIGINT)
    FROM (SELECT id, CAST(body AS json) AS body FROM instance
        WHERE status = 'active' AND body LIKE '%\"for\":\"choosing\"%' OFFSET 0) i
    CROSS JOIN LATERAL json_each(i.body->'activations') a
    CROSS JOIN LATERAL json_array_elements_text(a.value->'waiting'->'candidates') c
    WHERE a.value->'waiting'->>'for' = 'choosing'
    AND coalesce(a.value->'waiting'->>'ended', 'false') = 'false'";

const EVERYWHERE: &str = "
INSERT INTO choice (principal, since, instance_id, key)
    SELECT DISTINCT substr(principal, 1, {at} - 1) || '@*', since, instance_id, key FROM choice
    WHERE principal LIKE 'role:%@%'";

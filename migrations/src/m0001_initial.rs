//! The first schema. Times are milliseconds, structured values are JSON kept as text (JSONB costs a
//! fifth of the throughput and nothing is queried inside), flags are 0 or 1.

use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statements in [DEFINITIONS, CASES, WAITS, FILES, OUTWARD, PEOPLE] {
            crate::run(manager, statements).await?;
        }
        Ok(())
    }
}

const DEFINITIONS: &str = r"
CREATE TABLE pack (
    name {bytes} NOT NULL, version BIGINT NOT NULL, hash TEXT NOT NULL, files TEXT NOT NULL,
    deployed_at BIGINT NOT NULL, deployed_by TEXT NOT NULL, active BIGINT NOT NULL,
    PRIMARY KEY (name, version));
CREATE TABLE definition (
    process {bytes} NOT NULL, version BIGINT NOT NULL, pack TEXT NOT NULL,
    pack_version BIGINT NOT NULL, hash TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL,
    created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
    PRIMARY KEY (process, version));
CREATE TABLE lane (
    id {id}, created_at BIGINT NOT NULL);
CREATE TABLE id_block (
    name TEXT PRIMARY KEY NOT NULL, next BIGINT NOT NULL);
CREATE TABLE journal (
    lane BIGINT NOT NULL, pos BIGINT NOT NULL, hash TEXT NOT NULL, instance_id BIGINT,
    instance_version BIGINT, case_prev TEXT, at BIGINT NOT NULL, command TEXT NOT NULL,
    actor TEXT NOT NULL, dedup {bytes}, refused TEXT, content TEXT NOT NULL,
    PRIMARY KEY (lane, pos));
CREATE INDEX journal_case ON journal (instance_id, instance_version) WHERE instance_id IS NOT NULL;
CREATE UNIQUE INDEX journal_dedup ON journal (dedup) WHERE dedup IS NOT NULL;
";

const CASES: &str = r"
CREATE TABLE instance (
    id {id}, process {bytes} NOT NULL, version BIGINT NOT NULL, number {bytes}, title TEXT,
    status TEXT NOT NULL, starter {bytes}, starter_unit TEXT, started_at BIGINT NOT NULL,
    ended_at BIGINT, outcome TEXT, parent_id BIGINT, parent_key BIGINT, incidents BIGINT NOT NULL,
    due_at BIGINT NOT NULL, revision BIGINT NOT NULL, head TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX instance_process ON instance (process, id);
CREATE INDEX instance_starter ON instance (starter, id) WHERE starter IS NOT NULL;
CREATE INDEX instance_number ON instance (number) WHERE number IS NOT NULL;
CREATE INDEX instance_parent ON instance (parent_id, parent_key) WHERE parent_id IS NOT NULL;
CREATE INDEX instance_incident ON instance (id) WHERE incidents > 0;
CREATE TABLE set_aside (
    instance_id {id}, at BIGINT NOT NULL, message TEXT NOT NULL);
CREATE TABLE task (
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, process {bytes} NOT NULL,
    node {bytes} NOT NULL, round BIGINT NOT NULL, state TEXT NOT NULL, role {bytes},
    candidates TEXT NOT NULL, assignee TEXT, created_at BIGINT NOT NULL, claimed_at BIGINT,
    due_at BIGINT NOT NULL, completed_at BIGINT, completed_by {bytes}, outcome TEXT, comment TEXT,
    PRIMARY KEY (instance_id, key)) {clustered};
CREATE INDEX task_open ON task (process, node, role, due_at) WHERE completed_at IS NULL;
CREATE INDEX task_by ON task (completed_by, completed_at) WHERE completed_by IS NOT NULL;
CREATE INDEX task_done ON task (process, completed_at) WHERE completed_at IS NOT NULL;
CREATE TABLE inbox (
    principal {bytes} NOT NULL, due_at BIGINT NOT NULL, instance_id BIGINT NOT NULL,
    key BIGINT NOT NULL,
    PRIMARY KEY (principal, due_at, instance_id, key)) {clustered};
CREATE TABLE comment (
    instance_id BIGINT NOT NULL, revision BIGINT NOT NULL, n BIGINT NOT NULL,
    person TEXT NOT NULL, at BIGINT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (instance_id, revision, n)) {clustered};
CREATE TABLE copied (
    person {bytes} NOT NULL, at BIGINT NOT NULL, instance_id BIGINT NOT NULL, key BIGINT NOT NULL,
    read_at BIGINT,
    PRIMARY KEY (person, at, instance_id, key)) {clustered};
";

const WAITS: &str = r"
CREATE TABLE timer (
    at BIGINT NOT NULL, instance_id BIGINT NOT NULL, key BIGINT NOT NULL, timer BIGINT NOT NULL,
    PRIMARY KEY (at, instance_id, key, timer)) {clustered};
CREATE TABLE subscription (
    message {bytes} NOT NULL, correlation {bytes} NOT NULL, instance_id BIGINT NOT NULL,
    key BIGINT NOT NULL,
    PRIMARY KEY (message, correlation, instance_id, key)) {clustered};
CREATE TABLE buffered_message (
    id TEXT PRIMARY KEY NOT NULL, message {bytes} NOT NULL, correlation {bytes} NOT NULL,
    payload TEXT, source_id BIGINT, at BIGINT NOT NULL, expires_at BIGINT NOT NULL);
CREATE INDEX buffered_message_waits ON buffered_message (message, correlation, at);
CREATE TABLE follow_up (
    id TEXT PRIMARY KEY NOT NULL, instance_id BIGINT NOT NULL, request TEXT NOT NULL,
    created_at BIGINT NOT NULL, attempts BIGINT NOT NULL, next_try_at BIGINT NOT NULL,
    last_error TEXT);
CREATE INDEX follow_up_next ON follow_up (next_try_at);
CREATE TABLE job (
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, topic {bytes} NOT NULL, input TEXT NOT NULL,
    retries BIGINT NOT NULL, created_at BIGINT NOT NULL, leased_until BIGINT NOT NULL, worker TEXT,
    PRIMARY KEY (instance_id, key)) {clustered};
CREATE INDEX job_next ON job (topic, leased_until);
CREATE TABLE intake (
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, process TEXT NOT NULL, node TEXT NOT NULL,
    document TEXT, opens_at BIGINT NOT NULL, closes_at BIGINT NOT NULL, sealed BIGINT NOT NULL,
    submissions BIGINT NOT NULL, closed BIGINT NOT NULL,
    PRIMARY KEY (instance_id, key)) {clustered};
CREATE INDEX intake_open ON intake (closes_at) WHERE closed = 0;
";

const FILES: &str = r"
CREATE TABLE document (
    instance_id BIGINT NOT NULL, document {bytes} NOT NULL, version BIGINT NOT NULL,
    entry BIGINT NOT NULL, hash TEXT NOT NULL, key BIGINT NOT NULL, at BIGINT NOT NULL, person TEXT,
    sealed BIGINT NOT NULL,
    PRIMARY KEY (instance_id, document, version)) {clustered};
CREATE TABLE content (
    hash {bytes} PRIMARY KEY NOT NULL, body TEXT NOT NULL);
CREATE TABLE draft (
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, person {bytes} NOT NULL, body TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (instance_id, key, person));
CREATE TABLE attachment (
    hash {bytes} NOT NULL, uploaded_by {bytes} NOT NULL, name TEXT NOT NULL,
    media_type TEXT NOT NULL, size BIGINT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (hash, uploaded_by));
CREATE TABLE register_entry (
    register {bytes} NOT NULL, instance_id BIGINT NOT NULL, key BIGINT NOT NULL,
    number {bytes} NOT NULL, year BIGINT NOT NULL, serial BIGINT NOT NULL, at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (register, instance_id, key, number)) {clustered};
CREATE INDEX register_entry_number ON register_entry (register, year, serial);
CREATE TABLE counter (
    series {bytes} NOT NULL, year BIGINT NOT NULL, value BIGINT NOT NULL,
    PRIMARY KEY (series, year)) {clustered};
CREATE TABLE page (
    instance_id BIGINT NOT NULL, key BIGINT NOT NULL, process {bytes} NOT NULL,
    title TEXT NOT NULL, content TEXT NOT NULL, published_from BIGINT NOT NULL,
    published_until BIGINT NOT NULL,
    PRIMARY KEY (instance_id, key)) {clustered};
CREATE INDEX page_published ON page (published_from, instance_id, key);
";

const OUTWARD: &str = r"
CREATE TABLE outbox (
    id {bytes} PRIMARY KEY NOT NULL, event TEXT NOT NULL, instance_id BIGINT NOT NULL,
    key BIGINT NOT NULL, notice TEXT NOT NULL, recipient {bytes} NOT NULL, status TEXT NOT NULL,
    attempts BIGINT NOT NULL, next_try_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
    sent_at BIGINT, last_error TEXT);
CREATE INDEX outbox_next ON outbox (next_try_at) WHERE status = 'pending';
CREATE UNIQUE INDEX outbox_once ON outbox (event, recipient);
CREATE INDEX outbox_case ON outbox (instance_id);
";

const PEOPLE: &str = r"
CREATE TABLE unit (
    id {bytes} PRIMARY KEY NOT NULL, name TEXT NOT NULL, parent TEXT, fields TEXT NOT NULL);
CREATE TABLE person (
    id {bytes} PRIMARY KEY NOT NULL, name TEXT NOT NULL, unit TEXT, email TEXT, language TEXT,
    fields TEXT NOT NULL, active BIGINT NOT NULL);
CREATE TABLE role_grant (
    person {bytes} NOT NULL, role {bytes} NOT NULL, unit {bytes} NOT NULL,
    PRIMARY KEY (person, role, unit)) {clustered};
CREATE INDEX role_grant_role ON role_grant (role, unit);
";

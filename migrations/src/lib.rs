//! The database schema, one file a change; migrations only go forward. A file that has landed is
//! never edited: what must change is expanded first and contracted in a later file.

mod m0001_initial;
mod m0002_demonstration_clock;
mod m0003_message_ids;
mod m0004_copied_case;
mod m0005_lifted;
mod m0006_signals;
mod m0007_start_events;
mod m0008_start_timers;
mod m0009_message_said;
mod m0010_message_kept;
mod m0011_start_counts;
mod m0012_receipts;
mod m0013_resent;
mod m0014_extended;
mod m0015_message_refused;
mod m0016_closed_tasks;
mod m0017_receipts_limited;
mod m0018_own_submissions;
mod m0019_register_versions;
mod m0020_told_in_words;
mod m0021_whose_people;
mod m0022_receipts_by_mailbox;
mod m0023_newest_first;
mod m0024_hops;
mod m0025_item_of_task;
mod m0026_choices;
mod m0027_room_for_changes;
mod m0028_deputies;
mod m0029_undeputed;

use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{DbErr, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// Every change, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Migration),
            Box::new(m0002_demonstration_clock::Migration),
            Box::new(m0003_message_ids::Migration),
            Box::new(m0004_copied_case::Migration),
            Box::new(m0005_lifted::Migration),
            Box::new(m0006_signals::Migration),
            Box::new(m0007_start_events::Migration),
            Box::new(m0008_start_timers::Migration),
            Box::new(m0009_message_said::Migration),
            Box::new(m0010_message_kept::Migration),
            Box::new(m0011_start_counts::Migration),
            Box::new(m0012_receipts::Migration),
            Box::new(m0013_resent::Migration),
            Box::new(m0014_extended::Migration),
            Box::new(m0015_message_refused::Migration),
            Box::new(m0016_closed_tasks::Migration),
            Box::new(m0017_receipts_limited::Migration),
            Box::new(m0018_own_submissions::Migration),
            Box::new(m0019_register_versions::Migration),
            Box::new(m0020_told_in_words::Migration),
            Box::new(m0021_whose_people::Migration),
            Box::new(m0022_receipts_by_mailbox::Migration),
            Box::new(m0023_newest_first::Migration),
            Box::new(m0024_hops::Migration),
            Box::new(m0025_item_of_task::Migration),
            Box::new(m0026_choices::Migration),
            Box::new(m0027_room_for_changes::Migration),
            Box::new(m0028_deputies::Migration),
            Box::new(m0029_undeputed::Migration),
        ]
    }
}

/// Runs statements that both databases understand, but for three words: `{id}` is the type of a
/// primary key that is one number, `{clustered}` ends a table whose rows live in the order of their
/// key, `{bytes}` compares texts byte by byte, so that both databases sort alike.
async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let (id, clustered) = match connection.get_database_backend() {
        DbBackend::Sqlite => ("INTEGER PRIMARY KEY NOT NULL", "WITHOUT ROWID"),
        _ => ("BIGINT PRIMARY KEY", ""),
    };
    let bytes = match connection.get_database_backend() {
        DbBackend::Sqlite => "TEXT",
        _ => "TEXT COLLATE \"C\"",
    };
    for statement in statements.split(';').map(str::trim).filter(|statement| !statement.is_empty())
    {
        let sql = statement
            .replace("{id}", id)
            .replace("{clustered}", clustered)
            .replace("{bytes}", bytes);
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}

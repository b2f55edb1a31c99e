//! The tables, one file each: a sea-orm entity and the description that the writer uses. To add one:
//! a migration, a file here, and the arm in `project` that fills it.

pub mod attachment;
pub mod buffered_message;
pub mod choice;
pub mod comment;
pub mod content;
pub mod copied;
pub mod counter;
pub mod definition;
pub mod deputy;
pub mod document;
pub mod draft;
pub mod follow_up;
pub mod inbox;
pub mod instance;
pub mod intake;
pub mod job;
pub mod journal;
pub mod lane;
pub mod lifted;
pub mod outbox;
pub mod pack;
pub mod page;
pub mod person;
pub mod register_entry;
pub mod register_version;
pub mod resent;
pub mod role_grant;
pub mod set_aside;
pub mod signal_wait;
pub mod start_event;
pub mod subscription;
pub mod task;
pub mod timer;
pub mod unit;

/// Every table that a command may write to.
pub static OF_COMMANDS: &[&crate::row::Table] = &[
    &buffered_message::TABLE,
    &choice::TABLE,
    &comment::TABLE,
    &content::TABLE,
    &copied::TABLE,
    &counter::TABLE,
    &document::TABLE,
    &follow_up::TABLE,
    &inbox::TABLE,
    &instance::TABLE,
    &intake::TABLE,
    &job::TABLE,
    &journal::TABLE,
    &outbox::TABLE,
    &page::TABLE,
    &register_entry::TABLE,
    &register_version::TABLE,
    &signal_wait::TABLE,
    &subscription::TABLE,
    &task::TABLE,
    &timer::TABLE,
];

//! The tables, one file each: a sea-orm entity and the description that the writer uses. To add one:
//! a migration, a file here, and the arm in `project` that fills it.

pub mod attachment;
pub mod buffered_message;
pub mod comment;
pub mod content;
pub mod copied;
pub mod counter;
pub mod definition;
pub mod document;
pub mod draft;
pub mod follow_up;
pub mod inbox;
pub mod instance;
pub mod intake;
pub mod job;
pub mod journal;
pub mod lane;
pub mod outbox;
pub mod pack;
pub mod page;
pub mod person;
pub mod register_entry;
pub mod role_grant;
pub mod set_aside;
pub mod subscription;
pub mod task;
pub mod timer;
pub mod unit;

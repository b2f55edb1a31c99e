//! Turns outbox rows into mail and other messages: fills the pack's templates, sends through a
//! channel, and decides whether to try again. Whom a notice is for is decided by the process and
//! kept by the store; nothing here chooses recipients.
//!
//! Delivery is at least once. A notice keeps its Message-ID over all attempts, so that a mailbox
//! that gets it twice shows it once.

pub mod compose;
pub mod deliver;
pub mod email;
pub mod notice;
pub mod retry;
pub mod template;

//! A message ready to send, and what a channel answers. No template and no transport.

use std::future::Future;

use engine::time::Timestamp;
use thiserror::Error;

/// A message to one recipient, complete: sending it needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The outbox row.
    pub id: String,
    /// Where it goes.
    pub recipient: Address,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Without angle brackets; the same at every attempt.
    pub message_id: String,
    /// What it belongs to, without angle brackets: mails of one case form one conversation.
    pub thread: Option<String>,
    /// When it was asked for, which is the date it bears at every attempt.
    pub at: Timestamp,
}

/// A mail address with the name of whoever reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Such as `li@example.org`.
    pub email: String,
    /// The person, where known.
    pub name: Option<String>,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The network, the server or its settings; the same notice may go out later.
    Transient,
    /// This notice will never be taken, such as for a mailbox that does not exist.
    Permanent,
}

/// A notice that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SendError {
    /// Whether trying again can help.
    pub failure: Failure,
    /// What happened, with the server's answer where there was one.
    pub message: String,
}

impl SendError {
    /// One that may pass.
    pub fn transient(message: impl Into<String>) -> Self {
        Self { failure: Failure::Transient, message: message.into() }
    }

    /// One that will not.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { failure: Failure::Permanent, message: message.into() }
    }
}

/// A way out. Sending the same notice twice must be harmless.
pub trait Channel: Send + Sync {
    /// Sends, and returns when the other side has taken it.
    fn send(&self, notice: &Notice) -> impl Future<Output = Result<(), SendError>> + Send;
}

/// The Message-ID of an outbox row, without angle brackets: letters, digits, `.`, `_` and `-` stay,
/// every other byte becomes `=` and two hexadecimal digits, so two rows never share one.
pub fn message_id(row: &str, domain: &str) -> String {
    use std::fmt::Write;

    let mut id = String::with_capacity(row.len() + domain.len() + 1);
    for byte in row.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            id.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(id, "={byte:02x}");
        }
    }
    id.push('@');
    id.push_str(domain);
    id
}

#[cfg(test)]
mod tests {
    use super::message_id;

    #[test]
    fn a_message_id_is_of_letters_that_mail_allows_and_unique() {
        for (row, expected) in [
            ("12-3-li", "12-3-li@example.org"),
            ("12:person:li", "12=3aperson=3ali@example.org"),
            ("12=3aperson", "12=3d3aperson@example.org"),
            ("李", "=e6=9d=8e@example.org"),
        ] {
            assert_eq!(message_id(row, "example.org"), expected);
        }
    }
}

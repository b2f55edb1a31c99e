//! Sends a message to whatever case waits for it.

use crate::ids::{DocumentName, MessageName};

super::node! {
    /// Sends a message and goes on.
    pub struct IntermediateThrowEvent {
        /// The message.
        pub message: MessageName,
        /// The correlation key: an expression.
        pub key: String,
        /// The document it carries.
        #[serde(default)]
        pub payload: Option<DocumentName>,
    }
}

//! Waits for a timer or a message.

use crate::definition::source::Time;
use crate::ids::MessageName;

super::node! {
    /// Waits until its time has come or its message arrives.
    pub struct IntermediateCatchEvent {
        /// Until when. What lies in the past is over at once.
        #[serde(default)]
        pub timer: Option<Time>,
        /// The message it waits for.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that the message's payload is written to.
        #[serde(default)]
        pub into: Option<String>,
    }
}

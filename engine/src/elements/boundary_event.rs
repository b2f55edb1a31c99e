//! A timer or a message on an activity, interrupting it or beside it.

use crate::definition::source::Time;
use crate::ids::{MessageName, NodeName};

super::node! {
    /// Stands on an activity: when its timer runs out or its message comes, its own way is taken.
    pub struct BoundaryEvent {
        /// The activity.
        pub attached_to: NodeName,
        /// When it fires.
        #[serde(default)]
        pub timer: Option<Time>,
        /// Whether the timer fires again and again (only beside, never interrupting).
        #[serde(default)]
        pub repeat: bool,
        /// The message it waits for.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that the message's payload is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// Whether the activity ends; it does by default.
        #[serde(default = "super::truth")]
        pub interrupting: bool,
    }
}

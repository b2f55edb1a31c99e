//! What an event asks the writer to do elsewhere: with another case, or with a message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Parent;
use crate::event::Initiator;
use crate::ids::{DocumentName, Hash, Key, MessageName, NodeName, OutcomeName, ProcessName};

/// Something the writer must do elsewhere because of an event: a step changes one case only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Begin a case of a process, called by this one's activation.
    StartCase {
        /// The process, in its newest version.
        process: ProcessName,
        /// The call activity.
        key: Key,
        /// First documents, by the called process's names: hashes of contents that exist.
        documents: BTreeMap<DocumentName, Hash>,
        /// Whether the caller waits, so that the called case reports back.
        wait: bool,
        /// Who began the outermost case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Initiator>,
    },
    /// Tell the calling case that this one ended.
    ReportEnd {
        /// The caller.
        parent: Parent,
        /// How this case ended.
        outcome: Option<OutcomeName>,
        /// This case's documents at its end.
        documents: BTreeMap<DocumentName, Vec<Hash>>,
    },
    /// Cancel the case that an activation called.
    CancelCalled {
        /// The call activity.
        key: Key,
        /// Why.
        reason: String,
    },
    /// Hand a message to whoever waits for it.
    SendMessage {
        /// The message.
        message: MessageName,
        /// Its correlation key.
        correlation: String,
        /// What it carries.
        payload: Option<Hash>,
        /// The node that sends it.
        from: NodeName,
    },
}

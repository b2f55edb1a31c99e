//! What an event asks the writer to do elsewhere: with another case, or with a message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Parent;
use crate::event::Initiator;
use crate::ids::{
    DocumentName, ErrorCode, EscalationCode, Hash, Key, MessageName, NodeName, OutcomeName,
    ProcessName, SignalName,
};
use crate::time::Timestamp;

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
        /// Entries of its lists that it began with.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        given: BTreeMap<DocumentName, Vec<Hash>>,
        /// The error that ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ErrorCode>,
        /// What a person should know of the error.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Tell the calling case of an escalation that nobody here catches.
    ReportEscalation {
        /// The caller.
        parent: Parent,
        /// The escalation.
        code: EscalationCode,
    },
    /// Hand a signal to every other case that waits for it, and begin those that it begins.
    BroadcastSignal {
        /// The signal.
        signal: SignalName,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Hash>,
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
        /// Until when it is kept for whoever waits for it, where the process says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
}

impl Request {
    /// Whether it is a message or a signal: what may be answered by another, for ever.
    pub(crate) const fn is_hop(&self) -> bool {
        match self {
            Self::SendMessage { .. } | Self::BroadcastSignal { .. } => true,
            Self::StartCase { .. }
            | Self::ReportEnd { .. }
            | Self::ReportEscalation { .. }
            | Self::CancelCalled { .. } => false,
        }
    }
}

//! What events are made of: who, why, what for. What happened is an `Event`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actor::Principal;
use crate::clock::{Cycle, Working};
use crate::ids::{ErrorCode, Key, NodeName, PersonId, UnitId};
use crate::instance::Timer;
use crate::time::Timestamp;

/// Who began a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initiator {
    /// The person.
    pub person: PersonId,
    /// The unit they acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

/// The item that one run of a multi-instance activity is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its place in the list, from 0.
    pub index: u32,
    /// The item.
    pub value: Value,
    /// Whether it is a signer who was added to the round.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub added: bool,
    /// What people call it, where the definition says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// When an added signer decides: before, after or beside whom they are added by (加签).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// Before (前加签): the other waits for them.
    Before,
    /// After (后加签): they are asked when the other has decided.
    After,
    /// At the same time (并加签).
    Alongside,
}

/// How a case was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub enum Ending {
    /// Cancelled, by a person or by the case that called it.
    #[default]
    Cancelled,
    /// Whoever began it ended it as never having been (作废).
    Voided,
    /// Somebody in charge ended it (终止).
    Terminated,
}

impl Ending {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
    pub(crate) fn is_cancelled(&self) -> bool {
        *self == Self::Cancelled
    }
}

/// Why a task was passed without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Skipped {
    /// The same person had agreed before (去重).
    SamePerson,
    /// The person began the case.
    Starter,
    /// Nobody was found who could do it.
    Nobody,
}

/// Why a path was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Because {
    /// The flow has no condition.
    Only,
    /// Its condition was true.
    Condition,
    /// No condition was true and it is the default.
    Default,
    /// An outcome leads there.
    Outcome,
    /// Too little was handed in.
    TooFew,
    /// The deadline has passed.
    Overdue,
    /// What it leads to was the first to happen.
    Event,
    /// A corrected case comes back to whoever returned it.
    ComesBack,
    /// Somebody returned the case.
    Returned,
    /// An admin moved the token by hand.
    Modified,
}

/// A token, or a complex gateway that waits to be set back, that is on another way of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewayed {
    /// The gateway.
    pub node: NodeName,
    /// The scope it is in.
    pub scope: Key,
    /// The flow that the token came by; none of a gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<u32>,
    /// Activities and joins that it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
    /// The way that it is on now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Key>,
}

/// A timer that runs out at another time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedTimer {
    /// Its number.
    pub timer: u32,
    /// When it runs out now.
    pub at: Timestamp,
    /// How that was worked out, where it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Box<Working>>,
    /// Since when it stands still, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Timestamp>,
    /// Which time it is of many, where the next ones are counted otherwise now; else from as much later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<Cycle>,
}

/// What a timer is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TimerPurpose {
    /// A task's deadline.
    Due,
    /// A reminder of a task; its number in `remind`.
    Reminder {
        /// From 0.
        number: u32,
    },
    /// A boundary event on the activation.
    Boundary {
        /// The boundary event.
        node: NodeName,
    },
    /// An intermediate timer event.
    Event,
    /// An intake opens.
    Opens,
    /// An intake closes.
    Closes,
    /// A published page comes down, or its period ends.
    PageEnds,
    /// A failed job is tried again.
    JobRetry,
}

/// Why an activation ended before it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Cause {
    /// A boundary event interrupted it.
    Boundary {
        /// The boundary event.
        node: NodeName,
    },
    /// The multi-instance activity it belongs to needs it no more.
    SiblingsDone,
    /// Its deadline has passed and the definition says where to go then.
    Overdue,
    /// A terminating end event ended its scope.
    Terminated,
    /// The scope around it was ended.
    Scope,
    /// The case was returned to something before it.
    Returned,
    /// The signer was taken out again.
    SignerRemoved,
    /// The vote was closed before the signer had voted.
    VoteClosed,
    /// The case was cancelled.
    Cancelled,
    /// An event sub-process took over its scope.
    EventSubProcess {
        /// The event sub-process.
        node: NodeName,
    },
    /// An error that nobody in the case catches ended the case.
    Error {
        /// The error.
        code: ErrorCode,
    },
    /// The ad-hoc sub-process around it is done.
    Enough,
    /// A transaction was cancelled.
    TransactionCancelled,
    /// An admin ended it by hand.
    Modified,
    /// An admin ended it when the case went over to another version.
    Migrated,
    /// What a join had given up came after all: the tokens that it has wait again.
    Joined,
}

impl Cause {
    /// Whether something follows from what was ended: its own way on.
    pub(crate) const fn goes_on(&self) -> bool {
        match self {
            Self::Boundary { .. } | Self::Overdue => true,
            Self::SiblingsDone
            | Self::Terminated
            | Self::Scope
            | Self::Returned
            | Self::SignerRemoved
            | Self::VoteClosed
            | Self::EventSubProcess { .. }
            | Self::Error { .. }
            | Self::Enough
            | Self::TransactionCancelled
            | Self::Modified
            | Self::Migrated
            | Self::Joined
            | Self::Cancelled => false,
        }
    }
}

/// A problem of the model or the data that stopped one activation. It waits for repair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Stable code, such as `EXPRESSION_FAILED`.
    pub code: String,
    /// What was expected and what was found.
    pub message: String,
    /// The events on the activity's boundary that are to wait when it is retried; the activity
    /// itself has begun. None of them where it has not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boundaries: Vec<NodeName>,
    /// The clock whose time came in vain: it comes again at once when this is retried, and what has begun
    /// stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<Box<Timer>>,
    /// Whether the activation has done what it is for, and only what it gives as a run of a list could not
    /// be told: that alone is tried again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_done: bool,
}

impl Incident {
    /// What stopped the activation itself.
    pub(crate) fn new(code: &str, message: String) -> Self {
        Self { code: code.to_owned(), message, boundaries: Vec::new(), timer: None, is_done: false }
    }
}

/// Which entries of a register an expression asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Asked {
    /// The one with this number.
    Number(String),
    /// Those in which a column has a value, as JSON.
    Equal {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
}

/// Who gets a notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Recipient {
    /// A person or everybody with a role.
    Principal(Principal),
    /// A mail address that a form gave.
    Address(String),
}

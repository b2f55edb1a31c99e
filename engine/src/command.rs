//! What somebody wants done. Commands are imperatives; whether they are allowed is decided where
//! they are carried out.

pub(crate) mod called;
mod change;
mod content;
mod envelope;
mod plan;
mod request;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::source::Then;
use crate::event::{Initiator, Placement};
use crate::ids::{
    DocumentName, ErrorCode, EscalationCode, Hash, InstanceId, Key, MessageName, NodeName,
    OutcomeName, PersonId, ProcessName, SignalName,
};

pub use change::Change;
pub use content::{Content, hash_of};
pub use envelope::Envelope;
pub(crate) use envelope::is_none;
pub use plan::{DocumentPlan, FieldPlan, NodePlan, Plan, TokenPlan};
pub use request::Request;

/// Where a case that is started by another one reports back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// The calling case.
    pub instance: InstanceId,
    /// Its call activity.
    pub key: Key,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Command {
    /// Begin a case, since a message came or a signal was thrown.
    Begin {
        /// The process.
        process: ProcessName,
        /// Its start event.
        event: NodeName,
        /// What came with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Content>,
    },
    /// Begin a case.
    Start {
        /// The process; its definition comes with the step.
        process: ProcessName,
        /// First documents, as a call activity or a start form gives them.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        documents: BTreeMap<DocumentName, Content>,
        /// The case that calls this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
        /// Who began the outermost case, where another case calls this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Initiator>,
    },
    /// Take a task that is offered to one's role.
    ClaimTask {
        /// The task.
        task: Key,
    },
    /// Give a claimed task back.
    ReleaseTask {
        /// The task.
        task: Key,
    },
    /// Decide a task. One that nobody claimed is claimed in passing.
    CompleteTask {
        /// The task.
        task: Key,
        /// The outcome; none where the task has no outcomes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// The documents its form writes.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        documents: BTreeMap<DocumentName, Content>,
        /// The opinion.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
        /// The versions of documents that were seen when it was decided: where one has been written
        /// since, it is refused. Lists, which others add to, are not compared.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        seen: BTreeMap<DocumentName, u32>,
    },
    /// Begin an activity of an ad-hoc sub-process.
    BeginActivity {
        /// The sub-process, which is active.
        within: Key,
        /// The activity.
        node: NodeName,
    },
    /// Return the case from a task to something before it (退回).
    ReturnTask {
        /// The task.
        task: Key,
        /// The nodes that are done again.
        to: Vec<NodeName>,
        /// How it goes on from there; through the nodes again where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<Then>,
        /// Why.
        reason: String,
    },
    /// Take back what one decided, while nothing followed (拿回).
    TakeBack {
        /// The task that was decided.
        task: Key,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Hand a task over to another person (转办).
    TransferTask {
        /// The task.
        task: Key,
        /// To whom.
        to: PersonId,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Let another person prepare a task (委派); it comes back.
    DelegateTask {
        /// The task.
        task: Key,
        /// To whom.
        to: PersonId,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Add signers to a task (加签).
    AddSigners {
        /// The task.
        task: Key,
        /// Who.
        people: Vec<PersonId>,
        /// When they decide.
        place: Placement,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Take a signer who was added out again (减签).
    RemoveSigner {
        /// A task of the round.
        task: Key,
        /// Who.
        person: PersonId,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Give a delegated task back to its owner, or take it back as the owner.
    HandBack {
        /// The task.
        task: Key,
        /// What the owner should know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Let the next reserve of the draw take over a task: as whoever has it (主动回避), or as an admin (递补).
    ReplaceDrawn {
        /// The task.
        task: Key,
        /// Why: the ground.
        reason: String,
    },
    /// Take the case back to its first task, as whoever began it (撤回).
    Withdraw {
        /// Why.
        reason: String,
    },
    /// End the case as never having been, as whoever began it (作废).
    Void {
        /// Why.
        reason: String,
    },
    /// End the case from a task that allows it, or as an admin (终止).
    Terminate {
        /// The task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<Key>,
        /// Why.
        reason: String,
    },
    /// Let an ended case run again (唤醒).
    Reopen {
        /// From which node.
        to: NodeName,
        /// Why.
        reason: String,
    },
    /// Hand everything of one who leaves over to another (离职转办).
    HandOver {
        /// Who leaves.
        from: PersonId,
        /// Who gets it.
        to: PersonId,
        /// Why.
        reason: String,
    },
    /// Let a task's deadline run longer, or an intake stay open longer, once, with a reason.
    ExtendTask {
        /// The task or the intake.
        task: Key,
        /// By how much, such as `10 workdays`.
        by: String,
        /// Why.
        reason: String,
    },
    /// Remind whoever has a task.
    UrgeTask {
        /// The task.
        task: Key,
    },
    /// Let somebody know of a task or of the case (抄送).
    Copy {
        /// The people.
        people: Vec<PersonId>,
        /// The task it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<Key>,
    },
    /// Hand something in to an open intake.
    Submit {
        /// The intake.
        intake: Key,
        /// What is handed in.
        content: Content,
        /// An earlier submission of one's own that this one replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<u32>,
    },
    /// Take back what was handed in, while the intake is open.
    WithdrawSubmission {
        /// The intake.
        intake: Key,
        /// The number of the submission.
        submission: u32,
    },
    /// A clock ran out.
    FireTimer {
        /// The activation that armed it.
        key: Key,
        /// Which of its timers.
        timer: u32,
    },
    /// A message arrived for an activation that waits for it.
    DeliverMessage {
        /// The activation that waits.
        key: Key,
        /// The message.
        message: MessageName,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Content>,
    },
    /// A signal was thrown: everything in the case that waits for it gets it.
    DeliverSignal {
        /// The signal.
        signal: SignalName,
        /// What it carries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Content>,
    },
    /// A called case escalates something that nobody inside it catches.
    ReceiveEscalation {
        /// The call activity.
        key: Key,
        /// The escalation.
        code: EscalationCode,
    },
    /// A service task's work is done.
    CompleteJob {
        /// The service task.
        key: Key,
        /// What came of it.
        #[serde(default)]
        result: Value,
    },
    /// A service task's work failed.
    FailJob {
        /// The service task.
        key: Key,
        /// Why.
        error: String,
        /// A business error: it is not tried again, but caught by a boundary event or further out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<ErrorCode>,
        /// How often it may be tried again at most; as often as its definition says where nothing
        /// is said. With 0 it is an incident at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        /// After how many milliseconds it is tried again, up to a day; after a pause that doubles with
        /// each try where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<i64>,
    },
    /// A called case ended.
    EndCall {
        /// The call activity.
        key: Key,
        /// The called case; 0 where it never began.
        child: InstanceId,
        /// How it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// Its documents as they were at the end.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        documents: BTreeMap<DocumentName, Vec<Hash>>,
        /// Entries of its lists that it began with.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        given: BTreeMap<DocumentName, Vec<Hash>>,
        /// The error that it ended with, since nobody inside it caught it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ErrorCode>,
        /// What a person should know of the error; why it never began, where that is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Say something on the case.
    Comment {
        /// What.
        text: String,
    },
    /// Try again what ended in an incident.
    Retry {
        /// The activation with the incident.
        key: Key,
    },
    /// Correct the case's data, by an admin.
    Correct {
        /// Documents anew; a list is given whole.
        documents: BTreeMap<DocumentName, Content>,
        /// Variables anew.
        variables: BTreeMap<String, serde_json::Value>,
        /// The activation whose incident is tried again then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry: Option<Key>,
        /// Why.
        reason: String,
    },
    /// Move tokens by hand, by an admin: all changes, in their order, or none.
    Modify {
        /// What is ended and begun.
        changes: Vec<Change>,
        /// Why.
        reason: String,
    },
    /// Let the case go over to another version of its process, by an admin.
    Migrate {
        /// The version.
        version: u32,
        /// What becomes of what is alive in it.
        plan: Plan,
        /// Why.
        reason: String,
    },
    /// Let the case stand still, by an admin.
    Suspend {
        /// Why.
        reason: String,
    },
    /// Let a case that stands still go on, by an admin.
    Resume,
    /// Count deadlines anew that were counted by weekends alone, by an admin.
    Recount {
        /// Why.
        reason: String,
    },
    /// End the case before its time.
    Cancel {
        /// Why.
        reason: String,
    },
}

impl Command {
    /// The command's name in the journal and in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::ClaimTask { .. } => "claimTask",
            Self::ReleaseTask { .. } => "releaseTask",
            Self::CompleteTask { .. } => "completeTask",
            Self::BeginActivity { .. } => "beginActivity",
            Self::ReturnTask { .. } => "returnTask",
            Self::TakeBack { .. } => "takeBack",
            Self::TransferTask { .. } => "transferTask",
            Self::DelegateTask { .. } => "delegateTask",
            Self::Withdraw { .. } => "withdraw",
            Self::Void { .. } => "void",
            Self::Terminate { .. } => "terminate",
            Self::Reopen { .. } => "reopen",
            Self::HandOver { .. } => "handOver",
            Self::HandBack { .. } => "handBack",
            Self::ReplaceDrawn { .. } => "replaceDrawn",
            Self::AddSigners { .. } => "addSigners",
            Self::RemoveSigner { .. } => "removeSigner",
            Self::ExtendTask { .. } => "extendTask",
            Self::UrgeTask { .. } => "urgeTask",
            Self::Copy { .. } => "copy",
            Self::Submit { .. } => "submit",
            Self::WithdrawSubmission { .. } => "withdrawSubmission",
            Self::FireTimer { .. } => "fireTimer",
            Self::DeliverMessage { .. } => "deliverMessage",
            Self::DeliverSignal { .. } => "deliverSignal",
            Self::ReceiveEscalation { .. } => "receiveEscalation",
            Self::CompleteJob { .. } => "completeJob",
            Self::FailJob { .. } => "failJob",
            Self::EndCall { .. } => "endCall",
            Self::Comment { .. } => "comment",
            Self::Retry { .. } => "retry",
            Self::Correct { .. } => "correct",
            Self::Modify { .. } => "modify",
            Self::Migrate { .. } => "migrate",
            Self::Suspend { .. } => "suspend",
            Self::Resume => "resume",
            Self::Recount { .. } => "recount",
            Self::Begin { .. } => "begin",
            Self::Cancel { .. } => "cancel",
        }
    }

    /// Every content the command brings, for the store to keep or to fill in again on replay.
    pub fn contents_mut(&mut self) -> Vec<&mut Content> {
        match self {
            Self::Start { documents, .. }
            | Self::CompleteTask { documents, .. }
            | Self::Correct { documents, .. } => documents.values_mut().collect(),
            Self::Submit { content, .. } => vec![content],
            Self::Begin { payload, .. }
            | Self::DeliverMessage { payload, .. }
            | Self::DeliverSignal { payload, .. } => payload.iter_mut().collect(),
            Self::ClaimTask { .. }
            | Self::ReleaseTask { .. }
            | Self::BeginActivity { .. }
            | Self::ReturnTask { .. }
            | Self::TakeBack { .. }
            | Self::TransferTask { .. }
            | Self::DelegateTask { .. }
            | Self::HandBack { .. }
            | Self::ReplaceDrawn { .. }
            | Self::Withdraw { .. }
            | Self::Void { .. }
            | Self::Terminate { .. }
            | Self::Reopen { .. }
            | Self::HandOver { .. }
            | Self::AddSigners { .. }
            | Self::RemoveSigner { .. }
            | Self::ExtendTask { .. }
            | Self::UrgeTask { .. }
            | Self::Modify { .. }
            | Self::Migrate { .. }
            | Self::Suspend { .. }
            | Self::Resume
            | Self::Recount { .. }
            | Self::Copy { .. }
            | Self::WithdrawSubmission { .. }
            | Self::FireTimer { .. }
            | Self::ReceiveEscalation { .. }
            | Self::CompleteJob { .. }
            | Self::FailJob { .. }
            | Self::EndCall { .. }
            | Self::Comment { .. }
            | Self::Retry { .. }
            | Self::Cancel { .. } => Vec::new(),
        }
    }
}

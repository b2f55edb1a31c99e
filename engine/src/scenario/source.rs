//! A scenario as its author writes it.

mod operations;
mod reject;
mod repair;
mod start;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{
    DocumentName, ErrorCode, MessageName, NodeName, NoticeName, OutcomeName, PersonId, ProcessName,
    RegisterName, SignalName,
};
use crate::text::Text;

pub use operations::{
    AddSignersSource, DeputySource, EndDeputySource, HandBackSource, HandOverSource, HandSource,
    RemoveSignerSource, ReopenSource, ReplaceSource, ReturnSource, TerminateSource,
};
pub use reject::RejectSource;
pub use repair::{
    ActiveNodeSource, ChangeSource, CorrectSource, MigrateSource, ModifySource, MoveSource,
    NodeSource, ResumeSource, RetrySource,
};
pub use start::{BeforeSource, How, OtherSource, StartSource};

/// `scenarios/fixtures.yaml`: values by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixturesSource {
    /// Values that scenarios name. `$like: another` begins from another fixture, changed as by a JSON
    /// merge patch; `$by` stands for the person who acts.
    #[serde(default)]
    pub fixtures: IndexMap<String, Value>,
}

/// A file of `scenarios/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScenarioSource {
    /// What it shows.
    pub scenario: Text,
    /// The process it begins.
    pub process: ProcessName,
    /// The version before, where there is one: the case begins on it, and goes over to the pack's own
    /// by `migrate`.
    #[serde(default)]
    pub before: Option<BeforeSource>,
    /// Entries that other cases made in registers before.
    #[serde(default)]
    pub registers: Vec<EntrySource>,
    /// How it begins.
    pub start: StartSource,
    /// What is done, in order.
    #[serde(default)]
    pub steps: Vec<StepSource>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StepSource {
    /// Somebody decides a task.
    Complete(CompleteSource),
    /// Somebody takes a task.
    Claim(TaskSource),
    /// Somebody gives a task back.
    Release(TaskSource),
    /// Somebody lets a task's deadline run longer.
    Extend(ExtendSource),
    /// Somebody returns the case from a task (退回).
    Return(ReturnSource),
    /// Somebody takes back what they decided (拿回).
    TakeBack(TaskSource),
    /// Somebody hands a task over (转办).
    Transfer(HandSource),
    /// Somebody lets another person prepare a task (委派).
    Delegate(HandSource),
    /// Somebody gives a delegated task back.
    HandBack(HandBackSource),
    /// Whoever began the case takes it back to its first task (撤回).
    WithdrawCase(CancelSource),
    /// Whoever began the case ends it as never having been (作废).
    Void(CancelSource),
    /// Somebody in charge ends the case (终止).
    Terminate(TerminateSource),
    /// Somebody lets an ended case run again (唤醒).
    Reopen(ReopenSource),
    /// Everything of one who leaves becomes another's (离职转办).
    HandOver(HandOverSource),
    /// Somebody is away for a time, and another does their tasks (代理).
    Deputy(DeputySource),
    /// Somebody is back before their time.
    EndDeputy(EndDeputySource),
    /// Somebody adds signers (加签).
    AddSigners(AddSignersSource),
    /// Somebody takes an added signer out again (减签).
    RemoveSigner(RemoveSignerSource),
    /// The next reserve of a draw takes over a task (主动回避、递补).
    Replace(ReplaceSource),
    /// Somebody begins an activity of an ad-hoc sub-process.
    Begin(TaskSource),
    /// Somebody reminds whoever has a task.
    Urge(TaskSource),
    /// Somebody hands something in.
    Submit(SubmitSource),
    /// Somebody takes back what they handed in.
    Withdraw(WithdrawSource),
    /// Time passes, as a deadline of so long counts it (`10 days` go to the end of the tenth day, moved
    /// behind days off; `240 hours` are just so many), or until then (`2026-05-06T10:00`). Whatever falls
    /// due happens, in order.
    Advance(String),
    /// A message arrives.
    Message(MessageSource),
    /// A signal is thrown outside: every case that waits for it gets it.
    Signal(SignalSource),
    /// A worker has done its job.
    CompleteJob(JobSource),
    /// A worker could not do its job.
    FailJob(JobSource),
    /// Somebody says something.
    Comment(CommentSource),
    /// Somebody ends the case.
    Cancel(CancelSource),
    /// An admin corrects the case's data, and lets what they stopped try again (更正).
    Correct(CorrectSource),
    /// An admin moves tokens of the case by hand (人工调整).
    Modify(ModifySource),
    /// An admin lets the case stand still (挂起).
    Suspend(CancelSource),
    /// An admin lets a case that stands still go on (恢复).
    Resume(ResumeSource),
    /// An admin tries again what an incident stopped.
    Retry(RetrySource),
    /// An admin lets the case go over from the version before to the pack's own (迁移).
    Migrate(MigrateSource),
    /// A step that must be refused, with this code.
    Reject(Box<RejectSource>),
    /// Steps on another case, the newest of a process.
    In(InSource),
    /// What must hold now.
    Expect(Box<ExpectSource>),
}

/// Who does what with a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskSource {
    /// The task's node.
    pub task: NodeName,
    /// The person.
    pub by: PersonId,
}

/// Who decides a task, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteSource {
    /// The task's node.
    pub task: NodeName,
    /// The person; `each` or `one` of those that such tasks are assigned to.
    pub by: PersonId,
    /// The outcome.
    #[serde(default)]
    pub outcome: Option<OutcomeName>,
    /// Documents it writes: values, or names of fixtures.
    #[serde(default)]
    pub with: BTreeMap<DocumentName, Value>,
    /// The opinion.
    #[serde(default)]
    pub comment: Option<String>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExtendSource {
    /// The task's node.
    pub task: NodeName,
    /// The person.
    pub by: PersonId,
    /// By how long.
    #[serde(rename = "for")]
    pub length: String,
    /// Why.
    pub reason: String,
}

/// A submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubmitSource {
    /// The intake's node.
    pub to: NodeName,
    /// The person, or `public`.
    pub by: PersonId,
    /// What: a value, or the name of a fixture.
    pub with: Value,
    /// The number of an own submission that it replaces.
    #[serde(default)]
    pub replaces: Option<u32>,
}

/// A submission taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WithdrawSource {
    /// The intake's node.
    pub from: NodeName,
    /// The person.
    pub by: PersonId,
    /// The submission's number.
    pub submission: u32,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageSource {
    /// The message.
    pub name: MessageName,
    /// Its correlation key; the case's id where none is given.
    #[serde(default)]
    pub key: Option<String>,
    /// What it carries: a value, or the name of a fixture.
    #[serde(default)]
    pub with: Option<Value>,
}

/// A signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignalSource {
    /// The signal.
    pub name: SignalName,
    /// What it carries: a value, or the name of a fixture.
    #[serde(default)]
    pub with: Option<Value>,
}

/// A worker's job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobSource {
    /// The service task's node.
    pub job: NodeName,
    /// What came of it.
    #[serde(default)]
    pub result: Value,
    /// Why it failed.
    #[serde(default)]
    pub error: String,
    /// The business error it failed with, which is caught and not tried again.
    #[serde(default)]
    pub code: Option<ErrorCode>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommentSource {
    /// The person.
    pub by: PersonId,
    /// What.
    pub text: String,
}

/// Who does it to the whole case, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelSource {
    /// The person.
    pub by: PersonId,
    /// Why.
    pub reason: String,
}

/// Steps on another case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InSource {
    /// Its process.
    pub process: ProcessName,
    /// Which of its cases, from 1; the newest that runs where nothing is said.
    #[serde(default)]
    pub nth: Option<usize>,
    /// Begins another case of it first, by hand: the steps are about that one.
    #[serde(default)]
    pub start: Option<OtherSource>,
    /// The steps.
    #[serde(default, rename = "do")]
    pub steps: Vec<StepSource>,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExpectSource {
    /// Nodes that are active.
    #[serde(default)]
    pub at: Vec<NodeName>,
    /// Nodes that are not.
    #[serde(default)]
    pub not_at: Vec<NodeName>,
    /// How the case ended.
    #[serde(default)]
    pub outcome: Option<OutcomeName>,
    /// Whether it runs: `active`, `suspended`, `completed`, `cancelled`.
    #[serde(default)]
    pub status: Option<String>,
    /// Parts of documents; `null` for a field that is not there.
    #[serde(default)]
    pub documents: BTreeMap<DocumentName, Value>,
    /// Variables.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// Entries in registers.
    #[serde(default)]
    pub registers: Vec<EntrySource>,
    /// Titles of published pages; `[]` where none is up.
    #[serde(default)]
    pub pages: Option<Vec<String>>,
    /// What published pages show, by title: their documents, compared whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, Value>,
    /// Notices that were sent.
    #[serde(default)]
    pub notices: Vec<SentSource>,
    /// The last day of tasks' deadlines.
    #[serde(default)]
    pub due: BTreeMap<NodeName, String>,
    /// Codes of incidents that wait; none means that none does. What stops the case fails the scenario,
    /// unless the next step expects it.
    #[serde(default)]
    pub incidents: Option<Vec<String>>,
}

/// An entry in a register.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EntrySource {
    /// The register.
    pub register: RegisterName,
    /// The number as written.
    pub number: String,
    /// Columns as they are now; those that are not named may hold anything.
    #[serde(default)]
    pub columns: BTreeMap<String, Value>,
}

/// A notice that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SentSource {
    /// The template.
    pub notice: NoticeName,
    /// To whom: `role:…`, `person:…`, or an address.
    pub to: String,
}

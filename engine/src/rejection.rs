//! Why a command was refused. The caller's fault: answered, journalled, and nothing changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::form::FieldError;
use crate::ids::{DocumentName, Hash, Key, NodeName, OutcomeName, PersonId, RoleName};
use crate::operation::Operation;
use crate::text::Language;
use crate::time::Timestamp;

/// One refusal, with all that its sentence needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Rejection {
    /// The case has ended.
    InstanceClosed,
    /// No such activation is open.
    NotOpen {
        /// The activation asked for.
        key: Key,
    },
    /// The activation is of another kind than the command is for.
    WrongKind {
        /// The activation.
        key: Key,
        /// What the command needs.
        expected: String,
    },
    /// The task is another person's.
    ClaimedByAnother {
        /// Whose.
        person: PersonId,
    },
    /// The task is not claimed.
    NotClaimed,
    /// The actor is not among those it is for.
    NotCandidate {
        /// Whom it is for.
        expected: String,
    },
    /// The same person did a step that must be another's.
    SamePerson {
        /// That step.
        node: String,
    },
    /// The task has no such outcome.
    UnknownOutcome {
        /// What was given.
        found: Option<OutcomeName>,
        /// What there is.
        expected: Vec<OutcomeName>,
    },
    /// The outcome needs an opinion.
    CommentRequired {
        /// The outcome.
        outcome: OutcomeName,
    },
    /// The task does not write that document.
    DocumentNotEditable {
        /// The document.
        document: DocumentName,
    },
    /// The task needs a document that was not given.
    DocumentMissing {
        /// The document.
        document: DocumentName,
    },
    /// What a form got does not fit it.
    InvalidDocument {
        /// The document.
        document: DocumentName,
        /// Every problem.
        errors: Vec<FieldError>,
    },
    /// The intake takes nothing at this time.
    IntakeClosed {
        /// From when it is open.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// When this came.
        received: Timestamp,
    },
    /// No such submission of that person.
    SubmissionUnknown {
        /// Its number.
        submission: u32,
    },
    /// The timer was stopped or has fired.
    TimerNotArmed {
        /// Its number.
        timer: u32,
    },
    /// The timer is not due yet.
    TimerNotDue {
        /// When it is.
        at: Timestamp,
    },
    /// The activation has no incident.
    NoIncident,
    /// The definition does not allow the operation there.
    OperationNotAllowed {
        /// The operation.
        operation: Operation,
        /// The node, or the process.
        node: String,
    },
    /// The case cannot be returned to that node.
    CannotReturn {
        /// The node.
        to: NodeName,
        /// The nodes it can be returned to now.
        allowed: Vec<NodeName>,
        /// Why not.
        why: String,
    },
    /// Nothing was done before that it could be returned to.
    NothingBefore {
        /// The task's node.
        node: String,
    },
    /// Something was already done after the task.
    SomethingFollowed {
        /// What.
        node: NodeName,
    },
    /// The task is prepared for its owner, who decides it.
    Delegated {
        /// The owner.
        owner: PersonId,
    },
    /// The task is not delegated.
    NotDelegated,
    /// The deadline cannot be extended (again).
    NotExtendable,
    /// Only somebody with that role may begin this process.
    NotStarter {
        /// The roles.
        expected: Vec<RoleName>,
    },
    /// Only whoever began the case, or an admin, may do that.
    NotInitiator,
    /// An argument is not usable.
    BadArgument {
        /// Which.
        field: String,
        /// What was expected and found.
        message: String,
    },
    /// A text is too long.
    TooLong {
        /// Which.
        field: String,
        /// Characters allowed.
        max: u32,
    },
}

impl Rejection {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InstanceClosed => "INSTANCE_CLOSED",
            Self::NotOpen { .. } => "NOT_OPEN",
            Self::WrongKind { .. } => "WRONG_KIND",
            Self::ClaimedByAnother { .. } => "CLAIMED_BY_ANOTHER",
            Self::NotClaimed => "NOT_CLAIMED",
            Self::NotCandidate { .. } => "NOT_CANDIDATE",
            Self::SamePerson { .. } => "SAME_PERSON",
            Self::UnknownOutcome { .. } => "UNKNOWN_OUTCOME",
            Self::CommentRequired { .. } => "COMMENT_REQUIRED",
            Self::DocumentNotEditable { .. } => "DOCUMENT_NOT_EDITABLE",
            Self::DocumentMissing { .. } => "DOCUMENT_MISSING",
            Self::InvalidDocument { .. } => "INVALID_DOCUMENT",
            Self::IntakeClosed { .. } => "INTAKE_CLOSED",
            Self::SubmissionUnknown { .. } => "SUBMISSION_UNKNOWN",
            Self::TimerNotArmed { .. } => "TIMER_NOT_ARMED",
            Self::TimerNotDue { .. } => "TIMER_NOT_DUE",
            Self::NoIncident => "NO_INCIDENT",
            Self::OperationNotAllowed { .. } => "OPERATION_NOT_ALLOWED",
            Self::CannotReturn { .. } => "CANNOT_RETURN",
            Self::NothingBefore { .. } => "NOTHING_BEFORE",
            Self::SomethingFollowed { .. } => "SOMETHING_FOLLOWED",
            Self::Delegated { .. } => "DELEGATED",
            Self::NotDelegated => "NOT_DELEGATED",
            Self::NotExtendable => "NOT_EXTENDABLE",
            Self::NotStarter { .. } => "NOT_STARTER",
            Self::NotInitiator => "NOT_INITIATOR",
            Self::BadArgument { .. } => "BAD_ARGUMENT",
            Self::TooLong { .. } => "TOO_LONG",
        }
    }

    /// The sentence for a person: what was expected and what was found.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::En => self.english(),
            Language::Zh => self.chinese(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::InstanceClosed => "expected a running case, but it has ended".into(),
            Self::NotOpen { key } => format!(
                "expected an open task or event {key}, but it is done, was cancelled, or never was; reload the case"
            ),
            Self::WrongKind { key, expected } => {
                format!("expected {expected}, but {key} is something else")
            }
            Self::ClaimedByAnother { person } => {
                format!("expected a task of yours, but {person} has claimed it")
            }
            Self::NotClaimed => "expected a claimed task, but nobody has claimed it".into(),
            Self::NotCandidate { expected } => {
                format!("expected somebody it is offered to ({expected}), but you are not")
            }
            Self::SamePerson { node } => format!(
                "expected another person than the one who did `{node}`, but that was you; somebody else must take it"
            ),
            Self::UnknownOutcome { found: Some(found), expected } => {
                format!("expected one of {}, found `{found}`", list(expected))
            }
            Self::UnknownOutcome { found: None, expected } => {
                format!("expected an outcome, one of {}, but none was given", list(expected))
            }
            Self::CommentRequired { outcome } => {
                format!("expected an opinion, since `{outcome}` requires one")
            }
            Self::DocumentNotEditable { document } => {
                format!("expected only documents that this step writes, found `{document}`")
            }
            Self::DocumentMissing { document } => {
                format!("expected the document `{document}`, but it was not given")
            }
            Self::InvalidDocument { document, errors } => {
                format!("`{document}` has {} problem(s); see each field", errors.len())
            }
            Self::IntakeClosed { from, until, received } => {
                format!("expected it between {from} and {until}, but it came at {received}")
            }
            Self::SubmissionUnknown { submission } => {
                format!("expected a submission of yours, but there is no number {submission}")
            }
            Self::TimerNotArmed { timer } => {
                format!("expected a running timer, but {timer} was stopped or has fired")
            }
            Self::TimerNotDue { at } => format!("expected to be called at {at} or later"),
            Self::NoIncident => "expected an incident, but there is none".into(),
            Self::OperationNotAllowed { operation, node } => format!(
                "expected an operation that `{node}` allows, found `{operation}`; its `operations` in the definition would have to list it"
            ),
            Self::CannotReturn { to, allowed, why } => {
                format!("expected one of {} to return to, found `{to}`: {why}", nodes(allowed))
            }
            Self::NothingBefore { node } => format!(
                "expected something that was done before `{node}`, but nothing was that can be done again"
            ),
            Self::SomethingFollowed { node } => format!(
                "expected nothing to have followed, but `{node}` was done; ask whoever has the case to return it"
            ),
            Self::Delegated { owner } => format!(
                "expected the owner {owner} to do that, but the task is delegated; give it back first"
            ),
            Self::NotDelegated => "expected a delegated task, but this one is not".into(),
            Self::NotExtendable => {
                "expected a deadline that may be extended, but it may not, or was already".into()
            }
            Self::NotStarter { expected } => format!(
                "expected one of the roles {} to begin this, but you hold none",
                expected.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
            ),
            Self::NotInitiator => "expected whoever began the case, but that was not you".into(),
            Self::BadArgument { field, message } => format!("`{field}`: {message}"),
            Self::TooLong { field, max } => {
                format!("`{field}`: expected at most {max} characters")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::InstanceClosed => "案件已办结,不能再操作".into(),
            Self::NotOpen { key } => {
                format!("第 {key} 号任务或事件未打开:已办理、已取消或不存在,请刷新案件")
            }
            Self::WrongKind { key, expected } => format!("第 {key} 号不是所需类型({expected})"),
            Self::ClaimedByAnother { person } => format!("任务已由 {person} 签收"),
            Self::NotClaimed => "任务尚未签收".into(),
            Self::NotCandidate { expected } => format!("您不在办理人范围内({expected})"),
            Self::SamePerson { node } => {
                format!("您已办理过“{node}”,本环节须由他人办理(职责分离)")
            }
            Self::UnknownOutcome { found: Some(found), expected } => {
                format!("没有“{found}”这一结果,可选:{}", list(expected))
            }
            Self::UnknownOutcome { found: None, expected } => {
                format!("请选择办理结果:{}", list(expected))
            }
            Self::CommentRequired { outcome } => format!("选择“{outcome}”必须填写意见"),
            Self::DocumentNotEditable { document } => format!("本环节不能填写“{document}”"),
            Self::DocumentMissing { document } => format!("缺少材料“{document}”"),
            Self::InvalidDocument { document, errors } => {
                format!("“{document}”有 {} 处问题,请逐项修改", errors.len())
            }
            Self::IntakeClosed { from, until, received } => {
                format!("接收时间为 {from} 至 {until},您于 {received} 提交")
            }
            Self::SubmissionUnknown { submission } => {
                format!("没有您提交的第 {submission} 号材料")
            }
            Self::TimerNotArmed { timer } => format!("第 {timer} 号时钟已停止或已触发"),
            Self::TimerNotDue { at } => format!("时钟至 {at} 方到期"),
            Self::NoIncident => "没有待处理的异常".into(),
            Self::OperationNotAllowed { operation, node } => {
                format!("“{node}”不允许此操作({operation}),须在流程定义的 operations 中列明")
            }
            Self::CannotReturn { to, allowed, why: _ } => {
                format!("不能退回至“{to}”,现可退回:{}", nodes(allowed))
            }
            Self::NothingBefore { node } => format!("“{node}”之前没有可退回的环节"),
            Self::SomethingFollowed { node } => {
                format!("后续环节“{node}”已办理,不能拿回;请现办理人退回")
            }
            Self::Delegated { owner } => {
                format!("任务已委派,须先交还 {owner},由其办理")
            }
            Self::NotDelegated => "该任务未委派".into(),
            Self::NotExtendable => "该期限不能延长,或已延长过一次".into(),
            Self::NotStarter { expected } => format!(
                "发起本流程须具有以下角色之一:{}",
                expected.iter().map(RoleName::as_str).collect::<Vec<_>>().join("、")
            ),
            Self::NotInitiator => "仅发起人可以进行此操作".into(),
            Self::BadArgument { field, message } => format!("{field}:{message}"),
            Self::TooLong { field, max } => format!("{field}:最多 {max} 字"),
        }
    }
}

fn nodes(names: &[NodeName]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn list(outcomes: &[OutcomeName]) -> String {
    outcomes.iter().map(OutcomeName::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for Rejection {}

/// What a step needs to know before it can decide. The writer fetches it and steps again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A document's content.
    Document(Hash),
    /// Everybody who holds a role.
    Members(RoleName),
    /// The next number of a gap-free series in a year.
    Number {
        /// The series.
        series: String,
        /// The year.
        year: i32,
    },
}

//! Why a task ended that nobody decided, in words.

use async_graphql::{Enum, Result, SimpleObject};
use engine::elements::Element;
use engine::text::Language;
use engine::time::Timestamp;

use super::task::Task;
use crate::context::Reader;

/// What ended a task without a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum ClosedBecause {
    /// Its round was decided, or needed it no more.
    RoundDecided,
    /// An event at the edge of its node, or of what is around it, ended it.
    Boundary,
    /// Its deadline passed.
    Overdue,
    /// An end event that ends everything was reached.
    Terminated,
    /// What is around it was ended.
    Scope,
    /// The case was returned.
    Returned,
    /// The signer was removed.
    SignerRemoved,
    /// The vote was closed at its deadline, before the signer had voted.
    VoteClosed,
    /// The case was ended before its time.
    Cancelled,
    /// An event sub-process took over.
    EventSubProcess,
    /// An error ended the case.
    Error,
    /// The ad-hoc sub-process around it is done.
    Enough,
    /// The transaction around it was cancelled.
    TransactionCancelled,
    /// An admin ended it by hand.
    Modified,
    /// An admin ended it when the case went over to another version.
    Migrated,
}

/// That a task ended without a decision.
#[derive(Debug, SimpleObject)]
pub(crate) struct Closed {
    /// What ended it.
    because: ClosedBecause,
    /// Why, in a sentence.
    reason: String,
    /// What its round decided without it: the outcome's name.
    outcome: Option<String>,
    /// What people call that outcome.
    outcome_label: Option<String>,
}

impl Closed {
    /// Why a task ended; none while it is open, where it was decided, and where nobody wrote it down.
    pub(super) async fn of(reader: Reader<'_>, task: &Task) -> Result<Option<Self>> {
        // Whoever returned it, or ended the case from it, closed it themselves.
        let own = match task.0.state.as_str() {
            "returned" => Some(ClosedBecause::Returned),
            "terminated" => Some(ClosedBecause::Cancelled),
            _ => None,
        };
        let Some(because) = own.or_else(|| task.0.closed_because.as_deref().and_then(read)) else {
            return Ok(None);
        };
        let outcome = task.0.closed_outcome.clone();
        let outcome_label = match &outcome {
            Some(outcome) => Some(label(reader, task, outcome).await?),
            None => None,
        };
        let reason = match (&outcome_label, reader.language()) {
            (Some(label), Language::Zh) => format!("本轮已有结果“{label}”，您的任务随之结束"),
            (Some(label), Language::En) => {
                format!("the round was decided, \u{201c}{label}\u{201d}, before this task was")
            }
            (None, language) => sentence(because, language).to_owned(),
        };
        Ok(Some(Self { because, reason, outcome, outcome_label }))
    }
}

/// What people call an outcome of a task.
async fn label(reader: Reader<'_>, task: &Task, outcome: &str) -> Result<String> {
    let state = reader.state(task.0.instance_id).await?;
    let versions = reader.versions(&state).await?;
    let node = versions.node(Timestamp(task.0.created_at), &task.0.node);
    let declared = match node.map(engine::definition::Node::element) {
        Some(Element::UserTask(own)) => own.outcome(outcome),
        _ => None,
    };
    Ok(declared.map_or_else(|| outcome.to_owned(), |declared| reader.text(&declared.label)))
}

/// What `task.closed_because` says.
fn read(word: &str) -> Option<ClosedBecause> {
    Some(match word {
        "roundDecided" => ClosedBecause::RoundDecided,
        "boundary" => ClosedBecause::Boundary,
        "overdue" => ClosedBecause::Overdue,
        "terminated" => ClosedBecause::Terminated,
        "scope" => ClosedBecause::Scope,
        "returned" => ClosedBecause::Returned,
        "signerRemoved" => ClosedBecause::SignerRemoved,
        "voteClosed" => ClosedBecause::VoteClosed,
        "cancelled" => ClosedBecause::Cancelled,
        "eventSubProcess" => ClosedBecause::EventSubProcess,
        "error" => ClosedBecause::Error,
        "enough" => ClosedBecause::Enough,
        "transactionCancelled" => ClosedBecause::TransactionCancelled,
        "modified" => ClosedBecause::Modified,
        "migrated" => ClosedBecause::Migrated,
        _ => return None,
    })
}

const fn sentence(because: ClosedBecause, language: Language) -> &'static str {
    let (zh, en) = match because {
        ClosedBecause::RoundDecided => {
            ("本轮已办结，您的任务随之结束", "the round was complete before this task was decided")
        }
        ClosedBecause::Boundary => {
            ("流程中的事件结束了该任务", "an event of the procedure ended it")
        }
        ClosedBecause::Overdue => {
            ("已超过办理期限，案件转入下一步", "its deadline passed, and the case went on")
        }
        ClosedBecause::Terminated => ("案件已终止", "the case came to an end that ends everything"),
        ClosedBecause::Scope => {
            ("所在的环节已结束", "the part of the procedure that it belongs to ended")
        }
        ClosedBecause::Returned => ("案件已退回", "the case was returned"),
        ClosedBecause::SignerRemoved => ("已减签", "the signer was removed"),
        ClosedBecause::VoteClosed => (
            "表决到期截止，您未投票，按缺席计",
            "the vote closed at its deadline without it; it counts as absent",
        ),
        ClosedBecause::Cancelled => ("案件已提前结束", "the case was ended before its time"),
        ClosedBecause::EventSubProcess => ("案件转入应急环节", "an event sub-process took over"),
        ClosedBecause::Error => ("流程发生错误，案件已结束", "an error ended the case"),
        ClosedBecause::Enough => {
            ("所在的自由流程已完成", "the ad-hoc part that it belongs to is done")
        }
        ClosedBecause::TransactionCancelled => {
            ("所在的事务已撤销", "the transaction around it was cancelled")
        }
        ClosedBecause::Modified => ("管理员已人工结束该任务", "an admin ended it by hand"),
        ClosedBecause::Migrated => {
            ("案件转到新版本时结束了该任务", "the case went over to another version without it")
        }
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

//! What may be done with a task or a case now, and why not, in words: the name of the mutation, what
//! people call it, and the reason where it is off. No rule is repeated here: the engine and `access`
//! are asked in the order in which the mutation would ask them.

mod facts;
mod instance;
mod task;

use access::Denied;
use async_graphql::SimpleObject;
use engine::definition::Definition;
use engine::operation::{Allowed, Operation as Approval};
use engine::rejection::Rejection;
use engine::text::Language;

use crate::context::Reader;
use crate::error;

pub(crate) use facts::{attempt, envelope, with_facts};
pub(crate) use instance::of_instance;
pub(crate) use task::of_task;

/// A node that a case may go to.
#[derive(Debug, SimpleObject)]
pub(crate) struct OperationTarget {
    /// Its name in the definition, for `returnTask` and `reopenInstance`.
    name: String,
    /// What people call it.
    label: String,
}

/// Something that one might do with a task or a case.
#[derive(Debug, SimpleObject)]
pub(crate) struct Operation {
    /// Its name: that of the mutation, such as `claimTask`.
    name: String,
    /// What people call it.
    label: String,
    /// Whether whoever asks may do it now.
    allowed: bool,
    /// Why not, as the error that the mutation would give: a stable code.
    reason_code: Option<String>,
    /// Why not, in a sentence.
    reason: Option<String>,
    /// For a return or a reopening: the nodes that it may go to now.
    targets: Vec<OperationTarget>,
}

impl Operation {
    fn turn_off(&mut self, (code, sentence): (String, String)) {
        self.allowed = false;
        self.reason_code = Some(code);
        self.reason = Some(sentence);
    }

    /// Turns it off where `access` says no: that is asked first.
    fn asked(mut self, reader: Reader<'_>, may: &Result<(), Denied>) -> Self {
        if let Err(denied) = may {
            self.turn_off(error::denial(denied, reader.language()));
        }
        self
    }
}

/// The mutation of an approval operation.
const fn mutation_of(operation: Approval) -> &'static str {
    match operation {
        Approval::Transfer => "transferTask",
        Approval::Delegate => "delegateTask",
        Approval::Recuse | Approval::Replace => "replaceDrawn",
        Approval::Return => "returnTask",
        Approval::TakeBack => "takeBackTask",
        Approval::Urge => "urgeTask",
        Approval::Copy => "copyInstance",
        Approval::AddSigner => "addSigners",
        Approval::RemoveSigner => "removeSigner",
        Approval::Withdraw => "withdrawInstance",
        Approval::Void => "voidInstance",
        Approval::Terminate => "terminateInstance",
        Approval::Reopen => "reopenInstance",
    }
}

/// What the engine says of an approval operation.
fn told(reader: Reader<'_>, definition: &Definition, allowed: &Allowed) -> Operation {
    let name = mutation_of(allowed.operation);
    let mut operation = either(reader, name, allowed.refused.as_ref());
    let targets = allowed.targets.iter().map(|target| OperationTarget {
        name: target.to_string(),
        label: definition
            .node(target.as_str())
            .map_or_else(|| target.to_string(), |node| node.label(reader.language()).to_owned()),
    });
    operation.targets = targets.collect();
    operation
}

/// An operation that is on, or off for what it would be refused with.
fn either(reader: Reader<'_>, name: &str, refused: Option<&Rejection>) -> Operation {
    let label = label(name, reader.language());
    let mut operation = Operation {
        name: name.to_owned(),
        label: label.to_owned(),
        allowed: true,
        reason_code: None,
        reason: None,
        targets: Vec::new(),
    };
    if let Some(rejection) = refused {
        operation.turn_off(error::reason(rejection, reader.language()));
    }
    operation
}

fn label(name: &str, language: Language) -> &str {
    let (zh, en) = match name {
        "addComment" => ("意见", "Comment"),
        "addSigners" => ("加签", "Add signers"),
        "cancelInstance" => ("取消", "Cancel the case"),
        "claimTask" => ("签收", "Claim"),
        "completeTask" => ("办理", "Decide"),
        "copyInstance" => ("抄送", "Let somebody know"),
        "delegateTask" => ("委派", "Delegate"),
        "extendTask" => ("延期", "Extend"),
        "handBackTask" => ("交回", "Hand back"),
        "handOver" => ("离职转办", "Hand over"),
        "releaseTask" => ("退签", "Release"),
        "removeSigner" => ("减签", "Remove a signer"),
        "reopenInstance" => ("唤醒", "Reopen"),
        "replaceDrawn" => ("候补递补", "Let the next reserve take over"),
        "returnTask" => ("退回", "Return"),
        "saveDraft" => ("暂存", "Save a draft"),
        "takeBackTask" => ("拿回", "Take back"),
        "terminateInstance" => ("终止", "Terminate"),
        "transferTask" => ("转办", "Transfer"),
        "urgeTask" => ("催办", "Urge"),
        "voidInstance" => ("作废", "Void"),
        "withdrawInstance" => ("撤回", "Withdraw"),
        unnamed => (unnamed, unnamed),
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

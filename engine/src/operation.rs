//! What may be done with a task or a case beside deciding it: the names that YAML, the API and
//! refusals use. Whether one is possible now is asked of a step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::NodeName;
use crate::rejection::Rejection;

/// An approval operation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// Hand the task over to another person (转办).
    Transfer,
    /// Ask another person to prepare it; it comes back (委派).
    Delegate,
    /// Add signers before, after or beside oneself (加签).
    AddSigner,
    /// Take a signer out again (减签).
    RemoveSigner,
    /// Step aside from a task that one was drawn for; the next reserve takes over (主动回避).
    Recuse,
    /// Put the next reserve of the draw in the place of whoever has the task, as an admin (递补).
    Replace,
    /// Return the case to something before it (退回).
    Return,
    /// Take back what one decided, while nothing followed (拿回).
    TakeBack,
    /// Remind whoever has the task (催办).
    Urge,
    /// Let somebody know (抄送).
    Copy,
    /// The one who began the case takes it back to its first task (撤回).
    Withdraw,
    /// The one who began the case ends it as never having been (作废).
    Void,
    /// End the case from a task, or as an admin (终止).
    Terminate,
    /// Let an ended case run again (唤醒).
    Reopen,
}

impl Operation {
    /// The names of them all, as a person reads them.
    pub(crate) const NAMES: &'static str = "`transfer`, `delegate`, `addSigner`, `removeSigner`, \
        `recuse`, `replace`, `return`, `takeBack`, `urge`, `copy`, `withdraw`, `void`, `terminate` or `reopen`";

    /// Whether it concerns a case as a whole.
    pub const fn is_of_case(self) -> bool {
        matches!(self, Self::Withdraw | Self::Void | Self::Terminate | Self::Reopen)
    }

    /// Its name in YAML and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Delegate => "delegate",
            Self::AddSigner => "addSigner",
            Self::RemoveSigner => "removeSigner",
            Self::Recuse => "recuse",
            Self::Replace => "replace",
            Self::Return => "return",
            Self::TakeBack => "takeBack",
            Self::Urge => "urge",
            Self::Copy => "copy",
            Self::Withdraw => "withdraw",
            Self::Void => "void",
            Self::Terminate => "terminate",
            Self::Reopen => "reopen",
        }
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// An operation, and whether it is possible now.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
    /// The operation.
    pub operation: Operation,
    /// Why it is off; none where it is possible. It is what the command would be refused with.
    pub refused: Option<Rejection>,
    /// For a return or a reopening: the nodes it may go to now.
    pub targets: Vec<NodeName>,
}

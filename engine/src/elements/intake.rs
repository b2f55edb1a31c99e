//! Takes submissions until a deadline: comments, applications, objections.

use serde::{Deserialize, Serialize};

use crate::definition::source::{OneOrMany, Time};
use crate::ids::{DocumentName, FormName, NodeName};

super::node! {
    /// Open for submissions until it closes.
    pub struct Intake {
        /// The form of a submission; must be that of `into` where both are named.
        #[serde(default)]
        pub form: Option<FormName>,
        /// Who may submit: `public`, or roles.
        pub from: OneOrMany<String>,
        /// Where they may come in: `portal`, `mailbox`.
        #[serde(default)]
        pub channels: Vec<String>,
        /// When it opens; at once where nothing is said.
        #[serde(default)]
        pub opens: Option<Time>,
        /// When it closes.
        pub closes: Time,
        /// Nobody reads the submissions before it closes.
        #[serde(default)]
        pub sealed: bool,
        /// One valid submission a submitter; a new one replaces the old.
        #[serde(default)]
        pub once: bool,
        /// The list they become.
        pub into: DocumentName,
        /// Where it goes when nothing came.
        #[serde(default)]
        pub none: Option<GoTo>,
        /// Where it goes when fewer came than needed.
        #[serde(default)]
        pub fewer: Option<Fewer>,
    }
}

/// A way to another node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoTo {
    /// The node.
    pub to: NodeName,
}

/// A way to another node when too few came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fewer {
    /// At least so many: a number, or an expression.
    pub than: String,
    /// The node.
    pub to: NodeName,
}

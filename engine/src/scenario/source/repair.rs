//! Steps of a scenario by which an admin repairs a case. Nodes stand by their names: where one is
//! active more than once, the step is about the one that began first.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::Plan;
use crate::ids::{DocumentName, NodeName, PersonId};

/// Data corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorrectSource {
    /// The admin.
    pub by: PersonId,
    /// Documents anew: values, or names of fixtures; of a list all entries.
    #[serde(default)]
    pub documents: BTreeMap<DocumentName, Value>,
    /// Variables anew.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// The active node whose incident is tried again then.
    #[serde(default)]
    pub retry: Option<NodeName>,
    /// Why.
    pub reason: String,
}

/// Tokens moved by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModifySource {
    /// The admin.
    pub by: PersonId,
    /// The changes, made in this order: all of them, or none.
    pub changes: Vec<ChangeSource>,
    /// Why.
    pub reason: String,
}

/// One change of a case's tokens by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeSource {
    /// Ends an active node with all that is inside it; a sub-process that holds nothing then ends too.
    Cancel(ActiveNodeSource),
    /// Takes away the tokens that wait at a joining gateway.
    CancelWaiting(NodeSource),
    /// Begins a node.
    StartBefore(NodeSource),
    /// Goes on behind a node, as if it had been done.
    StartAfter(NodeSource),
    /// Ends an active node and begins another one.
    Move(MoveSource),
}

/// An active node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActiveNodeSource {
    /// Its name.
    pub node: NodeName,
}

/// A node of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeSource {
    /// Its name.
    pub node: NodeName,
    /// The active sub-process in which it is meant, where there are several.
    #[serde(default)]
    pub within: Option<NodeName>,
}

/// An active node, and another one that begins in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveSource {
    /// The active node.
    pub node: NodeName,
    /// The node that begins.
    pub to: NodeName,
    /// The active sub-process in which it begins, where there are several.
    #[serde(default)]
    pub within: Option<NodeName>,
}

/// A case that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResumeSource {
    /// The admin.
    pub by: PersonId,
}

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetrySource {
    /// The admin.
    pub by: PersonId,
    /// The active node with the incident.
    pub node: NodeName,
}

/// A case that goes over to the pack's version of its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MigrateSource {
    /// The admin.
    pub by: PersonId,
    /// What becomes of what is alive in it.
    #[serde(default)]
    pub plan: Plan,
    /// Why.
    pub reason: String,
}

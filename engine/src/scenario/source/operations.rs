//! Steps of a scenario that do something with a task beside deciding it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::source::{OneOrMany, Then};
use crate::event::Placement;
use crate::ids::{NodeName, PersonId, ProcessName};

/// A return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReturnSource {
    /// The task's node.
    pub task: NodeName,
    /// The person.
    pub by: PersonId,
    /// The node or nodes that are done again.
    pub to: OneOrMany<NodeName>,
    /// How it goes on from there; through the nodes again where nothing is said.
    #[serde(default)]
    pub then: Option<Then>,
    /// Why.
    pub reason: String,
}

/// Whom a task goes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandSource {
    /// The task's node.
    pub task: NodeName,
    /// The person who has it.
    pub by: PersonId,
    /// The person who gets it.
    pub to: PersonId,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Signers added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddSignersSource {
    /// The task's node.
    pub task: NodeName,
    /// The person whose task it is.
    pub by: PersonId,
    /// Who is added.
    pub people: OneOrMany<PersonId>,
    /// When they decide.
    pub place: Placement,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A signer taken out again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveSignerSource {
    /// The task's node.
    pub task: NodeName,
    /// The person who added them.
    pub by: PersonId,
    /// Who is taken out.
    pub person: PersonId,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A task that the next reserve of the draw takes over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceSource {
    /// The task's node.
    pub task: NodeName,
    /// Whoever has it and steps aside, or an admin.
    pub by: PersonId,
    /// Whose task, where an admin replaces one of several.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// Why.
    pub reason: String,
}

/// A delegated task given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandBackSource {
    /// The task's node.
    pub task: NodeName,
    /// The person who prepared it, or its owner.
    pub by: PersonId,
    /// What the owner should know.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A case ended by somebody in charge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerminateSource {
    /// The person.
    pub by: PersonId,
    /// The task from which it is ended; none as an admin.
    #[serde(default)]
    pub task: Option<NodeName>,
    /// Why.
    pub reason: String,
}

/// An ended case that runs again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReopenSource {
    /// The person.
    pub by: PersonId,
    /// From which node.
    pub to: NodeName,
    /// Why.
    pub reason: String,
}

/// Everything of one who leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HandOverSource {
    /// The admin.
    pub by: PersonId,
    /// Who leaves.
    pub from: PersonId,
    /// Who gets it.
    pub to: PersonId,
    /// Why.
    pub reason: String,
}

/// One who does the tasks of another for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeputySource {
    /// Who is away, and sets it.
    pub of: PersonId,
    /// Who does their tasks.
    pub to: PersonId,
    /// From when (`2026-05-06T10:00`); from now on where nothing is said.
    #[serde(default)]
    pub from: Option<String>,
    /// Until when (`2026-05-20`).
    pub until: String,
    /// Of which processes; of all where none is named.
    #[serde(default)]
    pub processes: Vec<ProcessName>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// One who is back before their time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndDeputySource {
    /// Who is back: what they set ends now.
    pub of: PersonId,
}

//! Who takes part in a round of signers or experts, and what they gave. Plain data; `apply` alone writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::Placement;
use crate::ids::{DocumentName, Hash, Key, OutcomeName, PersonId};
use crate::weight::Weight;

/// A signer who was added to a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// Who.
    pub person: PersonId,
    /// When they decide.
    pub place: Placement,
    /// Beside which of the signers, by place in the round.
    pub beside: u32,
    /// Who added them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Whether they were asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begun: bool,
    /// Whether they decided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
    /// Whether they were taken out again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl Added {
    /// Whether the round waits for them.
    pub const fn is_open(&self) -> bool {
        !self.done && !self.removed
    }
}

/// A signer who had not voted when the vote was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absent {
    /// Who, where that was one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What the vote would have weighed.
    pub weight: Weight,
}

/// One vote of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The signer's task.
    pub task: Key,
    /// Who.
    pub person: PersonId,
    /// For what.
    pub outcome: OutcomeName,
    /// What it weighs.
    pub weight: Weight,
    /// Whether it is enough alone, when it is against.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veto: bool,
    /// Whether it decides when as many are for as against.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub casting: bool,
    /// The signer's place in the round, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// Entries of lists that came with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<DocumentName, Hash>,
}

/// One score sheet of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The expert's task.
    pub task: Key,
    /// Who.
    pub person: PersonId,
    /// The outcome, where the task has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeName>,
    /// The expert's place in the round, from 0.
    pub place: u32,
    /// The sheet, and what else came with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<DocumentName, Hash>,
}

//! A command as it is given: by whom, when, and because of what. What is wanted is the command's to say.

use serde::{Deserialize, Serialize};

use super::Command;
use crate::actor::Actor;
use crate::time::Timestamp;

/// A command with everything a step is told from outside, journalled as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// When it is.
    pub at: Timestamp,
    /// Who gives the command.
    pub actor: Actor,
    /// The only source of chance in a step: draws are made from it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// The last moment of the day that ended as the step of another case was taken that causes this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Messages and signals of cases, one because of the other, that led to it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hops: u32,
    /// The command.
    pub command: Command,
}

impl Envelope {
    /// A command that says nothing: what somebody could do at a moment is asked by it.
    pub fn asking(at: Timestamp, actor: Actor) -> Self {
        let command = Command::Comment { text: String::new() };
        Self { at, actor, seed: 0, since: None, hops: 0, command }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
pub(crate) const fn is_none(hops: &u32) -> bool {
    *hops == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

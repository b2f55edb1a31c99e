//! Who asked for a correction, and gets it back. Plain data; `apply` alone writes it.

use serde::{Deserialize, Serialize};

use super::{Activation, DueBefore};
use crate::ids::{Key, NodeName, PersonId};

/// One who asked for a correction: of those who asked while it ran already, they come straight back with who
/// asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Where it comes back to.
    pub back: NodeName,
    /// Who asked, and gets it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// What that descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
    /// Their deadline as it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueBefore>,
    /// The task that they decided with that; 0 where they returned it, and where that was not noted yet.
    #[serde(default, rename = "as", skip_serializing_if = "Key::is_zero")]
    pub task: Key,
}

impl Asked {
    /// One who asked otherwise than by deciding a task.
    pub(crate) const fn plainly(back: NodeName, by: Option<PersonId>, from: Vec<Key>) -> Self {
        Self { back, by, from, due: None, task: Key(0) }
    }
}

impl Activation {
    /// Of a correction, all who asked for it, in the order in which they did.
    pub(crate) fn asked_for(&self) -> Vec<Asked> {
        let Some(back) = self.come_back.clone() else { return Vec::new() };
        let (by, from) = (self.asked_by.clone(), self.from.clone());
        let first = Asked { back, by, from, due: self.asked_due.clone(), task: self.asked_as };
        std::iter::once(first).chain(self.also.iter().cloned()).collect()
    }
}

//! What a case keeps beside its tokens: what can be undone, clocks and cases that stand still, intakes
//! that have closed. Plain data; `apply` alone writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Activation, DocumentState, Timer};
use crate::clock::Working;
use crate::event::{Ending, Item, Redocumented};
use crate::ids::{DocumentName, Hash, Key, NodeName, PersonId, SignalName};
use crate::step::signer_of;
use crate::time::Timestamp;

/// A signal that came while a case stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldSignal {
    /// The signal.
    pub signal: SignalName,
    /// What it brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Hash>,
}

/// A version of the definition that a case ran on before it went over to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The version.
    pub version: u32,
    /// Until when.
    pub until: Timestamp,
    /// Documents that have another name since then, or other fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Redocumented>,
}

/// That a case stands still by an admin's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspended {
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What was done and can be undone, with the data as they were when it was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Done {
    /// The activation that did it.
    pub key: Key,
    /// Its node.
    pub node: NodeName,
    /// The last activation there was when it was done: what undoes only what was done before it.
    pub last: Key,
    /// The item, for one run of a multi-instance activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// What undoes it.
    pub handler: NodeName,
    /// The activations around it and their nodes, from the innermost.
    pub within: Vec<(Key, NodeName)>,
    /// The runs of lists that it was inside of, with their nodes, from the innermost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<(NodeName, Item)>,
    /// The documents as they were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<DocumentName, DocumentState>,
    /// The variables as they were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Value>,
    /// The activation that undoes it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<Key>,
}

/// That a case is ended before its time, while what is to be done then is still done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndingEarly {
    /// How it ends.
    #[serde(default, skip_serializing_if = "Ending::is_cancelled")]
    pub how: Ending,
    /// Why.
    pub reason: String,
    /// Whether the case that called it wants that, and is not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_caller: bool,
}

/// The deadline of a task as it stood when it was decided: where that is taken back, it goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueBefore {
    /// How it was counted; none of a task that has only timers beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Box<Working>>,
    /// Whether it was extended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
    /// The timers beside it; nothing where that was not noted yet.
    #[serde(default, skip_serializing_if = "Beside::is_nothing")]
    pub beside: Beside,
    /// In a round of several: each signer's own, of whom it ended with that decision.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<SignerDue>,
}

/// The deadline of one of several signers as it stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerDue {
    /// Whose.
    pub person: PersonId,
    /// How it was counted.
    pub working: Box<Working>,
    /// Whether it was extended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
}

impl DueBefore {
    /// Of a round, the deadline of a signer and whether it was extended; of one who is not known by name, that
    /// of the task that was decided.
    pub(crate) fn of(&self, run: &Activation) -> Option<(&Working, bool)> {
        let own = signer_of(run);
        let own = self.signers.iter().find(|one| Some(&one.person) == own.as_ref());
        let is_of_one = run.item.as_ref().is_none_or(|it| it.value.is_null() && !it.added);
        match own {
            Some(own) => Some((&own.working, own.extended)),
            None if is_of_one => Some((self.working.as_deref()?, self.extended)),
            None => None,
        }
    }
}

/// The timers on an activity's boundary as they stood at some time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Those that were still to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Timer>,
    /// The events whose timers had come, and come no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub came: Vec<NodeName>,
    /// When they stopped; none where they went on all the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl Beside {
    /// Whether there was none.
    pub const fn is_nothing(&self) -> bool {
        self.timers.is_empty() && self.came.is_empty()
    }

    /// The same, where they stand still since some time.
    pub(crate) fn stopped(mut self, at: Timestamp) -> Self {
        self.at = Some(at).filter(|_| !self.is_nothing());
        self
    }
}

/// A clock that stands still until its node is reached again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paused {
    /// The deadline as it stood.
    pub working: Box<Working>,
    /// When it stopped.
    pub at: Timestamp,
    /// On what ground.
    pub ground: String,
    /// Whether the deadline was extended before it stopped: it is once at most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
    /// The activation whose clock it was; 0 where that was not noted yet.
    #[serde(default, skip_serializing_if = "Key::is_zero")]
    pub key: Key,
    /// What stopped it, and what that descends from and is inside of: undone with these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone_with: Vec<Key>,
    /// In a round of several: each signer's own. It is kept until the next round is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<SignerPaused>,
    /// The timers beside the node, which stand still with it.
    #[serde(default, skip_serializing_if = "Beside::is_nothing")]
    pub beside: Beside,
}

/// The clock of one of several signers that stands still.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerPaused {
    /// Whose.
    pub person: PersonId,
    /// The deadline as it stood.
    pub working: Box<Working>,
    /// When it stopped.
    pub at: Timestamp,
    /// Whether it was extended before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
}

impl Paused {
    /// Of a round, the own clock of a signer.
    pub(crate) fn of(&self, person: Option<&PersonId>) -> Option<&SignerPaused> {
        self.signers.iter().find(|one| Some(&one.person) == person)
    }
}

//! One case: active nodes, waiting tokens, documents by hash, what was decided. Only `apply`
//! changes it, and only from events. Decisions and SQL shapes do not belong here.

mod about;
mod activity;
mod apply;
mod arrival;
mod aside;
mod asked;
mod come;
mod corrected;
mod descent;
mod entries;
mod fold;
mod formerly;
mod intakes;
mod invariants;
mod kept;
mod own;
mod pages;
mod passed;
mod remembered;
mod roster;
mod round;
mod run;
mod timer;
mod trail;
mod undecided;
mod undone;
mod ways;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::command::{Command, Parent};
use crate::event::Initiator;
use crate::ids::{DocumentName, InstanceId, Key, NodeName, OutcomeName, PersonId, ProcessName};
use crate::time::Timestamp;

pub use about::About;
pub(crate) use about::called;
pub use activity::{
    Activation, Away, ConditionWait, SignalWait, Submission, Subscription, Waiting,
};
pub(crate) use arrival::Place;
pub use arrival::{Arrival, Reset};
pub use aside::{Aside, Lot};
pub use asked::Asked;
pub use corrected::{Correction, LeftBefore};
pub use entries::{DocumentState, Writer};
pub use fold::Fold;
pub use formerly::Formerly;
pub use intakes::ClosedIntake;
pub use kept::Kept;
pub use own::OwnVariable;
pub use passed::Passed;
pub use remembered::{
    Beside, Done, DueBefore, Earlier, EndingEarly, HeldSignal, Paused, SignerDue, SignerPaused,
    Suspended,
};
pub use roster::{Roster, Seat};
pub use round::{Absent, Added, Sheet, Vote};
pub use run::{Left, Run};
pub use timer::Timer;
pub use trail::Trace;
pub use undecided::Undecided;
pub use written::Overwritten;

/// Whether a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It runs.
    Active,
    /// It ended by itself.
    Completed,
    /// It was ended.
    Cancelled,
}

/// One case. Its fields are read through methods and written by `apply` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Instance {
    id: InstanceId,
    /// The fold that made it; the first where it began before folds were counted.
    #[serde(default, skip_serializing_if = "Fold::is_first")]
    fold: Fold,
    process: ProcessName,
    version: u32,
    status: Status,
    started_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initiator: Option<Initiator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Initiator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
    /// Whether whoever began it ended it as never having been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    voided: bool,
    last_key: Key,
    /// What the last end event said that was reached and says how the case ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reached: Option<OutcomeName>,
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    activations: Kept<Key, Activation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arrivals: Vec<Arrival>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    documents: BTreeMap<DocumentName, DocumentState>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<String, Value>,
    /// What variables held before they were written by what may still be undone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    overwritten: BTreeMap<String, Vec<Overwritten>>,
    /// Variables that runs have for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    own: Vec<OwnVariable>,
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    passed: Kept<NodeName, Passed>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    paused: BTreeMap<NodeName, Paused>,
    /// What runs that go on remember for themselves.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    runs: Kept<Key, Run>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    closed_intakes: BTreeMap<Key, ClosedIntake>,
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    trail: Kept<Key, Trace>,
    /// Who was let know of the case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    copied: BTreeSet<PersonId>,
    /// Who took over everything of whom.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    successors: BTreeMap<PersonId, PersonId>,
    /// Who stepped aside of those who were drawn into a variable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    aside: BTreeMap<String, BTreeSet<PersonId>>,
    /// The same of who stepped aside in one lot of several, from that alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aside_of_lots: Vec<Aside>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    done: Vec<Done>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspended: Option<Suspended>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resets: Vec<Reset>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<HeldSignal>,
    /// What workers and called cases reported while it stands still, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reports: Vec<Command>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ending: Option<EndingEarly>,
    /// Rounds of signers that ended before they were decided.
    #[serde(default, skip_serializing_if = "Kept::is_empty")]
    undecided: Kept<Key, Undecided>,
}

impl Instance {
    /// Its id.
    pub const fn id(&self) -> InstanceId {
        self.id
    }

    /// Its process.
    pub const fn process(&self) -> &ProcessName {
        &self.process
    }

    /// The version of the definition it runs on: the one it began with, unless an admin let it go
    /// over to another.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether it runs.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// When it began.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it ended.
    pub const fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at
    }

    /// Whether whoever began it ended it as never having been.
    pub const fn is_voided(&self) -> bool {
        self.voided
    }

    /// How it ended.
    pub const fn outcome(&self) -> Option<&OutcomeName> {
        self.outcome.as_ref()
    }

    /// What the last end event said that was reached and says how the case ends.
    pub const fn reached(&self) -> Option<&OutcomeName> {
        self.reached.as_ref()
    }

    /// Its case number.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Its title.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Who began it.
    pub const fn initiator(&self) -> Option<&Initiator> {
        self.initiator.as_ref()
    }

    /// Who began it, or the outermost case that called it: whom `initiator` in a definition means.
    pub fn originator(&self) -> Option<&Initiator> {
        self.initiator.as_ref().or(self.origin.as_ref())
    }

    /// Who took over everything of a person; they themselves where nobody did.
    pub fn successor<'a>(&'a self, person: &'a PersonId) -> &'a PersonId {
        // Whoever takes over has handed nothing over, so that this ends.
        let mut now = person;
        while let Some(next) = self.successors.get(now) {
            now = next;
        }
        now
    }

    /// Whose the part of whoever began it is now.
    pub fn is_initiators(&self, person: &PersonId) -> bool {
        self.initiator.as_ref().is_some_and(|it| self.successor(&it.person) == person)
    }

    /// The case that called it.
    pub const fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// The number of the last activation.
    pub const fn last_key(&self) -> Key {
        self.last_key
    }

    /// Everything that is active.
    pub const fn activations(&self) -> &Kept<Key, Activation> {
        &self.activations
    }

    /// One activation.
    pub fn activation(&self, key: Key) -> Option<&Activation> {
        self.activations.get(&key)
    }

    /// Tokens that wait at joining gateways.
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// Where its documents stand.
    pub const fn documents(&self) -> &BTreeMap<DocumentName, DocumentState> {
        &self.documents
    }

    /// Its variables.
    pub const fn variables(&self) -> &BTreeMap<String, Value> {
        &self.variables
    }

    /// Whether somebody was let know of an open task's node, or of the case, before.
    pub fn was_copied(&self, key: Key, person: &PersonId) -> bool {
        match self.activations.get(&key) {
            Some(activation) => self
                .passed
                .get(&activation.node)
                .is_some_and(|passed| passed.copied.contains(person)),
            None => self.copied.contains(person),
        }
    }

    /// What is remembered of a node.
    pub fn passed(&self, node: &str) -> Option<&Passed> {
        self.passed.get(node)
    }

    /// What is remembered of every node.
    pub const fn all_passed(&self) -> &Kept<NodeName, Passed> {
        &self.passed
    }

    /// What was done and can be undone, in the order in which it was done.
    pub fn done(&self) -> &[Done] {
        &self.done
    }

    /// Since when, by whom and why the case stands still, if it does.
    pub const fn suspended(&self) -> Option<&Suspended> {
        self.suspended.as_ref()
    }

    /// How and why it is ended before its time, while what is to be done then is still done.
    pub const fn ending(&self) -> Option<&EndingEarly> {
        self.ending.as_ref()
    }

    /// Whether a complex gateway went on and waits for the other tokens, and for which.
    pub(crate) fn reset(&self, node: &NodeName, place: Place) -> Option<&Reset> {
        self.resets.iter().find(|one| one.node == *node && one.place() == place)
    }

    /// Complex gateways that went on and wait for the other tokens.
    pub fn resets(&self) -> &[Reset] {
        &self.resets
    }

    /// Signals that came while it stands still, in order.
    pub fn held(&self) -> &[HeldSignal] {
        &self.held
    }

    /// What workers and called cases reported while it stands still, in order.
    pub fn reports(&self) -> &[Command] {
        &self.reports
    }

    /// Versions that it ran on before, in order.
    pub fn earlier(&self) -> &[Earlier] {
        &self.earlier
    }
}

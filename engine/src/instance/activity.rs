//! A node that is active, and what it waits for. Plain data; `apply` alone writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Absent, Added, Arrival, Asked, DueBefore, Left, LeftBefore, Place, Reset, Sheet, Timer, Vote,
};
use crate::actor::Principal;
use crate::clock::Working;
use crate::event::{Incident, Item};
use crate::ids::{Hash, Key, MessageName, NodeName, PersonId, SignalName, UnitId};
use crate::time::Timestamp;

/// A node that is active: it waits for somebody or something, or holds other activations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Activation {
    /// The node.
    pub node: NodeName,
    /// The activation around it; 0 for the case itself.
    pub scope: Key,
    /// Which pass over the node, from 1.
    pub round: u32,
    /// Since when.
    pub since: Timestamp,
    /// The item, for one run of a multi-instance activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Item>,
    /// Where to go when done instead of onwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub come_back: Option<NodeName>,
    /// Who asked for the correction, and gets it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<PersonId>,
    /// Their deadline as it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_due: Option<DueBefore>,
    /// The task that they decided with that; 0 where they returned it, and where that was not noted yet.
    #[serde(default, skip_serializing_if = "Key::is_zero")]
    pub asked_as: Key,
    /// Activities and joins that it descends from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Key>,
    /// Whether it stays in the trail behind what follows from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub traced: bool,
    /// Tokens that it used up as a join.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used: Vec<Arrival>,
    /// What it waited for as a complex gateway that is set back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Box<Reset>>,
    /// Whether the case was sent back to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Who did it before and gets it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What it corrects, from the trail: undone if it does not come straight back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Key>,
    /// Others who asked for the same correction while it ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Asked>,
    /// Who decided it, once somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_by: Option<PersonId>,
    /// Its deadline: where it is open again since the decision was taken back, the one that goes on; else
    /// as it stood when it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_before: Option<DueBefore>,
    /// Of a correction, how it and what is inside of it were left before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<LeftBefore>,
    /// Of a correction, whether it is left as a whole, as what it corrects was; not of older ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_whole: bool,
    /// The task of the one signer who decided it for all, where it is a round of signers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_as: Option<Key>,
    /// Whether what is inside it is remembered for itself: a run of a list or loop, what an event began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// The ways of their own that it is on, the innermost first, by what began each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Key>,
    /// How it was decided so far.
    #[serde(default, skip_serializing_if = "Left::is_nothing")]
    pub left: Left,
    /// Nodes that were decided inside it, or after it without a trace of their own: undone with it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub undoes: BTreeSet<NodeName>,
    /// The tasks of its runs, also those that are over, where it is a round of several.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tasks: BTreeSet<Key>,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Waiting::is_nothing")]
    pub waiting: Waiting,
    /// Who may let it run longer, where that hangs on a unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extenders: Vec<Principal>,
    /// Its running clocks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timers: BTreeMap<u32, Timer>,
    /// Messages it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<Subscription>,
    /// Signals it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalWait>,
    /// Conditions it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionWait>,
    /// The activation whose work this one undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensates: Option<Key>,
    /// The number of its last timer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub last_timer: u32,
    /// What stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<Incident>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One who is away, and whose task another does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// Who.
    pub person: PersonId,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What an activation waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(tag = "for", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Waiting {
    /// Its timers, its messages, or what runs inside it.
    #[default]
    Nothing,
    /// A person.
    Task {
        /// Whom it is offered to.
        candidates: Vec<Principal>,
        /// Whose it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<PersonId>,
        /// Its deadline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Box<Working>>,
        /// Whose it is while somebody else prepares it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<PersonId>,
        /// For whom whoever has it does it, since they are away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        away: Option<Box<Away>>,
        /// Whether the deadline was extended.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        extended: bool,
        /// When somebody last urged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urged: Option<Timestamp>,
        /// Who may do it as well, since it is late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        escalated: Option<Principal>,
    },
    /// Its runs, one an item.
    Items {
        /// The items.
        items: Vec<Value>,
        /// How many were begun.
        begun: u32,
        /// How many are done.
        done: u32,
        /// How many of those that count as done were taken out of the round, before `gone` told which.
        #[serde(default, skip_serializing_if = "is_zero")]
        removed: u32,
        /// Signers who were added to the round.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<Added>,
        /// What was voted in the round.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        votes: Vec<Vote>,
        /// Score sheets that were given in the round.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sheets: Vec<Sheet>,
        /// Places of signers of the list who were taken out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone: Vec<u32>,
        /// Signers who had not voted when the vote was closed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        absent: Vec<Absent>,
    },
    /// Submissions.
    Submissions {
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// How the end was worked out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working: Option<Box<Working>>,
        /// Whether it was extended.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        extended: bool,
        /// Whether they are sealed until then.
        sealed: bool,
        /// What came.
        submissions: Vec<Submission>,
    },
    /// A worker.
    Job {
        /// How often it may still fail.
        retries: u32,
        /// The request of a call that the server makes: it stays the same however often it is tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Arc<Value>>,
    },
    /// A called case.
    Call,
    /// People who begin its activities.
    Choosing {
        /// Who may.
        candidates: Vec<Principal>,
        /// How many activities were done.
        done: u32,
        /// Whether nothing more may be begun.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ended: bool,
    },
    /// What begins an event sub-process: it listens, and does not keep its scope from ending.
    Listener,
    /// Until what was done is undone.
    Compensating {
        /// The scope in which.
        scope: Key,
        /// Only this activity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<NodeName>,
    },
}

impl Waiting {
    /// For its runs, of which none was begun.
    pub(crate) fn items(items: Vec<Value>) -> Self {
        let (added, votes, sheets) = (Vec::new(), Vec::new(), Vec::new());
        let (gone, absent) = (Vec::new(), Vec::new());
        Self::Items { items, begun: 0, done: 0, removed: 0, added, votes, sheets, gone, absent }
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// Whether nobody has decided in a round yet, or anywhere in a list.
    pub(crate) fn nobody_decided(&self) -> bool {
        match self {
            Self::Items { done, added, .. } => *done == 0 && !added.iter().any(|one| one.done),
            _ => true,
        }
    }
}

impl Activation {
    /// A node that has just become active, in its first round.
    pub(super) const fn begin(node: NodeName, scope: Key, since: Timestamp) -> Self {
        Self {
            node,
            scope,
            round: 1,
            since,
            item: None,
            come_back: None,
            asked_by: None,
            asked_due: None,
            asked_as: Key(0),
            from: Vec::new(),
            traced: false,
            used: Vec::new(),
            reset: None,
            again: false,
            person: None,
            corrects: None,
            also: Vec::new(),
            done_by: None,
            done_as: None,
            due_before: None,
            earlier: Vec::new(),
            as_whole: false,
            apart: false,
            ways: Vec::new(),
            left: Left::nothing(),
            undoes: BTreeSet::new(),
            tasks: BTreeSet::new(),
            waiting: Waiting::Nothing,
            extenders: Vec::new(),
            timers: BTreeMap::new(),
            subscriptions: Vec::new(),
            signals: Vec::new(),
            conditions: Vec::new(),
            compensates: None,
            last_timer: 0,
            incident: None,
        }
    }

    /// Where it is among others of its node.
    pub(crate) fn place(&self) -> Place {
        Place { scope: self.scope, way: self.ways.first().copied() }
    }

    /// What tells it and what follows on its way from others of the same nodes: the way of its own, or
    /// the scope around.
    pub(crate) fn within(&self) -> Key {
        self.ways.first().copied().unwrap_or(self.scope)
    }

    /// Whether it is an event beside an activity, with which a way of its own begins.
    pub(super) fn is_beside(&self, key: Key) -> bool {
        self.ways.first() == Some(&key) && !self.from.is_empty()
    }

    /// Whether it only listens for what begins an event sub-process.
    pub const fn is_listener(&self) -> bool {
        matches!(self.waiting, Waiting::Listener)
    }
}

/// Something that was handed in to an intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Its number, from 1.
    pub number: u32,
    /// Who handed it in; none from the public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// For which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub hash: Hash,
    /// Whether it was taken back or replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub void: bool,
    /// The intake that received it, where another one, which corrects that, goes on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Key>,
}

/// A message that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The message.
    pub message: MessageName,
    /// The correlation key.
    pub correlation: String,
    /// The boundary event it is for, when not the activation itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<NodeName>,
}

/// A signal that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalWait {
    /// The signal.
    pub signal: SignalName,
    /// The event it is for, when not the activation itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<NodeName>,
}

/// A condition that is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionWait {
    /// The event it is for, when not the activation itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<NodeName>,
    /// Whether it is true.
    pub met: bool,
}

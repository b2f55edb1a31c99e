//! What goes into the writer and what comes out.

use std::sync::Arc;

use engine::actor::Actor;
use engine::command::Command;
use engine::event::Event;
use engine::ids::{InstanceId, Key};
use engine::instance::Instance;
use engine::time::Timestamp;

/// The case that a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A new one.
    New,
    /// An existing one.
    Case(InstanceId),
}

/// A command to be carried out.
#[derive(Debug, Clone)]
pub struct Submit {
    /// For which case.
    pub target: Target,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// Messages and signals of cases, one because of the other, that led to it.
    pub(crate) hops: u32,
    /// A key of the caller's: the same command with it again answers the first result again, another
    /// command is refused.
    pub dedup: Option<String>,
    /// Whether the case is one that the command may be given for; none asks nothing.
    pub(crate) guard: Option<Guard>,
    /// Who has fetched the job that the command answers for; none asks nothing.
    pub(crate) worker: Option<(Key, String)>,
    /// What the command does away with in the same transaction.
    pub(crate) consumes: Consumes,
    /// The last moment of the day that ended as another case asked for it.
    pub(crate) since: Option<Timestamp>,
}

/// A question about a case, asked before a command is carried out on it.
#[derive(Clone)]
pub(crate) struct Guard(Arc<dyn Fn(&Instance) -> bool + Send + Sync>);

impl Guard {
    pub(crate) fn allows(&self, case: &Instance) -> bool {
        (self.0)(case)
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

/// A row that a command of ours is made from; it goes when the command is carried out, and the
/// command is not carried out when the row is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Consumes {
    /// Nothing: a person's command.
    Nothing,
    /// Nothing, and a refusal is of no interest: a timer that raced with another node.
    NothingStale,
    /// A follow-up.
    FollowUp(String),
    /// A follow-up that begins a case for one that waits for it: it stays where that is refused, until
    /// the one that waits was told.
    Call(String),
    /// A buffered message.
    Message(String),
}

impl Consumes {
    /// Whether a refusal leaves nothing in the journal: nobody asked for a timer that raced with
    /// another node, a message whose receiver is gone goes on waiting, and that a case cannot begin is
    /// told to the one that waits for it.
    pub(crate) const fn forgets_refusals(&self) -> bool {
        match self {
            Self::NothingStale | Self::Message(_) | Self::Call(_) => true,
            Self::Nothing | Self::FollowUp(_) => false,
        }
    }
}

impl Submit {
    /// A command for a new case.
    pub fn new(actor: Actor, command: Command) -> Self {
        let (dedup, guard, consumes) = (None, None, Consumes::Nothing);
        let (target, worker) = (Target::New, None);
        Self { target, actor, command, since: None, hops: 0, dedup, guard, worker, consumes }
    }

    /// A command for a case.
    pub fn to(instance: InstanceId, actor: Actor, command: Command) -> Self {
        Self { target: Target::Case(instance), ..Self::new(actor, command) }
    }

    /// The same with a key.
    #[must_use]
    pub fn dedup(mut self, key: impl Into<String>) -> Self {
        self.dedup = Some(key.into());
        self
    }

    /// The same, only for a case of which this is true as it is then: else nothing happens, nothing is
    /// journalled, and the answer is `NotAllowed`. What was done under the same key is answered again
    /// all the same.
    #[must_use]
    pub fn only_where(mut self, guard: impl Fn(&Instance) -> bool + Send + Sync + 'static) -> Self {
        self.guard = Some(Guard(Arc::new(guard)));
        self
    }

    /// The same, only while a job of the case is a worker's, who fetched it last: else nothing happens, nothing
    /// is journalled, and the answer is `NotLeased`. Of a job that is no more the case tells.
    #[must_use]
    pub fn held_by(mut self, job: Key, worker: impl Into<String>) -> Self {
        self.worker = Some((job, worker.into()));
        self
    }

    /// The job that the command answers for, by its case and its key.
    pub(crate) fn job(&self) -> Option<(i64, i64)> {
        match (self.target, &self.worker) {
            (Target::Case(id), Some((key, _))) => Some((id.0, i64::from(key.0))),
            (Target::New, _) | (_, None) => None,
        }
    }

    /// Whether a refusal leaves nothing in the journal. Of the public it would be anybody's to make the
    /// journal grow.
    pub(crate) fn forgets_refusals(&self) -> bool {
        matches!(self.actor, Actor::Public) || self.consumes.forgets_refusals()
    }

    /// The same, caused by what another case did as a day ended.
    pub(crate) const fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    /// The same, after so many messages and signals of cases.
    pub(crate) fn after(mut self, hops: i64) -> Self {
        self.hops = u32::try_from(hops).unwrap_or_default();
        self
    }

    pub(crate) fn consuming(mut self, consumes: Consumes) -> Self {
        self.consumes = consumes;
        self
    }
}

/// What a command did. It is on disk when this is answered.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The case.
    pub instance: InstanceId,
    /// How many commands changed the case up to this one.
    pub revision: i64,
    /// What happened.
    pub events: Arc<[Event]>,
    /// The case after it; for a repeated command the case as it is now.
    pub after: Arc<Instance>,
    /// Whether the command had been carried out before under the same key.
    pub repeated: bool,
}

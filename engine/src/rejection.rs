//! Why a command was refused. The caller's fault: answered, journalled, and nothing changed.

mod arguments;
mod chinese;
mod codes;
mod discreet;
mod wording;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::actor::Principal;
use crate::clock::Span;
use crate::fate::Unfit;
use crate::form::FieldError;
use crate::ids::{
    DocumentName, Hash, Key, NodeName, OutcomeName, PersonId, RegisterName, RoleName, UnitId,
};
use crate::operation::Operation;
use crate::text::{Language, Text};
use crate::time::Timestamp;

pub use codes::CODES;

/// One refusal, with all that its sentence needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Rejection {
    /// The case has ended.
    InstanceClosed,
    /// The case stands still by an admin's word.
    InstanceSuspended,
    /// The case does not stand still.
    NotSuspended,
    /// No such activation is open.
    NotOpen {
        /// The activation asked for.
        key: Key,
    },
    /// The activation stands at an incident: there is nothing to do yet before somebody repairs it.
    AtIncident {
        /// The node.
        node: NodeName,
        /// The incident's code.
        incident: String,
    },
    /// The activation is of another kind than the command is for.
    WrongKind {
        /// The activation.
        key: Key,
        /// What the command needs.
        expected: String,
    },
    /// The task is another person's.
    ClaimedByAnother {
        /// Whose.
        person: PersonId,
    },
    /// The signer is asked only when another one has decided.
    NotYourTurn {
        /// Whose turn it is.
        person: PersonId,
    },
    /// The task is not claimed.
    NotClaimed,
    /// The actor is not among those it is for.
    NotCandidate {
        /// Whom it is for.
        expected: String,
    },
    /// Whom the task is to be given to is none of those who may get it.
    NotReceiver {
        /// Who is to get it.
        person: PersonId,
        /// The roles whose holders may.
        expected: Vec<RoleName>,
    },
    /// Whom the task is to be given to stepped aside from it.
    SteppedAside {
        /// Who.
        person: PersonId,
    },
    /// The same person did a step that must be another's.
    SamePerson {
        /// That step.
        node: String,
    },
    /// The task has no such outcome.
    UnknownOutcome {
        /// What was given.
        found: Option<OutcomeName>,
        /// What there is.
        expected: Vec<OutcomeName>,
    },
    /// The outcome is not open as things stand, or as what is handed in with it says: `reason` says why.
    OutcomeRefused {
        /// The outcome.
        outcome: OutcomeName,
        /// Why, as the definition says it.
        reason: Text,
    },
    /// The outcome needs an opinion.
    CommentRequired {
        /// The outcome.
        outcome: OutcomeName,
    },
    /// The task does not write that document.
    DocumentNotEditable {
        /// The document.
        document: DocumentName,
    },
    /// The task needs a document that was not given.
    DocumentMissing {
        /// The document.
        document: DocumentName,
    },
    /// Somebody has written the document since it was seen.
    StaleDocument {
        /// The document.
        document: DocumentName,
        /// The version that was seen; 0 for none.
        seen: u32,
        /// The version that there is.
        found: u32,
    },
    /// What a form got does not fit it.
    InvalidDocument {
        /// The document.
        document: DocumentName,
        /// Every problem.
        errors: Vec<FieldError>,
    },
    /// The intake takes nothing at this time.
    IntakeClosed {
        /// From when it is open.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// When this came.
        received: Timestamp,
    },
    /// The intake takes that from nobody, or not from whoever sent it: `reason` says why.
    SubmissionRefused {
        /// Why, as the definition says it.
        reason: Text,
    },
    /// No such submission of that person.
    SubmissionUnknown {
        /// Its number.
        submission: u32,
    },
    /// The timer was stopped or has fired.
    TimerNotArmed {
        /// Its number.
        timer: u32,
    },
    /// The timer is not due yet.
    TimerNotDue {
        /// When it is.
        at: Timestamp,
    },
    /// Another activity of the ad-hoc sub-process is active, and they run one after the other.
    OneAtATime {
        /// The active one.
        active: NodeName,
    },
    /// The activation has no incident.
    NoIncident,
    /// The task was urged within a day.
    UrgedAlready {
        /// When it may be again.
        until: Timestamp,
    },
    /// Whoever asks sees the case, but stands outside: they began it or were let know of it, and have
    /// no task of their own in it.
    NotInside,
    /// The definition does not allow the operation there.
    OperationNotAllowed {
        /// The operation.
        operation: Operation,
        /// The node, or the process.
        node: String,
        /// The node that the case has reached, and at which the operation ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<NodeName>,
    },
    /// The case cannot be returned to that node.
    CannotReturn {
        /// The node.
        to: NodeName,
        /// The nodes it can be returned to now.
        allowed: Vec<NodeName>,
        /// Why not.
        why: String,
    },
    /// What is alive in the case does not fit another version like this.
    CannotMigrate {
        /// The version.
        version: u32,
        /// Everything that does not fit.
        misfits: Vec<Unfit>,
    },
    /// Nothing was done before that it could be returned to.
    NothingBefore {
        /// The task's node.
        node: String,
    },
    /// Something was already done after the task.
    SomethingFollowed {
        /// What.
        node: NodeName,
    },
    /// No decision of the task can be taken back.
    NothingToTakeBack {
        /// The task.
        key: Key,
    },
    /// The task is prepared for its owner, who decides it.
    Delegated {
        /// The owner.
        owner: PersonId,
    },
    /// The task is not delegated.
    NotDelegated,
    /// Signers who were added before must decide first.
    SignersPending {
        /// They.
        people: Vec<PersonId>,
    },
    /// The person signs in this round already.
    AlreadySigner {
        /// Who.
        person: PersonId,
    },
    /// Nobody was added to the round who could be taken out.
    NoAddedSigner,
    /// The person was not added to the round, or has decided.
    UnknownSigner {
        /// Who.
        person: PersonId,
    },
    /// There is no such person, or no more.
    UnknownPerson {
        /// Who.
        person: PersonId,
    },
    /// All these people were let know before.
    AlreadyCopied,
    /// The case has not ended.
    StillRunning,
    /// Another case called it and has gone on.
    CalledCase,
    /// Whoever began the case ended it as never having been.
    Voided,
    /// What was done is being undone, which must come to its end first.
    Compensating {
        /// The node that undoes it now.
        node: NodeName,
    },
    /// No reserve of the draw is left who may do the task.
    NoReserve,
    /// The person has nothing in the case.
    NothingToHandOver {
        /// Who.
        person: PersonId,
    },
    /// The deadline cannot be extended (again).
    NotExtendable,
    /// No deadline of the case was counted provisionally, or none would be another.
    NothingToRecount,
    /// The deadline has passed: it cannot be extended any more.
    DeadlinePassed {
        /// When it was over.
        until: Timestamp,
    },
    /// The deadline cannot be extended by so much.
    ExtensionTooLong {
        /// By how much at most.
        most: Span,
        /// By how much it was to be.
        found: Span,
    },
    /// Only somebody with that role may begin this process.
    NotStarter {
        /// The roles.
        expected: Vec<RoleName>,
    },
    /// Only whoever began the case, or an admin, may do that.
    NotInitiator,
    /// An argument is not usable.
    BadArgument {
        /// Which.
        field: String,
        /// What was expected and found.
        message: String,
    },
    /// A text is too long.
    TooLong {
        /// Which.
        field: String,
        /// Characters allowed.
        max: u32,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::En))
    }
}

impl std::error::Error for Rejection {}

/// What a step needs to know before it can decide. The writer fetches it and steps again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A document's content.
    Document(Hash),
    /// Everybody who holds a role.
    Members(RoleName),
    /// Whether somebody holds a role.
    Held(Principal),
    /// A person, and whether there is one.
    Person(PersonId),
    /// What a person or a unit is called, by id, and whether there is one.
    Name(String),
    /// A unit, and whether there is one.
    Unit(UnitId),
    /// Another version of the process, and whether there is one.
    Version(u32),
    /// The next number of a gap-free series in a year.
    Number {
        /// The series.
        series: String,
        /// The year.
        year: i32,
    },
    /// An entry of a register by its number, and whether there is one.
    Entry {
        /// The register.
        register: RegisterName,
        /// The number as written.
        number: String,
    },
    /// Entries of a register in which a column has a value; of more than `register::ENTRIES_MAX` only
    /// that there are.
    Entries {
        /// The register.
        register: RegisterName,
        /// The column.
        column: String,
        /// The value, as `register::sought` gives it.
        sought: String,
    },
}

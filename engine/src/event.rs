//! What happened to a case. Events are facts in the past tense; variants and fields are only ever
//! added, and a stored name never changes its meaning. An instance is the fold of its events.

mod incident;
mod migrated;
mod parts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actor::Principal;
use crate::clock::{Cycle, Working};
use crate::command::{Command, Parent, Request};
use crate::definition::source::Then;
use crate::ids::{
    DecisionName, DocumentName, ErrorCode, EscalationCode, Hash, Key, MessageName, NodeName,
    NoticeName, OutcomeName, PersonId, ProcessName, RegisterName, RoleName, SignalName, UnitId,
};
use crate::instance::{Beside, DueBefore, Writer};
use crate::text::Text;
use crate::time::Timestamp;
use crate::weight::Weight;

pub use migrated::{Migrated, Redocumented, Refielded, Renamed, Rerouted};
pub use parts::{
    Asked, Because, Cause, Ending, Incident, Initiator, Item, MovedTimer, Placement, Recipient,
    Rewayed, Skipped, TimerPurpose,
};

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The case began.
    InstanceStarted {
        /// The process.
        process: ProcessName,
        /// The version of its definition, for life.
        version: u32,
        /// When.
        at: Timestamp,
        /// The case number, where the process has a series.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Who began it; none for a called case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        initiator: Option<Initiator>,
        /// Who began the outermost case that called it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Initiator>,
        /// The case that called it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Parent>,
    },
    /// The case's title was worked out anew.
    TitleChanged {
        /// The title.
        title: String,
    },
    /// A number of a gap-free series was used up, for the case or for a register entry.
    NumberTaken {
        /// The series.
        series: String,
        /// The year it counts in.
        year: i32,
        /// The number, from 1.
        number: u32,
    },
    /// A node was reached and became active.
    NodeActivated {
        /// The activation.
        key: Key,
        /// The node.
        node: NodeName,
        /// The activation around it; 0 for the case itself.
        scope: Key,
        /// Which pass over this node in its case, from 1.
        round: u32,
        /// When.
        at: Timestamp,
        /// The item of a multi-instance run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Item>,
        /// The tokens that a joining gateway used up: the flows they came by.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        joined: Vec<u32>,
        /// The node to come straight back to when this one is done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        come_back: Option<NodeName>,
        /// Who asked for that, and gets it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_by: Option<PersonId>,
        /// Their deadline as it stood: it goes on where they take back that they asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked_due: Option<Box<DueBefore>>,
        /// The task that they decided with that; 0 where they returned it.
        #[serde(default, skip_serializing_if = "Key::is_zero")]
        asked_as: Key,
        /// Activities and joins that it descends from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<Key>,
        /// Whether it stays in the trail behind what follows from it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        traced: bool,
        /// Whether the case was sent back to it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
        /// Who did it before and gets it again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// What it corrects, from the trail: undone if it does not come straight back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        corrects: Option<Key>,
        /// The activation whose work this one undoes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compensates: Option<Key>,
        /// How the case has ended if nothing else is said after it: what an end event says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// The same of a sub-process: what its end event says, and its activation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends: Option<(OutcomeName, Key)>,
        /// Whether what is inside it is remembered for itself: one run of a list or a loop, or what an
        /// event began.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        apart: bool,
        /// The ways of their own that it is on, the innermost first, by what began each: an event beside
        /// an activity, or what somebody began in an ad-hoc sub-process.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ways: Vec<Key>,
        /// Nodes inside it that were done in a pass before: they are not done yet in this one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        anew: Vec<NodeName>,
        /// Whether how they and it were left counts again, where it ends before it is done: a correction.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        tries: bool,
        /// Of a correction, other nodes inside it that were left before: they stay so until they are done in
        /// this pass, as those of a list do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<NodeName>,
        /// Of a correction, whether it is left as a whole, as what it corrects was, and was never decided where
        /// it ends before that; not of one from before this was noted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        as_whole: bool,
        /// Whether it is a complex gateway that is set back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sets_back: bool,
        /// The deadline that goes on, where a decision was taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Box<DueBefore>>,
    },
    /// An event sub-process listens for what begins it, as long as its scope is active.
    ListenerOpened {
        /// The activation that listens.
        key: Key,
        /// The event sub-process.
        node: NodeName,
        /// The activation around it; 0 for the case itself.
        scope: Key,
        /// When.
        at: Timestamp,
    },
    /// An event sub-process listens no more: its scope is done, or it has begun and interrupts.
    ListenerClosed {
        /// The activation that listened.
        key: Key,
    },
    /// Everything in a scope was ended, but the scope goes on: with an event sub-process, or to be
    /// undone.
    ScopeInterrupted {
        /// The scope; 0 for the case itself.
        scope: Key,
        /// By which node.
        by: NodeName,
    },
    /// People may begin the activities of an ad-hoc sub-process.
    ChoosingBegan {
        /// Its activation.
        key: Key,
        /// Who.
        candidates: Vec<Principal>,
    },
    /// Somebody began an activity of an ad-hoc sub-process.
    ActivityChosen {
        /// The activation of the sub-process.
        key: Key,
        /// The activity.
        node: NodeName,
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
    },
    /// Nothing more is begun in an ad-hoc sub-process: it is done when what is active is done.
    ChoosingEnded {
        /// Its activation.
        key: Key,
    },
    /// What an activation waited for is forgotten: it begins anew.
    WaitsDropped {
        /// The activation.
        key: Key,
        /// Only what waits for this event on its boundary or behind it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<NodeName>,
    },
    /// An error was thrown.
    ErrorThrown {
        /// The activation that threw it.
        key: Key,
        /// The error.
        code: ErrorCode,
        /// What a person should know of it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        message: String,
        /// The event that caught it; none where the case ended with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caught: Option<NodeName>,
    },
    /// An escalation was thrown.
    EscalationThrown {
        /// The activation that threw it.
        key: Key,
        /// The escalation.
        code: EscalationCode,
        /// The event that caught it; none where nobody in the case did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caught: Option<NodeName>,
    },
    /// A signal was thrown.
    SignalThrown {
        /// The activation that threw it.
        key: Key,
        /// The signal.
        signal: SignalName,
    },
    /// An activation waits for a signal.
    SignalAwaited {
        /// The activation.
        key: Key,
        /// The signal.
        signal: SignalName,
        /// The event it is for, when not the activation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<NodeName>,
    },
    /// A signal arrived.
    SignalReceived {
        /// The activation.
        key: Key,
        /// The signal.
        signal: SignalName,
        /// The event it was for, when not the activation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<NodeName>,
    },
    /// An activation waits until a condition is true.
    ConditionAwaited {
        /// The activation.
        key: Key,
        /// The event it is for, when not the activation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<NodeName>,
    },
    /// A signal came while the case stands still: whoever waits for it gets it when the case goes on.
    SignalHeld {
        /// The signal.
        signal: SignalName,
        /// What it brings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<Hash>,
    },
    /// A worker or a called case reported while the case stands still: it counts when the case goes on.
    ReportHeld {
        /// What it reported.
        report: Box<Command>,
    },
    /// A condition became true or false.
    ConditionChanged {
        /// The activation.
        key: Key,
        /// The event it is for, when not the activation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<NodeName>,
        /// Whether it is true now.
        met: bool,
    },
    /// What an activity did can be undone from now on, with the data as they are now.
    CompensationKept {
        /// The activation.
        key: Key,
        /// What undoes it.
        handler: NodeName,
        /// The activations around it and their nodes, from the innermost.
        within: Vec<(Key, NodeName)>,
        /// The runs of lists that it is inside of, with their nodes, from the innermost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        runs: Vec<(NodeName, Item)>,
    },
    /// What was done is to be undone, the last first.
    CompensationThrown {
        /// The activation that threw it and waits until all is undone.
        key: Key,
        /// The scope in which.
        scope: Key,
        /// Only this activity; everything in the scope where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activity: Option<NodeName>,
    },
    /// An activation is the body of a multi-instance activity: it runs its node once an item.
    ItemsListed {
        /// The body.
        key: Key,
        /// The items.
        items: Vec<Value>,
    },
    /// An activation did what it is for.
    NodeCompleted {
        /// The activation.
        key: Key,
    },
    /// An activation was ended from outside, with all its timers, tasks and waits.
    NodeTerminated {
        /// The activation.
        key: Key,
        /// Why.
        cause: Cause,
        /// Whether it was a list with runs that were done: these can be undone as before. Otherwise
        /// what was done inside it cannot.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        runs_kept: bool,
    },
    /// A token went along a flow.
    FlowTaken {
        /// The flow's number in the definition; none for a way back that no flow draws.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow: Option<u32>,
        /// From which node.
        from: NodeName,
        /// To which node.
        to: NodeName,
        /// Why this one.
        because: Because,
    },
    /// A complex gateway went on before a token came on every flow: it waits for the others.
    ResetAwaited {
        /// The gateway.
        node: NodeName,
        /// The scope it is in.
        scope: Key,
        /// Flows on which a token came.
        flows: Vec<u32>,
        /// Activities and joins that what came descends from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<Key>,
        /// The way of its own that what came is on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Key>,
    },
    /// No token is waited for any more at a complex gateway: it may go on anew.
    GatewayReset {
        /// The gateway.
        node: NodeName,
        /// The scope it is in.
        scope: Key,
        /// The way of its own that it is on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Key>,
    },
    /// A token waits at a joining gateway.
    TokenArrived {
        /// The gateway.
        node: NodeName,
        /// The scope it is in.
        scope: Key,
        /// The flow it came by.
        flow: u32,
        /// Activities and joins that it descends from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<Key>,
        /// The way of its own that it is on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Key>,
    },
    /// The case was returned: what descended from some activities is undone as one unit, and they
    /// are done again. None where somebody only corrects something and it comes straight back.
    Returned {
        /// From which activation.
        key: Key,
        /// What is undone and done again, from the trail.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        again: Vec<Key>,
        /// The nodes that it goes to.
        to: Vec<NodeName>,
        /// How it goes on from there.
        then: Then,
        /// Who returned it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Activities that no return can go to any more are forgotten.
    TrailForgotten {
        /// Their keys in the trail, in this order.
        keys: Vec<Key>,
    },
    /// A task for people.
    TaskCreated {
        /// The activation of the user task.
        key: Key,
        /// Whom it is offered to.
        candidates: Vec<Principal>,
        /// Whom it belongs to already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<PersonId>,
        /// Its deadline, with the working.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Box<Working>>,
        /// Whether it is offered to a role, and to nobody's deputy.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undeputed: bool,
        /// Who may extend it, where that hangs on a unit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        extenders: Vec<Principal>,
    },
    /// Somebody took a task.
    TaskClaimed {
        /// The task.
        key: Key,
        /// Who.
        person: PersonId,
    },
    /// A task was given back to those it is offered to.
    TaskReleased {
        /// The task.
        key: Key,
    },
    /// A task became another person's (转办).
    TaskTransferred {
        /// The task.
        key: Key,
        /// Whose it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<PersonId>,
        /// Whose it is.
        to: PersonId,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Somebody else prepares a task (委派); it comes back to its owner, who decides it.
    TaskDelegated {
        /// The task.
        key: Key,
        /// To whom it comes back.
        owner: PersonId,
        /// Who prepares it.
        to: PersonId,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A task became a deputy's since whose it is, or whom it is offered to, is away (代理).
    TaskDeputed {
        /// The task.
        key: Key,
        /// Who is away.
        absent: PersonId,
        /// Who does it for them.
        to: PersonId,
        /// Until when they are away.
        until: Timestamp,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A delegated task came back to its owner, or a deputy's to whom they stand in for.
    TaskHandedBack {
        /// The task.
        key: Key,
        /// Who gave it back: who prepared it, or the owner.
        person: PersonId,
        /// What they say to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Whoever has a task ended the case from it (终止); how it ends follows.
    TaskTerminatedCase {
        /// The task.
        key: Key,
        /// Who.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// A task was decided.
    TaskCompleted {
        /// The task.
        key: Key,
        /// The outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// Who decided.
        person: PersonId,
        /// When.
        at: Timestamp,
        /// The opinion.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
        /// Whether the outcome is the one that passes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        agreed: bool,
        /// Its deadline as it stood, where the decision may be taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<DueBefore>,
    },
    /// A task was passed without asking, as its definition says.
    TaskSkipped {
        /// The task.
        key: Key,
        /// Whose it would have been; nobody's where nobody was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Why.
        because: Skipped,
        /// The outcome it has by that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
    },
    /// One of several signers voted; the vote belongs to one round.
    VoteCast {
        /// The signer's task.
        key: Key,
        /// The round of the node.
        round: u32,
        /// Who.
        person: PersonId,
        /// For what.
        outcome: OutcomeName,
        /// What the vote weighs.
        weight: Weight,
        /// Whether it is enough alone, when it is against.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        veto: bool,
        /// Whether it decides when as many are for as against.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        casting: bool,
        /// The signer's place in the round, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u32>,
        /// Entries of lists that came with it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        entries: BTreeMap<DocumentName, Hash>,
    },
    /// One of several experts gave their score sheet; it belongs to one round.
    SheetGiven {
        /// The expert's task.
        key: Key,
        /// The round of the node.
        round: u32,
        /// Who.
        person: PersonId,
        /// The outcome, where the task has such.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// The expert's place in the round, from 0.
        place: u32,
        /// The sheet, and what else came with it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        entries: BTreeMap<DocumentName, Hash>,
    },
    /// A signer took their vote, or an expert their sheet, back while the round runs (拿回): it counts no more, and what came with
    /// it is no entry any more. They are asked again.
    VoteWithdrawn {
        /// The task that was decided by it.
        key: Key,
        /// The activation of the whole round.
        body: Key,
        /// The round of the node.
        round: u32,
        /// Who.
        person: PersonId,
        /// For what it was; none of a score sheet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// The signer's place in the round, from 0.
        place: u32,
        /// How many of the list are asked from here on, with them.
        begun: u32,
        /// Entries of lists that are none any more.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        entries: BTreeMap<DocumentName, Hash>,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// The signers of a round have decided.
    SignDecided {
        /// The activation of the whole round.
        key: Key,
        /// The round.
        round: u32,
        /// What they decided together.
        outcome: OutcomeName,
        /// The count it rests on.
        count: Value,
    },
    /// One run of a multi-instance activity gave its result.
    ItemResult {
        /// The activation of the whole.
        key: Key,
        /// The variable that gets the results.
        into: String,
        /// The item's place, from 0.
        index: u32,
        /// What the run gave.
        value: Value,
    },
    /// An admin corrected the case's data; what was written follows.
    DataCorrected {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Why.
        reason: String,
    },
    /// An admin moved tokens by hand; what was ended and begun follows.
    InstanceModified {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Why.
        reason: String,
    },
    /// An admin let the case go over to another version of its process; what ended before it ran on
    /// the earlier one, what begins after it on the other.
    InstanceMigrated(Box<Migrated>),
    /// In the version that the case went over to, other nodes belong to ways of their own.
    WaysMoved {
        /// What is active or was done, with the ways that it is on now, the innermost first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ways: Vec<(Key, Vec<Key>)>,
        /// Tokens and gateways that are on another.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tokens: Vec<Rewayed>,
    },
    /// A token that waited at a joining gateway was taken away by hand.
    TokenCancelled {
        /// The gateway.
        node: NodeName,
        /// The scope it is in.
        scope: Key,
        /// The flow it came by.
        flow: u32,
    },
    /// A loop ended since it had run as often as its `max` says, though its condition still held.
    LoopStopped {
        /// The activation of the whole loop.
        key: Key,
        /// How often it ran.
        runs: u32,
    },
    /// The score sheets of a round were counted (评分汇总).
    ScoresCounted {
        /// The activation of the whole round.
        key: Key,
        /// The round.
        round: u32,
        /// The variable that gets the result.
        into: String,
        /// The ranking, with the working of each result.
        result: Value,
        /// Whether the variable is as before where the round is undone.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        noted: bool,
    },
    /// A signer was added to a round (加签).
    SignerAdded {
        /// The activation of the whole round.
        key: Key,
        /// Who.
        person: PersonId,
        /// When they decide.
        place: Placement,
        /// Beside which of the signers, by place in the round.
        beside: u32,
        /// Who added them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Who is still to be asked in a round is another person: the one who was, leaves.
    SignerReplaced {
        /// The activation of the whole round.
        key: Key,
        /// Who was to sign.
        from: PersonId,
        /// Who signs instead.
        to: PersonId,
    },
    /// An added signer was taken out again (减签).
    SignerRemoved {
        /// The activation of the whole round.
        key: Key,
        /// Who.
        person: PersonId,
        /// The signer's place in the round, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u32>,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// A signer had not voted when the vote was closed: they were absent (缺席).
    SignerAbsent {
        /// The signer's task.
        key: Key,
        /// The round of the node.
        round: u32,
        /// Who, where that was one person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// What their vote would have weighed.
        weight: Weight,
    },
    /// A task is offered to more people, since it is overdue.
    TaskEscalated {
        /// The task.
        key: Key,
        /// To whom as well.
        to: Principal,
    },
    /// Whoever has a task was reminded by a person.
    TaskUrged {
        /// The task.
        key: Key,
        /// When; none of what was urged before that was written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A deadline runs longer.
    DueExtended {
        /// The task.
        key: Key,
        /// The new deadline, with the working.
        due: Box<Working>,
        /// Why.
        reason: String,
    },
    /// Clocks go on after the case stood still.
    ClocksMoved {
        /// The activation.
        key: Key,
        /// The deadline of its task or its window, with the working.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working: Option<Box<Working>>,
        /// Its timers that run out at another time.
        timers: Vec<MovedTimer>,
    },
    /// A node's clock stands still until the node is reached again.
    ClockPaused {
        /// The node.
        node: NodeName,
        /// The deadline as it stood.
        working: Box<Working>,
        /// When it stopped.
        at: Timestamp,
        /// On what ground.
        ground: String,
        /// The activation whose clock it is; 0 where that was not told yet.
        #[serde(default, skip_serializing_if = "Key::is_zero")]
        key: Key,
        /// What stopped it, and what that descends from and is inside of: undone with these.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        undone_with: Vec<Key>,
        /// The timers beside the node, which stand still with it.
        #[serde(default, skip_serializing_if = "Beside::is_nothing")]
        beside: Beside,
    },
    /// A new version of a document, or a new entry of a list.
    DocumentWritten {
        /// The document.
        document: DocumentName,
        /// Its version, from 1; for a list the number of the entry.
        version: u32,
        /// The content.
        hash: Hash,
        /// The activation that wrote it; 0 when the case began.
        key: Key,
        /// Whether it is one more entry of a list, beside the others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        entry: bool,
        /// Whether nobody may read it before its intake closes.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sealed: bool,
        /// Where an entry was written that somebody corrected: it stays theirs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        writer: Option<Box<Writer>>,
    },
    /// A list begins anew for a new round; earlier entries stay readable in the history.
    ListOpened {
        /// The document.
        document: DocumentName,
        /// By which activation.
        key: Key,
        /// Places of the entries that stay: those of others.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kept: Vec<u32>,
    },
    /// A variable got a value.
    VariableSet {
        /// The variable.
        name: String,
        /// The value.
        value: Value,
        /// The activation that wrote it; 0 where it stays whatever is undone.
        #[serde(default, skip_serializing_if = "Key::is_zero")]
        key: Key,
        /// Whether it changes what another wrote, and is undone with that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        amends: bool,
        /// The activation that wrote it, where a run of several has it for itself; of one that amends, the run.
        #[serde(default, skip_serializing_if = "Key::is_zero")]
        apart: Key,
    },
    /// What wrote a variable was undone: it is as if that had never been.
    VariableUndone {
        /// The variable.
        name: String,
        /// What is undone of what wrote it, by place from 0.
        undone: Vec<u32>,
        /// What it holds; none for nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Value>,
    },
    /// A decision table was asked.
    DecisionMade {
        /// The activation that asked.
        key: Key,
        /// The table.
        decision: DecisionName,
        /// Inputs, the rules that fired and the result.
        explanation: Value,
    },
    /// A clock runs.
    TimerArmed {
        /// The activation it belongs to and ends with.
        key: Key,
        /// Its number within the activation, from 1.
        timer: u32,
        /// When it runs out.
        at: Timestamp,
        /// What for.
        purpose: TimerPurpose,
        /// How the time was worked out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working: Option<Box<Working>>,
        /// Which time it is, where it comes again and again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cycle: Option<Cycle>,
    },
    /// A clock ran out.
    TimerFired {
        /// The activation.
        key: Key,
        /// The timer.
        timer: u32,
        /// How late it was noticed, in milliseconds.
        late_ms: i64,
    },
    /// A clock was stopped.
    TimerDisarmed {
        /// The activation.
        key: Key,
        /// The timer.
        timer: u32,
    },
    /// An activation waits for a message.
    SubscriptionOpened {
        /// The activation.
        key: Key,
        /// The message.
        message: MessageName,
        /// The correlation key.
        correlation: String,
        /// The boundary event it is for, when not the activation itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<NodeName>,
    },
    /// A message arrived.
    MessageReceived {
        /// The activation.
        key: Key,
        /// The message.
        message: MessageName,
    },
    /// An intake takes submissions.
    IntakeOpened {
        /// The activation.
        key: Key,
        /// The list they go into.
        document: DocumentName,
        /// From when.
        from: Timestamp,
        /// Until when, with the working where there is one.
        until: Timestamp,
        /// How the end was worked out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        working: Option<Box<Working>>,
        /// Whether nobody reads them before it closes.
        sealed: bool,
        /// Who may extend it, where that hangs on a unit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        extenders: Vec<Principal>,
    },
    /// Something was handed in.
    SubmissionReceived {
        /// The intake.
        key: Key,
        /// Its number in the intake, from 1.
        submission: u32,
        /// By whom; none from the public.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// For which unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<UnitId>,
        /// When.
        at: Timestamp,
        /// What.
        hash: Hash,
        /// The submission it replaces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<u32>,
        /// The intake that received what it replaces, where this one corrects that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Key>,
    },
    /// Something that was handed in was taken back.
    SubmissionWithdrawn {
        /// The intake.
        key: Key,
        /// Its number.
        submission: u32,
        /// The intake that received it, where this one corrects that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Key>,
    },
    /// An intake closed; its valid submissions became the entries of its list.
    IntakeClosed {
        /// The intake.
        key: Key,
        /// How many there are.
        count: u32,
        /// The list that they become; not told in journals from before that was noted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<DocumentName>,
        /// Whether the case keeps who handed them in: a correction of the intake goes on with them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        kept: bool,
    },
    /// What an intake received counts no more: it was undone, or the intake received anew.
    SubmissionsUndone {
        /// The intake.
        key: Key,
    },
    /// An intake stays open longer.
    IntakeExtended {
        /// The intake.
        key: Key,
        /// Until when, with the working.
        working: Box<Working>,
        /// Why.
        reason: String,
    },
    /// A page is on the public portal.
    PagePublished {
        /// The activation; with the case it names the page.
        key: Key,
        /// Its title.
        title: String,
        /// What it shows: only what the definition lists.
        content: Value,
        /// From when.
        from: Timestamp,
        /// Until when; none stays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// A page stays longer: the case that waits for its end stood still, or its days were counted anew.
    PageMoved {
        /// The node that published it.
        key: Key,
        /// Until when it is shown.
        until: Timestamp,
    },
    /// A page is shown no more before its time: the node that waited for its end was ended.
    PageTakenDown {
        /// The node that published it.
        key: Key,
        /// Since when.
        at: Timestamp,
    },
    /// A register got an entry.
    RegisterEntered {
        /// The activation; with the case it names the entry.
        key: Key,
        /// The register.
        register: RegisterName,
        /// The full number as written, such as `普授运备〔2026〕0001号`.
        number: String,
        /// Its columns.
        columns: BTreeMap<String, Value>,
        /// Those in words, as they were called then, whose values are ids or words of a choice.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        texts: BTreeMap<String, Text>,
    },
    /// An entry of a register changed: what it was stays in its history.
    RegisterChanged {
        /// The activation that changed it.
        key: Key,
        /// The register.
        register: RegisterName,
        /// The number of the entry.
        number: String,
        /// Which version of the entry this is, from 2.
        version: u32,
        /// All its columns as they are from then on.
        columns: BTreeMap<String, Value>,
    },
    /// An expression looked into a register: what it was given, by number and version, so that it can
    /// be told later why the step did what it did.
    RegisterRead {
        /// The register.
        register: RegisterName,
        /// Which entries.
        asked: Asked,
        /// What there was, in the order in which the entries were made.
        found: Vec<(String, u32)>,
    },
    /// People are to be told.
    NoticeRequested {
        /// The activation it is about; 0 for the case.
        key: Key,
        /// The template.
        notice: NoticeName,
        /// Whom: principals, or plain mail addresses.
        to: Vec<Recipient>,
        /// The submission of the activation that it is a receipt for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        submission: Option<u32>,
    },
    /// People were drawn at random; anybody can do it again from this.
    PeopleDrawn {
        /// The activation.
        key: Key,
        /// The role drawn from.
        pool: RoleName,
        /// The recorded seed.
        seed: u64,
        /// Everybody who could be drawn, in the order of the draw.
        order: Vec<PersonId>,
        /// Who could not, and on what ground.
        excluded: Vec<(PersonId, String)>,
        /// Who was drawn.
        drawn: Vec<PersonId>,
        /// Who stands in.
        reserves: Vec<PersonId>,
    },
    /// A service task's work waits for a worker.
    JobCreated {
        /// The activation.
        key: Key,
        /// The kind of work.
        topic: String,
        /// What the worker is told.
        input: Value,
        /// How often it may still fail.
        retries: u32,
    },
    /// A worker failed; the job is tried again unless it has no retries left.
    JobFailed {
        /// The activation.
        key: Key,
        /// Why.
        error: String,
        /// How often it may still fail.
        retries: u32,
    },
    /// An activation waits for the case that it called.
    CallBegan {
        /// The call activity.
        key: Key,
    },
    /// A called case ended.
    CallEnded {
        /// The call activity.
        key: Key,
        /// How.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
    },
    /// The writer is to do something elsewhere.
    CommandRequested {
        /// The last moment of the day that a clock ended, where that causes it: it is of that day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
        /// What.
        request: Request,
        /// Messages and signals of cases, one because of the other, that it comes after, with itself.
        #[serde(default, skip_serializing_if = "crate::command::is_none")]
        hops: u32,
        /// The activation that throws it, where what that descends from is not taken back after it.
        #[serde(default, skip_serializing_if = "Key::is_zero")]
        by: Key,
    },
    /// An activation cannot go on until somebody repairs something.
    IncidentRaised {
        /// The activation.
        key: Key,
        /// What is wrong.
        incident: Incident,
    },
    /// An incident is repaired: the activation was tried again.
    IncidentResolved {
        /// The activation.
        key: Key,
    },
    /// Somebody said something.
    Commented {
        /// Who.
        person: PersonId,
        /// What.
        text: String,
    },
    /// Somebody is let know (抄送).
    Copied {
        /// About which activation; 0 for the case.
        key: Key,
        /// Who.
        person: PersonId,
    },
    /// A reserve of the draw took over a task.
    ReserveTookOver {
        /// The task.
        key: Key,
        /// From whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<PersonId>,
        /// Who: the next in the order of the draw who may do it.
        to: PersonId,
        /// Whether whoever had it stepped aside themselves.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recused: bool,
        /// Why.
        reason: String,
        /// Who stepped aside of those drawn into a variable, and which: they are drawn into it no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aside: Option<(String, PersonId)>,
        /// Only in the run of a list that it is in: the nodes and items around, from the innermost.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<(NodeName, Value)>,
    },
    /// Somebody asked for a correction that runs already: it comes back to them as well.
    CorrectionJoined {
        /// The correction.
        key: Key,
        /// Where it comes back to.
        back: NodeName,
        /// Who asked, and gets it back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PersonId>,
        /// What that descends from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        from: Vec<Key>,
        /// Their deadline as it stood.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<DueBefore>,
        /// The task that they decided with that; 0 where they returned it.
        #[serde(rename = "as", default, skip_serializing_if = "Key::is_zero")]
        task: Key,
    },
    /// A return undid what one of several who asked for a correction descends from: it does not come
    /// back to them.
    CorrectionLeft {
        /// The correction.
        key: Key,
        /// Which of them, in the order in which they asked, from 0.
        place: u32,
    },
    /// The case ended by itself.
    InstanceCompleted {
        /// How: the outcome of its end event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<OutcomeName>,
        /// When.
        at: Timestamp,
        /// The error that ended it, since nobody in the case caught it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ErrorCode>,
        /// Whether what was done in it can be undone still when it runs again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        done_kept: bool,
    },
    /// The case is ended before its time: everything in it is ended, and an event sub-process of the
    /// process does what is to be done then. When that is done, it is ended.
    InstanceEnding {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
        /// How.
        #[serde(default, skip_serializing_if = "Ending::is_cancelled")]
        how: Ending,
        /// Whether the case that called it wants that, and is not told.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_caller: bool,
    },
    /// The case was ended before its time.
    InstanceCancelled {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
        /// How.
        #[serde(default, skip_serializing_if = "Ending::is_cancelled")]
        how: Ending,
        /// Whether what was done in it can be undone still when it runs again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        done_kept: bool,
    },
    /// Everything of one who leaves is another's from here on (离职转办): what comes back to them, and what
    /// is whoever began the case's where that is them.
    HandedOver {
        /// Who leaves.
        from: PersonId,
        /// Whose it is.
        to: PersonId,
        /// Why.
        reason: String,
    },
    /// An admin let the case stand still.
    InstanceSuspended {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// A case that stood still goes on; how its clocks go on follows.
    InstanceResumed {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
        /// Since when.
        at: Timestamp,
    },
    /// An ended case runs again (唤醒).
    InstanceReopened {
        /// From which node.
        to: NodeName,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
        /// What it was in the trail where it had been done: what was decided from there on counts no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Key>,
    },
}

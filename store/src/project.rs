//! What a step does to the tables: rows are a function of the case before and after, the events and
//! the envelope. Waits are compared, what only ever grows comes from events. Decides nothing; the
//! writer and `rebuild` share it, so that both make the same rows.

mod closed;
mod facts;
mod outward;
mod tasks;
mod waits;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use engine::command::Envelope;
use engine::event::Event;
use engine::instance::{Instance, Status, Waiting};
use engine::time::Timestamp;

use crate::changes::{Changes, Columns};
use crate::tables;

/// What the JSON of a small case, or of a command with its events, takes.
const JSON_BYTES: usize = 2048;

/// One applied command.
#[derive(Debug)]
pub(crate) struct Applied<'a> {
    pub(crate) before: Option<&'a Instance>,
    pub(crate) after: &'a Instance,
    pub(crate) events: &'a [Event],
    pub(crate) envelope: &'a Envelope,
    /// The revision after it.
    pub(crate) revision: i64,
    /// The hash of its journal row.
    pub(crate) head: &'a str,
    /// The revision that the database has; none for a new case.
    pub(crate) base: Option<i64>,
}

impl Applied<'_> {
    fn instance(&self) -> i64 {
        self.after.id().0
    }

    fn at(&self) -> i64 {
        self.envelope.at.0
    }

    /// A name for something an event caused: the case, its revision and the event's place.
    fn event_id(&self, place: usize) -> String {
        format!("{}.{}.{place}", self.instance(), self.revision)
    }
}

/// Adds the rows of one applied command; `touched` gets the principals whose inbox changes.
pub(crate) fn project(step: &Applied<'_>, changes: &mut Changes, touched: &mut BTreeSet<String>) {
    tasks::project(step, changes, touched);
    waits::project(step, changes);
    for (place, event) in step.events.iter().enumerate() {
        of_event(step, place, event, changes);
    }
    instance(step, changes);
}

/// Rows that one event causes by itself.
fn of_event(step: &Applied<'_>, place: usize, event: &Event, changes: &mut Changes) {
    match event {
        Event::DocumentWritten { .. } => facts::document(step, event, changes),
        Event::Commented { .. } => facts::comment(step, place, event, changes),
        Event::Copied { .. } => facts::copied(step, event, changes),
        Event::NumberTaken { .. } => facts::number(event, changes),
        Event::RegisterEntered { .. } => facts::register(step, place, event, changes),
        Event::RegisterChanged { .. } => facts::register_version(step, event, changes),
        Event::PagePublished { .. } => facts::page(step, event, changes),
        Event::PageMoved { key, until } => facts::page_until(step, *key, *until, changes),
        Event::InstanceSuspended { .. } | Event::InstanceResumed { .. } => {
            facts::held_pages(step, changes);
        }
        Event::PageTakenDown { key, at } => facts::page_until(step, *key, *at, changes),
        Event::NoticeRequested { .. } => outward::notices(step, place, event, changes),
        Event::CommandRequested { since, hops, request, .. } => {
            outward::requested(step, place, (request, *since, *hops), changes);
        }
        #[rustfmt::skip] // A list of names alone.
        Event::InstanceStarted { .. } | Event::TitleChanged { .. } | Event::RegisterRead { .. } | Event::NodeActivated { .. }
        | Event::ItemsListed { .. } | Event::NodeCompleted { .. } | Event::NodeTerminated { .. }
        | Event::FlowTaken { .. } | Event::TokenArrived { .. } | Event::ListenerOpened { .. }
        | Event::ListenerClosed { .. } | Event::ScopeInterrupted { .. }
        | Event::WaitsDropped { .. } | Event::ErrorThrown { .. } | Event::EscalationThrown { .. }
        | Event::SignalThrown { .. } | Event::SignalAwaited { .. } | Event::SignalReceived { .. }
        | Event::ConditionAwaited { .. } | Event::ConditionChanged { .. }
        | Event::CompensationKept { .. } | Event::CompensationThrown { .. }
        | Event::TaskCreated { .. } | Event::TaskClaimed { .. } | Event::TaskReleased { .. }
        | Event::TaskTransferred { .. } | Event::TaskDelegated { .. } | Event::TaskDeputed { .. }
        | Event::TaskHandedBack { .. } | Event::TaskTerminatedCase { .. } | Event::TaskSkipped { .. } | Event::VoteCast { .. } | Event::SheetGiven { .. }
        | Event::VoteWithdrawn { .. } | Event::SignalHeld { .. } | Event::ReportHeld { .. }
        | Event::ItemResult { .. } | Event::LoopStopped { .. } | Event::SignDecided { .. } | Event::ScoresCounted { .. } | Event::DataCorrected { .. }
        | Event::InstanceModified { .. } | Event::InstanceMigrated(_) | Event::ResetAwaited { .. } | Event::ChoosingBegan { .. } | Event::ActivityChosen { .. } | Event::ChoosingEnded { .. } | Event::GatewayReset { .. } | Event::WaysMoved { .. } | Event::TokenCancelled { .. } | Event::ClocksMoved { .. }
        | Event::SignerAdded { .. } | Event::SignerRemoved { .. } | Event::SignerAbsent { .. }
        | Event::SignerReplaced { .. } | Event::HandedOver { .. } | Event::InstanceReopened { .. } | Event::Returned { .. }
        | Event::TrailForgotten { .. } | Event::TaskCompleted { .. } | Event::TaskEscalated { .. }
        | Event::TaskUrged { .. } | Event::DueExtended { .. } | Event::ClockPaused { .. }
        | Event::ListOpened { .. } | Event::VariableSet { .. } | Event::VariableUndone { .. } | Event::DecisionMade { .. }
        | Event::TimerArmed { .. } | Event::TimerFired { .. } | Event::TimerDisarmed { .. }
        | Event::SubscriptionOpened { .. } | Event::MessageReceived { .. }
        | Event::IntakeOpened { .. } | Event::IntakeExtended { .. }
        | Event::SubmissionReceived { .. } | Event::SubmissionWithdrawn { .. }
        | Event::IntakeClosed { .. } | Event::SubmissionsUndone { .. } | Event::PeopleDrawn { .. } | Event::JobCreated { .. }
        | Event::JobFailed { .. } | Event::CallBegan { .. } | Event::CallEnded { .. }
        | Event::IncidentRaised { .. } | Event::IncidentResolved { .. }
        | Event::ReserveTookOver { .. } | Event::CorrectionJoined { .. } | Event::CorrectionLeft { .. } | Event::InstanceCompleted { .. } | Event::InstanceEnding { .. } | Event::InstanceCancelled { .. } => {}
    }
}

fn instance(step: &Applied<'_>, changes: &mut Changes) {
    let after = step.after;
    let activations = after.activations().values();
    let incidents = activations.clone().filter(|activation| activation.incident.is_some()).count();
    let due_at = match after.suspended() {
        None => activations.filter_map(|activation| due(&activation.waiting)).min(),
        Some(_) => None,
    };
    let row = tables::instance::Model {
        id: after.id().0,
        process: after.process().as_str().to_owned(),
        version: i64::from(after.version()),
        number: after.number().map(str::to_owned),
        title: after.title().map(str::to_owned),
        status: status(after).to_owned(),
        starter: after.initiator().map(|initiator| initiator.person.as_str().to_owned()),
        starter_unit: after
            .initiator()
            .and_then(|initiator| initiator.unit.as_ref())
            .map(|unit| unit.as_str().to_owned()),
        started_at: after.started_at().0,
        ended_at: after.ended_at().map(|at| at.0),
        outcome: after.outcome().map(|outcome| outcome.as_str().to_owned()),
        parent_id: after.parent().map(|parent| parent.instance.0),
        parent_key: after.parent().map(|parent| i64::from(parent.key.0)),
        incidents: i64::try_from(incidents).unwrap_or(i64::MAX),
        due_at: due_at.unwrap_or(Timestamp::NEVER).0,
        revision: step.revision,
        head: step.head.to_owned(),
        body: json(after),
    };
    changes.put_versioned(&tables::instance::TABLE, row.into_row(), changed(step), step.base);
}

/// The columns in which a case that was there has changed.
fn changed(step: &Applied<'_>) -> Columns {
    static ALWAYS: LazyLock<Columns> = LazyLock::new(|| {
        let names = ["incidents", "due_at", "revision", "head", "body"];
        Columns::of(&tables::instance::TABLE, &names)
    });
    let of = |names: &[&str]| Columns::of(&tables::instance::TABLE, names);
    let Some(before) = step.before else { return Columns::changing(&tables::instance::TABLE) };
    let (after, mut changed) = (step.after, *ALWAYS);
    if status(before) != status(after) {
        changed = changed.and(of(&["status", "ended_at", "outcome"]));
    }
    if before.title() != after.title() {
        changed = changed.and(of(&["title"]));
    }
    if before.version() != after.version() {
        changed = changed.and(of(&["version"]));
    }
    changed
}

/// Plain data as a text; most are of a size that needs no second piece of memory.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    let mut bytes = Vec::with_capacity(JSON_BYTES);
    serde_json::to_writer(&mut bytes, value).expect("it is plain data");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// A status as tables have it.
pub(crate) const fn status(instance: &Instance) -> &'static str {
    match instance.status() {
        Status::Active if instance.suspended().is_some() => "suspended",
        Status::Active => "active",
        Status::Completed => "completed",
        Status::Cancelled => "cancelled",
    }
}

/// When a task falls due, if it does.
pub(crate) fn due(waiting: &Waiting) -> Option<Timestamp> {
    match waiting {
        Waiting::Task { due, .. } => due.as_ref().map(|working| working.until),
        Waiting::Nothing
        | Waiting::Items { .. }
        | Waiting::Submissions { .. }
        | Waiting::Job { .. }
        | Waiting::Call
        | Waiting::Choosing { .. }
        | Waiting::Listener
        | Waiting::Compensating { .. } => None,
    }
}

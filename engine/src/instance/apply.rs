//! The one mutation: an event changes an instance. One exhaustive match, no decisions.

mod end;
mod migration;
mod signing;
mod task;
mod throwing;
mod wait;

use super::{Activation, Arrival, Instance, Place, Reset, Status, Waiting};
use crate::event::{Event, Item};
use crate::ids::{InstanceId, Key, NodeName, PersonId};

impl Instance {
    /// The instance that a first event begins.
    ///
    /// # Panics
    /// When the event is not `InstanceStarted`: nothing else can come first.
    pub(crate) fn begin(id: InstanceId, event: &Event) -> Self {
        let Event::InstanceStarted { process, version, at, number, initiator, origin, parent } =
            event
        else {
            unreachable!("a case begins with InstanceStarted")
        };
        Self {
            id,
            fold: super::Fold::NOW,
            process: process.clone(),
            version: *version,
            status: Status::Active,
            started_at: *at,
            ended_at: None,
            outcome: None,
            number: number.clone(),
            title: None,
            initiator: initiator.clone(),
            origin: origin.clone(),
            parent: parent.clone(),
            voided: false,
            last_key: Key(0),
            reached: None,
            activations: super::Kept::default(),
            arrivals: Vec::new(),
            documents: std::collections::BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            overwritten: std::collections::BTreeMap::new(),
            own: Vec::new(),
            passed: super::Kept::default(),
            paused: std::collections::BTreeMap::new(),
            runs: super::Kept::default(),
            closed_intakes: std::collections::BTreeMap::new(),
            trail: super::Kept::default(),
            copied: std::collections::BTreeSet::new(),
            successors: std::collections::BTreeMap::new(),
            aside: std::collections::BTreeMap::new(),
            aside_of_lots: Vec::new(),
            done: Vec::new(),
            suspended: None,
            earlier: Vec::new(),
            resets: Vec::new(),
            held: Vec::new(),
            reports: Vec::new(),
            ending: None,
            undecided: super::Kept::default(),
        }
    }

    /// The instance as its events leave it; none when there are no events.
    pub fn replay<'a>(id: InstanceId, events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut instance = Self::begin(id, events.next()?);
        for event in events {
            instance.apply(event);
        }
        Some(instance)
    }

    /// Changes the instance as an event says.
    pub fn apply(&mut self, event: &Event) {
        match event {
            #[rustfmt::skip] // A list of names alone.
            Event::InstanceStarted { .. } | Event::NumberTaken { .. } | Event::FlowTaken { .. }
            | Event::DecisionMade { .. } | Event::PagePublished { .. }
            | Event::PageMoved { .. } | Event::PageTakenDown { .. } | Event::RegisterRead { .. }
            | Event::RegisterEntered { .. } | Event::RegisterChanged { .. } | Event::NoticeRequested { .. }
            | Event::PeopleDrawn { .. } | Event::ErrorThrown { .. } | Event::EscalationThrown { .. }
            | Event::SignalThrown { .. } | Event::Commented { .. } | Event::DataCorrected { .. }
            | Event::InstanceModified { .. } | Event::ActivityChosen { .. } | Event::LoopStopped { .. } => {}
            Event::Copied { key, person } => {
                self.activations
                    .get(key)
                    .map_or(&mut self.copied, |own| &mut self.passed.of(&own.node).copied)
                    .insert(person.clone());
            }
            Event::HandedOver { from, to, .. } => self.handed_over(from, to),
            Event::CommandRequested { by, .. } => self.went_out(*by),
            Event::InstanceMigrated(migrated) => self.apply_migration(migrated),
            Event::WaysMoved { ways, tokens } => self.move_ways(ways, tokens),
            Event::TitleChanged { title } => self.title = Some(title.clone()),
            #[rustfmt::skip] // A list of names alone.
            Event::NodeActivated { .. } | Event::ItemsListed { .. } | Event::NodeCompleted { .. }
            | Event::NodeTerminated { .. } | Event::TokenArrived { .. } | Event::TokenCancelled { .. }
            | Event::ResetAwaited { .. } | Event::GatewayReset { .. } | Event::ChoosingBegan { .. }
            | Event::ChoosingEnded { .. } | Event::CallBegan { .. } | Event::CallEnded { .. } | Event::Returned { .. }
            | Event::CorrectionJoined { .. } | Event::CorrectionLeft { .. } | Event::TrailForgotten { .. }
            | Event::IncidentRaised { .. } | Event::IncidentResolved { .. } => self.apply_node(event),
            #[rustfmt::skip] // A list of names alone.
            Event::TaskCreated { .. } | Event::TaskClaimed { .. } | Event::TaskReleased { .. }
            | Event::TaskTransferred { .. } | Event::TaskDelegated { .. } | Event::TaskDeputed { .. } | Event::TaskHandedBack { .. }
            | Event::TaskTerminatedCase { .. } | Event::TaskCompleted { .. } | Event::TaskSkipped { .. }
            | Event::TaskEscalated { .. } | Event::TaskUrged { .. } | Event::DueExtended { .. }
            | Event::JobCreated { .. } | Event::JobFailed { .. } => self.apply_task(event),
            #[rustfmt::skip] // A list of names alone.
            Event::VoteCast { .. } | Event::SheetGiven { .. } | Event::VoteWithdrawn { .. } | Event::SignDecided { .. }
            | Event::SignerAdded { .. } | Event::SignerReplaced { .. } | Event::ReserveTookOver { .. }
            | Event::SignerRemoved { .. } | Event::SignerAbsent { .. } => self.apply_signing(event),
            #[rustfmt::skip] // A list of names alone.
            Event::ListenerOpened { .. } | Event::ListenerClosed { .. }
            | Event::ScopeInterrupted { .. } | Event::WaitsDropped { .. }
            | Event::SignalAwaited { .. } | Event::SignalReceived { .. } | Event::SignalHeld { .. }
            | Event::ReportHeld { .. }
            | Event::ConditionAwaited { .. } | Event::ConditionChanged { .. }
            | Event::CompensationKept { .. } | Event::CompensationThrown { .. } => self.apply_throwing(event),
            Event::ClockPaused { .. }
            | Event::ClocksMoved { .. }
            | Event::TimerArmed { .. }
            | Event::TimerFired { .. }
            | Event::TimerDisarmed { .. }
            | Event::SubscriptionOpened { .. }
            | Event::MessageReceived { .. } => self.apply_wait(event),
            #[rustfmt::skip] // A list of names alone.
            Event::DocumentWritten { .. } | Event::ListOpened { .. } | Event::ScoresCounted { .. }
            | Event::VariableSet { .. } | Event::VariableUndone { .. } | Event::ItemResult { .. } => self.apply_data(event),
            Event::IntakeOpened { .. }
            | Event::IntakeExtended { .. }
            | Event::SubmissionReceived { .. }
            | Event::SubmissionWithdrawn { .. }
            | Event::IntakeClosed { .. }
            | Event::SubmissionsUndone { .. } => self.apply_intake(event),
            #[rustfmt::skip] // A list of names alone.
            Event::InstanceCompleted { .. } | Event::InstanceEnding { .. }
            | Event::InstanceCancelled { .. } | Event::InstanceReopened { .. }
            | Event::InstanceSuspended { .. } | Event::InstanceResumed { .. } => self.apply_end(event),
        }
    }

    /// Whoever takes over has everything of their own again, where they had handed that over before.
    fn handed_over(&mut self, from: &PersonId, to: &PersonId) {
        self.successors.remove(to);
        self.successors.insert(from.clone(), to.clone());
    }

    fn apply_data(&mut self, event: &Event) {
        match event {
            Event::DocumentWritten { .. } => self.document_written(event),
            Event::ListOpened { document, kept, .. } => {
                self.documents.entry(document.clone()).or_default().keep_entries(kept);
            }
            Event::VariableSet { name, value, key, amends: false, apart } if !apart.is_zero() => {
                self.written_apart(*apart, name);
                self.variable_written(name, value, self.undone_with(*key));
            }
            Event::VariableSet { name, value, key, .. } if self.own_written(name, *key, value) => {}
            Event::VariableSet { name, value, amends: true, key, apart } => {
                self.amended(name, value, (*key, *apart));
            }
            Event::VariableSet { name, value, key, .. } => {
                self.variable_written(name, value, self.undone_with(*key));
            }
            Event::ScoresCounted { key, into, result, noted, .. } => {
                if !noted {
                    return self.variable_written(into, result, Vec::new());
                }
                self.written_apart(*key, into);
                self.variable_written(into, result, self.undone_with(*key));
            }
            Event::VariableUndone { .. } => self.variable_undone(event),
            Event::ItemResult { key, into, index, value } => {
                let list = self.variable_mut(into, *key);
                if let Some(place) = list.and_then(|list| list.get_mut(*index as usize)) {
                    place.clone_from(value);
                }
            }
            other => unreachable!("{other:?} does not change a document"),
        }
    }

    fn apply_node(&mut self, event: &Event) {
        match event {
            Event::NodeActivated { .. } => self.activate(event),
            Event::ItemsListed { key, items } => {
                self.round_begins(*key);
                self.wait(*key, Waiting::items(items.clone()));
            }
            Event::NodeCompleted { key } => {
                if let Some(activation) = self.leave_done(*key) {
                    self.count_chosen(*key, &activation);
                    if let Some(item) = &activation.item {
                        self.count_done(activation.scope, item);
                    }
                    if let Some(done) = activation.compensates {
                        self.done.retain(|one| one.key != done);
                    }
                }
            }
            Event::NodeTerminated { key, cause, runs_kept } => {
                self.terminated(*key, cause, *runs_kept);
            }
            Event::TokenArrived { node, scope, flow, from, way } => {
                self.arrivals.push(Arrival {
                    node: node.clone(),
                    scope: *scope,
                    flow: *flow,
                    from: from.clone(),
                    way: *way,
                });
            }
            Event::TokenCancelled { node, scope, flow } => {
                self.arrival_cancelled(node, *scope, *flow);
            }
            Event::ResetAwaited { node, scope, flows, from, way } => {
                let (node, flows, from) = (node.clone(), flows.clone(), from.clone());
                self.resets.push(Reset { node, scope: *scope, flows, from, way: *way });
            }
            Event::GatewayReset { node, scope, way } => {
                let place = Place { scope: *scope, way: *way };
                self.resets.retain(|one| one.node != *node || one.place() != place);
            }
            Event::Returned { key, again, person, .. } => {
                self.note_gave_up(*key, person.as_ref());
                self.undo(*key, again);
            }
            Event::CorrectionJoined { .. } | Event::CorrectionLeft { .. } => {
                self.apply_asked(event);
            }
            Event::TrailForgotten { keys } => self.forget(keys),
            Event::ChoosingBegan { .. } | Event::ChoosingEnded { .. } => self.apply_choosing(event),
            Event::CallBegan { key } => self.wait(*key, Waiting::Call),
            Event::CallEnded { key, outcome } => self.call_ended(*key, outcome.as_ref()),
            Event::IncidentRaised { key, incident } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    if incident.is_done {
                        activation.waiting = Waiting::Nothing;
                        throwing::drop_waits(activation, None);
                    }
                    activation.incident = Some(incident.clone());
                }
            }
            Event::IncidentResolved { key } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.incident = None;
                }
            }
            other => unreachable!("{other:?} does not change a node"),
        }
    }

    fn apply_choosing(&mut self, event: &Event) {
        match event {
            Event::ChoosingBegan { key, candidates } => {
                let candidates = candidates.clone();
                self.wait(*key, Waiting::Choosing { candidates, done: 0, ended: false });
            }
            Event::ChoosingEnded { key } => {
                if let Some(Waiting::Choosing { ended, .. }) = self.waiting_mut(*key) {
                    *ended = true;
                }
            }
            other => unreachable!("{other:?} is not about an ad-hoc sub-process"),
        }
    }

    /// An activity of an ad-hoc sub-process was done; joins and events are none, though they leave a
    /// trace.
    fn count_chosen(&mut self, key: Key, activation: &Activation) {
        let is_activity =
            activation.traced && activation.used.is_empty() && !activation.is_beside(key);
        if let (true, Some(Waiting::Choosing { done, .. })) =
            (is_activity, self.waiting_mut(activation.scope))
        {
            *done += 1;
        }
    }

    fn activate(&mut self, event: &Event) {
        let Event::NodeActivated {
            key,
            node,
            scope,
            round,
            at,
            item,
            joined,
            come_back,
            asked_by,
            asked_due,
            asked_as,
            from,
            traced,
            again,
            person,
            corrects,
            compensates,
            outcome,
            ends,
            apart,
            ways,
            anew,
            as_whole,
            sets_back,
            due,
            ..
        } = event
        else {
            return;
        };
        self.last_key = *key;
        self.reached = outcome.clone().or_else(|| self.reached.take());
        let earlier = self.left_before(event);
        self.begun(node, (*scope, ways), *round, item.is_some());
        self.not_done_yet((*scope, ways), anew);
        let place = Place { scope: *scope, way: ways.first().copied() };
        let used = self.arrivals_used(node, place, joined);
        let reset = self.reset(node, place).filter(|_| *sets_back).cloned().map(Box::new);
        self.count_beginning((*key, *scope), item.as_ref(), *compensates);
        let activation = Activation {
            round: *round,
            item: item.clone(),
            come_back: come_back.clone(),
            asked_by: asked_by.clone(),
            asked_due: asked_due.as_deref().cloned(),
            asked_as: *asked_as,
            from: from.clone(),
            traced: *traced,
            used,
            reset,
            again: *again,
            person: person.clone(),
            corrects: *corrects,
            compensates: *compensates,
            apart: *apart,
            ways: ways.clone(),
            due_before: due.as_deref().cloned(),
            earlier,
            as_whole: *as_whole,
            ..Activation::begin(node.clone(), *scope, *at)
        };
        self.activations.insert(*key, activation);
        if let Some((outcome, scope)) = ends {
            self.note_decision(*scope, Some(outcome), (None, None), false);
        }
    }

    /// The list that an activation is a run of counts it, and what it undoes knows it.
    fn count_beginning(
        &mut self,
        (key, scope): (Key, Key),
        item: Option<&Item>,
        compensates: Option<Key>,
    ) {
        if let Some(item) = item {
            self.count_begun(scope, item);
        }
        if let Some(done) = compensates {
            self.undone_by(done, Some(key));
        }
    }

    fn wait(&mut self, key: Key, waiting: Waiting) {
        if let Some(activation) = self.activations.get_mut(&key) {
            activation.waiting = waiting;
        }
    }

    fn waiting_mut(&mut self, key: Key) -> Option<&mut Waiting> {
        self.activations.get_mut(&key).map(|activation| &mut activation.waiting)
    }

    /// A joining gateway uses up one waiting token for each flow it names.
    fn arrivals_used(&mut self, node: &NodeName, place: Place, joined: &[u32]) -> Vec<Arrival> {
        let mut used = Vec::new();
        for flow in joined {
            let waits = self.arrivals.iter().position(|arrival| {
                arrival.node == *node && arrival.place() == place && arrival.flow == *flow
            });
            used.extend(waits.map(|waits| self.arrivals.remove(waits)));
        }
        used
    }
}

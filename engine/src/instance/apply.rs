//! The one mutation: an event changes an instance. One exhaustive match, no decisions.

use super::{
    Activation, Arrival, ClosedIntake, Instance, Paused, Status, Submission, Subscription, Timer,
    Waiting,
};
use crate::actor::Principal;
use crate::event::Event;
use crate::ids::{InstanceId, Key, NodeName, PersonId};
use crate::time::Timestamp;

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
            last_key: Key(0),
            activations: std::collections::BTreeMap::new(),
            arrivals: Vec::new(),
            documents: std::collections::BTreeMap::new(),
            variables: std::collections::BTreeMap::new(),
            passed: std::collections::BTreeMap::new(),
            paused: std::collections::BTreeMap::new(),
            closed_intakes: std::collections::BTreeMap::new(),
            trail: std::collections::BTreeMap::new(),
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
            Event::InstanceStarted { .. }
            | Event::NumberTaken { .. }
            | Event::FlowTaken { .. }
            | Event::TaskUrged { .. }
            | Event::DecisionMade { .. }
            | Event::PagePublished { .. }
            | Event::RegisterEntered { .. }
            | Event::NoticeRequested { .. }
            | Event::PeopleDrawn { .. }
            | Event::CommandRequested { .. }
            | Event::Commented { .. }
            | Event::Copied { .. } => {}
            Event::TitleChanged { title } => self.title = Some(title.clone()),
            Event::NodeActivated { .. }
            | Event::ItemsListed { .. }
            | Event::NodeCompleted { .. }
            | Event::NodeTerminated { .. }
            | Event::TokenArrived { .. }
            | Event::CallBegan { .. }
            | Event::CallEnded { .. }
            | Event::Returned { .. }
            | Event::TrailForgotten { .. }
            | Event::IncidentRaised { .. }
            | Event::IncidentResolved { .. } => self.apply_node(event),
            Event::TaskCreated { .. }
            | Event::TaskClaimed { .. }
            | Event::TaskReleased { .. }
            | Event::TaskTransferred { .. }
            | Event::TaskDelegated { .. }
            | Event::TaskHandedBack { .. }
            | Event::TaskCompleted { .. }
            | Event::TaskEscalated { .. }
            | Event::DueExtended { .. }
            | Event::JobCreated { .. }
            | Event::JobFailed { .. } => self.apply_task(event),
            Event::ClockPaused { .. }
            | Event::TimerArmed { .. }
            | Event::TimerFired { .. }
            | Event::TimerDisarmed { .. }
            | Event::SubscriptionOpened { .. }
            | Event::MessageReceived { .. } => self.apply_wait(event),
            Event::DocumentWritten { document, version, hash, entry, .. } => {
                let state = self.documents.entry(document.clone()).or_default();
                state.version = *version;
                if !entry {
                    state.current.clear();
                }
                state.current.push(hash.clone());
            }
            Event::ListOpened { document, .. } => {
                self.documents.entry(document.clone()).or_default().current.clear();
            }
            Event::VariableSet { name, value } => {
                self.variables.insert(name.clone(), value.clone());
            }
            Event::IntakeOpened { .. }
            | Event::IntakeExtended { .. }
            | Event::SubmissionReceived { .. }
            | Event::SubmissionWithdrawn { .. }
            | Event::IntakeClosed { .. } => self.apply_intake(event),
            Event::InstanceCompleted { outcome, at } => {
                self.status = Status::Completed;
                self.outcome.clone_from(outcome);
                self.end(*at);
            }
            Event::InstanceCancelled { at, .. } => {
                self.status = Status::Cancelled;
                self.end(*at);
            }
        }
    }

    fn apply_node(&mut self, event: &Event) {
        match event {
            Event::NodeActivated { .. } => self.activate(event),
            Event::ItemsListed { key, items } => {
                self.wait(*key, Waiting::Items { items: items.clone(), begun: 0, done: 0 });
            }
            Event::NodeCompleted { key } => {
                if let Some(activation) = self.leave(*key) {
                    self.leave_trace(*key, &activation);
                    if activation.item.is_some() {
                        self.count_done(activation.scope);
                    }
                }
            }
            Event::NodeTerminated { key, cause } => {
                if let (Some(activation), true) = (self.leave(*key), cause.goes_on()) {
                    self.leave_trace(*key, &activation);
                }
            }
            Event::TokenArrived { node, scope, flow, from } => {
                self.arrivals.push(Arrival {
                    node: node.clone(),
                    scope: *scope,
                    flow: *flow,
                    from: from.clone(),
                });
            }
            Event::Returned { again, .. } => self.undo(again),
            Event::TrailForgotten { keys } => self.forget(keys),
            Event::CallBegan { key } => self.wait(*key, Waiting::Call),
            Event::CallEnded { key, outcome } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.waiting = Waiting::Nothing;
                    let passed = self.passed.entry(activation.node.clone()).or_default();
                    passed.outcome.clone_from(outcome);
                    if let Some(outcome) = outcome {
                        *passed.tally.entry(outcome.clone()).or_default() += 1;
                    }
                }
            }
            Event::IncidentRaised { key, incident } => {
                if let Some(activation) = self.activations.get_mut(key) {
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
            from,
            traced,
            person,
        } = event
        else {
            return;
        };
        self.last_key = *key;
        self.pass(node, *round);
        let used = self.arrivals_used(node, *scope, joined);
        if item.is_some() {
            self.count_begun(*scope);
        }
        let activation = Activation {
            node: node.clone(),
            scope: *scope,
            round: *round,
            since: *at,
            item: item.clone(),
            come_back: come_back.clone(),
            from: from.clone(),
            traced: *traced,
            used,
            person: person.clone(),
            done_by: None,
            waiting: Waiting::Nothing,
            timers: std::collections::BTreeMap::new(),
            subscriptions: Vec::new(),
            last_timer: 0,
            incident: None,
        };
        self.activations.insert(*key, activation);
    }

    /// An activation is over, with everything that was only about its inside.
    fn leave(&mut self, key: Key) -> Option<Activation> {
        self.arrivals.retain(|arrival| arrival.scope != key);
        self.trail.retain(|_, trace| trace.scope != key);
        self.activations.remove(&key)
    }

    /// A new round begins with an empty tally.
    fn pass(&mut self, node: &NodeName, round: u32) {
        let passed = self.passed.entry(node.clone()).or_default();
        if round > passed.round {
            passed.round = round;
            passed.tally.clear();
        }
    }

    fn apply_task(&mut self, event: &Event) {
        match event {
            Event::TaskCreated { key, candidates, assignee, due } => {
                let waiting = Waiting::Task {
                    candidates: candidates.clone(),
                    assignee: assignee.clone(),
                    due: due.clone(),
                    owner: None,
                    extended: false,
                };
                if let Some(activation) = self.activations.get(key) {
                    self.paused.remove(&activation.node);
                }
                self.wait(*key, waiting);
            }
            Event::TaskClaimed { key, person } => self.assign(*key, Some(person.clone())),
            Event::TaskReleased { key } => self.assign(*key, None),
            Event::TaskTransferred { key, from, to, .. } => {
                if let Some(Waiting::Task { candidates, assignee, owner, .. }) =
                    self.waiting_mut(*key)
                {
                    *candidates = candidates_after(candidates, from.as_ref(), to);
                    *assignee = Some(to.clone());
                    *owner = None;
                }
            }
            Event::TaskDelegated { key, owner: own, to, .. } => {
                if let Some(Waiting::Task { assignee, owner, .. }) = self.waiting_mut(*key) {
                    *assignee = Some(to.clone());
                    *owner = Some(own.clone());
                }
            }
            Event::TaskHandedBack { key, person, .. } => {
                let Some(activation) = self.activations.get_mut(key) else { return };
                if let Waiting::Task { assignee, owner, .. } = &mut activation.waiting {
                    *assignee = owner.take();
                    // Who prepared it took part, and may not do what must be another's.
                    if assignee.as_ref() != Some(person) {
                        let passed = self.passed.entry(activation.node.clone()).or_default();
                        passed.people.insert(person.clone());
                    }
                }
            }
            Event::TaskCompleted { key, outcome, person, at, .. } => {
                let Some(activation) = self.activations.get_mut(key) else { return };
                activation.waiting = Waiting::Nothing;
                activation.done_by = Some(person.clone());
                let passed = self.passed.entry(activation.node.clone()).or_default();
                passed.outcome.clone_from(outcome);
                passed.by = Some(person.clone());
                passed.at = Some(*at);
                passed.people.insert(person.clone());
                if let Some(outcome) = outcome {
                    *passed.tally.entry(outcome.clone()).or_default() += 1;
                }
            }
            Event::TaskEscalated { key, to } => {
                if let Some(Waiting::Task { candidates, .. }) = self.waiting_mut(*key) {
                    candidates.push(to.clone());
                }
            }
            Event::DueExtended { key, due: longer, .. } => {
                if let Some(Waiting::Task { due, extended, .. }) = self.waiting_mut(*key) {
                    *due = Some(longer.clone());
                    *extended = true;
                }
            }
            Event::JobCreated { key, retries, .. } | Event::JobFailed { key, retries, .. } => {
                self.wait(*key, Waiting::Job { retries: *retries });
            }
            other => unreachable!("{other:?} does not change a task"),
        }
    }

    fn apply_wait(&mut self, event: &Event) {
        match event {
            Event::ClockPaused { node, working, at, ground } => {
                let paused = Paused { working: working.clone(), at: *at, ground: ground.clone() };
                self.paused.insert(node.clone(), paused);
            }
            Event::TimerArmed { key, timer, at, purpose, .. } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.last_timer = *timer;
                    let armed = Timer { at: *at, purpose: purpose.clone() };
                    activation.timers.insert(*timer, armed);
                }
            }
            Event::TimerFired { key, timer, .. } | Event::TimerDisarmed { key, timer } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.timers.remove(timer);
                }
            }
            Event::SubscriptionOpened { key, message, correlation, boundary } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.subscriptions.push(Subscription {
                        message: message.clone(),
                        correlation: correlation.clone(),
                        boundary: boundary.clone(),
                    });
                }
            }
            Event::MessageReceived { key, message } => {
                if let Some(activation) = self.activations.get_mut(key) {
                    activation.subscriptions.retain(|waits| waits.message != *message);
                }
            }
            other => unreachable!("{other:?} does not change a wait"),
        }
    }

    fn apply_intake(&mut self, event: &Event) {
        match event {
            Event::IntakeOpened { key, from, until, working, sealed, .. } => {
                let waiting = Waiting::Submissions {
                    from: *from,
                    until: *until,
                    working: working.clone(),
                    extended: false,
                    sealed: *sealed,
                    submissions: Vec::new(),
                };
                self.wait(*key, waiting);
            }
            Event::IntakeExtended { key, working: longer, .. } => {
                if let Some(Waiting::Submissions { until, working, extended, .. }) =
                    self.waiting_mut(*key)
                {
                    *until = longer.until;
                    *working = Some(longer.clone());
                    *extended = true;
                }
            }
            Event::SubmissionReceived { key, submission, person, unit, at, hash, replaces } => {
                let Some(Waiting::Submissions { submissions, .. }) = self.waiting_mut(*key) else {
                    return;
                };
                for earlier in submissions.iter_mut() {
                    earlier.void |= Some(earlier.number) == *replaces;
                }
                submissions.push(Submission {
                    number: *submission,
                    person: person.clone(),
                    unit: unit.clone(),
                    at: *at,
                    hash: hash.clone(),
                    void: false,
                });
            }
            Event::SubmissionWithdrawn { key, submission } => {
                if let Some(Waiting::Submissions { submissions, .. }) = self.waiting_mut(*key) {
                    for handed_in in submissions {
                        handed_in.void |= handed_in.number == *submission;
                    }
                }
            }
            Event::IntakeClosed { key, .. } => {
                if let Some(Activation {
                    node,
                    waiting: Waiting::Submissions { from, until, .. },
                    ..
                }) = self.activations.get(key)
                {
                    let closed = ClosedIntake { node: node.clone(), from: *from, until: *until };
                    self.closed_intakes.insert(*key, closed);
                }
                self.wait(*key, Waiting::Nothing);
            }
            other => unreachable!("{other:?} does not change an intake"),
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

    fn assign(&mut self, key: Key, person: Option<crate::ids::PersonId>) {
        if let Some(Waiting::Task { assignee, .. }) = self.waiting_mut(key) {
            *assignee = person;
        }
    }

    /// A joining gateway uses up one waiting token for each flow it names.
    fn arrivals_used(&mut self, node: &NodeName, scope: Key, joined: &[u32]) -> Vec<Arrival> {
        let mut used = Vec::new();
        for flow in joined {
            let waits = self.arrivals.iter().position(|arrival| {
                arrival.node == *node && arrival.scope == scope && arrival.flow == *flow
            });
            used.extend(waits.map(|waits| self.arrivals.remove(waits)));
        }
        used
    }

    fn count_begun(&mut self, body: Key) {
        if let Some(Waiting::Items { begun, .. }) = self.waiting_mut(body) {
            *begun += 1;
        }
    }

    fn count_done(&mut self, body: Key) {
        if let Some(Waiting::Items { done, .. }) = self.waiting_mut(body) {
            *done += 1;
        }
    }

    fn end(&mut self, at: Timestamp) {
        self.ended_at = Some(at);
        self.activations.clear();
        self.arrivals.clear();
        self.paused.clear();
        self.trail.clear();
    }
}

/// A candidate list after a task became another person's.
fn candidates_after(
    candidates: &[Principal],
    from: Option<&PersonId>,
    to: &PersonId,
) -> Vec<Principal> {
    let was = from.cloned().map(Principal::Person);
    let mut after: Vec<Principal> =
        candidates.iter().filter(|one| Some(*one) != was.as_ref()).cloned().collect();
    let is = Principal::Person(to.clone());
    if !after.contains(&is) {
        after.push(is);
    }
    after
}

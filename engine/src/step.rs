//! One command, one step: decides, emits events and follows tokens until everything waits. Pure:
//! what it needs from outside is in `Facts`, or it says what is missing. No element's rule here.

mod admission;
mod back;
mod beginning;
mod boundaries;
mod by_hand;
mod case_operations;
pub(crate) mod choosing;
mod commands;
mod compensation;
mod conditions;
mod corrected_anew;
mod correction;
mod documents;
mod ending;
mod followed;
mod giving_up;
mod items;
pub(crate) mod joins;
mod lists;
mod memory;
pub(crate) mod messages;
mod migration;
mod modification;
mod names;
pub(crate) mod notices;
mod persons;
mod recount;
mod registers;
mod requests;
mod returns;
mod run;
mod sheets;
mod signatories;
mod signers;
mod signing;
mod standing;
mod suspension;
mod throwing;
pub(crate) mod throws;
mod token;
mod tokens;
pub(crate) mod triggers;
mod variables;
mod verbs;
mod ways;
mod withdrawal;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::calendar::Zone;
use crate::command::{Command, Content, Envelope};
use crate::definition::Definition;
use crate::event::Event;
use crate::facts::Facts;
use crate::ids::{InstanceId, Key};
use crate::instance::{Instance, Status};
use crate::operation::Allowed;
use crate::rejection::{Need, Rejection};
use crate::time::Timestamp;

pub use admission::{Handler, admission, handlers, own_submissions};
pub use case_operations::{case_operations, has_to_hand_over};
pub use choosing::{Choices, choices};
pub(crate) use documents::Before;
pub use migration::{Contents, data_fates, data_needs, fates};
pub use signatories::{RunCount, run_count};
pub(crate) use signatories::{asked, is_person, person_of, replace_person, signer_of, will_sign};
pub(crate) use signing::mode_of;
pub use throws::HOPS_MAX;
use token::Token;
pub(crate) use verbs::{ITEMS_MAX, Leave};

/// Nodes that one step may activate; a definition that wants more has a loop.
pub const TRANSITIONS_MAX: u32 = 10_000;
/// Characters of an opinion or a comment.
pub const COMMENT_CHARS_MAX: usize = 10_000;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The incident of a condition that cannot be told; a retry asks it again and begins nothing anew.
const CONDITION_FAILED: &str = "CONDITION_FAILED";
/// The incident of what came from elsewhere and does not fit where it goes.
pub(crate) const BAD_PAYLOAD: &str = "BAD_PAYLOAD";

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// The case afterwards.
    pub instance: Instance,
    /// What happened, in order. Folded over the case before, they give the case afterwards.
    pub events: Vec<Event>,
    /// Contents that the events name by hash and that must be kept.
    pub contents: Vec<Content>,
}

/// Why a step did not happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// The command is refused.
    Rejection(Rejection),
    /// The step must be told these first; then it can be tried again.
    Needs(BTreeSet<Need>),
}

/// What stops work inside a step.
#[derive(Debug, Clone)]
pub(crate) enum Halt {
    /// The command is refused.
    Reject(Rejection),
    /// Something must be fetched; what, the step has noted.
    Needs,
    /// The model or the data are at fault: the activation waits for repair.
    Incident { code: &'static str, message: String },
}

impl Halt {
    pub(crate) fn incident(code: &'static str, message: impl Into<String>) -> Self {
        Self::Incident { code, message: message.into() }
    }

    /// What an event brings and does not fit is an incident where whoever sent it is not there to be
    /// told.
    pub(crate) fn of_payload(self) -> Self {
        match self {
            Self::Reject(rejection) => Self::incident(BAD_PAYLOAD, rejection.with_fields()),
            other => other,
        }
    }
}

impl From<Rejection> for Halt {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

/// One step in progress.
pub(crate) struct Step<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) instance: Instance,
    pub(crate) facts: &'a Facts,
    pub(crate) envelope: &'a Envelope,
    events: Vec<Event>,
    contents: Vec<Content>,
    tokens: VecDeque<Token>,
    /// Lists whose next run begins, one after another: not inside the run that was done, however many
    /// are done at once.
    next_items: VecDeque<Key>,
    /// Ad-hoc sub-processes in which an activity was done.
    to_ask: BTreeSet<Key>,
    /// Whether those in which nothing is active were asked as well.
    has_asked_empty: bool,
    transitions: u32,
    /// The last moment of the day whose end a clock told in this step.
    day_ended: Option<Timestamp>,
    needs: RefCell<BTreeSet<Need>>,
    /// What expressions were given of registers: numbers and versions.
    looked: RefCell<registers::Looked>,
    numbers_taken: BTreeMap<(String, i32), u32>,
}

/// Begins a case.
///
/// # Errors
/// `Refused::Rejection` when the actor may not begin it or a document does not fit;
/// `Refused::Needs` when something must be fetched first.
pub fn start(
    definition: &Definition,
    id: InstanceId,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<Stepped, Refused> {
    let beginning = beginning::Beginning::of(definition, envelope)?;
    let numbered = commands::case_number(definition, envelope.since.unwrap_or(envelope.at), facts)?;
    let first = Event::InstanceStarted {
        process: definition.process().clone(),
        version: definition.version(),
        at: envelope.at,
        number: numbered.as_ref().map(|(_, number)| number.clone()),
        initiator: beginning::initiator(&envelope.actor),
        origin: beginning
            .origin
            .filter(|_| matches!(envelope.actor, crate::actor::Actor::Case { .. })),
        parent: beginning.parent,
    };
    let mut step = Step::new(definition, Instance::begin(id, &first), envelope, facts);
    step.events.push(first);
    if let Some((taken, _)) = numbered {
        step.emit(taken);
    }
    let begun = step.begin_case(beginning.start, beginning.documents).and_then(|()| step.run());
    step.finish(begun)
}

/// Carries out a command on a case.
///
/// # Errors
/// `Refused::Rejection` when the command is not allowed, and then nothing has changed;
/// `Refused::Needs` when something must be fetched first.
pub fn step(
    definition: &Definition,
    instance: &Instance,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<Stepped, Refused> {
    let of_ended = matches!(envelope.command, Command::Comment { .. } | Command::Reopen { .. });
    if instance.status() != Status::Active && !of_ended {
        return Err(Refused::Rejection(Rejection::InstanceClosed));
    }
    if instance.suspended().is_some() && !suspension::is_possible(&envelope.command) {
        return Err(Refused::Rejection(Rejection::InstanceSuspended));
    }
    let mut step = Step::new(definition, instance.clone(), envelope, facts);
    let done = step.carry_out().and_then(|()| step.run());
    if let (Err(halt), Command::FireTimer { key, timer }) = (&done, &envelope.command)
        && !step.has_needs()
        && step.events.iter().any(|event| matches!(event, Event::TimerFired { .. }))
    {
        let mut in_vain = Step::new(definition, instance.clone(), envelope, facts);
        let done = in_vain.fire_in_vain(*key, *timer, halt);
        return in_vain.finish(done);
    }
    step.finish(done)
}

/// The outcomes that may be chosen on a task now.
///
/// # Errors
/// `Refused::Rejection` when no such task is open or a condition fails; `Refused::Needs` when
/// something must be fetched first.
pub fn offered_outcomes(
    definition: &Definition,
    instance: &Instance,
    task: Key,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<Vec<crate::ids::OutcomeName>, Refused> {
    if instance.suspended().is_some() {
        return Err(Refused::Rejection(Rejection::InstanceSuspended));
    }
    let step = Step::new(definition, instance.clone(), envelope, facts);
    let offered =
        step.open(task).map(|_| ()).and_then(|()| step.node_of(task).behavior.offered(&step, task));
    let mut offered = offered;
    let outcomes = match &mut offered {
        Ok(outcomes) => std::mem::take(outcomes),
        Err(_) => Vec::new(),
    };
    step.finish(offered.map(|_| ())).map(|_| outcomes)
}

/// What may be done with a task beside deciding it, by whom asks and when: each operation, and why it is
/// off where it is. A task that is done answers whether it can be taken back. Empty for what is no
/// task.
pub fn allowed_operations(
    definition: &Definition,
    instance: &Instance,
    task: Key,
    (actor, at): (&crate::actor::Actor, Timestamp),
) -> Vec<Allowed> {
    let envelope = Envelope::asking(at, actor.clone());
    let facts = Facts::default();
    let step = Step::new(definition, instance.clone(), &envelope, &facts);
    let mut all = match step.open(task) {
        _ if step.was_decided(task) => vec![step.may_take_back(task)],
        Ok(_) => step.node_of(task).behavior.operations(&step, task),
        Err(_) => Vec::new(),
    };
    for one in &mut all {
        suspension::put_off(instance, one);
    }
    all
}

impl<'a> Step<'a> {
    /// A step that nothing has happened in yet.
    pub(crate) fn new(
        definition: &'a Definition,
        instance: Instance,
        envelope: &'a Envelope,
        facts: &'a Facts,
    ) -> Self {
        Self {
            definition,
            instance,
            facts,
            envelope,
            events: Vec::with_capacity(8),
            contents: Vec::new(),
            tokens: VecDeque::new(),
            next_items: VecDeque::new(),
            to_ask: BTreeSet::new(),
            has_asked_empty: false,
            transitions: 0,
            day_ended: envelope
                .since
                .filter(|since| *since <= envelope.at && envelope.at < since.plus_ms(DAY_MS)),
            needs: RefCell::new(BTreeSet::new()),
            looked: RefCell::new(BTreeMap::new()),
            numbers_taken: BTreeMap::new(),
        }
    }

    /// When it is.
    pub(crate) const fn now(&self) -> Timestamp {
        self.envelope.at
    }

    /// From when periods count that begin now, and what day it is. What a clock causes as a day ends is
    /// still of that day: a period after it counts from the next.
    pub(crate) fn since(&self) -> Timestamp {
        self.day_ended.unwrap_or_else(|| self.now())
    }

    /// A clock ran out: if that was as a day ended, and no longer ago than a day, this is its last moment.
    fn end_day(&mut self, at: Timestamp) {
        let calendar = self.facts.calendars.get(self.definition.calendar());
        let zone = calendar.map_or(Zone::UTC, |calendar| calendar.zone());
        let is_midnight = zone.begin(zone.date(at)) == at;
        if is_midnight && self.now() < at.plus_ms(DAY_MS) {
            self.day_ended = Some(at.plus_ms(-1));
        }
    }

    /// Records that something happened, and lets it happen. Nothing else changes the instance.
    pub(crate) fn emit(&mut self, event: Event) {
        self.instance.apply(&event);
        self.events.push(event);
    }

    /// What has happened in this step.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Notes that something must be fetched.
    pub(crate) fn need(&self, need: Need) -> Halt {
        self.needs.borrow_mut().insert(need);
        Halt::Needs
    }

    /// What was found missing.
    pub(crate) fn into_needs(self) -> BTreeSet<Need> {
        self.needs.into_inner()
    }

    fn finish(mut self, done: Result<(), Halt>) -> Result<Stepped, Refused> {
        let done = done.and_then(|()| self.update_title());
        self.forget();
        let needs = self.needs.take();
        if !needs.is_empty() {
            return Err(Refused::Needs(needs));
        }
        self.tell_looked();
        match done {
            Ok(()) => Ok(Stepped {
                instance: self.instance,
                events: self.events,
                contents: self.contents,
            }),
            Err(Halt::Reject(rejection)) => Err(Refused::Rejection(rejection)),
            Err(Halt::Incident { code, message }) => {
                // Not inside an activation: whoever asked is told.
                let message = format!("{code}: {message}");
                let field = "command".to_owned();
                Err(Refused::Rejection(Rejection::BadArgument { field, message }))
            }
            Err(Halt::Needs) => unreachable!("a step that needs something has noted what"),
        }
    }
}

#[cfg(test)]
mod asked_tests;
#[cfg(test)]
mod begin_tests;
#[cfg(test)]
mod boundaries_tests;
#[cfg(test)]
mod case_tests;
#[cfg(test)]
mod choosing_tests;
#[cfg(test)]
mod cities_tests;
#[cfg(test)]
mod clocks_tests;
#[cfg(test)]
mod compensation_tests;
#[cfg(test)]
mod correction_tests;
#[cfg(test)]
mod cycles_tests;
#[cfg(test)]
mod doers_tests;
#[cfg(test)]
mod draws_tests;
#[cfg(test)]
mod ending_tests;
#[cfg(test)]
mod extension_tests;
#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod giving_up_tests;
#[cfg(test)]
mod http_tests;
#[cfg(test)]
mod intakes_tests;
#[cfg(test)]
mod joining_tests;
#[cfg(test)]
mod joins_tests;
#[cfg(test)]
mod messages_tests;
#[cfg(test)]
mod migrated_data_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod mismatches_tests;
#[cfg(test)]
mod modification_tests;
#[cfg(test)]
mod naming_tests;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod recount_tests;
#[cfg(test)]
mod registers_tests;
#[cfg(test)]
mod reopening_tests;
#[cfg(test)]
mod returns_tests;
#[cfg(test)]
mod rosters_tests;
#[cfg(test)]
mod rounds_tests;
#[cfg(test)]
mod runs_tests;
#[cfg(test)]
mod signing_tests;
#[cfg(test)]
mod suspension_tests;
#[cfg(test)]
mod telling_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod throwing_tests;
#[cfg(test)]
mod withdrawal_tests;

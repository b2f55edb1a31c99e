//! Carrying out one command: what it names is found, and its element decides. Commands about the
//! case as a whole are here too.

use std::collections::BTreeMap;

use super::beginning::rights_at_start;
use super::triggers::Trigger;
use super::{Before, COMMENT_CHARS_MAX, Halt, Refused, Step};
use crate::actor::{Actor, Principal};
use crate::command::{Command, Content};
use crate::definition::Definition;
use crate::event::{Ending, Event, Incident, Recipient, TimerPurpose};
use crate::facts::Facts;
use crate::ids::{DocumentName, Key, PersonId};
use crate::operation::Operation;
use crate::rejection::{Need, Rejection};
use crate::time::Timestamp;

/// People that one command may copy something to.
const COPIED_MAX: usize = 100;

/// The case number of a process that has a series: the event that takes it, and its text. Of the year of
/// the day that ended, where a clock began the case as it did.
pub(super) fn case_number(
    definition: &Definition,
    at: Timestamp,
    facts: &Facts,
) -> Result<Option<(Event, String)>, Refused> {
    let Some(series) = &definition.number else { return Ok(None) };
    let year = year_of(definition, at, facts);
    let counted_in = if series.is_yearly() { year } else { 0 };
    let id = (series.as_str().to_owned(), counted_in);
    let Some(number) = facts.numbers.get(&id).copied() else {
        let need = Need::Number { series: id.0, year: id.1 };
        return Err(Refused::Needs([need].into()));
    };
    let text = series.format(year, number);
    Ok(Some((Event::NumberTaken { series: id.0, year: id.1, number }, text)))
}

/// The year it is where the process counts its days.
pub(super) fn year_of(definition: &Definition, at: Timestamp, facts: &Facts) -> i32 {
    use chrono::Datelike;
    let zone = facts.calendars.get(definition.calendar()).map(|calendar| calendar.zone());
    zone.unwrap_or(crate::calendar::Zone::UTC).date(at).year()
}

impl Step<'_> {
    /// The first documents, variables and token of a case.
    pub(super) fn begin_case(
        &mut self,
        start: usize,
        documents: &BTreeMap<DocumentName, Content>,
    ) -> Result<(), Halt> {
        let definition = self.definition;
        for (name, value) in &definition.variables {
            if let Some(value) = value.clone() {
                self.keep_variable(name, value);
            }
        }
        let mut written = Vec::new();
        for (name, content) in documents {
            let rights = rights_at_start(definition, &self.envelope.actor, name);
            let Some(rights) = rights else {
                return Err(Rejection::DocumentNotEditable { document: name.clone() }.into());
            };
            let entries = match (&*content.value, definition.documents.get(name)) {
                (serde_json::Value::Array(entries), Some(document)) if document.list => {
                    entries.iter().cloned().map(Content::new).collect()
                }
                _ => vec![content.clone()],
            };
            for entry in entries {
                let checked = self.checked(name, &rights, &entry)?;
                self.write(Key(0), name, checked.clone());
                written.push((name, rights.clone(), checked, self.last_place(name)));
            }
        }
        for (name, rights, content, place) in written {
            self.compare(name, &rights, &content.value, Before::First(place))?;
        }
        self.listen(Key(0), &definition.listeners)?;
        // What a task that begins the case waits for has come already.
        let has_happened =
            definition.nodes[start].element.is_activity() && definition.nodes[start].instantiates();
        self.send_token(super::Token { has_happened, ..super::Token::new(start, Key(0)) });
        Ok(())
    }

    /// Carries out the command.
    pub(super) fn carry_out(&mut self) -> Result<(), Halt> {
        let envelope = self.envelope;
        match &envelope.command {
            Command::Start { .. } | Command::Begin { .. } => {
                let message = "expected a new case, found one that runs".into();
                Err(Rejection::BadArgument { field: "command".into(), message }.into())
            }
            Command::ClaimTask { task }
            | Command::ReleaseTask { task }
            | Command::CompleteTask { task, .. }
            | Command::ReturnTask { task, .. }
            | Command::TransferTask { task, .. }
            | Command::DelegateTask { task, .. }
            | Command::HandBack { task, .. }
            | Command::ReplaceDrawn { task, .. }
            | Command::AddSigners { task, .. }
            | Command::RemoveSigner { task, .. }
            | Command::ExtendTask { task, .. }
            | Command::UrgeTask { task } => self.command_to(*task),
            Command::BeginActivity { within, node } => self.begin_activity(*within, node),
            Command::TakeBack { task, reason } => self.take_back(*task, reason),
            Command::Withdraw { reason } => self.withdraw(reason),
            Command::Void { reason } => self.void(reason),
            Command::Terminate { task, reason } => self.terminate_case(*task, reason),
            Command::Reopen { to, reason } => self.reopen(to, reason),
            Command::HandOver { from, to, reason } => self.hand_over(from, to, reason),
            Command::Submit { intake, .. } | Command::WithdrawSubmission { intake, .. } => {
                self.command_to(*intake)
            }
            Command::CompleteJob { key, .. }
            | Command::FailJob { key, .. }
            | Command::ReceiveEscalation { key, .. }
            | Command::EndCall { key, .. } => self.report(*key),
            Command::FireTimer { key, timer } => self.fire(*key, *timer),
            Command::DeliverMessage { key, message, payload } => {
                self.deliver(*key, message, payload.as_ref())
            }
            Command::DeliverSignal { signal, payload } => {
                self.deliver_signal(signal, payload.as_ref())
            }
            Command::Copy { people, task } => self.copy(people, *task),
            Command::Comment { text } => self.comment(text),
            Command::Retry { key } => self.retry(*key),
            Command::Correct { documents, variables, retry, reason } => {
                self.correct_data(documents, variables, *retry, reason)
            }
            Command::Modify { changes, reason } => self.modify(changes, reason),
            Command::Migrate { version, plan, reason } => self.migrate(*version, plan, reason),
            Command::Suspend { reason } => self.suspend(reason),
            Command::Resume => self.resume(),
            Command::Recount { reason } => self.recount(reason),
            Command::Cancel { reason } => self.cancel(reason),
        }
    }

    pub(super) fn command_to(&mut self, key: Key) -> Result<(), Halt> {
        if let (Command::Submit { .. }, Some(closed)) =
            (&self.envelope.command, self.instance.closed_intakes().get(&key))
        {
            let (from, until, received) = (closed.from, closed.until, self.now());
            return Err(Rejection::IntakeClosed { from, until, received }.into());
        }
        self.open(key)?;
        let node = self.node_of(key);
        let command = &self.envelope.command;
        node.behavior.command(self, key, command)
    }

    /// Why an activation cannot do what is asked of it, where it does not wait for that: it may stand at
    /// an incident, and would wait for it once that is repaired.
    pub(crate) fn unless_at_incident(&self, key: Key, refused: Rejection) -> Halt {
        let activation = self.activation(key);
        let rejection = match &activation.incident {
            Some(incident) => {
                let (node, incident) = (activation.node.clone(), incident.code.clone());
                Rejection::AtIncident { node, incident }
            }
            None => refused,
        };
        rejection.into()
    }

    fn fire(&mut self, key: Key, number: u32) -> Result<(), Halt> {
        let Some(timer) = self.open(key)?.timers.get(&number).cloned() else {
            return Err(Rejection::TimerNotArmed { timer: number }.into());
        };
        let at = timer.at;
        if self.now() < at {
            return Err(Rejection::TimerNotDue { at }.into());
        }
        let late_ms = self.now().0 - at.0;
        self.emit(Event::TimerFired { key, timer: number, late_ms });
        let boundary = match &timer.purpose {
            TimerPurpose::Boundary { node } => std::slice::from_ref(node),
            TimerPurpose::Due
            | TimerPurpose::Reminder { .. }
            | TimerPurpose::Event
            | TimerPurpose::Opens
            | TimerPurpose::Closes
            | TimerPurpose::PageEnds
            | TimerPurpose::JobRetry => &[],
        };
        let behavior = self.behavior_at(key, boundary.first());
        // What opens on a day that is named opens as that day begins.
        let begins_day = match timer.purpose {
            TimerPurpose::Opens => timer.working.as_ref().is_none_or(|working| working.is_fixed()),
            TimerPurpose::Reminder { .. } => true,
            TimerPurpose::Boundary { .. }
            | TimerPurpose::Due
            | TimerPurpose::Event
            | TimerPurpose::Closes
            | TimerPurpose::PageEnds
            | TimerPurpose::JobRetry => false,
        };
        if behavior.trigger().is_none_or(Trigger::ends_days) && !begins_day {
            self.end_day(at);
        }
        let fired = behavior.fire(self, key, &timer);
        self.settle_at(key, boundary, fired).map(|_| ())
    }

    /// What a clock's time causes was refused, and nobody is there to be told: it has not happened, and is
    /// an incident where the clock ran. A retry lets the time come again.
    pub(super) fn fire_in_vain(&mut self, key: Key, number: u32, halt: &Halt) -> Result<(), Halt> {
        let Some(timer) = self.open(key)?.timers.get(&number).cloned() else {
            return Err(Rejection::TimerNotArmed { timer: number }.into());
        };
        let (code, message) = match halt {
            Halt::Reject(rejection) => {
                (rejection.code(), rejection.message(crate::text::Language::En))
            }
            Halt::Incident { code, message } => (*code, message.clone()),
            Halt::Needs => return Err(Halt::Needs),
        };
        let late_ms = self.now().0 - timer.at.0;
        self.emit(Event::TimerFired { key, timer: number, late_ms });
        let timer = Some(Box::new(timer));
        let incident = Incident { timer, ..Incident::new(code, message) };
        self.emit(Event::IncidentRaised { key, incident });
        Ok(())
    }

    fn deliver(
        &mut self,
        key: Key,
        message: &crate::ids::MessageName,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        let waits = self.open(key)?.subscriptions.iter().find(|waits| waits.message == *message);
        let Some(waits) = waits.cloned() else {
            let expected = format!("something that waits for the message `{message}`");
            return Err(Rejection::WrongKind { key, expected }.into());
        };
        let boundary = waits.boundary.clone();
        self.emit(Event::MessageReceived { key, message: message.clone() });
        let happened = self.behavior_at(key, boundary.as_ref()).happen(self, key, payload);
        self.settle_at(key, boundary.as_slice(), happened).map(|_| ())
    }

    fn copy(&mut self, people: &[PersonId], task: Option<Key>) -> Result<(), Halt> {
        if people.is_empty() || people.len() > COPIED_MAX {
            let message = format!("expected 1 to {COPIED_MAX} people, found {}", people.len());
            return Err(Rejection::BadArgument { field: "people".into(), message }.into());
        }
        let key = task.unwrap_or_default();
        if let Some(task) = task {
            self.open(task)?;
        }
        self.may_let_know()?;
        for person in people {
            self.known(person)?;
        }
        if people.iter().all(|person| self.instance.was_copied(key, person)) {
            return Err(Rejection::AlreadyCopied.into());
        }
        self.copy_to(key, people.to_vec());
        Ok(())
    }

    /// Only who has a task of their own in the case lets others know, so that what was copied is not
    /// copied on.
    pub(crate) fn may_let_know(&self) -> Result<(), Halt> {
        let is_inside = self.definition.is_inside(&self.instance, &self.envelope.actor);
        if is_inside || self.is_admin().is_ok() {
            return Ok(());
        }
        Err(Rejection::NotInside.into())
    }

    /// Lets people know (抄送), nobody twice of the same node or case.
    pub(crate) fn copy_to(&mut self, key: Key, mut people: Vec<PersonId>) {
        let definition = self.definition;
        people.sort();
        people.dedup();
        people.retain(|person| !self.instance.was_copied(key, person));
        let to = people.iter().cloned().map(Principal::Person).map(Recipient::Principal).collect();
        for person in people {
            self.emit(Event::Copied { key, person });
        }
        self.notice(key, definition.notices.copy.as_ref(), to);
    }

    fn comment(&mut self, text: &str) -> Result<(), Halt> {
        let Some(person) = self.envelope.actor.person().cloned() else {
            return Err(Rejection::NotCandidate { expected: "a person".into() }.into());
        };
        if text.trim().is_empty() {
            let message = "expected a text, found nothing".into();
            return Err(Rejection::BadArgument { field: "text".into(), message }.into());
        }
        Self::check_length("text", text)?;
        self.emit(Event::Commented { person, text: text.to_owned() });
        Ok(())
    }

    /// Refuses a text that is too long.
    pub(crate) fn check_length(field: &str, text: &str) -> Result<(), Halt> {
        if text.chars().count() > COMMENT_CHARS_MAX {
            let max = u32::try_from(COMMENT_CHARS_MAX).expect("the limit is small");
            return Err(Rejection::TooLong { field: field.to_owned(), max }.into());
        }
        Ok(())
    }

    /// Whoever began the case ends it where the process lets them void it; an admin always may.
    fn cancel(&mut self, reason: &str) -> Result<(), Halt> {
        match &self.envelope.actor {
            Actor::System | Actor::Case { .. } => {}
            Actor::Person { .. } if self.is_admin().is_ok() => {}
            Actor::Person { .. } | Actor::Public => {
                self.is_initiator()?;
                self.is_operation(Operation::Void)?;
            }
        }
        // A case that called this one gives its own reason, whatever that is.
        if let Actor::Person { .. } = self.envelope.actor {
            Self::check_reason(reason)?;
        }
        self.end_early(Ending::Cancelled, reason)
    }

    /// The next number of a series in this year; taken for good when the step is committed.
    pub(crate) fn take_number(
        &mut self,
        series: &crate::definition::Series,
    ) -> Result<(i32, u32), Halt> {
        let year = year_of(self.definition, self.since(), self.facts);
        let counted_in = if series.is_yearly() { year } else { 0 };
        let id = (series.as_str().to_owned(), counted_in);
        let taken = self.numbers_taken.get(&id).copied();
        let earlier = self.events.iter().rev().find_map(|event| match event {
            Event::NumberTaken { series, year, number } if (series, year) == (&id.0, &id.1) => {
                Some(*number)
            }
            _ => None,
        });
        let next = match (taken.or(earlier), self.facts.numbers.get(&id)) {
            (Some(last), _) => last + 1,
            (None, Some(next)) => *next,
            (None, None) => {
                return Err(self.need(Need::Number { series: id.0, year: id.1 }));
            }
        };
        self.numbers_taken.insert(id.clone(), next);
        self.emit(Event::NumberTaken { series: id.0, year: id.1, number: next });
        Ok((year, next))
    }
}

//! What a batch reads: before its steps what its commands are about, between them what they ask for.
//! Each question is asked once for all commands. Deciding is `batch`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use engine::actor::{Grant, Principal};
use engine::command::Command;
use engine::ids::{InstanceId, ProcessName, RoleName};
use engine::instance::Instance;
use engine::rejection::Need;
use serde_json::Value as Json;

use super::earlier::Earlier;
use super::{Batch, Live, Reading};
use crate::error::{StoreError, SubmitError};
use crate::journal::Record;
use crate::lookups;
use crate::row::{Row, Value};
use crate::session::{Failure, Session};
use crate::submit::{Committed, Consumes, Submit, Target};

impl Batch<'_> {
    /// What earlier commands with the keys of these were answered. Most keys are new, and the journal
    /// refuses one that is not: so this is asked only after it did, and for what is not in the journal.
    pub(super) async fn load_repeated(
        &mut self,
        session: &mut Session,
        places: &[usize],
    ) -> Result<(), Failure> {
        let dedup = |place: &usize| self.jobs[*place].submit.dedup.as_ref();
        let keys: BTreeSet<&String> = places.iter().filter_map(dedup).collect();
        let keys: Vec<Row> = keys.into_iter().map(|key| vec![Value::Text(key.clone())]).collect();
        let rows = session.lookup(&lookups::REPEATED, &keys).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let cases: Vec<Row> = rows
            .iter()
            .filter_map(|row| row[1].as_int())
            .filter(|id| !self.live.contains_key(id))
            .collect::<BTreeSet<i64>>()
            .into_iter()
            .map(|id| vec![Value::Int(id), Value::Int(0)])
            .collect();
        let found = session.lookup(&lookups::INSTANCES, &cases).await?;
        self.take_in(found)?;
        for row in rows {
            let earlier = self.earlier(&row)?;
            self.answered.insert(row[0].text().to_owned(), earlier);
        }
        Ok(())
    }

    /// Commands that were refused, or failed, may have been carried out before, when they still could:
    /// then that is the answer. A refusal itself holds no key, so that the same command may come again
    /// once its reason is gone.
    pub(super) async fn recall(&mut self, session: &mut Session) -> Result<(), Failure> {
        let places: Vec<usize> = (0..self.jobs.len()).filter(|place| self.failed(*place)).collect();
        self.load_repeated(session, &places).await?;
        let mut repeated = BTreeSet::new();
        for place in places {
            let submit = &self.jobs[place].submit;
            let earlier = submit.dedup.as_ref().and_then(|key| self.answered.get(key));
            if let Some(earlier) = earlier {
                self.outcomes[place] = Some(earlier.answer(submit));
                repeated.insert(place);
            }
        }
        for (place, row) in std::mem::take(&mut self.refusals) {
            if !repeated.contains(&place) {
                self.chain(row);
            }
        }
        Ok(())
    }

    pub(super) fn failed(&self, place: usize) -> bool {
        matches!(self.outcomes[place], Some(Err(_)))
    }

    /// An earlier command as the journal has it, and what it was answered.
    fn earlier<'own>(&self, row: &Row) -> Result<Earlier<'own>, Failure> {
        let broken = |what: &str| Failure::Data(format!("a journal row is broken: {what}"));
        let record = Record::read(row[3].text()).map_err(|error| broken(&error.to_string()))?;
        let case = row[1].as_int();
        let outcome = match (record.rejection, case) {
            (Some(rejection), _) => Err(SubmitError::Rejected(rejection)),
            (None, None) => return Err(broken("it names no case")),
            (None, Some(id)) => Ok(Committed {
                instance: InstanceId(id),
                revision: row[2].int(),
                events: record.events.unwrap_or_else(|| Arc::from([])),
                after: self
                    .live
                    .get(&id)
                    .ok_or_else(|| broken("its case is gone"))?
                    .instance
                    .clone(),
                repeated: true,
            }),
        };
        Ok(Earlier { case, command: Cow::Owned(record.envelope.command), outcome })
    }

    /// Rows that commands of ours are made from, as far as they are still there.
    pub(super) async fn load_consumed(&mut self, session: &mut Session) -> Result<(), Failure> {
        let (mut follow_ups, mut messages) = (BTreeSet::new(), BTreeSet::new());
        for job in self.jobs {
            match &job.submit.consumes {
                Consumes::FollowUp(id) | Consumes::Call(id) => {
                    follow_ups.insert(vec![Value::Text(id.clone())])
                }
                Consumes::Message(id) => messages.insert(vec![Value::Text(id.clone())]),
                Consumes::Nothing | Consumes::NothingStale => false,
            };
        }
        for (lookup, keys) in [(&lookups::FOLLOW_UPS, follow_ups), (&lookups::MESSAGES, messages)] {
            let keys: Vec<Row> = keys.into_iter().collect();
            let rows = session.lookup(lookup, &keys).await?;
            self.rows
                .extend(rows.into_iter().filter_map(|row| row.into_iter().next()?.into_text()));
        }
        Ok(())
    }

    pub(super) async fn load_instances(&mut self, session: &mut Session) -> Result<(), Failure> {
        let wanted: BTreeSet<i64> = self
            .jobs
            .iter()
            .filter_map(|job| match job.submit.target {
                Target::Case(id) => Some(id.0),
                Target::New => None,
            })
            .filter(|id| !self.live.contains_key(id))
            .collect();
        let is_trusted = session.is_alone() || self.desk.cache.is_trusted();
        let mut keys = Vec::with_capacity(wanted.len());
        for id in wanted {
            let known = self.desk.cache.case(id);
            let revision = known.map_or(0, |known| known.revision);
            if let (Some(known), Reading::Free) = (known, self.reading) {
                self.bases.insert(id, revision);
                self.live.insert(id, known.clone());
                if is_trusted {
                    if !session.is_alone() {
                        self.unchecked.insert(id, revision);
                    }
                    continue;
                }
            }
            keys.push(vec![Value::Int(id), Value::Int(revision)]);
        }
        let lookup = match self.reading {
            Reading::Free => &lookups::INSTANCES,
            Reading::Locked => &lookups::LOCKED_INSTANCES,
        };
        let found = session.lookup(lookup, &keys).await?;
        self.take_in(found)
    }

    /// What is written fails where another node has changed its case; what is refused, or answered
    /// again, must not rest on a case that is no longer so.
    pub(super) async fn check_unwritten(&self, session: &mut Session) -> Result<(), Failure> {
        if self.unchecked.is_empty() {
            return Ok(());
        }
        let is_written = |place: usize| {
            matches!(&self.outcomes[place], Some(Ok(Committed { repeated: false, .. })))
        };
        let places = (0..self.jobs.len()).filter(|place| !is_written(*place));
        let cases: BTreeSet<i64> = places
            .filter_map(|place| match (self.jobs[place].submit.target, &self.outcomes[place]) {
                (_, Some(Ok(committed))) => Some(committed.instance.0),
                (Target::Case(id), _) => Some(id.0),
                (Target::New, _) => None,
            })
            .collect();
        let keys: Vec<Row> = cases
            .into_iter()
            .filter_map(|id| Some(vec![Value::Int(id), Value::Int(*self.unchecked.get(&id)?)]))
            .collect();
        if keys.is_empty() || session.lookup(&lookups::INSTANCES, &keys).await?.is_empty() {
            return Ok(());
        }
        Err(Failure::Conflict)
    }

    fn take_in(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        for row in rows {
            let (id, revision) = (row[0].int(), row[1].int());
            let live = match (&row[3], self.desk.cache.case(id)) {
                (Value::Text(body), _) => {
                    let instance = serde_json::from_str::<Instance>(body).map_err(|error| {
                        Failure::Data(format!("case {id} cannot be read: {error}"))
                    })?;
                    let head = row[2].text().to_owned();
                    Live { instance: Arc::new(instance), revision, head }
                }
                (_, Some(known)) => known.clone(),
                (_, None) => continue,
            };
            self.bases.insert(id, revision);
            self.live.insert(id, live);
        }
        Ok(())
    }

    /// Definitions that this node has not compiled yet.
    pub(super) async fn load_definitions(&mut self) -> Result<(), Failure> {
        let shared = self.desk.shared.clone();
        let definitions = &shared.definitions;
        let running = self.live.values().map(|live| &live.instance);
        let running = running.map(|case| (case.process().clone(), case.version()));
        let missing: BTreeSet<(ProcessName, u32)> = running
            .chain(self.jobs.iter().filter_map(|job| self.other_version(&job.submit)))
            .filter(|(process, version)| definitions.get(process, *version).is_none())
            .collect();
        for (process, version) in missing {
            found_out(definitions.ensure(&shared.reads, &process, version).await)?;
        }
        let started: BTreeSet<ProcessName> = self
            .jobs
            .iter()
            .filter_map(|job| match &job.submit.command {
                Command::Start { process, .. } | Command::Begin { process, .. }
                    if definitions.newest(process).is_none() =>
                {
                    Some(process.clone())
                }
                _ => None,
            })
            .collect();
        for process in started {
            found_out(definitions.ensure_newest(&shared.reads, &process).await)?;
        }
        Ok(())
    }

    /// Who does whose tasks now.
    pub(super) async fn load_deputies(&self) -> Result<(), Failure> {
        let shared = &self.desk.shared;
        found_out(shared.deputies.ensure(&shared.reads, shared.clock.now()).await)
    }

    /// The version that a case is to go over to.
    fn other_version(&self, submit: &Submit) -> Option<(ProcessName, u32)> {
        match (&submit.command, submit.target) {
            (Command::Migrate { version, .. }, Target::Case(id)) => {
                Some((self.live.get(&id.0)?.instance.process().clone(), *version))
            }
            _ => None,
        }
    }

    /// Fetches what commands asked for, all at once.
    pub(super) async fn fetch(
        &mut self,
        session: &mut Session,
        needs: BTreeSet<Need>,
    ) -> Result<(), Failure> {
        let (mut hashes, mut roles, mut counters) = (Vec::new(), Vec::new(), Vec::new());
        let mut found = BTreeSet::new();
        let (mut people, mut held, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        let (mut names, mut units) = (Vec::new(), Vec::new());
        for need in needs {
            match need {
                Need::Document(hash) if self.contents.contains_key(&hash) => {}
                Need::Document(hash) => match self.desk.cache.content(hash.as_str()) {
                    Some(value) => {
                        self.contents.insert(hash, value.clone());
                    }
                    None => hashes.push(vec![Value::Text(hash.as_str().to_owned())]),
                },
                Need::Members(role) if self.members.contains_key(&role) => {}
                Need::Members(role) => roles.push(vec![Value::Text(role.as_str().to_owned())]),
                Need::Held(principal) => held.push(principal),
                Need::Person(person) if self.people.contains_key(&person) => {}
                Need::Person(person) => {
                    people.push(vec![Value::Text(person.as_str().to_owned())]);
                    self.people.insert(person, None);
                }
                Need::Name(id) if self.names.contains_key(&id) => {}
                Need::Name(id) => names.push(vec![Value::Text(id)]),
                Need::Unit(id) if self.units.contains_key(&id) => {}
                Need::Unit(id) => {
                    units.push(vec![Value::Text(id.as_str().to_owned())]);
                    self.units.insert(id, None);
                }
                Need::Version(_) => {}
                Need::Number { series, year } => {
                    if !self.counters.contains_key(&(series.clone(), year)) {
                        counters.push(vec![Value::Text(series), Value::Int(i64::from(year))]);
                    }
                }
                Need::Entry { register, number } => {
                    let key = (register, number);
                    if !self.registers.knows(&key) {
                        entries.push(key);
                    }
                }
                Need::Entries { register, column, sought } => {
                    found.insert((register, column, sought));
                }
            }
        }
        self.fetch_contents(session, &hashes).await?;
        self.fetch_members(session, &roles).await?;
        self.fetch_held(session, held).await?;
        self.fetch_people(session, &people).await?;
        self.fetch_entries(session, entries).await?;
        self.fetch_found(session, found).await?;
        self.fetch_names(session, &names).await?;
        self.fetch_units(session, &units).await?;
        self.fetch_counters(session, &counters).await
    }

    async fn fetch_contents(
        &mut self,
        session: &mut Session,
        hashes: &[Row],
    ) -> Result<(), Failure> {
        for row in session.lookup(&lookups::CONTENTS, hashes).await? {
            let (hash, body) = (row[0].text(), row[1].text());
            let value: Json = serde_json::from_str(body)
                .map_err(|error| Failure::Data(format!("content {hash} is broken: {error}")))?;
            let value = Arc::new(value);
            self.desk.cache.keep_content(hash, value.clone(), body.len());
            self.contents.insert(hash.into(), value);
        }
        Ok(())
    }

    async fn fetch_held(
        &mut self,
        session: &mut Session,
        principals: Vec<Principal>,
    ) -> Result<(), Failure> {
        let roles: BTreeSet<&RoleName> = principals.iter().filter_map(Principal::role).collect();
        let roles: Vec<Row> =
            roles.into_iter().map(|role| vec![Value::Text(role.as_str().to_owned())]).collect();
        let found: Vec<Grant> = session
            .lookup(&lookups::HELD, &roles)
            .await?
            .iter()
            .map(|row| crate::directory::grant_of(row[0].text(), row[1].text()))
            .collect();
        for principal in principals {
            if found.iter().any(|grant| grant.is(&principal)) {
                self.desk.cache.keep_held(principal);
            } else {
                self.unheld.insert(principal);
            }
        }
        Ok(())
    }

    async fn fetch_people(&mut self, session: &mut Session, people: &[Row]) -> Result<(), Failure> {
        for row in session.lookup(&lookups::PEOPLE, people).await? {
            let member = crate::directory::member(&row);
            self.people.insert(member.id.clone(), Some(Arc::new(member)));
        }
        Ok(())
    }

    async fn fetch_counters(
        &mut self,
        session: &mut Session,
        counters: &[Row],
    ) -> Result<(), Failure> {
        if !session.is_alone() {
            session.lookup(&lookups::NEW_COUNTERS, counters).await?;
        }
        for row in session.lookup(&lookups::COUNTERS, counters).await? {
            let year = i32::try_from(row[1].int()).unwrap_or_default();
            let value = u32::try_from(row[2].int()).unwrap_or_default();
            self.counters.insert((row[0].text().to_owned(), year), value);
        }
        Ok(())
    }
}

/// A lost database fails the batch; a definition that cannot be had only its own commands, later.
fn found_out(loaded: Result<(), StoreError>) -> Result<(), Failure> {
    match loaded {
        Ok(()) => Ok(()),
        Err(StoreError::Unavailable(message)) => Err(Failure::Lost(message)),
        Err(error) => {
            tracing::error!(%error, "a definition cannot be used");
            Ok(())
        }
    }
}

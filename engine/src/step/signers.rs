//! Signers of a round that are added and taken out while it runs.

use serde_json::Value;

use super::signatories::{asked, is_person, signer_of, still_to_ask};
use super::signing::SIGNERS_ADDED_MAX;
use super::{Halt, Step};
use crate::event::{Cause, Event, Item, Placement};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{Activation, Added, Roster, Seat, Waiting};
use crate::rejection::Rejection;

impl Step<'_> {
    /// Adds signers before, after or beside a task of the round.
    pub(crate) fn add_signers(
        &mut self,
        key: Key,
        people: &[PersonId],
        place: Placement,
        reason: &str,
    ) -> Result<(), Halt> {
        let body = self.whole(key);
        let Waiting::Items { added, .. } = &self.activation(body).waiting else {
            return Err(Rejection::NotOpen { key: body }.into());
        };
        if people.is_empty() || added.len() + people.len() > SIGNERS_ADDED_MAX {
            let message = format!(
                "expected 1 to {SIGNERS_ADDED_MAX} added signers in a round, found {}",
                added.len() + people.len()
            );
            return Err(Rejection::BadArgument { field: "people".into(), message }.into());
        }
        let by = self.envelope.actor.person().cloned();
        let beside = self.activation(key).item.as_ref().map_or(0, |item| item.index);
        for person in people {
            self.check_no_signer(body, person)?;
            let (person, reason) = (person.clone(), reason.to_owned());
            self.emit(Event::SignerAdded {
                key: body,
                person,
                place,
                beside,
                by: by.clone(),
                reason,
            });
            if place != Placement::After {
                self.begin_added(body)?;
            }
        }
        Ok(())
    }

    /// Whose the one task of a round is that is done again: who had it in the last one.
    pub(super) fn one_again(&self, body: Key) -> Option<PersonId> {
        let activation = self.activation(body);
        let roster = self.instance.roster(body).filter(|_| activation.again);
        let one = roster.and_then(|roster| roster.one.as_ref()).or(activation.person.as_ref());
        one.map(|person| self.instance.successor(person).clone())
    }

    /// Who gets a task back that they sent for a correction: one who had been added to its round is
    /// added again instead.
    pub(super) fn had_it_alone(
        &self,
        node: &NodeName,
        within: Key,
        person: Option<PersonId>,
    ) -> Option<PersonId> {
        let passed = self.instance.passed(node.as_str());
        let roster = passed.and_then(|passed| passed.rosters.get(&within));
        let is_added = |person: &PersonId| {
            roster.is_some_and(|roster| roster.added.iter().any(|seat| seat.person == *person))
        };
        person.filter(|person| !is_added(person))
    }

    /// Adds the signers who had been added to the round before, where they were.
    pub(super) fn add_again(&mut self, body: Key, roster: Roster) -> Result<(), Halt> {
        // Where each of them is now.
        let mut places: Vec<Option<u32>> = Vec::with_capacity(roster.added.len());
        for seat in roster.added {
            let Some(Activation { waiting: Waiting::Items { items, added, .. }, .. }) =
                self.instance.activation(body)
            else {
                return Ok(());
            };
            let last = u32::try_from(items.len().saturating_sub(1)).unwrap_or(u32::MAX);
            let own = u32::try_from(items.len() + added.len()).unwrap_or(u32::MAX);
            let Seat { person, place, beside, host, by, reason, removed } = seat;
            // Who took over from one who left signs for them, unless they sign for themselves.
            let successor = self.instance.successor(&person);
            let person = match self.check_no_signer(body, successor) {
                Ok(()) => successor.clone(),
                Err(_) => person,
            };
            if removed || self.check_no_signer(body, &person).is_err() {
                places.push(None);
                continue;
            }
            places.push(Some(own));
            let host = host.and_then(|host| places.get(host as usize).copied().flatten());
            let (key, beside) = (body, host.unwrap_or(beside.min(last)));
            self.emit(Event::SignerAdded { key, person, place, beside, by, reason });
        }
        self.begin_added(body)
    }

    /// Begins added signers whose turn it is.
    pub(super) fn begin_added(&mut self, body: Key) -> Result<(), Halt> {
        let Waiting::Items { items, added, begun, gone, .. } = &self.activation(body).waiting
        else {
            return Ok(());
        };
        let first = items.len();
        let live: Vec<u32> = self.live_runs(body);
        // Whoever was added after somebody is asked when that one was, and is done.
        let was_asked = |place: u32| match (place as usize).checked_sub(first) {
            None => place < *begun || gone.contains(&place),
            Some(at) => added.get(at).is_none_or(|host| host.begun || host.removed),
        };
        let follows = |place: u32| was_asked(place) && !live.contains(&place);
        let turn = |one: &Added| {
            let is_next = one.place != Placement::After || follows(one.beside);
            !one.begun && !one.removed && is_next
        };
        let begin: Vec<(usize, PersonId)> = added
            .iter()
            .enumerate()
            .filter(|(_, one)| turn(one))
            .map(|(at, one)| (first + at, one.person.clone()))
            .collect();
        for (index, person) in begin {
            if self.instance.activation(body).is_none() {
                break;
            }
            let index = u32::try_from(index).expect("ITEMS_MAX and SIGNERS_ADDED_MAX are small");
            let value = Value::String(person.to_string());
            self.begin_run(body, Item { index, value, added: true, label: None })?;
        }
        Ok(())
    }

    /// Places of the runs of a round that are open.
    pub(super) fn live_runs(&self, body: Key) -> Vec<u32> {
        let runs = self.instance.activations().values().filter(|one| one.scope == body);
        runs.filter_map(|one| one.item.as_ref().map(|item| item.index)).collect()
    }

    /// The open run of an item.
    fn run_of(&self, body: Key, index: u32) -> Option<Key> {
        let mut runs = self.instance.activations().iter().filter(|(_, one)| one.scope == body);
        let is_it = |one: &crate::instance::Activation| {
            one.item.as_ref().is_some_and(|item| item.index == index)
        };
        runs.find(|(_, one)| is_it(one)).map(|(key, _)| *key)
    }

    /// The place in a round of a signer who has not decided.
    fn place_of(&self, body: Key, person: &PersonId) -> Option<u32> {
        let round = &self.activation(body).waiting;
        let Waiting::Items { items, added, .. } = round else { return None };
        let mut runs = self.instance.activations().values().filter(|one| one.scope == body);
        let own = runs.find(|run| signer_of(run).as_ref() == Some(person));
        let open = own.and_then(|run| run.item.as_ref()).map(|item| item.index);
        let mut later = still_to_ask(round).filter(|(_, item)| is_person(item, person));
        let waits = |one: &Added| !one.begun && one.is_open() && one.person == *person;
        let to_be_added = || {
            let at = added.iter().position(waits)?;
            u32::try_from(items.len() + at).ok()
        };
        open.or_else(|| later.next().map(|(place, _)| place)).or_else(to_be_added)
    }

    /// Takes a signer who has not decided out: one who was added, by whoever added them, or any by an
    /// admin.
    pub(crate) fn remove_signer(
        &mut self,
        key: Key,
        person: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        let body = self.whole(key);
        let round = &self.activation(body).waiting;
        let Waiting::Items { items, added, .. } = round else {
            return Err(Rejection::NotOpen { key: body }.into());
        };
        if asked(round) == 1 {
            let message = "expected another signer to be left, but this is the only one";
            let (field, message) = ("person".into(), message.into());
            return Err(Rejection::BadArgument { field, message }.into());
        }
        let Some(place) = self.place_of(body, person) else {
            return Err(Rejection::UnknownSigner { person: person.clone() }.into());
        };
        let by = (place as usize).checked_sub(items.len()).and_then(|at| added[at].by.clone());
        let run = self.run_of(body, place);
        let actor = &self.envelope.actor;
        let is_own = by.is_some() && by.as_ref() == actor.person();
        if !is_own && !actor.holds(&"admin".into()) {
            let expected = by.map_or("admin".to_owned(), |by| by.to_string());
            return Err(Rejection::NotCandidate { expected }.into());
        }
        let (person, reason) = (person.clone(), reason.to_owned());
        let place = Some(place);
        self.emit(Event::SignerRemoved { key: body, person, place, reason });
        if let Some(run) = run {
            self.terminate(run, &Cause::SignerRemoved);
        }
        self.item_done(body)
    }
}

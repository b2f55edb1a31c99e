//! A signer takes back their own vote, or an expert their sheet, while the round runs and nothing followed
//! (拿回): it counts no more, and their task is open again. What a round decided together is taken back in `returns`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Halt, Step, Token};
use crate::definition::source::Mode;
use crate::event::{Cause, Event, Item, Placement};
use crate::ids::{DocumentName, Hash, Key, OutcomeName, PersonId};
use crate::instance::{Added, Instance, Sheet, Waiting};
use crate::operation::Operation;
use crate::rejection::Rejection;

/// A vote, or a score sheet, of a round that runs.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// The round.
    body: Key,
    /// The task that was decided by it.
    task: Key,
    person: PersonId,
    /// None of a sheet.
    outcome: Option<OutcomeName>,
    /// The signer's place in the round; none of a vote from before that was noted.
    place: Option<u32>,
    /// Entries of lists that came with it.
    entries: BTreeMap<DocumentName, Hash>,
}

/// What may be taken back.
struct Withdrawn {
    /// Runs of those who were asked since only because of the vote, and have not decided.
    asked_since: Vec<Key>,
    /// How many of the list are asked from here on, whoever votes again included.
    begun: u32,
}

/// How a task was decided in a round that runs: by a vote, or a sheet.
pub(super) fn given_in(instance: &Instance, task: Key) -> Option<Given> {
    instance.activations().iter().find_map(|(body, activation)| {
        let Waiting::Items { votes, sheets, .. } = &activation.waiting else { return None };
        let vote = votes.iter().find(|vote| vote.task == task).map(|vote| Given {
            body: *body,
            task,
            person: vote.person.clone(),
            outcome: Some(vote.outcome.clone()),
            place: vote.place,
            entries: vote.entries.clone(),
        });
        let sheet = || {
            let own = sheets.iter().find(|sheet| sheet.task == task);
            own.map(|sheet| Given::of_sheet(*body, sheet))
        };
        vote.or_else(sheet)
    })
}

impl Given {
    pub(super) fn of_sheet(body: Key, sheet: &Sheet) -> Self {
        Self {
            body,
            task: sheet.task,
            person: sheet.person.clone(),
            outcome: sheet.outcome.clone(),
            place: Some(sheet.place),
            entries: sheet.entries.clone(),
        }
    }
}

impl Step<'_> {
    /// Entries of lists that a task wrote in this step: they go with its vote.
    pub(super) fn entries_of(&self, task: Key) -> BTreeMap<DocumentName, Hash> {
        let entries = self.events.iter().filter_map(|event| match event {
            Event::DocumentWritten { document, hash, key, entry: true, .. } if *key == task => {
                Some((document.clone(), hash.clone()))
            }
            _ => None,
        });
        entries.collect()
    }

    /// Why a vote or a sheet cannot be taken back by whom asks; none where it can.
    pub(super) fn withdrawal_refused(&self, given: &Given) -> Result<(), Halt> {
        self.withdrawal(given).map(|_| ())
    }

    fn withdrawal(&self, given: &Given) -> Result<Withdrawn, Halt> {
        let body = given.body;
        let node = self.node_of(body);
        let operation = Operation::TakeBack;
        if !node.behavior.allows(operation) {
            let node = node.name.to_string();
            return Err(Rejection::OperationNotAllowed { operation, node, until: None }.into());
        }
        if self.envelope.actor.person() != Some(&given.person) {
            return Err(Rejection::NotCandidate { expected: given.person.to_string() }.into());
        }
        let Waiting::Items { items, begun, added, votes, sheets, .. } =
            &self.activation(body).waiting
        else {
            return Err(Rejection::NotOpen { key: given.task }.into());
        };
        // A vote from before its place and what came with it were noted stays as it is.
        let Some(place) = given.place else {
            return Err(Rejection::NotOpen { key: given.task }.into());
        };
        let in_order = node.each.as_deref().is_some_and(|each| each.mode == Mode::Sequential);
        let added_at = |place: u32| added.get((place as usize).wrapping_sub(items.len()));
        let own = added_at(place);
        // Where in the list it is decided: an added signer's beside whom they were added.
        let turn = own.map_or(place, |own| own.beside);
        let later = |one: u32| in_order && (one as usize) < items.len() && one > turn;
        let is_after = |one: u32| match added_at(one) {
            Some(one) => one.place == Placement::After && one.beside == place,
            None => later(one),
        };
        let waits_for = own.filter(|own| own.place == Placement::Before).map(|own| own.beside);
        let places = votes.iter().filter_map(|vote| vote.place);
        let places = places.chain(sheets.iter().map(|sheet| sheet.place));
        let voted: BTreeSet<u32> = places.filter(|one| *one != place).collect();
        let follows = |one: &u32| is_after(*one) || Some(*one) == waits_for;
        let beside_later = added.iter().any(|one| later(one.beside) && !one.removed);
        if voted.iter().any(follows) || beside_later {
            return Err(Rejection::SomethingFollowed { node: node.name.clone() }.into());
        }
        let runs = self.instance.activations().iter();
        let runs = runs.filter(|(_, run)| run.scope == body);
        let since = runs.filter(|(_, run)| run.item.as_ref().is_some_and(|it| is_after(it.index)));
        let asked_since = since.map(|(key, _)| *key).collect();
        let begun = if in_order { turn + 1 } else { *begun };
        Ok(Withdrawn { asked_since, begun })
    }

    /// The signer takes it back, and is asked again.
    pub(super) fn withdraw_vote(&mut self, given: Given, reason: &str) -> Result<(), Halt> {
        let Withdrawn { asked_since, begun, .. } = self.withdrawal(&given)?;
        Self::check_length("reason", reason)?;
        for run in asked_since {
            self.terminate(run, &Cause::Returned);
        }
        self.ask_anew(given, begun, reason.to_owned())
    }

    /// What a signer gave counts no more, and they are asked again; so many of the list are asked then.
    pub(super) fn ask_anew(
        &mut self,
        given: Given,
        begun: u32,
        reason: String,
    ) -> Result<(), Halt> {
        let Given { body, task: key, person, outcome, place, entries } = given;
        let Some(place) = place else { return Ok(()) };
        let round = self.activation(body).round;
        let again = person.clone();
        self.emit(Event::VoteWithdrawn {
            key,
            body,
            round,
            person,
            outcome,
            place,
            begun,
            entries,
            reason,
        });
        let Waiting::Items { items, added, .. } = &self.activation(body).waiting else {
            return Ok(());
        };
        let added: Option<&Added> = added.get((place as usize).wrapping_sub(items.len()));
        let item = match (items.get(place as usize), added) {
            (Some(value), _) => {
                let label = self.item_label(body, place, value)?;
                Item { index: place, value: value.clone(), added: false, label }
            }
            (None, Some(added)) => {
                let value = added.person.to_string().into();
                Item { index: place, value, added: true, label: None }
            }
            (None, None) => return Ok(()),
        };
        let node = self.definition.index(&self.activation(body).node);
        let token = Token { person: Some(again), ..Token::new(node, body) };
        let key = self.activated(&token, round, Some(item), Vec::new());
        self.begin(key)
    }
}

//! A signer takes back their own vote while the round runs and nothing followed (拿回): the vote counts
//! no more, and their task is open again. What a round decided together is taken back in `returns`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Halt, Step, Token};
use crate::definition::source::Mode;
use crate::event::{Cause, Event, Item, Placement};
use crate::ids::{DocumentName, Hash, Key};
use crate::instance::{Added, Instance, Vote, Waiting};
use crate::operation::Operation;
use crate::rejection::Rejection;

/// A vote that may be taken back.
struct Withdrawn {
    /// The round.
    body: Key,
    vote: Vote,
    /// The signer's place in the round.
    place: u32,
    /// Runs of those who were asked since only because of the vote, and have not decided.
    asked_since: Vec<Key>,
    /// How many of the list are asked from here on, whoever votes again included.
    begun: u32,
}

/// The round that runs in which a task was decided by a vote, with the vote.
pub(super) fn vote_of(instance: &Instance, task: Key) -> Option<(Key, &Vote)> {
    instance.activations().iter().find_map(|(body, activation)| match &activation.waiting {
        Waiting::Items { votes, .. } => {
            votes.iter().find(|vote| vote.task == task).map(|vote| (*body, vote))
        }
        _ => None,
    })
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

    /// Why a vote cannot be taken back by whom asks; none where it can.
    pub(super) fn withdrawal_refused(&self, body: Key, vote: &Vote) -> Result<(), Halt> {
        self.withdrawal(body, vote).map(|_| ())
    }

    fn withdrawal(&self, body: Key, vote: &Vote) -> Result<Withdrawn, Halt> {
        let node = self.node_of(body);
        let operation = Operation::TakeBack;
        if !node.behavior.allows(operation) {
            let node = node.name.to_string();
            return Err(Rejection::OperationNotAllowed { operation, node, until: None }.into());
        }
        if self.envelope.actor.person() != Some(&vote.person) {
            return Err(Rejection::NotCandidate { expected: vote.person.to_string() }.into());
        }
        let Waiting::Items { items, begun, added, votes, .. } = &self.activation(body).waiting
        else {
            return Err(Rejection::NotOpen { key: vote.task }.into());
        };
        // A vote from before its place and what came with it were noted stays as it is.
        let Some(place) = vote.place else {
            return Err(Rejection::NotOpen { key: vote.task }.into());
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
        Ok(Withdrawn { body, vote: vote.clone(), place, asked_since, begun })
    }

    /// The signer takes the vote back, and is asked again.
    pub(super) fn withdraw_vote(
        &mut self,
        body: Key,
        vote: &Vote,
        reason: &str,
    ) -> Result<(), Halt> {
        let Withdrawn { body, vote, place, asked_since, begun } = self.withdrawal(body, vote)?;
        Self::check_length("reason", reason)?;
        for run in asked_since {
            self.terminate(run, &Cause::Returned);
        }
        let Vote { task: key, person, outcome, entries, .. } = vote;
        let (round, reason) = (self.activation(body).round, reason.to_owned());
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
            (Some(value), _) => Item { index: place, value: value.clone(), added: false },
            (None, Some(added)) => {
                Item { index: place, value: added.person.to_string().into(), added: true }
            }
            (None, None) => return Ok(()),
        };
        let node = self.definition.index(&self.activation(body).node);
        let token = Token { person: Some(again), ..Token::new(node, body) };
        let key = self.activated(&token, round, Some(item), Vec::new());
        self.begin(key)
    }
}

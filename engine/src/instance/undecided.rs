//! Rounds of signers that ended before they were decided, and which tasks are of which round: what was
//! voted and said there stays with who gave it. Plain data; `apply` alone writes it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Activation, Instance, Waiting};
use crate::ids::{Key, NodeName, PersonId};
use crate::step::person_of;

/// A round of several that ended before it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undecided {
    /// Its node, as it was called then.
    pub node: NodeName,
    /// The version of the definition that the case ran on then.
    pub version: u32,
    /// Its tasks.
    pub tasks: BTreeSet<Key>,
    /// Who was asked in it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub people: BTreeSet<PersonId>,
}

impl Instance {
    /// Rounds that ended before they were decided, by the activation of the whole round.
    pub fn undecided(&self) -> impl Iterator<Item = &Undecided> {
        self.undecided.values()
    }

    /// The tasks of a round that runs, also those that are done or were taken back.
    pub fn tasks_of_round(&self, whole: Key) -> BTreeSet<Key> {
        let Some(body) = self.activation(whole) else { return BTreeSet::new() };
        let runs = self.activations.iter().filter(|(_, run)| run.scope == whole);
        runs.map(|(key, _)| *key).chain(given(body)).collect()
    }

    /// A task of a round was asked, or passed without being asked.
    pub(super) fn note_task(&mut self, key: Key) {
        let run = self.activations.get(&key);
        let Some(whole) = run.and_then(|run| self.round_of(run)) else { return };
        if let Some(body) = self.activations.get_mut(&whole) {
            body.tasks.insert(key);
        }
    }

    /// A round was ended before it was decided.
    pub(super) fn note_undecided(&mut self, key: Key, body: &Activation) {
        let Waiting::Items { items, added, votes, sheets, .. } = &body.waiting else { return };
        let tasks: BTreeSet<Key> = given(body).collect();
        if tasks.is_empty() {
            return;
        }
        let people = items.iter().filter_map(person_of);
        let people = people.chain(added.iter().map(|one| one.person.clone()));
        let people = people.chain(votes.iter().map(|vote| vote.person.clone()));
        let people = people.chain(sheets.iter().map(|sheet| sheet.person.clone())).collect();
        let (node, version) = (body.node.clone(), self.version);
        self.undecided.insert(key, Undecided { node, version, tasks, people });
    }
}

/// The tasks that a round is known to have had; of one that began before they were noted, those in
/// which something was given.
fn given(body: &Activation) -> impl Iterator<Item = Key> {
    let (votes, sheets) = match &body.waiting {
        Waiting::Items { votes, sheets, .. } => (votes.as_slice(), sheets.as_slice()),
        _ => (&[][..], &[][..]),
    };
    let votes = votes.iter().map(|vote| vote.task);
    let sheets = sheets.iter().map(|sheet| sheet.task);
    body.tasks.iter().copied().chain(votes).chain(sheets)
}

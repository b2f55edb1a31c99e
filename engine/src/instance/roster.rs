//! Who a round of signers asked in the end, where that is not whom its definition names: parts were
//! transferred or handed over, signers were added or taken out. A round that is returned to asks the
//! same people again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Instance, Waiting};
use crate::event::Placement;
use crate::ids::{Key, PersonId};
use crate::step::{is_person, person_of};

/// What is remembered of the last round of a node, within one (sub-)process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Roster {
    /// Who signs instead of a person of the list.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<PersonId, PersonId>,
    /// People of the list whose place was taken out, whoever signed there in the end: another's part may
    /// have come to them, and they sign there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub gone: BTreeSet<PersonId>,
    /// Whose the one task was that signers were added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one: Option<PersonId>,
    /// Signers who were added, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Seat>,
}

/// A signer who was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seat {
    /// Who.
    pub person: PersonId,
    /// When they decide.
    pub place: Placement,
    /// Beside which of the signers, by place in the round.
    pub beside: u32,
    /// Beside which of those who were added, by their order, where it was one of them: the list may have
    /// another length in the next round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<u32>,
    /// Who added them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonId>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Whether they were taken out again: the others keep their places.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl Roster {
    /// Who signs where the list names a person; nobody where they were taken out.
    pub(crate) fn instead_of(&self, person: &PersonId) -> Option<PersonId> {
        let now = || self.moved.get(person).unwrap_or(person).clone();
        (!self.gone.contains(person)).then(now)
    }
}

impl Instance {
    /// What is remembered of the last round of an active node.
    pub(crate) fn roster(&self, body: Key) -> Option<&Roster> {
        let activation = self.activation(body)?;
        self.passed(activation.node.as_str())?.rosters.get(&activation.within())
    }

    /// A round begins: of the one before counts who signs instead of whom, where it is done again.
    pub(super) fn round_begins(&mut self, body: Key) {
        let Some(activation) = self.activations.get(&body) else { return };
        let (node, scope, is_again) = (&activation.node, activation.within(), activation.again);
        if self.passed.get(node.as_str()).is_none_or(|passed| !passed.rosters.contains_key(&scope))
        {
            return;
        }
        let rosters = &mut self.passed.of(node).rosters;
        match rosters.get_mut(&scope).filter(|_| is_again) {
            // They are added anew.
            Some(roster) => roster.added.clear(),
            None => drop(rosters.remove(&scope)),
        }
    }

    /// A task of a round was given to another person.
    pub(super) fn note_transfer(&mut self, run: Key, from: Option<&PersonId>, to: &PersonId) {
        let Some(activation) = self.activations.get(&run) else { return };
        let (item, body) = (activation.item.clone(), activation.scope);
        let Some(item) = item else { return };
        self.note_in_roster(body, |roster, items| {
            let place = item.index as usize;
            match (items.get(place), place.checked_sub(items.len())) {
                (Some(Value::Null), _) => roster.one = Some(to.clone()),
                (Some(item), _) => {
                    // An item need not be a person: the task may be a unit's.
                    let named = person_of(item);
                    let had = named.as_ref().map(|named| roster.moved.get(named).unwrap_or(named));
                    if let (Some(named), true) = (&named, had == from) {
                        roster.moved.insert(named.clone(), to.clone());
                    }
                }
                (None, Some(at)) => {
                    if let Some(seat) = roster.added.get_mut(at) {
                        seat.person = to.clone();
                    }
                }
                (None, None) => {}
            }
        });
    }

    /// The one task that signers were added to was decided.
    pub(super) fn note_decider(&mut self, run: Key, person: &PersonId) {
        let Some(activation) = self.activations.get(&run) else { return };
        let (item, body) = (activation.item.clone(), activation.scope);
        if let Some(item) = item.filter(|item| item.value.is_null()) {
            self.note_in_roster(body, |roster, items| {
                if items.len() == 1 && item.index == 0 {
                    roster.one = Some(person.clone());
                }
            });
        }
    }

    /// A signer was added to a round.
    pub(super) fn note_seat(&mut self, body: Key, mut seat: Seat) {
        self.note_in_roster(body, |roster, items| {
            let host = (seat.beside as usize).checked_sub(items.len());
            seat.host = host.and_then(|host| u32::try_from(host).ok());
            roster.added.push(seat);
        });
    }

    /// Another signs instead of one who is still to be asked.
    pub(super) fn note_replaced(&mut self, body: Key, from: &PersonId, to: &PersonId) {
        self.note_in_roster(body, |roster, items| {
            for person in roster.moved.values_mut().filter(|person| *person == from) {
                *person = to.clone();
            }
            for seat in roster.added.iter_mut().filter(|seat| seat.person == *from) {
                seat.person = to.clone();
            }
            if items.iter().any(|item| is_person(item, from)) {
                roster.moved.insert(from.clone(), to.clone());
            }
        });
    }

    /// A signer was taken out.
    pub(super) fn note_gone(&mut self, body: Key, person: &PersonId, place: u32) {
        self.note_in_roster(body, |roster, items| {
            match (place as usize).checked_sub(items.len()) {
                Some(at) => {
                    if let Some(seat) = roster.added.get_mut(at) {
                        seat.removed = true;
                    }
                }
                None => {
                    let named = items.get(place as usize).and_then(person_of);
                    roster.gone.insert(named.unwrap_or_else(|| person.clone()));
                }
            }
        });
    }

    fn note_in_roster(&mut self, body: Key, note: impl FnOnce(&mut Roster, &[Value])) {
        let Some(activation) = self.activations.get(&body) else { return };
        let Waiting::Items { items, .. } = &activation.waiting else { return };
        let before = self.roster(body).cloned();
        let mut roster = before.clone().unwrap_or_default();
        note(&mut roster, items);
        let (node, scope) = (activation.node.clone(), activation.within());
        if before.unwrap_or_default() != roster {
            self.passed.of(&node).rosters.insert(scope, roster);
        }
    }
}

//! How events about several signers change an instance, and how the runs of a list are counted.

use crate::event::{Event, Item};
use crate::ids::{Key, PersonId};
use crate::instance::{Absent, Added, Instance, Seat, Sheet, Vote, Waiting};
use crate::step::{is_person, person_of, replace_person};

impl Instance {
    pub(super) fn count_begun(&mut self, body: Key, item: &Item) {
        match self.waiting_mut(body) {
            Some(Waiting::Items { items, added, .. }) if item.added => {
                if let Some(added) = added.get_mut(item.index as usize - items.len()) {
                    added.begun = true;
                }
            }
            Some(Waiting::Items { begun, .. }) => *begun = (*begun).max(item.index + 1),
            _ => {}
        }
    }

    pub(super) fn count_done(&mut self, body: Key, item: &Item) {
        match self.waiting_mut(body) {
            Some(Waiting::Items { items, added, .. }) if item.added => {
                if let Some(added) = added.get_mut(item.index as usize - items.len()) {
                    added.done = true;
                }
            }
            Some(Waiting::Items { done, .. }) => *done += 1,
            _ => {}
        }
    }

    /// A run of a round was decided: what only one decided, they may take back.
    pub(super) fn decided_in_round(&mut self, body: Key, run: Key, person: &PersonId) {
        let Some(activation) = self.activations.get_mut(&body) else { return };
        if !matches!(activation.waiting, Waiting::Items { .. }) {
            return;
        }
        let is_first = activation.waiting.nobody_decided();
        activation.done_by = is_first.then(|| person.clone());
        activation.done_as = is_first.then_some(run);
    }

    pub(super) fn apply_signing(&mut self, event: &Event) {
        match event {
            Event::VoteCast {
                key, person, outcome, weight, veto, casting, place, entries, ..
            } => {
                let Some(body) = self.activations.get(key).map(|own| own.scope) else { return };
                if let Some(Waiting::Items { votes, .. }) = self.waiting_mut(body) {
                    votes.push(Vote {
                        task: *key,
                        person: person.clone(),
                        outcome: outcome.clone(),
                        weight: *weight,
                        veto: *veto,
                        casting: *casting,
                        place: *place,
                        entries: entries.clone(),
                    });
                }
            }
            Event::SheetGiven { key, person, outcome, place, entries, .. } => {
                let Some(body) = self.activations.get(key).map(|own| own.scope) else { return };
                if let Some(Waiting::Items { sheets, .. }) = self.waiting_mut(body) {
                    let (person, outcome) = (person.clone(), outcome.clone());
                    let (task, place, entries) = (*key, *place, entries.clone());
                    sheets.push(Sheet { task, person, outcome, place, entries });
                }
            }
            Event::VoteWithdrawn { .. } => self.withdraw_vote(event),
            Event::SignerAbsent { key, person, weight, .. } => {
                let Some(run) = self.activations.get(key) else { return };
                let (body, item) = (run.scope, run.item.clone());
                if let Some(Waiting::Items { absent, .. }) = self.waiting_mut(body) {
                    absent.push(Absent { person: person.clone(), weight: *weight });
                }
                if let Some(item) = item {
                    self.count_done(body, &item);
                }
            }
            Event::SignDecided { key, outcome, .. } => self.round_decided(*key, outcome),
            Event::SignerAdded { .. } => self.signer_added(event),
            Event::SignerReplaced { key, from, to } => {
                self.note_replaced(*key, from, to);
                if let Some(Waiting::Items { items, begun, added, .. }) = self.waiting_mut(*key) {
                    for item in items.iter_mut().skip(*begun as usize) {
                        replace_person(item, from, to);
                    }
                    for added in added.iter_mut().filter(|one| !one.begun && one.person == *from) {
                        added.person = to.clone();
                    }
                }
            }
            Event::ReserveTookOver { key, from, to, aside, lots, .. } => {
                if let Some(aside) = aside {
                    self.steps_aside(aside, lots);
                }
                self.take_over(*key, from.as_ref(), to);
            }
            Event::SignerRemoved { key, person, place, .. } => {
                if let Some(place) = place {
                    self.note_gone(*key, person, *place);
                }
                match (self.waiting_mut(*key), place) {
                    (Some(waiting), Some(place)) => remove_at(waiting, *place as usize),
                    (Some(waiting), None) => remove_signer(waiting, person),
                    (None, _) => {}
                }
            }
            other => unreachable!("{other:?} does not concern signers"),
        }
    }
}

impl Instance {
    /// A run becomes another's: its item is that person from then on, as if they had been drawn.
    fn take_over(&mut self, key: Key, from: Option<&PersonId>, to: &PersonId) {
        let (Some(from), Some(run)) = (from, self.activations.get_mut(&key)) else { return };
        let Some(item) = &mut run.item else { return };
        // Whoever had it since, it was the seat of one who was drawn.
        let seat = person_of(&item.value).unwrap_or_else(|| from.clone());
        replace_person(&mut item.value, &seat, to);
        let (body, place) = (run.scope, item.index as usize);
        if let Some(Waiting::Items { items, .. }) = self.waiting_mut(body)
            && let Some(item) = items.get_mut(place)
        {
            replace_person(item, &seat, to);
        }
    }

    fn signer_added(&mut self, event: &Event) {
        let Event::SignerAdded { key, person, place, beside, by, reason } = event else { return };
        let (place, beside, reason) = (*place, *beside, reason.clone());
        let (own, by_whom) = (person.clone(), by.clone());
        let seat =
            Seat { person: own, place, beside, host: None, by: by_whom, reason, removed: false };
        self.note_seat(*key, seat);
        if let Some(Waiting::Items { added, .. }) = self.waiting_mut(*key) {
            added.push(Added {
                person: person.clone(),
                place,
                beside,
                by: by.clone(),
                begun: false,
                done: false,
                removed: false,
            });
        }
    }

    fn withdraw_vote(&mut self, event: &Event) {
        let Event::VoteWithdrawn { key, body, person, outcome, place, begun, entries, .. } = event
        else {
            return;
        };
        let runs = self.activations.values().filter(|run| run.scope == *body);
        let live: Vec<u32> = runs.filter_map(|run| Some(run.item.as_ref()?.index)).collect();
        let Some(activation) = self.activations.get_mut(body) else { return };
        if activation.done_as == Some(*key) {
            (activation.done_by, activation.done_as) = (None, None);
        }
        // They have a deadline of their own from then, also where those of the round go on.
        if let Some(due) = &mut activation.due_before {
            due.signers.retain(|one| one.person != *person);
            due.working = None;
        }
        let Waiting::Items { items, begun: asked, done, added, votes, sheets, .. } =
            &mut activation.waiting
        else {
            return;
        };
        votes.retain(|vote| vote.task != *key);
        sheets.retain(|sheet| sheet.task != *key);
        *asked = *begun;
        if (*place as usize) < items.len() {
            *done = done.saturating_sub(1);
        }
        for (at, one) in added.iter_mut().enumerate() {
            let own = u32::try_from(items.len() + at).unwrap_or(u32::MAX);
            one.done &= own != *place;
            // Who is asked only after them is not asked yet.
            one.begun &= !one.is_open() || live.contains(&own);
        }
        let sheet = sheets.last().map(|sheet| (sheet.outcome.clone(), sheet.person.clone()));
        let last = votes.last().map(|vote| (Some(vote.outcome.clone()), vote.person.clone()));
        let last = last.or(sheet).unzip();
        let last = (last.0.flatten(), last.1);
        self.vote_withdrawn(*body, (person, outcome.as_ref()), &last);
        for (document, hash) in entries {
            self.documents.entry(document.clone()).or_default().remove_entry(*key, hash);
        }
    }
}

/// Takes the signer at a place out, who has not decided.
fn remove_at(waiting: &mut Waiting, place: usize) {
    let Waiting::Items { items, added, gone, .. } = waiting else { return };
    match place.checked_sub(items.len()).and_then(|at| added.get_mut(at)) {
        Some(added) => added.removed = true,
        // The others keep their places.
        None => gone.extend(u32::try_from(place)),
    }
}

/// Takes a signer out who has not decided, where an event of before does not tell the place: one who was
/// added, one whose turn has not come, or one of the list whose task is ended besides.
fn remove_signer(waiting: &mut Waiting, person: &PersonId) {
    let Waiting::Items { items, begun, done, removed, added, .. } = waiting else { return };
    if let Some(added) = added.iter_mut().find(|one| one.person == *person && one.is_open()) {
        added.removed = true;
        return;
    }
    let later = (*begun as usize..items.len())
        .find(|at| items.get(*at).is_some_and(|item| is_person(item, person)));
    match later {
        Some(at) => {
            items.remove(at);
        }
        None => {
            *done += 1;
            *removed += 1;
        }
    }
}

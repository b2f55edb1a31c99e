//! How going over to another version changes what a case holds: names of documents, contents whose fields
//! are called otherwise, and copies of these in lists. What was worked out before, `apply` only carries out.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::event::{Item, Redocumented};
use crate::ids::{DocumentName, Hash};
use crate::instance::{Activation, DocumentState, Instance, Submission, Waiting};

impl Instance {
    /// Documents are called as they are now.
    pub(super) fn documents_migrated(&mut self, documents: &[Redocumented]) {
        if documents.is_empty() {
            return;
        }
        let before = self.documents.clone();
        rename(&mut self.documents, documents);
        // Numbers under a name go on, whichever document had it before.
        for one in documents {
            let last = before.get(&one.from).map_or(0, |state| state.version);
            if let Some(to) = &one.to {
                let now = self.documents.entry(to.clone()).or_default();
                now.version = now.version.max(one.after);
            }
            let left = self.documents.entry(one.from.clone()).or_default();
            left.version = left.version.max(last);
        }
        self.done.iter_mut().for_each(|done| rename(&mut done.documents, documents));
        for activation in self.activations.values_mut(|_| true) {
            if let Waiting::Items { votes, sheets, .. } = &mut activation.waiting {
                for vote in votes.iter_mut() {
                    entries(&mut vote.entries, documents);
                }
                for sheet in sheets.iter_mut() {
                    entries(&mut sheet.entries, documents);
                }
            }
        }
        for (into, key) in
            documents.iter().flat_map(|one| one.intakes.iter().map(move |key| (one, key)))
        {
            if let Some(Activation { waiting: Waiting::Submissions { submissions, .. }, .. }) =
                self.activations.get_mut(key)
            {
                received(submissions, into);
            }
            if let Some(closed) = self.closed_intakes.get_mut(key) {
                received(&mut closed.received, into);
            }
        }
        for closed in self.closed_intakes.values_mut() {
            closed.list = closed.list.take().and_then(|(list, writer)| {
                match documents.iter().find(|one| one.from == list) {
                    Some(one) => Some((one.to.clone()?, writer)),
                    None => Some((list, writer)),
                }
            });
        }
    }

    /// Items that are copies of what documents hold are as that is now.
    pub(super) fn items_migrated(&mut self, items: &[(Value, Value)]) {
        if items.is_empty() {
            return;
        }
        let now = |value: &mut Value| {
            if let Some((_, now)) = items.iter().find(|(before, _)| before == value) {
                *value = now.clone();
            }
        };
        let item = |item: &mut Item| now(&mut item.value);
        for Activation { item: own, waiting, .. } in self.activations.values_mut(|_| true) {
            own.iter_mut().for_each(item);
            if let Waiting::Items { items, .. } = waiting {
                items.iter_mut().for_each(now);
            }
        }
        for done in &mut self.done {
            done.item.iter_mut().for_each(item);
            done.runs.iter_mut().for_each(|(_, run)| item(run));
        }
        let lots = self.aside_of_lots.iter_mut().flat_map(|one| &mut one.lots);
        lots.for_each(|(_, value)| now(value));
    }

    /// Items of lists, wherever they are kept.
    pub(crate) fn kept_items(&self) -> impl Iterator<Item = &Value> {
        let active = self.activations.values().flat_map(|one| {
            let listed = match &one.waiting {
                Waiting::Items { items, .. } => items.as_slice(),
                _ => &[],
            };
            one.item.iter().map(|item| &item.value).chain(listed)
        });
        let done = self.done.iter().flat_map(|done| {
            let own = done.item.iter().map(|item| &item.value);
            own.chain(done.runs.iter().map(|(_, item)| &item.value))
        });
        let lots = self.aside_of_lots.iter().flat_map(|one| &one.lots).map(|(_, value)| value);
        active.chain(done).chain(lots)
    }
}

fn rename(states: &mut BTreeMap<DocumentName, DocumentState>, documents: &[Redocumented]) {
    let taken = documents.iter().map(|one| (one, states.remove(&one.from)));
    let taken: Vec<(&Redocumented, Option<DocumentState>)> = taken.collect();
    for (one, state) in taken {
        let (Some(to), Some(mut state)) = (&one.to, state) else { continue };
        let current = state.current.iter_mut();
        current.for_each(|hash| *hash = one.now(hash).clone());
        // The other document of that name holds nothing, or it had to make way.
        state.version = state.version.max(states.get(to).map_or(0, |other| other.version));
        states.insert(to.clone(), state);
    }
}

fn entries(entries: &mut BTreeMap<DocumentName, Hash>, documents: &[Redocumented]) {
    let before = std::mem::take(entries).into_iter();
    *entries = before
        .filter_map(|(name, hash)| match documents.iter().find(|one| one.from == name) {
            Some(one) => Some((one.to.clone()?, one.now(&hash).clone())),
            None => Some((name, hash)),
        })
        .collect();
}

fn received(submissions: &mut [Submission], into: &Redocumented) {
    for one in submissions {
        one.hash = into.now(&one.hash).clone();
    }
}

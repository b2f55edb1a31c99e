//! Lists of documents: whose entries a new round takes the place of. A node's own, within the run of the
//! sub-process it is in; what other nodes and other runs wrote stays.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Step;
use super::documents::Before;
use crate::definition::Definition;
use crate::definition::source::DocumentUse;
use crate::elements::Element;
use crate::event::Event;
use crate::ids::{DocumentName, Hash, Key, NodeName};
use crate::instance::Writer;
use crate::rejection::Need;
use crate::step::Halt;

/// Lists that a node writes anew each time: with several runs, or by what calls give.
fn lists_of(definition: &Definition, at: usize, has_runs: bool) -> Vec<&DocumentName> {
    let node = &definition.nodes[at];
    match &node.element {
        Element::UserTask(task) if has_runs => {
            task.edit.as_slice().iter().map(DocumentUse::document).collect()
        }
        Element::CallActivity(call) => call.take.keys().collect(),
        element if element.nodes().is_some() => {
            let all = definition.nodes.iter().enumerate();
            let inside = all.filter(|(_, inner)| inner.scope == Some(at));
            inside.flat_map(|(at, inner)| lists_of(definition, at, inner.each.is_some())).collect()
        }
        _ => Vec::new(),
    }
}

impl Step<'_> {
    /// An activity begins: entries that it wrote before are no more, where each of its rounds writes them
    /// anew. What a return undid has taken its entries with it, and what is corrected keeps them until
    /// it is done.
    pub(super) fn supersede(&mut self, key: Key) {
        let activation = self.activation(key);
        let definition = self.definition;
        let at = definition.index(&activation.node);
        let node = &definition.nodes[at];
        let (is_again, has_runs) = (activation.again, node.each.is_some());
        let is_corrected = activation.corrects.is_some();
        let is_writer = has_runs || matches!(node.element, Element::UserTask(_));
        if !is_writer && node.element.nodes().is_none() {
            return;
        }
        let own = (activation.node.clone(), activation.within());
        let unknown = match has_runs && !self.is_within_run(key) {
            true => lists_of(definition, at, true),
            false => Vec::new(),
        };
        self.drop_entries(key, |document, writer| {
            let within = &writer.within;
            let is_known = writer.knows_keys();
            let is_again = is_again && !is_known;
            match within.iter().position(|one| *one == own) {
                Some(_) if is_known && is_corrected => false,
                Some(0) => has_runs || is_again,
                Some(_) => is_again || is_written_anew(definition, &within[0].0),
                None => !is_known && within.is_empty() && unknown.contains(&document),
            }
        });
    }

    /// The entries of a list that come before one.
    pub(crate) fn entries_before(
        &self,
        name: &DocumentName,
        before: Before<'_>,
    ) -> Result<Value, Halt> {
        let state = self.instance.documents().get(name);
        let current = state.map_or(&[][..], |state| &state.current);
        let (hashes, own) = match before {
            Before::All => (current, None),
            Before::Last => match current.split_last() {
                Some((_, before)) => (before, Some(before.len())),
                None => (current, None),
            },
            Before::First(count) => (&current[..count.min(current.len())], Some(count)),
            Before::These(hashes) => (hashes, None),
        };
        // Of a correction: what it takes the place of does not come before it.
        let own = state.zip(own);
        let corrections = own.map(|(state, own)| self.corrections_of(state.writer(own)));
        let corrections = corrections.unwrap_or_default();
        let is_gone =
            |at: usize| state.is_some_and(|state| is_replaced(state.writer(at), &corrections));
        let mut entries = Vec::with_capacity(hashes.len());
        let stays = |at: usize| corrections.is_empty() || !is_gone(at);
        for (_, hash) in hashes.iter().enumerate().filter(|(at, _)| stays(*at)) {
            match (self.own(hash), self.facts.documents.get(hash)) {
                (Some(value), _) => entries.push(value.clone()),
                (None, Some(value)) => entries.push((**value).clone()),
                (None, None) => drop(self.need(Need::Document(hash.clone()))),
            }
        }
        if self.has_needs() { Err(Halt::Needs) } else { Ok(Value::Array(entries)) }
    }

    /// The corrections that an activation is in, each with what it corrects.
    pub(super) fn corrections_around(&self, key: Key) -> Vec<(Key, Key)> {
        let around = |key: &Key| self.instance.activation(*key).map(|one| one.scope);
        let all = std::iter::successors(Some(key), around);
        all.filter_map(|key| Some((key, self.instance.activation(key)?.corrects?))).collect()
    }

    /// The corrections that an entry was written in.
    pub(super) fn corrections_of(&self, writer: &Writer) -> Vec<(Key, Key)> {
        let keys = writer.keys.iter();
        keys.filter_map(|key| Some((*key, self.instance.activation(*key)?.corrects?))).collect()
    }

    /// What was corrected was written by the correction: entries from before it are no more.
    pub(super) fn replace_corrected(&mut self, key: Key, corrected: Key) {
        self.drop_entries(key, |_, writer| writer.is_by(corrected) && !writer.is_by(key));
    }

    /// Whoever asked for a correction decides again: what they entered with asking makes way.
    pub(super) fn drop_asked(&mut self, (back, within): (&NodeName, Key), corrected: Key) {
        self.drop_entries(Key(0), |_, writer| {
            let at = writer.within.first();
            let is_theirs = at.is_some_and(|(node, place)| node == back && *place == within);
            is_theirs && writer.is_since(corrected)
        });
    }

    /// A correction ends before it is done: what it wrote was never written.
    pub(super) fn drop_correction(&mut self, key: Key) {
        self.drop_entries(key, |_, writer| writer.is_by(key));
    }

    /// What an intake or a called case brings takes the place of what the same node brought before.
    pub(crate) fn begin_list(&mut self, key: Key, name: &DocumentName) {
        let is_replaced = self.replaced_by(key);
        self.drop_entries(key, |document, writer| document == name && is_replaced(writer));
    }

    /// The entries of a list that stay when what a node brings takes the place of what it brought before.
    pub(crate) fn kept_entries(&self, key: Key, name: &DocumentName) -> Vec<Hash> {
        let Some(state) = self.instance.documents().get(name) else { return Vec::new() };
        let is_replaced = self.replaced_by(key);
        let all = state.current.iter().enumerate();
        let kept = all.filter(|(at, _)| !is_replaced(state.writer(*at)));
        kept.map(|(_, hash)| hash.clone()).collect()
    }

    /// Whether an entry is one of those that a node brought before.
    fn replaced_by(&self, key: Key) -> impl Fn(&Writer) -> bool + use<> {
        let activation = self.activation(key);
        let own = (activation.node.clone(), activation.within());
        let takes_unknown = !self.is_within_run(key);
        move |writer| match writer.within.first() {
            Some(one) => *one == own && writer.keys.first() != Some(&key),
            None => takes_unknown && !writer.knows_keys(),
        }
    }

    /// Whether a document is a list.
    pub(crate) fn is_list(&self, name: &DocumentName) -> bool {
        self.definition.documents.get(name).is_some_and(|document| document.list)
    }

    /// The entries of a list, or the current version of a document.
    pub(crate) fn entries(&self, name: &DocumentName) -> &[Hash] {
        self.instance.documents().get(name).map_or(&[][..], |state| &state.current)
    }

    /// Enters a content that was kept before into a list.
    pub(crate) fn list_entry(&mut self, key: Key, name: &DocumentName, hash: Hash) {
        let version = self.instance.documents().get(name).map_or(0, |state| state.version) + 1;
        let document = name.clone();
        self.emit(Event::DocumentWritten {
            document,
            version,
            hash,
            key,
            entry: true,
            sealed: false,
            writer: None,
        });
    }

    /// A list begins anew, where it has entries.
    pub(crate) fn open_list(&mut self, key: Key, name: &DocumentName) {
        self.drop_from_lists(key, |document, _| document == name);
    }

    /// What is undone was never written: entries go with it, all but those of whoever undoes it.
    pub(super) fn drop_undone(&mut self, by: Option<Key>, undone: &BTreeSet<Key>) {
        self.drop_entries(by.unwrap_or_default(), |_, writer| {
            writer.is_undone(|key| undone.contains(key)) && !by.is_some_and(|by| writer.is_by(by))
        });
    }

    /// Entries go, and with them what intakes received that became entries, or would have.
    fn drop_entries(&mut self, key: Key, is_dropped: impl Fn(&DocumentName, &Writer) -> bool) {
        self.drop_from_lists(key, &is_dropped);
        for key in self.instance.undone_with_entries(is_dropped) {
            self.emit(Event::SubmissionsUndone { key });
        }
    }

    fn drop_from_lists(&mut self, key: Key, is_dropped: impl Fn(&DocumentName, &Writer) -> bool) {
        let mut opened = Vec::new();
        for (name, state) in self.instance.documents().iter().filter(|(name, _)| self.is_list(name))
        {
            let places = 0..u32::try_from(state.current.len()).unwrap_or(u32::MAX);
            let kept: Vec<u32> =
                places.filter(|at| !is_dropped(name, state.writer(*at as usize))).collect();
            if kept.len() < state.current.len() {
                opened.push(Event::ListOpened { document: name.clone(), key, kept });
            }
        }
        for event in opened {
            self.emit(event);
        }
    }

    /// Whether an activation is one run of several, or inside of one.
    fn is_within_run(&self, key: Key) -> bool {
        let mut around = std::iter::successors(self.instance.activation(key), |activation| {
            self.instance.activation(activation.scope)
        });
        around.any(|activation| activation.item.is_some())
    }

    /// The lists that a round writes, each with the entries of this round alone.
    pub(super) fn own_entries(&self, body: Key) -> Result<Vec<(DocumentName, Value)>, Halt> {
        let activation = self.activation(body);
        let own = (activation.node.clone(), activation.within());
        let Element::UserTask(task) = &self.node_of(body).element else { return Ok(Vec::new()) };
        let mut lists = Vec::new();
        for name in task.edit.as_slice().iter().map(DocumentUse::document) {
            let document = self.definition.documents.get(name).filter(|document| document.list);
            let Some(state) = document.and_then(|_| self.instance.documents().get(name)) else {
                continue;
            };
            let is_own = |at: usize| match state.writer(at) {
                writer if writer.knows_keys() => writer.is_by(body),
                writer => writer.within.first().is_none_or(|one| *one == own),
            };
            let mut entries = Vec::new();
            for (_, hash) in state.current.iter().enumerate().filter(|(at, _)| is_own(*at)) {
                match (self.own(hash), self.facts.documents.get(hash)) {
                    (Some(value), _) => entries.push(value.clone()),
                    (None, Some(value)) => entries.push((**value).clone()),
                    (None, None) => drop(self.need(Need::Document(hash.clone()))),
                }
            }
            lists.push((name.clone(), Value::Array(entries)));
        }
        if self.has_needs() { Err(Halt::Needs) } else { Ok(lists) }
    }
}

/// Whether an entry goes when some corrections are done: inside of these it is none any more.
pub(super) fn is_replaced(writer: &Writer, corrections: &[(Key, Key)]) -> bool {
    corrections.iter().any(|(key, corrected)| writer.is_by(*corrected) && !writer.is_by(*key))
}

/// Whether each round of a node takes the place of the one before, however it came to it.
fn is_written_anew(definition: &Definition, node: &NodeName) -> bool {
    let node = &definition.nodes[definition.index(node)];
    node.each.is_some() || matches!(node.element, Element::Intake(_) | Element::CallActivity(_))
}

//! The values that expressions see: documents, variables, the case itself, the item of a run.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::lists::is_replaced;
use super::memory::Memory;
use super::{Halt, Step};
use crate::actor::Unit;
use crate::elements::Element;
use crate::expression::{IN_DIRECTORY, Scope};
use crate::ids::{DocumentName, Key, RegisterName};
use crate::instance::{DocumentState, Done};
use crate::register::Entry;
use crate::rejection::Need;
use crate::text::Text;

/// What an activation's expressions see.
pub(crate) struct Names<'s, 'a> {
    step: &'s Step<'a>,
    key: Key,
    extra: Vec<(&'s str, &'s Value)>,
    /// Whether it was asked for an entry of a register that must be fetched first.
    is_missing: Cell<bool>,
}

impl<'s, 'a> Names<'s, 'a> {
    pub(crate) const fn new(step: &'s Step<'a>, key: Key) -> Self {
        Self { step, key, extra: Vec::new(), is_missing: Cell::new(false) }
    }

    /// What came of reading them: nothing yet, where something must be fetched first.
    pub(crate) fn known<T>(&self, read: Result<T, Halt>) -> Result<T, Halt> {
        if self.is_missing.get() { Err(Halt::Needs) } else { read }
    }

    /// The same with one more name.
    pub(crate) fn with(mut self, name: &'s str, value: &'s Value) -> Self {
        self.extra.push((name, value));
        self
    }

    /// What was done and is undone now, with the data as they were then.
    fn undone(&self) -> Option<&Done> {
        let instance = &self.step.instance;
        if instance.done().is_empty() {
            return None;
        }
        let mut key = self.key;
        while let Some(activation) = instance.activation(key) {
            if let Some(undoes) = activation.compensates {
                return instance.done().iter().find(|done| done.key == undoes);
            }
            key = activation.scope;
        }
        None
    }

    fn documents(&self) -> &BTreeMap<DocumentName, DocumentState> {
        self.undone().map_or_else(|| self.step.instance.documents(), |done| &done.documents)
    }

    /// Notes documents of these names that are not fetched yet; an error where one is not there.
    pub(crate) fn require(&self, names: &BTreeSet<String>) -> Result<(), Halt> {
        let mut is_missing = false;
        if let (true, Some(initiator)) =
            (names.contains(IN_DIRECTORY), self.step.instance.originator())
            && !self.step.facts.people.contains_key(&initiator.person)
        {
            self.step.need(Need::Person(initiator.person.clone()));
            is_missing = true;
        }
        let states = names.iter().filter_map(|name| self.documents().get(name.as_str()));
        for hash in states.flat_map(|state| &state.current) {
            if !self.step.facts.documents.contains_key(hash) && self.step.own(hash).is_none() {
                self.step.need(Need::Document(hash.clone()));
                is_missing = true;
            }
        }
        if is_missing { Err(Halt::Needs) } else { Ok(()) }
    }

    fn document(&self, name: &str) -> Option<Cow<'_, Value>> {
        let document = self.step.definition.documents.get(name)?;
        let state = self.documents().get(name);
        let hashes = state.map_or(&[][..], |it| &it.current);
        let content = |hash| {
            self.step
                .own(hash)
                .or_else(|| self.step.facts.documents.get(hash).map(|value| &**value))
        };
        if document.list {
            // What is being corrected makes way for the correction, inside of which it is gone already.
            let corrections = self.step.corrections_around(self.key);
            let stays = |at: usize| {
                corrections.is_empty()
                    || !state.is_some_and(|it| is_replaced(it.writer(at), &corrections))
            };
            let entries = hashes.iter().enumerate().filter(|(at, _)| stays(*at));
            let entries = entries.filter_map(|(_, hash)| content(hash)).cloned().collect();
            return Some(Cow::Owned(Value::Array(entries)));
        }
        hashes.last().and_then(content).map(Cow::Borrowed)
    }

    /// The item of the nearest multi-instance run around the activation that is called so.
    fn item(&self, name: &str) -> Option<Value> {
        let mut key = self.key;
        while let Some(activation) = self.step.instance.activation(key) {
            if let Some(item) = &activation.item {
                let each = self.step.node_of(key).each.as_deref()?;
                if each.item == name {
                    return Some(item.value.clone());
                }
                if name == "loop" {
                    return Some(json!({ "index": item.index }));
                }
            }
            if let Some(undoes) = activation.compensates {
                let done = self.step.instance.done().iter().find(|done| done.key == undoes)?;
                if let Some(item) = self.item_of(done, name) {
                    return Some(item);
                }
            }
            key = activation.scope;
        }
        None
    }

    /// The item that was called so when something was done which is undone now.
    fn item_of(&self, done: &Done, name: &str) -> Option<Value> {
        let own = done.item.iter().map(|item| (&done.node, item));
        let around = done.runs.iter().map(|(node, item)| (node, item));
        own.chain(around).find_map(|(node, item)| {
            let each = self.step.definition.node(node.as_str())?.each.as_deref()?;
            match name {
                "loop" => Some(json!({ "index": item.index })),
                _ => (each.item == name).then(|| item.value.clone()),
            }
        })
    }

    fn case(&self) -> Value {
        let instance = &self.step.instance;
        json!({
            "id": instance.id().to_string(),
            "number": instance.number(),
            "title": instance.title(),
            "startedAt": instance.started_at().0,
            "process": instance.process(),
        })
    }

    /// Whoever began the case, with what the directory has of them now.
    fn initiator(&self) -> Option<Value> {
        let initiator = self.step.instance.originator()?;
        let member = self.step.facts.people.get(&initiator.person).and_then(Option::as_ref);
        Some(json!({
            "id": initiator.person,
            "unit": initiator.unit,
            "name": member.map(|member| &member.name),
            "manager": member.and_then(|member| member.manager()),
            "fields": member.map(|member| member.fields.clone()).unwrap_or_default(),
        }))
    }

    /// One value a node, for `outcomes`, `tally`, `rounds` and `who`.
    fn per_node(&self, value: impl Fn(&crate::definition::Node) -> Value) -> Value {
        let nodes = self.step.definition.nodes.iter();
        Value::Object(nodes.map(|node| (node.name.to_string(), value(node))).collect())
    }

    fn memory(&self) -> Memory<'_> {
        self.step.memory_of_way(self.key)
    }
}

fn tally(node: &crate::definition::Node, memory: &Memory<'_>) -> Value {
    let mut counts = Map::new();
    if let Element::UserTask(task) = &node.element {
        for outcome in task.outcomes.keys() {
            counts.insert(outcome.to_string(), json!(0));
        }
    }
    let mut total = 0;
    for (outcome, count) in memory.left(node).tally.into_iter().flatten() {
        total += count;
        counts.insert(outcome.to_string(), json!(count));
    }
    counts.insert("total".to_owned(), json!(total));
    Value::Object(counts)
}

impl Scope for Names<'_, '_> {
    fn name_of(&self, id: &str) -> Option<Text> {
        self.step.name_of(id)
    }

    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        let instance = &self.step.instance;
        if let Some((_, value)) = self.extra.iter().find(|(extra, _)| *extra == name) {
            return Some(Cow::Borrowed(value));
        }
        if let Some(item) = self.item(name) {
            return Some(Cow::Owned(item));
        }
        let value = match name {
            "now" => json!(self.step.since().0),
            "instance" => self.case(),
            "initiator" => {
                let initiator = instance.originator()?;
                json!({ "id": initiator.person, "unit": initiator.unit })
            }
            IN_DIRECTORY => self.initiator()?,
            "outcomes" => {
                let memory = self.memory();
                self.per_node(|node| json!(memory.left(node).outcome))
            }
            "who" => {
                let memory = self.memory();
                self.per_node(|node| json!(memory.left(node).by))
            }
            "rounds" => {
                let memory = self.step.memory(self.key);
                self.per_node(|node| json!(memory.of(node).map_or(0, |it| it.round)))
            }
            "tally" => {
                let memory = self.memory();
                self.per_node(|node| tally(node, &memory))
            }
            _ => {
                return self
                    .undone()
                    .map_or_else(
                        || instance.variable(name, self.key),
                        |done| done.variables.get(name),
                    )
                    .map(Cow::Borrowed)
                    .or_else(|| self.document(name));
            }
        };
        Some(Cow::Owned(value))
    }

    fn unit_of(&self, id: &str) -> Option<Arc<Unit>> {
        self.step.unit_of(id)
    }

    fn manager_of(&self, id: &str) -> Option<String> {
        match self.step.known(&id.into()) {
            Ok(person) => person.manager().map(str::to_owned),
            Err(Halt::Needs) => {
                self.is_missing.set(true);
                None
            }
            Err(_) => None,
        }
    }

    /// What must be fetched first is nothing: the step is tried again with it.
    fn entry(&self, register: &RegisterName, number: &str) -> Result<Option<Entry>, String> {
        Ok(self.step.look(register, number).unwrap_or_else(|_| {
            self.is_missing.set(true);
            None
        }))
    }

    fn entries(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Result<Option<Vec<Entry>>, String> {
        Ok(self.step.look_for(register, column, sought).unwrap_or_else(|_| {
            self.is_missing.set(true);
            Some(Vec::new())
        }))
    }
}

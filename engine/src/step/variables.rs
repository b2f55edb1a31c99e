//! Variables in a step: set by what may be undone, and as before where it is; and what messages carry.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Before, Halt, Step};
use crate::command::Content;
use crate::event::Event;
use crate::ids::{DocumentName, Key};
use crate::instance::Overwritten;

impl Step<'_> {
    /// An activation writes a variable: undone with it.
    pub(crate) fn set_variable(&mut self, key: Key, name: &str, value: Value) {
        self.write_variable((name, value), key, Key(0));
    }

    /// The same of what each run of several has for itself: an answer, which adds nothing up.
    pub(crate) fn set_own_variable(&mut self, key: Key, name: &str, value: Value) {
        self.write_variable((name, value), key, key);
    }

    /// A fact that an activation brought about: it stays, and each run of several has its own.
    pub(crate) fn keep_own_variable(&mut self, key: Key, name: &str, value: Value) {
        self.write_variable((name, value), Key(0), key);
    }

    fn write_variable(&mut self, (name, value): (&str, Value), key: Key, apart: Key) {
        let name = name.to_owned();
        self.emit(Event::VariableSet { name, value, key, amends: false, apart });
    }

    /// An activation changes what another wrote to a variable: undone with that. Inside a run of a list
    /// it is changed for that run alone.
    pub(crate) fn amend_variable(&mut self, key: Key, name: &str, value: Value) {
        let lot = self.runs_of_lists(key).next().map(|(run, _)| run);
        let (name, apart) = (name.to_owned(), lot.unwrap_or_default());
        self.emit(Event::VariableSet { name, value, key, amends: true, apart });
    }

    /// A variable has a value for good: what a person said, or a fact.
    pub(crate) fn keep_variable(&mut self, name: &str, value: Value) {
        self.write_variable((name, value), Key(0), Key(0));
    }

    /// What a message or a signal carries of a document: of a list all its entries.
    pub(crate) fn carried(&mut self, name: &DocumentName) -> Result<Option<Content>, Halt> {
        if !self.definition.documents.get(name).is_some_and(|document| document.list) {
            return Ok(self.current(name)?.map(|value| Content::new((*value).clone())));
        }
        let entries = Content::new(self.entries_before(name, Before::All)?);
        self.keep(vec![entries.clone()]);
        Ok(Some(entries))
    }

    /// What is undone never wrote a variable, but for whoever undoes it.
    pub(super) fn undo_variables(&mut self, by: Option<Key>, undone: &BTreeSet<Key>) {
        let mut events = Vec::new();
        for (name, log) in self.instance.overwritten() {
            let is_undone = |one: &Overwritten| {
                one.keys.iter().chain(&one.after).any(|key| undone.contains(key))
                    && by.is_none_or(|by| !one.keys.contains(&by))
            };
            let mut value = self.instance.variables().get(name);
            // From the last: what it held before is what it holds, until something else wrote it.
            let mut is_last = true;
            let mut places = Vec::new();
            for (place, one) in log.iter().enumerate().rev() {
                if !is_undone(one) {
                    is_last = false;
                    continue;
                }
                places.push(u32::try_from(place).unwrap_or(u32::MAX));
                if is_last {
                    value = one.before.as_ref();
                }
            }
            places.reverse();
            if !places.is_empty() {
                let (name, value) = (name.clone(), value.cloned());
                events.push(Event::VariableUndone { name, undone: places, value });
            }
        }
        for event in events {
            self.emit(event);
        }
    }
}

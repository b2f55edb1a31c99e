//! An admin corrects a case's data, and lets what they stopped try again. What was done before is not
//! done again: only what is written anew counts from here.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Before, Halt, Step};
use crate::command::Content;
use crate::definition::source::FieldRight;
use crate::elements::Element;
use crate::event::Event;
use crate::form::Rights;
use crate::ids::{DocumentName, Key, NodeName};
use crate::instance::{Timer, Waiting};
use crate::problem::did_you_mean;
use crate::rejection::Rejection;

/// Variables that one correction may set.
const VARIABLES_MAX: usize = 100;

impl Step<'_> {
    /// Writes documents and variables anew, with a reason; then tries again what is named.
    pub(super) fn correct_data(
        &mut self,
        documents: &BTreeMap<DocumentName, Content>,
        variables: &BTreeMap<String, Value>,
        retry: Option<Key>,
        reason: &str,
    ) -> Result<(), Halt> {
        self.is_admin()?;
        Self::check_reason(reason)?;
        let bad = |field: &str, message: String| {
            Halt::from(Rejection::BadArgument { field: field.to_owned(), message })
        };
        if documents.is_empty() && variables.is_empty() {
            let message = "expected documents or variables to correct, found neither".to_owned();
            return Err(bad("documents", message));
        }
        if variables.len() > VARIABLES_MAX {
            let message = format!("expected at most {VARIABLES_MAX}, found {}", variables.len());
            return Err(bad("variables", message));
        }
        let person = self.envelope.actor.person().cloned();
        self.emit(Event::DataCorrected { person, reason: reason.to_owned() });
        let mut corrected = Vec::new();
        for (name, content) in documents {
            let entries = self.correct_document(name, content)?;
            corrected.extend(entries.into_iter().enumerate().map(|entry| (name, entry)));
        }
        let definition = self.definition;
        for (name, value) in variables {
            let Some(kind) = definition.variable_types.get(name) else {
                let known = definition.variables.keys().map(String::as_str);
                let hint = did_you_mean(name, known).map(|hint| format!("; {hint}"));
                let message = "expected one of the process's variables".to_owned();
                return Err(bad(&format!("variables.{name}"), message + &hint.unwrap_or_default()));
            };
            if let Some(expected) = kind.mismatch(value) {
                let message = format!("expected {expected}, as it is declared, found {value}");
                return Err(bad(&format!("variables.{name}"), message));
            }
            self.keep_variable(name, value.clone());
        }
        for (name, (place, entry)) in corrected {
            let before = Before::First(place);
            self.compare(name, &Rights::all(FieldRight::Edit), &entry.value, before)?;
        }
        match retry {
            Some(key) => self.retry(key),
            None => Ok(()),
        }
    }

    /// A new version of a document, or the entries of a list, which is given whole.
    fn correct_document(
        &mut self,
        name: &DocumentName,
        content: &Content,
    ) -> Result<Vec<Content>, Halt> {
        let Some(document) = self.definition.documents.get(name) else {
            return Err(Rejection::DocumentNotEditable { document: name.clone() }.into());
        };
        let entries: Vec<Content> = match (&*content.value, document.list) {
            (Value::Array(entries), true) => entries.iter().cloned().map(Content::new).collect(),
            (_, true) => {
                let message = "expected the whole list, found one entry".to_owned();
                let field = format!("documents.{name}");
                return Err(Rejection::BadArgument { field, message }.into());
            }
            (_, false) => vec![content.clone()],
        };
        if let Some(intake) = self.open_intake_of(name) {
            let message = format!(
                "expected a list that nothing fills now, but the intake `{intake}` is open; correct it once it has closed"
            );
            let field = format!("documents.{name}");
            return Err(Rejection::BadArgument { field, message }.into());
        }
        let mut checked = Vec::with_capacity(entries.len());
        for entry in entries {
            checked.push(self.checked(name, &Rights::all(FieldRight::Edit), &entry)?);
        }
        let hashes = checked.iter().map(|entry| &entry.hash);
        let state = self.instance.documents().get(name);
        let writers = state.map(|state| state.writers_of(hashes)).unwrap_or_default();
        let mut writers = writers.into_iter();
        self.open_list(Key(0), name);
        let mut written = Vec::with_capacity(checked.len());
        for checked in checked {
            let writer = writers.next().flatten().map(Box::new);
            self.write_as(Key(0), name, checked.clone(), writer);
            written.push(checked);
        }
        Ok(written)
    }

    /// An intake that is open and fills a list.
    fn open_intake_of(&self, name: &DocumentName) -> Option<&NodeName> {
        let open = self.instance.activations().values().filter(|one| {
            let element = &self.definition.nodes[self.definition.index(&one.node)].element;
            matches!(one.waiting, Waiting::Submissions { .. })
                && matches!(element, Element::Intake(intake) if intake.into == *name)
        });
        open.map(|one| &one.node).next()
    }

    /// Tries again what an incident stopped.
    pub(super) fn retry(&mut self, key: Key) -> Result<(), Halt> {
        let Some(incident) = self.open(key)?.incident.clone() else {
            return Err(Rejection::NoIncident.into());
        };
        let is_asked_again = incident.code == super::CONDITION_FAILED;
        self.emit(Event::IncidentResolved { key });
        if incident.is_done {
            return self.complete(key, super::Leave::Next);
        }
        if is_asked_again {
            self.ask_again(key);
        }
        if let Some(timer) = incident.timer {
            let Timer { at, purpose, cycle, working, .. } = *timer;
            self.arm_in(key, at, purpose, working.map(|it| *it), cycle);
            return Ok(());
        }
        // What has begun begins nothing anew.
        if is_asked_again || !incident.boundaries.is_empty() {
            return self.arm_these(key, &incident.boundaries);
        }
        // The called case has ended: it goes on without what did not fit.
        let is_call = matches!(self.node_of(key).element, Element::CallActivity(_));
        if is_call && incident.code == super::BAD_PAYLOAD {
            return self.complete(key, super::Leave::Next);
        }
        let waiting = &self.activation(key).waiting;
        if matches!(waiting, Waiting::Items { .. }) {
            return self.item_done(key);
        }
        if matches!(waiting, Waiting::Compensating { .. }) {
            return self.compensate_next(key);
        }
        let waits = self.activation(key);
        if !(waits.timers.is_empty()
            && waits.subscriptions.is_empty()
            && waits.signals.is_empty()
            && waits.conditions.is_empty())
        {
            self.emit(Event::WaitsDropped { key, of: None });
        }
        self.begin(key)
    }
}

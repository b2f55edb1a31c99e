//! Documents in a step: checked against their forms, written as versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::names::Names;
use super::{Halt, Step};
use crate::command::Content;
use crate::definition::source::FieldRight;
use crate::definition::{Document, Using};
use crate::event::Event;
use crate::form::{Addressed, FieldError, Rights};
use crate::ids::{DocumentName, Hash, Key, PersonId};
use crate::instance::Writer;
use crate::rejection::{Need, Rejection};

/// Which entries of a list come before one that is looked at: its rules see these under the document's own
/// name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Before<'s> {
    /// All that are there: it is not written yet.
    All,
    /// All but the last, which it is itself.
    Last,
    /// The first so many.
    First(usize),
    /// These, by the contents that they have: it becomes an entry together with them.
    These(&'s [Hash]),
}

impl Step<'_> {
    /// A content that this step itself has written.
    pub(super) fn own(&self, hash: &Hash) -> Option<&Value> {
        self.contents.iter().find(|content| content.hash == *hash).map(|content| &*content.value)
    }

    /// The current content of a document that is no list.
    pub(crate) fn current(&self, document: &DocumentName) -> Result<Option<Arc<Value>>, Halt> {
        let Some(hash) =
            self.instance.documents().get(document).and_then(|state| state.current.last())
        else {
            return Ok(None);
        };
        if let Some(own) = self.own(hash) {
            return Ok(Some(Arc::new(own.clone())));
        }
        match self.facts.documents.get(hash) {
            Some(value) => Ok(Some(Arc::clone(value))),
            None => Err(self.need(Need::Document(hash.clone()))),
        }
    }

    /// Checks a content against its document's form.
    pub(crate) fn checked(
        &self,
        name: &DocumentName,
        rights: &Rights,
        content: &Content,
    ) -> Result<Content, Halt> {
        self.checked_demanding(name, rights, &[], content)
    }

    /// The same, where some fields must be filled in that the form does not require.
    fn checked_demanding(
        &self,
        name: &DocumentName,
        rights: &Rights,
        demanded: &[String],
        content: &Content,
    ) -> Result<Content, Halt> {
        let document = self.document(name)?;
        let previous = if document.list { None } else { self.current(name)? };
        let (form, now) = (&document.form, self.now());
        let value = &content.value;
        let refused = |errors| Rejection::InvalidDocument { document: name.clone(), errors };
        let value = form
            .validate_demanding(value, rights, demanded, previous.as_deref(), now)
            .map_err(refused)?;
        if form.names_people() {
            let strangers = self.strangers(&form.named(&value, rights, previous.as_deref()))?;
            if !strangers.is_empty() {
                return Err(refused(strangers).into());
            }
        }
        Ok(if value == *content.value { content.clone() } else { Content::new(value) })
    }

    /// Of the people and units that fields name, those that are not in the directory.
    fn strangers(&self, named: &[Addressed]) -> Result<Vec<FieldError>, Halt> {
        let mut errors = Vec::new();
        for one in named {
            let person = match self.known(&PersonId::new(one.id.as_str())) {
                Ok(_) => true,
                Err(Halt::Reject(_)) => false,
                Err(Halt::Needs) => continue,
                Err(halt) => return Err(halt),
            };
            let is_there = match one.is_unit {
                true => !person && self.name_of(&one.id).is_some(),
                false => person,
            };
            if !is_there {
                errors.push(one.is_not_there());
            }
        }
        if self.has_needs() { Err(Halt::Needs) } else { Ok(errors) }
    }

    /// Checks a content, which was checked against its form, beside the case's other documents as they
    /// are now.
    pub(crate) fn compare(
        &self,
        name: &DocumentName,
        rights: &Rights,
        content: &Value,
        before: Before<'_>,
    ) -> Result<(), Halt> {
        let document = self.document(name)?;
        let reads = document.rules.iter().flat_map(|rule| rule.reads().iter().cloned());
        let reads: BTreeSet<String> = reads.collect();
        let names = Names::new(self, Key(0));
        names.require(&reads)?;
        let list = match document.list && reads.contains(name.as_str()) {
            true => Some(self.entries_before(name, before)?),
            false => None,
        };
        let names = match &list {
            Some(list) => names.with(name.as_str(), list),
            None => names,
        };
        let compared = self.asking(|| {
            document.form.compare(&document.rules, content, rights, &names, self.now())
        })?;
        let refused = |errors| Rejection::InvalidDocument { document: name.clone(), errors };
        names.known(compared.map_err(|errors| refused(errors).into()))
    }

    /// The place of the last entry of a list.
    pub(crate) fn last_place(&self, name: &DocumentName) -> usize {
        let state = self.instance.documents().get(name);
        state.map_or(0, |state| state.current.len().saturating_sub(1))
    }

    /// The same of what a task wrote and, where it had to be there, of what it left as it was: the
    /// case may have changed meanwhile.
    pub(crate) fn compare_all(
        &self,
        edits: &[Using],
        written: &[(DocumentName, Content)],
        required: bool,
    ) -> Result<(), Halt> {
        for Using { document, rights } in edits {
            match written.iter().find(|(name, _)| name == document) {
                Some((_, content)) => {
                    self.compare(document, rights, &content.value, Before::Last)?;
                }
                None if !required || self.document(document)?.rules.is_empty() => {}
                None => {
                    if let Some(current) = self.current(document)? {
                        self.compare(document, rights, &current, Before::Last)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn document(&self, name: &DocumentName) -> Result<&Document, Halt> {
        self.definition
            .documents
            .get(name)
            .ok_or_else(|| Rejection::DocumentNotEditable { document: name.clone() }.into())
    }

    /// Checks what a task's form gave: only documents that it writes, all of them where they must
    /// be there, and in each the fields that are demanded.
    pub(crate) fn checked_all(
        &self,
        edits: &[Using],
        given: &BTreeMap<DocumentName, Content>,
        required: bool,
        demanded: &BTreeMap<DocumentName, Vec<String>>,
    ) -> Result<Vec<(DocumentName, Content)>, Halt> {
        for document in given.keys() {
            if !edits.iter().any(|edit| edit.document == *document) {
                return Err(Rejection::DocumentNotEditable { document: document.clone() }.into());
            }
        }
        let mut checked = Vec::new();
        for edit in edits {
            let demanded = demanded.get(&edit.document).map_or(&[][..], Vec::as_slice);
            match given.get(&edit.document) {
                Some(content) => {
                    let content =
                        self.checked_demanding(&edit.document, &edit.rights, demanded, content)?;
                    checked.push((edit.document.clone(), content));
                }
                None if required && !self.is_written(&edit.document)? => {
                    let document = edit.document.clone();
                    return Err(Rejection::DocumentMissing { document }.into());
                }
                None => self.filled_in(edit, demanded)?,
            }
        }
        Ok(checked)
    }

    /// Checks that fields are filled in of a document that is not given again.
    fn filled_in(&self, edit: &Using, demanded: &[String]) -> Result<(), Halt> {
        if demanded.is_empty() {
            return Ok(());
        }
        let name = &edit.document;
        let document = self.document(name)?;
        // Of a list nobody has written an entry here.
        let kept = if document.list { None } else { self.current(name)? };
        let errors = document.form.unfilled(kept.as_deref(), &edit.rights, demanded, self.now());
        if errors.is_empty() {
            return Ok(());
        }
        Err(Rejection::InvalidDocument { document: name.clone(), errors }.into())
    }

    /// Whether a document has a current version, which then need not be given again.
    fn is_written(&self, name: &DocumentName) -> Result<bool, Halt> {
        let list = self.document(name)?.list;
        let state = self.instance.documents().get(name);
        Ok(!list && state.is_some_and(|state| !state.current.is_empty()))
    }

    /// Writes a version of a document, or an entry of a list. The same content again is no new
    /// version.
    pub(crate) fn write(&mut self, key: Key, name: &DocumentName, content: Content) {
        self.write_as(key, name, content, None);
    }

    /// Writes a document; an entry that is corrected as whoever wrote it.
    pub(super) fn write_as(
        &mut self,
        key: Key,
        name: &DocumentName,
        content: Content,
        writer: Option<Box<Writer>>,
    ) {
        let entry = self.definition.documents.get(name).is_some_and(|document| document.list);
        let state = self.instance.documents().get(name);
        if !entry && state.and_then(|state| state.current.last()) == Some(&content.hash) {
            return;
        }
        let version = state.map_or(0, |state| state.version) + 1;
        self.emit(Event::DocumentWritten {
            document: name.clone(),
            version,
            hash: content.hash.clone(),
            key,
            entry,
            sealed: false,
            writer,
        });
        self.contents.push(content);
    }

    /// Refuses what was decided about a document that has been written since.
    pub(crate) fn check_seen(&self, seen: &BTreeMap<DocumentName, u32>) -> Result<(), Halt> {
        for (document, seen) in seen {
            let Some(own) = self.definition.documents.get(document) else {
                let message = format!("expected a document of the process, found `{document}`");
                return Err(Rejection::BadArgument { field: "seen".into(), message }.into());
            };
            let found = self.instance.documents().get(document).map_or(0, |state| state.version);
            if !own.list && found != *seen {
                let (document, seen) = (document.clone(), *seen);
                return Err(Rejection::StaleDocument { document, seen, found }.into());
            }
        }
        Ok(())
    }

    /// Writes what a message or a worker brought to a variable or a document.
    pub(crate) fn store_into(
        &mut self,
        key: Key,
        into: &str,
        content: &Content,
    ) -> Result<(), Halt> {
        let document = DocumentName::new(into);
        if self.definition.documents.contains_key(&document) {
            let rights = Rights::all(FieldRight::Edit);
            // A list that comes as one has several entries.
            let entries = match (&*content.value, self.document(&document)?.list) {
                (Value::Array(entries), true) => {
                    entries.iter().cloned().map(Content::new).collect()
                }
                _ => vec![content.clone()],
            };
            for entry in entries {
                let checked = self.checked(&document, &rights, &entry)?;
                self.write(key, &document, checked.clone());
                self.compare(&document, &rights, &checked.value, Before::Last)?;
            }
        } else {
            let value = (*content.value).clone();
            let kind = self.definition.variable_type(into);
            if let Some(expected) = kind.and_then(|kind| kind.mismatch(&value)) {
                let message = format!("expected {expected} for `{into}`, found {value}");
                return Err(Rejection::BadArgument { field: "result".into(), message }.into());
            }
            self.set_own_variable(key, into, value);
        }
        Ok(())
    }

    /// What a page shows of a document: only fields that are not hidden, of what is kept of each content.
    pub(crate) fn redacted(
        &self,
        using: &Using,
        kept: impl Fn(&Value) -> Result<Option<Value>, Halt>,
    ) -> Result<Value, Halt> {
        let name = &using.document;
        let Some(document) = self.definition.documents.get(name) else { return Ok(Value::Null) };
        let hashes = self
            .instance
            .documents()
            .get(name)
            .map(|state| state.current.clone())
            .unwrap_or_default();
        let mut shown = Vec::new();
        for hash in &hashes {
            let value = self.own(hash).or_else(|| self.facts.documents.get(hash).map(|it| &**it));
            match value {
                Some(value) => {
                    let value = kept(value)?;
                    shown.extend(value.map(|it| document.form.redact(&it, &using.rights)));
                }
                None => {
                    self.need(Need::Document(hash.clone()));
                }
            }
        }
        if self.has_needs() {
            return Err(Halt::Needs);
        }
        Ok(if document.list { Value::Array(shown) } else { shown.pop().unwrap_or(Value::Null) })
    }

    /// Works the case's title out as it begins, and anew when documents or variables changed. A title that cannot be worked out
    /// stays as it was.
    pub(super) fn update_title(&mut self) -> Result<(), Halt> {
        let Some(title) = &self.definition.title else { return Ok(()) };
        let changed = self.events.iter().any(|event| {
            matches!(
                event,
                Event::InstanceStarted { .. }
                    | Event::DocumentWritten { .. }
                    | Event::ListOpened { .. }
                    | Event::VariableSet { .. }
                    | Event::VariableUndone { .. }
                    | Event::ItemResult { .. }
                    | Event::ScoresCounted { .. }
            )
        });
        if !changed {
            return Ok(());
        }
        match self.evaluate(title, Key(0)) {
            Ok(Value::String(title)) if self.instance.title() != Some(title.as_str()) => {
                self.emit(Event::TitleChanged { title });
                Ok(())
            }
            Ok(_) | Err(Halt::Incident { .. }) => Ok(()),
            Err(halt) => Err(halt),
        }
    }
}

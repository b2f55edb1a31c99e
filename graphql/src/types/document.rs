//! A document of a case file, as whoever asks may see it. Which documents, and which of their
//! fields, is decided here from the definition's rights and what `access` says.

mod entries;
mod formerly;
mod rights;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::definition::source::FieldRight;
use engine::definition::{self, Definition, Using};
use engine::instance::Instance as State;
use serde_json::Value;
use store::read::{PAGE_MAX, Page as Rows};
use store::tables::document::Model as Row;

use entries::Entries;
use rights::is_apart;
pub(crate) use rights::{does, of_submissions, own_nodes, visible};

use super::attachment::{self, Attachment};
use super::form::Form;
use super::person::Person;
use super::task::Task;
use super::{Json, instant};
use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;
use crate::paging::{Place, connection, placed};
use crate::sight::Sight;

/// A document with its current content.
#[derive(Debug)]
pub(crate) struct Document {
    instance: i64,
    using: Using,
    definition: definition::Document,
    version: u32,
    content: Value,
    /// All of it, hidden fields included: conditions of other fields may ask for these. Never shown.
    whole: Value,
    editable: bool,
}

impl Document {
    /// Its name in the definition.
    pub(crate) fn word(&self) -> &str {
        self.using.document.as_str()
    }

    /// Its content, without what one may not see.
    pub(crate) fn shown(&self) -> &Value {
        &self.content
    }

    /// Whether the task that it is read from writes it.
    pub(crate) fn is_editable(&self) -> bool {
        self.editable
    }

    /// Its form with its own values, or with those that somebody types right now.
    pub(crate) fn written(&self, reader: Reader<'_>, typed: Option<Value>) -> Form {
        let mut values = self.whole.clone();
        match (&mut values, typed) {
            (Value::Object(whole), Some(Value::Object(typed))) => {
                let rights = &self.using.rights;
                whole.retain(|name, _| rights.of(name) == FieldRight::Hidden);
                whole.extend(
                    typed.into_iter().filter(|(name, _)| rights.of(name) != FieldRight::Hidden),
                );
            }
            (_, Some(typed)) => values = typed,
            (_, None) => {}
        }
        Form::new(reader, &self.definition, &self.using, &values)
    }
}

#[Object]
impl Document {
    /// Its name in the definition.
    async fn name(&self) -> &str {
        self.using.document.as_str()
    }

    /// Its name for people.
    async fn label(&self, ctx: &Context<'_>) -> String {
        reader(ctx).text(&self.definition.name)
    }

    /// Whether it is a list of entries.
    async fn list(&self) -> bool {
        self.definition.list
    }

    /// The number of its last version or entry, from 1; 0 where nothing was written yet.
    async fn version(&self) -> u32 {
        self.version
    }

    /// Its content, or a list of entries; fields that one may not see are left out.
    async fn content(&self) -> Json {
        Json(self.content.clone())
    }

    /// Its form: the fields that one may see, with their labels and types.
    async fn form(&self, ctx: &Context<'_>) -> Form {
        self.written(reader(ctx), None)
    }

    /// Whether the task that it is read from writes it.
    async fn editable(&self) -> bool {
        self.editable
    }

    /// The files that its content refers to.
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        let reader = reader(ctx);
        Attachment::all_of_case(reader, &self.content, self.instance).await
    }
}

/// A version of a document, or an entry of a list.
#[derive(Debug)]
pub(crate) struct DocumentVersion {
    row: Row,
    content: Value,
    /// Whether whoever asks may read who wrote it.
    named: bool,
    /// Whether whoever asks may see all of it.
    whole: bool,
}

#[Object]
impl DocumentVersion {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        let row = &self.row;
        GlobalId::DocumentVersion(row.instance_id, row.document.clone(), row.version).to_id()
    }

    /// The document, by its name in the definition.
    async fn document(&self) -> &str {
        &self.row.document
    }

    /// Its number, from 1.
    async fn version(&self) -> i64 {
        self.row.version
    }

    /// SHA-256 of its whole canonical JSON, in hexadecimal; none where whoever asks may not see every
    /// field, since what is hidden could be found out by trying.
    async fn hash(&self) -> Option<&str> {
        self.whole.then_some(self.row.hash.as_str())
    }

    /// When it was written (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.row.at)
    }

    /// By whom; none for the public and for machines, and where whoever asks reads no names of others.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), self.row.person.as_deref().filter(|_| self.named)).await
    }

    /// What it holds; fields that one may not see are left out.
    async fn content(&self) -> Json {
        Json(self.content.clone())
    }
}

/// The documents of a case that whoever asks may see.
pub(crate) async fn of_case(reader: Reader<'_>, state: &State) -> Result<Vec<Document>> {
    let definition = reader.definition(state).await?;
    let uses = visible(reader, state, &definition).await?;
    load(reader, state, &definition, uses.into_iter().map(|using| (using, false)).collect()).await
}

/// The documents that a task writes, and those that it shows besides.
pub(crate) async fn of_task(reader: Reader<'_>, task: &Task) -> Result<Vec<Document>> {
    let state = reader.state(task.0.instance_id).await?;
    let definition = reader.definition(&state).await?;
    let Some(node) = definition.node(&task.0.node) else { return Ok(Vec::new()) };
    if !own_nodes(reader, &state).contains(&task.0.node.as_str()) {
        // Who does not do the task sees of its documents what they see of the case.
        let uses = visible(reader, &state, &definition).await?;
        let of_node = node.edits().iter().chain(node.shows());
        let of_node: Vec<&str> = of_node.map(|using| using.document.as_str()).collect();
        let uses = uses.into_iter().filter(|using| of_node.contains(&using.document.as_str()));
        return load(reader, &state, &definition, uses.map(|using| (using, false)).collect()).await;
    }
    let written = node.edits().iter().map(|using| (using.clone(), true));
    let is_written = |using: &&Using| !node.edits().iter().any(|it| it.document == using.document);
    let shown = node.shows().iter().filter(is_written).map(|using| (using.clone(), false));
    load(reader, &state, &definition, written.chain(shown).collect()).await
}

/// Versions of one document of a case, as whoever asks may see it.
pub(crate) async fn versions(
    reader: Reader<'_>,
    state: &State,
    document: String,
    page: Rows<Place>,
) -> Result<Connection<Place, DocumentVersion>> {
    let definition = reader.definition(state).await?;
    let uses = visible(reader, state, &definition).await?;
    let using = uses.into_iter().find(|using| using.document.as_str() == document);
    let of = definition.documents().get(document.as_str());
    let (Some(using), Some(of)) = (using, of) else {
        return Ok(Connection::new(page.after.is_some(), false));
    };
    let Rows { after, first } = placed(&page, |place| place.0);
    let mut slice = formerly::rows(reader, state, &using.document, (after, first)).await?;
    let names = state.names_of(&using.document);
    let sight = Sight::of(reader, state).await?;
    let apart = is_apart(reader, state, &definition, &using.document).await?;
    if of.list && (apart || sight.has_secrets()) {
        let entries = Entries::of(reader, state, &using.document, (&sight, apart)).await?;
        slice.rows.retain(|row| entries.is_readable(row));
    }
    let hashes = slice.rows.iter().map(|row| row.hash.clone());
    let contents = reader.loaders.contents.load_many(hashes).await.told(reader)?;
    Ok(connection(&page, slice, |row| {
        let written = contents.get(&row.hash);
        let now = written.zip(formerly::of_version(&names, row.version));
        let content = now.map(|(written, name)| name.content(written));
        let content = content.map(|content| of.form.redact(&content, &using.rights));
        let named = sight.named(row.person.as_deref()).is_some();
        let content = content.unwrap_or_default();
        let whole = !using.rights.hide_something();
        (Place(row.version, 0, 0), DocumentVersion { row, content, named, whole })
    }))
}

/// What a file is called in some version of a document that whoever asks may see; none where none has it.
pub(crate) async fn called_in_versions(
    reader: Reader<'_>,
    state: &State,
    hash: &str,
) -> Result<Option<String>> {
    let definition = reader.definition(state).await?;
    for using in visible(reader, state, &definition).await? {
        let mut after = None;
        loop {
            let page = Rows { after, first: PAGE_MAX };
            let found = versions(reader, state, using.document.to_string(), page).await?;
            let mut contents = found.edges.iter().map(|edge| &edge.node.content);
            if let Some(name) = contents.find_map(|it| attachment::files_in(it).remove(hash)) {
                return Ok(Some(name));
            }
            match found.edges.into_iter().next_back() {
                Some(last) if found.has_next_page => after = Some(last.cursor),
                Some(_) | None => break,
            }
        }
    }
    Ok(None)
}

/// One version of a document, where whoever asks may see it.
pub(crate) async fn version(
    reader: Reader<'_>,
    state: &State,
    document: String,
    version: i64,
) -> Result<Option<DocumentVersion>> {
    let page = Rows { after: Some(Place(version - 1, 0, 0)), first: 1 };
    let found = versions(reader, state, document, page).await?;
    let found = found.edges.into_iter().map(|edge| edge.node).next();
    Ok(found.filter(|found| found.row.version == version))
}

/// The current contents of documents as some rights show them.
async fn load(
    reader: Reader<'_>,
    state: &State,
    definition: &Definition,
    uses: Vec<(Using, bool)>,
) -> Result<Vec<Document>> {
    let sight = Sight::of(reader, state).await?;
    let mut there = BTreeMap::new();
    for (using, _) in &uses {
        let Some(document) = state.documents().get(&using.document) else { continue };
        let mut document = document.clone();
        let apart = is_apart(reader, state, definition, &using.document).await?;
        let is_list = definition.documents().get(&using.document).is_some_and(|it| it.list);
        if is_list && (apart || sight.has_secrets()) {
            let entries = Entries::of(reader, state, &using.document, (&sight, apart)).await?;
            document.current = entries.readable_of(&document);
        }
        there.insert(using.document.clone(), document);
    }
    let current = |using: &Using| there.get(&using.document);
    let hashes = uses.iter().filter_map(|(using, _)| current(using));
    let hashes = hashes.flat_map(|document| &document.current).map(ToString::to_string);
    let contents = reader.loaders.contents.load_many(hashes).await.told(reader)?;
    let documents = uses.into_iter().filter_map(|(using, editable)| {
        let document = definition.documents().get(&using.document)?.clone();
        let there = current(&using);
        let hashes = there.map(|there| there.current.as_slice()).unwrap_or_default();
        let mut present = hashes.iter().filter_map(|hash| contents.get(hash.as_str()));
        let shown = |content: &Arc<Value>| document.form.redact(content, &using.rights);
        let (content, whole) = if document.list {
            (Value::Array(present.map(shown).collect()), Value::Null)
        } else {
            let last = present.next_back();
            (
                last.map(shown).unwrap_or_default(),
                last.map(|last| (**last).clone()).unwrap_or_default(),
            )
        };
        Some(Document {
            instance: state.id().0,
            version: there.map_or(0, |there| there.version),
            using,
            definition: document,
            content,
            whole,
            editable,
        })
    });
    Ok(documents.collect())
}

//! An uploaded file. Its bytes come over HTTP, at `url`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::instance::Instance as State;
use serde_json::{Map, Value};
use store::tables::attachment::Model;

use super::outward::Page;
use super::person::Person;
use super::{document, instant, received};
use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;

/// Letters of a file's hash.
const HASH_LETTERS: usize = 64;

/// Where a file is read from: that is what lets somebody see it.
#[derive(Debug)]
enum From {
    /// Its uploader's own.
    Own,
    /// A document of a case.
    Instance(i64),
    /// A public page.
    Page(i64, i64),
}

/// An uploaded file.
#[derive(Debug)]
pub(crate) struct Attachment {
    row: Model,
    from: From,
    /// What it is called there.
    name: String,
}

impl Attachment {
    /// A file, for whoever uploaded it or oversees.
    pub(crate) fn own(row: Model) -> Self {
        let name = row.name.clone();
        Self { row, from: From::Own, name }
    }

    /// A file by its hash, for whoever uploaded it or oversees.
    pub(crate) async fn by_hash(reader: Reader<'_>, hash: String) -> Result<Option<Self>> {
        let rows = reader.loaders.attachments.load(hash).await.told(reader)?;
        let rows = rows.unwrap_or_default();
        let who = reader.viewing.person.as_ref().map(|person| person.id.as_str());
        let own = rows.iter().find(|row| Some(row.uploaded_by.as_str()) == who);
        let relation = Relation { own: own.is_some(), ..Relation::default() };
        reader.allow(Action::SeeFile, &relation)?;
        Ok(own.or(rows.first()).cloned().map(Self::own))
    }

    /// A file that a document of a case refers to, where whoever asks sees that.
    pub(crate) async fn by_case(
        reader: Reader<'_>,
        hash: String,
        instance: i64,
    ) -> Result<Option<Self>> {
        let Some(state) = reader.loaders.states.load(instance).await.told(reader)? else {
            return Ok(None);
        };
        let Some(name) = called_in(reader, &state, &hash).await? else { return Ok(None) };
        let row = first(reader, hash).await?;
        Ok(row.map(|row| Self { row, from: From::Instance(instance), name }))
    }

    /// A file that a page shows, while it does.
    pub(crate) async fn by_page(
        reader: Reader<'_>,
        hash: String,
        (instance, key): (i64, i64),
    ) -> Result<Option<Self>> {
        let page = Page::by_id(reader, (instance, key)).await?;
        let Some(name) = page.and_then(|page| files_in(&page.body()).remove(&hash)) else {
            return Ok(None);
        };
        let row = first(reader, hash).await?;
        Ok(row.map(|row| Self { row, from: From::Page(instance, key), name }))
    }

    /// The files that a content of a case refers to.
    pub(crate) async fn all_of_case(
        reader: Reader<'_>,
        content: &Value,
        instance: i64,
    ) -> Result<Vec<Self>> {
        Self::all(reader, content, || From::Instance(instance)).await
    }

    /// The files that a public page refers to.
    pub(crate) async fn all_of_page(
        reader: Reader<'_>,
        content: &Value,
        (instance, key): (i64, i64),
    ) -> Result<Vec<Self>> {
        Self::all(reader, content, || From::Page(instance, key)).await
    }

    async fn all(
        reader: Reader<'_>,
        content: &Value,
        from: impl Fn() -> From,
    ) -> Result<Vec<Self>> {
        let called = files_in(content);
        let known = reader.loaders.attachments.load_many(called.keys().cloned()).await;
        let known = known.told(reader)?;
        let file = |(hash, name): (String, String)| {
            let row = known.get(&hash)?.first()?.clone();
            Some(Self { row, from: from(), name })
        };
        Ok(called.into_iter().filter_map(file).collect())
    }

    /// What is told of an upload to its uploader and to who oversees: others may have uploaded the same bytes.
    fn upload(&self) -> Option<&Model> {
        matches!(self.from, From::Own).then_some(&self.row)
    }
}

/// What a file is called in a case, where whoever asks may read what refers to it: its documents, what came in
/// to its open intakes, earlier versions.
pub(crate) async fn called_in(
    reader: Reader<'_>,
    state: &State,
    hash: &str,
) -> Result<Option<String>> {
    let documents = document::of_case(reader, state).await?;
    let mut shown: Vec<Value> = documents.iter().map(|document| document.shown().clone()).collect();
    shown.extend(received::of_case(reader, state).await?);
    match shown.iter().find_map(|content| files_in(content).remove(hash)) {
        Some(name) => Ok(Some(name)),
        None => document::called_in_versions(reader, state, hash).await,
    }
}

/// What is known of a file by its first upload.
async fn first(reader: Reader<'_>, hash: String) -> Result<Option<Model>> {
    let rows = reader.loaders.attachments.load(hash).await.told(reader)?;
    Ok(rows.and_then(|rows| rows.first().cloned()))
}

/// What an upload answers of a file beside what a document holds of it.
const OF_UPLOADS: [&str; 5] = ["id", "url", "uploadedAt", "uploadedBy", "__typename"];

/// A content in which files may stand as the upload answered them: as documents hold them, with the
/// media type as `type`.
pub(crate) fn as_documents_hold(mut content: Value) -> Value {
    let mut rest = vec![&mut content];
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => {
                let is_answer = fields.get("mediaType").is_some_and(Value::is_string)
                    && fields.get("size").is_some_and(Value::is_u64)
                    && !fields.contains_key("type")
                    && fields.get("hash").and_then(Value::as_str).map(str::len)
                        == Some(HASH_LETTERS);
                if is_answer {
                    fields.retain(|name, _| !OF_UPLOADS.contains(&name.as_str()));
                    if let Some(media_type) = fields.remove("mediaType") {
                        fields.insert("type".to_owned(), media_type);
                    }
                }
                rest.extend(fields.values_mut());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    content
}

/// Files of a content that are not what was uploaded: another type or size, or a name with another
/// ending. `known` are the uploads, by hash.
pub(crate) fn altered_in(
    content: &Value,
    known: &BTreeMap<String, Arc<Vec<Model>>>,
) -> BTreeSet<String> {
    let (mut altered, mut rest) = (BTreeSet::new(), vec![content]);
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => {
                if let Some(hash) = file_hash(fields)
                    && let Some(rows) = known.get(hash)
                    && !rows.iter().any(|row| is_as_uploaded(fields, row))
                {
                    altered.insert(hash.to_owned());
                }
                rest.extend(fields.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    altered
}

/// Whether a file stands in a content as it was uploaded; it may have another name there, but none
/// that makes another kind of file of it.
fn is_as_uploaded(fields: &Map<String, Value>, row: &Model) -> bool {
    let text = |key| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let ends_alike = ending(text("name")).is_none_or(|own| Some(own) == ending(&row.name));
    text("type") == row.media_type
        && fields.get("size").and_then(Value::as_i64) == Some(row.size)
        && ends_alike
}

/// The ending of a file's name, where it is one: `pdf`.
fn ending(name: &str) -> Option<String> {
    let (_, ending) = name.rsplit_once('.')?;
    let is_ending =
        (1..=5).contains(&ending.len()) && ending.bytes().all(|one| one.is_ascii_alphanumeric());
    is_ending.then(|| ending.to_ascii_lowercase())
}

/// The hash of the file that an object of a content refers to, where it does.
fn file_hash(fields: &Map<String, Value>) -> Option<&str> {
    let is_file = fields.contains_key("name") && fields.contains_key("type");
    let hash = fields.get("hash").and_then(Value::as_str);
    hash.filter(|hash| is_file && hash.len() == HASH_LETTERS)
}

/// The files that a content refers to: their hashes, and what they are called there.
pub(crate) fn files_in(content: &Value) -> BTreeMap<String, String> {
    let (mut found, mut rest) = (BTreeMap::new(), vec![content]);
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(items) => rest.extend(items),
            Value::Object(fields) => {
                if let Some(hash) = file_hash(fields) {
                    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
                    found.insert(hash.to_owned(), name.to_owned());
                }
                rest.extend(fields.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// The hashes of the files that a content refers to.
pub(crate) fn hashes_in(content: &Value) -> BTreeSet<String> {
    files_in(content).into_keys().collect()
}

/// The ways to those places of a content where it refers to some files.
pub(crate) fn ways_to(content: &Value, files: &BTreeSet<String>) -> Vec<Vec<String>> {
    let (mut found, mut rest) = (Vec::new(), vec![(Vec::new(), content)]);
    while let Some((way, value)) = rest.pop() {
        let inner = |name: String| way.iter().cloned().chain([name]).collect::<Vec<String>>();
        match value {
            Value::Array(items) => {
                let items = items.iter().enumerate().rev();
                rest.extend(items.map(|(place, item)| (inner(place.to_string()), item)));
            }
            Value::Object(fields) => {
                if file_hash(fields).is_some_and(|hash| files.contains(hash)) {
                    found.push(way.clone());
                }
                let fields = fields.iter().rev();
                rest.extend(fields.map(|(name, field)| (inner(name.clone()), field)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[Object]
impl Attachment {
    /// Its global id.
    pub(crate) async fn id(&self) -> ID {
        let hash = self.row.hash.clone();
        let id = match self.from {
            From::Own => GlobalId::Attachment(hash),
            From::Instance(id) => GlobalId::AttachmentOfCase(hash, id),
            From::Page(id, key) => GlobalId::AttachmentOfPage(hash, id, key),
        };
        id.to_id()
    }

    /// SHA-256 of its bytes, in hexadecimal.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// What it is called: in a case and on a page as they call it, else as it was uploaded.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Its media type, such as `application/pdf`.
    async fn media_type(&self) -> &str {
        &self.row.media_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i64 {
        self.row.size
    }

    /// When it was uploaded (RFC 3339, UTC); none in a case and on a page, where who wrote the document tells
    /// since when it is there: several may have uploaded the same file.
    async fn uploaded_at(&self) -> Option<DateTime<Utc>> {
        instant(self.upload()?.at)
    }

    /// Who uploaded it; none in a case and on a page, for the same reason.
    async fn uploaded_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let by = self.upload().map(|row| row.uploaded_by.as_str());
        Person::load(reader(ctx), by).await
    }

    /// Where its bytes are, on this server, with the same `Authorization`.
    async fn url(&self) -> String {
        let hash = &self.row.hash;
        match self.from {
            From::Own => format!("/attachments/{hash}"),
            From::Instance(id) => {
                format!("/attachments/{hash}?instance={}", GlobalId::Instance(id).to_id().0)
            }
            From::Page(id, key) => {
                format!("/attachments/{hash}?page={}", GlobalId::Page(id, key).to_id().0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{altered_in, as_documents_hold, files_in, hashes_in, ways_to};
    use serde_json::{Value, json};
    use store::tables::attachment::Model;

    #[test]
    fn what_an_upload_answers_stands_in_a_document() {
        let hash = "a".repeat(64);
        let answered = json!({ "id": "x", "hash": hash, "name": "n.pdf", "mediaType": "t", "size": 1,
            "url": "u", "__typename": "Attachment" });
        let plain = json!({ "hash": hash, "name": "n.pdf", "type": "t", "size": 1 });
        let content = json!({ "plan": answered, "rows": [{ "files": [answered] }] });
        let held = json!({ "plan": plain, "rows": [{ "files": [plain] }] });
        assert_eq!(as_documents_hold(content), held);
        let other = json!({ "row": { "hash": "short", "mediaType": "t", "size": 1, "id": "x" } });
        assert_eq!(as_documents_hold(other.clone()), other, "it is no file");
    }

    #[test]
    fn a_file_is_what_was_uploaded_whatever_a_document_calls_it() {
        let hash = "a".repeat(64);
        let row = Model {
            hash: hash.clone(),
            uploaded_by: "li".into(),
            name: "proof.PDF".into(),
            media_type: "application/pdf".into(),
            size: 14,
            at: 0,
        };
        let known = [(hash.clone(), vec![row].into())].into();
        for (name, media_type, size, is_altered) in [
            ("proof.PDF", "application/pdf", 14, false),
            ("证明.pdf", "application/pdf", 14, false),
            ("第2.1条说明", "application/pdf", 14, false),
            ("proof.txt", "application/pdf", 14, true),
            ("proof.pdf", "text/plain", 14, true),
            ("proof.pdf", "application/pdf", 13, true),
        ] {
            let file = json!({ "hash": hash, "name": name, "type": media_type, "size": size });
            let found: Value = json!(altered_in(&json!({ "files": [file] }), &known));
            let expected = if is_altered { json!([hash]) } else { json!([]) };
            assert_eq!(found, expected, "{name} {media_type} {size}");
        }
    }

    #[test]
    fn only_files_are_found() {
        let (one, two) = ("a".repeat(64), "b".repeat(64));
        let file = |hash: &str| json!({ "hash": hash, "name": "n", "type": "t", "size": 1 });
        let content = json!({
            "plan": file(&one),
            "rows": [{ "files": [file(&two)] }],
            "hash": "c".repeat(64),
            "text": "d".repeat(64),
        });
        let all = hashes_in(&content);
        assert_eq!(all.iter().collect::<Vec<_>>(), [&one, &two]);
        assert_eq!(files_in(&content)[&one], "n");
        let ways = [vec!["plan"], vec!["rows", "0", "files", "0"]];
        assert_eq!(ways_to(&content, &all), ways);
        assert_eq!(ways_to(&content, &[two].into()), ways[1..]);
    }
}

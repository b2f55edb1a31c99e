//! An uploaded file. Its bytes come over HTTP, at `url`.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use store::tables::attachment::Model;

use super::instant;
use super::person::Person;
use crate::context::reader;
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
}

impl Attachment {
    /// A file, for whoever uploaded it or oversees.
    pub(crate) fn own(row: Model) -> Self {
        Self { row, from: From::Own }
    }

    /// A file that a document of a case refers to.
    pub(crate) fn of_case(row: Model, instance: i64) -> Self {
        Self { row, from: From::Instance(instance) }
    }

    /// A file that a public page refers to.
    pub(crate) fn of_page(row: Model, instance: i64, key: i64) -> Self {
        Self { row, from: From::Page(instance, key) }
    }
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
        GlobalId::Attachment(self.row.hash.clone()).to_id()
    }

    /// SHA-256 of its bytes, in hexadecimal.
    async fn hash(&self) -> &str {
        &self.row.hash
    }

    /// Its name, as it was uploaded.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Its media type, such as `application/pdf`.
    async fn media_type(&self) -> &str {
        &self.row.media_type
    }

    /// Its size in bytes.
    async fn size(&self) -> i64 {
        self.row.size
    }

    /// When it was uploaded (RFC 3339, UTC).
    async fn uploaded_at(&self) -> Option<DateTime<Utc>> {
        instant(self.row.at)
    }

    /// Who uploaded it; not told to the public.
    async fn uploaded_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), Some(&self.row.uploaded_by)).await
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

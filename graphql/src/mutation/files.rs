//! Which files a mutation may refer to. A file is known by the hash of its bytes, and whoever may
//! see a document may have its files: so who knows the hash of another one's file must not get it
//! by writing it into a document of their own. Who may have a file's bytes is in `attachments`.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Result;
use engine::command::Content;
use engine::form::FieldError;
use engine::ids::{DocumentName, InstanceId, Key};
use engine::rejection::Rejection;
use engine::text::{Language, Text};
use serde_json::Value;
use store::SubmitError;

use crate::context::{Reader, Told as _};
use crate::error;
use crate::types::attachment::{hashes_in, ways_to};
use crate::types::document;

/// The code of a field with a file that one may not refer to.
const NOT_YOURS: &str = "FILE_NOT_YOURS";
const NOT_YOURS_ZH: &str = "此文件不是您上传的，也不在您可以查看的案件材料中，请先上传。";
const NOT_YOURS_EN: &str =
    "This is no file that you uploaded or may see in this case; upload it first.";

/// Refuses documents with a file that whoever asks neither uploaded nor sees in the case.
pub(super) async fn check_documents(
    reader: Reader<'_>,
    instance: Option<InstanceId>,
    documents: &BTreeMap<DocumentName, Content>,
) -> Result<()> {
    for (name, content) in documents {
        let foreign = foreign(reader, instance, &content.value).await?;
        if !foreign.is_empty() {
            return Err(refused(reader, name.clone(), &content.value, &foreign));
        }
    }
    Ok(())
}

/// The error for a document with such files.
pub(super) fn refused(
    reader: Reader<'_>,
    document: DocumentName,
    content: &Value,
    foreign: &BTreeSet<String>,
) -> async_graphql::Error {
    let message = [(Language::Zh, NOT_YOURS_ZH), (Language::En, NOT_YOURS_EN)];
    let message = Text::Many(message.map(|(language, text)| (language, text.to_owned())).into());
    let errors = ways_to(content, foreign).into_iter().map(|path| FieldError {
        path,
        code: NOT_YOURS.to_owned(),
        message: message.clone(),
    });
    let errors = errors.take(engine::form::ERRORS_MAX).collect();
    let rejection = Rejection::InvalidDocument { document, errors };
    error::submit(&SubmitError::Rejected(rejection), reader.language())
}

/// Refuses what a machine brings to a case: only files that it uploaded, or was given with its job.
pub(super) async fn check_brought(
    reader: Reader<'_>,
    field: &str,
    brought: &Value,
    job: Option<(InstanceId, Key)>,
) -> Result<()> {
    let mut foreign = foreign(reader, None, brought).await?;
    if let (false, Some((instance, key))) = (foreign.is_empty(), job) {
        let job = reader.loaders.jobs.load((instance.0, i64::from(key.0))).await.told(reader)?;
        let given = job.map(|job| serde_json::from_str(&job.input)).transpose().told(reader)?;
        foreign = &foreign - &hashes_in(&given.unwrap_or_default());
    }
    let Some(way) = ways_to(brought, &foreign).into_iter().next() else { return Ok(()) };
    let way: Vec<&str> = std::iter::once(field).chain(way.iter().map(String::as_str)).collect();
    let language = reader.language();
    Err(error::bad_argument(language, &way.join("."), NOT_YOURS_ZH, NOT_YOURS_EN))
}

/// The files of a content that whoever asks may not refer to.
pub(super) async fn foreign(
    reader: Reader<'_>,
    instance: Option<InstanceId>,
    content: &Value,
) -> Result<BTreeSet<String>> {
    let mut foreign = hashes_in(content);
    if foreign.is_empty() {
        return Ok(foreign);
    }
    if let Some(person) = &reader.viewing.person {
        let known = reader.loaders.attachments.load_many(foreign.iter().cloned()).await;
        let known = known.told(reader)?;
        let is_own = |hash: &String| {
            let mut rows = known.get(hash).into_iter().flat_map(|rows| rows.iter());
            rows.any(|row| row.uploaded_by == person.id)
        };
        foreign.retain(|hash| !is_own(hash));
    }
    if let (false, Some(instance)) = (foreign.is_empty(), instance) {
        // Of a case that there is not, nothing is seen either.
        let state = reader.loaders.states.load(instance.0).await.told(reader)?;
        let Some(state) = state else { return Ok(foreign) };
        for document in document::of_case(reader, &state).await? {
            for hash in hashes_in(document.shown()) {
                foreign.remove(&hash);
            }
        }
    }
    Ok(foreign)
}

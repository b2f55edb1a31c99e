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
use crate::types::attachment::{altered_in, hashes_in, ways_to};
use crate::types::document;

/// The code of a field with a file that one may not refer to.
const NOT_YOURS: &str = "FILE_NOT_YOURS";
const NOT_YOURS_ZH: &str = "此文件不是您上传的，也不在您可以查看的案件材料中，请先上传。";
const NOT_YOURS_EN: &str =
    "This is no file that you uploaded or may see in this case; upload it first.";
/// The code of a field with a file that is said to be another than was uploaded.
const ALTERED: &str = "FILE_ALTERED";
const ALTERED_ZH: &str = "此文件的类型、大小或文件名后缀与上传时不符，请按上传结果填写。";
const ALTERED_EN: &str = "The type, the size or the ending of the name is not that of the uploaded file; give what the upload answered.";

/// Why a file may not stand in a document.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Whoever asks neither uploaded it nor sees it in the case.
    NotYours,
    /// It is not what was uploaded.
    Altered,
}

impl Fault {
    const fn code(self) -> &'static str {
        match self {
            Self::NotYours => NOT_YOURS,
            Self::Altered => ALTERED,
        }
    }

    fn message(self) -> Text {
        let (zh, en) = match self {
            Self::NotYours => (NOT_YOURS_ZH, NOT_YOURS_EN),
            Self::Altered => (ALTERED_ZH, ALTERED_EN),
        };
        let message = [(Language::Zh, zh), (Language::En, en)];
        Text::Many(message.map(|(language, text)| (language, text.to_owned())).into())
    }
}

/// Refuses documents with a file that whoever asks neither uploaded nor sees in the case, or that is
/// not as it was uploaded.
pub(super) async fn check_documents(
    reader: Reader<'_>,
    instance: Option<InstanceId>,
    documents: &BTreeMap<DocumentName, Content>,
) -> Result<()> {
    for (name, content) in documents {
        check_document(reader, instance, name, &content.value).await?;
    }
    Ok(())
}

/// The same of one document.
pub(super) async fn check_document(
    reader: Reader<'_>,
    instance: Option<InstanceId>,
    name: &DocumentName,
    content: &Value,
) -> Result<()> {
    let foreign = foreign(reader, instance, content).await?;
    if !foreign.is_empty() {
        return Err(refused(reader, name.clone(), content, &foreign, Fault::NotYours));
    }
    let uploads = reader.loaders.attachments.load_many(hashes_in(content)).await.told(reader)?;
    let altered = altered_in(content, &uploads);
    match altered.is_empty() {
        true => Ok(()),
        false => Err(refused(reader, name.clone(), content, &altered, Fault::Altered)),
    }
}

/// The error for a document with such files.
fn refused(
    reader: Reader<'_>,
    document: DocumentName,
    content: &Value,
    files: &BTreeSet<String>,
    fault: Fault,
) -> async_graphql::Error {
    let message = fault.message();
    let errors = ways_to(content, files).into_iter().map(|path| FieldError {
        path,
        code: fault.code().to_owned(),
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
async fn foreign(
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

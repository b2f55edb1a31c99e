//! Requests with files, by the GraphQL multipart request specification: `operations`, `map`, then the
//! files. Only files may be as large as files; what is read into memory is bounded like any request.

use std::collections::BTreeMap;
use std::io::Seek as _;

use async_graphql::{Request, UploadValue};
use futures_util::Stream;
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::io::AsyncWriteExt as _;

/// What a request with files may have.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of `operations`, and of `map`.
    pub text_bytes: usize,
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Files, and places that they are put in.
    pub files: usize,
}

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is larger than the limits say.
    #[error("the request, or a file in it, is too large")]
    TooLarge,
    /// It is not by the specification.
    #[error("{0}")]
    Malformed(String),
    /// The files in it cannot be kept until they are used.
    #[error("a file cannot be kept: {0}")]
    Failed(#[from] std::io::Error),
}

impl From<multer::Error> for Unreadable {
    fn from(error: multer::Error) -> Self {
        match error {
            multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
                Self::TooLarge
            }
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl Limits {
    fn constraints(self) -> Constraints {
        let text = u64::try_from(self.text_bytes).unwrap_or(u64::MAX);
        let files = u64::try_from(self.files).unwrap_or(u64::MAX);
        let whole = self.file_bytes.saturating_mul(files).saturating_add(text.saturating_mul(2));
        let limit = SizeLimit::new().whole_stream(whole).per_field(self.file_bytes);
        Constraints::new().size_limit(limit.for_field("operations", text).for_field("map", text))
    }
}

/// The request of a body.
///
/// # Errors
/// Where it is too large, not by the specification, or its files cannot be kept.
pub async fn receive<S>(media_type: &str, body: S, limits: Limits) -> Result<Request, Unreadable>
where
    S: Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static,
{
    let boundary = multer::parse_boundary(media_type)?;
    let mut parts = Multipart::with_constraints(body, boundary, limits.constraints());
    let mut request: Request = json(&mut parts, "operations").await?;
    let mut map: BTreeMap<String, Vec<String>> = json(&mut parts, "map").await?;
    let places: usize = map.values().map(Vec::len).sum();
    if map.len().max(places) > limits.files {
        return Err(Unreadable::Malformed(format!("expected at most {} files", limits.files)));
    }
    while let Some(part) = parts.next_field().await? {
        let Some(places) = part.name().and_then(|name| map.remove(name)) else { continue };
        let file = kept(part).await?;
        for place in places {
            request.set_upload(&place, file.try_clone()?);
        }
    }
    match map.into_keys().next() {
        Some(missing) => Err(Unreadable::Malformed(format!("expected a file `{missing}`"))),
        None => Ok(request),
    }
}

/// The next part, which has to have that name and be JSON.
async fn json<T>(parts: &mut Multipart<'_>, name: &str) -> Result<T, Unreadable>
where
    T: serde::de::DeserializeOwned,
{
    let wrong = |found: &dyn std::fmt::Display| {
        Unreadable::Malformed(format!("expected `{name}`, then the files: {found}"))
    };
    let part = parts.next_field().await?.ok_or_else(|| wrong(&"found the end"))?;
    if part.name() != Some(name) {
        return Err(wrong(&format!("found `{}`", part.name().unwrap_or_default())));
    }
    let bytes = part.bytes().await?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(&error))
}

/// A file, on the disk until it is used.
async fn kept(mut part: Field<'_>) -> Result<UploadValue, Unreadable> {
    let filename = part.file_name().unwrap_or_default().to_owned();
    let content_type = part.content_type().map(ToString::to_string);
    let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
    while let Some(bytes) = part.chunk().await? {
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    let mut content = file.into_std().await;
    content.rewind()?;
    Ok(UploadValue { filename, content_type, content })
}

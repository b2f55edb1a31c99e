//! Uploaded files: blobs named by the hash of their bytes, in a folder or an S3-compatible store.
//! A file is written beside its place while it is hashed, and moved there when it is whole, so that
//! nobody ever sees half of one. Who may see a file is not decided here.

use std::path::PathBuf;
use std::sync::Arc;

use engine::ids::Hash;
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::Digest;

use crate::error::StoreError;
use crate::read::bounded;
use crate::store::Store;
use crate::tables::attachment;
use crate::writer::Write;

/// A file may have this many bytes unless settings say otherwise.
pub const ATTACHMENT_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// A file's name may have this many characters.
pub const NAME_CHARACTERS_MAX: usize = 255;
/// Parts of an upload that are under way at once.
const PARTS_AT_ONCE: usize = 4;

/// What may be uploaded unless settings say otherwise, with the bytes such a file begins with.
pub const MEDIA_TYPES: &[(&str, &[u8])] = &[
    ("application/pdf", b"%PDF-"),
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("application/ofd", b"PK\x03\x04"),
    ("application/zip", b"PK\x03\x04"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ("application/msword", b"\xd0\xcf\x11\xe0"),
    ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0"),
    ("text/plain", b""),
    ("text/csv", b""),
    ("application/json", b""),
];

/// Endings of names that say what a file is: a form that accepts the ending accepts no other type.
const ENDINGS: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("ofd", "application/ofd"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// Where uploaded files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    S3(S3),
}

/// An S3-compatible bucket.
#[derive(Clone, PartialEq, Eq)]
pub struct S3 {
    /// Where it is, such as `https://oss.example.cn`.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The region.
    pub region: String,
    /// The access key's id.
    pub key: String,
    /// The access key's secret.
    pub secret: String,
}

impl std::fmt::Debug for S3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

impl Default for Files {
    fn default() -> Self {
        Self::Folder("files".into())
    }
}

/// The blobs of an open store.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    store: Arc<dyn ObjectStore>,
    folder: Option<PathBuf>,
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Files(error.to_string())
}

impl Blobs {
    /// Opens them; a folder is made where there is none, a bucket is not asked for yet.
    pub(crate) fn open(files: &Files) -> Result<Self, StoreError> {
        match files {
            Files::Folder(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| {
                    failed(format!("{} cannot be made: {error}", folder.display()))
                })?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
                Ok(Self { store: Arc::new(store), folder: Some(folder.clone()) })
            }
            Files::S3(s3) => {
                // The process may have one already: then it is the same one.
                let _already = rustls::crypto::ring::default_provider().install_default();
                let store = AmazonS3Builder::new()
                    .with_endpoint(&s3.endpoint)
                    .with_bucket_name(&s3.bucket)
                    .with_region(&s3.region)
                    .with_access_key_id(&s3.key)
                    .with_secret_access_key(&s3.secret)
                    .with_allow_http(s3.endpoint.starts_with("http://"))
                    .build()
                    .map_err(failed)?;
                Ok(Self { store: Arc::new(store), folder: None })
            }
        }
    }

    /// What was renamed must be on the disk before it is answered.
    async fn sync(&self, place: &Path) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(place.as_ref());
        let synced = tokio::task::spawn_blocking(move || {
            std::fs::File::open(&path)?.sync_all()?;
            match path.parent() {
                Some(parent) => std::fs::File::open(parent)?.sync_all(),
                None => Ok(()),
            }
        });
        synced.await.map_err(failed)?.map_err(failed)
    }
}

fn place(hash: &str) -> Path {
    Path::from(format!("{}/{hash}", hash.get(..2).unwrap_or("00")))
}

impl Store {
    /// Keeps a file; the same bytes are kept once. Refuses what is too large, of a type that is not
    /// allowed, or not what it says it is.
    pub async fn upload(
        &self,
        name: &str,
        media_type: &str,
        person: &str,
        bytes: impl Stream<Item = std::io::Result<Vec<u8>>> + Send + Unpin,
    ) -> Result<attachment::Model, StoreError> {
        let media_type = essence(media_type);
        let beginning = check_names(name, &media_type, &self.inner.attachment_types)?;
        let blobs = &self.inner.blobs;
        let random = crate::random::mark(person);
        let waiting = Path::from(format!("incoming/{random:016x}"));
        let upload = blobs.store.put_multipart(&waiting).await.map_err(failed)?;
        let mut writer = WriteMultipart::new(upload);
        let read = read_all(bytes, beginning, &mut writer, self.inner.attachment_bytes_max).await;
        let (hash, size) = match read {
            Ok(read) => read,
            Err(error) => {
                // What is left over in `incoming/` is no file of anybody's.
                drop(writer.abort().await);
                return Err(error);
            }
        };
        writer.finish().await.map_err(failed)?;
        let place = place(hash.as_str());
        blobs.store.rename(&waiting, &place).await.map_err(failed)?;
        blobs.sync(&place).await?;
        let row = attachment::Model {
            hash: hash.as_str().to_owned(),
            uploaded_by: person.to_owned(),
            name: name.to_owned(),
            media_type,
            size: i64::try_from(size).unwrap_or(i64::MAX),
            at: self.clock().now().0,
        };
        let mut write = Write::default();
        write.changes.put(&attachment::TABLE, row.clone().into_row());
        self.write(write).await?;
        Ok(row)
    }

    /// What is known of files, by hash; a file that several people uploaded has several rows.
    pub async fn attachments(
        &self,
        hashes: &[String],
    ) -> Result<Vec<attachment::Model>, StoreError> {
        let hashes = bounded(hashes)?.iter().map(String::as_str);
        let query = attachment::Entity::find()
            .filter(attachment::Column::Hash.is_in(hashes))
            .order_by_asc(attachment::Column::At);
        Ok(query.all(self.reads()).await?)
    }

    /// A file's bytes, as they come. Where they are not those that were uploaded, they end with an error.
    pub async fn download(
        &self,
        hash: &str,
    ) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static, StoreError> {
        let bytes = self.as_kept(hash).await?;
        Ok(checked(bytes, hash.to_owned()))
    }

    /// A file's bytes as they are kept, whatever they are.
    pub(crate) async fn as_kept(
        &self,
        hash: &str,
    ) -> Result<impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static, StoreError> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash {
            return Err(StoreError::NotFound(format!("a file named `{hash}`")));
        }
        let got = self.inner.blobs.store.get(&place(hash)).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => StoreError::NotFound(format!("file {hash}")),
            other => failed(other),
        })?;
        Ok(got.into_stream().map_ok(|bytes| bytes.to_vec()).map_err(std::io::Error::other))
    }
}

/// The same bytes, with an error at their end where their hash is another.
fn checked(
    bytes: impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static,
    hash: String,
) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    let begun = (bytes.boxed(), sha2::Sha256::new(), hash);
    futures_util::stream::try_unfold(begun, async |(mut bytes, digest, hash)| {
        match bytes.try_next().await? {
            Some(part) => {
                let digest = digest.chain_update(&part);
                Ok(Some((part, (bytes, digest, hash))))
            }
            None if Hash::from_bytes(&digest.finalize()).as_str() == hash => Ok(None),
            None => {
                tracing::error!(hash, "an uploaded file was changed where it is kept");
                Err(std::io::Error::other("the file is not what was uploaded"))
            }
        }
    })
}

/// A media type without its parameters: what `text/plain; charset=utf-8` says beyond `text/plain` is
/// for whoever shows it.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_names(
    name: &str,
    media_type: &str,
    allowed: &[String],
) -> Result<&'static [u8], StoreError> {
    let characters = name.chars().count();
    let is_plain = !name.chars().any(|one| one.is_control() || one == '/' || one == '\\');
    if characters == 0 || characters > NAME_CHARACTERS_MAX || !is_plain {
        let zh = format!("文件名应为 1 至 {NAME_CHARACTERS_MAX} 个字符,不含斜杠");
        let en = format!(
            "expected a file name of 1 to {NAME_CHARACTERS_MAX} characters without slashes"
        );
        return Err(StoreError::refused(zh, en));
    }
    if !allowed.iter().any(|own| own == media_type) {
        let allowed = allowed.join(", ");
        let en = format!("expected a file of one of the types {allowed}, found `{media_type}`");
        let zh = format!("文件类型应为 {allowed} 之一,实为“{media_type}”");
        return Err(StoreError::refused(zh, en));
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let of_ending = ending.and_then(|ending| {
        ENDINGS.iter().find(|(own, _)| *own == ending).filter(|(_, own)| *own != media_type)
    });
    if let Some((ending, expected)) = of_ending {
        let zh = format!("文件名以“.{ending}”结尾，类型应为 {expected}，实为“{media_type}”");
        let en =
            format!("expected a file `.{ending}` of the type {expected}, found `{media_type}`");
        return Err(StoreError::refused(zh, en));
    }
    let known = MEDIA_TYPES.iter().find(|(own, _)| *own == media_type);
    // How files of other types begin is not known.
    Ok(known.map_or(&[], |(_, beginning)| *beginning))
}

async fn read_all(
    mut bytes: impl Stream<Item = std::io::Result<Vec<u8>>> + Unpin,
    beginning: &[u8],
    writer: &mut WriteMultipart,
    most: u64,
) -> Result<(Hash, u64), StoreError> {
    let mut hasher = sha2::Sha256::new();
    let (mut size, mut first) = (0_u64, Vec::with_capacity(beginning.len()));
    while let Some(part) = bytes.next().await {
        let part = part.map_err(failed)?;
        size += part.len() as u64;
        if size > most {
            let en = format!("expected a file of at most {most} bytes");
            return Err(StoreError::refused(format!("文件最大 {most} 字节"), en));
        }
        let missing = beginning.len().saturating_sub(first.len());
        first.extend(part.iter().take(missing));
        if !beginning.starts_with(&first) {
            break;
        }
        hasher.update(&part);
        writer.wait_for_capacity(PARTS_AT_ONCE).await.map_err(failed)?;
        writer.write(&part);
    }
    if size == 0 {
        let en = "expected a file with something in it, found an empty one";
        return Err(StoreError::refused("文件是空的（0 字节）", en));
    }
    if first != beginning {
        let en = "expected a file of the type it says it is, but its first bytes are another's";
        return Err(StoreError::refused("文件内容与所称类型不符", en));
    }
    Ok((Hash::from_bytes(&hasher.finalize()), size))
}

//! Uploading files over GraphQL's multipart request; `POST /attachments` does the same without it.

use access::Action;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Upload};
use futures_util::stream;
use std::io::Read as _;

use crate::context::{Told as _, reader};
use crate::error;
use crate::types::attachment::Attachment;

/// Bytes that are read from an upload at a time.
const PART_BYTES: usize = 64 * 1024;

/// Mutations of files.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UploadMutation;

/// What is uploaded.
#[derive(Debug, InputObject)]
pub(crate) struct UploadAttachmentInput {
    /// The file, with its name and type (the GraphQL multipart request specification).
    file: Upload,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What was kept.
#[derive(Debug, SimpleObject)]
pub(crate) struct UploadAttachmentPayload {
    /// The file: a form refers to it by `{ hash, name, type, size }`.
    attachment: Attachment,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

#[Object]
impl UploadMutation {
    /// Keeps a file; the same bytes are kept once. Refused where it is too large, of a type that is
    /// not allowed, or not what it says it is.
    async fn upload_attachment(
        &self,
        ctx: &Context<'_>,
        input: UploadAttachmentInput,
    ) -> Result<UploadAttachmentPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Upload)?;
        let file = input.file.value(ctx);
        let file = file.map_err(|failed| {
            let (zh, en) = ("应为随请求上传的文件", failed.to_string());
            error::bad_argument(reader.language(), "input.file", zh, &en)
        })?;
        let (name, media_type) = (file.filename, file.content_type.unwrap_or_default());
        let parts = stream::unfold(file.content, |mut content| async move {
            let mut part = vec![0; PART_BYTES];
            match content.read(&mut part) {
                Ok(0) => None,
                Ok(read) => {
                    part.truncate(read);
                    Some((Ok(part), content))
                }
                Err(failed) => Some((Err(failed), content)),
            }
        });
        let person = &reader.person()?.id;
        let kept = reader.store.upload(&name, &media_type, person, Box::pin(parts)).await;
        Ok(UploadAttachmentPayload {
            attachment: Attachment::own(kept.told(reader)?),
            client_mutation_id: input.client_mutation_id,
        })
    }
}

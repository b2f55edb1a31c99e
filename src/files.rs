//! Attachments over HTTP: `POST /attachments?name=plan.pdf` with the file as the body and its type
//! in `Content-Type`; `GET /attachments/HASH`. Limits and types are the store's.

use std::sync::Arc;

use access::{Action, Relation};
use engine::text::Language;
use futures_util::TryStreamExt as _;
use graphql::Code;
use graphql::attachments::{By, readable};
use poem::http::{StatusCode, header};
use poem::web::{Data, Json, Path, Query};
use poem::{Body, IntoResponse, Request, Response, handler};
use serde::Deserialize;
use store::StoreError;

use crate::api::{either, failure, files_unavailable, not_signed_in, unauthorised};
use crate::http::App;
use crate::{auth, percent};

/// What an upload says beside its bytes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    name: String,
}

/// Keeps a file and answers its hash, by which a form refers to it.
#[handler]
pub(crate) async fn upload(
    request: &Request,
    said: Option<Query<Upload>>,
    body: Body,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused, auth::language(request)),
    };
    let language = viewing.language;
    let allowed = access::may(&viewing.viewer(), Action::Upload, &Relation::default());
    let (Ok(()), Some(person)) = (allowed, viewing.person) else {
        return not_signed_in(language);
    };
    let Some(Query(Upload { name })) = said else {
        let en = "expected the file's name and nothing else in the address, such as \
                  `/attachments?name=plan.pdf`";
        let zh = "地址中应有且仅有文件名,例如 `/attachments?name=plan.pdf`";
        let message = either(language, zh, en);
        return failure(StatusCode::BAD_REQUEST, Code::FileRefused, message);
    };
    let media_type = request.content_type().unwrap_or_default().to_owned();
    let bytes = Box::pin(body.into_bytes_stream().map_ok(|bytes| bytes.to_vec()));
    match app.store.upload(&name, &media_type, &person.id, bytes).await {
        Ok(kept) => Json(serde_json::json!({
            "hash": kept.hash, "name": kept.name, "mediaType": kept.media_type, "size": kept.size,
        }))
        .into_response(),
        Err(error) => store_failure(&error, language),
    }
}

/// By way of what a file is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Download {
    /// The id of a case whose documents refer to it.
    #[serde(default)]
    instance: Option<String>,
    /// The id of a public page that shows it.
    #[serde(default)]
    page: Option<String>,
}

/// A file's bytes, for whom `graphql::attachments` says.
#[handler]
pub(crate) async fn download(
    request: &Request,
    Path(hash): Path<String>,
    Query(Download { instance, page }): Query<Download>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused, auth::language(request)),
    };
    let by = By { instance, page };
    let file = match readable(&app.store, &viewing, &hash, &by).await {
        Ok(Some(file)) => file,
        // Whether there is such a file is told only to who may see it.
        Ok(None) => {
            return no_file(viewing.language);
        }
        Err(error) => {
            tracing::warn!(%error, "attachments");
            return files_unavailable(viewing.language);
        }
    };
    match app.store.download(&hash).await {
        // Never shown in place: an uploaded page must not run as ours.
        Ok(bytes) => Response::builder()
            .header(header::CONTENT_TYPE, &file.media_type)
            .header(header::CONTENT_DISPOSITION, disposition(&file.name))
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(Body::from_bytes_stream(bytes)),
        // It was uploaded, and whoever asks may have it.
        Err(StoreError::NotFound(_)) => {
            tracing::error!(hash, "an uploaded file is gone from where it is kept");
            let (zh, en) = ("文件已丢失，请联系管理员", "the file is gone; tell an administrator");
            let message = either(viewing.language, zh, en);
            failure(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, message)
        }
        Err(error) => store_failure(&error, viewing.language),
    }
}

/// How a file is kept by whoever gets it: under its name (RFC 6266), for old browsers with `_` for
/// what is not ASCII.
fn disposition(name: &str) -> String {
    if name.is_empty() {
        return "attachment".to_owned();
    }
    let is_plain = |one: char| one.is_ascii_graphic() && !matches!(one, '"' | '\\' | '%');
    let ascii: String =
        name.chars().map(|one| if is_plain(one) || one == ' ' { one } else { '_' }).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", percent::encoded(name))
}

fn no_file(language: Language) -> Response {
    let message = either(language, "没有您可以查看的该文件", "expected a file that you may see");
    failure(StatusCode::NOT_FOUND, Code::NotFound, message)
}

fn store_failure(error: &StoreError, language: Language) -> Response {
    match error {
        StoreError::NotFound(_) => no_file(language),
        StoreError::Refused(why) => {
            failure(StatusCode::BAD_REQUEST, Code::FileRefused, why.message(language))
        }
        other => {
            tracing::error!(error = %other, "attachments");
            files_unavailable(language)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_keeps_its_name_in_any_script() {
        for (name, expected) in [
            ("plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
            (
                "实施 方案.pdf",
                "attachment; filename=\"__ __.pdf\"; \
                 filename*=UTF-8''%E5%AE%9E%E6%96%BD%20%E6%96%B9%E6%A1%88.pdf",
            ),
            (
                "a\"; x=\"%41\\\r\n.pdf",
                "attachment; filename=\"a_; x=__41___.pdf\"; \
                 filename*=UTF-8''a%22%3B%20x%3D%22%2541%5C%0D%0A.pdf",
            ),
            ("", "attachment"),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}

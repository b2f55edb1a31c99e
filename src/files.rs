//! Attachments over HTTP: `POST /attachments?name=plan.pdf` with the file as the body and its type
//! in `Content-Type`; `GET /attachments/HASH`. Limits and types are the store's.

use std::sync::Arc;

use access::{Action, Relation};
use futures_util::TryStreamExt as _;
use poem::http::{StatusCode, header};
use poem::web::{Data, Json, Path, Query};
use poem::{Body, IntoResponse, Request, Response, handler};
use serde::Deserialize;
use store::StoreError;

use crate::api::{failure, unauthorised};
use crate::auth;
use crate::http::App;

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
    Query(Upload { name }): Query<Upload>,
    body: Body,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused),
    };
    let allowed = access::may(&viewing.viewer(), Action::Upload, &Relation::default());
    let (Ok(()), Some(person)) = (allowed, viewing.person) else {
        return failure(StatusCode::FORBIDDEN, "FORBIDDEN", "expected somebody signed in");
    };
    let media_type = request.content_type().unwrap_or_default().to_owned();
    let bytes = Box::pin(body.into_bytes_stream().map_ok(|bytes| bytes.to_vec()));
    match app.store.upload(&name, &media_type, &person.id, bytes).await {
        Ok(kept) => Json(serde_json::json!({
            "hash": kept.hash, "name": kept.name, "mediaType": kept.media_type, "size": kept.size,
        }))
        .into_response(),
        Err(error) => store_failure(&error),
    }
}

/// A file's bytes, for who uploaded it and who oversees.
#[handler]
pub(crate) async fn download(
    request: &Request,
    Path(hash): Path<String>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused),
    };
    let known = match app.store.attachments(std::slice::from_ref(&hash)).await {
        Ok(known) => known,
        Err(error) => return store_failure(&error),
    };
    let is_own = |by: &str| viewing.person.as_ref().is_some_and(|person| person.id == by);
    let initiator = known.iter().any(|file| is_own(&file.uploaded_by));
    let relation = Relation { initiator, ..Relation::default() };
    let allowed = access::may(&viewing.viewer(), Action::SeeDocument, &relation);
    // Whether there is such a file is told only to who may see it.
    let (Ok(()), Some(file)) = (allowed, known.first()) else {
        return failure(StatusCode::NOT_FOUND, "NOT_FOUND", "expected a file that you may see");
    };
    match app.store.download(&hash).await {
        // Never shown in place: an uploaded page must not run as ours.
        Ok(bytes) => Response::builder()
            .header(header::CONTENT_TYPE, &file.media_type)
            .header(header::CONTENT_DISPOSITION, "attachment")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(Body::from_bytes_stream(bytes)),
        Err(error) => store_failure(&error),
    }
}

fn store_failure(error: &StoreError) -> Response {
    match error {
        StoreError::NotFound(what) => {
            failure(StatusCode::NOT_FOUND, "NOT_FOUND", &format!("there is no {what}"))
        }
        StoreError::Refused(message) => failure(StatusCode::BAD_REQUEST, "FILE_REFUSED", message),
        other => {
            tracing::error!(error = %other, "attachments");
            failure(
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "files cannot be kept now; try again",
            )
        }
    }
}

//! GraphQL over HTTP: POST for queries and mutations (JSON, or multipart with files), a websocket (graphql-transport-ws) for
//! subscriptions. What the schema holds is `graphql`'s.

use std::sync::Arc;

use async_graphql::http::{ALL_WEBSOCKET_PROTOCOLS, MultipartOptions, receive_body};
use async_graphql::{Data, Executor as _, ParseRequestError, ServerError};
use async_graphql_poem::{GraphQLProtocol, GraphQLWebSocket};
use engine::text::Language;
use futures_util::TryStreamExt as _;
use graphql::{Code, Viewing};
use poem::http::StatusCode;
use poem::web::websocket::WebSocket;
use poem::web::{Data as Shared, Json};
use poem::{Body, IntoResponse, Request, Response, handler};
use store::attachments::ATTACHMENT_BYTES_MAX;

use crate::auth::{self, Refused};
use crate::http::App;

/// Files that one request may carry.
const FILES_MAX: usize = 10;

/// Queries and mutations.
#[handler]
pub(crate) async fn query(
    request: &Request,
    body: Body,
    Shared(app): Shared<&Arc<App>>,
) -> Response {
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused),
    };
    let media_type = request.content_type().unwrap_or_default();
    if media_type.starts_with("multipart/form-data") {
        return with_files(app, viewing, media_type, body).await;
    }
    let Ok(bytes) = body.into_bytes_limit(app.config.request_bytes_max).await else {
        let most = app.config.request_bytes_max;
        let message = format!("expected a request of at most {most} bytes (requestBytesMax)");
        return failure(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, &message);
    };
    match serde_json::from_slice::<async_graphql::Request>(&bytes) {
        Ok(asked) => Json(app.schema.execute(asked.data(viewing)).await).into_response(),
        Err(error) => {
            let message = format!("expected JSON with `query` and `variables`: {error}");
            failure(StatusCode::BAD_REQUEST, Code::RequestMalformed, &message)
        }
    }
}

/// A query with files, by the GraphQL multipart request specification. How large files may be is
/// the store's to say.
async fn with_files(app: &App, viewing: Viewing, media_type: &str, body: Body) -> Response {
    let most = usize::try_from(ATTACHMENT_BYTES_MAX).unwrap_or(usize::MAX);
    let limits = MultipartOptions::default().max_file_size(most).max_num_files(FILES_MAX);
    let body = body.into_bytes_stream().into_async_read();
    match receive_body(Some(media_type), body, limits).await {
        Ok(asked) => Json(app.schema.execute(asked.data(viewing)).await).into_response(),
        Err(ParseRequestError::PayloadTooLarge) => {
            let message = format!("expected files of at most {most} bytes");
            failure(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, &message)
        }
        Err(error) => {
            let message =
                format!("expected a multipart request with `operations` and `map`: {error}");
            failure(StatusCode::BAD_REQUEST, Code::RequestMalformed, &message)
        }
    }
}

/// Subscriptions: the token is in the connection's `authorization` parameter.
#[handler]
pub(crate) fn subscribe(
    request: &Request,
    websocket: WebSocket,
    protocol: GraphQLProtocol,
    Shared(app): Shared<&Arc<App>>,
) -> impl IntoResponse + use<> {
    let (app, language) = (Arc::clone(app), auth::language(request));
    websocket.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |stream| async move {
        let schema = app.schema.clone();
        let serving = GraphQLWebSocket::new(stream, schema, protocol).on_connection_init(
            move |given| async move { connection(&app, &given, language).await },
        );
        serving.serve().await;
    })
}

async fn connection(
    app: &App,
    given: &serde_json::Value,
    language: Language,
) -> async_graphql::Result<Data> {
    let value = given.get("authorization").or_else(|| given.get("Authorization"));
    let token = value.and_then(|value| value.as_str()).map(|v| auth::bearer(v).unwrap_or(v));
    let viewing = auth::of_token(app, token, language).await;
    let mut data = Data::default();
    // The error becomes the reason of the closing frame, which may have 123 bytes: a code fits.
    data.insert(viewing.map_err(|refused| async_graphql::Error::new(code_of(refused).as_str()))?);
    Ok(data)
}

/// The answer to a token that opens nothing.
pub(crate) fn unauthorised(refused: Refused) -> Response {
    let status = match refused {
        Refused::Unknown => StatusCode::UNAUTHORIZED,
        Refused::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    failure(status, code_of(refused), refused.message())
}

const fn code_of(refused: Refused) -> Code {
    match refused {
        Refused::Unknown => Code::TokenUnknown,
        Refused::Unavailable => Code::Unavailable,
    }
}

/// An error in GraphQL's shape, with a stable code.
pub(crate) fn failure(status: StatusCode, code: Code, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", code.as_str());
    extensions.set("retryable", code.is_retryable());
    error.extensions = Some(extensions);
    let answer = async_graphql::Response::from_errors(vec![error]);
    Json(answer).with_status(status).into_response()
}

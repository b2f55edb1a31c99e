//! GraphQL over HTTP: POST for queries and mutations (JSON, or multipart with files), a websocket (graphql-transport-ws) for
//! subscriptions. What the schema holds is `graphql`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use access::{Action, Relation};
use async_graphql::{Data, Executor as _, ServerError};
use engine::text::Language;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use graphql::multipart::{self, Unreadable};
use graphql::socket::{self, Frame};
use graphql::{Code, Viewing};
use poem::http::{StatusCode, header};
use poem::web::websocket::{CloseCode, Message, WebSocket, WebSocketConfig, WebSocketStream};
use poem::web::{Data as Shared, Json};
use poem::{Body, IntoResponse, Request, Response, handler};

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
    let language = auth::language(request);
    let viewing = match auth::viewing(app, request).await {
        Ok(viewing) => viewing,
        Err(refused) => return unauthorised(refused, language),
    };
    let media_type = request.content_type().unwrap_or_default();
    if media_type.starts_with("multipart/form-data") {
        return with_files(app, viewing, media_type, body).await;
    }
    let (most, setting) = request_bytes_max(app, &viewing);
    let Ok(bytes) = body.into_bytes_limit(most).await else {
        let zh = format!("请求最大 {most} 字节 ({setting})");
        let en = format!("expected a request of at most {most} bytes ({setting})");
        let message = either(language, &zh, &en);
        return failure(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, message);
    };
    match serde_json::from_slice::<async_graphql::Request>(&bytes) {
        Ok(asked) => Json(app.schema.execute(asked.data(viewing)).await).into_response(),
        Err(error) => {
            let zh = format!("请求应为含 `query` 与 `variables` 的 JSON:{error}");
            let en = format!("expected JSON with `query` and `variables`: {error}");
            let message = either(language, &zh, &en);
            failure(StatusCode::BAD_REQUEST, Code::RequestMalformed, message)
        }
    }
}

/// How large a request may be, and the setting that says so: a pack is larger than anything else, and
/// comes only from those who may publish it.
fn request_bytes_max(app: &App, viewing: &Viewing) -> (usize, &'static str) {
    let (own, deploy) = (app.config.request_bytes_max, app.config.deploy_bytes_max);
    let deploys = access::may(&viewing.viewer(), Action::Deploy, &Relation::default()).is_ok();
    if deploys && deploy > own { (deploy, "deployBytesMax") } else { (own, "requestBytesMax") }
}

/// A query with files, for those who may upload. How large files may be is the store's to say.
async fn with_files(app: &App, viewing: Viewing, media_type: &str, body: Body) -> Response {
    if access::may(&viewing.viewer(), Action::Upload, &Relation::default()).is_err() {
        return not_signed_in(viewing.language);
    }
    let language = viewing.language;
    let (text_bytes, setting) = request_bytes_max(app, &viewing);
    let limits = multipart::Limits {
        text_bytes,
        file_bytes: app.config.attachment_bytes_max,
        files: FILES_MAX,
    };
    let body = body.into_bytes_stream().map_ok(|bytes| bytes.to_vec());
    match multipart::receive(media_type, body, limits).await {
        Ok(asked) => Json(app.schema.execute(asked.data(viewing)).await).into_response(),
        Err(Unreadable::TooLarge) => {
            let (text, file) = (limits.text_bytes, limits.file_bytes);
            let zh = format!(
                "`operations` 与 `map` 最大 {text} 字节 ({setting}),文件最大 {file} 字节 (attachmentBytesMax)"
            );
            let en = format!(
                "expected `operations` and `map` of at most {text} bytes ({setting}) and files of at \
                 most {file} bytes (attachmentBytesMax)"
            );
            let message = either(language, &zh, &en);
            failure(StatusCode::PAYLOAD_TOO_LARGE, Code::RequestTooLarge, message)
        }
        Err(Unreadable::Malformed(wrong)) => {
            let zh = format!("请求应符合 GraphQL multipart 规范:{wrong}");
            let en = format!("expected a multipart request of GraphQL: {wrong}");
            let message = either(language, &zh, &en);
            failure(StatusCode::BAD_REQUEST, Code::RequestMalformed, message)
        }
        Err(Unreadable::Failed(error)) => {
            tracing::error!(%error, "files of a request");
            files_unavailable(language)
        }
    }
}

/// Subscriptions: the token is in the connection's `authorization` parameter.
#[handler]
pub(crate) fn subscribe(
    request: &Request,
    websocket: WebSocket,
    Shared(app): Shared<&Arc<App>>,
) -> Response {
    let language = auth::language(request);
    let offered = request.header(header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    if !offered.split(',').any(|one| one.trim() == socket::PROTOCOL) {
        let zh = format!("应使用协议 {}", socket::PROTOCOL);
        let en = format!("expected the protocol {}", socket::PROTOCOL);
        let message = either(language, &zh, &en);
        return failure(StatusCode::BAD_REQUEST, Code::RequestMalformed, message);
    }
    let app = Arc::clone(app);
    let most = Some(app.config.request_bytes_max);
    let sizes = WebSocketConfig::default().max_message_size(most).max_frame_size(most);
    let websocket = websocket.protocols([socket::PROTOCOL]).config(sizes);
    websocket.on_upgrade(move |stream| serve(app, language, stream)).into_response()
}

async fn serve(app: Arc<App>, language: Language, stream: WebSocketStream) {
    let (mut sink, stream) = stream.split();
    let too_large = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&too_large);
    let messages = stream.take_while(move |message| {
        let wrong = message.as_ref().err().map(ToString::to_string).unwrap_or_default();
        noted.store(wrong.contains("too long"), Ordering::Relaxed);
        std::future::ready(message.is_ok())
    });
    let messages = messages.filter_map(|message| {
        let message = message.ok().filter(|message| message.is_text() || message.is_binary());
        std::future::ready(message.map(Message::into_bytes))
    });
    let schema = app.schema.clone();
    let door =
        move |given: serde_json::Value| async move { connection(&app, &given, language).await };
    let frames = socket::serve(schema, messages, socket::Limits::default(), door);
    let mut frames = std::pin::pin!(frames);
    while let Some(frame) = frames.next().await {
        let message = match frame {
            Frame::Text(text) => Message::text(text),
            Frame::Close(code, reason) => Message::close_with(code, reason),
        };
        if sink.send(message).await.is_err() {
            return;
        }
    }
    if too_large.load(Ordering::Relaxed) {
        let close = Message::close_with(CloseCode::Size, Code::RequestTooLarge.as_str());
        // Whoever is gone need not be told.
        let _gone = sink.send(close).await;
    }
}

async fn connection(
    app: &App,
    given: &serde_json::Value,
    language: Language,
) -> Result<Data, Code> {
    let value = given.get("authorization").or_else(|| given.get("Authorization"));
    let token = value.and_then(|value| value.as_str()).map(|v| auth::bearer(v).unwrap_or(v));
    let viewing = auth::of_token(app, token, language).await;
    let mut data = Data::default();
    data.insert(viewing.map_err(code_of)?);
    Ok(data)
}

/// The answer to the public where it may not upload.
pub(crate) fn not_signed_in(language: Language) -> Response {
    let message = either(language, "请先登录", "expected somebody signed in");
    failure(StatusCode::FORBIDDEN, Code::NotSignedIn, message)
}

/// The answer where the store of files does not work.
pub(crate) fn files_unavailable(language: Language) -> Response {
    let en = "files cannot be kept or given now; try again";
    let message = either(language, "文件服务暂不可用,请稍后重试", en);
    failure(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message)
}

/// One of two sentences.
pub(crate) const fn either<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// The answer to a token that opens nothing.
pub(crate) fn unauthorised(refused: Refused, language: Language) -> Response {
    let status = match refused {
        Refused::Unknown => StatusCode::UNAUTHORIZED,
        Refused::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    failure(status, code_of(refused), refused.message(language))
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

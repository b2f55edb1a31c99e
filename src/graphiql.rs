//! GraphiQL, the page to try queries on, in development. All its files are part of the program
//! (`src/graphiql/README.md`), so that it works in a network that reaches nothing else.

use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use poem::http::StatusCode;
use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, IF_NONE_MATCH};
use poem::web::{Data, Json, Path};
use poem::{IntoResponse as _, Request, Response, handler};
use store::read::{PAGE_MAX, Page};

use crate::http::App;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Nothing from another host, by the browser's own hand. GraphiQL sets styles on elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A file of the page. Its bytes are read from the program's file only when somebody asks for them.
struct File {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! file {
    ($media_type:ident $name:literal in $folder:literal) => {
        File {
            name: $name,
            media_type: $media_type,
            bytes: include_bytes!(concat!($folder, $name)),
        }
    };
}

static PAGE: File = file!(HTML "page.html" in "graphiql/");

static FILES: [File; 6] = [
    file!(CSS "page.css" in "graphiql/"),
    file!(SCRIPT "page.js" in "graphiql/"),
    file!(CSS "graphiql.min.css" in "graphiql/vendor/"),
    file!(SCRIPT "graphiql.min.js" in "graphiql/vendor/"),
    file!(SCRIPT "react-dom.min.js" in "graphiql/vendor/"),
    file!(SCRIPT "react.min.js" in "graphiql/vendor/"),
];

/// The page.
#[handler]
pub(crate) fn page(request: &Request) -> Response {
    answer(request, &PAGE)
}

/// What the page refers to.
#[handler]
pub(crate) fn part(request: &Request, Path(name): Path<String>) -> Response {
    match FILES.iter().find(|file| file.name == name) {
        Some(file) => answer(request, file),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whom one may sign in as. In development that is no secret: any of them is let in without one.
#[handler]
pub(crate) async fn people(Data(app): Data<&Arc<App>>) -> Response {
    let people = match app.store.people_after(Page::first(PAGE_MAX)).await {
        Ok(people) => people.rows,
        Err(error) => {
            tracing::warn!(%error, "the directory of people");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let told = people.iter().map(|person| {
        let roles: Vec<_> = person.grants.iter().map(|grant| grant.role.as_str()).collect();
        serde_json::json!({ "id": person.id, "name": person.name, "roles": roles })
    });
    Json(told.collect::<Vec<_>>()).into_response()
}

/// The file, or that it is still the same: another build of the program may bring another one.
fn answer(request: &Request, file: &File) -> Response {
    let mut hasher = DefaultHasher::new();
    hasher.write(file.bytes);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let is_known = request.header(IF_NONE_MATCH).is_some_and(|known| known.contains(&tag));
    let answer = Response::builder()
        .header(ETAG, tag)
        .header(CACHE_CONTROL, "no-cache")
        .header(CONTENT_SECURITY_POLICY, POLICY);
    match is_known {
        true => answer.status(StatusCode::NOT_MODIFIED).finish(),
        false => answer.content_type(file.media_type).body(file.bytes),
    }
}

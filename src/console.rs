//! Where the links in mail lead until there is a console: a page that says how it is done today. It is
//! made of the address alone, the same for everybody, and the database is not asked: nobody learns
//! from it whether there is such a case.

use std::sync::Arc;

use graphql::address::{self, Asked};
use poem::http::StatusCode;
use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use poem::web::{Data, Path};
use poem::{IntoResponse as _, Response, handler};

use crate::http::App;
use crate::percent;

const PAGE: &str = include_str!("console/page.html");

/// Nothing but the page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A task's page.
#[handler]
pub(crate) fn task(
    Path((instance, key)): Path<(String, String)>,
    Data(app): Data<&Arc<App>>,
) -> Response {
    let (Some(instance), Some(key)) = (number(&instance), number(&key)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    page(app, ("待办任务", "Task"), "../..", &address::task(instance, key))
}

/// A case's page.
#[handler]
pub(crate) fn case(Path(instance): Path<String>, Data(app): Data<&Arc<App>>) -> Response {
    match number(&instance) {
        Some(instance) => page(app, ("案件", "Case"), "..", &address::case(instance)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A number as links have it.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number > 0 && number.to_string() == text)
}

/// The page; `root` is the way from it to where our addresses begin, which a proxy may have moved.
fn page(app: &App, (zh, en): (&str, &str), root: &str, asked: &[Asked]) -> Response {
    let documents = asked.iter().map(|one| {
        let (zh, en, query) = (one.zh, one.en, escaped(&one.query));
        let link = match app.config.development {
            true => {
                let query = percent::encoded(&one.query);
                let text = "在 GraphiQL 中打开 <span lang=\"en\">Open in GraphiQL</span>";
                format!("\n<p><a href=\"{root}/graphiql?query={query}\">{text}</a></p>")
            }
            false => String::new(),
        };
        format!("<h3>{zh} <span lang=\"en\">{en}</span></h3>\n<pre>{query}</pre>{link}\n")
    });
    let html = PAGE
        .replace("{title}", &format!("{zh} {en} · Mandate"))
        .replace("{zh}", zh)
        .replace("{en}", en)
        .replace("{address}", &escaped(app.config.public_url.trim_end_matches('/')))
        .replace("{documents}", documents.collect::<String>().trim_end());
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(CACHE_CONTROL, "no-store")
        .header(CONTENT_SECURITY_POLICY, POLICY)
        .header(REFERRER_POLICY, "no-referrer")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(html)
}

/// Text that stands for itself in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_what_a_link_has_is_a_number() {
        assert_eq!(number("4711"), Some(4711));
        for other in ["", "0", "-1", "+1", "01", "1x", "99999999999999999999", "<b>"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}

//! The one door: from a request's token to the person who asks. Accounts come later, behind it.
//! What the person may do is `access`'s.

use engine::text::Language;
use graphql::Viewing;
use percent_encoding::percent_decode_str;
use poem::Request;
use poem::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};

use crate::http::App;

/// Why nobody was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The token names nobody here.
    Unknown,
    /// The directory cannot be read.
    Unavailable,
}

impl Refused {
    /// The sentence for whoever asked.
    pub(crate) const fn message(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Unknown, Language::Zh) => {
                "登录凭据无效,请重新登录(演示系统请使用 `Authorization: Bearer demo-ID`)"
            }
            (Self::Unknown, Language::En) => {
                "expected a token of somebody known, such as `Authorization: Bearer demo-ID` on a \
                 server that runs with --demo; found another"
            }
            (Self::Unavailable, Language::Zh) => "人员目录暂不可用,请稍后重试",
            (Self::Unavailable, Language::En) => {
                "the directory of people does not answer; try again"
            }
        }
    }
}

/// Who asks: a person, or the public where there is no token.
pub(crate) async fn viewing(app: &App, request: &Request) -> Result<Viewing, Refused> {
    let value = request.headers().get(AUTHORIZATION).map(poem::http::HeaderValue::as_bytes);
    let text = value.map(|value| std::str::from_utf8(value).unwrap_or_default());
    let token = text.map(|text| bearer(text).unwrap_or_default());
    of_token(app, token, language(request)).await
}

/// Who a token names; without a token, the public.
pub(crate) async fn of_token(
    app: &App,
    token: Option<&str>,
    language: Language,
) -> Result<Viewing, Refused> {
    let Some(token) = token else { return Ok(Viewing { person: None, language }) };
    // Demonstration tokens are no secrets: they open nothing where real cases run.
    // An id may be in Chinese, which a browser only sends percent-encoded.
    let token = percent_decode_str(token).decode_utf8_lossy();
    let named = access::demonstration(&token).filter(|_| app.config.development);
    let Some(id) = named else { return Err(Refused::Unknown) };
    match app.store.who_asks(id.as_str()).await {
        Ok(Some(person)) => Ok(Viewing { person: Some(person), language }),
        Ok(None) => Err(Refused::Unknown),
        Err(error) => {
            tracing::warn!(%error, "the directory of people");
            Err(Refused::Unavailable)
        }
    }
}

/// The token of an `Authorization` value.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Chinese, unless English is asked for first.
pub(crate) fn language(request: &Request) -> Language {
    let asked = request.header(ACCEPT_LANGUAGE).unwrap_or_default().trim_start();
    if asked.to_ascii_lowercase().starts_with("en") { Language::En } else { Language::Zh }
}

//! One call: the request as the journal has it becomes one of HTTP, and the answer becomes JSON. What
//! is journalled of either holds no secret.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use engine::elements::service_task::{Answer, Header, Request};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, Url, redirect};
use serde_json::{Map, Value};

use crate::Settings;
use crate::figures::Outcome;

/// How a receiver tells that a call is the same again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Headers of answers that hold what nobody may read in the journal.
const SECRET_HEADERS: [&str; 7] = [
    "authentication-info",
    "authorization",
    "cookie",
    "proxy-authenticate",
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
];
/// What stands where a secret came back.
const HIDDEN: &str = "***";
/// A secret that is shorter is not looked for in answers: it would be found everywhere.
const SOUGHT_BYTES_MIN: usize = 8;
/// How long a connection is kept for the next call.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) outcome: Outcome,
    /// For the case: no secret, no query, nothing of a document.
    pub(crate) error: String,
    /// Whether the same call may do better later.
    pub(crate) may_help: bool,
}

impl Failed {
    fn not_made(error: String) -> Self {
        Self { outcome: Outcome::NotMade, error, may_help: false }
    }
}

/// Makes calls. The client is built by the first: a server that calls nobody has none.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    client: OnceLock<Client>,
}

/// A request that may be made.
#[derive(Debug)]
struct Ready {
    url: Url,
    headers: HeaderMap,
    /// What must not come back into the journal.
    secrets: Vec<String>,
}

impl Caller {
    /// Makes a call and reads its answer.
    pub(crate) async fn call(
        &self,
        settings: &Settings,
        request: Request,
        idempotency_key: &str,
    ) -> Result<Answer, Failed> {
        let Ready { url, headers, secrets } = ready(settings, &request, idempotency_key).await?;
        let body = match request.body {
            Some(Value::String(text)) if !says_json(&headers) => Some(text),
            Some(body) => Some(body.to_string()),
            None => None,
        };
        let method = method(request.method);
        let timeout = Duration::from_millis(request.timeout_ms);
        let mut call = self.client()?.request(method, url).headers(headers).timeout(timeout);
        if let Some(body) = body {
            call = call.body(body);
        }
        let failed = |error: &reqwest::Error| unanswered(error, timeout);
        let response = call.send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (response.status().as_u16(), shown(response.headers()));
        let is_json =
            says_json(response.headers()) || !response.headers().contains_key(CONTENT_TYPE);
        let bytes = body_of(response, settings.answer_bytes_max, failed).await?;
        let mut answer = Answer { status, headers, body: read(&bytes, is_json) };
        hide(&mut answer, &secrets);
        Ok(answer)
    }

    fn client(&self) -> Result<&Client, Failed> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        // The process may have one already: then it is the same one.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let built = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(IDLE_MAX)
            .user_agent(concat!("mandate/", env!("CARGO_PKG_VERSION")))
            .build();
        match built {
            Ok(client) => Ok(self.client.get_or_init(|| client)),
            Err(error) => {
                tracing::error!(%error, "no client for HTTP can be built");
                Err(Failed::not_made("the server cannot make calls: see its log".to_owned()))
            }
        }
    }
}

/// Checks where the request goes, and puts secrets in.
async fn ready(
    settings: &Settings,
    request: &Request,
    idempotency_key: &str,
) -> Result<Ready, Failed> {
    let wrong = |_| Failed::not_made("expected an address, found none".to_owned());
    let url = Url::parse(&request.url).map_err(wrong)?;
    settings.hosts.allow(&url).map_err(|host| {
        Failed::not_made(format!(
            "expected a host that may be called, found `{host}`: add it to the server's setting \
             connectorHosts (MANDATE_CONNECTOR_HOSTS)"
        ))
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let mut secrets = Vec::new();
    for (name, value) in &request.headers {
        let (value, is_secret) = match value {
            Header::Text(text) => (text.clone(), false),
            Header::Secret(secret) => {
                let name = &secret.secret;
                let Some(value) = settings.secrets.get(name).await else {
                    return Err(Failed::not_made(format!(
                        "expected the secret `{name}`, which the server does not have: set \
                         MANDATE_SECRET_{name}, or a file of that name in the folder of the \
                         setting connectorSecrets"
                    )));
                };
                let whole = format!("{}{value}", secret.prefix.as_deref().unwrap_or_default());
                secrets.push(value);
                (whole, true)
            }
        };
        let bad = format!("expected a value that the header `{name}` can have");
        let name = HeaderName::from_bytes(name.as_bytes());
        let (Ok(name), Ok(mut value)) = (name, HeaderValue::from_str(&value)) else {
            return Err(Failed::not_made(bad));
        };
        value.set_sensitive(is_secret);
        headers.insert(name, value);
    }
    let key = HeaderValue::from_str(idempotency_key)
        .map_err(|_| Failed::not_made("expected a key that a header can hold".to_owned()))?;
    headers.insert(IDEMPOTENCY_KEY, key);
    Ok(Ready { url, headers, secrets })
}

fn method(method: engine::elements::service_task::Method) -> reqwest::Method {
    use engine::elements::service_task::Method;
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// Whether headers say that a body is JSON.
fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// Why a call failed, without its address: that may hold data of a case.
fn unanswered(error: &reqwest::Error, timeout: Duration) -> Failed {
    let (outcome, error) = if error.is_timeout() {
        (Outcome::TimedOut, format!("there was no answer within {} s", timeout.as_secs()))
    } else if error.is_connect() {
        (Outcome::Unreachable, "the service could not be reached".to_owned())
    } else {
        (Outcome::Unreachable, "the service broke off before it had answered".to_owned())
    };
    Failed { outcome, error, may_help: true }
}

/// Headers as the journal has them.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut shown: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let (name, Ok(value)) = (name.as_str(), value.to_str()) else { continue };
        if SECRET_HEADERS.contains(&name) {
            continue;
        }
        match shown.get_mut(name) {
            Some(earlier) => {
                earlier.push_str(", ");
                earlier.push_str(value);
            }
            None => {
                shown.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    shown
}

/// The body, if it is not too large.
async fn body_of(
    mut response: Response,
    bytes_max: usize,
    failed: impl Fn(&reqwest::Error) -> Failed,
) -> Result<Vec<u8>, Failed> {
    let too_large = || Failed {
        outcome: Outcome::TooLarge,
        error: format!(
            "expected an answer of at most {bytes_max} bytes, found a larger one: the server's \
             setting is connectorAnswerBytesMax"
        ),
        may_help: false,
    };
    let announced = response.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |announced| announced > bytes_max) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The body as JSON: what says that it is none, or is not, is text.
fn read(bytes: &[u8], is_json: bool) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(value) if is_json => value,
        Ok(_) | Err(_) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Takes secrets out of an answer that gives them back.
fn hide(answer: &mut Answer, secrets: &[String]) {
    let sought: Vec<&str> =
        secrets.iter().map(String::as_str).filter(|one| one.len() >= SOUGHT_BYTES_MIN).collect();
    if sought.is_empty() {
        return;
    }
    answer.headers.values_mut().for_each(|text| hide_in(text, &sought));
    hide_within(&mut answer.body, &sought);
}

fn hide_in(text: &mut String, sought: &[&str]) {
    for secret in sought {
        if text.contains(secret) {
            *text = text.replace(secret, HIDDEN);
        }
    }
}

fn hide_within(value: &mut Value, sought: &[&str]) {
    match value {
        Value::String(text) => hide_in(text, sought),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_within(item, sought)),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(mut name, mut field)| {
                    hide_in(&mut name, sought);
                    hide_within(&mut field, sought);
                    (name, field)
                })
                .collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

//! The request of a call: compiled from YAML, worked out when the task begins, and read by whoever
//! makes the call. Secrets stay names in it. What an answer means is in `answer`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::address;
use super::source::{HeaderValue, HttpCall, Method, Secret};
use crate::command::hash_of;
use crate::definition::{Compiler, Dynamic};
use crate::expression::{Expression, Source, Type};
use crate::ids::{InstanceId, Key};
use crate::problem::Problem;
use crate::step::{Halt, Step};

/// The longest a call may take, in seconds.
pub const TIMEOUT_S_MAX: u32 = 60;
/// How long a call may take where its definition does not say, in seconds.
const TIMEOUT_S: u32 = 10;
/// The largest request, as JSON, in bytes.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// The longest value of a header, in bytes.
const HEADER_BYTES_MAX: usize = 4096;

/// Headers that the server sets itself.
const OWN_HEADERS: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "idempotency-key",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that hold what nobody may read in a pack or in the journal.
const SECRET_HEADERS: [&str; 7] = [
    "api-key",
    "apikey",
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
    "x-auth-token",
];

/// A request as the journal and whoever makes the call have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address with its query.
    pub url: String,
    /// Headers by name; secrets by their names only.
    #[serde(default)]
    pub headers: BTreeMap<String, Header>,
    /// What is sent; nothing where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub body: Option<Value>,
    /// How long an answer may take, in milliseconds.
    pub timeout_ms: u64,
}

/// A body that is there may be null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Header {
    /// As it is.
    Text(String),
    /// Known to the server.
    Secret(Secret),
}

/// What tells a receiver that a call is the same again: the job's case and key, and a mark of the
/// request. A request that was worked out anew from corrected data is another.
pub fn idempotency_key(instance: InstanceId, key: Key, request: &Value) -> String {
    let hash = hash_of(request);
    format!("{instance}-{}-{}", key.0, hash.as_str().get(..16).unwrap_or_default())
}

/// A compiled request.
#[derive(Debug)]
pub(super) struct Template {
    method: Method,
    url: Dynamic,
    headers: Vec<(String, HeaderTemplate)>,
    query: Vec<(String, Json)>,
    body: Option<Json>,
    timeout_ms: u64,
}

#[derive(Debug)]
enum HeaderTemplate {
    Text(Dynamic),
    Secret(Secret),
}

/// JSON with expressions in it.
#[derive(Debug)]
enum Json {
    Literal(Value),
    Expression(Expression),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    fn compile(compiler: &mut Compiler<'_>, keys: &[&str], value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => match Source::parse(text) {
                Source::Literal(literal) => Some(Self::Literal(literal.into())),
                Source::Expression(_) => {
                    compiler.expression(keys, text, None).map(Self::Expression)
                }
            },
            Value::Array(items) => {
                let mut all = Vec::new();
                for (number, item) in items.iter().enumerate() {
                    all.push(Self::compile(compiler, &[keys, &[&number.to_string()]].concat(), item));
                }
                all.into_iter().collect::<Option<_>>().map(Self::List)
            }
            Value::Object(fields) => {
                let mut all = Vec::new();
                for (name, field) in fields {
                    let field = Self::compile(compiler, &[keys, &[name]].concat(), field);
                    all.push(field.map(|field| (name.clone(), field)));
                }
                all.into_iter().collect::<Option<_>>().map(Self::Object)
            }
            Value::Null => {
                let message = "expected a value, found nothing";
                let problem = Problem::error("badRequest", message).hint("`=null` sends a null");
                compiler.report(keys, problem);
                None
            }
            Value::Bool(_) | Value::Number(_) => Some(Self::Literal(value.clone())),
        }
    }

    fn render(&self, step: &Step<'_>, key: Key) -> Result<Value, Halt> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expression(expression) => step.evaluate(expression, key)?,
            Self::List(items) => {
                items.iter().map(|item| item.render(step, key)).collect::<Result<_, _>>()?
            }
            Self::Object(fields) => {
                let mut object = Map::new();
                for (name, field) in fields {
                    object.insert(name.clone(), field.render(step, key)?);
                }
                Value::Object(object)
            }
        })
    }
}

impl Template {
    pub(super) fn compile(compiler: &mut Compiler<'_>, call: &HttpCall) -> Option<Self> {
        let url = compile_url(compiler, &call.url);
        let headers: Vec<_> = call
            .headers
            .iter()
            .map(|(name, value)| {
                let value = compile_header(compiler, call, name, value)?;
                Some((name.clone(), value))
            })
            .collect();
        let query: Vec<_> = call
            .query
            .iter()
            .map(|(name, value)| {
                let keys = ["http", "query", name];
                let value = Json::compile(compiler, &keys, value)?;
                is_flat(compiler, &keys, &value).then(|| (name.clone(), value))
            })
            .collect();
        if call.method == Method::Get && call.body.is_some() {
            let message = "expected no `body`: a GET sends none";
            let problem = Problem::error("badRequest", message);
            compiler.report(&["http", "body"], problem.hint("say `method: POST`, or use `query`"));
        }
        let body = match &call.body {
            Some(body) => Json::compile(compiler, &["http", "body"], body).map(Some),
            None => Some(None),
        };
        let timeout = timeout(compiler, call);
        Some(Self {
            method: call.method,
            url: url?,
            headers: headers.into_iter().collect::<Option<_>>()?,
            query: query.into_iter().collect::<Option<_>>()?,
            body: body?,
            timeout_ms: u64::from(timeout?) * 1000,
        })
    }

    /// The request as the activation sees it, as JSON.
    pub(super) fn render(&self, step: &Step<'_>, key: Key) -> Result<Value, Halt> {
        let bad = |message: String| Halt::incident("BAD_REQUEST", message);
        let mut url = text(&step.dynamic(&self.url, key)?)
            .ok_or_else(|| bad("expected an address, found nothing".to_owned()))?;
        address::check(&url).map_err(|why| bad(format!("the address: {why}")))?;
        for (name, value) in &self.query {
            let value = value.render(step, key)?;
            let values = match &value {
                Value::Array(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            for value in values.iter().filter_map(text) {
                address::add(&mut url, name, &value);
            }
        }
        let mut headers = BTreeMap::new();
        for (name, value) in &self.headers {
            let value = match value {
                HeaderTemplate::Secret(secret) => Some(Header::Secret(secret.clone())),
                HeaderTemplate::Text(value) => text(&step.dynamic(value, key)?).map(Header::Text),
            };
            if let Some(Header::Text(text)) = &value {
                check_header(text).map_err(|why| bad(format!("the header `{name}`: {why}")))?;
            }
            headers.extend(value.map(|value| (name.clone(), value)));
        }
        let body = self.body.as_ref().map(|body| body.render(step, key)).transpose()?;
        let timeout_ms = self.timeout_ms;
        let request = json!(Request { method: self.method, url, headers, body, timeout_ms });
        let bytes = request.to_string().len();
        if bytes > REQUEST_BYTES_MAX {
            return Err(bad(format!("expected at most {REQUEST_BYTES_MAX} bytes, found {bytes}")));
        }
        Ok(request)
    }
}

/// A value as text; none where there is nothing, or where it is no single value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

fn compile_url(compiler: &mut Compiler<'_>, url: &str) -> Option<Dynamic> {
    let keys = ["http", "url"];
    let compiled = compiler.dynamic(&keys, url, Some(&Type::Text));
    if let Some(Dynamic::Literal(text)) = &compiled
        && let Err(why) = address::check(text)
    {
        compiler.report(&keys, Problem::error("badUrl", why));
        return None;
    }
    compiled
}

fn compile_header(
    compiler: &mut Compiler<'_>,
    call: &HttpCall,
    name: &str,
    value: &HeaderValue,
) -> Option<HeaderTemplate> {
    let keys = ["http", "headers", name];
    let same = |other: &&String| other.eq_ignore_ascii_case(name);
    let mut report = |code, message: String, hint: Option<&str>| {
        let hint = hint.map(str::to_owned);
        compiler.report(&keys, Problem::error(code, message).maybe_hint(hint));
        None
    };
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return report("badHeader", format!("expected the name of a header, found `{name}`"), None);
    }
    if OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return report("badHeader", format!("expected no `{name}`: the server sets it"), None);
    }
    if call.headers.keys().filter(same).count() > 1 {
        return report("badHeader", format!("expected `{name}` once, found it again"), None);
    }
    match value {
        HeaderValue::Secret(secret) if !is_secret_name(&secret.secret) => {
            let message =
                format!("expected capital letters, digits and `_`, found `{}`", secret.secret);
            compiler.report(&[&keys[..], &["secret"]].concat(), Problem::error("badSecret", message));
            None
        }
        HeaderValue::Secret(secret) => Some(HeaderTemplate::Secret(secret.clone())),
        HeaderValue::Text(_) if SECRET_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) => {
            let message = format!(
                "expected a secret by its name, found a value: `{name}` would be read in the pack \
                 or in the journal"
            );
            report("secretInPack", message, Some("say `{ secret: NAME }` and set it on the server"))
        }
        HeaderValue::Text(text) => {
            let value = compiler.dynamic(&keys, text, Some(&Type::Text))?;
            if matches!(value, Dynamic::Literal(_))
                && let Err(why) = check_header(text)
            {
                compiler.report(&keys, Problem::error("badHeader", why));
                return None;
            }
            Some(HeaderTemplate::Text(value))
        }
    }
}

/// Whether a secret may be called so.
pub fn is_secret_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=64).contains(&name.len())
        && name.bytes().all(allowed)
        && name.starts_with(|first: char| first.is_ascii_uppercase())
}

fn check_header(text: &str) -> Result<(), String> {
    if text.len() > HEADER_BYTES_MAX {
        return Err(format!("expected at most {HEADER_BYTES_MAX} bytes, found {}", text.len()));
    }
    let visible = |byte: u8| (b' '..=b'~').contains(&byte);
    if !text.bytes().all(visible) {
        return Err("expected letters of ASCII on one line".to_owned());
    }
    Ok(())
}

/// What stands in a query is a value or a list of values.
fn is_flat(compiler: &mut Compiler<'_>, keys: &[&str], value: &Json) -> bool {
    let is_value = |value: &Json| match value {
        Json::Literal(_) => true,
        Json::Expression(expression) => {
            !matches!(expression.ty(), Type::List(_) | Type::Map(_) | Type::Object(_))
        }
        Json::List(_) | Json::Object(_) => false,
    };
    let is_flat = match value {
        Json::List(items) => items.iter().all(is_value),
        Json::Expression(expression) => !matches!(expression.ty(), Type::Map(_) | Type::Object(_)),
        Json::Literal(_) => true,
        Json::Object(_) => false,
    };
    if !is_flat {
        let message = "expected a value or a list of values";
        compiler.report(keys, Problem::error("badRequest", message));
    }
    is_flat
}

fn timeout(compiler: &mut Compiler<'_>, call: &HttpCall) -> Option<u32> {
    let Some(text) = &call.timeout else { return Some(TIMEOUT_S) };
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let seconds = matches!(unit.trim(), "second" | "seconds" | "秒");
    let number = number.parse().ok().filter(|number| (1..=TIMEOUT_S_MAX).contains(number));
    match number {
        Some(number) if seconds => Some(number),
        _ => {
            let message = format!("expected 1 to {TIMEOUT_S_MAX} `seconds`, found `{text}`");
            compiler.report(&["http", "timeout"], Problem::error("badTime", message));
            None
        }
    }
}

//! The only place where refusals and failures become GraphQL errors: each with a stable code,
//! whether trying again may help, and what is known of the place. What is inside a failure is
//! logged once and not shown. The codes are in `code.rs`.

mod thing;

use access::Denied;
use async_graphql::{Error, ErrorExtensions as _, ServerError, Value};
use engine::calendar::Zone;
use engine::form::FieldError;
use engine::rejection::Rejection;
use engine::text::Language;
use engine::time::Timestamp;
use store::{StoreError, SubmitError};

use crate::argument::Arguments;
use crate::code::Code;
use crate::inputs::{Asked, Wrong};

pub(crate) use thing::Thing;

/// The argument that every idempotency key comes in.
pub(crate) const KEY_FIELD: &str = "input.idempotencyKey";

fn coded(code: Code, message: String) -> Error {
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code.as_str());
        extensions.set("retryable", code.is_retryable());
    })
}

fn both(language: Language, zh: &str, en: &str) -> String {
    match language {
        Language::Zh => zh.to_owned(),
        Language::En => en.to_owned(),
    }
}

/// Nobody is signed in.
pub(crate) fn not_signed_in(language: Language) -> Error {
    let message = both(language, "请先登录", "expected somebody signed in; sign in and try again");
    coded(Code::NotSignedIn, message)
}

/// `access` says no.
pub(crate) fn denied(denied: &Denied, language: Language) -> Error {
    coded(Code::Denied, denial(denied, language).1)
        .extend_with(|_, extensions| extensions.set("expected", denied.expected))
}

/// The code and the sentence where `access` says no, for an operation that is off.
pub(crate) fn denial(denied: &Denied, language: Language) -> (String, String) {
    let sentence = both(language, "您无权查看或办理", &denied.to_string());
    (Code::Denied.as_str().to_owned(), sentence)
}

/// The clock is the real time.
pub(crate) fn not_a_demonstration(language: Language) -> Error {
    let en =
        "expected a demonstration, whose clock may be moved; this server runs on the real time";
    let zh = "本系统按真实时间运行，只有演示系统可以调整时间";
    coded(Code::NotADemonstration, both(language, zh, en))
}

/// What was asked for is not there, or not for whoever asks.
pub(crate) fn not_found(Thing(zh, en): Thing, language: Language) -> Error {
    let (zh, en) = (format!("没有找到该{zh}"), format!("there is no such {en}"));
    coded(Code::NotFound, both(language, &zh, &en))
}

/// An argument cannot be read.
pub(crate) fn bad_argument(language: Language, field: &str, zh: &str, en: &str) -> Error {
    let message = both(language, &format!("{field}:{zh}"), &format!("`{field}`: {en}"));
    coded(Code::BadArgument, message).extend_with(|_, extensions| extensions.set("field", field))
}

/// An argument, or how many there are of it, is less or more than is taken.
pub(crate) fn bad_count(
    language: Language,
    field: &str,
    least: i64,
    most: impl TryInto<i64>,
    found: impl TryInto<i64>,
) -> Error {
    let most = most.try_into().unwrap_or(i64::MAX);
    let found = found.try_into().unwrap_or(i64::MAX);
    let zh = format!("应为 {least} 至 {most},实为 {found}");
    bad_argument(language, field, &zh, &format!("expected {least} to {most}, found {found}"))
}

/// A job is answered for by who does not have it.
pub(crate) fn not_leased(language: Language) -> Error {
    let en = "expected a job that you have fetched and nobody else since; fetch it again, and say \
              `worker` as you did then";
    let zh = "该作业不在您手中：未领取、已失败待重试，或已被其他工作者领取；请重新领取，并填写与领取时相同的 worker";
    coded(Code::NotLeased, both(language, zh, en))
}

/// An idempotency key is empty or too long.
pub(crate) fn bad_key(language: Language, most: usize, found: usize) -> Error {
    let zh = format!("应为 1 至 {most} 字节,实为 {found} 字节");
    let en = format!("expected 1 to {most} bytes, found {found}");
    bad_argument(language, KEY_FIELD, &zh, &en)
}

/// An argument is no id, or not of the kind of object that is expected.
pub(crate) fn bad_id(language: Language, field: &str, kind: Option<&str>) -> Error {
    let expected = match kind {
        Some(kind) if kind.starts_with(['A', 'E', 'I', 'O']) => format!("the id of an {kind}"),
        Some(kind) => format!("the id of a {kind}"),
        None => "an id that this API gave".to_owned(),
    };
    let en = format!("`{field}`: expected {expected}; ids are taken from an answer as they are");
    let kind = kind.unwrap_or_default();
    let zh = format!("{field}:应为本接口给出的 {kind} 编号,请原样使用");
    coded(Code::BadId, both(language, &zh, &en)).extend_with(|_, extensions| {
        extensions.set("field", field);
        extensions.set("expected", expected.as_str());
    })
}

/// The roles of whoever listens are not what they were.
pub(crate) fn roles_changed(language: Language) -> Error {
    let en = "your roles have changed; subscribe again";
    coded(Code::RolesChanged, both(language, "您的角色已变更,请重新订阅", en))
}

/// A mutation's command was not carried out: names the argument that it is about.
pub(crate) fn given(error: &SubmitError, arguments: Arguments, language: Language) -> Error {
    let field = match error {
        SubmitError::Rejected(rejection) => arguments.refused(rejection),
        SubmitError::UnknownInstance(_) | SubmitError::NotAllowed(_) | SubmitError::SetAside(_) => {
            Some(arguments.case().to_owned())
        }
        SubmitError::UnknownProcess(_) => Some(arguments.subject.to_owned()),
        SubmitError::KeyReused => Some(KEY_FIELD.to_owned()),
        SubmitError::Busy
        | SubmitError::Unavailable
        | SubmitError::Done
        | SubmitError::NotLeased(_)
        | SubmitError::Internal(_) => None,
    };
    let error = submit(error, language);
    match field {
        Some(field) => at(&field, error),
        None => error,
    }
}

/// An error with the argument that it is about, where it is about one.
pub(crate) fn at(field: &str, error: Error) -> Error {
    let code = error.extensions.as_ref().and_then(|all| all.get("code"));
    let is_of_none = [Code::NotSignedIn, Code::Unavailable, Code::Internal]
        .iter()
        .any(|none| code == Some(&Value::from(none.as_str())));
    if is_of_none {
        return error;
    }
    error.extend_with(|_, extensions| extensions.set("field", field))
}

/// There is no such process.
pub(crate) fn no_process(process: &str, language: Language) -> Error {
    let zh = format!("没有名为“{process}”的流程");
    coded(Code::NotFound, both(language, &zh, &format!("there is no process `{process}`")))
}

fn key_reused(language: Language) -> Error {
    let en = "expected a new key, or the same again; the key was given with something else";
    coded(Code::KeyReused, both(language, "该编号已用于另一项操作,请换一个编号", en))
}

/// A command was not carried out.
pub(crate) fn submit(error: &SubmitError, language: Language) -> Error {
    match error {
        SubmitError::Rejected(rejection) => rejected(rejection, language),
        SubmitError::UnknownInstance(_) | SubmitError::NotAllowed(_) => {
            not_found(Thing::INSTANCE, language)
        }
        SubmitError::NotLeased(_) => not_leased(language),
        SubmitError::UnknownProcess(process) => no_process(process.as_str(), language),
        SubmitError::Busy | SubmitError::Unavailable => {
            let zh = "系统繁忙或数据库暂不可用,请稍后用同一编号重试";
            coded(Code::Unavailable, both(language, zh, &error.to_string()))
        }
        SubmitError::SetAside(_) => {
            let zh = "该案件因系统故障已暂停,请联系管理员";
            coded(Code::SetAside, both(language, zh, &error.to_string()))
        }
        SubmitError::KeyReused => key_reused(language),
        SubmitError::Done => {
            coded(Code::DoneAlready, both(language, "已经办理", &error.to_string()))
        }
        SubmitError::Internal(_) => internal(error, language),
    }
}

/// When an intake is open, as its notice says it: days where it begins and ends at midnight.
pub(crate) fn intake_closed(
    zone: Zone,
    [from, until, received]: [Timestamp; 3],
    language: Language,
) -> String {
    let minute = |at| zone.local(at).format("%Y-%m-%d %H:%M").to_string();
    let is_midnight = |at| zone.begin(zone.date(at)) == at;
    if from == Timestamp::NEVER {
        return both(
            language,
            "尚未开放提交",
            "expected an intake that has opened, but it has not",
        );
    }
    let first = if is_midnight(from) { zone.date(from).to_string() } else { minute(from) };
    // The last day is the one that ends then.
    let last = match is_midnight(until) {
        true => zone.date(until.plus_ms(-1)).to_string(),
        false => minute(until),
    };
    let at = minute(received);
    let zh = format!("提交时间为 {first} 至 {last},您于 {at} 提交");
    both(language, &zh, &format!("expected it from {first} to {last}, but it came at {at}"))
}

/// What the engine refused: its own code, and all that it says, such as `expected` and `found`.
fn rejected(rejection: &Rejection, language: Language) -> Error {
    let error = Error::new(rejection.message(language)).extend_with(|_, extensions| {
        extensions.set("code", rejection.code());
        extensions.set("retryable", false);
    });
    if let Rejection::InvalidDocument { document, errors } = rejection {
        let fields: Vec<serde_json::Value> =
            errors.iter().map(|field| field_error(document.as_str(), field, language)).collect();
        let first = fields.first().map(|field| field["field"].clone());
        return error.extend_with(|_, extensions| {
            extensions.set("document", document.as_str());
            extensions.set("field", value(first.unwrap_or_default()));
            extensions.set("fields", value(fields.into()));
        });
    }
    let Ok(serde_json::Value::Object(said)) = serde_json::to_value(rejection) else { return error };
    error.extend_with(|_, extensions| {
        for (name, said) in said {
            match (name.as_str(), said) {
                ("code" | "message", _) => {}
                ("document", serde_json::Value::String(document)) => {
                    extensions.set("field", document.as_str());
                    extensions.set("document", document);
                }
                ("from" | "until" | "received" | "at", serde_json::Value::Number(ms)) => {
                    let at = Timestamp(ms.as_i64().unwrap_or_default());
                    extensions.set(name, at.to_string());
                }
                ("reason", serde_json::Value::Object(_)) => {
                    extensions.set(name, rejection.message(language));
                }
                (_, said) => extensions.set(name, value(said)),
            }
        }
    })
}

/// A field of a form that does not fit, with the way to it from the document on.
fn field_error(document: &str, field: &FieldError, language: Language) -> serde_json::Value {
    let path: Vec<&str> =
        std::iter::once(document).chain(field.path.iter().map(String::as_str)).collect();
    serde_json::json!({
        "field": path.join("."),
        "path": path,
        "code": field.code,
        "message": field.message.get(language),
    })
}

fn value(json: serde_json::Value) -> Value {
    Value::from_json(json).unwrap_or_default()
}

/// The code and the sentence of a refusal, for an operation that is off.
pub(crate) fn reason(rejection: &Rejection, language: Language) -> (String, String) {
    (rejection.code().to_owned(), rejection.message(language))
}

/// Reading or keeping something failed. `Reader::log` logs it, once for all that a request asked for.
pub(crate) fn store(error: &StoreError, language: Language) -> Error {
    match error {
        StoreError::Unavailable(_) => {
            let en = "the database is not available; try again";
            coded(Code::Unavailable, both(language, "数据库暂不可用,请稍后重试", en))
        }
        StoreError::NotFound(what) => {
            coded(Code::NotFound, both(language, "没有找到", &format!("there is no {what}")))
        }
        StoreError::KeyReused => at(KEY_FIELD, key_reused(language)),
        StoreError::Refused(why) => coded(Code::Refused, why.message(language).to_owned()),
        StoreError::Settings(_) | StoreError::Database(_) | StoreError::Files(_) => fault(language),
    }
}

/// A fault of ours.
pub(crate) fn internal(error: &dyn std::error::Error, language: Language) -> Error {
    tracing::error!(%error, "a resolver failed");
    fault(language)
}

fn fault(language: Language) -> Error {
    let en = "a fault in Mandate; it was recorded";
    coded(Code::Internal, both(language, "系统内部错误,已记录", en))
}

/// Gives an error that a code of ours is missing from its code: what the GraphQL library itself
/// refuses.
pub(crate) fn complete(error: &mut ServerError, asked: &Asked) {
    let has_code = error.extensions.as_ref().is_some_and(|all| all.get("code").is_some());
    if has_code {
        return;
    }
    let code = match error.message.as_str() {
        "Query is too complex." => Code::QueryTooComplex,
        "Query is nested too deep." => Code::QueryTooDeep,
        // What is far too deep is not even checked.
        message if message.starts_with("The recursion depth") => Code::QueryTooDeep,
        _ if error.source.is_some() => {
            tracing::error!(error = %error.message, "a resolver failed");
            Code::Internal
        }
        _ if error.path.is_empty() => Code::GraphqlValidationFailed,
        _ => Code::BadArgument,
    };
    if matches!(code, Code::GraphqlValidationFailed | Code::BadArgument) {
        tell_argument(error, asked);
    }
    set_code(error, code);
}

/// Says which argument it is that the library could not read.
fn tell_argument(error: &mut ServerError, asked: &Asked) {
    let begins = ["Failed to parse", "Expected input type", "Invalid value for argument"];
    if !begins.iter().any(|begin| error.message.starts_with(begin)) {
        return;
    }
    let Some(Wrong { field, expected, found }) = asked.wrong(error) else { return };
    error.message = format!("`{field}`: expected {expected}, found {found}; {}", error.message);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("field", field);
    extensions.set("expected", expected);
}

/// A text holds the character 0, which no database keeps.
pub(crate) fn zero(language: Language, field: &str) -> ServerError {
    let en = "expected a text without the character U+0000";
    let wrong = bad_argument(language, field, "文本中不能含有字符 U+0000", en);
    ServerError { extensions: wrong.extensions, ..ServerError::new(wrong.message, None) }
}

/// A request that is not even read.
fn unread(code: Code, message: String) -> ServerError {
    let mut error = ServerError::new(message, None);
    put_code(&mut error, code);
    error
}

/// A connection has as many operations as it may have.
pub(crate) fn too_many_operations(most: usize) -> ServerError {
    let message = format!("expected at most {most} subscriptions on a connection; end one first");
    unread(Code::TooManySubscriptions, message)
}

/// Brackets of a query are nested too deep.
pub(crate) fn too_nested(most: usize) -> ServerError {
    unread(Code::QueryTooDeep, format!("expected at most {most} brackets inside each other"))
}

/// An operation has too many fields at its top.
pub(crate) fn too_wide(most: usize) -> ServerError {
    unread(Code::QueryTooComplex, format!("expected at most {most} fields at the top of a query"))
}

/// Gives an error a code.
pub(crate) fn set_code(error: &mut ServerError, code: Code) {
    if matches!(code, Code::QueryTooComplex | Code::QueryTooDeep) {
        let most = match code {
            Code::QueryTooDeep => crate::DEPTH_MAX,
            _ => crate::COMPLEXITY_MAX,
        };
        error.message = format!("{} {}; the most is {most}", error.message, code.meaning());
    }
    put_code(error, code);
}

fn put_code(error: &mut ServerError, code: Code) {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
    extensions.set("retryable", code.is_retryable());
}

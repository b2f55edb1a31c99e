//! The only place where refusals and failures become GraphQL errors, with a stable code. What is
//! inside a failure is logged once and not shown.

use access::Denied;
use async_graphql::{Error, ErrorExtensions as _, Value};
use engine::rejection::Rejection;
use engine::text::Language;
use store::{StoreError, SubmitError};

fn coded(code: &str, message: String, retryable: bool) -> Error {
    Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        extensions.set("retryable", retryable);
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
    coded("NOT_SIGNED_IN", message, false)
}

/// `access` says no.
pub(crate) fn denied(denied: &Denied, language: Language) -> Error {
    coded("DENIED", both(language, "您无权查看或办理", &denied.to_string()), false)
}

/// The clock is the real time.
pub(crate) fn not_a_demonstration(language: Language) -> Error {
    let en =
        "expected a demonstration, whose clock may be moved; this server runs on the real time";
    coded(
        "NOT_A_DEMONSTRATION",
        both(language, "本系统按真实时间运行，只有演示系统可以调整时间", en),
        false,
    )
}

/// What was asked for is not there, or not for whoever asks.
pub(crate) fn not_found(what: &str, language: Language) -> Error {
    let zh = format!("没有找到:{what}");
    coded("NOT_FOUND", both(language, &zh, &format!("there is no {what}")), false)
}

/// An argument cannot be read.
pub(crate) fn bad_argument(field: &str, message: &str) -> Error {
    coded("BAD_ARGUMENT", format!("`{field}`: {message}"), false)
        .extend_with(|_, extensions| extensions.set("path", vec![field.to_owned()]))
}

/// A command was not carried out.
pub(crate) fn submit(error: &SubmitError, language: Language) -> Error {
    match error {
        SubmitError::Rejected(rejection) => rejected(rejection, language),
        SubmitError::UnknownInstance(_) => not_found("case", language),
        SubmitError::UnknownProcess(process) => {
            not_found(&format!("process `{process}`"), language)
        }
        SubmitError::Busy | SubmitError::Unavailable => {
            let zh = "系统繁忙或数据库暂不可用,请稍后用同一编号重试";
            coded("UNAVAILABLE", both(language, zh, &error.to_string()), true)
        }
        SubmitError::SetAside(_) => {
            let zh = "该案件因系统故障已暂停,请联系管理员";
            coded("SET_ASIDE", both(language, zh, &error.to_string()), false)
        }
        SubmitError::Done => {
            coded("DONE_ALREADY", both(language, "已经办理", &error.to_string()), false)
        }
        SubmitError::Internal(_) => internal(error, language),
    }
}

fn rejected(rejection: &Rejection, language: Language) -> Error {
    let error = coded(rejection.code(), rejection.message(language), false);
    let Rejection::InvalidDocument { document, errors } = rejection else { return error };
    let fields: Vec<Value> = errors
        .iter()
        .map(|field| {
            let path =
                std::iter::once(document.as_str()).chain(field.path.iter().map(String::as_str));
            let path: Vec<Value> = path.map(Value::from).collect();
            Value::from_json(serde_json::json!({
                "code": field.code,
                "message": field.message.get(language),
            }))
            .map(|value| match value {
                Value::Object(mut object) => {
                    object.insert(async_graphql::Name::new("path"), Value::List(path));
                    Value::Object(object)
                }
                other => other,
            })
            .unwrap_or_default()
        })
        .collect();
    error.extend_with(|_, extensions| extensions.set("fields", fields))
}

/// Reading or keeping something failed.
pub(crate) fn store(error: &StoreError, language: Language) -> Error {
    match error {
        StoreError::Unavailable(_) => {
            tracing::warn!(%error, "the store does not answer");
            let en = "the database is not available; try again";
            coded("UNAVAILABLE", both(language, "数据库暂不可用,请稍后重试", en), true)
        }
        StoreError::NotFound(what) => not_found(what, language),
        StoreError::Refused(message) => coded("REFUSED", message.clone(), false),
        StoreError::Settings(_) | StoreError::Database(_) | StoreError::Files(_) => {
            internal(error, language)
        }
    }
}

/// A fault of ours.
pub(crate) fn internal(error: &dyn std::error::Error, language: Language) -> Error {
    tracing::error!(%error, "a resolver failed");
    let en = "a fault in Mandate; it was recorded";
    coded("INTERNAL", both(language, "系统内部错误,已记录", en), false)
}

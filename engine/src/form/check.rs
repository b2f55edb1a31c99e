//! One value of one field: whether it has the right shape and size (for a draft), and whether it
//! is complete and correct (for good). Conditions and other fields are `validate.rs`.

use std::cmp::Ordering;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Number, Value};

use super::message::Fault;
use super::values::{accepts, is_email, is_hash, is_identifier, is_phone, is_url, is_uscc};
use super::{FILE_BYTES_MAX, Field, Files, Kind, TEXT_CHARS};
use crate::expression::{day, round};

/// What breaks a line, also as other systems write it.
const LINE_BREAKS: [char; 6] = ['\n', '\r', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}'];

type Checked = Result<Value, Fault>;

/// Whether a value counts as not filled in.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// How two values of one kind sort.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => {
            let instants = (DateTime::parse_from_rfc3339(a), DateTime::parse_from_rfc3339(b));
            match instants {
                (Ok(a), Ok(b)) => Some(a.cmp(&b)),
                _ => Some(a.cmp(b)),
            }
        }
        _ => None,
    }
}

/// Whether two values are the same, `3` and `3.0` too.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    left == right
        || matches!((left, right), (Value::Number(_), Value::Number(_)))
            && compare(left, right) == Some(Ordering::Equal)
}

impl Field {
    /// What a value written in the YAML of the form does not fit, if it does not.
    pub(super) fn misfit(&self, value: &Value) -> Option<String> {
        if matches!(self.kind, Kind::Table { .. } | Kind::Group(_)) {
            return None;
        }
        let fault = self.shape(value).and_then(|value| self.format(&value)).err()?;
        Some(format!("a value that fits the field ({})", fault.english()))
    }

    /// The value in its normal form, if its type and size are right.
    pub(super) fn shape(&self, value: &Value) -> Checked {
        match &self.kind {
            Kind::Text(span) => text(&in_one_line(value), span.max),
            Kind::LongText(span) => text(value, span.max),
            Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Uscc
            | Kind::Person
            | Kind::Unit
            | Kind::Choice(_) => text(value, TEXT_CHARS),
            Kind::Date { .. } => text(value, 10).map_err(|_| not_a_date()),
            Kind::DateTime { .. } => text(value, 64).map_err(|_| not_an_instant()),
            Kind::Integer { .. } => whole(value),
            Kind::Decimal { places, .. } => decimal(value, *places),
            Kind::Boolean | Kind::Declaration => match value {
                Value::Bool(_) => Ok(value.clone()),
                _ => Err(Fault::new("NOT_A_BOOLEAN", "应为是或否。", "Expected yes or no.")),
            },
            Kind::Choices(options, span) => choices(value, options, span.max),
            Kind::File(files) => files.shape(value),
            Kind::Table { span, .. } => match value {
                Value::Array(rows) if rows.len() > span.max => {
                    Err(Fault::too_many(span.max, rows.len()))
                }
                Value::Array(_) => Ok(value.clone()),
                _ => Err(Fault::new("NOT_A_TABLE", "应为若干行。", "Expected rows.")),
            },
            Kind::Group(_) => match value {
                Value::Object(_) => Ok(value.clone()),
                _ => Err(Fault::new("NOT_A_GROUP", "应为一组字段。", "Expected fields.")),
            },
            Kind::Computed { .. } => Ok(value.clone()),
        }
    }

    /// Whether a value of the right shape is also correct in itself.
    pub(super) fn format(&self, value: &Value) -> Result<(), Fault> {
        let text = value.as_str().unwrap_or_default();
        let fault = match &self.kind {
            Kind::Text(span) | Kind::LongText(span) => {
                let found = text.chars().count();
                (found < span.min).then(|| Fault::too_short(span.min, found))
            }
            Kind::Email => (!is_email(text))
                .then(|| Fault::new("NOT_AN_EMAIL", "不是有效的电子邮箱。", "Not a mail address.")),
            Kind::Phone => (!is_phone(text)).then(|| {
                Fault::new("NOT_A_PHONE", "不是有效的电话号码。", "Not a telephone number.")
            }),
            Kind::Url => (!is_url(text))
                .then(|| Fault::new("NOT_A_URL", "不是有效的网址。", "Not a web address.")),
            Kind::Uscc => (!is_uscc(text)).then(|| {
                Fault::new(
                    "BAD_USCC",
                    "统一社会信用代码有误：应为18位，且校验码正确（GB 32100-2015）。",
                    "Not a unified social credit code: 18 characters with the right check \
                     character (GB 32100-2015).",
                )
            }),
            Kind::Person | Kind::Unit => (!is_identifier(text)).then(|| {
                Fault::new(
                    "NOT_IN_DIRECTORY",
                    "不是通讯录中的代号。",
                    "Not a name of the directory.",
                )
            }),
            Kind::Choice(options) => (!options.iter().any(|option| option == text))
                .then(|| Fault::not_an_option(options)),
            Kind::Date { .. } => day(text).is_none().then(not_a_date),
            Kind::DateTime { .. } => {
                DateTime::parse_from_rfc3339(text).is_err().then(not_an_instant)
            }
            Kind::Choices(_, span) | Kind::Table { span, .. } => few(value, span.min),
            Kind::File(files) => few(value, files.span.min),
            Kind::Declaration => (*value != Value::Bool(true)).then(Fault::not_accepted),
            Kind::Integer { .. }
            | Kind::Decimal { .. }
            | Kind::Boolean
            | Kind::Group(_)
            | Kind::Computed { .. } => None,
        };
        if let Some(fault) = fault {
            return Err(fault);
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            return Err(Fault::new(
                "WRONG_PATTERN",
                "格式不符合要求。",
                "It does not have the form that is asked for.",
            ));
        }
        match &self.must_be {
            Some(expected) if !same(expected, value) => Err(Fault::must_be(expected)),
            _ => Ok(()),
        }
    }
}

impl Files {
    fn shape(&self, value: &Value) -> Checked {
        if !self.many {
            return self.file(value);
        }
        let Value::Array(files) = value else { return Err(not_a_file()) };
        if files.len() > self.span.max {
            return Err(Fault::too_many(self.span.max, files.len()));
        }
        files.iter().map(|file| self.file(file)).collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    fn file(&self, value: &Value) -> Checked {
        let Value::Object(map) = value else { return Err(not_a_file()) };
        let text = |key| map.get(key).and_then(Value::as_str).filter(|text| text.len() <= 255);
        let size = map.get("size").and_then(Value::as_u64);
        let (Some(hash), Some(name), Some(media_type), Some(size), 4) =
            (text("hash"), text("name"), text("type"), size, map.len())
        else {
            return Err(not_a_file());
        };
        if !is_hash(hash) || name.trim().is_empty() {
            return Err(not_a_file());
        }
        if size > self.bytes_max.min(FILE_BYTES_MAX) {
            return Err(Fault::file_size(self.bytes_max));
        }
        if !accepts(&self.accept, name, media_type) {
            return Err(Fault::file_type(&self.accept));
        }
        Ok(value.clone())
    }
}

fn few(value: &Value, least: usize) -> Option<Fault> {
    let found = value.as_array().map_or(1, Vec::len);
    (found < least).then(|| Fault::too_few(least, found))
}

fn text(value: &Value, most: usize) -> Checked {
    let Value::String(text) = value else {
        return Err(Fault::new("NOT_A_TEXT", "应为文字。", "Expected text."));
    };
    let found = text.chars().count();
    if found > most {
        return Err(Fault::too_long(most, found));
    }
    if text.contains('\0') {
        return Err(Fault::new(
            "NOT_A_TEXT",
            "含有不可用的字符。",
            "It has a forbidden character.",
        ));
    }
    Ok(value.clone())
}

/// A text in one line: where it breaks there is a blank, and none at its ends.
fn in_one_line(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.contains(LINE_BREAKS) => {
            let lines = text.split(LINE_BREAKS).map(str::trim).filter(|line| !line.is_empty());
            Value::from(lines.collect::<Vec<_>>().join(" "))
        }
        Some(_) | None => value.clone(),
    }
}

fn whole(value: &Value) -> Checked {
    let fault = || Fault::new("NOT_AN_INTEGER", "应为整数。", "Expected a whole number.");
    let Value::Number(number) = value else { return Err(fault()) };
    if let Some(whole) = number.as_i64() {
        return Ok(Value::from(whole));
    }
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "whole and bounded")]
        Some(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => {
            Ok(Value::from(value as i64))
        }
        _ => Err(fault()),
    }
}

/// A decimal; whole ones become whole numbers, so that `12` and `12.0` are one document.
fn decimal(value: &Value, places: Option<u32>) -> Checked {
    let number = value
        .as_f64()
        .filter(|number| number.is_finite() && number.abs() < 1.0e15)
        .ok_or_else(|| Fault::new("NOT_A_NUMBER", "应为数字。", "Expected a number."))?;
    if let Some(places) = places
        && (round(number, places) - number).abs() > f64::EPSILON * number.abs()
    {
        return Err(Fault::too_precise(places));
    }
    Ok(number_value(number))
}

/// A number in its normal form.
pub(super) fn number_value(number: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and bounded")]
    if number.fract() == 0.0 && number.abs() < 9.0e15 {
        Value::from(number as i64)
    } else {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }
}

fn choices(value: &Value, options: &[String], most: usize) -> Checked {
    let Value::Array(items) = value else {
        return Err(Fault::new("NOT_A_LIST", "应为若干选项。", "Expected a list of options."));
    };
    for (index, item) in items.iter().enumerate() {
        let known = item.as_str().is_some_and(|text| options.iter().any(|option| option == text));
        if !known || items[..index].contains(item) {
            return Err(Fault::not_an_option(options));
        }
    }
    if items.len() > most {
        return Err(Fault::too_many(most, items.len()));
    }
    Ok(value.clone())
}

fn not_a_date() -> Fault {
    Fault::new("NOT_A_DATE", "应为日期，如 2026-03-31。", "Expected a date such as 2026-03-31.")
}

fn not_an_instant() -> Fault {
    let example = DateTime::<Utc>::UNIX_EPOCH.to_rfc3339_opts(SecondsFormat::Secs, true);
    Fault::new(
        "NOT_A_DATE_TIME",
        format!("应为日期和时间，如 {example}。"),
        format!("Expected a date and time such as {example}."),
    )
}

fn not_a_file() -> Fault {
    Fault::new("NOT_A_FILE", "应为已上传的文件。", "Expected an uploaded file.")
}

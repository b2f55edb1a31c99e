//! Values while an expression runs. They borrow the JSON they come from: nothing is converted
//! before it is read. Also: equality, order, and the way from and to JSON.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde_json::{Map, Number, Value};

use super::types::Type;

/// The type of what is not known.
pub(super) static ANY: Type = Type::Any;

/// A value. Dates are text `YYYY-MM-DD`, which sorts as it should; instants and durations are in
/// milliseconds.
#[derive(Debug, Clone)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Timestamp(i64),
    Duration(i64),
    List(Rc<Vec<Val<'a>>>),
    Map(Rc<BTreeMap<String, Val<'a>>>),
    JsonList(&'a [Value], &'a Type),
    JsonMap(&'a Map<String, Value>, &'a Type),
}

impl<'a> Val<'a> {
    /// Reads JSON as a type. The error says what was expected and found.
    pub(super) fn from_json(json: &'a Value, ty: &'a Type) -> Result<Self, String> {
        Ok(match (ty, json) {
            (_, Value::Null) => Self::Null,
            (Type::Bool | Type::Any, Value::Bool(value)) => Self::Bool(*value),
            (Type::Int | Type::Any, Value::Number(number)) => match whole(number) {
                Some(whole) => Self::Int(whole),
                None if *ty == Type::Any => Self::Double(number.as_f64().unwrap_or_default()),
                None => return Err(mismatch(ty, json)),
            },
            (Type::Double, Value::Number(number)) => {
                Self::Double(number.as_f64().unwrap_or_default())
            }
            (
                Type::Text | Type::Choice(_) | Type::Id | Type::Date | Type::Any,
                Value::String(text),
            ) => Self::Text(Cow::Borrowed(text)),
            (Type::Timestamp, Value::String(text)) => {
                Self::Timestamp(instant(text).ok_or_else(|| mismatch(ty, json))?)
            }
            (Type::Timestamp, Value::Number(number)) => {
                Self::Timestamp(number.as_i64().ok_or_else(|| mismatch(ty, json))?)
            }
            (Type::Duration, Value::String(text)) => {
                Self::Duration(duration(text).ok_or_else(|| mismatch(ty, json))?)
            }
            (Type::List(element), Value::Array(items)) => Self::JsonList(items, element),
            (Type::Any, Value::Array(items)) => Self::JsonList(items, &ANY),
            (Type::Object(_) | Type::Map(_) | Type::Any, Value::Object(map)) => {
                Self::JsonMap(map, ty)
            }
            _ => return Err(mismatch(ty, json)),
        })
    }

    /// The value as JSON. Instants become RFC 3339 in UTC, durations seconds as in `3600s`.
    pub(super) fn into_json(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::from(value),
            Self::Double(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.into_owned()),
            Self::Timestamp(ms) => Value::String(instant_text(ms)),
            Self::Duration(ms) => Value::String(duration_text(ms)),
            Self::List(items) => items.iter().cloned().map(Val::into_json).collect(),
            Self::Map(map) => Value::Object(
                map.iter().map(|(key, value)| (key.clone(), value.clone().into_json())).collect(),
            ),
            Self::JsonList(items, _) => Value::Array(items.to_vec()),
            Self::JsonMap(map, _) => Value::Object(map.clone()),
        }
    }

    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true/false",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a number",
            Self::Text(_) => "text",
            Self::Timestamp(_) => "a point in time",
            Self::Duration(_) => "a duration",
            Self::List(_) | Self::JsonList(..) => "a list",
            Self::Map(_) | Self::JsonMap(..) => "an object",
        }
    }

    /// The number, of either kind.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "CEL mixes both kinds by doubles")]
            Self::Int(value) => Some(*value as f64),
            Self::Double(value) => Some(*value),
            _ => None,
        }
    }

    /// How many elements or entries it has, if it is a list or a map.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::List(items) => Some(items.len()),
            Self::JsonList(items, _) => Some(items.len()),
            Self::Map(map) => Some(map.len()),
            Self::JsonMap(map, _) => Some(map.len()),
            _ => None,
        }
    }

    /// Element `index` of a list.
    pub(super) fn nth(&self, index: usize) -> Option<Result<Self, String>> {
        match self {
            Self::List(items) => items.get(index).cloned().map(Ok),
            Self::JsonList(items, ty) => items.get(index).map(|item| Self::from_json(item, ty)),
            _ => None,
        }
    }

    /// All elements of a list, or all keys of a map in order; `None` for anything else.
    pub(super) fn elements(&self) -> Option<Result<Vec<Self>, String>> {
        match self {
            Self::Null => Some(Ok(Vec::new())),
            Self::List(items) => Some(Ok(items.as_ref().clone())),
            Self::JsonList(items, ty) => {
                Some(items.iter().map(|item| Self::from_json(item, ty)).collect())
            }
            Self::Map(map) => {
                Some(Ok(map.keys().map(|key| Self::Text(Cow::Owned(key.clone()))).collect()))
            }
            Self::JsonMap(map, _) => Some(Ok(sorted_keys(map)
                .into_iter()
                .map(|key| Self::Text(Cow::Borrowed(key.as_str())))
                .collect())),
            _ => None,
        }
    }

    /// The entry of a map, read as a type where the map itself does not say more; absent is null.
    pub(super) fn entry(&self, key: &str, ty: Option<&'a Type>) -> Result<Self, String> {
        match self {
            Self::Null => Ok(Self::Null),
            Self::Map(map) => Ok(map.get(key).cloned().unwrap_or(Self::Null)),
            Self::JsonMap(map, own) => {
                let ty = match own {
                    Type::Object(object) => {
                        object.fields.get(key).map(|field| &field.ty).or(ty).unwrap_or(&ANY)
                    }
                    Type::Map(value) => value.as_ref(),
                    _ => ty.unwrap_or(&ANY),
                };
                map.get(key)
                    .map_or(Ok(Self::Null), |value| Self::from_json(value, ty))
                    .map_err(|message| format!("`{key}`: {message}"))
            }
            other => Err(format!("expected an object with `{key}`, found {}", other.kind())),
        }
    }
}

/// The keys of a JSON object in order, whatever map the crate was built with.
fn sorted_keys(map: &Map<String, Value>) -> Vec<&String> {
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort();
    keys
}

fn mismatch(ty: &Type, json: &Value) -> String {
    let found = match json {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            format!("the text `{}`", text.chars().take(40).collect::<String>())
        }
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    };
    format!("expected {ty}, found {found}")
}

/// A JSON number as a whole number: `3`, and `3.0` too, for some clients write it so.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let value = number.as_f64().filter(|value| value.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
        (value.abs() < 9.0e15).then_some(value as i64)
    })
}

/// Two values are the same; numbers of both kinds compare by value. `null` equals only itself.
pub(super) fn equal(left: &Val<'_>, right: &Val<'_>) -> Result<bool, String> {
    Ok(match (left, right) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(a), Val::Int(b))
        | (Val::Timestamp(a), Val::Timestamp(b))
        | (Val::Duration(a), Val::Duration(b)) => a == b,
        (Val::Text(a), Val::Text(b)) => a == b,
        (Val::JsonList(a, _), Val::JsonList(b, _)) if a == b => true,
        (Val::JsonMap(a, _), Val::JsonMap(b, _)) if a == b => true,
        (Val::List(_) | Val::JsonList(..), Val::List(_) | Val::JsonList(..)) => {
            return equal_lists(left, right);
        }
        (Val::Map(_) | Val::JsonMap(..), Val::Map(_) | Val::JsonMap(..)) => {
            return equal_maps(left, right);
        }
        _ => match (left.number(), right.number()) {
            (Some(a), Some(b)) => {
                a.total_cmp(&b).is_eq() || a.partial_cmp(&b) == Some(Ordering::Equal)
            }
            _ => false,
        },
    })
}

fn equal_lists(left: &Val<'_>, right: &Val<'_>) -> Result<bool, String> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for index in 0..left.len().unwrap_or(0) {
        if let (Some(a), Some(b)) = (left.nth(index), right.nth(index))
            && !equal(&a?, &b?)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(left: &Val<'_>, right: &Val<'_>) -> Result<bool, String> {
    let (Some(keys), Some(others)) = (left.elements(), right.elements()) else { return Ok(false) };
    let (keys, others) = (keys?, others?);
    if keys.len() != others.len() {
        return Ok(false);
    }
    for (key, other) in keys.iter().zip(&others) {
        let (Val::Text(key), Val::Text(other)) = (key, other) else { return Ok(false) };
        if key != other || !equal(&left.entry(key, None)?, &right.entry(key, None)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How two values of one kind sort; `None` where they do not.
pub(super) fn order(left: &Val<'_>, right: &Val<'_>) -> Option<Ordering> {
    match (left, right) {
        (Val::Int(a), Val::Int(b))
        | (Val::Timestamp(a), Val::Timestamp(b))
        | (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        _ => left.number()?.partial_cmp(&right.number()?),
    }
}

/// Milliseconds of an instant written as RFC 3339.
pub(super) fn instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis())
}

/// An instant as RFC 3339 in UTC, with milliseconds where it has some.
pub(super) fn instant_text(ms: i64) -> String {
    let at = Utc.timestamp_millis_opt(ms).single().unwrap_or(DateTime::<Utc>::MAX_UTC);
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A day written as `YYYY-MM-DD`, and nothing else.
pub fn day(text: &str) -> Option<NaiveDate> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// Milliseconds of a duration such as `72h`, `1h30m`, `90s`, `1.5s`, `250ms`, `30d`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "d" => 86_400_000.0,
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1000.0,
            "ms" => 1.0,
            _ => return None,
        };
        rest = &rest[letters..];
        total += amount * unit;
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (total < 1.0e15).then_some((sign * total).round() as i64)
}

fn duration_text(ms: i64) -> String {
    let (seconds, rest) = (ms / 1000, (ms % 1000).abs());
    match (rest, seconds) {
        (0, _) => format!("{seconds}s"),
        (_, 0) if ms < 0 => format!("-0.{rest:03}s"),
        _ => format!("{seconds}.{rest:03}s"),
    }
}

/// A value that borrows nothing.
pub(super) fn own<'x>(json: &Value, ty: &Type) -> Result<Val<'x>, String> {
    Ok(match Val::from_json(json, ty)? {
        Val::Null => Val::Null,
        Val::Bool(value) => Val::Bool(value),
        Val::Int(value) => Val::Int(value),
        Val::Double(value) => Val::Double(value),
        Val::Timestamp(value) => Val::Timestamp(value),
        Val::Duration(value) => Val::Duration(value),
        Val::Text(text) => Val::Text(Cow::Owned(text.into_owned())),
        Val::JsonList(items, element) => Val::List(Rc::new(
            items.iter().map(|item| own(item, element)).collect::<Result<_, _>>()?,
        )),
        Val::JsonMap(map, _) => {
            let entries = map.iter().map(|(key, value)| Ok((key.clone(), own(value, &ANY)?)));
            Val::Map(Rc::new(entries.collect::<Result<_, String>>()?))
        }
        Val::List(_) | Val::Map(_) => unreachable!("JSON is read as what borrows it"),
    })
}

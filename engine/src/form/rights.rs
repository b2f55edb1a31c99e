//! What a step may do with which field, and a document without what it may not see.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Field, Form, Kind};
use crate::definition::source::FieldRight;

/// Rights by field: a default, and exceptions by name or dotted path (`datasets.price`, without
/// row numbers). What is below a field has its right unless it has one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    default: FieldRight,
    fields: BTreeMap<String, FieldRight>,
}

impl Rights {
    /// The same right for every field.
    pub fn all(right: FieldRight) -> Self {
        Self { default: right, fields: BTreeMap::new() }
    }

    /// A right for every field but some.
    pub fn new(default: FieldRight, fields: BTreeMap<String, FieldRight>) -> Self {
        Self { default, fields }
    }

    /// What either of two rights allows.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let more = |path: &str| self.of(path).max(other.of(path));
        let paths = self.fields.keys().chain(other.fields.keys());
        let fields = paths.map(|path| (path.clone(), more(path))).collect();
        Self { default: self.default.max(other.default), fields }
    }

    /// What nobody may write who has these: to be written by another; none where nothing is left.
    pub fn left(&self) -> Option<Self> {
        let other = |right: FieldRight| match right {
            FieldRight::Edit => FieldRight::Read,
            FieldRight::Read | FieldRight::Hidden => FieldRight::Edit,
        };
        let fields = self.fields.iter().map(|(path, right)| (path.clone(), other(*right)));
        let left = Self { default: other(self.default), fields: fields.collect() };
        let is_something =
            left.fields.values().chain([&left.default]).any(|right| *right == FieldRight::Edit);
        is_something.then_some(left)
    }

    /// The right of a path of field names.
    pub fn of(&self, path: &str) -> FieldRight {
        let mut path = path;
        loop {
            if let Some(right) = self.fields.get(path) {
                return *right;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return self.default,
            }
        }
    }

    /// Whether anything is hidden.
    pub fn hide_something(&self) -> bool {
        self.default == FieldRight::Hidden
            || self.fields.values().any(|right| *right == FieldRight::Hidden)
    }

    /// The paths that have a right of their own, for checking that they exist.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}

/// A path with one more name.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Form {
    /// The paths of all fields and columns that are none of these, nor in one of them, nor around one.
    pub(crate) fn all_but(&self, only: &[String]) -> Vec<String> {
        let mut others = Vec::new();
        without(self.fields(), only, "", &mut others);
        others
    }

    /// The document without the fields that are hidden.
    pub fn redact(&self, value: &Value, rights: &Rights) -> Value {
        match value.as_object() {
            Some(map) => Value::Object(redacted(self.fields(), map, rights, "")),
            None => Value::Null,
        }
    }
}

fn without(fields: &[Field], only: &[String], path: &str, others: &mut Vec<String>) {
    for field in fields {
        let path = join(path, &field.name);
        if only.contains(&path) {
            continue;
        }
        let is_around = only
            .iter()
            .any(|one| one.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('.')));
        match &field.kind {
            Kind::Group(inner) if is_around => without(inner, only, &path, others),
            Kind::Table { columns, .. } if is_around => without(columns, only, &path, others),
            _ => others.push(path),
        }
    }
}

fn redacted(
    fields: &[Field],
    map: &Map<String, Value>,
    rights: &Rights,
    path: &str,
) -> Map<String, Value> {
    let mut seen = Map::new();
    for field in fields {
        let Some(value) = map.get(&field.name) else { continue };
        let path = join(path, &field.name);
        if rights.of(&path) == FieldRight::Hidden {
            continue;
        }
        let value = match (&field.kind, value) {
            (Kind::Group(fields), Value::Object(inner)) => {
                Value::Object(redacted(fields, inner, rights, &path))
            }
            (Kind::Table { columns, .. }, Value::Array(rows)) => rows
                .iter()
                .map(|row| match row {
                    Value::Object(row) => Value::Object(redacted(columns, row, rights, &path)),
                    other => other.clone(),
                })
                .collect(),
            _ => value.clone(),
        };
        seen.insert(field.name.clone(), value);
    }
    seen
}

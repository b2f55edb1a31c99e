//! What a document takes from the directory: the people and units that its fields name. Whether there
//! are such ones a step finds out.

use serde_json::{Map, Value};

use super::message::Fault;
use super::rights::join;
use super::{Field, FieldError, Form, Kind, Rights};
use crate::definition::source::FieldRight;

/// A person or a unit that a field names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addressed {
    /// Where, with the numbers of rows.
    pub(crate) path: Vec<String>,
    pub(crate) id: String,
    pub(crate) is_unit: bool,
}

impl Addressed {
    /// That there is no such one.
    pub(crate) fn is_not_there(&self) -> FieldError {
        let fault = match self.is_unit {
            true => Fault::new(
                "NOT_IN_DIRECTORY",
                "通讯录中没有这个单位。",
                "There is no such unit in the directory.",
            ),
            false => Fault::new(
                "NOT_IN_DIRECTORY",
                "通讯录中没有这个人。",
                "There is no such person in the directory.",
            ),
        };
        fault.at(&self.path)
    }
}

impl Form {
    /// Whether a field of it holds a person or a unit.
    pub(crate) fn names_people(&self) -> bool {
        fn any(fields: &[Field]) -> bool {
            fields.iter().any(|field| match &field.kind {
                Kind::Person | Kind::Unit => true,
                Kind::Group(fields) | Kind::Table { columns: fields, .. } => any(fields),
                _ => false,
            })
        }
        any(self.fields())
    }

    /// Everybody whom fields that a step edits name, but for whom the same places named before.
    pub(crate) fn named(
        &self,
        value: &Value,
        rights: &Rights,
        previous: Option<&Value>,
    ) -> Vec<Addressed> {
        let mut found = Vec::new();
        let (now, before) = (value.as_object(), previous.and_then(Value::as_object));
        if let Some(now) = now {
            gather(self.fields(), (now, before), (rights, ""), &mut Vec::new(), &mut found);
        }
        found
    }
}

fn gather(
    fields: &[Field],
    (now, before): (&Map<String, Value>, Option<&Map<String, Value>>),
    (rights, names): (&Rights, &str),
    path: &mut Vec<String>,
    found: &mut Vec<Addressed>,
) {
    for field in fields {
        let Some(value) = now.get(&field.name) else { continue };
        let before = before.and_then(|before| before.get(&field.name));
        let names = join(names, &field.name);
        path.push(field.name.clone());
        match (&field.kind, value) {
            (Kind::Person | Kind::Unit, Value::String(id)) => {
                let is_new = before != Some(value);
                if is_new && rights.of(&names) == FieldRight::Edit {
                    let is_unit = matches!(field.kind, Kind::Unit);
                    found.push(Addressed { path: path.clone(), id: id.clone(), is_unit });
                }
            }
            (Kind::Group(fields), Value::Object(inner)) => {
                let before = before.and_then(Value::as_object);
                gather(fields, (inner, before), (rights, &names), path, found);
            }
            (Kind::Table { columns, .. }, Value::Array(rows)) => {
                let old = before.and_then(Value::as_array);
                for (at, row) in rows.iter().enumerate() {
                    let Some(row) = row.as_object() else { continue };
                    let before = old.and_then(|old| old.get(at)).and_then(Value::as_object);
                    path.push(at.to_string());
                    gather(columns, (row, before), (rights, &names), path, found);
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
    }
}

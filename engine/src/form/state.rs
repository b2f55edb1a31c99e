//! What a screen shows: which fields are there at the moment, which must be filled in, and which
//! may be edited. The same conditions as in validation, told beforehand.

use serde::Serialize;
use serde_json::Value;

use super::rights::join;
use super::validate::{Level, level};
use super::{Field, Form, Kind, Rights};
use crate::definition::source::FieldRight;
use crate::time::Timestamp;

/// How a field stands at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldState {
    /// The way to it, row numbers included.
    pub path: Vec<String>,
    /// Whether its condition holds.
    pub visible: bool,
    /// Whether it must be filled in.
    pub required: bool,
    /// What the step may do with it. Hidden fields are not listed.
    pub right: FieldRight,
}

impl Form {
    /// How every field stands that the step may see, in the order of the form.
    pub fn states(&self, value: &Value, rights: &Rights, now: Timestamp) -> Vec<FieldState> {
        let now = Value::from(now.0);
        let mut states = Vec::new();
        let level = level(self.fields(), value, &now);
        list(self.fields(), &level, rights, "", &mut Vec::new(), &mut states);
        states
    }
}

fn list(
    fields: &[Field],
    level: &Level<'_>,
    rights: &Rights,
    names: &str,
    path: &mut Vec<String>,
    states: &mut Vec<FieldState>,
) {
    for field in fields {
        let names = join(names, &field.name);
        let right = match rights.of(&names) {
            FieldRight::Hidden => continue,
            FieldRight::Edit if matches!(field.kind, Kind::Computed { .. }) => FieldRight::Read,
            right => right,
        };
        path.push(field.name.clone());
        let visible = field.visible(level);
        let required = visible && right == FieldRight::Edit && field.is_required(level);
        states.push(FieldState { path: path.clone(), visible, required, right });
        let value = level.values.get(&field.name).unwrap_or(&Value::Null);
        match &field.kind {
            Kind::Group(fields) => {
                let inner = Level {
                    fields,
                    values: value,
                    is_row: false,
                    outer: Some(level),
                    now: level.now,
                };
                list(fields, &inner, rights, &names, path, states);
            }
            Kind::Table { columns, .. } => {
                for (index, row) in value.as_array().into_iter().flatten().enumerate() {
                    path.push(index.to_string());
                    let inner = Level {
                        fields: columns,
                        values: row,
                        is_row: true,
                        outer: Some(level),
                        now: level.now,
                    };
                    list(columns, &inner, rights, &names, path, states);
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
    }
}

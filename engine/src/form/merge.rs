//! Reads a document as it was handed in: unknown names and wrong shapes are refused, and what the
//! step may not edit stays as it was. Whether the whole is complete is `validate.rs`.

use serde_json::{Map, Value};

use super::check::{is_empty, same};
use super::message::Fault;
use super::rights::join;
use super::validate::Validator;
use super::{DOCUMENT_BYTES_MAX, Field, FieldError, Form, Kind};
use crate::definition::source::FieldRight;
use crate::problem::nearest;

impl Validator<'_> {
    /// The document as it is written, with what the step may not edit as it was.
    pub(super) fn read(
        &mut self,
        form: &Form,
        value: &Value,
        previous: Option<&Value>,
    ) -> Result<Map<String, Value>, Vec<FieldError>> {
        let size = value.to_string().len();
        if size > DOCUMENT_BYTES_MAX {
            return Err(vec![Fault::document_size(size).at(&[])]);
        }
        let Some(given) = value.as_object() else {
            let fault = Fault::new("NOT_A_DOCUMENT", "应为表单内容。", "Expected fields by name.");
            return Err(vec![fault.at(&[])]);
        };
        let previous = previous.and_then(Value::as_object);
        Ok(self.merge(form.fields(), given, previous, "", &mut Vec::new()))
    }

    fn merge(
        &mut self,
        fields: &[Field],
        given: &Map<String, Value>,
        previous: Option<&Map<String, Value>>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Map<String, Value> {
        for name in given.keys() {
            if !fields.iter().any(|field| field.name == *name) {
                let near = nearest(name, fields.iter().map(|field| field.name.as_str()));
                path.push(name.clone());
                self.report(path, Fault::unknown(name, near));
                path.pop();
            }
        }
        let mut merged = Map::new();
        for field in fields {
            let names = join(names, &field.name);
            path.push(field.name.clone());
            let given = given.get(&field.name).filter(|value| !is_empty(value));
            let previous = previous.and_then(|map| map.get(&field.name));
            let kept = match &field.kind {
                Kind::Computed { .. } => None,
                _ => self.merge_field(field, given, previous, &names, path),
            };
            if let Some(kept) = kept.filter(|value| !is_empty(value)) {
                merged.insert(field.name.clone(), kept);
            }
            path.pop();
        }
        merged
    }

    fn merge_field(
        &mut self,
        field: &Field,
        given: Option<&Value>,
        previous: Option<&Value>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Option<Value> {
        if !self.editable(field, names) {
            if given.is_some_and(|given| !unchanged(field, given, previous)) {
                self.report(path, Fault::not_editable());
            }
            return previous.cloned();
        }
        let shaped = match given.map(|given| field.shape(given)) {
            Some(Ok(shaped)) => Some(shaped),
            Some(Err(fault)) => {
                self.report(path, fault);
                return None;
            }
            None => None,
        };
        match &field.kind {
            Kind::Group(fields) => {
                let empty = Map::new();
                let given = shaped.as_ref().and_then(Value::as_object).unwrap_or(&empty);
                let previous = previous.and_then(Value::as_object);
                Some(Value::Object(self.merge(fields, given, previous, names, path)))
            }
            Kind::Table { columns, .. } => {
                let rows = shaped.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
                let before = previous.and_then(Value::as_array);
                self.merge_rows(columns, &rows, before, names, path)
            }
            _ => shaped,
        }
    }

    fn merge_rows(
        &mut self,
        columns: &[Field],
        rows: &[Value],
        previous: Option<&Vec<Value>>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Option<Value> {
        let before = previous.map_or(0, Vec::len);
        let least = previous.map_or(0, |rows| self.held(columns, rows, names));
        let is_counted = self.rights.of(names) != FieldRight::Edit;
        if (is_counted && rows.len() != before) || rows.len() < least {
            self.report(path, Fault::not_editable());
            return previous.map(|rows| Value::Array(rows.clone()));
        }
        let mut merged = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            path.push(index.to_string());
            if let Some(row) = row.as_object() {
                let before = previous.and_then(|rows| rows.get(index)?.as_object());
                merged.push(Value::Object(self.merge(columns, row, before, names, path)));
            } else {
                let fault = Fault::new("NOT_A_ROW", "应为一行。", "Expected a row of columns.");
                self.report(path, fault);
            }
            path.pop();
        }
        Some(Value::Array(merged))
    }

    /// How many rows stay where they are: those up to the last one with something that the step may not
    /// edit. Rows are told apart by their place.
    fn held(&self, columns: &[Field], rows: &[Value], names: &str) -> usize {
        let others: Vec<&Field> = columns
            .iter()
            .filter(|column| !matches!(column.kind, Kind::Computed { .. }))
            .filter(|column| !self.editable(column, &join(names, &column.name)))
            .collect();
        let holds = |row: &Value| {
            others.iter().any(|column| row.get(&column.name).is_some_and(|value| !is_empty(value)))
        };
        rows.iter().rposition(holds).map_or(0, |last| last + 1)
    }

    /// Whether the step may write a field, or anything below it.
    pub(super) fn editable(&self, field: &Field, names: &str) -> bool {
        self.rights.of(names) == FieldRight::Edit
            || field.inner().iter().any(|inner| self.editable(inner, &join(names, &inner.name)))
    }

    /// Fills in what fields start with, where the step edits them.
    pub(super) fn defaults(&mut self, fields: &[Field], map: &mut Map<String, Value>, names: &str) {
        for field in fields {
            let names = join(names, &field.name);
            if let (Some(default), FieldRight::Edit) = (&field.default, self.rights.of(&names))
                && !map.contains_key(&field.name)
                && let Ok(value) = field.shape(default)
            {
                map.insert(field.name.clone(), value);
            }
            match (&field.kind, map.get_mut(&field.name)) {
                (Kind::Group(fields), Some(Value::Object(inner))) => {
                    self.defaults(fields, inner, &names);
                }
                (Kind::Table { columns, .. }, Some(Value::Array(rows))) => {
                    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                        self.defaults(columns, row, &names);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether what is given is what was there.
fn unchanged(field: &Field, given: &Value, previous: Option<&Value>) -> bool {
    let Some(previous) = previous else { return false };
    same(given, previous)
        || match &field.kind {
            // A container comes back without what was hidden in it, and with empty cells.
            Kind::Group(fields) => parts_unchanged(fields, given, previous),
            Kind::Table { columns, .. } => match (given.as_array(), previous.as_array()) {
                (Some(given), Some(previous)) => {
                    given.len() == previous.len()
                        && given
                            .iter()
                            .zip(previous)
                            .all(|(given, previous)| parts_unchanged(columns, given, previous))
                }
                _ => false,
            },
            _ => field.shape(given).is_ok_and(|given| same(&given, previous)),
        }
}

fn parts_unchanged(fields: &[Field], given: &Value, previous: &Value) -> bool {
    given.as_object().is_some_and(|given| {
        given.iter().all(|(name, value)| {
            is_empty(value)
                || fields
                    .iter()
                    .find(|field| field.name == *name)
                    .is_some_and(|field| unchanged(field, value, previous.get(name)))
        })
    })
}

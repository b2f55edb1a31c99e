//! Fields that one outcome of a task needs: what the form itself does not require, a decision may.

use serde_json::{Map, Value};

use super::check::is_empty;
use super::message::Fault;
use super::rights::join;
use super::validate::{Level, Validator, level};
use super::{Field, FieldError, Form, Kind, Required, Rights};
use crate::problem::{Problem, did_you_mean};
use crate::time::Timestamp;

impl Form {
    /// What is empty in a document that is kept, of some dotted paths of names. What a condition hides
    /// is not asked for, and of a column every row is.
    pub(crate) fn unfilled(
        &self,
        document: Option<&Value>,
        rights: &Rights,
        demanded: &[String],
        now: Timestamp,
    ) -> Vec<FieldError> {
        let empty = Value::Object(Map::new());
        let now = Value::from(now.0);
        let mut validator = Validator::new(rights).demanding(demanded);
        let level = level(self.fields(), document.unwrap_or(&empty), &now);
        validator.demand(self.fields(), &level, "", &mut Vec::new());
        validator.into_errors()
    }

    /// The dotted path of a file without which no document of this form can be handed in.
    pub(crate) fn needed_file(&self) -> Option<String> {
        fn find(fields: &[Field], way: &str) -> Option<String> {
            fields.iter().find_map(|field| {
                let path = join(way, &field.name);
                let is_needed = field.when.is_none() && matches!(field.required, Required::Yes);
                match &field.kind {
                    Kind::File(_) => is_needed.then_some(path),
                    Kind::Group(inside) if field.when.is_none() => find(inside, &path),
                    Kind::Table { columns, .. } if is_needed => find(columns, &path),
                    _ => None,
                }
            })
        }
        find(self.fields(), "")
    }

    /// Why nobody could be asked to fill in a field, by its dotted path.
    pub(crate) fn undemandable(&self, path: &str, rights: &Rights) -> Option<Problem> {
        let Some(field) = self.field(path) else {
            let message = match path {
                "" => "expected a field, such as `opinion.reason`, found a document".to_owned(),
                _ => format!("expected a field of the form, found `{path}`"),
            };
            let mut known = Vec::new();
            paths(self.fields(), "", &mut known);
            let near = did_you_mean(path, known.iter().map(String::as_str));
            return Some(Problem::error("unknownField", message).maybe_hint(near));
        };
        let message = match &field.kind {
            Kind::Computed { .. } => {
                format!("expected a field that people fill in, but `{path}` is computed")
            }
            Kind::Group(_) => {
                format!("expected a field, but `{path}` is a group: name the fields in it")
            }
            _ if !Validator::new(rights).editable(field, path) => {
                format!("expected a field that this task edits, but it may not edit `{path}`")
            }
            _ => return None,
        };
        Some(Problem::error("cannotBeRequired", message))
    }

    /// The field that a dotted path of names leads to.
    fn field(&self, path: &str) -> Option<&Field> {
        let (mut fields, mut found) = (self.fields(), None);
        for name in path.split('.') {
            let field = fields.iter().find(|field| field.name == name)?;
            (fields, found) = (field.inner(), Some(field));
        }
        found
    }
}

/// The dotted paths of fields and of what is in them.
fn paths(fields: &[Field], above: &str, found: &mut Vec<String>) {
    for field in fields {
        let path = join(above, &field.name);
        paths(field.inner(), &path, found);
        found.push(path);
    }
}

impl Validator<'_> {
    /// Complains about what is demanded and empty, where nothing else is wrong there.
    pub(super) fn demand(
        &mut self,
        fields: &[Field],
        level: &Level<'_>,
        names: &str,
        path: &mut Vec<String>,
    ) {
        for field in fields {
            let names = join(names, &field.name);
            let below =
                |one: &String| one.strip_prefix(&names).is_some_and(|it| it.starts_with('.'));
            let is_demanded = self.demanded.contains(&names);
            let leads_there = self.demanded.iter().any(below);
            if !(is_demanded || leads_there)
                || !self.editable(field, &names)
                || !field.visible(level)
            {
                continue;
            }
            path.push(field.name.clone());
            let value = level.values.get(&field.name).unwrap_or(&Value::Null);
            if is_demanded && is_empty(value) && !self.is_told(path) {
                self.report(path, Fault::required());
            }
            match &field.kind {
                Kind::Group(fields) => {
                    let inner = Level {
                        fields,
                        values: value,
                        is_row: false,
                        outer: Some(level),
                        now: level.now,
                    };
                    self.demand(fields, &inner, &names, path);
                }
                Kind::Table { columns: fields, .. } => {
                    for (index, values) in value.as_array().into_iter().flatten().enumerate() {
                        path.push(index.to_string());
                        let inner = Level {
                            fields,
                            values,
                            is_row: true,
                            outer: Some(level),
                            now: level.now,
                        };
                        self.demand(fields, &inner, &names, path);
                        path.pop();
                    }
                }
                _ => {}
            }
            path.pop();
        }
    }
}

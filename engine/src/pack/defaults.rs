//! People and units that fields of a form begin with, and people.yaml does not have.

use indexmap::IndexMap;
use serde_json::Value;

use super::Loaded;
use crate::form::{FieldSource, FieldType, FormSource};
use crate::ids::{PersonId, UnitId};
use crate::problem::{Problem, did_you_mean};

/// See the module.
pub(super) fn strangers(loaded: &Loaded, form: &FormSource) -> Vec<Problem> {
    let mut found = Vec::new();
    if loaded.misses_people() || loaded.pack.people.is_empty() {
        return found;
    }
    for (at, section) in form.sections.iter().enumerate() {
        let mut path = vec!["sections".to_owned(), at.to_string(), "fields".to_owned()];
        walk(loaded, &section.fields, &mut path, &mut found);
    }
    walk(loaded, &form.fields, &mut vec!["fields".to_owned()], &mut found);
    found
}

/// The depth of a form bounds this one's.
fn walk(
    loaded: &Loaded,
    fields: &IndexMap<String, FieldSource>,
    path: &mut Vec<String>,
    found: &mut Vec<Problem>,
) {
    for (name, field) in fields {
        path.push(name.clone());
        for (key, value) in [("default", &field.default), ("mustBe", &field.must_be)] {
            let Some(Value::String(id)) = value else { continue };
            let problem = stranger(loaded, field.kind, id);
            found.extend(problem.map(|problem| problem.under(&[key]).under(path)));
        }
        for (key, inner) in [("fields", &field.fields), ("columns", &field.columns)] {
            path.push(key.to_owned());
            walk(loaded, inner, path, found);
            path.pop();
        }
        path.pop();
    }
}

fn stranger(loaded: &Loaded, kind: FieldType, id: &str) -> Option<Problem> {
    let pack = &loaded.pack;
    let said = |code, what, near| {
        let message = format!("expected a {what} of people.yaml, found `{id}`");
        Problem::warning(code, message).maybe_hint(near)
    };
    match kind {
        FieldType::Person if !pack.people.contains_key(id) => {
            let near = did_you_mean(id, pack.people.keys().map(PersonId::as_str));
            Some(said("unknownPerson", "person", near))
        }
        FieldType::Unit if !pack.units.contains_key(id) => {
            let near = did_you_mean(id, pack.units.keys().map(UnitId::as_str));
            Some(said("unknownUnit", "unit", near))
        }
        _ => None,
    }
}

//! Forms of other tools. Their process variables are global, and a form is a window on some of
//! them; so one document holds every field of a process, and each task edits its own.

use indexmap::IndexMap;
use serde_yaml::Value;

use super::import::identifier;
use super::keys::{Keys, set};

/// A field as another tool describes it, all in texts.
#[derive(Debug, Default)]
pub(super) struct FieldText<'t> {
    id: Option<&'t str>,
    kind: Option<&'t str>,
    pub(super) label: Option<&'t str>,
    pub(super) default: Option<&'t str>,
    pub(super) min: Option<&'t str>,
    pub(super) max: Option<&'t str>,
    pub(super) required: bool,
    pub(super) options: Vec<(&'t str, &'t str)>,
}

impl<'t> FieldText<'t> {
    pub(super) fn new(id: Option<&'t str>, kind: Option<&'t str>) -> Self {
        Self { id, kind, ..Self::default() }
    }

    /// The field of ours; none where it has no name, such as a heading.
    pub(super) fn field(&self) -> Option<(String, Keys)> {
        let name = identifier(self.id.filter(|id| !id.is_empty())?);
        let kind = match self.kind.unwrap_or_default() {
            "long" | "integer" | "int" => "integer",
            "number" | "double" => "decimal",
            "boolean" | "checkbox" => "boolean",
            "date" | "datetime" => "date",
            "enum" | "select" | "radio" | "dropdown" if !self.options.is_empty() => "choice",
            "checklist" | "taglist" if !self.options.is_empty() => "choices",
            "textarea" | "multi-line-text" => "longText",
            "file" | "filepicker" => "file",
            _ => "text",
        };
        let mut keys = Keys::new();
        keys.insert("type".into(), kind.into());
        let label = self.label.filter(|label| !label.is_empty()).unwrap_or(&name);
        keys.insert("label".into(), label.into());
        if self.required {
            keys.insert("required".into(), true.into());
        }
        for (id, label) in &self.options {
            set(&mut keys, &["options", id], (*label).into());
        }
        for (key, value) in [("default", self.default), ("min", self.min), ("max", self.max)] {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            // Only what a literal can say: an expression of theirs is none of ours.
            let value: Value = match kind {
                "integer" | "boolean" | "decimal" => match serde_yaml::from_str(value) {
                    Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
                    Ok(_) | Err(_) => continue,
                },
                _ if key == "default" => value.into(),
                _ => match value.parse::<u32>() {
                    Ok(length) => length.into(),
                    Err(_) => continue,
                },
            };
            keys.insert(key.into(), value);
        }
        Some((name, keys))
    }
}

/// The fields of all forms of a process.
#[derive(Debug, Default)]
pub(super) struct Forms {
    process: String,
    label: String,
    /// Form name, set when the first field is there.
    name: String,
    fields: IndexMap<String, Keys>,
}

/// What became of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It is there.
    Whole,
    /// An earlier form describes it otherwise.
    Otherwise,
    /// It is one too many.
    TooMany,
}

/// A process has so many fields in all.
const FIELDS_MAX: usize = 500;
/// The document that holds them.
const DOCUMENT: &str = "data";

impl Forms {
    pub(super) fn of_process(process: &str, label: &str) -> Self {
        Self {
            process: process.to_owned(),
            label: label.to_owned(),
            name: format!("{process}Data"),
            fields: IndexMap::new(),
        }
    }

    /// The form's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The document, where there are fields.
    pub(super) fn document(&self) -> Option<&'static str> {
        (!self.fields.is_empty()).then_some(DOCUMENT)
    }

    /// Takes a field. One that two forms have is the same, as the first describes it.
    pub(super) fn add(&mut self, name: &str, field: Keys) -> Added {
        match self.fields.get(name) {
            Some(first) if *first == field => Added::Whole,
            Some(_) => Added::Otherwise,
            None if self.fields.len() < FIELDS_MAX => {
                self.fields.insert(name.to_owned(), field);
                Added::Whole
            }
            None => Added::TooMany,
        }
    }

    /// What expressions call a field.
    pub(super) fn path(&self, name: &str) -> Option<String> {
        self.fields.contains_key(name).then(|| format!("{DOCUMENT}.{name}"))
    }

    /// What a task edits: its own fields, and none of the others.
    pub(super) fn edit(&self, own: &[String]) -> Value {
        let mut rights = Keys::new();
        for name in self.fields.keys().filter(|name| !own.contains(name)) {
            rights.insert(name.clone().into(), "read".into());
        }
        if rights.is_empty() {
            return DOCUMENT.into();
        }
        let mut edit = Keys::new();
        edit.insert("document".into(), DOCUMENT.into());
        edit.insert("fields".into(), Value::Mapping(rights));
        Value::Mapping(edit)
    }

    /// The form as YAML's keys.
    pub(super) fn source(&self) -> Option<Keys> {
        self.document()?;
        let mut keys = Keys::new();
        keys.insert("form".into(), self.name.clone().into());
        let label = if self.label.is_empty() { &self.process } else { &self.label };
        keys.insert("name".into(), label.clone().into());
        for (name, field) in &self.fields {
            set(&mut keys, &["fields", name], Value::Mapping(field.clone()));
        }
        Some(keys)
    }
}

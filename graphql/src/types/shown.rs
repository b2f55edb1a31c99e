//! What a page or a register shows, as a person reads it: labels, the words of choices, the names of
//! people and units, in both languages. It tells nothing that the bare values do not.

use std::collections::BTreeMap;

use async_graphql::{Result, SimpleObject};
use chrono::DateTime;
use engine::calendar::Zone;
use engine::definition::Document;
use engine::form::{FieldSource, FieldType, FormSource};
use engine::text::{Language, Text, number_in_words};
use engine::time::Timestamp;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::Json;
use super::form::FieldKind;
use crate::context::{Reader, Told as _};

/// A text in both languages; the same twice where it is only in one.
#[derive(Debug, SimpleObject)]
pub(crate) struct Words {
    /// 简体中文.
    zh: String,
    /// English.
    en: String,
}

/// A document on a page.
#[derive(Debug, SimpleObject)]
pub(crate) struct ShownDocument {
    /// Its name in the definition, the key of its values in `content`.
    name: String,
    /// What people call it.
    label: Words,
    /// Whether it is a list of entries.
    list: bool,
    /// Its fields as they are shown: of one entry, or of each of a list.
    entries: Vec<ShownEntry>,
}

/// Fields that stand together: those of a document, or of a row.
#[derive(Debug, SimpleObject)]
pub(crate) struct ShownEntry {
    /// The fields that are filled in and shown, in the order of the form.
    fields: Vec<ShownField>,
}

/// A field as a person reads it.
#[derive(Debug, SimpleObject)]
pub(crate) struct ShownField {
    /// Its name, the key of its value.
    name: String,
    /// What a person reads beside it.
    label: Words,
    /// What it holds.
    kind: FieldKind,
    /// What a number counts, such as 元.
    unit: Option<Words>,
    /// The value as it is stored.
    value: Json,
    /// The value in words: the label of a choice, the name of a person or a unit, a point in time in the
    /// zone of the case's calendar. None for a table or a group.
    text: Option<Words>,
    /// The rows of a table.
    rows: Vec<ShownEntry>,
    /// The fields of a group.
    fields: Vec<ShownField>,
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Self {
        let [zh, en] = [Language::Zh, Language::En].map(|language| text.get(language).to_owned());
        Self { zh, en }
    }
}

impl Words {
    /// The same in both languages.
    pub(crate) fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }

    /// A plain value in words.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::same(""),
            Value::Bool(true) => Self { zh: "是".to_owned(), en: "Yes".to_owned() },
            Value::Bool(false) => Self { zh: "否".to_owned(), en: "No".to_owned() },
            Value::String(text) => Self::same(text),
            Value::Number(number) => Self::same(number_in_words(number)),
            Value::Array(items) => Self::joined(items.iter().map(Self::of)),
            Value::Object(_) => Self::same(value.to_string()),
        }
    }

    fn joined(all: impl Iterator<Item = Self>) -> Self {
        let (zh, en): (Vec<_>, Vec<_>) = all.map(|one| (one.zh, one.en)).unzip();
        Self { zh: zh.join("、"), en: en.join(", ") }
    }
}

/// What the documents of a page show. `content` has their values by name, `zone` is the case's.
pub(crate) async fn documents(
    reader: Reader<'_>,
    documents: &IndexMap<engine::ids::DocumentName, Document>,
    content: &Value,
    zone: Zone,
) -> Result<Vec<ShownDocument>> {
    let shown = documents.iter().filter_map(|(name, document)| {
        let values = content.get(name.as_str()).filter(|values| !values.is_null())?;
        Some((name, document, entries(values)))
    });
    let shown: Vec<_> = shown.collect();
    let mut ids = Vec::new();
    for (_, document, entries) in &shown {
        for entry in entries {
            gather(&fields_of(document.form.source()), entry, &mut ids);
        }
    }
    ids.sort();
    ids.dedup();
    let names = reader.loaders.names.load_many(ids).await.told(reader)?;
    let words = InWords { names: names.into_iter().collect(), zone };
    let shown = shown.into_iter().map(|(name, document, entries)| {
        let fields = fields_of(document.form.source());
        ShownDocument {
            name: name.to_string(),
            label: Words::from(&document.name),
            list: document.list,
            entries: entries.into_iter().map(|entry| words.entry(&fields, entry)).collect(),
        }
    });
    Ok(shown.collect())
}

fn entries(values: &Value) -> Vec<&Map<String, Value>> {
    match values {
        Value::Object(entry) => vec![entry],
        Value::Array(entries) => entries.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    }
}

/// The fields of a form, with those of its sections.
fn fields_of(form: &FormSource) -> Vec<(&String, &FieldSource)> {
    form.sections.iter().flat_map(|section| &section.fields).chain(&form.fields).collect()
}

/// Ids of people and units among values.
fn gather(fields: &[(&String, &FieldSource)], values: &Map<String, Value>, ids: &mut Vec<String>) {
    for (name, field) in fields {
        let Some(value) = values.get(*name) else { continue };
        match field.kind {
            FieldType::Person | FieldType::Unit => {
                ids.extend(value.as_str().map(str::to_owned));
            }
            FieldType::Table | FieldType::Group => {
                let inner: Vec<_> = field.columns.iter().chain(&field.fields).collect();
                for entry in entries(value) {
                    gather(&inner, entry, ids);
                }
            }
            _ => {}
        }
    }
}

/// Says values in words.
struct InWords {
    names: BTreeMap<String, Text>,
    zone: Zone,
}

impl InWords {
    fn entry(&self, fields: &[(&String, &FieldSource)], values: &Map<String, Value>) -> ShownEntry {
        let fields = fields.iter().filter_map(|(name, field)| {
            let value = values.get(*name).filter(|value| !value.is_null())?;
            Some(self.field(name, field, value))
        });
        ShownEntry { fields: fields.collect() }
    }

    fn field(&self, name: &str, field: &FieldSource, value: &Value) -> ShownField {
        let columns: Vec<_> = field.columns.iter().collect();
        let inner: Vec<_> = field.fields.iter().collect();
        let rows = match field.kind {
            FieldType::Table => entries(value),
            _ => Vec::new(),
        };
        let group = match (field.kind, value) {
            (FieldType::Group, Value::Object(values)) => self.entry(&inner, values).fields,
            _ => Vec::new(),
        };
        let is_plain = !matches!(field.kind, FieldType::Table | FieldType::Group);
        ShownField {
            name: name.to_owned(),
            label: field.label.as_ref().map_or_else(|| Words::same(name), Words::from),
            kind: field.kind.into(),
            unit: field.unit.as_ref().map(Words::from),
            value: Json(value.clone()),
            text: is_plain.then(|| self.words(field, value)),
            rows: rows.into_iter().map(|row| self.entry(&columns, row)).collect(),
            fields: group,
        }
    }

    fn words(&self, field: &FieldSource, value: &Value) -> Words {
        match (field.kind, value) {
            (FieldType::Choice, Value::String(word)) => option(field, word),
            (FieldType::Choices, Value::Array(words)) => Words::joined(
                words.iter().filter_map(Value::as_str).map(|word| option(field, word)),
            ),
            (FieldType::Person | FieldType::Unit, Value::String(id)) => {
                self.names.get(id).map_or_else(|| Words::same(id), Words::from)
            }
            (FieldType::DateTime, Value::String(text)) => {
                let at = DateTime::parse_from_rfc3339(text).map(Timestamp::from);
                let local = at.map(|at| self.zone.local(at).format("%Y-%m-%d %H:%M").to_string());
                Words::same(local.unwrap_or_else(|_| text.clone()))
            }
            (FieldType::File, Value::Object(file)) => file_name(file),
            (FieldType::File, Value::Array(files)) => {
                Words::joined(files.iter().filter_map(Value::as_object).map(file_name))
            }
            _ => Words::of(value),
        }
    }
}

/// The label of an option.
fn option(field: &FieldSource, word: &str) -> Words {
    field.options.get(word).map_or_else(|| Words::same(word), Words::from)
}

fn file_name(file: &Map<String, Value>) -> Words {
    Words::same(file.get("name").and_then(Value::as_str).unwrap_or_default())
}

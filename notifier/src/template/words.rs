//! What values are called: the filters `label` (a word of a choice, by its form) and `name` (the id of
//! a person or a unit, by the directory). Where the names are fetched is not here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use engine::calendar::Zone;
use engine::form::{FieldSource, FieldType, Form, FormSource};
use engine::text::{Language, Text, number_in_words};
use engine::time::Timestamp;
use indexmap::IndexMap;
use minijinja::value::{Enumerator, Object, Serde, ValueKind, merge_maps};
use minijinja::{Error, ErrorKind, Output, State, Value, escape_formatter};
use serde_json::{Number, Value as Json};

use super::Context;

/// Under which name the filters find the words; no template can name it.
const WORDS: &str = "$words";

/// What the values of a case are called.
#[derive(Debug, Default)]
pub struct Words {
    forms: BTreeMap<String, Arc<Form>>,
    /// Where points in time are told; none tells them as they are kept.
    zone: Option<Zone>,
    names: BTreeMap<String, Text>,
    /// Ids of which the name was asked and is not known.
    asked: Mutex<BTreeSet<String>>,
}

impl Words {
    /// The words of documents, each by its name with its form; nobody's name is known yet.
    pub fn new(forms: BTreeMap<String, Arc<Form>>) -> Self {
        Self { forms, ..Self::default() }
    }

    /// The same, with points in time as they are in a zone.
    #[must_use]
    pub fn in_zone(self, zone: Zone) -> Self {
        Self { zone: Some(zone), ..self }
    }

    /// Ids of which the name was asked and is not known.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().map(|asked| asked.iter().cloned().collect());
        asked.unwrap_or_default()
    }

    /// The same with the names that were asked for.
    #[must_use]
    pub fn with_names(&self, names: BTreeMap<String, Text>) -> Self {
        let (forms, zone) = (self.forms.clone(), self.zone);
        Self { forms, zone, names, asked: Mutex::default() }
    }

    fn name(&self, id: &str, language: Language) -> String {
        if let Some(name) = self.names.get(id) {
            return name.get(language).to_owned();
        }
        if let Ok(mut asked) = self.asked.lock() {
            asked.insert(id.to_owned());
        }
        id.to_owned()
    }
}

/// The words as the filters find them, in the reader's language.
#[derive(Debug)]
struct Tongue {
    words: Arc<Words>,
    language: Language,
}

impl Object for Tongue {}

/// What a template is filled with.
pub(super) fn values(context: &Context, words: &Arc<Words>, language: Language) -> Value {
    let told = &|at: Timestamp| words.zone.map(|zone| in_words(at, zone, language));
    let documents = context.documents.iter().map(|(name, values)| {
        let filled = match words.forms.get(name) {
            Some(form) => filled(values, &fields_of(form.source()), told),
            None => Value::from(Serde(values)),
        };
        (name.clone(), filled)
    });
    let documents: BTreeMap<String, Value> = documents.collect();
    let tongue = Value::from_object(Tongue { words: Arc::clone(words), language });
    let own = BTreeMap::from([("documents", Value::from(documents)), (WORDS, tongue)]);
    // The last one that has a name gives it.
    merge_maps([Value::from(Serde(context)), Value::from(own)])
}

type Fields<'a> = IndexMap<&'a str, &'a FieldSource>;

fn fields_of(form: &FormSource) -> Fields<'_> {
    let sections = form.sections.iter().flat_map(|section| &section.fields);
    sections.chain(&form.fields).map(|(name, field)| (name.as_str(), field)).collect()
}

/// Fields with their values, and what the words of their choices are called.
#[derive(Debug)]
struct Filled {
    values: BTreeMap<String, Value>,
    options: BTreeMap<String, IndexMap<String, Text>>,
}

impl Object for Filled {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.values.get(key.as_str()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.keys().map(|key| Value::from(key.as_str())).collect())
    }
}

/// A point in time to the second, with its offset.
pub(crate) fn in_words(at: Timestamp, zone: Zone, language: Language) -> String {
    let at = zone.local(at);
    let (second, offset) = (at.format("%Y-%m-%d %H:%M:%S"), at.format("UTC%:z"));
    match language {
        Language::Zh => format!("{second}（{offset}）"),
        Language::En => format!("{second} ({offset})"),
    }
}

/// Writes a value: a number as a person writes it.
pub(super) fn formatted(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let is_fraction = value.kind() == ValueKind::Number && !value.is_integer();
    let number = f64::try_from(value.clone()).ok().filter(|_| is_fraction);
    match number.and_then(Number::from_f64) {
        Some(number) => escape_formatter(out, state, &Value::from(number_in_words(&number))),
        None => escape_formatter(out, state, value),
    }
}

type Told<'a> = &'a dyn Fn(Timestamp) -> Option<String>;

fn filled(values: &Json, fields: &Fields<'_>, told: Told<'_>) -> Value {
    match values {
        Json::Array(entries) => entries.iter().map(|entry| filled(entry, fields, told)).collect(),
        Json::Object(entry) => {
            let inner = |name: &String, value: &Json| match fields.get(name.as_str()) {
                Some(field) if !field.columns.is_empty() || !field.fields.is_empty() => {
                    let own = field.columns.iter().chain(&field.fields);
                    filled(value, &own.map(|(name, field)| (name.as_str(), field)).collect(), told)
                }
                Some(field) if field.kind == FieldType::DateTime => {
                    let at = value.as_str().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
                    let words = at.and_then(|at| told(Timestamp::from(at)));
                    words.map_or_else(|| Value::from(Serde(value)), Value::from)
                }
                _ => Value::from(Serde(value)),
            };
            let values = entry.iter().map(|(name, value)| (name.clone(), inner(name, value)));
            let choices = fields.iter().filter(|(_, field)| !field.options.is_empty());
            Value::from_object(Filled {
                values: values.collect(),
                options: choices
                    .map(|(name, field)| ((*name).to_owned(), field.options.clone()))
                    .collect(),
            })
        }
        other => Value::from(Serde(other)),
    }
}

fn tongue(state: &State<'_, '_>) -> Result<Value, Error> {
    let found = state.lookup(WORDS);
    found.ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "there are no words here"))
}

/// Each of a list, or the one value, in words.
fn each(of: &Value, between: &str, word: impl Fn(&str) -> String) -> Result<Value, Error> {
    if of.is_undefined() || of.is_none() {
        return Ok(of.clone());
    }
    if let Some(text) = of.as_str() {
        return Ok(Value::from(word(text)));
    }
    let words: Vec<String> =
        of.try_iter()?.map(|one| one.as_str().map_or_else(|| one.to_string(), &word)).collect();
    Ok(Value::from(words.join(between)))
}

const fn between(language: Language) -> &'static str {
    match language {
        Language::Zh => "、",
        Language::En => ", ",
    }
}

/// `documents.plan | label('field')`, which `documents.plan.field | label` is written as.
#[expect(clippy::needless_pass_by_value, reason = "filters are called so")]
pub(super) fn label(
    state: &State<'_, '_>,
    of: Value,
    field: Option<String>,
) -> Result<Value, Error> {
    let (Some(entry), Some(field)) = (of.downcast_object_ref::<Filled>(), field) else {
        let message =
            "expected a field of a document before `label`: `documents.plan.field | label`";
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    };
    let tongue = tongue(state)?;
    let language = tongue.downcast_object_ref::<Tongue>().map_or(Language::Zh, |it| it.language);
    let value = entry.values.get(&field).cloned().unwrap_or(Value::UNDEFINED);
    let Some(options) = entry.options.get(&field) else { return Ok(value) };
    each(&value, between(language), |word| {
        options.get(word).map_or(word, |label| label.get(language)).to_owned()
    })
}

/// `variables.winner | name`: of an id, or of each of a list of ids.
pub(super) fn name(state: &State<'_, '_>, of: Value) -> Result<Value, Error> {
    let tongue = tongue(state)?;
    let Some(tongue) = tongue.downcast_object_ref::<Tongue>() else { return Ok(of) };
    let language = tongue.language;
    each(&of, between(language), |id| tongue.words.name(id, language))
}

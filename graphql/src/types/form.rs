//! A form as a screen shows it: the fields that a step may see, with what is required and visible
//! at the moment. Hidden fields are not there. Which values fit is the engine's to say.

use std::collections::BTreeMap;

use async_graphql::{Enum, Result, SimpleObject};
use engine::definition::source::FieldRight as Right;
use engine::definition::{Document, Using};
use engine::form::{Condition, FieldSource, FieldState as State, FieldType, SectionSource};
use engine::text::Text;
use indexmap::IndexMap;
use serde_json::Value;

use super::Json;
use super::attachment::as_documents_hold;
use super::document::{self, does};
use super::task::Task;
use crate::context::Reader;
use crate::mutation::DocumentInput;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "FieldType")]
pub(crate) enum FieldKind {
    /// One line of text.
    Text,
    /// Text of several lines.
    LongText,
    /// A whole number.
    Integer,
    /// A number with decimal places.
    Decimal,
    /// Yes or no.
    Boolean,
    /// One of some options.
    Choice,
    /// Any of some options.
    Choices,
    /// A day, `2026-03-31`.
    Date,
    /// A point in time (RFC 3339).
    DateTime,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A unified social credit code 统一社会信用代码.
    Uscc,
    /// A web address.
    Url,
    /// A person, by handle.
    Person,
    /// A unit, by name.
    Unit,
    /// An attachment `{ hash, name, type, size }`, or several.
    File,
    /// Rows of columns.
    Table,
    /// Fields under one name.
    Group,
    /// What an expression gives; nobody fills it in.
    Computed,
    /// A statement that must be ticked.
    Declaration,
}

/// What may be done with a field. A field that may not be seen is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum FieldRight {
    /// It may be read.
    Read,
    /// It may be written.
    Edit,
}

/// An option of a choice.
#[derive(Debug, SimpleObject)]
pub(crate) struct FieldOption {
    /// The word that is stored.
    value: String,
    /// What a person reads.
    label: String,
}

/// A field, with all that a screen needs to show it.
#[derive(Debug, SimpleObject)]
pub(crate) struct FormField {
    /// Its name, the key of its value.
    name: String,
    /// The names that lead to it, with dots, without row numbers.
    path: String,
    /// What a person reads beside it.
    label: String,
    /// What helps to fill it in.
    help: Option<String>,
    /// The clause it rests on.
    basis: Option<String>,
    /// What it holds.
    kind: FieldKind,
    /// What may be done with it.
    right: FieldRight,
    /// Whether it must be filled in at the moment; for a column, whether it always must.
    required: bool,
    /// Whether its condition holds at the moment; a column's is told by row in `states`.
    visible: bool,
    /// What a number counts, such as 元.
    unit: Option<String>,
    /// The options of a choice.
    options: Vec<FieldOption>,
    /// The least: a value, a length, a number of rows; an expression begins with `=`.
    min: Option<Json>,
    /// The most: a value, a length, a number of rows; an expression begins with `=`.
    max: Option<Json>,
    /// A regular expression that the whole text matches.
    pattern: Option<String>,
    /// Decimal places.
    places: Option<u32>,
    /// The value it starts with.
    default: Option<Json>,
    /// The only value it may have.
    must_be: Option<Json>,
    /// What a file may be: `pdf`, `image/*`, `application/zip`.
    accept: Vec<String>,
    /// The largest file, such as `20 MB`.
    max_size: Option<String>,
    /// Whether a file field takes several.
    many: bool,
    /// The columns of a table.
    columns: Vec<FormField>,
    /// The fields of a group.
    fields: Vec<FormField>,
}

/// Fields under one heading.
#[derive(Debug, SimpleObject)]
pub(crate) struct FormSection {
    /// The heading.
    title: Option<String>,
    /// What helps to fill it in.
    help: Option<String>,
    /// The clause it rests on.
    basis: Option<String>,
    /// The fields that may be seen.
    fields: Vec<FormField>,
}

/// How a field stands at the moment.
#[derive(Debug, SimpleObject)]
pub(crate) struct FieldState {
    /// The way to it, row numbers included.
    path: Vec<String>,
    /// Whether its condition holds.
    visible: bool,
    /// Whether it must be filled in.
    required: bool,
    /// What may be done with it.
    right: FieldRight,
}

/// A document's form as a step may see it.
#[derive(Debug, SimpleObject)]
pub(crate) struct Form {
    /// The document, by its name in the definition.
    document: String,
    /// What a person reads above it.
    label: String,
    /// What helps to fill it in.
    help: Option<String>,
    /// The clause it rests on.
    basis: Option<String>,
    /// Its fields, in sections; one without a title where the form has none.
    sections: Vec<FormSection>,
    /// How each field stands with the present values, row by row.
    states: Vec<FieldState>,
    /// The present values, without hidden fields.
    values: Json,
}

/// The forms that a task writes; with values of the moment where some are given.
pub(crate) async fn of_task(
    reader: Reader<'_>,
    task: &Task,
    typed: &[DocumentInput],
) -> Result<Vec<Form>> {
    let state = reader.state(task.0.instance_id).await?;
    if !does(reader, &state, &task.0.node) {
        return Ok(Vec::new());
    }
    let documents = document::of_task(reader, task).await?;
    let written = documents.into_iter().filter(document::Document::is_editable);
    Ok(written
        .map(|document| {
            let now = typed.iter().find(|one| one.document == document.word());
            document.written(reader, now.map(|one| as_documents_hold(one.content.0.clone())))
        })
        .collect())
}

impl Form {
    /// A document's form with values, as some rights show it.
    pub(crate) fn new(
        reader: Reader<'_>,
        document: &Document,
        using: &Using,
        values: &Value,
    ) -> Self {
        let source = document.form.source();
        let states = document.form.states(values, &using.rights, reader.store.clock().now());
        let fields = Fields {
            reader,
            using,
            now: states.iter().map(|state| (state.path.join("."), state)).collect(),
        };
        let sections = if source.sections.is_empty() {
            let fields = fields.list(&source.fields, "", Level::Form);
            vec![FormSection { title: None, help: None, basis: None, fields }]
        } else {
            source.sections.iter().map(|section| fields.section(section)).collect()
        };
        Self {
            document: using.document.to_string(),
            label: reader.text(&source.name),
            help: fields.text(source.help.as_ref()),
            basis: fields.text(source.basis.as_ref()),
            sections,
            values: Json(document.form.redact(values, &using.rights)),
            states: states.iter().map(FieldState::from).collect(),
        }
    }
}

impl From<&State> for FieldState {
    fn from(state: &State) -> Self {
        Self {
            path: state.path.clone(),
            visible: state.visible,
            required: state.required,
            right: right(state.right),
        }
    }
}

fn right(right: Right) -> FieldRight {
    match right {
        Right::Edit => FieldRight::Edit,
        Right::Read | Right::Hidden => FieldRight::Read,
    }
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// In the form or in a group.
    Form,
    /// In the rows of a table.
    Row,
}

/// The fields of a form that are shown.
struct Fields<'a> {
    reader: Reader<'a>,
    using: &'a Using,
    now: BTreeMap<String, &'a State>,
}

impl Fields<'_> {
    fn text(&self, text: Option<&Text>) -> Option<String> {
        text.map(|text| self.reader.text(text))
    }

    fn section(&self, section: &SectionSource) -> FormSection {
        FormSection {
            title: self.text(section.title.as_ref()),
            help: self.text(section.help.as_ref()),
            basis: self.text(section.basis.as_ref()),
            fields: self.list(&section.fields, "", Level::Form),
        }
    }

    fn list(
        &self,
        sources: &IndexMap<String, FieldSource>,
        above: &str,
        level: Level,
    ) -> Vec<FormField> {
        let fields = sources.iter().filter_map(|(name, source)| {
            let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            let own = self.using.rights.of(&path);
            (own != Right::Hidden).then(|| self.field(name, source, path, own, level))
        });
        fields.collect()
    }

    fn field(
        &self,
        name: &str,
        source: &FieldSource,
        path: String,
        own: Right,
        level: Level,
    ) -> FormField {
        let own = match source.kind {
            FieldType::Computed => FieldRight::Read,
            _ => right(own),
        };
        let now = self.now.get(&path).filter(|_| level == Level::Form);
        let always = matches!(source.required, Some(Condition::Fixed(true)));
        let options = source.options.iter();
        let json = |value: &Option<Value>| value.clone().map(Json);
        FormField {
            name: name.to_owned(),
            label: self.text(source.label.as_ref()).unwrap_or_else(|| name.to_owned()),
            help: self.text(source.help.as_ref()),
            basis: self.text(source.basis.as_ref()),
            kind: source.kind.into(),
            right: own,
            required: now.map_or(always && own == FieldRight::Edit, |now| now.required),
            visible: now.is_none_or(|now| now.visible),
            unit: self.text(source.unit.as_ref()),
            options: options
                .map(|(value, label)| FieldOption {
                    value: value.clone(),
                    label: self.reader.text(label),
                })
                .collect(),
            min: json(&source.min),
            max: json(&source.max),
            pattern: source.pattern.clone(),
            places: source.places,
            default: json(&source.default),
            must_be: json(&source.must_be),
            accept: source.accept.clone(),
            max_size: source.max_size.clone(),
            many: source.many.unwrap_or_default(),
            columns: self.list(&source.columns, &path, Level::Row),
            fields: self.list(&source.fields, &path, level),
            path,
        }
    }
}

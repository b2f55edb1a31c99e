//! Forms: fields with types, labels, conditions and rules; the documents that are filled in by
//! them; and what a step may see and write.
//!
//! What belongs here: the compiled form and its limits. `source.rs` is the YAML, `compile.rs` makes
//! one of the other, `check.rs` looks at one value of one field, `validate.rs` at a whole document,
//! `case.rs` at a document beside those of its case, `demand.rs` at what an outcome
//! needs, `hand_over.rs` at what another case gives, `rights.rs` at what a step may do, `state.rs` tells a screen what to show. Nothing here knows
//! which step shows a form.

mod case;
mod check;
mod compile;
mod demand;
mod directory;
mod hand_over;
mod merge;
mod message;
mod options;
mod rights;
mod settle;
mod source;
mod state;
mod validate;
mod values;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use directory::Addressed;
pub(crate) use options::type_name;
pub use rights::Rights;
pub use source::{Condition, FieldSource, FieldType, FormSource, RuleSource, SectionSource};
pub use state::FieldState;
pub use values::{is_email, is_phone, is_url, is_uscc};

use crate::expression::{Environment, Expression, Field as Named, Options, Type};
use crate::problem::Problem;
use crate::text::Text;

/// Most bytes of a document, as JSON.
pub const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// Most fields of a form, columns included.
pub const FIELDS_MAX: usize = 500;
/// How deep tables and groups stand in one another.
pub const CELLS_DEPTH_MAX: usize = 3;
/// Most rows of a table.
pub const ROWS_MAX: usize = 1000;
/// Most files in one field.
pub const FILES_MAX: usize = 50;
/// Most bytes of one file.
pub const FILE_BYTES_MAX: u64 = 500 * 1024 * 1024;
/// Most characters of a text, unless its field says otherwise.
pub const TEXT_CHARS: usize = 1000;
/// Most characters of a long text, unless its field says otherwise.
pub const LONG_TEXT_CHARS: usize = 20_000;
/// Most characters that a field can allow.
pub const TEXT_CHARS_MAX: usize = 100_000;
/// Most errors that are told at once.
pub const ERRORS_MAX: usize = 200;

/// One field that does not fit its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// The way to the field, such as `datasets`, `0`, `name`.
    pub path: Vec<String>,
    /// Stable code, such as `REQUIRED`.
    pub code: String,
    /// What was expected and what was found.
    pub message: Text,
}

/// A form that validates documents.
#[derive(Debug, Clone)]
pub struct Form {
    source: FormSource,
    fields: Vec<Field>,
    rules: Vec<Rule>,
    /// Rules that read more than the form has.
    of_case: Vec<case::Waiting>,
    ty: Type,
}

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    name: String,
    kind: Kind,
    required: Required,
    when: Option<Box<Expression>>,
    pattern: Option<regex::Regex>,
    default: Option<Value>,
    must_be: Option<Value>,
}

#[derive(Debug, Clone)]
enum Required {
    No,
    Yes,
    When(Box<Expression>),
}

/// A least and a most of a count.
#[derive(Debug, Clone, Copy)]
struct Span {
    min: usize,
    max: usize,
}

/// A least or a most of a value.
#[derive(Debug, Clone)]
enum Edge {
    Fixed(Value),
    Computed(Box<Expression>),
}

/// What a file field takes.
#[derive(Debug, Clone)]
struct Files {
    accept: Vec<String>,
    bytes_max: u64,
    many: bool,
    span: Span,
}

#[derive(Debug, Clone)]
enum Kind {
    Text(Span),
    LongText(Span),
    Email,
    Phone,
    Url,
    Uscc,
    Person,
    Unit,
    Integer { min: Option<Edge>, max: Option<Edge> },
    Decimal { places: Option<u32>, min: Option<Edge>, max: Option<Edge> },
    Boolean,
    Declaration,
    Choice(Arc<Options>),
    Choices(Arc<Options>, Span),
    Date { min: Option<Edge>, max: Option<Edge> },
    DateTime { min: Option<Edge>, max: Option<Edge> },
    File(Files),
    Table { columns: Vec<Field>, span: Span },
    Group(Vec<Field>),
    Computed { expression: Option<Box<Expression>>, places: Option<u32> },
}

/// Something that must hold between fields.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    check: Expression,
    message: Text,
    field: Vec<String>,
}

impl Form {
    /// Compiles a form. It is made even where there are problems, as well as it goes, so that what
    /// refers to it can be checked too. Expressions of the form see its fields, `now`, and in
    /// tables `row`.
    pub fn compile(source: &FormSource, problems: &mut Vec<Problem>) -> Self {
        Self::compile_in(source, &Environment::new(), problems)
    }

    /// The same in the time zone of an environment; its names can be used besides those of the form
    /// only in definitions that give them to `validate`, so it usually has none.
    pub fn compile_in(
        source: &FormSource,
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let form = Self::compile_for_cases(source, environment, problems);
        problems.extend(form.unfit_alone());
        form
    }

    /// The same for processes: rules that read what the form has not are compiled against each of
    /// them, by `rules_in`, and are no problem yet.
    pub(crate) fn compile_for_cases(
        source: &FormSource,
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Self {
        compile::compile(source, environment, problems)
    }

    fn new(
        source: FormSource,
        fields: Vec<Field>,
        rules: Vec<Rule>,
        of_case: Vec<case::Waiting>,
    ) -> Self {
        let ty = Type::object(source.form.as_str(), fields.iter().map(Field::named));
        Self { source, fields, rules, of_case, ty }
    }

    /// The form as its YAML writes it: what a screen needs to show it.
    pub fn source(&self) -> &FormSource {
        &self.source
    }

    /// What its documents are to an expression.
    pub fn object_type(&self) -> Type {
        self.ty.clone()
    }

    /// Whether a dotted path of names leads to a field.
    pub fn has_field(&self, path: &str) -> bool {
        let mut fields = self.fields.as_slice();
        let mut found = false;
        for name in path.split('.') {
            let Some(field) = fields.iter().find(|field| field.name == name) else { return false };
            fields = field.inner();
            found = true;
        }
        found
    }

    /// Whether a dotted path of names leads to a field that can hold a mail address; none where it
    /// leads to no field.
    pub(crate) fn takes_address(&self, path: &str) -> Option<bool> {
        let (mut fields, mut kind) = (self.fields.as_slice(), None::<&Kind>);
        for name in path.split('.') {
            if matches!(kind, Some(Kind::Table { .. })) {
                return Some(false);
            }
            let field = fields.iter().find(|field| field.name == name)?;
            (fields, kind) = (field.inner(), Some(&field.kind));
        }
        kind.map(|kind| matches!(kind, Kind::Email | Kind::Text(_) | Kind::LongText(_)))
    }

    fn fields(&self) -> &[Field] {
        &self.fields
    }
}

impl Field {
    fn inner(&self) -> &[Field] {
        match &self.kind {
            Kind::Table { columns, .. } => columns,
            Kind::Group(fields) => fields,
            _ => &[],
        }
    }

    fn named(&self) -> (String, Named) {
        (self.name.clone(), Named::optional(self.ty()))
    }

    /// What the field is to an expression.
    fn ty(&self) -> Type {
        match &self.kind {
            Kind::Text(_)
            | Kind::LongText(_)
            | Kind::Email
            | Kind::Phone
            | Kind::Url
            | Kind::Uscc => Type::Text,
            Kind::Person | Kind::Unit => Type::Id,
            Kind::Integer { .. } => Type::Int,
            Kind::Decimal { .. } => Type::Double,
            Kind::Boolean | Kind::Declaration => Type::Bool,
            Kind::Choice(options) => Type::Choice(Arc::clone(options)),
            Kind::Choices(options, _) => Type::Choice(Arc::clone(options)).list(),
            Kind::Date { .. } => Type::Date,
            Kind::DateTime { .. } => Type::Timestamp,
            Kind::File(files) if files.many => file_type().list(),
            Kind::File(_) => file_type(),
            Kind::Table { columns, .. } => {
                Type::object(self.name.clone(), columns.iter().map(Self::named)).list()
            }
            Kind::Group(fields) => Type::object(self.name.clone(), fields.iter().map(Self::named)),
            Kind::Computed { expression, .. } => {
                expression.as_ref().map_or(Type::Any, |expression| expression.ty().clone())
            }
        }
    }
}

/// What an attachment is to an expression.
fn file_type() -> Type {
    Type::object(
        "file",
        [("hash", Type::Text), ("name", Type::Text), ("type", Type::Text), ("size", Type::Int)]
            .map(|(name, ty)| (name.to_owned(), Named::required(ty))),
    )
}

#[cfg(test)]
mod tests;

//! From the YAML of a form to the form that validates: options fit types, expressions are checked
//! against the fields, limits have values. Everything wrong is told at once.

use std::sync::Arc;

use indexmap::IndexMap;

use super::case::Waiting;
use super::source::{Condition, FieldSource, FieldType, FormSource, RuleSource};
use super::{
    CELLS_DEPTH_MAX, FIELDS_MAX, Field, Form, Kind, LONG_TEXT_CHARS, ROWS_MAX, Required, Rule,
    TEXT_CHARS, TEXT_CHARS_MAX,
};
use crate::expression::{self, Environment, Expression, Field as Named, Options, Source, Type};
use crate::problem::{Problem, did_you_mean};
use crate::text::Text;

/// Names that a field may not have, for expressions use them.
const RESERVED: [&str; 6] = ["now", "row", "true", "false", "null", "in"];

/// Compiles the fields of one form.
pub(super) struct Compiler<'p> {
    problems: &'p mut Vec<Problem>,
    path: Vec<String>,
    count: usize,
}

/// Compiles a form. It is made even where there are problems, as well as it goes.
pub(super) fn compile(
    source: &FormSource,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Form {
    let mut compiler = Compiler { problems, path: Vec::new(), count: 0 };
    let mut all: IndexMap<String, FieldSource> = IndexMap::new();
    let mut paths = Vec::new();
    let sections =
        source.sections.iter().enumerate().map(|(index, section)| {
            (vec!["sections".to_owned(), index.to_string()], &section.fields)
        });
    for (path, fields) in sections.chain([(Vec::new(), &source.fields)]) {
        for (name, field) in fields {
            let mut path = path.clone();
            path.extend(["fields".to_owned(), name.clone()]);
            if all.contains_key(name) {
                let message = format!("the field `{name}` stands twice in this form");
                compiler.problems.push(Problem::error("duplicateField", message).under(&path));
                continue;
            }
            all.insert(name.clone(), field.clone());
            paths.push(path);
        }
    }
    if all.is_empty() {
        let problem = Problem::error("emptyForm", "a form has at least one field");
        compiler.problems.push(problem.hint("give it `fields:` or `sections:`"));
    }
    let environment = environment.clone().with("now", Type::Timestamp);
    let (fields, inner) = compiler.fields(&all, &paths, &environment, 0);
    let (mut rules, mut of_case) = (Vec::new(), Vec::new());
    for (index, rule) in source.rules.iter().enumerate() {
        compiler.rule_field(index, rule, &all);
        match Rule::compile(index, rule, &inner) {
            Ok(rule) => rules.push(rule),
            Err(problems) => of_case.push(Waiting { index, problems }),
        }
    }
    Form::new(source.clone(), fields, rules, of_case)
}

impl Compiler<'_> {
    pub(super) fn report(&mut self, key: &str, problem: Problem) {
        let mut path = self.path.clone();
        if !key.is_empty() {
            path.push(key.to_owned());
        }
        self.problems.push(problem.under(&path));
    }

    /// Compiles fields that stand beside one another, and gives the environment they see.
    fn fields(
        &mut self,
        sources: &IndexMap<String, FieldSource>,
        paths: &[Vec<String>],
        outer: &Environment,
        depth: usize,
    ) -> (Vec<Field>, Environment) {
        let mut environment = outer.clone();
        for (name, source) in sources {
            environment.insert(name.clone(), Named::optional(declared_type(name, source)));
        }
        let mut fields = Vec::with_capacity(sources.len());
        for ((name, source), path) in sources.iter().zip(paths) {
            self.path.clone_from(path);
            self.count += 1;
            if self.count == FIELDS_MAX + 1 {
                let message = format!("a form has at most {FIELDS_MAX} fields");
                self.report("", Problem::error("tooManyFields", message));
            }
            self.name(name);
            let field = self.field(name, source, &environment, depth);
            environment.insert(name.clone(), Named::optional(field.ty()));
            fields.push(field);
        }
        (fields, environment)
    }

    fn name(&mut self, name: &str) {
        let mut characters = name.chars();
        let plain = characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.len() <= 64;
        if !plain {
            let problem = Problem::error(
                "badName",
                format!("`{name}` cannot name a field: expressions could not use it"),
            );
            self.report("", problem.at_key().hint("a name is Latin letters and digits, such as `termMonths`; what people read is the `label`"));
        } else if RESERVED.contains(&name) {
            let message = format!("`{name}` has a meaning in expressions and cannot name a field");
            self.report("", Problem::error("badName", message).at_key());
        }
    }

    fn field(
        &mut self,
        name: &str,
        source: &FieldSource,
        environment: &Environment,
        depth: usize,
    ) -> Field {
        let path = self.path.clone();
        self.options(source);
        let kind = self.kind(name, source, environment, depth);
        self.path = path;
        let required = match &source.required {
            None | Some(Condition::Fixed(false)) => Required::No,
            Some(Condition::Fixed(true)) => Required::Yes,
            Some(Condition::When(text)) => {
                match self.expression("required", text, environment, Some(&Type::Bool)) {
                    Some(expression) => Required::When(Box::new(expression)),
                    None => Required::No,
                }
            }
        };
        let when = source
            .when
            .as_ref()
            .and_then(|text| self.expression("when", text, environment, Some(&Type::Bool)))
            .map(Box::new);
        let pattern = source.pattern.as_ref().and_then(|text| self.pattern(text));
        let field = Field {
            name: name.to_owned(),
            kind,
            required,
            when,
            pattern,
            default: source.default.clone(),
            must_be: source.must_be.clone(),
        };
        for (key, value) in [("default", &field.default), ("mustBe", &field.must_be)] {
            let value = value.as_ref();
            if let Some(value) = value
                && let Some(expected) = field.misfit(value)
            {
                let message = format!("expected {expected}, found {value}");
                self.report(key, Problem::error("wrongType", message));
            } else if let Some(problem) =
                value.and_then(serde_json::Value::as_str).and_then(expression::taken_as_text)
            {
                self.report(
                    key,
                    problem.hint("each document has the same; a computed field works one out"),
                );
            }
        }
        if let Some(problem) = source.pattern.as_deref().and_then(expression::taken_as_text) {
            self.report("pattern", problem.hint("a rule of the form compares fields: `rules`"));
        }
        if let Some(Text::One(label)) = &source.label
            && let Some(problem) = expression::taken_as_text(label)
        {
            self.report("label", problem);
        }
        field
    }

    /// An expression under a key; a leading `=` is allowed where only an expression can stand.
    pub(super) fn expression(
        &mut self,
        key: &str,
        text: &str,
        environment: &Environment,
        expected: Option<&Type>,
    ) -> Option<Expression> {
        let (source, shift) = match Source::parse(text) {
            Source::Expression(source) => (source, 1),
            Source::Literal(source) => (source, 0),
        };
        match Expression::compile(&source, environment, expected) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                for problem in problems {
                    self.report(key, problem.shift(shift));
                }
                None
            }
        }
    }

    fn pattern(&mut self, text: &str) -> Option<regex::Regex> {
        match expression::pattern(&format!("^(?:{text})$")) {
            Ok(regex) => Some(regex),
            Err(message) => {
                self.report("pattern", Problem::error("badPattern", message));
                None
            }
        }
    }

    fn kind(
        &mut self,
        name: &str,
        source: &FieldSource,
        environment: &Environment,
        depth: usize,
    ) -> Kind {
        match source.kind {
            FieldType::Text => Kind::Text(self.span(source, TEXT_CHARS, TEXT_CHARS_MAX)),
            FieldType::LongText => {
                Kind::LongText(self.span(source, LONG_TEXT_CHARS, TEXT_CHARS_MAX))
            }
            FieldType::Email => Kind::Email,
            FieldType::Phone => Kind::Phone,
            FieldType::Url => Kind::Url,
            FieldType::Uscc => Kind::Uscc,
            FieldType::Person => Kind::Person,
            FieldType::Unit => Kind::Unit,
            FieldType::Boolean => Kind::Boolean,
            FieldType::Declaration => Kind::Declaration,
            FieldType::Integer => {
                let (min, max) = self.edges(source, environment, &Type::Int);
                Kind::Integer { min, max }
            }
            FieldType::Decimal => {
                let (min, max) = self.edges(source, environment, &Type::Double);
                Kind::Decimal { places: self.places(source), min, max }
            }
            FieldType::Date => {
                let (min, max) = self.edges(source, environment, &Type::Date);
                Kind::Date { min, max }
            }
            FieldType::DateTime => {
                let (min, max) = self.edges(source, environment, &Type::Timestamp);
                Kind::DateTime { min, max }
            }
            FieldType::Choice => Kind::Choice(options(source)),
            FieldType::Choices => {
                let count = source.options.len();
                Kind::Choices(options(source), self.span(source, count, count))
            }
            FieldType::File => Kind::File(self.files(source)),
            FieldType::Table => {
                let span = self.span(source, ROWS_MAX, ROWS_MAX);
                let row = declared_row(name, &source.columns);
                let environment = environment.clone().with("row", row);
                let columns = self.nested("columns", &source.columns, &environment, depth);
                Kind::Table { columns, span }
            }
            FieldType::Group => {
                Kind::Group(self.nested("fields", &source.fields, environment, depth))
            }
            FieldType::Computed => {
                let places = self.places(source);
                let expression = source.value.as_ref().and_then(|text| {
                    if !text.starts_with('=') {
                        let problem =
                            Problem::error("notAnExpression", "a computed value starts with `=`");
                        self.report("value", problem.hint(format!("write `={text}`")));
                    }
                    self.expression("value", text, environment, None)
                });
                Kind::Computed { expression: expression.map(Box::new), places }
            }
        }
    }

    fn nested(
        &mut self,
        key: &str,
        sources: &IndexMap<String, FieldSource>,
        environment: &Environment,
        depth: usize,
    ) -> Vec<Field> {
        if depth >= CELLS_DEPTH_MAX {
            let message =
                format!("tables and groups stand at most {CELLS_DEPTH_MAX} deep in one another");
            self.report(key, Problem::error("nestedTooDeep", message));
            return Vec::new();
        }
        let paths: Vec<Vec<String>> = sources
            .keys()
            .map(|name| {
                let mut path = self.path.clone();
                path.extend([key.to_owned(), name.clone()]);
                path
            })
            .collect();
        self.fields(sources, &paths, environment, depth + 1).0
    }

    fn rule_field(
        &mut self,
        index: usize,
        rule: &RuleSource,
        fields: &IndexMap<String, FieldSource>,
    ) {
        self.path = vec!["rules".to_owned(), index.to_string()];
        if let Some(name) = &rule.field
            && !fields.contains_key(name.split('.').next().unwrap_or_default())
        {
            let message = format!("there is no field `{name}` in this form");
            let hint = did_you_mean(name, fields.keys().map(String::as_str));
            self.report("field", Problem::error("unknownField", message).maybe_hint(hint));
        }
    }
}

/// The type of a field before its expressions are read; a computed one is not known yet.
fn declared_type(name: &str, source: &FieldSource) -> Type {
    match source.kind {
        FieldType::Integer => Type::Int,
        FieldType::Decimal => Type::Double,
        FieldType::Boolean | FieldType::Declaration => Type::Bool,
        FieldType::Choice => Type::Choice(options(source)),
        FieldType::Choices => Type::Choice(options(source)).list(),
        FieldType::Date => Type::Date,
        FieldType::DateTime => Type::Timestamp,
        FieldType::File if source.many == Some(true) => super::file_type().list(),
        FieldType::File => super::file_type(),
        FieldType::Table => declared_row(name, &source.columns).list(),
        FieldType::Group => declared_row(name, &source.fields),
        FieldType::Computed => Type::Any,
        FieldType::Text
        | FieldType::LongText
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Url
        | FieldType::Uscc => Type::Text,
        FieldType::Person | FieldType::Unit => Type::Id,
    }
}

/// The options of a choice.
fn options(source: &FieldSource) -> Arc<Options> {
    let options = source.options.iter().map(|(word, label)| (word.clone(), label.clone()));
    Arc::new(Options::labelled(options))
}

fn declared_row(name: &str, sources: &IndexMap<String, FieldSource>) -> Type {
    Type::object(
        name,
        sources
            .iter()
            .map(|(name, source)| (name.clone(), Named::optional(declared_type(name, source)))),
    )
}

//! From the YAML of a form to the form that validates: options fit types, expressions are checked
//! against the fields, limits have values. Everything wrong is told at once.

use indexmap::IndexMap;
use serde_json::Value;

use super::source::{Condition, FieldSource, FieldType, FormSource, RuleSource};
use super::values::size_of;
use super::{
    CELLS_DEPTH_MAX, Edge, FIELDS_MAX, FILE_BYTES_MAX, FILES_MAX, Field, Files, Form, Kind,
    LONG_TEXT_CHARS, ROWS_MAX, Required, Rule, Span, TEXT_CHARS, TEXT_CHARS_MAX,
};
use crate::expression::{self, Environment, Expression, Field as Named, Source, Type};
use crate::problem::{Problem, did_you_mean};

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
    let rules = source
        .rules
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| compiler.rule(index, rule, &inner, &all))
        .collect();
    Form::new(source.clone(), fields, rules)
}

impl Compiler<'_> {
    fn report(&mut self, key: &str, problem: Problem) {
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
            self.report("", problem.hint("a name is Latin letters and digits, such as `termMonths`; what people read is the `label`"));
        } else if RESERVED.contains(&name) {
            let message = format!("`{name}` has a meaning in expressions and cannot name a field");
            self.report("", Problem::error("badName", message));
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
                    Some(expression) => Required::When(expression),
                    None => Required::No,
                }
            }
        };
        let when = source
            .when
            .as_ref()
            .and_then(|text| self.expression("when", text, environment, Some(&Type::Bool)));
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
            if let Some(value) = value
                && let Some(expected) = field.misfit(value)
            {
                let message = format!("expected {expected}, found {value}");
                self.report(key, Problem::error("wrongType", message));
            }
        }
        field
    }

    /// An expression under a key; a leading `=` is allowed where only an expression can stand.
    fn expression(
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

    /// Reports options that have no meaning for the type, and those that it needs.
    fn options(&mut self, source: &FieldSource) {
        use FieldType as T;
        let ty = source.kind;
        let text = matches!(
            ty,
            T::Text | T::LongText | T::Email | T::Phone | T::Url | T::Uscc | T::Person | T::Unit
        );
        let number = matches!(ty, T::Integer | T::Decimal);
        let counted = matches!(ty, T::Choices | T::Table | T::File)
            || number
            || matches!(ty, T::Text | T::LongText | T::Date | T::DateTime);
        let computed = ty == T::Computed;
        let fits = [
            ("min", source.min.is_some(), counted),
            ("max", source.max.is_some(), counted),
            ("pattern", source.pattern.is_some(), text),
            ("places", source.places.is_some(), ty == T::Decimal || computed),
            ("unit", source.unit.is_some(), number || computed),
            ("options", !source.options.is_empty(), matches!(ty, T::Choice | T::Choices)),
            ("columns", !source.columns.is_empty(), ty == T::Table),
            ("fields", !source.fields.is_empty(), ty == T::Group),
            ("value", source.value.is_some(), computed),
            ("accept", !source.accept.is_empty(), ty == T::File),
            ("maxSize", source.max_size.is_some(), ty == T::File),
            ("many", source.many.is_some(), ty == T::File),
            ("default", source.default.is_some(), !computed && ty != T::Declaration),
            ("mustBe", source.must_be.is_some(), !computed),
            ("required", source.required.is_some(), !computed),
        ];
        let name = type_name(ty);
        for (key, given, fitting) in fits {
            if given && !fitting {
                let message = format!("`{key}` has no meaning for a field of type {name}");
                self.report(key, Problem::error("uselessOption", message));
            }
        }
        let needs = match ty {
            T::Choice | T::Choices if source.options.is_empty() => Some("options"),
            T::Table if source.columns.is_empty() => Some("columns"),
            T::Group if source.fields.is_empty() => Some("fields"),
            T::Computed if source.value.is_none() => Some("value"),
            _ => None,
        };
        if let Some(key) = needs {
            let message = format!("a field of type {name} needs `{key}`");
            self.report("", Problem::error("missingOption", message));
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
            FieldType::LongText => Kind::Text(self.span(source, LONG_TEXT_CHARS, TEXT_CHARS_MAX)),
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
            FieldType::Choice => Kind::Choice(source.options.keys().cloned().collect()),
            FieldType::Choices => {
                let count = source.options.len();
                Kind::Choices(
                    source.options.keys().cloned().collect(),
                    self.span(source, count, count),
                )
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
                Kind::Computed { expression, places }
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

    fn places(&mut self, source: &FieldSource) -> Option<u32> {
        if source.places.is_some_and(|places| places > 9) {
            self.report("places", Problem::error("wrongType", "expected at most 9 decimal places"));
        }
        source.places.map(|places| places.min(9))
    }

    /// A count that `min` and `max` bound.
    fn span(&mut self, source: &FieldSource, usual: usize, most: usize) -> Span {
        let min = self.count("min", source.min.as_ref()).unwrap_or(0);
        let max = self.count("max", source.max.as_ref()).unwrap_or(usual);
        if max > most {
            let message = format!("at most {most} is possible here, found {max}");
            self.report("max", Problem::error("tooLarge", message));
        }
        if min > max {
            let message = format!("`min` is {min}, which is more than the most, {max}");
            self.report("min", Problem::error("emptyRange", message));
        }
        Span { min, max: max.min(most) }
    }

    fn count(&mut self, key: &str, value: Option<&Value>) -> Option<usize> {
        let value = value?;
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        if count.is_none() {
            let message = format!("expected a count such as 10, found {value}");
            self.report(key, Problem::error("wrongType", message));
        }
        count
    }

    fn edges(
        &mut self,
        source: &FieldSource,
        environment: &Environment,
        ty: &Type,
    ) -> (Option<Edge>, Option<Edge>) {
        let mut edge = |key, value: &Option<Value>| {
            value.as_ref().and_then(|value| self.edge(key, value, environment, ty))
        };
        let (min, max) = (edge("min", &source.min), edge("max", &source.max));
        if let (Some(Edge::Fixed(low)), Some(Edge::Fixed(high))) = (&min, &max)
            && super::check::compare(low, high).is_some_and(std::cmp::Ordering::is_gt)
        {
            let message = format!("`min` {low} is more than `max` {high}");
            self.report("min", Problem::error("emptyRange", message));
        }
        (min, max)
    }

    fn edge(
        &mut self,
        key: &str,
        value: &Value,
        environment: &Environment,
        ty: &Type,
    ) -> Option<Edge> {
        if let Some(text) = value.as_str()
            && text.starts_with('=')
        {
            return self.expression(key, text, environment, Some(ty)).map(Edge::Computed);
        }
        let fits = match ty {
            Type::Int => value.is_i64(),
            Type::Double => value.is_number(),
            Type::Date => value.as_str().is_some_and(|text| expression::day(text).is_some()),
            _ => value.is_string() && expression::to_timestamp(value, environment.zone()).is_some(),
        };
        if fits {
            return Some(Edge::Fixed(value.clone()));
        }
        let problem = Problem::error("wrongType", format!("expected {ty}, found {value}"));
        self.report(key, problem.hint("an expression starts with `=`"));
        None
    }

    fn files(&mut self, source: &FieldSource) -> Files {
        let many = source.many.unwrap_or(false);
        let most = if many { FILES_MAX } else { 1 };
        let bytes_max = match &source.max_size {
            None => FILE_BYTES_MAX,
            Some(text) => match size_of(text) {
                Some(bytes) if bytes <= FILE_BYTES_MAX => bytes,
                Some(_) => {
                    let message =
                        format!("a file has at most {FILE_BYTES_MAX} bytes, found `{text}`");
                    self.report("maxSize", Problem::error("tooLarge", message));
                    FILE_BYTES_MAX
                }
                None => {
                    let message = format!("expected a size such as `20 MB`, found `{text}`");
                    self.report("maxSize", Problem::error("wrongType", message));
                    FILE_BYTES_MAX
                }
            },
        };
        let span = if many { self.span(source, most, most) } else { Span { min: 0, max: 1 } };
        Files { accept: source.accept.clone(), bytes_max, many, span }
    }

    fn rule(
        &mut self,
        index: usize,
        rule: &RuleSource,
        environment: &Environment,
        fields: &IndexMap<String, FieldSource>,
    ) -> Option<Rule> {
        self.path = vec!["rules".to_owned(), index.to_string()];
        if let Some(name) = &rule.field
            && !fields.contains_key(name.split('.').next().unwrap_or_default())
        {
            let message = format!("there is no field `{name}` in this form");
            let hint = did_you_mean(name, fields.keys().map(String::as_str));
            self.report("field", Problem::error("unknownField", message).maybe_hint(hint));
        }
        let check = self.expression("check", &rule.check, environment, Some(&Type::Bool))?;
        let field = rule.field.iter().flat_map(|name| name.split('.')).map(str::to_owned).collect();
        Some(Rule { check, message: rule.message.clone(), field })
    }
}

/// The type of a field before its expressions are read; a computed one is not known yet.
fn declared_type(name: &str, source: &FieldSource) -> Type {
    match source.kind {
        FieldType::Integer => Type::Int,
        FieldType::Decimal => Type::Double,
        FieldType::Boolean | FieldType::Declaration => Type::Bool,
        FieldType::Choice => Type::choice(source.options.keys().cloned()),
        FieldType::Choices => Type::choice(source.options.keys().cloned()).list(),
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
        | FieldType::Uscc
        | FieldType::Person
        | FieldType::Unit => Type::Text,
    }
}

fn declared_row(name: &str, sources: &IndexMap<String, FieldSource>) -> Type {
    Type::object(
        name,
        sources
            .iter()
            .map(|(name, source)| (name.clone(), Named::optional(declared_type(name, source)))),
    )
}

fn type_name(ty: FieldType) -> String {
    serde_json::to_value(ty)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

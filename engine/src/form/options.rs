//! The options of a field: which fit its type, and what its limits are. The fields themselves are
//! `compile.rs`.

use serde_json::Value;

use super::compile::Compiler;
use super::source::{FieldSource, FieldType};
use super::values::size_of;
use super::{Edge, FILE_BYTES_MAX, FILES_MAX, Files, Span};
use crate::expression::{self, Environment, Type};
use crate::problem::Problem;

impl Compiler<'_> {
    /// Reports options that have no meaning for the type, and those that it needs.
    pub(super) fn options(&mut self, source: &FieldSource) {
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

    pub(super) fn places(&mut self, source: &FieldSource) -> Option<u32> {
        if source.places.is_some_and(|places| places > 9) {
            self.report("places", Problem::error("wrongType", "expected at most 9 decimal places"));
        }
        source.places.map(|places| places.min(9))
    }

    /// A count that `min` and `max` bound.
    pub(super) fn span(&mut self, source: &FieldSource, usual: usize, most: usize) -> Span {
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

    pub(super) fn edges(
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
            return self
                .expression(key, text, environment, Some(ty))
                .map(Box::new)
                .map(Edge::Computed);
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

    pub(super) fn files(&mut self, source: &FieldSource) -> Files {
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
}

/// What `type:` says of it.
pub(crate) fn type_name(ty: FieldType) -> String {
    serde_json::to_value(ty)
        .ok()
        .and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

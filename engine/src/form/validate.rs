//! A whole document against its form: rights, shapes, what is computed, what is hidden by a
//! condition, what must be filled in, and the rules between fields. All errors at once.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::check::{compare, is_empty};
use super::message::Fault;
use super::rights::join;
use super::settle::settle;
use super::{ERRORS_MAX, Edge, Field, FieldError, Form, Kind, Required, Rights, Rule};
use crate::expression::Scope;
use crate::time::Timestamp;

/// What the expressions of a field see: its neighbours, then what is around them.
pub(super) struct Level<'a> {
    pub(super) fields: &'a [Field],
    pub(super) values: &'a Value,
    pub(super) is_row: bool,
    pub(super) outer: Option<&'a Level<'a>>,
    pub(super) now: &'a Value,
}

impl Scope for Level<'_> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        let mut level = Some(self);
        while let Some(current) = level {
            if current.is_row && name == "row" {
                return Some(Cow::Borrowed(current.values));
            }
            if current.fields.iter().any(|field| field.name == name) {
                return current
                    .values
                    .get(name)
                    .filter(|value| !value.is_null())
                    .map(Cow::Borrowed);
            }
            level = current.outer;
        }
        (name == "now").then_some(Cow::Borrowed(self.now))
    }
}

impl Form {
    /// Checks a document that is to be kept, and gives it in its normal form: computed fields
    /// filled, empty ones left out, those that a condition hides dropped, those that the step may
    /// not edit as they were. Fields that the step may not edit are not complained about.
    pub fn validate(
        &self,
        value: &Value,
        rights: &Rights,
        previous: Option<&Value>,
        now: Timestamp,
    ) -> Result<Value, Vec<FieldError>> {
        self.validate_demanding(value, rights, &[], previous, now)
    }

    /// The same, where some fields must be filled in that the form does not require: dotted paths of
    /// names, each of a field that the step edits.
    pub(crate) fn validate_demanding(
        &self,
        value: &Value,
        rights: &Rights,
        demanded: &[String],
        previous: Option<&Value>,
        now: Timestamp,
    ) -> Result<Value, Vec<FieldError>> {
        let mut validator = Validator::new(rights).demanding(demanded);
        let mut map = validator.read(self, value, previous)?;
        validator.defaults(self.fields(), &mut map, "");
        let now = Value::from(now.0);
        settle(self.fields(), &mut map, rights, &now);
        let document = Value::Object(map);
        let level = level(self.fields(), &document, &now);
        validator.judge(self.fields(), &level, "", &mut Vec::new());
        validator.demand(self.fields(), &level, "", &mut Vec::new());
        validator.rules(self, &level);
        validator.finish(document)
    }

    /// Checks a draft: only names, shapes, sizes and rights. What is missing or not yet right may
    /// stay so.
    pub fn validate_draft(
        &self,
        value: &Value,
        rights: &Rights,
        previous: Option<&Value>,
    ) -> Result<Value, Vec<FieldError>> {
        let mut validator = Validator::new(rights);
        let map = validator.read(self, value, previous)?;
        validator.finish(Value::Object(map))
    }
}

pub(super) fn level<'a>(fields: &'a [Field], values: &'a Value, now: &'a Value) -> Level<'a> {
    Level { fields, values, is_row: false, outer: None, now }
}

pub(super) struct Validator<'r> {
    pub(super) rights: &'r Rights,
    /// Dotted paths of fields that must be filled in though the form does not require them.
    pub(super) demanded: &'r [String],
    errors: Vec<FieldError>,
}

impl<'r> Validator<'r> {
    pub(super) fn new(rights: &'r Rights) -> Self {
        Self { rights, demanded: &[], errors: Vec::new() }
    }

    pub(super) fn demanding(self, demanded: &'r [String]) -> Self {
        Self { demanded, ..self }
    }

    /// What was found wrong.
    pub(super) fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Whether something is wrong with a field already.
    pub(super) fn is_told(&self, path: &[String]) -> bool {
        self.errors.iter().any(|error| error.path == path)
    }

    pub(super) fn report(&mut self, path: &[String], fault: Fault) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(fault.at(path));
        }
    }

    fn finish(self, document: Value) -> Result<Value, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(document) } else { Err(self.errors) }
    }

    /// Complains about what is missing or wrong among fields that stand beside one another.
    fn judge(&mut self, fields: &[Field], level: &Level<'_>, names: &str, path: &mut Vec<String>) {
        for field in fields {
            let names = join(names, &field.name);
            path.push(field.name.clone());
            if !self.is_told(path) && self.editable(field, &names) && field.visible(level) {
                self.judge_field(field, level, &names, path);
            }
            path.pop();
        }
    }

    fn judge_field(
        &mut self,
        field: &Field,
        level: &Level<'_>,
        names: &str,
        path: &mut Vec<String>,
    ) {
        let value = level.values.get(&field.name).filter(|value| !is_empty(value));
        let required = field.is_required(level);
        if let (Kind::Group(fields), true) = (&field.kind, required || value.is_some()) {
            let empty = Value::Object(Map::new());
            let values = value.unwrap_or(&empty);
            let inner = Level { fields, values, is_row: false, outer: Some(level), now: level.now };
            return self.judge(fields, &inner, names, path);
        }
        let Some(value) = value else {
            match field.kind {
                Kind::Declaration => self.report(path, Fault::not_accepted()),
                Kind::Computed { .. } => {}
                _ if required => self.report(path, Fault::required()),
                _ => {}
            }
            return;
        };
        if let Err(fault) = field.format(value).and_then(|()| field.within(value, level)) {
            self.report(path, fault);
        }
        if let (Kind::Table { columns, .. }, Some(rows)) = (&field.kind, value.as_array()) {
            for (index, row) in rows.iter().enumerate() {
                path.push(index.to_string());
                let inner = Level {
                    fields: columns,
                    values: row,
                    is_row: true,
                    outer: Some(level),
                    now: level.now,
                };
                self.judge(columns, &inner, names, path);
                path.pop();
            }
        }
    }

    /// The rules between fields. One that reads only fields this step may not edit is left to the
    /// step that may; one that reads a field with an error waits until that is mended.
    fn rules(&mut self, form: &Form, level: &Level<'_>) {
        for rule in &form.rules {
            let reads: Vec<&Field> = form
                .fields()
                .iter()
                .filter(|field| rule.check.references().contains(&field.name))
                .collect();
            let mine =
                reads.is_empty() || reads.iter().any(|field| self.editable(field, &field.name));
            let broken = self.errors.iter().any(|error| {
                error.path.first().is_some_and(|first| reads.iter().any(|f| f.name == *first))
            });
            if mine && !broken && ERRORS_MAX > self.errors.len() {
                self.rule(rule, level);
            }
        }
    }

    fn rule(&mut self, rule: &Rule, level: &Level<'_>) {
        match rule.check.evaluate(level) {
            Ok(Value::Bool(false)) => self.errors.push(rule.broken()),
            Ok(_) => {}
            Err(error) => self.report(&rule.field, Fault::not_computable(&error.message)),
        }
    }
}

impl Field {
    /// Whether its condition holds. One that fails shows the field: better seen than lost.
    pub(super) fn visible(&self, level: &Level<'_>) -> bool {
        self.when.as_ref().is_none_or(|when| when.evaluate_bool(level).unwrap_or(true))
    }

    pub(super) fn is_required(&self, level: &Level<'_>) -> bool {
        match &self.required {
            Required::No => matches!(self.kind, Kind::Declaration),
            Required::Yes => true,
            Required::When(condition) => condition.evaluate_bool(level).unwrap_or(true),
        }
    }

    /// Whether a value is between the least and the most.
    fn within(&self, value: &Value, level: &Level<'_>) -> Result<(), Fault> {
        let (Kind::Integer { min, max }
        | Kind::Decimal { min, max, .. }
        | Kind::Date { min, max }
        | Kind::DateTime { min, max }) = &self.kind
        else {
            return Ok(());
        };
        let shown = |edge: &Value| edge.as_str().map_or_else(|| edge.to_string(), str::to_owned);
        if let Some(least) = edge(min.as_ref(), level)?
            && compare(value, &least).is_some_and(std::cmp::Ordering::is_lt)
        {
            return Err(Fault::too_small(&shown(&least)));
        }
        match edge(max.as_ref(), level)? {
            Some(most) if compare(value, &most).is_some_and(std::cmp::Ordering::is_gt) => {
                Err(Fault::too_large(&shown(&most)))
            }
            _ => Ok(()),
        }
    }
}

fn edge<'e>(edge: Option<&'e Edge>, level: &Level<'_>) -> Result<Option<Cow<'e, Value>>, Fault> {
    match edge {
        None => Ok(None),
        Some(Edge::Fixed(value)) => Ok(Some(Cow::Borrowed(value))),
        Some(Edge::Computed(expression)) => match expression.evaluate(level) {
            Ok(Value::Null) => Ok(None),
            Ok(value) => Ok(Some(Cow::Owned(value))),
            Err(error) => Err(Fault::not_computable(&error.message)),
        },
    }
}

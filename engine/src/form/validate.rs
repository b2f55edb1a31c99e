//! A whole document against its form: rights, shapes, what is computed, what is hidden by a
//! condition, what must be filled in, and the rules between fields. All errors at once.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::check::{compare, is_empty, number_value, same};
use super::message::Fault;
use super::rights::join;
use super::{
    DOCUMENT_BYTES_MAX, ERRORS_MAX, Edge, Field, FieldError, Form, Kind, Required, Rights, Rule,
};
use crate::definition::source::FieldRight;
use crate::expression::{Expression, Scope, round};
use crate::problem::nearest;
use crate::time::Timestamp;

/// How often conditions and computed fields are settled, for they may hang on one another.
const PASSES_MAX: usize = 8;

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
        let mut validator = Validator::new(rights);
        let mut map = validator.read(self, value, previous)?;
        validator.defaults(self.fields(), &mut map, "");
        let now = Value::from(now.0);
        settle(self.fields(), &mut map, rights, &now);
        let document = Value::Object(map);
        let level = level(self.fields(), &document, &now);
        validator.judge(self.fields(), &level, "", &mut Vec::new());
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

struct Validator<'r> {
    rights: &'r Rights,
    errors: Vec<FieldError>,
}

impl<'r> Validator<'r> {
    fn new(rights: &'r Rights) -> Self {
        Self { rights, errors: Vec::new() }
    }

    fn report(&mut self, path: &[String], fault: Fault) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(fault.at(path));
        }
    }

    fn finish(self, document: Value) -> Result<Value, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(document) } else { Err(self.errors) }
    }

    /// The document as it is written, with what the step may not edit as it was.
    fn read(
        &mut self,
        form: &Form,
        value: &Value,
        previous: Option<&Value>,
    ) -> Result<Map<String, Value>, Vec<FieldError>> {
        let size = value.to_string().len();
        if size > DOCUMENT_BYTES_MAX {
            return Err(vec![Fault::document_size(size).at(&[])]);
        }
        let Some(given) = value.as_object() else {
            let fault = Fault::new("NOT_A_DOCUMENT", "应为表单内容。", "Expected fields by name.");
            return Err(vec![fault.at(&[])]);
        };
        let previous = previous.and_then(Value::as_object);
        Ok(self.merge(form.fields(), given, previous, "", &mut Vec::new()))
    }

    fn merge(
        &mut self,
        fields: &[Field],
        given: &Map<String, Value>,
        previous: Option<&Map<String, Value>>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Map<String, Value> {
        for name in given.keys() {
            if !fields.iter().any(|field| field.name == *name) {
                let near = nearest(name, fields.iter().map(|field| field.name.as_str()));
                path.push(name.clone());
                self.report(path, Fault::unknown(name, near));
                path.pop();
            }
        }
        let mut merged = Map::new();
        for field in fields {
            let names = join(names, &field.name);
            path.push(field.name.clone());
            let given = given.get(&field.name).filter(|value| !is_empty(value));
            let previous = previous.and_then(|map| map.get(&field.name));
            let kept = match &field.kind {
                Kind::Computed { .. } => None,
                _ => self.merge_field(field, given, previous, &names, path),
            };
            if let Some(kept) = kept.filter(|value| !is_empty(value)) {
                merged.insert(field.name.clone(), kept);
            }
            path.pop();
        }
        merged
    }

    fn merge_field(
        &mut self,
        field: &Field,
        given: Option<&Value>,
        previous: Option<&Value>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Option<Value> {
        if !self.editable(field, names) {
            if given.is_some_and(|given| !unchanged(field, given, previous)) {
                self.report(path, Fault::not_editable());
            }
            return previous.cloned();
        }
        let shaped = match given.map(|given| field.shape(given)) {
            Some(Ok(shaped)) => Some(shaped),
            Some(Err(fault)) => {
                self.report(path, fault);
                return None;
            }
            None => None,
        };
        match &field.kind {
            Kind::Group(fields) => {
                let empty = Map::new();
                let given = shaped.as_ref().and_then(Value::as_object).unwrap_or(&empty);
                let previous = previous.and_then(Value::as_object);
                Some(Value::Object(self.merge(fields, given, previous, names, path)))
            }
            Kind::Table { columns, .. } => {
                let rows = shaped.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
                let before = previous.and_then(Value::as_array);
                self.merge_rows(columns, &rows, before, names, path)
            }
            _ => shaped,
        }
    }

    fn merge_rows(
        &mut self,
        columns: &[Field],
        rows: &[Value],
        previous: Option<&Vec<Value>>,
        names: &str,
        path: &mut Vec<String>,
    ) -> Option<Value> {
        let before = previous.map_or(0, Vec::len);
        if self.rights.of(names) != FieldRight::Edit && rows.len() != before {
            self.report(path, Fault::not_editable());
            return previous.map(|rows| Value::Array(rows.clone()));
        }
        let mut merged = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            path.push(index.to_string());
            if let Some(row) = row.as_object() {
                let before = previous.and_then(|rows| rows.get(index)?.as_object());
                merged.push(Value::Object(self.merge(columns, row, before, names, path)));
            } else {
                let fault = Fault::new("NOT_A_ROW", "应为一行。", "Expected a row of columns.");
                self.report(path, fault);
            }
            path.pop();
        }
        Some(Value::Array(merged))
    }

    /// Whether the step may write a field, or anything below it.
    fn editable(&self, field: &Field, names: &str) -> bool {
        self.rights.of(names) == FieldRight::Edit
            || field.inner().iter().any(|inner| self.editable(inner, &join(names, &inner.name)))
    }

    /// Fills in what fields start with, where the step edits them.
    fn defaults(&mut self, fields: &[Field], map: &mut Map<String, Value>, names: &str) {
        for field in fields {
            let names = join(names, &field.name);
            if let (Some(default), FieldRight::Edit) = (&field.default, self.rights.of(&names))
                && !map.contains_key(&field.name)
                && let Ok(value) = field.shape(default)
            {
                map.insert(field.name.clone(), value);
            }
            match (&field.kind, map.get_mut(&field.name)) {
                (Kind::Group(fields), Some(Value::Object(inner))) => {
                    self.defaults(fields, inner, &names);
                }
                (Kind::Table { columns, .. }, Some(Value::Array(rows))) => {
                    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                        self.defaults(columns, row, &names);
                    }
                }
                _ => {}
            }
        }
    }

    /// Complains about what is missing or wrong among fields that stand beside one another.
    fn judge(&mut self, fields: &[Field], level: &Level<'_>, names: &str, path: &mut Vec<String>) {
        for field in fields {
            let names = join(names, &field.name);
            path.push(field.name.clone());
            let broken = self.errors.iter().any(|error| error.path == *path);
            if !broken && self.editable(field, &names) && field.visible(level) {
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
            Ok(Value::Bool(false)) => self.errors.push(FieldError {
                path: rule.field.clone(),
                code: "RULE_BROKEN".to_owned(),
                message: rule.message.clone(),
            }),
            Ok(_) => {}
            Err(error) => self.report(&rule.field, Fault::not_computable(&error.message)),
        }
    }
}

/// Whether what is given is what was there.
fn unchanged(field: &Field, given: &Value, previous: Option<&Value>) -> bool {
    let Some(previous) = previous else { return false };
    same(given, previous)
        || match &field.kind {
            // A container comes back without what was hidden in it, and with empty cells.
            Kind::Group(fields) => parts_unchanged(fields, given, previous),
            Kind::Table { columns, .. } => match (given.as_array(), previous.as_array()) {
                (Some(given), Some(previous)) => {
                    given.len() == previous.len()
                        && given
                            .iter()
                            .zip(previous)
                            .all(|(given, previous)| parts_unchanged(columns, given, previous))
                }
                _ => false,
            },
            _ => field.shape(given).is_ok_and(|given| same(&given, previous)),
        }
}

fn parts_unchanged(fields: &[Field], given: &Value, previous: &Value) -> bool {
    given.as_object().is_some_and(|given| {
        given.iter().all(|(name, value)| {
            is_empty(value)
                || fields
                    .iter()
                    .find(|field| field.name == *name)
                    .is_some_and(|field| unchanged(field, value, previous.get(name)))
        })
    })
}

/// Fills what is computed and drops what conditions hide, until nothing changes any more.
fn settle(fields: &[Field], map: &mut Map<String, Value>, rights: &Rights, now: &Value) {
    for _ in 0..PASSES_MAX {
        let before = Value::Object(map.clone());
        let outer = level(&[], &Value::Null, now);
        settle_level(fields, map, rights, &outer, "", false);
        if before.as_object() == Some(map) {
            return;
        }
    }
}

fn settle_level(
    fields: &[Field],
    map: &mut Map<String, Value>,
    rights: &Rights,
    outer: &Level<'_>,
    names: &str,
    is_row: bool,
) {
    for field in fields.iter().filter(|field| field.is_dynamic()) {
        let names = join(names, &field.name);
        let values = Value::Object(map.clone());
        let level = Level { fields, values: &values, is_row, outer: Some(outer), now: outer.now };
        let computed = matches!(field.kind, Kind::Computed { .. });
        if !field.visible(&level) && (computed || rights.of(&names) == FieldRight::Edit) {
            map.remove(&field.name);
            continue;
        }
        match (&field.kind, map.get_mut(&field.name)) {
            (Kind::Computed { expression: Some(expression), places }, _) => {
                match computed_value(expression, *places, &level) {
                    Some(value) => map.insert(field.name.clone(), value),
                    None => map.remove(&field.name),
                };
            }
            (Kind::Group(fields), None) if fields.iter().any(Field::is_dynamic) => {
                let mut inner = Map::new();
                settle_level(fields, &mut inner, rights, &level, &names, false);
                if !inner.is_empty() {
                    map.insert(field.name.clone(), Value::Object(inner));
                }
            }
            (Kind::Group(fields), Some(Value::Object(inner))) => {
                settle_level(fields, inner, rights, &level, &names, false);
            }
            (Kind::Table { columns, .. }, Some(Value::Array(rows))) => {
                for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                    settle_level(columns, row, rights, &level, &names, true);
                }
            }
            _ => {}
        }
    }
}

fn computed_value(
    expression: &Expression,
    places: Option<u32>,
    level: &Level<'_>,
) -> Option<Value> {
    let value = expression.evaluate(level).ok().filter(|value| !is_empty(value))?;
    Some(match (value.as_f64(), places) {
        (Some(number), Some(places)) => number_value(round(number, places)),
        (Some(number), None) if value.is_f64() => number_value(number),
        _ => value,
    })
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

    /// Whether it, or something below it, hangs on an expression.
    fn is_dynamic(&self) -> bool {
        self.when.is_some()
            || matches!(self.kind, Kind::Computed { .. })
            || self.inner().iter().any(Field::is_dynamic)
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

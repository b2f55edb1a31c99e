//! What hangs on expressions: computed fields are filled, fields that a condition hides are
//! dropped, until nothing changes any more. Whether the rest is right is `validate.rs`.

use serde_json::{Map, Value};

use super::check::{is_empty, number_value};
use super::validate::{Level, level};
use super::{Field, Kind};
use crate::expression::{Expression, round};

/// How often conditions and computed fields are settled, for they may hang on one another.
const PASSES_MAX: usize = 8;

/// Fills what is computed and drops what conditions hide, until nothing changes any more.
pub(super) fn settle(fields: &[Field], map: &mut Map<String, Value>, now: &Value) {
    for _ in 0..PASSES_MAX {
        let before = Value::Object(map.clone());
        let outer = level(&[], &Value::Null, now);
        settle_level(fields, map, &outer, false);
        if before.as_object() == Some(map) {
            return;
        }
    }
}

fn settle_level(fields: &[Field], map: &mut Map<String, Value>, outer: &Level<'_>, is_row: bool) {
    for field in fields.iter().filter(|field| field.is_dynamic()) {
        let values = Value::Object(map.clone());
        let level = Level { fields, values: &values, is_row, outer: Some(outer), now: outer.now };
        // What is there no more is so for everybody, whoever may see or edit it.
        if !field.visible(&level) {
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
                settle_level(fields, &mut inner, &level, false);
                if !inner.is_empty() {
                    map.insert(field.name.clone(), Value::Object(inner));
                }
            }
            (Kind::Group(fields), Some(Value::Object(inner))) => {
                settle_level(fields, inner, &level, false);
            }
            (Kind::Table { columns, .. }, Some(Value::Array(rows))) => {
                for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                    settle_level(columns, row, &level, true);
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
    /// Whether it, or something below it, hangs on an expression.
    fn is_dynamic(&self) -> bool {
        self.when.is_some()
            || matches!(self.kind, Kind::Computed { .. })
            || self.inner().iter().any(Field::is_dynamic)
    }
}

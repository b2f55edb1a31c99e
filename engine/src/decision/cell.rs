//! One cell of a decision table: what it asks of its input.
//!
//! `-` or nothing: anything. A value: just that. A list: any of them. `< 3`, `<= 3`, `> 3`, `>= 3`,
//! `!= 3`; `3..5`, both included; `not(a, b)`: none of them. With `=`: an expression, which sees
//! the inputs and this one as `value`.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::expression::{Expression, ExpressionError, Scope, Type, day};
use crate::problem::{Problem, did_you_mean};

/// What a cell asks of its input.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Anything,
    Is(Value),
    Compare(Sign, Value),
    Between(Value, Value),
    AnyOf(Vec<Cell>),
    NoneOf(Vec<Cell>),
    Expression(Expression),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    NotEqual,
}

/// How two values sort; `None` where they do not.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether two values are the same, `3` and `3.0` too.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    left == right
        || (left.is_number() && right.is_number() && order(left, right) == Some(Ordering::Equal))
}

impl Cell {
    /// Whether the input is as asked. The scope is only for expressions.
    pub(super) fn holds(&self, value: &Value, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        Ok(match self {
            Self::Anything => true,
            Self::Is(expected) => same(value, expected),
            Self::Compare(Sign::NotEqual, limit) => !same(value, limit),
            Self::Compare(sign, limit) => order(value, limit).is_some_and(|order| match sign {
                Sign::Less => order.is_lt(),
                Sign::LessEqual => order.is_le(),
                Sign::Greater => order.is_gt(),
                Sign::GreaterEqual => order.is_ge(),
                Sign::NotEqual => order.is_ne(),
            }),
            Self::Between(low, high) => {
                order(value, low).is_some_and(Ordering::is_ge)
                    && order(value, high).is_some_and(Ordering::is_le)
            }
            Self::AnyOf(cells) => any(cells, value, scope)?,
            Self::NoneOf(cells) => !any(cells, value, scope)?,
            Self::Expression(expression) => expression.evaluate_bool(scope)?,
        })
    }

    /// Whether it can be told without running an expression.
    pub(super) fn is_plain(&self) -> bool {
        match self {
            Self::Expression(_) => false,
            Self::AnyOf(cells) | Self::NoneOf(cells) => cells.iter().all(Self::is_plain),
            Self::Anything | Self::Is(_) | Self::Compare(..) | Self::Between(..) => true,
        }
    }

    /// Every value that is written in it.
    pub(super) fn values<'a>(&'a self, into: &mut Vec<&'a Value>) {
        match self {
            Self::Is(value) | Self::Compare(_, value) => into.push(value),
            Self::Between(low, high) => into.extend([low, high]),
            Self::AnyOf(cells) | Self::NoneOf(cells) => {
                for cell in cells {
                    cell.values(into);
                }
            }
            Self::Anything | Self::Expression(_) => {}
        }
    }
}

fn any(cells: &[Cell], value: &Value, scope: &dyn Scope) -> Result<bool, ExpressionError> {
    for cell in cells {
        if cell.holds(value, scope)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a cell of an input of some type. Expressions are compiled by the caller.
pub(super) fn parse(
    value: &Value,
    ty: &Type,
    compile: &mut dyn FnMut(&str) -> Result<Expression, Vec<Problem>>,
) -> Result<Cell, Vec<Problem>> {
    match value {
        Value::Null => Ok(Cell::Anything),
        Value::Array(items) => {
            let mut cells = Vec::with_capacity(items.len());
            let mut problems = Vec::new();
            for (index, item) in items.iter().enumerate() {
                match parse(item, ty, compile) {
                    Ok(cell) => cells.push(cell),
                    Err(found) => problems.extend(
                        found.into_iter().map(|problem| problem.under(&[index.to_string()])),
                    ),
                }
            }
            if problems.is_empty() { Ok(Cell::AnyOf(cells)) } else { Err(problems) }
        }
        Value::String(text) => text_cell(text.trim(), ty, compile),
        Value::Bool(_) | Value::Number(_) => literal(value, ty).map(Cell::Is),
        Value::Object(_) => Err(vec![
            Problem::error("wrongType", "expected a value, a list or a condition, found keys")
                .hint("write `< 3`, `3..5`, `not(a)`, a list, or an expression with `=`"),
        ]),
    }
}

fn text_cell(
    text: &str,
    ty: &Type,
    compile: &mut dyn FnMut(&str) -> Result<Expression, Vec<Problem>>,
) -> Result<Cell, Vec<Problem>> {
    if text == "-" {
        return Ok(Cell::Anything);
    }
    if let Some(expression) = text.strip_prefix('=') {
        return compile(expression)
            .map(Cell::Expression)
            .map_err(|problems| problems.into_iter().map(|problem| problem.shift(1)).collect());
    }
    if let Some(inside) = text.strip_prefix("not(").and_then(|rest| rest.strip_suffix(')')) {
        let cells = inside.split(',').map(|part| text_cell(part.trim(), ty, compile));
        return cells.collect::<Result<Vec<_>, _>>().map(Cell::NoneOf);
    }
    for (mark, sign) in [
        ("<=", Sign::LessEqual),
        (">=", Sign::GreaterEqual),
        ("!=", Sign::NotEqual),
        ("<", Sign::Less),
        (">", Sign::Greater),
    ] {
        if let Some(rest) = text.strip_prefix(mark) {
            let limit = written(rest.trim(), ty)?;
            let sortable = sign == Sign::NotEqual || is_sortable(&limit, ty);
            return if sortable {
                Ok(Cell::Compare(sign, limit))
            } else {
                Err(vec![Problem::error("wrongType", format!("{ty} has no order for `{mark}`"))])
            };
        }
    }
    if let Some((low, high)) = text.split_once("..")
        && !matches!(ty, Type::Text | Type::Choice(_) | Type::Bool)
        && let (Ok(low), Ok(high)) = (written(low.trim(), ty), written(high.trim(), ty))
        && is_sortable(&low, ty)
        && is_sortable(&high, ty)
    {
        return if order(&low, &high).is_some_and(Ordering::is_gt) {
            let message = format!("`{text}` is empty: its beginning is after its end");
            Err(vec![Problem::error("emptyRange", message)])
        } else {
            Ok(Cell::Between(low, high))
        };
    }
    written(text, ty).map(Cell::Is)
}

/// Whether values can be less and more: numbers and dates.
fn is_sortable(limit: &Value, ty: &Type) -> bool {
    limit.is_number() || *ty == Type::Date || limit.as_str().is_some_and(|text| day(text).is_some())
}

/// A value that is written within a text: `3`, `2026-03-31`, `true`, `'openTender'`, `openTender`.
fn written(text: &str, ty: &Type) -> Result<Value, Vec<Problem>> {
    let quoted = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)));
    if let Some(inside) = quoted {
        return literal(&Value::from(inside), ty);
    }
    let number = text.parse::<i64>().map(Value::from).ok().or_else(|| {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        Number::from_f64(number).map(Value::Number)
    });
    let value = match (ty, number, text) {
        (Type::Text | Type::Choice(_) | Type::Date, _, _) | (_, None, _) => match (ty, text) {
            (Type::Bool | Type::Any, "true") => Value::Bool(true),
            (Type::Bool | Type::Any, "false") => Value::Bool(false),
            _ => Value::from(text),
        },
        (_, Some(number), _) => number,
    };
    literal(&value, ty)
}

/// A value, if it can be one of the input's.
pub(super) fn literal(value: &Value, ty: &Type) -> Result<Value, Vec<Problem>> {
    let fits = match (ty, value) {
        (Type::Choice(options), Value::String(text)) => {
            if options.iter().any(|option| option == text) {
                return Ok(value.clone());
            }
            let message = format!("`{text}` is not one of the options");
            let hint = did_you_mean(text, options.iter().map(String::as_str))
                .unwrap_or_else(|| format!("it is {ty}"));
            return Err(vec![Problem::error("unknownOption", message).hint(hint)]);
        }
        (Type::Date, Value::String(text)) => day(text).is_some(),
        (Type::Bool, Value::Bool(_))
        | (Type::Double, Value::Number(_))
        | (Type::Text, Value::String(_))
        | (Type::Any | Type::Null, _) => true,
        (Type::Int, Value::Number(number)) => number.is_i64(),
        _ => false,
    };
    if fits {
        return Ok(value.clone());
    }
    let shown = value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
    let problem = Problem::error("wrongType", format!("expected {ty}, found {shown}"));
    Err(vec![match ty {
        Type::Timestamp | Type::Duration | Type::List(_) | Type::Map(_) | Type::Object(_) => {
            problem.hint("write an expression with `=`, which sees the input as `value`")
        }
        _ => problem,
    }])
}

//! One cell of a decision table: what it asks of its input.
//!
//! `-` or left out: anything. A value: just that. A list: any of them. `< 3`, `<= 3`, `> 3`, `>= 3`,
//! `!= 3`; `3..5`, both included, or with brackets as `range.rs` reads them; `not(a, b)`: none of them. With `=`: an expression, which sees
//! the inputs and this one as `value`.
//!
//! An input that is not filled in (`null`) is no value, and neither less nor more than any: it
//! meets `-`, `!= 3`, `not(3)` and what an expression says, but neither `< 3` nor `not(< 3)`.

use serde_json::{Number, Value};

use super::point::{Point, plain_span};
use super::range::{self, Range};
use crate::expression::{Expression, Type};
use crate::problem::{Problem, did_you_mean};

/// Longest condition in a cell, in characters; an expression has its own limit.
pub const CELL_CHARS_MAX: usize = 1000;
/// Most alternatives of a cell.
pub const ALTERNATIVES_MAX: usize = 200;

/// What a cell asks of its input.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Anything,
    Is(Point),
    Compare(Sign, Point),
    Within(Range),
    AnyOf(Vec<Cell>),
    /// Never with an expression in it.
    NoneOf(Vec<Cell>),
    /// With the values that it tells apart, where that is all that it does.
    Expression(Expression, Option<Vec<Point>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    NotEqual,
}

/// Whether the input is as asked; `None` where that cannot be said, which counts as no.
type Truth = Option<bool>;

/// What runs an expression; and whether it only compares its input with values that are written out.
type Run<'a, E> = dyn FnMut(&Expression, bool) -> Result<bool, E> + 'a;

impl Cell {
    /// Whether the input is as asked. The caller runs the expressions.
    pub(super) fn holds<E>(&self, point: &Point, run: &mut Run<'_, E>) -> Result<bool, E> {
        Ok(self.truth(point, run)? == Some(true))
    }

    fn truth<E>(&self, point: &Point, run: &mut Run<'_, E>) -> Result<Truth, E> {
        Ok(match self {
            Self::Anything => Some(true),
            Self::Is(expected) => Some(point.same(expected)),
            Self::Compare(Sign::NotEqual, limit) => Some(!point.same(limit)),
            Self::Compare(sign, limit) => point.order(limit).map(|order| match sign {
                Sign::Less => order.is_lt(),
                Sign::LessEqual => order.is_le(),
                Sign::Greater => order.is_gt(),
                Sign::GreaterEqual => order.is_ge(),
                Sign::NotEqual => order.is_ne(),
            }),
            Self::Within(range) => range.holds(point),
            Self::AnyOf(cells) => any(cells, point, run)?,
            Self::NoneOf(cells) => any(cells, point, run)?.map(|any| !any),
            Self::Expression(expression, marks) => Some(run(expression, marks.is_some())?),
        })
    }

    /// How many comparisons it takes at most.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::AnyOf(cells) | Self::NoneOf(cells) => cells.len().max(1),
            Self::Anything
            | Self::Is(_)
            | Self::Compare(..)
            | Self::Within(_)
            | Self::Expression(..) => 1,
        }
    }

    /// Every value that is written in it.
    pub(super) fn points<'a>(&'a self, into: &mut Vec<&'a Point>) {
        match self {
            Self::Is(value) | Self::Compare(_, value) => into.push(value),
            Self::Within(range) => into.extend(range.ends()),
            Self::AnyOf(cells) | Self::NoneOf(cells) => {
                for cell in cells {
                    cell.points(into);
                }
            }
            Self::Expression(_, marks) => into.extend(marks.iter().flatten()),
            Self::Anything => {}
        }
    }

    /// What stands where an error was: it holds or does not.
    pub(super) fn unread() -> Self {
        Self::Expression(Expression::unread(), None)
    }

    /// The expressions in it.
    pub(super) fn expressions<'a>(&'a self, into: &mut Vec<&'a Expression>) {
        match self {
            Self::Expression(expression, _) => into.push(expression),
            Self::AnyOf(cells) | Self::NoneOf(cells) => {
                for cell in cells {
                    cell.expressions(into);
                }
            }
            Self::Anything | Self::Is(_) | Self::Compare(..) | Self::Within(_) => {}
        }
    }
}

fn any<E>(cells: &[Cell], point: &Point, run: &mut Run<'_, E>) -> Result<Truth, E> {
    let mut result = Some(false);
    for cell in cells {
        match cell.truth(point, run)? {
            Some(true) => return Ok(Some(true)),
            Some(false) => {}
            None => result = None,
        }
    }
    Ok(result)
}

/// What compiles the text of an expression, without its `=`.
pub(super) type Compile<'a> = dyn FnMut(&str) -> Result<Expression, Vec<Problem>> + 'a;

/// Reads a cell of an input of some type.
pub(super) fn parse(
    value: &Value,
    ty: &Type,
    compile: &mut Compile<'_>,
) -> Result<Cell, Vec<Problem>> {
    let Value::Array(items) = value else { return one(value, ty, compile) };
    if items.is_empty() || items.len() > ALTERNATIVES_MAX {
        return Err(vec![wrong_number(items.len())]);
    }
    let mut cells = Vec::with_capacity(items.len());
    let mut problems = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match one(item, ty, compile) {
            Ok(cell) => cells.push(cell),
            Err(found) => problems
                .extend(found.into_iter().map(|problem| problem.under(&[index.to_string()]))),
        }
    }
    if problems.is_empty() { Ok(Cell::AnyOf(cells)) } else { Err(problems) }
}

fn wrong_number(found: usize) -> Problem {
    let message = format!("expected 1 to {ALTERNATIVES_MAX} alternatives in a cell, found {found}");
    Problem::error("wrongCount", message).hint("leave the cell out, or write `-`, for anything")
}

fn one(value: &Value, ty: &Type, compile: &mut Compile<'_>) -> Result<Cell, Vec<Problem>> {
    match value {
        Value::Null => Err(vec![
            Problem::error("emptyCell", "expected a condition, found nothing")
                .hint("write `-` for anything, or `=value == null` for what is not filled in"),
        ]),
        Value::String(text) => text_cell(text.trim(), ty, compile),
        Value::Bool(_) | Value::Number(_) => {
            literal(value, ty).map(|value| Cell::Is(Point::read(&value, ty)))
        }
        Value::Array(_) | Value::Object(_) => {
            let message = format!("expected a value or a condition, found {}", kind(value));
            Err(vec![Problem::error("wrongType", message).hint(FORMS)])
        }
    }
}

const FORMS: &str = "write a value, `< 3`, `3..5`, `'[3..5)'`, `not(a, b)`, a list of these, or an \
                     expression with `=`";

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "a list",
        Value::Object(_) => "keys",
        _ => "a value",
    }
}

fn text_cell(text: &str, ty: &Type, compile: &mut Compile<'_>) -> Result<Cell, Vec<Problem>> {
    if let Some(expression) = text.strip_prefix('=') {
        return compile(expression)
            .map(|expression| {
                let marks = expression.marks("value").map(|marks| points(&marks, ty));
                Cell::Expression(expression, marks)
            })
            .map_err(|problems| problems.into_iter().map(|problem| problem.shift(1)).collect());
    }
    let length = text.chars().count();
    if length > CELL_CHARS_MAX {
        let message =
            format!("expected at most {CELL_CHARS_MAX} characters in a cell, found {length}");
        return Err(vec![Problem::error("tooLong", message)]);
    }
    if text == "-" {
        return Ok(Cell::Anything);
    }
    if let Some(inside) = text.strip_prefix("not(").and_then(|rest| rest.strip_suffix(')')) {
        let parts = alternatives(inside);
        if parts.len() > ALTERNATIVES_MAX {
            return Err(vec![wrong_number(parts.len())]);
        }
        return parts
            .into_iter()
            .map(|part| condition(part, ty))
            .collect::<Result<_, _>>()
            .map(Cell::NoneOf);
    }
    condition(text, ty)
}

/// Values that an expression tells apart, as points of its input.
fn points(marks: &[Value], ty: &Type) -> Vec<Point> {
    let mut points: Vec<Point> = marks.iter().map(|mark| Point::read(mark, ty)).collect();
    if *ty == Type::Int {
        // Between two whole numbers there is none.
        let near = points.iter().filter_map(|point| match point {
            Point::Number(mark) => Some([mark.floor(), mark.ceil()].map(whole)),
            _ => None,
        });
        let near: Vec<Point> = near.flatten().collect();
        points.extend(near);
    }
    points
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest there is")]
fn whole(mark: f64) -> Point {
    Point::Whole(mark as i64)
}

/// The parts between commas, except for commas in quotes.
fn alternatives(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, ',') => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A condition without lists, `not` and expressions in it.
fn condition(text: &str, ty: &Type) -> Result<Cell, Vec<Problem>> {
    if text.starts_with("not(") {
        let message = format!("expected one `not(…)` with its `)`, found `{text}`");
        let hint = "put it in quotes: within `{ }`, a comma ends a text that has none";
        return Err(vec![Problem::error("unclosedNot", message).hint(hint)]);
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
            if sign == Sign::NotEqual || limit.is_sortable() {
                return Ok(Cell::Compare(sign, limit));
            }
            let message = format!("expected a number, a date or a duration after `{mark}`");
            let found = format!("{message}, found {limit} for an input that is {ty}");
            return Err(vec![Problem::error("wrongType", found)]);
        }
    }
    if let Some(range) = range::parse(text, ty) {
        return range.map(Cell::Within);
    }
    written(text, ty).map(Cell::Is)
}

/// A value that is written within a text: `3`, `2026-03-31`, `true`, `'openTender'`, `openTender`.
pub(super) fn written(text: &str, ty: &Type) -> Result<Point, Vec<Problem>> {
    let quoted = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote)));
    let value = match (quoted, ty) {
        (Some(inside), _) => Value::from(inside),
        (None, Type::Date) => Value::from(range::plain_day(text)),
        (None, Type::Bool | Type::Int | Type::Double | Type::Any) => scalar(text),
        (None, _) => Value::from(text),
    };
    literal(&value, ty).map(|value| Point::read(&value, ty))
}

/// A number or a truth value as YAML would read it, any other text as it stands.
fn scalar(text: &str) -> Value {
    let number = || {
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        Number::from_f64(number).map(Value::Number)
    };
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text
            .parse::<i64>()
            .map_or_else(|_| number().unwrap_or_else(|| Value::from(text)), Value::from),
    }
}

/// A value, if it can be one of the type's; durations in the way that expressions give them.
pub(super) fn literal(value: &Value, ty: &Type) -> Result<Value, Vec<Problem>> {
    let fits = match (ty, value) {
        (Type::Choice(options), Value::String(text)) => {
            if options.iter().any(|option| option == text) {
                return Ok(value.clone());
            }
            let message = format!("expected {ty}, found `{text}`");
            let hint = did_you_mean(text, options.iter().map(String::as_str));
            return Err(vec![Problem::error("unknownOption", message).maybe_hint(hint)]);
        }
        (Type::Duration, Value::String(text)) => match plain_span(text) {
            Some(span) => return Ok(Value::from(span)),
            None => false,
        },
        (Type::List(element), Value::Array(items)) => {
            let items = items.iter().map(|item| literal(item, element));
            return items.collect::<Result<Vec<_>, _>>().map(Value::Array);
        }
        (Type::Date, Value::String(text)) => crate::expression::day(text).is_some(),
        (Type::Bool, Value::Bool(_))
        | (Type::Double, Value::Number(_))
        | (Type::Text | Type::Id, Value::String(_))
        | (Type::Any | Type::Null, _) => true,
        (Type::Int, Value::Number(number)) => number.is_i64(),
        _ => false,
    };
    if fits {
        return Ok(value.clone());
    }
    let shown = value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"));
    let problem = Problem::error("wrongType", format!("expected {ty}, found {shown}"));
    Err(vec![match (ty, value) {
        (Type::Timestamp, _) => problem.hint("make the input a day: `=date(…)`"),
        (Type::List(_) | Type::Map(_) | Type::Object(_), _) => {
            problem.hint("write an expression with `=`, which sees the input as `value`")
        }
        (Type::Duration, _) => problem.hint("write `72h` or `30d`"),
        (Type::Date, _) => problem.hint("write `2026-03-31`"),
        (text, Value::Number(_) | Value::Bool(_)) if text.is_text() => {
            problem.hint("put it in quotes to make it a text")
        }
        (_, Value::String(text)) => {
            problem.hint(range::hint(text).unwrap_or_else(|| FORMS.to_owned()))
        }
        _ => problem,
    }])
}

//! What the operators do on values that are filled in. When one is not, they give `null`, but for
//! `==` and `!=`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::dates::plus_days;
use super::decimal;
use super::evaluate::{DAY_MS, Machine};
use super::node::Operator;
use super::value::{Val, day, equal, order};

type Result<T> = std::result::Result<T, String>;

impl<'a> Machine<'a> {
    /// An operator on two values.
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Val<'a>,
        right: &Val<'a>,
    ) -> Result<Val<'a>> {
        match operator {
            Operator::Equal | Operator::NotEqual => {
                self.charge(left.len().unwrap_or(0))?;
                equal(left, right).map(|same| Val::Bool(same == (operator == Operator::Equal)))
            }
            _ if matches!(left, Val::Null) || matches!(right, Val::Null) => Ok(Val::Null),
            Operator::Less => compare(left, right).map(|order| Val::Bool(order.is_lt())),
            Operator::LessEqual => compare(left, right).map(|order| Val::Bool(order.is_le())),
            Operator::Greater => compare(left, right).map(|order| Val::Bool(order.is_gt())),
            Operator::GreaterEqual => compare(left, right).map(|order| Val::Bool(order.is_ge())),
            Operator::Add => self.add(left, right),
            Operator::Subtract => subtract(left, right),
            Operator::Multiply => arithmetic("*", left, right, i64::checked_mul, decimal::multiply),
            Operator::Divide => divide(left, right),
            Operator::Modulo => match (left, right) {
                (Val::Int(_), Val::Int(0)) => Err("division by zero".to_owned()),
                (Val::Int(a), Val::Int(b)) => a.checked_rem(*b).map(Val::Int).ok_or_else(too_large),
                _ => Err(unfit("%", left, right)),
            },
            Operator::AddToDate => shift_date(left, right, 1),
            Operator::SubtractFromDate => shift_date(left, right, -1),
            Operator::BetweenDates => match (date_of(left), date_of(right)) {
                (Some(a), Some(b)) => Ok(Val::Duration((a - b).num_days() * DAY_MS)),
                _ => Err(unfit("-", left, right)),
            },
        }
    }

    fn add(&mut self, left: &Val<'a>, right: &Val<'a>) -> Result<Val<'a>> {
        match (left, right) {
            (Val::Text(a), Val::Text(b)) => {
                self.charge_text(a.len() + b.len())?;
                Ok(Val::Text(Cow::Owned(format!("{a}{b}"))))
            }
            (Val::Duration(a), Val::Duration(b)) => {
                a.checked_add(*b).map(Val::Duration).ok_or_else(too_large)
            }
            (Val::Timestamp(a), Val::Duration(b)) | (Val::Duration(b), Val::Timestamp(a)) => {
                a.checked_add(*b).map(Val::Timestamp).ok_or_else(too_large)
            }
            (Val::List(_) | Val::JsonList(..), Val::List(_) | Val::JsonList(..)) => {
                let mut all = left.elements().unwrap_or_else(|| Ok(Vec::new()))?;
                all.extend(right.elements().unwrap_or_else(|| Ok(Vec::new()))?);
                self.charge(all.len())?;
                Ok(Val::List(Rc::new(all)))
            }
            _ => arithmetic("+", left, right, i64::checked_add, decimal::add),
        }
    }
}

/// The order of two values, or that they have none.
pub(super) fn compare(left: &Val<'_>, right: &Val<'_>) -> Result<Ordering> {
    order(left, right)
        .ok_or_else(|| format!("{} cannot be compared with {}", left.kind(), right.kind()))
}

fn subtract<'a>(left: &Val<'a>, right: &Val<'a>) -> Result<Val<'a>> {
    match (left, right) {
        (Val::Duration(a), Val::Duration(b)) | (Val::Timestamp(a), Val::Timestamp(b)) => {
            a.checked_sub(*b).map(Val::Duration).ok_or_else(too_large)
        }
        (Val::Timestamp(a), Val::Duration(b)) => {
            a.checked_sub(*b).map(Val::Timestamp).ok_or_else(too_large)
        }
        _ => arithmetic("-", left, right, i64::checked_sub, decimal::subtract),
    }
}

fn divide<'a>(left: &Val<'a>, right: &Val<'a>) -> Result<Val<'a>> {
    match (left.number(), right.number()) {
        (Some(_), Some(0.0)) => Err("division by zero".to_owned()),
        (Some(a), Some(b)) => finite(decimal::divide(a, b)),
        _ => Err(unfit("/", left, right)),
    }
}

fn arithmetic<'a>(
    sign: &str,
    left: &Val<'a>,
    right: &Val<'a>,
    whole: impl Fn(i64, i64) -> Option<i64>,
    fraction: impl Fn(f64, f64) -> f64,
) -> Result<Val<'a>> {
    if let (Val::Int(a), Val::Int(b)) = (left, right) {
        return whole(*a, *b).map(Val::Int).ok_or_else(too_large);
    }
    match (left.number(), right.number()) {
        (Some(a), Some(b)) => finite(fraction(a, b)),
        _ => Err(unfit(sign, left, right)),
    }
}

/// A number that JSON can hold.
pub(super) fn finite<'a>(value: f64) -> Result<Val<'a>> {
    if value.is_finite() { Ok(Val::Double(value)) } else { Err(too_large()) }
}

pub(super) fn date_of(value: &Val<'_>) -> Option<chrono::NaiveDate> {
    match value {
        Val::Text(text) => day(text),
        _ => None,
    }
}

fn shift_date<'a>(date: &Val<'a>, by: &Val<'a>, sign: i64) -> Result<Val<'a>> {
    let (Some(start), Val::Duration(ms)) = (date_of(date), by) else {
        return Err(unfit("+", date, by));
    };
    if ms % DAY_MS != 0 {
        return Err("a date moves by whole days; this duration has hours".to_owned());
    }
    plus_days(start, sign * (ms / DAY_MS))
}

pub(super) fn too_large() -> String {
    "the result is too large".to_owned()
}

fn unfit(sign: &str, left: &Val<'_>, right: &Val<'_>) -> String {
    format!("`{sign}` does not work on {} and {}", left.kind(), right.kind())
}

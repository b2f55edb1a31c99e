//! What the named functions do. Which there are, and what they take, is `functions.rs`.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value;

use super::arithmetic::{compare, finite, too_large};
use super::dates::time;
use super::decimal;
use super::evaluate::Machine;
use super::functions::Function;
use super::node::Operator;
use super::value::{Val, equal};
use super::workdays::workdays;
use crate::calendar::Zone;
use crate::text::number_in_words;
use crate::time::Timestamp;

type Result<T> = std::result::Result<T, String>;

/// Calls a function. `null` in gives `null` out, but for those that are about nothing itself.
pub(super) fn call<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    arguments: &[Val<'a>],
) -> Result<Val<'a>> {
    let nothing = Val::Null;
    let first = arguments.first().unwrap_or(&nothing);
    let second = arguments.get(1).unwrap_or(&nothing);
    match function {
        Function::Size => return size(machine, first),
        Function::OrElse if matches!(first, Val::Null) => return Ok(second.clone()),
        Function::OrElse => return Ok(first.clone()),
        Function::Min | Function::Max => return extreme(machine, function, arguments),
        Function::Contains if matches!(first, Val::Null) => return Ok(Val::Bool(false)),
        Function::Contains if !matches!(first, Val::Text(_)) => {
            return machine.includes(first, second).map(Val::Bool);
        }
        Function::Sum | Function::Average => return total(machine, function, first),
        Function::Distinct | Function::First | Function::Last | Function::Join => {
            return list(machine, function, first, second);
        }
        _ if arguments.iter().any(|argument| matches!(argument, Val::Null)) => {
            return Ok(Val::Null);
        }
        _ => {}
    }
    match function {
        Function::Split
        | Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::Trim
        | Function::Lower
        | Function::Upper => text(machine, function, first, second),
        Function::Text | Function::Int | Function::Double => convert(machine, function, first),
        Function::Round | Function::Floor | Function::Ceil | Function::Abs | Function::Quotient => {
            number(function, first, arguments.get(1))
        }
        Function::IsWorkday | Function::AddWorkdays | Function::WorkdaysBetween => {
            workdays(machine, function, first, second)
        }
        _ => time(machine.zone(), function, first, second),
    }
}

fn size<'a>(machine: &mut Machine<'a>, of: &Val<'a>) -> Result<Val<'a>> {
    let size = match of {
        Val::Null => 0,
        Val::Text(text) => {
            machine.charge_text(text.len())?;
            text.chars().count()
        }
        other => other.len().ok_or_else(|| wrong("a list, a map or text", other))?,
    };
    i64::try_from(size).map(Val::Int).map_err(|_| too_large())
}

/// The elements of a list, those that are `null` left out.
fn filled<'a>(machine: &mut Machine<'a>, of: &Val<'a>) -> Result<Vec<Val<'a>>> {
    let elements = of.elements().ok_or_else(|| wrong("a list", of))??;
    machine.charge(elements.len())?;
    Ok(elements.into_iter().filter(|element| !matches!(element, Val::Null)).collect())
}

fn extreme<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    arguments: &[Val<'a>],
) -> Result<Val<'a>> {
    let candidates = match arguments {
        [single @ (Val::List(_) | Val::JsonList(..))] => filled(machine, single)?,
        several => several.iter().filter(|each| !matches!(each, Val::Null)).cloned().collect(),
    };
    let mut best: Option<Val<'a>> = None;
    for candidate in candidates {
        let better = match &best {
            None => true,
            Some(best) if function == Function::Min => compare(&candidate, best)?.is_lt(),
            Some(best) => compare(&candidate, best)?.is_gt(),
        };
        if better {
            best = Some(candidate);
        }
    }
    Ok(best.unwrap_or(Val::Null))
}

/// The sum or the average.
fn total<'a>(machine: &mut Machine<'a>, function: Function, of: &Val<'a>) -> Result<Val<'a>> {
    let items = filled(machine, of)?;
    let count = items.len();
    let mut sum = Val::Int(0);
    for item in &items {
        if item.number().is_none() {
            return Err(wrong("a list of numbers", item));
        }
        sum = machine.binary(Operator::Add, &sum, item)?;
    }
    match (function, sum.number(), count) {
        (Function::Average, _, 0) => Ok(Val::Null),
        #[expect(clippy::cast_precision_loss, reason = "a list is far shorter than 2^52")]
        (Function::Average, Some(sum), count) => finite(decimal::divide(sum, count as f64)),
        _ => Ok(sum),
    }
}

fn list<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    of: &Val<'a>,
    separator: &Val<'a>,
) -> Result<Val<'a>> {
    if !matches!(of, Val::Null | Val::List(_) | Val::JsonList(..)) {
        return Err(wrong("a list", of));
    }
    let end = of.len().unwrap_or(0).checked_sub(1);
    match (function, end) {
        (Function::First, _) => of.nth(0).unwrap_or(Ok(Val::Null)),
        (Function::Last, Some(end)) => of.nth(end).unwrap_or(Ok(Val::Null)),
        (Function::Last, None) => Ok(Val::Null),
        (Function::Distinct, _) => {
            let mut kept: Vec<Val<'a>> = Vec::new();
            for element in of.elements().unwrap_or_else(|| Ok(Vec::new()))? {
                machine.charge(1 + kept.len())?;
                let mut known = false;
                for each in &kept {
                    known = known || equal(each, &element)?;
                }
                if !known {
                    kept.push(element);
                }
            }
            Ok(Val::List(Rc::new(kept)))
        }
        _ => {
            let separator = match separator {
                Val::Text(separator) => separator.as_ref(),
                _ => "",
            };
            let mut joined = String::new();
            for (index, element) in filled(machine, of)?.iter().enumerate() {
                let Val::Text(element) = element else {
                    return Err(wrong("a list of texts", element));
                };
                machine.charge_text(element.len() + separator.len())?;
                if index > 0 {
                    joined.push_str(separator);
                }
                joined.push_str(element);
            }
            Ok(Val::Text(Cow::Owned(joined)))
        }
    }
}

fn text<'a>(
    machine: &mut Machine<'a>,
    function: Function,
    of: &Val<'a>,
    with: &Val<'a>,
) -> Result<Val<'a>> {
    let Val::Text(of) = of else { return Err(wrong("text", of)) };
    machine.charge_text(of.len())?;
    match function {
        Function::Trim => return Ok(Val::Text(Cow::Owned(of.trim().to_owned()))),
        Function::Lower => return Ok(Val::Text(Cow::Owned(of.to_lowercase()))),
        Function::Upper => return Ok(Val::Text(Cow::Owned(of.to_uppercase()))),
        _ => {}
    }
    let Val::Text(with) = with else { return Err(wrong("text", with)) };
    Ok(match function {
        Function::StartsWith => Val::Bool(of.starts_with(with.as_ref())),
        Function::EndsWith => Val::Bool(of.ends_with(with.as_ref())),
        Function::Split => {
            let parts: Vec<_> = of
                .split(with.as_ref())
                .map(|part| Val::Text(Cow::Owned(part.to_owned())))
                .collect();
            machine.charge(parts.len())?;
            Val::List(Rc::new(parts))
        }
        _ => Val::Bool(of.contains(with.as_ref())),
    })
}

fn convert<'a>(machine: &mut Machine<'a>, function: Function, of: &Val<'a>) -> Result<Val<'a>> {
    match (function, of) {
        (Function::Text, Val::Text(_))
        | (Function::Int, Val::Int(_))
        | (Function::Double, Val::Double(_)) => Ok(of.clone()),
        (Function::Text, Val::Timestamp(ms)) => {
            let told = Zone::from(machine.zone()).told(Timestamp(*ms));
            Ok(Val::Text(Cow::Owned(told)))
        }
        (Function::Text, other) => {
            let text = match other.clone().into_json() {
                Value::String(text) => text,
                Value::Number(number) => number_in_words(&number),
                json => json.to_string(),
            };
            machine.charge_text(text.len())?;
            Ok(Val::Text(Cow::Owned(text)))
        }
        (Function::Int, Val::Bool(value)) => Ok(Val::Int(i64::from(*value))),
        (Function::Int, Val::Double(value)) => whole(value.trunc()),
        (Function::Int, Val::Text(text)) => text
            .trim()
            .parse()
            .map(Val::Int)
            .map_err(|_| format!("`{}` is not a whole number", shorten(text))),
        (Function::Double, Val::Text(text)) => match text.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Val::Double(value)),
            _ => Err(format!("`{}` is not a number", shorten(text))),
        },
        (_, other) => {
            other.number().map(Val::Double).ok_or_else(|| wrong("a number or text", other))
        }
    }
}

fn whole<'a>(value: f64) -> Result<Val<'a>> {
    if value.abs() >= 9.2e18 {
        return Err(too_large());
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    Ok(Val::Int(value as i64))
}

fn number<'a>(function: Function, of: &Val<'a>, with: Option<&Val<'a>>) -> Result<Val<'a>> {
    if function == Function::Quotient {
        return match (of, with) {
            (Val::Int(_), Some(Val::Int(0))) => Err("division by zero".to_owned()),
            (Val::Int(a), Some(Val::Int(b))) => {
                a.checked_div(*b).map(Val::Int).ok_or_else(too_large)
            }
            (other, _) => Err(wrong("whole numbers", other)),
        };
    }
    if let (Function::Abs, Val::Int(value)) = (function, of) {
        return value.checked_abs().map(Val::Int).ok_or_else(too_large);
    }
    let value = of.number().ok_or_else(|| wrong("a number", of))?;
    match function {
        Function::Floor => whole(value.floor()),
        Function::Ceil => whole(value.ceil()),
        Function::Abs => Ok(Val::Double(value.abs())),
        _ => {
            let places = match with {
                Some(Val::Int(places)) => (*places).clamp(0, 9),
                _ => 0,
            };
            finite(round(value, u32::try_from(places).unwrap_or(0)))
        }
    }
}

/// Rounds to decimal places, halves away from zero as on paper: 1.005 to two places is 1.01.
pub fn round(value: f64, places: u32) -> f64 {
    decimal::round(value, places)
}

pub(super) fn wrong(expected: &str, found: &Val<'_>) -> String {
    format!("expected {expected}, found {}", found.kind())
}

pub(super) fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

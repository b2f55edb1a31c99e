//! What the rules that hold come to: the hit policies of DMN and the ways to collect. Which rules
//! hold is not known here.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::point::Point;
use super::{Aggregator, Decision, DecisionError, HitPolicy, HitSource};
use crate::expression::decimal;

/// A rule that holds, and what it gives, one value for each output.
pub(super) struct Hit {
    pub(super) index: usize,
    pub(super) values: Vec<Value>,
}

/// What a table gives, and which rules gave it.
pub(super) struct Picked {
    pub(super) output: Value,
    pub(super) fired: Vec<usize>,
    pub(super) overruled: Vec<usize>,
}

impl Picked {
    /// What a table gives by its default.
    pub(super) fn by_default(decision: &Decision, values: Vec<Value>) -> Self {
        Self { output: shape(decision, values), fired: Vec::new(), overruled: Vec::new() }
    }
}

impl HitSource {
    /// Whether it gives a list of results.
    pub(super) fn gives_list(self) -> bool {
        match self {
            Self::Policy(HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect) => {
                true
            }
            Self::Policy(
                HitPolicy::Unique | HitPolicy::Any | HitPolicy::First | HitPolicy::Priority,
            )
            | Self::Aggregate(_) => false,
        }
    }
}

/// Applies the hit policy. The hits are in the order of the rules.
pub(super) fn pick(decision: &Decision, hits: Vec<Hit>) -> Result<Picked, DecisionError> {
    let mut fired: Vec<usize> = hits.iter().map(|hit| hit.index).collect();
    let (output, mut overruled) = match decision.source.hit {
        HitSource::Aggregate(aggregate) => {
            (collect(decision, aggregate.collect, &hits)?, Vec::new())
        }
        HitSource::Policy(policy) => match policy {
            HitPolicy::Unique => (unique(decision, hits)?, Vec::new()),
            HitPolicy::Any => (any(decision, hits)?, Vec::new()),
            HitPolicy::First => (best(decision, hits), fired.split_off(1.min(fired.len()))),
            HitPolicy::Priority => {
                let hits = ranked(decision, hits);
                fired = hits.iter().map(|hit| hit.index).collect();
                let overruled = fired.split_off(1.min(fired.len()));
                (best(decision, hits), overruled)
            }
            HitPolicy::OutputOrder => {
                let hits = ranked(decision, hits);
                fired = hits.iter().map(|hit| hit.index).collect();
                (all(decision, hits), Vec::new())
            }
            HitPolicy::RuleOrder | HitPolicy::Collect => (all(decision, hits), Vec::new()),
        },
    };
    overruled.sort_unstable();
    Ok(Picked { output, fired, overruled })
}

fn best(decision: &Decision, hits: Vec<Hit>) -> Value {
    hits.into_iter().next().map_or(Value::Null, |hit| shape(decision, hit.values))
}

fn all(decision: &Decision, hits: Vec<Hit>) -> Value {
    hits.into_iter().map(|hit| shape(decision, hit.values)).collect()
}

fn unique(decision: &Decision, hits: Vec<Hit>) -> Result<Value, DecisionError> {
    if hits.len() > 1 {
        let rules = rules(hits.iter().map(|hit| hit.index));
        let message = format!("expected at most one rule to hold, but {rules} do");
        return Err(decision.violation(message));
    }
    Ok(best(decision, hits))
}

fn any(decision: &Decision, hits: Vec<Hit>) -> Result<Value, DecisionError> {
    let differs = |left: &Hit, right: &Hit| {
        decision.outputs.iter().zip(left.values.iter().zip(&right.values)).any(
            |(output, (left, right))| {
                !Point::read(left, &output.ty).same(&Point::read(right, &output.ty))
            },
        )
    };
    if let [first, rest @ ..] = hits.as_slice()
        && let Some(other) = rest.iter().find(|hit| differs(first, hit))
    {
        let rules = rules([first.index, other.index]);
        let (left, right) =
            (shape(decision, first.values.clone()), shape(decision, other.values.clone()));
        let message =
            format!("expected the rules that hold to agree, but {rules} give {left} and {right}");
        return Err(decision.violation(message));
    }
    Ok(best(decision, hits))
}

/// "rules 1, 2 and 5".
fn rules(indices: impl IntoIterator<Item = usize>) -> String {
    let mut numbers: Vec<String> =
        indices.into_iter().map(|index| (index + 1).to_string()).collect();
    let last = numbers.pop().unwrap_or_default();
    format!("rules {} and {last}", numbers.join(", "))
}

/// The output itself where there is one, an object of all where there are several.
fn shape(decision: &Decision, mut values: Vec<Value>) -> Value {
    match decision.outputs.as_slice() {
        [_] => values.pop().unwrap_or(Value::Null),
        outputs => {
            Value::Object(outputs.iter().map(|output| output.name.clone()).zip(values).collect())
        }
    }
}

/// The hits by the places of what they give in the outputs' lists; those that count the same, and
/// what is in no list, in the order of the rules.
fn ranked(decision: &Decision, hits: Vec<Hit>) -> Vec<Hit> {
    let mut ranked: Vec<(Vec<usize>, Hit)> = hits
        .into_iter()
        .map(|hit| {
            let places = decision.outputs.iter().zip(&hit.values).map(|(output, value)| {
                let point = Point::read(value, &output.ty);
                let place = output.values.iter().position(|each| each.same(&point));
                place.unwrap_or(output.values.len())
            });
            (places.collect(), hit)
        })
        .collect();
    ranked.sort_by(|left, right| left.0.cmp(&right.0));
    ranked.into_iter().map(|(_, hit)| hit).collect()
}

fn collect(
    decision: &Decision,
    aggregator: Aggregator,
    hits: &[Hit],
) -> Result<Value, DecisionError> {
    let values: Vec<&Value> =
        hits.iter().filter_map(|hit| hit.values.first()).filter(|value| !value.is_null()).collect();
    let extreme = |better: fn(Ordering) -> bool| {
        let ty = decision.outputs.first().map(|output| &output.ty);
        let best = values.iter().copied().reduce(|best, next| {
            let order = ty.and_then(|ty| Point::read(next, ty).order(&Point::read(best, ty)));
            if order.is_some_and(better) { next } else { best }
        });
        best.cloned().unwrap_or(Value::Null)
    };
    Ok(match aggregator {
        Aggregator::Count => Value::from(values.len()),
        Aggregator::Min => extreme(Ordering::is_lt),
        Aggregator::Max => extreme(Ordering::is_gt),
        Aggregator::Sum => sum(&values).ok_or_else(|| {
            let rules = rules(hits.iter().map(|hit| hit.index));
            decision.violation(format!("the sum of {rules} is too large to be a number"))
        })?,
    })
}

/// The sum: `null` of nothing, a whole number of whole numbers; `None` where it is too large.
fn sum(values: &[&Value]) -> Option<Value> {
    if values.is_empty() {
        return Some(Value::Null);
    }
    match values.iter().map(|value| value.as_i64()).collect::<Option<Vec<_>>>() {
        Some(whole) => whole.into_iter().try_fold(0_i64, i64::checked_add).map(Value::from),
        None => {
            let numbers = values.iter().filter_map(|value| value.as_f64());
            Number::from_f64(numbers.fold(0.0, decimal::add)).map(Value::Number)
        }
    }
}

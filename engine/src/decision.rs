//! Decision tables (DMN): rules of conditions and results, a hit policy, and the explanation of
//! what was decided.
//!
//! What belongs here: the compiled table and deciding. `source.rs` is the YAML, `cell.rs` one
//! condition, `compile.rs` makes the table, `analyse.rs` looks for gaps and overlaps beforehand.

mod analyse;
mod cell;
mod compile;
mod source;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

pub use source::{
    Aggregator, CollectSource, DecisionSource, FullInput, HitPolicy, HitSource, InputSource,
    OutputSource, OutputType, RuleSource,
};

use crate::expression::{Environment, Expression, ExpressionError, Field, Scope, Type};
use crate::problem::Problem;
use cell::{Cell, order, same};

/// Most rules of a table.
pub const RULES_MAX: usize = 500;
/// Most inputs, and most outputs, of a table.
pub const COLUMNS_MAX: usize = 30;
/// Most combinations of inputs that are tried to find gaps and overlaps.
pub const CASES_MAX: usize = 20_000;

/// A checked decision table.
#[derive(Debug, Clone)]
pub struct Decision {
    source: DecisionSource,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Input {
    name: String,
    expression: Option<Expression>,
    ty: Type,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
struct Output {
    name: String,
    ty: Type,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
struct Rule {
    /// One for each input, in their order.
    cells: Vec<Cell>,
    /// One for each output, in their order.
    results: Vec<Answer>,
}

/// What a rule gives for an output.
#[derive(Debug, Clone)]
enum Answer {
    Value(Value),
    Expression(Expression),
}

/// A decision with its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decided {
    /// The outputs by name; a list of such for the policies that give several; `null` where no
    /// rule holds.
    pub output: Value,
    /// The rules that gave it, numbered from 1.
    pub fired: Vec<usize>,
    /// What was looked at, by input.
    pub inputs: Value,
    /// The hit policy.
    pub hit: HitSource,
}

/// A decision that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// An expression of the table failed.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// Rules hold together that may not, or give what may not be.
    #[error("{table}: {message}")]
    Violation {
        /// The table.
        table: String,
        /// What was expected and what was found.
        message: String,
    },
}

/// Inputs first, then what is around the table.
struct RuleScope<'a> {
    inputs: &'a Map<String, Value>,
    value: Option<&'a Value>,
    outer: &'a dyn Scope,
}

impl Scope for RuleScope<'_> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        match (self.value, self.inputs.get(name)) {
            (Some(value), _) if name == "value" => Some(Cow::Borrowed(value)),
            (_, Some(input)) => Some(Cow::Borrowed(input)),
            _ => self.outer.lookup(name),
        }
    }
}

impl Decision {
    /// Compiles a table against the names that its inputs may use. It is made even where there are
    /// problems, as well as it goes.
    pub fn compile(
        source: &DecisionSource,
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let before = problems.len();
        let decision = compile::compile(source, environment, problems);
        if problems.len() == before {
            analyse::analyse(&decision, problems);
        }
        decision
    }

    /// The table as its YAML writes it.
    pub fn source(&self) -> &DecisionSource {
        &self.source
    }

    fn hit(&self) -> HitSource {
        self.source.hit
    }

    /// The names it reads from its scope.
    pub fn references(&self) -> BTreeSet<String> {
        let inputs = self.inputs.iter().filter_map(|input| input.expression.as_ref());
        let mut names: BTreeSet<String> =
            inputs.flat_map(|expression| expression.references().iter().cloned()).collect();
        let mut inner: BTreeSet<String> = BTreeSet::new();
        for rule in &self.rules {
            for cell in &rule.cells {
                if let Cell::Expression(expression) = cell {
                    inner.extend(expression.references().iter().cloned());
                }
            }
            for result in &rule.results {
                if let Answer::Expression(expression) = result {
                    inner.extend(expression.references().iter().cloned());
                }
            }
        }
        inner.remove("value");
        inner.retain(|name| !self.inputs.iter().any(|input| input.name == *name));
        names.extend(inner);
        names
    }

    /// What it gives, to an expression: an object, or a list of them.
    pub fn output_type(&self) -> Type {
        let fields = self
            .outputs
            .iter()
            .map(|output| (output.name.clone(), Field::optional(output.ty.clone())));
        let object = Type::object(self.source.decision.as_str(), fields);
        match self.source.hit {
            HitSource::Policy(
                HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect,
            ) => object.list(),
            HitSource::Policy(
                HitPolicy::Unique | HitPolicy::Any | HitPolicy::First | HitPolicy::Priority,
            )
            | HitSource::Aggregate(_) => object,
        }
    }

    /// Decides.
    pub fn decide(&self, scope: &dyn Scope) -> Result<Decided, DecisionError> {
        let mut inputs = Map::new();
        for input in &self.inputs {
            let value = match &input.expression {
                Some(expression) => expression.evaluate(scope)?,
                None => Value::Null,
            };
            inputs.insert(input.name.clone(), value);
        }
        let mut holding = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            if self.holds(rule, &inputs, scope)? {
                holding.push(index);
                if self.source.hit == HitSource::Policy(HitPolicy::First) {
                    break;
                }
            }
        }
        let mut results = Vec::with_capacity(holding.len());
        for index in holding {
            results.push((index, self.results(&self.rules[index], &inputs, scope)?));
        }
        let (output, fired) = self.pick(results)?;
        let fired = fired.into_iter().map(|index| index + 1).collect();
        Ok(Decided { output, fired, inputs: Value::Object(inputs), hit: self.source.hit })
    }

    fn holds(
        &self,
        rule: &Rule,
        inputs: &Map<String, Value>,
        outer: &dyn Scope,
    ) -> Result<bool, ExpressionError> {
        for (input, cell) in self.inputs.iter().zip(&rule.cells) {
            let value = inputs.get(&input.name).unwrap_or(&Value::Null);
            let scope = RuleScope { inputs, value: Some(value), outer };
            if !cell.holds(value, &scope)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn results(
        &self,
        rule: &Rule,
        inputs: &Map<String, Value>,
        outer: &dyn Scope,
    ) -> Result<Vec<Value>, DecisionError> {
        let scope = RuleScope { inputs, value: None, outer };
        let mut values = Vec::with_capacity(rule.results.len());
        for (output, result) in self.outputs.iter().zip(&rule.results) {
            let value = match result {
                Answer::Value(value) => value.clone(),
                Answer::Expression(expression) => {
                    let value = expression.evaluate(&scope)?;
                    let allowed = value.is_null()
                        || output.values.is_empty()
                        || output.values.iter().any(|allowed| same(allowed, &value));
                    if !allowed {
                        let message =
                            format!("`{}` is {value}, which is not one of its values", output.name);
                        return Err(self.violation(message));
                    }
                    value
                }
            };
            values.push(value);
        }
        Ok(values)
    }

    fn violation(&self, message: String) -> DecisionError {
        DecisionError::Violation { table: self.source.decision.to_string(), message }
    }

    /// What the rules that hold come to under the hit policy, and which of them gave it.
    fn pick(
        &self,
        mut results: Vec<(usize, Vec<Value>)>,
    ) -> Result<(Value, Vec<usize>), DecisionError> {
        let policy = match self.source.hit {
            HitSource::Policy(policy) => policy,
            HitSource::Aggregate(collect) => return self.aggregate(collect.collect, &results),
        };
        let numbers = |results: &[(usize, Vec<Value>)]| {
            results.iter().map(|(index, _)| (index + 1).to_string()).collect::<Vec<_>>().join(", ")
        };
        match policy {
            HitPolicy::Unique if results.len() > 1 => {
                let message = format!(
                    "expected at most one rule to hold, but rules {} do",
                    numbers(&results)
                );
                return Err(self.violation(message));
            }
            HitPolicy::Any => {
                let agree = results.windows(2).all(|pair| {
                    pair[0].1.iter().zip(&pair[1].1).all(|(left, right)| same(left, right))
                });
                if !agree {
                    let message = format!(
                        "expected the rules that hold to agree, but rules {} do not",
                        numbers(&results)
                    );
                    return Err(self.violation(message));
                }
                let fired = results.iter().map(|(index, _)| *index).collect();
                let output = results.into_iter().next().map(|(_, values)| self.object(values));
                return Ok((output.unwrap_or(Value::Null), fired));
            }
            HitPolicy::Priority | HitPolicy::OutputOrder => {
                results.sort_by(|left, right| self.rank(&left.1, &right.1));
            }
            HitPolicy::Unique | HitPolicy::First | HitPolicy::RuleOrder | HitPolicy::Collect => {}
        }
        Ok(match policy {
            HitPolicy::Unique | HitPolicy::Any | HitPolicy::First | HitPolicy::Priority => {
                match results.into_iter().next() {
                    Some((index, values)) => (self.object(values), vec![index]),
                    None => (Value::Null, Vec::new()),
                }
            }
            HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect => {
                let fired = results.iter().map(|(index, _)| *index).collect();
                (results.into_iter().map(|(_, values)| self.object(values)).collect(), fired)
            }
        })
    }

    fn object(&self, values: Vec<Value>) -> Value {
        let names = self.outputs.iter().map(|output| output.name.clone());
        Value::Object(names.zip(values).collect())
    }

    /// The order of two results by the places of their values in the outputs' lists.
    fn rank(&self, left: &[Value], right: &[Value]) -> Ordering {
        for (output, (left, right)) in self.outputs.iter().zip(left.iter().zip(right)) {
            let place = |value: &Value| {
                output.values.iter().position(|each| same(each, value)).unwrap_or(usize::MAX)
            };
            let order = place(left).cmp(&place(right));
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    fn aggregate(
        &self,
        aggregator: Aggregator,
        results: &[(usize, Vec<Value>)],
    ) -> Result<(Value, Vec<usize>), DecisionError> {
        let fired = results.iter().map(|(index, _)| *index).collect();
        let values: Vec<&Value> = results
            .iter()
            .filter_map(|(_, values)| values.first())
            .filter(|value| !value.is_null())
            .collect();
        if let Some(other) = values.iter().find(|value| !value.is_number())
            && aggregator != Aggregator::Count
        {
            return Err(self.violation(format!("expected numbers to collect, found {other}")));
        }
        let extreme = |better: fn(Ordering) -> bool| {
            values.iter().copied().reduce(|best, next| {
                if order(next, best).is_some_and(better) { next } else { best }
            })
        };
        let value = match aggregator {
            Aggregator::Count => Value::from(values.len()),
            Aggregator::Min => extreme(Ordering::is_lt).cloned().unwrap_or(Value::Null),
            Aggregator::Max => extreme(Ordering::is_gt).cloned().unwrap_or(Value::Null),
            Aggregator::Sum if values.is_empty() => Value::Null,
            Aggregator::Sum => match values.iter().map(|value| value.as_i64()).sum::<Option<i64>>()
            {
                Some(sum) => Value::from(sum),
                None => Number::from_f64(values.iter().filter_map(|value| value.as_f64()).sum())
                    .map_or(Value::Null, Value::Number),
            },
        };
        Ok((self.object(vec![value]), fired))
    }
}

#[cfg(test)]
mod tests;

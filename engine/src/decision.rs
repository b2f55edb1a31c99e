//! Decision tables (DMN): rules of conditions and results, a hit policy, and the explanation of
//! what was decided.
//!
//! What belongs here: the compiled table and asking it. `source.rs` is the YAML, `point.rs` one
//! value, `cell.rs` one condition, `compile.rs` makes the table, `hit.rs` is what the rules that
//! hold come to, `analyse.rs` looks for gaps and overlaps beforehand.

mod analyse;
mod cell;
mod compile;
mod hit;
mod point;
mod range;
mod scope;
mod source;
mod stretch;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use analyse::{CELLS_MAX, GAPS_MAX, OVERLAPS_MAX};
pub use cell::{ALTERNATIVES_MAX, CELL_CHARS_MAX};
pub use source::{
    Aggregator, CollectSource, DecisionSource, FullInput, HitPolicy, HitSource, InputSource,
    OutputSource, OutputType, RuleSource,
};

use crate::diagnostic::Severity;
use crate::expression::{Environment, Expression, ExpressionError, Scope, Type};
use crate::ids::DecisionName;
use crate::problem::Problem;
use crate::text::Text;
use cell::Cell;
use point::Point;
use scope::RuleScope;

/// Most rules of a table.
pub const RULES_MAX: usize = 500;
/// Most inputs, and most outputs, of a table.
pub const COLUMNS_MAX: usize = 30;

/// A checked decision table.
#[derive(Debug, Clone)]
pub struct Decision {
    source: DecisionSource,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    rules: Vec<Rule>,
    /// What the outputs are where no rule holds, if the table says so.
    default: Option<Vec<Answer>>,
}

#[derive(Debug, Clone)]
struct Input {
    name: String,
    expression: Expression,
    ty: Type,
    /// All that it can be; empty where that is not said.
    values: Vec<Point>,
}

#[derive(Debug, Clone)]
struct Output {
    name: String,
    ty: Type,
    /// All that it can be, the one that counts most first; empty where that is not said.
    values: Vec<Point>,
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
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The output, or an object of all outputs where there are several; a list for the policies
    /// that give several results; `null` where no rule holds and there is no default.
    pub output: Value,
    /// Why: an [`Explanation`] as JSON, to be kept.
    pub explanation: Value,
}

/// Why a table gave what it gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Explanation {
    /// The table.
    pub decision: DecisionName,
    /// Its hit policy.
    pub hit: HitSource,
    /// What it looked at, by name.
    pub inputs: Map<String, Value>,
    /// The rules that gave the output, in the order in which they did.
    pub fired: Vec<Fired>,
    /// Rules that hold too, but count less (`priority`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overruled: Vec<Fired>,
    /// Whether no rule holds and the output is the table's default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_default: bool,
    /// What it gave.
    pub output: Value,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fired {
    /// Its number, from 1.
    pub rule: usize,
    /// What the table notes about it, such as the clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

/// A decision that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// An expression of the table failed.
    #[error("table `{table}`, {at}: {error}")]
    Expression {
        /// The table.
        table: DecisionName,
        /// Where in it, such as "rule 2, `route`".
        at: String,
        /// What is wrong.
        error: ExpressionError,
    },
    /// Rules hold together that may not, or give what may not be.
    #[error("table `{table}`: {message}")]
    Violation {
        /// The table.
        table: DecisionName,
        /// What was expected and what was found.
        message: String,
    },
}

impl Decision {
    /// Compiles a table against the names that its inputs may use, and looks for gaps and
    /// overlaps. `None` where there are errors; the problems' paths are keys of the table's YAML.
    pub fn compile(
        source: &DecisionSource,
        environment: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let decision = compile::compile(source, environment, problems);
        let errors = |problems: &[Problem]| {
            let all = problems[before..].iter();
            all.filter(|problem| problem.severity == Severity::Error).cloned().collect::<Vec<_>>()
        };
        let decision = decision?;
        // A rule with an error may hold or not; of an input with one it is not known what it can be.
        let of_all = |problem: &Problem| {
            problem.path.first().is_some_and(|key| key == "inputs" || key == "hit")
        };
        if !errors(problems).iter().any(of_all) {
            analyse::analyse(&decision, problems);
        }
        errors(problems).is_empty().then_some(decision)
    }

    /// The table as its YAML writes it.
    pub fn source(&self) -> &DecisionSource {
        &self.source
    }

    /// The names it reads from its scope.
    pub fn references(&self) -> BTreeSet<String> {
        let mut inner = Vec::new();
        for rule in &self.rules {
            for cell in &rule.cells {
                cell.expressions(&mut inner);
            }
        }
        let results = self.rules.iter().map(|rule| &rule.results).chain(&self.default).flatten();
        inner.extend(results.filter_map(|answer| match answer {
            Answer::Expression(expression) => Some(expression),
            Answer::Value(_) => None,
        }));
        let own = |name: &str| name == "value" || self.inputs.iter().any(|i| i.name == name);
        let inner = inner.into_iter().flat_map(Expression::references);
        let mut names: BTreeSet<String> = inner.filter(|name| !own(name)).cloned().collect();
        names.extend(self.inputs.iter().flat_map(|i| i.expression.references()).cloned());
        names
    }

    /// What it gives, to an expression. It may always give `null` besides.
    pub fn output_type(&self) -> Type {
        self.source.result_type()
    }

    /// Asks the table.
    pub fn decide(&self, scope: &dyn Scope) -> Result<Decided, DecisionError> {
        let inputs = self.inputs(scope)?;
        let mut hits = Vec::new();
        for index in self.holding(&inputs, scope)? {
            let values = self.results(index, &inputs, scope)?;
            hits.push(hit::Hit { index, values });
        }
        let by_default = hits.is_empty() && self.default.is_some();
        let picked = match &self.default {
            Some(answers) if hits.is_empty() => {
                let values = self.answers("the default", answers, &inputs, scope)?;
                hit::Picked::by_default(self, values)
            }
            _ => hit::pick(self, hits)?,
        };
        let explanation = Explanation {
            decision: self.source.decision.clone(),
            hit: self.source.hit,
            inputs,
            fired: self.fired(&picked.fired),
            overruled: self.fired(&picked.overruled),
            by_default,
            output: picked.output.clone(),
        };
        let explanation =
            serde_json::to_value(explanation).expect("an explanation has text keys only");
        Ok(Decided { output: picked.output, explanation })
    }

    fn fired(&self, rules: &[usize]) -> Vec<Fired> {
        let note = |index: usize| self.source.rules.get(index).and_then(|rule| rule.note.clone());
        rules.iter().map(|&index| Fired { rule: index + 1, note: note(index) }).collect()
    }

    fn inputs(&self, scope: &dyn Scope) -> Result<Map<String, Value>, DecisionError> {
        let mut inputs = Map::new();
        for input in &self.inputs {
            let name = &input.name;
            let at = || format!("input `{name}`");
            let value =
                input.expression.evaluate(scope).map_err(|error| self.failed(at(), error))?;
            if !value.is_null() && !is_listed(&value, &input.ty, &input.values) {
                let listed = list(&input.values);
                let message = format!("expected `{name}` to be one of {listed}, found {value}");
                return Err(self.violation(message));
            }
            inputs.insert(name.clone(), value);
        }
        Ok(inputs)
    }

    /// The rules that hold; for `first`, only the first of them.
    fn holding(
        &self,
        inputs: &Map<String, Value>,
        outer: &dyn Scope,
    ) -> Result<Vec<usize>, DecisionError> {
        let columns: Vec<(&Input, &Value, Point)> = self
            .inputs
            .iter()
            .map(|input| {
                let value = inputs.get(&input.name).unwrap_or(&Value::Null);
                (input, value, Point::read(value, &input.ty))
            })
            .collect();
        let mut holding = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let mut holds = true;
            for ((input, value, point), cell) in columns.iter().zip(&rule.cells) {
                let scope = RuleScope { inputs, value: Some(value), outer };
                let answer = cell.holds(point, &mut |condition, _| condition.evaluate_bool(&scope));
                let at = || format!("rule {}, `{}`", index + 1, input.name);
                if !answer.map_err(|error| self.failed(at(), error))? {
                    holds = false;
                    break;
                }
            }
            if holds {
                holding.push(index);
                if self.source.hit == HitSource::Policy(HitPolicy::First) {
                    break;
                }
            }
        }
        Ok(holding)
    }

    fn results(
        &self,
        index: usize,
        inputs: &Map<String, Value>,
        outer: &dyn Scope,
    ) -> Result<Vec<Value>, DecisionError> {
        self.answers(&format!("rule {}", index + 1), &self.rules[index].results, inputs, outer)
    }

    fn answers(
        &self,
        of: &str,
        answers: &[Answer],
        inputs: &Map<String, Value>,
        outer: &dyn Scope,
    ) -> Result<Vec<Value>, DecisionError> {
        let scope = RuleScope { inputs, value: None, outer };
        let mut values = Vec::with_capacity(answers.len());
        for (output, answer) in self.outputs.iter().zip(answers) {
            values.push(match answer {
                Answer::Value(value) => value.clone(),
                Answer::Expression(expression) => {
                    let at = || format!("{of}, `{}`", output.name);
                    let value =
                        expression.evaluate(&scope).map_err(|error| self.failed(at(), error))?;
                    self.result(of, output, value)?
                }
            });
        }
        Ok(values)
    }

    /// What an expression gave, if it may be that.
    fn result(&self, of: &str, output: &Output, value: Value) -> Result<Value, DecisionError> {
        if value.is_null() {
            return Ok(value);
        }
        let fits = cell::literal(&value, &output.ty).ok();
        match fits.filter(|value| is_listed(value, &output.ty, &output.values)) {
            Some(value) => Ok(value),
            None => {
                let expected = match output.values.as_slice() {
                    [] => output.ty.to_string(),
                    values => format!("one of {}", list(values)),
                };
                let name = &output.name;
                let message = format!("expected `{name}` of {of} to be {expected}, found {value}");
                Err(self.violation(message))
            }
        }
    }

    fn failed(&self, at: String, error: ExpressionError) -> DecisionError {
        DecisionError::Expression { table: self.source.decision.clone(), at, error }
    }

    fn violation(&self, message: String) -> DecisionError {
        DecisionError::Violation { table: self.source.decision.clone(), message }
    }
}

/// Whether a value is among those that are allowed, if any are listed.
fn is_listed(value: &Value, ty: &Type, values: &[Point]) -> bool {
    values.is_empty() || {
        let point = Point::read(value, ty);
        values.iter().any(|allowed| allowed.same(&point))
    }
}

/// The first few of some values, for a message.
fn list(values: &[Point]) -> String {
    let shown: Vec<String> = values.iter().take(6).map(Point::to_string).collect();
    let more = if values.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;

//! From the YAML of a decision table to the table that decides. Everything wrong is told at once.

use indexmap::IndexMap;
use serde_json::Value;

use super::cell::{self, Cell, same};
use super::{
    Aggregator, Answer, COLUMNS_MAX, Decision, DecisionSource, HitPolicy, HitSource, Input,
    InputSource, Output, OutputType, RULES_MAX, Rule, RuleSource,
};
use crate::expression::{Environment, Expression, Field, Type};
use crate::problem::{Problem, did_you_mean};

/// Compiles a table.
pub(super) fn compile(
    source: &DecisionSource,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Decision {
    let mut compiler = Compiler { environment, problems };
    let inputs: Vec<Input> =
        source.inputs.iter().map(|(name, input)| compiler.input(name, input)).collect();
    let outputs: Vec<Output> = source
        .outputs
        .iter()
        .map(|(name, output)| Output {
            name: name.clone(),
            ty: output_type(output.kind, &output.values),
            values: output.values.clone(),
        })
        .collect();
    compiler.sizes(source);
    compiler.values(source, &outputs);
    let mut inner = environment.clone();
    for input in &inputs {
        inner.insert(input.name.clone(), Field::optional(input.ty.clone()));
    }
    let rules = source
        .rules
        .iter()
        .enumerate()
        .map(|(index, rule)| compiler.rule(index, rule, &inputs, &outputs, &inner))
        .collect();
    Decision { source: source.clone(), inputs, outputs, rules }
}

struct Compiler<'a> {
    environment: &'a Environment,
    problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    fn report(&mut self, path: &[&str], problem: Problem) {
        self.problems.push(problem.under(path));
    }

    fn input(&mut self, name: &str, source: &InputSource) -> Input {
        let (text, path, values): (_, &[&str], _) = match source {
            InputSource::Expression(text) => (text, &["inputs", name], Vec::new()),
            InputSource::Full(full) => {
                (&full.value, &["inputs", name, "value"], full.values.clone())
            }
        };
        if name == "value" {
            let message = "an input cannot be called `value`, for cells see theirs by that name";
            self.report(&["inputs", name], Problem::error("badName", message));
        }
        let expression = if let Some(text) = text.strip_prefix('=') {
            let environment = self.environment;
            self.expression(path, text, environment, None)
        } else {
            let message = "an input is an expression that starts with `=`";
            let problem = Problem::error("notAnExpression", message);
            self.report(path, problem.hint(format!("write `={text}`")));
            None
        };
        let ty = expression.as_ref().map_or(Type::Any, |expression| expression.ty().clone());
        for (index, value) in values.iter().enumerate() {
            for problem in cell::literal(value, &ty).err().into_iter().flatten() {
                self.report(&["inputs", name, "values", &index.to_string()], problem);
            }
        }
        let ty = match (&ty, values.iter().map(Value::as_str).collect::<Option<Vec<_>>>()) {
            (Type::Text, Some(texts)) if !texts.is_empty() => Type::choice(texts),
            _ => ty,
        };
        Input { name: name.to_owned(), expression, ty, values }
    }

    fn sizes(&mut self, source: &DecisionSource) {
        for (key, found, most) in [
            ("inputs", source.inputs.len(), COLUMNS_MAX),
            ("outputs", source.outputs.len(), COLUMNS_MAX),
            ("rules", source.rules.len(), RULES_MAX),
        ] {
            if found == 0 || found > most {
                let message = format!("expected 1 to {most} {key}, found {found}");
                self.report(&[key], Problem::error("wrongCount", message));
            }
        }
    }

    /// What the hit policy asks of the outputs, and whether their values are of their types.
    fn values(&mut self, source: &DecisionSource, outputs: &[Output]) {
        for output in outputs {
            let plain = output_type(source.outputs[&output.name].kind, &[]);
            for (index, value) in output.values.iter().enumerate() {
                if !fits(value, &plain) {
                    let message = format!("expected {plain}, found {value}");
                    let path = ["outputs", &output.name, "values", &index.to_string()];
                    self.report(&path, Problem::error("wrongType", message));
                }
            }
        }
        match source.hit {
            HitSource::Policy(HitPolicy::Priority | HitPolicy::OutputOrder)
                if outputs.iter().all(|output| output.values.is_empty()) =>
            {
                let problem = Problem::error(
                    "missingOption",
                    "this hit policy sorts by the outputs' `values`, but no output lists any",
                );
                let problem =
                    problem.hint("list the values of an output, the one that counts most first");
                self.report(&["hit"], problem);
            }
            HitSource::Aggregate(collect) => {
                let numeric = outputs.iter().all(|o| matches!(o.ty, Type::Int | Type::Double));
                if outputs.len() != 1 || (!numeric && collect.collect != Aggregator::Count) {
                    let message = "collecting into one number needs exactly one output, a number";
                    self.report(&["hit"], Problem::error("wrongType", message));
                }
            }
            HitSource::Policy(_) => {}
        }
    }

    fn rule(
        &mut self,
        index: usize,
        rule: &RuleSource,
        inputs: &[Input],
        outputs: &[Output],
        environment: &Environment,
    ) -> Rule {
        let number = index.to_string();
        let known: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        self.columns(&["rules", &number, "when"], &rule.when, &known);
        let known: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        self.columns(&["rules", &number, "then"], &rule.then, &known);
        let cells = inputs
            .iter()
            .map(|input| match rule.when.get(&input.name) {
                None => Cell::Anything,
                Some(value) => {
                    let environment = environment.clone().with_optional("value", input.ty.clone());
                    let mut compile =
                        |text: &str| Expression::compile(text, &environment, Some(&Type::Bool));
                    cell::parse(value, &input.ty, &mut compile).unwrap_or_else(|problems| {
                        for problem in problems {
                            self.report(&["rules", &number, "when", &input.name], problem);
                        }
                        Cell::Anything
                    })
                }
            })
            .collect();
        let results = outputs
            .iter()
            .map(|output| {
                let value = rule.then.get(&output.name).unwrap_or(&Value::Null);
                self.answer(&["rules", &number, "then", &output.name], value, output, environment)
            })
            .collect();
        Rule { cells, results }
    }

    /// An expression, without its `=`.
    fn expression(
        &mut self,
        path: &[&str],
        text: &str,
        environment: &Environment,
        expected: Option<&Type>,
    ) -> Option<Expression> {
        match Expression::compile(text, environment, expected) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                for problem in problems {
                    self.report(path, problem.shift(1));
                }
                None
            }
        }
    }

    fn columns(&mut self, path: &[&str], given: &IndexMap<String, Value>, known: &[&str]) {
        for name in given.keys() {
            if !known.contains(&name.as_str()) {
                let message = format!("the table has no column `{name}`");
                let hint = did_you_mean(name, known.iter().copied());
                let problem = Problem::error("unknownColumn", message).maybe_hint(hint);
                let mut path = path.to_vec();
                path.push(name);
                self.report(&path, problem);
            }
        }
    }

    fn answer(
        &mut self,
        path: &[&str],
        value: &Value,
        output: &Output,
        environment: &Environment,
    ) -> Answer {
        if let Some(text) = value.as_str().and_then(|text| text.strip_prefix('=')) {
            return self
                .expression(path, text, environment, Some(&output.ty))
                .map_or(Answer::Value(Value::Null), Answer::Expression);
        }
        let listed =
            output.values.is_empty() || output.values.iter().any(|allowed| same(allowed, value));
        if !value.is_null() && (!listed || !fits(value, &output.ty)) {
            let known = output.values.iter().filter_map(Value::as_str);
            let hint = value.as_str().and_then(|text| did_you_mean(text, known));
            let message = format!("expected {}, found {value}", output.ty);
            self.report(path, Problem::error("wrongType", message).maybe_hint(hint));
        }
        Answer::Value(value.clone())
    }
}

fn output_type(kind: OutputType, values: &[Value]) -> Type {
    match kind {
        OutputType::Text => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            if texts.is_empty() { Type::Text } else { Type::choice(texts) }
        }
        OutputType::Integer => Type::Int,
        OutputType::Decimal => Type::Double,
        OutputType::Boolean => Type::Bool,
        OutputType::Date => Type::Date,
        OutputType::Texts => Type::Text.list(),
    }
}

fn fits(value: &Value, ty: &Type) -> bool {
    match (ty, value) {
        (Type::List(element), Value::Array(items)) => items.iter().all(|item| fits(item, element)),
        _ => cell::literal(value, ty).is_ok(),
    }
}

//! From the YAML of a decision table to the table that decides. Everything wrong is told at once.

use indexmap::IndexMap;
use serde_json::Value;

use super::cell::{self, Cell};
use super::point::Point;
use super::{
    Aggregator, Answer, COLUMNS_MAX, Decision, DecisionSource, HitPolicy, HitSource, Input,
    InputSource, Output, OutputSource, RULES_MAX, Rule, RuleSource, is_listed, list,
};
use crate::expression::{Environment, Expression, Field, Type};
use crate::problem::{Problem, did_you_mean};

/// Compiles a table; `None` where an input cannot be read.
pub(super) fn compile(
    source: &DecisionSource,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Option<Decision> {
    let mut compiler = Compiler { environment, problems };
    if !compiler.sizes(source) {
        return None;
    }
    let columns: Vec<Column> =
        source.inputs.iter().map(|(name, input)| compiler.column(name, input)).collect();
    let outputs: Vec<Output> =
        source.outputs.iter().map(|(name, output)| compiler.output(name, output)).collect();
    compiler.policy(source, &outputs);
    let mut inner = environment.clone();
    for column in &columns {
        inner.insert(column.name.clone(), Field::optional(column.ty.clone()));
    }
    let rules = source
        .rules
        .iter()
        .enumerate()
        .map(|(index, rule)| compiler.rule(index, rule, &columns, &outputs, &inner))
        .collect();
    let default = compiler.default(source, &outputs, &inner);
    let inputs = columns.into_iter().map(Column::input).collect::<Option<Vec<_>>>()?;
    Some(Decision { source: source.clone(), inputs, outputs, rules, default })
}

/// An input whose expression may not be known.
struct Column {
    name: String,
    expression: Option<Expression>,
    ty: Type,
    values: Vec<Point>,
}

impl Column {
    fn input(self) -> Option<Input> {
        let expression = self.expression?;
        Some(Input { name: self.name, expression, ty: self.ty, values: self.values })
    }
}

struct Compiler<'a> {
    environment: &'a Environment,
    problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    fn report(&mut self, path: &[&str], problem: Problem) {
        self.problems.push(problem.under(path));
    }

    /// Whether there is something of everything, and not too much.
    fn sizes(&mut self, source: &DecisionSource) -> bool {
        let mut good = true;
        for (key, found, most) in [
            ("inputs", source.inputs.len(), COLUMNS_MAX),
            ("outputs", source.outputs.len(), COLUMNS_MAX),
            ("rules", source.rules.len(), RULES_MAX),
        ] {
            if found == 0 || found > most {
                let message = format!("expected 1 to {most} {key}, found {found}");
                self.report(&[key], Problem::error("wrongCount", message));
                // Of none, there is more to say.
                good &= found == 0;
            }
        }
        good
    }

    /// A name must be one that expressions can say.
    fn name(&mut self, path: &[&str], name: &str) {
        let mut characters = name.chars();
        let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !begins || !characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message = format!("expected a name of letters, digits and `_`, found `{name}`");
            let hint = "expressions use the name; what a person reads is its `label`";
            self.report(path, Problem::error("badName", message).hint(hint));
        }
    }

    fn column(&mut self, name: &str, source: &InputSource) -> Column {
        let (text, path, values): (_, &[&str], &[Value]) = match source {
            InputSource::Expression(text) => (text, &["inputs", name], &[]),
            InputSource::Full(full) => (&full.value, &["inputs", name, "value"], &full.values),
        };
        self.name(&["inputs", name], name);
        if name == "value" {
            let message = "an input cannot be called `value`: cells see their own by that name";
            self.report(&["inputs", name], Problem::error("badName", message));
        }
        let expression = if let Some(text) = text.strip_prefix('=') {
            let environment = self.environment;
            self.expression(path, text, environment, None)
        } else {
            let message = format!("expected an expression that starts with `=`, found `{text}`");
            let problem = Problem::error("notAnExpression", message);
            self.report(path, problem.hint(format!("write `={text}`")));
            None
        };
        let ty = expression.as_ref().map_or(Type::Any, |expression| expression.ty().clone());
        let values = self.values(&["inputs", name, "values"], values, &ty);
        let texts = values.iter().map(|point| match point {
            Point::Text(text) => Some(text.clone()),
            _ => None,
        });
        let ty = match (&ty, texts.collect::<Option<Vec<_>>>()) {
            (Type::Text | Type::Id, Some(texts)) if !texts.is_empty() => Type::choice(texts),
            _ => ty,
        };
        Column { name: name.to_owned(), expression, ty, values }
    }

    fn output(&mut self, name: &str, source: &OutputSource) -> Output {
        self.name(&["outputs", name], name);
        let plain = source.kind.ty();
        let values = self.values(&["outputs", name, "values"], &source.values, &plain);
        Output { name: name.to_owned(), ty: source.ty(), values }
    }

    /// The values that a column lists, each of which must be of its type and there once.
    fn values(&mut self, path: &[&str], values: &[Value], ty: &Type) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let found = match cell::literal(value, ty) {
                Ok(value) => {
                    let point = Point::read(&value, ty);
                    let twice = points.iter().any(|each| each.same(&point));
                    let message = format!("`{point}` is listed twice");
                    points.push(point);
                    if twice { vec![Problem::error("duplicateValue", message)] } else { Vec::new() }
                }
                Err(problems) => problems,
            };
            for problem in found {
                self.report(path, problem.under(&[index.to_string()]));
            }
        }
        points
    }

    /// What the hit policy asks of the outputs.
    fn policy(&mut self, source: &DecisionSource, outputs: &[Output]) {
        match source.hit {
            HitSource::Policy(HitPolicy::Priority | HitPolicy::OutputOrder)
                if outputs.iter().all(|output| output.values.is_empty()) =>
            {
                let message =
                    "this hit policy sorts by the outputs' `values`, but no output lists any";
                let hint = "list the values of an output, the one that counts most first";
                self.report(&["hit"], Problem::error("missingOption", message).hint(hint));
            }
            HitSource::Aggregate(aggregate) => {
                let (fits, needs): (fn(&Type) -> bool, _) = match aggregate.collect {
                    Aggregator::Count => (|_| true, "exactly one output"),
                    Aggregator::Sum => (
                        |ty| matches!(ty, Type::Int | Type::Double),
                        "exactly one output, a number",
                    ),
                    Aggregator::Min | Aggregator::Max => (
                        |ty| matches!(ty, Type::Int | Type::Double | Type::Date | Type::Duration),
                        "exactly one output, a number, a date or a duration",
                    ),
                };
                if outputs.len() != 1 || !outputs.iter().all(|output| fits(&output.ty)) {
                    let found: Vec<String> = outputs
                        .iter()
                        .map(|output| format!("`{}` ({})", output.name, output.ty))
                        .collect();
                    let message =
                        format!("expected {needs} to collect, found {}", found.join(", "));
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
        columns: &[Column],
        outputs: &[Output],
        environment: &Environment,
    ) -> Rule {
        let number = index.to_string();
        let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        // A comma within `not(…)` without quotes ends the text: what follows is no column.
        let is_cut = |value: &Value| {
            value.as_str().is_some_and(|text| text.starts_with("not(") && !text.ends_with(')'))
        };
        if rule.when.values().any(is_cut) {
            let mut asked = rule.when.clone();
            asked.retain(|_, value| !value.is_null());
            self.known(&["rules", &number, "when"], &asked, &known);
        } else {
            self.known(&["rules", &number, "when"], &rule.when, &known);
        }
        let cells: Vec<Cell> = columns
            .iter()
            .map(|column| {
                let Some(value) = rule.when.get(&column.name) else { return Cell::Anything };
                let mut compile = |text: &str| {
                    let inner = environment.clone().with_optional("value", column.ty.clone());
                    Expression::compile(text, &inner, Some(&Type::Bool))
                };
                cell::parse(value, &column.ty, &mut compile).unwrap_or_else(|problems| {
                    for problem in problems {
                        self.report(&["rules", &number, "when", &column.name], problem);
                    }
                    Cell::unread()
                })
            })
            .collect();
        let cells = unsure(cells, rule, &known);
        if rule.then.is_empty() {
            let problem = Problem::error("missingOutput", "expected an output, found none");
            self.report(&["rules", &number, "then"], problem.hint("say what follows from it"));
        }
        let results = self.answers(&["rules", &number, "then"], &rule.then, outputs, environment);
        Rule { cells, results }
    }

    fn default(
        &mut self,
        source: &DecisionSource,
        outputs: &[Output],
        environment: &Environment,
    ) -> Option<Vec<Answer>> {
        if source.default.is_empty() {
            return None;
        }
        let counts =
            matches!(source.hit, HitSource::Aggregate(a) if a.collect == Aggregator::Count);
        if source.hit.gives_list() || counts {
            let given = if counts { "0" } else { "an empty list" };
            let message =
                format!("a default has no place here: without a rule that holds it gives {given}");
            self.report(&["default"], Problem::error("uselessDefault", message).hint("remove it"));
        }
        Some(self.answers(&["default"], &source.default, outputs, environment))
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

    fn known(&mut self, path: &[&str], given: &IndexMap<String, Value>, known: &[&str]) {
        for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
            let message = format!("expected a column of the table, found `{name}`");
            let hint = did_you_mean(name, known.iter().copied())
                .unwrap_or_else(|| format!("the columns are {}", known.join(", ")));
            let problem = Problem::error("unknownColumn", message).hint(hint);
            self.report(path, problem.at_key().under(&[name]));
        }
    }

    fn answers(
        &mut self,
        path: &[&str],
        given: &IndexMap<String, Value>,
        outputs: &[Output],
        environment: &Environment,
    ) -> Vec<Answer> {
        let known: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        self.known(path, given, &known);
        outputs
            .iter()
            .map(|output| {
                let mut path = path.to_vec();
                path.push(&output.name);
                let value = given.get(&output.name).unwrap_or(&Value::Null);
                self.answer(&path, value, output, environment)
            })
            .collect()
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
                .map_or_else(unread, Answer::Expression);
        }
        if value.is_null() {
            return Answer::Value(Value::Null);
        }
        match cell::literal(value, &output.ty) {
            Ok(value) => {
                if !is_listed(&value, &output.ty, &output.values) {
                    let listed = list(&output.values);
                    let message = format!("expected one of {listed}, found {value}");
                    self.report(path, Problem::error("unknownOption", message));
                }
                Answer::Value(value)
            }
            Err(problems) => {
                for problem in problems {
                    // What a cell may be is no advice for a result.
                    let hint = problem.hint.clone().filter(|_| problem.code == "unknownOption");
                    self.report(path, Problem { hint, ..problem });
                }
                unread()
            }
        }
    }
}

/// What stands for a result with errors: it may be anything.
fn unread() -> Answer {
    Answer::Expression(Expression::unread())
}

/// A rule that asks something of a column that is not there holds or does not, whatever its cells say.
fn unsure(mut cells: Vec<Cell>, rule: &RuleSource, known: &[&str]) -> Vec<Cell> {
    if rule.when.keys().all(|name| known.contains(&name.as_str())) {
        return cells;
    }
    let free = cells.iter().position(|cell| matches!(cell, Cell::Anything)).unwrap_or_default();
    if let Some(cell) = cells.get_mut(free) {
        *cell = Cell::unread();
    }
    cells
}

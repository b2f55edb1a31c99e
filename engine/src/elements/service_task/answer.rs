//! What an answer of a service means: an error that the process catches, a failure, or a success from
//! which variables are taken. What is asked is in `request`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::source::{HttpCall, StatusTest};
use crate::definition::Compiler;
use crate::definition::source::OneOrMany;
use crate::expression::{Environment, Expression, Field, Type, expect_value};
use crate::ids::{ErrorCode, Key};
use crate::problem::Problem;
use crate::step::{Halt, Leave, Step};

/// How expressions call the answer.
const RESPONSE: &str = "response";

/// An answer, as `completeJob` brings it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status, from 100 to 599.
    pub status: u16,
    /// Headers; names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: JSON where it is that, otherwise text, or null where there is none.
    #[serde(default)]
    pub body: Value,
}

/// What a definition says about answers.
#[derive(Debug)]
pub(super) struct Judge {
    errors: Vec<(ErrorCode, Vec<Test>)>,
    success: Vec<Test>,
    result: Vec<(String, Expression, Type)>,
}

#[derive(Debug)]
enum Test {
    Status(u16),
    /// The hundreds of the status.
    Class(u16),
    Condition(Expression),
}

/// What is done about an answer.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Variables are set and the token goes on.
    Success,
    /// The process may catch this.
    Error(ErrorCode),
    /// The call failed; another one may help, or none will.
    Failure { may_help: bool },
}

impl Test {
    fn compile(compiler: &mut Compiler<'_>, keys: &[&str], test: &StatusTest) -> Option<Self> {
        let found = match test {
            StatusTest::Status(status) if (100..=599).contains(status) => {
                return Some(Self::Status(*status));
            }
            StatusTest::Status(status) => status.to_string(),
            StatusTest::Text(text) if text.starts_with('=') => {
                let names = with_response(&compiler.environment);
                let condition = compiler.expression_in(keys, text, Some(&Type::Bool), &names);
                return condition.map(Self::Condition);
            }
            StatusTest::Text(text) => text.clone(),
        };
        match found.strip_suffix("xx").map(str::parse) {
            Some(Ok(class @ 1..=5)) => Some(Self::Class(class)),
            _ => {
                let message = format!(
                    "expected a status such as `404`, a class such as `4xx`, or a condition after \
                     `=`, found `{found}`"
                );
                compiler.report(keys, Problem::error("badStatus", message));
                None
            }
        }
    }

    fn holds(&self, step: &Step<'_>, key: Key, response: &Value) -> Result<bool, Halt> {
        let status = response["status"].as_u64().unwrap_or_default();
        Ok(match self {
            Self::Status(own) => status == u64::from(*own),
            Self::Class(class) => status / 100 == u64::from(*class),
            Self::Condition(condition) => {
                step.evaluate_about(condition, key, RESPONSE, response)? == Value::Bool(true)
            }
        })
    }
}

/// The names that expressions about an answer see.
fn with_response(environment: &Environment) -> Environment {
    let fields = [
        ("status".to_owned(), Field::required(Type::Int)),
        ("headers".to_owned(), Field::required(Type::Map(Box::new(Type::Text)))),
        ("body".to_owned(), Field::optional(Type::Any)),
    ];
    environment.clone().with(RESPONSE, Type::object(RESPONSE, fields))
}

impl Judge {
    pub(super) fn compile(compiler: &mut Compiler<'_>, call: &HttpCall) -> Option<Self> {
        let mut errors = Vec::new();
        for (code, tests) in &call.errors {
            let keys = ["http", "errors", code.as_str()];
            if code.as_str().trim().is_empty() {
                let message = "expected the code of an error, found nothing";
                compiler.report(&keys, Problem::error("badRequest", message));
            }
            errors.push(tests_of(compiler, &keys, tests).map(|tests| (code.clone(), tests)));
        }
        let success = match call.success.as_slice() {
            [] => Some(vec![Test::Class(2)]),
            _ => tests_of(compiler, &["http", "success"], &call.success),
        };
        let names = with_response(&compiler.environment);
        let mut result = Vec::new();
        for (name, text) in &call.result {
            let keys = ["http", "result", name];
            compiler.variable(&keys, name);
            let ty = compiler.variable_type(name);
            let taken = compiler.expression_in(&keys, text, ty.as_ref(), &names);
            result.push(taken.zip(ty).map(|(taken, ty)| (name.clone(), taken, ty)));
        }
        Some(Self {
            errors: errors.into_iter().collect::<Option<_>>()?,
            success: success?,
            result: result.into_iter().collect::<Option<_>>()?,
        })
    }

    /// What is to be done about an answer.
    pub(super) fn verdict(
        &self,
        step: &Step<'_>,
        key: Key,
        response: &Value,
    ) -> Result<Verdict, Halt> {
        let any = |tests: &[Test]| {
            for test in tests {
                if test.holds(step, key, response)? {
                    return Ok(true);
                }
            }
            Ok::<_, Halt>(false)
        };
        for (code, tests) in &self.errors {
            if any(tests)? {
                return Ok(Verdict::Error(code.clone()));
            }
        }
        if any(&self.success)? {
            return Ok(Verdict::Success);
        }
        // Too early, too many, too slow, or a fault there: later it may be otherwise.
        let status = response["status"].as_u64().unwrap_or_default();
        let may_help = matches!(status, 408 | 425 | 429 | 500..) && status != 501;
        Ok(Verdict::Failure { may_help })
    }

    /// Sets variables from the answer, all or none, and lets the token go on.
    pub(super) fn take(&self, step: &mut Step<'_>, key: Key, response: &Value) -> Result<(), Halt> {
        let mut taken = Vec::new();
        for (name, expression, ty) in &self.result {
            let value = step.evaluate_about(expression, key, RESPONSE, response)?;
            expect_value(&value, ty).map_err(|why| {
                let message = format!("`{}` for the variable `{name}`: {why}", expression.source());
                Halt::incident("BAD_ANSWER", message)
            })?;
            taken.push((name.clone(), value));
        }
        for (name, value) in taken {
            step.set_own_variable(key, &name, value);
        }
        step.complete(key, Leave::Next)
    }
}

fn tests_of(
    compiler: &mut Compiler<'_>,
    keys: &[&str],
    tests: &OneOrMany<StatusTest>,
) -> Option<Vec<Test>> {
    let compiled: Vec<_> = match tests {
        OneOrMany::One(test) => vec![Test::compile(compiler, keys, test)],
        OneOrMany::Many(tests) => tests
            .iter()
            .enumerate()
            .map(|(at, test)| Test::compile(compiler, &[keys, &[&at.to_string()]].concat(), test))
            .collect(),
    };
    compiled.into_iter().collect()
}

impl Answer {
    /// Reads what came as a job's result.
    pub(super) fn read(result: &Value) -> Result<Value, String> {
        let read: Result<Self, _> = Self::deserialize(result);
        let answer = read.map_err(|error| {
            format!("expected `{{ status, headers, body }}`, the answer of the service: {error}")
        })?;
        if !(100..=599).contains(&answer.status) {
            return Err(format!("expected a status from 100 to 599, found {}", answer.status));
        }
        Ok(serde_json::json!(answer))
    }
}

//! Expressions: CEL, checked against types when a definition loads and total when it runs.
//!
//! The crate `cel` parses. Checking, lowering to a small tree and evaluating are ours, because a
//! replay must give the same bytes (the crate iterates hash maps), a forgotten field must not stop
//! a case, a document must not be converted field by field, and cost must be bounded.
//!
//! What belongs here: the public face. `types.rs` has the types and environments, `check.rs` reads
//! the parsed tree, `functions.rs` lists the functions, `node.rs` is the checked tree, `value.rs`
//! the values and `evaluate.rs` the evaluator. What an expression is used for is not known here.

mod types;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use types::{Environment, Field, ObjectType, Type};

use crate::problem::Problem;

/// Longest expression, in characters.
pub const SOURCE_CHARS_MAX: usize = 4096;

/// Values by name, given to an evaluation.
pub trait Scope {
    /// The value of a name; `None` where it is not filled in.
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Scope for BTreeMap<String, Value> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

impl Scope for serde_json::Map<String, Value> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.get(name).map(Cow::Borrowed)
    }
}

/// An expression that failed when it ran: the data did not fit, or it cost too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{source_text}`: {message}")]
pub struct ExpressionError {
    /// The expression as written.
    pub source_text: String,
    /// What was expected and what was found.
    pub message: String,
}

/// Text from YAML that is either meant as it stands or, with a leading `=`, an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Meant as it stands.
    Literal(String),
    /// An expression, without its `=`.
    Expression(String),
}

impl Source {
    /// Reads a text: a leading `=` makes it an expression.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix('=') {
            Some(expression) => Self::Expression(expression.to_owned()),
            None => Self::Literal(text.to_owned()),
        }
    }
}

/// A checked expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    ty: Type,
    references: BTreeSet<String>,
}

impl Expression {
    /// Reads and checks an expression. All problems are told at once, with offsets in characters.
    pub fn compile(
        source: &str,
        environment: &Environment,
        expected: Option<&Type>,
    ) -> Result<Self, Vec<Problem>> {
        let _ = (source, environment, expected);
        Err(vec![Problem::error("expressionSyntax", "expressions are being built")])
    }

    /// The names it reads from its scope.
    pub fn references(&self) -> &BTreeSet<String> {
        &self.references
    }

    /// The expression as written, without a leading `=`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it gives. It may always give `null` besides, where something is not filled in.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The value in a scope.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, ExpressionError> {
        let _ = scope;
        Ok(Value::Null)
    }

    /// Whether it holds in a scope; `null` (not known) counts as no.
    pub fn evaluate_bool(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        Ok(self.evaluate(scope)? == Value::Bool(true))
    }
}

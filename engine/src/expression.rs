//! Expressions: CEL, checked against types when a definition loads and total when it runs.
//!
//! The crate `cel` parses. Checking, lowering to a small tree and evaluating are ours, because a
//! replay must give the same bytes (the crate iterates hash maps), a forgotten field must not stop
//! a case, a document must not be converted field by field, and cost must be bounded.
//!
//! What belongs here: the public face. `types.rs` has the types and environments, `check.rs` reads
//! the parsed tree, `functions.rs` lists the functions, `node.rs` is the checked tree, `value.rs`
//! the values and `evaluate.rs` the evaluator. What an expression is used for is not known here.

mod arithmetic;
mod calls;
mod check;
mod dates;
pub(crate) mod decimal;
mod evaluate;
mod functions;
mod library;
mod marks;
mod mistaken;
mod node;
mod operators;
mod options;
mod parse;
mod registers;
mod superiors;
mod types;
mod units;
mod value;
mod words;
#[cfg(test)]
mod words_tests;
mod workdays;
#[cfg(test)]
mod workdays_tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::Value;

pub use evaluate::STEPS_MAX;
pub use functions::function_names;
pub use library::round;
pub(crate) use mistaken::taken_as_text;
pub use options::Options;
pub use superiors::SUPERIORS_MAX;
pub use types::{Environment, Field, ObjectType, Type};
pub use value::day;
pub(crate) use words::Worded;

use crate::actor::Unit;
use crate::calendar::Calendar;
use crate::ids::RegisterName;
use crate::problem::Problem;
use crate::register::Entry;
use crate::text::Text;
use crate::time::Timestamp;
use check::Checker;
use evaluate::Machine;
use node::Node;
use value::Val;

/// Longest expression, in characters.
pub const SOURCE_CHARS_MAX: usize = 4096;

/// Deepest nesting of an expression.
pub const DEPTH_MAX: usize = 96;

/// What an expression reads where it asks more of whoever began the case than the case itself knows:
/// as the directory has them then.
pub(crate) const IN_DIRECTORY: &str = "initiator in the directory";

/// Most loops (`all`, `exists`, `map`, `filter`) that stand in one another.
pub const LOOPS_MAX: usize = 2;

/// Largest compiled regular expression, in bytes.
pub const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// Values by name, given to an evaluation.
pub trait Scope {
    /// The value of a name; `None` where it is not filled in.
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>>;

    /// The entry of a register that has a number.
    ///
    /// # Errors
    /// Where registers cannot be looked into.
    fn entry(&self, register: &RegisterName, _number: &str) -> Result<Option<Entry>, String> {
        Err(format!("`{register}` cannot be looked into here"))
    }

    /// The entries of a register in which a column has a value, which is as `register::sought` gives
    /// it; none where there are too many.
    ///
    /// # Errors
    /// Where registers cannot be looked into.
    fn entries(
        &self,
        register: &RegisterName,
        _column: &str,
        _sought: &str,
    ) -> Result<Option<Vec<Entry>>, String> {
        Err(format!("`{register}` cannot be looked into here"))
    }

    /// What people call a person or a unit; none where the directory has no such id, or is not asked.
    fn name_of(&self, _id: &str) -> Option<Text> {
        None
    }

    /// What the directory has of a unit; none where there is no such unit, or it is not asked.
    fn unit_of(&self, _id: &str) -> Option<Arc<Unit>> {
        None
    }

    /// Whom a person reports to; none where nobody is above them, or the directory is not asked.
    fn manager_of(&self, _id: &str) -> Option<String> {
        None
    }
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

/// How a condition begins that an import could not say in our expressions; nothing runs by it.
pub(crate) const UNMAPPED: &str = "unmapped:";

/// A checked expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    ty: Type,
    node: Node,
    roots: Vec<(String, Type)>,
    references: BTreeSet<String>,
    zone: Tz,
    calendar: Option<Arc<Calendar>>,
}

impl Expression {
    /// Reads and checks an expression. All problems are told at once, with offsets in characters.
    pub fn compile(
        source: &str,
        environment: &Environment,
        expected: Option<&Type>,
    ) -> Result<Self, Vec<Problem>> {
        if let Some(theirs) = source.trim_start().strip_prefix(UNMAPPED) {
            let message =
                format!("expected an expression: the import could not say `{}`", theirs.trim());
            let problem = Problem::error("unmappedCondition", message);
            return Err(vec![problem.hint("say what is meant in its place")]);
        }
        let parsed = parse::parse(source)?;
        let mut checker = Checker::new(environment, &parsed.offsets);
        let (node, ty) = checker.check(&parsed.root);
        if let Some(expected) = expected
            && checker.problems.is_empty()
        {
            checker.expect(parsed.root.id, &node, &ty, expected);
        }
        if !checker.problems.is_empty() {
            return Err(checker.problems);
        }
        let roots = checker.roots;
        Ok(Self {
            source: source.to_owned(),
            ty,
            node,
            references: roots.iter().map(|(name, _)| name.clone()).collect(),
            roots,
            zone: environment.zone(),
            calendar: environment.calendar().cloned(),
        })
    }

    /// The keys of a mapping that is written out, where all of them are texts.
    pub(crate) fn literal_keys(&self) -> Option<Vec<&str>> {
        match &self.node {
            Node::Map(entries) => entries.iter().map(|(key, _)| key.literal_text()).collect(),
            _ => None,
        }
    }

    /// What stands for a condition with errors: it may be true or false. Nothing runs by it.
    pub(crate) fn unread() -> Self {
        Self::compile("1 == 2", &Environment::new(), None).expect("it is an expression")
    }

    /// The names it reads from its scope.
    pub fn references(&self) -> &BTreeSet<String> {
        &self.references
    }

    /// Whether it looks into registers, as far as its words tell.
    pub(crate) fn looks_into_registers(&self) -> bool {
        ["entry(", "entries("].iter().any(|call| self.source.contains(call))
    }

    /// The expression as written, without a leading `=`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it gives. It may always give `null` besides, where something is not filled in.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// What it gives in words, where that is more than the value itself.
    pub(crate) fn worded(&self) -> Option<Worded> {
        Worded::of(&self.ty, crate::calendar::Zone::from(self.zone))
    }

    /// The value, if it is written out and reads nothing: `= 'passed'`, `= 3`.
    pub fn constant(&self) -> Option<Value> {
        match &self.node {
            Node::Literal(literal) => Some(literal.value()),
            _ => None,
        }
    }

    /// Whether it is a list that is written out and holds something.
    pub(crate) fn gives_something(&self) -> bool {
        match &self.node {
            Node::List(items) => !items.is_empty(),
            Node::Literal(literal) => literal.value().as_array().is_some_and(|all| !all.is_empty()),
            _ => false,
        }
    }

    /// The value in a scope.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, ExpressionError> {
        let found: Vec<Option<Cow<'_, Value>>> =
            self.roots.iter().map(|(name, _)| scope.lookup(name)).collect();
        let roots = self
            .roots
            .iter()
            .zip(&found)
            .map(|((name, ty), found)| match found {
                Some(value) => Val::from_json(value.as_ref(), ty)
                    .map_err(|message| format!("`{name}`: {message}")),
                None => Ok(Val::Null),
            })
            .collect::<Result<Vec<_>, String>>()
            .map_err(|message| self.error(message))?;
        Machine::new(&roots, scope, self.zone, self.calendar.as_deref())
            .run(&self.node)
            .map(Val::into_json)
            .map_err(|message| self.error(message))
    }

    /// Whether it holds in a scope; `null` (not known) counts as no.
    pub fn evaluate_bool(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        match self.evaluate(scope)? {
            Value::Bool(value) => Ok(value),
            Value::Null => Ok(false),
            other => Err(self.error(format!("expected true or false, found {other}"))),
        }
    }

    /// The instant it gives: of a point in time as it is, of a date its first moment in the zone
    /// of the environment; `None` for `null`.
    pub fn evaluate_timestamp(
        &self,
        scope: &dyn Scope,
    ) -> Result<Option<Timestamp>, ExpressionError> {
        let value = self.evaluate(scope)?;
        if value.is_null() {
            return Ok(None);
        }
        to_timestamp(&value, self.zone)
            .map(Some)
            .ok_or_else(|| self.error(format!("expected a point in time or a date, found {value}")))
    }

    fn error(&self, message: String) -> ExpressionError {
        ExpressionError { source_text: self.source.clone(), message }
    }
}

/// Refuses a value that a type does not have; the error says what was expected and found.
pub(crate) fn expect_value(value: &Value, ty: &Type) -> Result<(), String> {
    match (ty, value) {
        (Type::List(element), Value::Array(items)) => {
            items.iter().try_for_each(|item| expect_value(item, element))
        }
        (Type::Date, Value::String(text)) if value::day(text).is_none() => {
            Err(format!("expected {ty}, found the text `{text}`"))
        }
        _ => Val::from_json(value, ty).map(|_| ()),
    }
}

/// Reads an instant from JSON: milliseconds, RFC 3339, or a date, which is its first moment in the
/// zone.
pub fn to_timestamp(value: &Value, zone: Tz) -> Option<Timestamp> {
    match value {
        Value::Number(ms) => ms.as_i64().map(Timestamp),
        Value::String(text) => value::instant(text).map(Timestamp).or_else(|| {
            let midnight = value::day(text)?.and_hms_opt(0, 0, 0)?;
            midnight.and_local_timezone(zone).earliest().map(Timestamp::from)
        }),
        _ => None,
    }
}

/// A regular expression of bounded size, or why it is none.
pub(crate) fn pattern(text: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build().map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{text}` is not a pattern: {last}")
    })
}

#[cfg(test)]
mod tests;

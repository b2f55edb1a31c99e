//! Score sheets (评分表): what several experts write into a list becomes one result for each
//! candidate. The YAML and its checks; how it is counted is `count`.

mod candidates;
mod count;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sign::Close;
use crate::definition::Compiler;
use crate::expression::{Expression, Type};
use crate::ids::DocumentName;
use crate::problem::{Problem, did_you_mean};

pub(crate) use candidates::{missing, named};
pub(crate) use count::count;

/// What expressions call a sheet.
pub(crate) const SHEET: &str = "sheet";
/// The most decimal places of a result.
const PLACES_MAX: u32 = 6;
/// Decimal places of a result where nothing is said.
const PLACES: u32 = 2;
/// The greatest weight.
const WEIGHT_MAX: f64 = 1_000.0;

/// How the sheets of several experts are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScoreSource {
    /// The list with the sheets: one that the task writes.
    pub of: DocumentName,
    /// The sheet's table with a row for each candidate; the sheet is about one where nothing is said.
    #[serde(default)]
    pub rows: Option<String>,
    /// The field of a row that says whom it is about; together with `rows`.
    #[serde(default)]
    pub by: Option<String>,
    /// Whom the sheets are about: an expression that gives a list of what `by` says, or of objects with
    /// that field. Each sheet then has exactly one row for each of them and no other; together with
    /// `rows` and `by`.
    #[serde(default)]
    pub candidates: Option<String>,
    /// The numbers that are added up, with what each weighs: `{ plan: 1, price: 0.5 }`.
    pub criteria: IndexMap<String, f64>,
    /// So many of the highest and as many of the lowest totals of a candidate are left out.
    #[serde(default)]
    pub trim: u32,
    /// So many valid sheets there must be, before any is left out; 1 where nothing is said. With
    /// fewer nobody is ranked, and `enough` is false.
    #[serde(default)]
    pub least: Option<u32>,
    /// When a sheet does not count: an expression over `sheet`.
    #[serde(default)]
    pub void: Option<String>,
    /// Decimal places of the result, rounded half up; 2 where nothing is said.
    #[serde(default)]
    pub places: Option<u32>,
    /// The result that is enough: `passed` says who has it.
    #[serde(default)]
    pub pass: Option<f64>,
    /// Criteria whose mean decides among equals, one after another. Who is still equal has the same
    /// rank, and is `tied`.
    #[serde(default)]
    pub ties: Vec<String>,
    /// The variable that gets the result.
    pub into: String,
    /// When the sheets are counted.
    #[serde(default)]
    pub close: Close,
    /// Whether the experts see each other's sheets before they are counted.
    #[serde(default)]
    pub open: bool,
}

/// How sheets are counted, compiled.
#[derive(Debug)]
pub(crate) struct Score {
    /// The list, as an expression.
    pub(crate) sheets: Expression,
    pub(crate) void: Option<Expression>,
    /// The list of sheets.
    pub(crate) of: DocumentName,
    /// Whom each sheet is about, where that is said.
    pub(crate) candidates: Option<Expression>,
    pub(crate) into: String,
    pub(crate) close: Close,
    pub(crate) rule: Rule,
}

/// What is counted, and how.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) rows: Option<(String, String)>,
    pub(crate) criteria: Vec<(String, f64)>,
    pub(crate) trim: usize,
    pub(crate) least: usize,
    pub(crate) places: u32,
    pub(crate) pass: Option<f64>,
    pub(crate) ties: Vec<String>,
}

impl ScoreSource {
    /// Compiles it for a task that writes these documents.
    pub(crate) fn compile(
        &self,
        compiler: &mut Compiler<'_>,
        edits: &[&DocumentName],
    ) -> Option<Score> {
        let form = self.sheet(compiler, edits)?;
        let row = self.row(compiler, &form)?;
        self.numbers(compiler, &row);
        let candidates = self.whom(compiler, &row);
        let sheets = compiler.expression(&["score", "of"], self.of.as_str(), None)?;
        let void = self.void.as_ref().and_then(|void| {
            let environment = compiler.environment.clone().with(SHEET, form);
            compiler.expression_in(&["score", "void"], void, Some(&Type::Bool), &environment)
        });
        compiler.variable(&["score", "into"], &self.into);
        if compiler.variable_type(&self.into).is_some_and(|ty| ty != Type::Any) {
            let problem = Problem::error("wrongType", "expected a variable of type `any`");
            compiler.report(&["score", "into"], problem);
        }
        let rule = Rule {
            rows: self.rows.clone().zip(self.by.clone()),
            criteria: self.criteria.iter().map(|(name, weight)| (name.clone(), *weight)).collect(),
            trim: self.trim as usize,
            least: self.least.unwrap_or(1).max(1) as usize,
            places: self.places.unwrap_or(PLACES),
            pass: self.pass,
            ties: self.ties.clone(),
        };
        let (of, into, close) = (self.of.clone(), self.into.clone(), self.close);
        Some(Score { sheets, void, of, candidates, into, close, rule })
    }

    /// What one sheet is.
    fn sheet(&self, compiler: &mut Compiler<'_>, edits: &[&DocumentName]) -> Option<Type> {
        if !edits.contains(&&self.of) {
            let message = format!("expected a list that the task writes, found `{}`", self.of);
            let hint = did_you_mean(self.of.as_str(), edits.iter().map(|one| one.as_str()));
            let problem = Problem::error("notWritten", message).maybe_hint(hint);
            compiler.report(&["score", "of"], problem);
            return None;
        }
        match compiler.environment.get(self.of.as_str()).map(|field| field.ty.clone()) {
            Some(Type::List(sheet)) => Some(*sheet),
            Some(Type::Any) => Some(Type::Any),
            Some(_) | None => {
                let message = format!("expected a document with `list: true`, found `{}`", self.of);
                compiler.report(&["score", "of"], Problem::error("notAList", message));
                None
            }
        }
    }

    /// What one row is: the sheet itself where it has none.
    fn row(&self, compiler: &mut Compiler<'_>, sheet: &Type) -> Option<Type> {
        let (rows, by) = match (&self.rows, &self.by) {
            (None, None) => return Some(sheet.clone()),
            (Some(rows), Some(by)) => (rows, by),
            (Some(_), None) | (None, Some(_)) => {
                let message = "expected `rows` and `by` together: whose each row is";
                compiler.report(&["score"], Problem::error("missingKey", message));
                return None;
            }
        };
        let table = match field(sheet, rows) {
            Ok(Type::List(row)) => *row,
            Ok(Type::Any) => Type::Any,
            Ok(other) => {
                let message = format!("expected a table, found {other}");
                compiler.report(&["score", "rows"], Problem::error("wrongType", message));
                return None;
            }
            Err(problem) => {
                compiler.report(&["score", "rows"], *problem);
                return None;
            }
        };
        if let Err(problem) = field(&table, by) {
            compiler.report(&["score", "by"], *problem);
        }
        Some(table)
    }

    fn numbers(&self, compiler: &mut Compiler<'_>, row: &Type) {
        if self.criteria.is_empty() {
            let message = "expected at least one criterion";
            compiler.report(&["score", "criteria"], Problem::error("missingKey", message));
        }
        for (name, weight) in &self.criteria {
            let keys = ["score", "criteria", name.as_str()];
            match field(row, name) {
                Ok(Type::Int | Type::Double | Type::Any) => {}
                Ok(other) => {
                    let message = format!("expected a number, found {other}");
                    compiler.report(&keys, Problem::error("wrongType", message));
                }
                Err(problem) => compiler.report(&keys, *problem),
            }
            if !(*weight > 0.0 && *weight <= WEIGHT_MAX) {
                let message =
                    format!("expected a weight above 0 and up to {WEIGHT_MAX}, found {weight}");
                compiler.report(&keys, Problem::error("outOfRange", message));
            }
        }
        for (at, tie) in self.ties.iter().enumerate() {
            if !self.criteria.contains_key(tie) {
                let known = self.criteria.keys().map(String::as_str);
                let message = format!("expected one of `criteria`, found `{tie}`");
                let problem = Problem::error("unknownName", message);
                let keys = ["score", "ties", &at.to_string()];
                compiler.report(&keys, problem.maybe_hint(did_you_mean(tie, known)));
            }
        }
        let places = self.places.unwrap_or(PLACES);
        if places > PLACES_MAX {
            let message = format!("expected up to {PLACES_MAX} decimal places, found {places}");
            compiler.report(&["score", "places"], Problem::error("outOfRange", message));
        }
        let least = self.least.unwrap_or(1);
        if least <= 2 * self.trim && self.trim > 0 {
            let message = format!(
                "expected `least` above {}: with `trim: {}` nothing would be left of {least} sheets",
                2 * self.trim,
                self.trim
            );
            compiler.report(&["score", "least"], Problem::error("outOfRange", message));
        }
    }
}

/// A field of an object's type.
fn field(of: &Type, name: &str) -> Result<Type, Box<Problem>> {
    match of {
        Type::Object(object) => match object.fields.get(name) {
            Some(field) => Ok(field.ty.clone()),
            None => {
                let message = format!("expected a field of `{}`, found `{name}`", object.name);
                let known = object.fields.keys().map(String::as_str);
                let problem = Problem::error("unknownField", message);
                Err(Box::new(problem.maybe_hint(did_you_mean(name, known))))
            }
        },
        _ => Ok(Type::Any),
    }
}

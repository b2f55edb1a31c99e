//! What a score sheet must have when it is given: exactly one row for each candidate, where `candidates`
//! says who they are, and a number for each criterion, where it counts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::count::unscored;
use super::{Rule, SHEET, ScoreSource, field};
use crate::command::Content;
use crate::definition::Compiler;
use crate::expression::{Expression, Type};
use crate::form::FieldError;
use crate::ids::{DocumentName, Key};
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};
use crate::text::{Language, Text, Texts};

impl ScoreSource {
    /// Compiles `candidates`: a list of what `by` holds, or of objects that have it.
    pub(super) fn whom(&self, compiler: &mut Compiler<'_>, row: &Type) -> Option<Expression> {
        let text = self.candidates.as_ref()?;
        let Some(by) = &self.by else {
            let message = "expected `rows` and `by` beside `candidates`: whose each row is";
            let problem = Problem::error("missingKey", message);
            compiler.report(&["score", "candidates"], problem.at_key());
            return None;
        };
        let expression = compiler.expression(&["score", "candidates"], text, None)?;
        let held = field(row, by).unwrap_or(Type::Any);
        let fits = match expression.ty() {
            Type::List(one) => match one.as_ref() {
                Type::Object(object) => {
                    object.fields.get(by).is_some_and(|field| field.ty.fits(&held))
                }
                one => one.fits(&held),
            },
            Type::Any => true,
            _ => false,
        };
        if !fits {
            let message = format!(
                "expected a list of what `{by}` holds ({held}), or of objects with it, found {}",
                expression.ty()
            );
            compiler.report(&["score", "candidates"], Problem::error("wrongType", message));
        }
        Some(expression)
    }
}

impl Step<'_> {
    /// Refuses a sheet that is not about every candidate exactly once, or is about somebody else, or that
    /// counts and lacks a score: the round could not be counted once the last sheet is in.
    pub(in crate::elements) fn check_sheets(
        &self,
        key: Key,
        written: &[(DocumentName, Content)],
    ) -> Result<(), Halt> {
        let node = self.node_of(key);
        let Some(score) = node.each.as_deref().and_then(|each| each.score.as_ref()) else {
            return Ok(());
        };
        for (document, sheet) in written.iter().filter(|(name, _)| *name == score.of) {
            let invalid = |errors| {
                Err(Rejection::InvalidDocument { document: document.clone(), errors }.into())
            };
            let is_void = match &score.void {
                Some(void) => {
                    self.evaluate_about(void, key, SHEET, &sheet.value)? == Value::Bool(true)
                }
                None => false,
            };
            let unscored = unscored(&score.rule, &sheet.value);
            if !is_void && !unscored.is_empty() {
                return invalid(unscored);
            }
            let Some(whom) = &score.candidates else { continue };
            let candidates = match self.evaluate(whom, key)? {
                Value::Array(candidates) => candidates,
                other => {
                    let message = format!("expected a list of candidates, found {other}");
                    return Err(Halt::incident("NOT_A_LIST", message));
                }
            };
            if let Some(error) = misfit(&score.rule, &candidates, &sheet.value) {
                return invalid(vec![error]);
            }
        }
        Ok(())
    }
}

/// What is wrong with the rows of a sheet; nothing where each candidate has one.
fn misfit(rule: &Rule, candidates: &[Value], sheet: &Value) -> Option<FieldError> {
    let expected = named(rule, candidates)?;
    let (rows, by) = rule.rows.as_ref()?;
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for row in sheet.get(rows).and_then(Value::as_array).into_iter().flatten() {
        *found.entry(called(row.get(by))).or_default() += 1;
    }
    let missing = expected.iter().filter(|one| !found.contains_key(*one)).cloned().collect();
    let others = found.keys().filter(|one| !expected.contains(*one)).cloned().collect();
    let is_twice = |(one, count): &(&String, &usize)| **count > 1 && expected.contains(*one);
    let twice = found.iter().filter(is_twice).map(|(one, _)| one.clone()).collect();
    let parts: [(Vec<String>, &str, &str); 3] = [
        (missing, "缺少", "missing are"),
        (others, "多出", "not among them are"),
        (twice, "重复", "more than once there are"),
    ];
    let told = |language: Language| -> Vec<String> {
        let parts = parts.iter().filter(|(whom, ..)| !whom.is_empty());
        parts
            .map(|(whom, zh, en)| match language {
                Language::Zh => format!("{zh}{}", whom.join("、")),
                Language::En => format!("{en} {}", whom.join(", ")),
            })
            .collect()
    };
    if told(Language::En).is_empty() {
        return None;
    }
    let message = Text::Many(Texts::from([
        (Language::Zh, format!("每一候选对象须有且只有一行：{}。", told(Language::Zh).join("；"))),
        (
            Language::En,
            format!("There must be one row for each candidate: {}.", told(Language::En).join("; ")),
        ),
    ]));
    Some(FieldError { path: vec![rows.clone()], code: "WRONG_CANDIDATES".to_owned(), message })
}

/// Candidates as persons read them; none where sheets are about one.
pub(crate) fn named(rule: &Rule, candidates: &[Value]) -> Option<BTreeSet<String>> {
    let (_, by) = rule.rows.as_ref()?;
    let whom = |one: &Value| called(if one.is_object() { one.get(by) } else { Some(one) });
    Some(candidates.iter().map(whom).collect())
}

/// The candidates that a sheet leaves out.
pub(crate) fn missing(rule: &Rule, candidates: &BTreeSet<String>, sheet: &Value) -> Vec<String> {
    let Some((rows, by)) = &rule.rows else { return Vec::new() };
    let rows = sheet.get(rows).and_then(Value::as_array).into_iter().flatten();
    let found: BTreeSet<String> = rows.map(|row| called(row.get(by))).collect();
    candidates.difference(&found).cloned().collect()
}

/// A candidate as a person reads it.
pub(super) fn called(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "-".to_owned(),
    }
}

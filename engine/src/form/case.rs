//! Rules that compare a document with the rest of its case: compiled against each process that uses
//! the form, judged on the case. They tell nobody more of the case than their own message.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::message::Fault;
use super::source::RuleSource;
use super::validate::{Level, Validator, level};
use super::{ERRORS_MAX, FieldError, Form, Rights, Rule};
use crate::actor::Unit;
use crate::expression::{Environment, Expression, Scope, Source, Type};
use crate::ids::{ProcessName, RegisterName};
use crate::problem::Problem;
use crate::register::Entry;
use crate::text::Text;
use crate::time::Timestamp;

/// A rule that the form alone does not suffice for.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    /// Its place among the rules.
    pub(super) index: usize,
    /// What is wrong with it where there is only the form.
    pub(super) problems: Vec<Problem>,
}

impl Rule {
    /// Compiles a rule against the names there are; its problems have their whole path.
    pub(super) fn compile(
        index: usize,
        source: &RuleSource,
        environment: &Environment,
    ) -> Result<Self, Vec<Problem>> {
        let (text, shift) = match Source::parse(&source.check) {
            Source::Expression(text) => (text, 1),
            Source::Literal(text) => (text, 0),
        };
        let check = Expression::compile(&text, environment, Some(&Type::Bool));
        let check = check.map_err(|problems| {
            let path = ["rules", &index.to_string(), "check"];
            problems
                .into_iter()
                .map(|problem| problem.shift(shift).under(&path))
                .collect::<Vec<_>>()
        })?;
        let field = source.field.iter().flat_map(|name| name.split('.'));
        let field = field.map(str::to_owned).collect();
        Ok(Self { check, message: source.message.clone(), field })
    }

    /// The names that it reads.
    pub(crate) fn reads(&self) -> &BTreeSet<String> {
        self.check.references()
    }

    /// What is told where it does not hold.
    pub(super) fn broken(&self) -> FieldError {
        FieldError {
            path: self.field.clone(),
            code: "RULE_BROKEN".to_owned(),
            message: self.message.clone(),
        }
    }
}

impl Form {
    /// Problems of rules that read what the form has not, where no process uses the form.
    pub(crate) fn unfit_alone(&self) -> Vec<Problem> {
        self.of_case.iter().flat_map(|waiting| waiting.problems.clone()).collect()
    }

    /// The rules that read what the form has not, compiled against the names of a process that uses
    /// it; a field of the form goes before a name of the case.
    pub(crate) fn rules_in(
        &self,
        process: &ProcessName,
        case: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Vec<Rule> {
        let environment = self.around(case);
        let mut rules = Vec::with_capacity(self.of_case.len());
        for Waiting { index, .. } in &self.of_case {
            match Rule::compile(*index, &self.source.rules[*index], &environment) {
                Ok(rule) => rules.push(rule),
                Err(found) => problems.extend(found.into_iter().map(|problem| {
                    // A word that is only misspelt is the same for all of them.
                    let is_misspelt = problem.hint.as_ref().is_some_and(|it| it.contains("mean"));
                    let of_process = problem.code == "unknownName" && !is_misspelt;
                    let more = format!("; `{process}`, which uses the form, has none");
                    let message = problem.message.clone() + if of_process { &more } else { "" };
                    Problem { form: Some(self.source.form.clone()), message, ..problem }
                })),
            }
        }
        rules
    }

    /// Rules that a process itself gives for a document of this form, compiled against its names.
    pub(crate) fn rules_beside(
        &self,
        sources: &[RuleSource],
        case: &Environment,
        problems: &mut Vec<Problem>,
    ) -> Vec<Rule> {
        let environment = self.around(case);
        let mut rules = Vec::with_capacity(sources.len());
        for (index, source) in sources.iter().enumerate() {
            let of_none = source.field.as_ref().filter(|field| !self.has_field(field));
            problems.extend(of_none.map(|field| {
                let message = format!("expected a field of the form, found `{field}`");
                let path = ["rules", &index.to_string(), "field"];
                Problem::error("unknownField", message).under(&path)
            }));
            match Rule::compile(index, source, &environment) {
                Ok(rule) => rules.push(rule),
                Err(found) => problems.extend(found),
            }
        }
        rules
    }

    /// The names of a case, and before them those of the form's fields.
    fn around(&self, case: &Environment) -> Environment {
        let mut environment = case.clone();
        for (name, field) in self.fields().iter().map(super::Field::named) {
            environment.insert(name, field);
        }
        environment
    }

    /// Checks a document in its normal form beside the case. As among the form's own rules, only a
    /// clear `false` breaks one, and one that reads only fields this step may not edit is left to the
    /// step that may.
    pub(crate) fn compare(
        &self,
        rules: &[Rule],
        document: &Value,
        rights: &Rights,
        case: &dyn Scope,
        now: Timestamp,
    ) -> Result<(), Vec<FieldError>> {
        let validator = Validator::new(rights);
        let now = Value::from(now.0);
        let scope = InCase { level: level(self.fields(), document, &now), case };
        let mut errors = Vec::new();
        for rule in rules {
            let mut own = self.fields().iter().filter(|field| rule.reads().contains(&field.name));
            let reads_none = own.clone().next().is_none();
            if !reads_none && !own.any(|field| validator.editable(field, &field.name)) {
                continue;
            }
            match rule.check.evaluate(&scope) {
                Ok(Value::Bool(false)) => errors.push(rule.broken()),
                Ok(_) => {}
                Err(_) => errors.push(Fault::not_comparable().at(&rule.field)),
            }
        }
        errors.truncate(ERRORS_MAX);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// The fields of a document, and around them the case.
struct InCase<'a> {
    level: Level<'a>,
    case: &'a dyn Scope,
}

impl Scope for InCase<'_> {
    fn lookup(&self, name: &str) -> Option<Cow<'_, Value>> {
        if self.level.fields.iter().any(|field| field.name == name) {
            return self.level.lookup(name);
        }
        self.case.lookup(name)
    }

    fn entry(&self, register: &RegisterName, number: &str) -> Result<Option<Entry>, String> {
        self.case.entry(register, number)
    }

    fn entries(
        &self,
        register: &RegisterName,
        column: &str,
        sought: &str,
    ) -> Result<Option<Vec<Entry>>, String> {
        self.case.entries(register, column, sought)
    }

    fn name_of(&self, id: &str) -> Option<Text> {
        self.case.name_of(id)
    }

    fn unit_of(&self, id: &str) -> Option<Arc<Unit>> {
        self.case.unit_of(id)
    }

    fn manager_of(&self, id: &str) -> Option<String> {
        self.case.manager_of(id)
    }
}

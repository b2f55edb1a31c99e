//! What an element uses to compile itself: the names expressions may use, the rest of the pack,
//! and the place for problems. No element's own rule belongs here.

use std::collections::BTreeMap;

use super::source::{DocumentSource, ProcessSource};
use super::{CompiledDecision, Library, Using, When};
use crate::clock::ReminderSpec;
use crate::decision::Decision;
use crate::definition::source::{DocumentUse, OneOrMany, Time};
use crate::elements::Element;
use crate::expression::{Environment, Expression, Source, Type};
use crate::ids::{DecisionName, DocumentName, NodeName, NoticeName, RegisterName, RoleName};
use crate::problem::{Problem, did_you_mean};
use crate::text::Text;

/// A text that is meant as it stands, or an expression.
#[derive(Debug)]
pub(crate) enum Dynamic {
    Literal(String),
    Expression(Expression),
}

/// Compiles one node. Problems get the node's path in front.
pub(crate) struct Compiler<'a> {
    pub(crate) source: &'a ProcessSource,
    pub(crate) library: &'a Library,
    pub(crate) environment: Environment,
    pub(crate) node: &'a NodeName,
    /// The keys that lead to the node.
    pub(crate) path: &'a [String],
    pub(crate) names: &'a BTreeMap<NodeName, Vec<String>>,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl Compiler<'_> {
    /// Reports a problem under keys of this node.
    pub(crate) fn report(&mut self, keys: &[&str], problem: Problem) {
        self.problems.push(problem.under(keys).under(self.path));
    }

    /// Compiles an expression; a leading `=` may stand there.
    pub(crate) fn expression(
        &mut self,
        keys: &[&str],
        text: &str,
        expected: Option<&Type>,
    ) -> Option<Expression> {
        let environment = self.environment.clone();
        self.expression_in(keys, text, expected, &environment)
    }

    /// Compiles an expression with other names.
    pub(crate) fn expression_in(
        &mut self,
        keys: &[&str],
        text: &str,
        expected: Option<&Type>,
        environment: &Environment,
    ) -> Option<Expression> {
        let (source, shift) = match text.strip_prefix('=') {
            Some(rest) => (rest, 1),
            None => (text, 0),
        };
        match Expression::compile(source, environment, expected) {
            Ok(expression) => Some(expression),
            Err(problems) => {
                for problem in problems {
                    self.report(keys, problem.shift(shift));
                }
                None
            }
        }
    }

    /// Compiles a text that may be an expression.
    pub(crate) fn dynamic(
        &mut self,
        keys: &[&str],
        text: &str,
        expected: Option<&Type>,
    ) -> Option<Dynamic> {
        match Source::parse(text) {
            Source::Literal(literal) => {
                self.check_text(keys, &literal);
                Some(Dynamic::Literal(literal))
            }
            Source::Expression(_) => self.expression(keys, text, expected).map(Dynamic::Expression),
        }
    }

    /// Warns of a text that reads exactly like an expression over names that are known here: the `=` is
    /// easily forgotten, and one text is then taken for every case.
    fn check_text(&mut self, keys: &[&str], text: &str) {
        // Names of people, roles and units may be those of anything.
        let may_be_a_name = matches!(keys.first(), Some(&("role" | "assign" | "unit" | "title")))
            || keys.last() == Some(&"unit");
        let is_path = text.contains('.') || text.contains('(');
        if !is_path && may_be_a_name {
            return;
        }
        let Ok(expression) = Expression::compile(text, &self.environment, None) else { return };
        if expression.references().is_empty() {
            return;
        }
        let message = format!(
            "expected a text, but `{text}` reads like an expression; as it is, every case has these very words"
        );
        let problem = Problem::warning("readsLikeExpression", message)
            .hint(format!("did you mean `={text}`? For the words themselves write `='{text}'`"));
        self.report(keys, problem);
    }

    /// Whether the process has a calendar for its times.
    pub(crate) fn has_calendar(&self) -> bool {
        self.source.calendar.is_some()
            || self.library.calendar.is_some()
            || self.library.calendars.contains_key(super::compile::DEFAULT_CALENDAR)
    }

    /// Compiles a time.
    pub(crate) fn time(&mut self, keys: &[&str], time: &Time) -> Option<When> {
        When::compile(self, keys, time)
    }

    /// Compiles reminders.
    pub(crate) fn reminders(&mut self, reminders: &OneOrMany<String>) -> Vec<ReminderSpec> {
        let mut specs = Vec::new();
        for (number, text) in reminders.as_slice().iter().enumerate() {
            match text.parse::<ReminderSpec>() {
                Ok(spec) => specs.push(spec),
                Err(error) => {
                    let keys = ["remind".to_owned(), number.to_string()];
                    let keys: Vec<&str> = match reminders {
                        OneOrMany::One(_) => vec!["remind"],
                        OneOrMany::Many(_) => keys.iter().map(String::as_str).collect(),
                    };
                    self.report(&keys, Problem::error("badTime", error.to_string()));
                }
            }
        }
        specs
    }

    /// Compiles what a task does with documents.
    pub(crate) fn using(&mut self, key: &str, uses: &OneOrMany<DocumentUse>) -> Vec<Using> {
        let mut compiled = Vec::new();
        for (number, one) in uses.as_slice().iter().enumerate() {
            let number = number.to_string();
            let keys: Vec<&str> = match uses {
                OneOrMany::One(_) => vec![key],
                OneOrMany::Many(_) => vec![key, &number],
            };
            if self.document(&keys, one.document()).is_some() {
                compiled.extend(Using::compile(self, &keys, one));
            }
        }
        compiled
    }

    /// Finds a document.
    pub(crate) fn document(
        &mut self,
        keys: &[&str],
        name: &DocumentName,
    ) -> Option<&DocumentSource> {
        let source = self.source;
        if source.documents.get(name).is_none() {
            let known = source.documents.keys().map(DocumentName::as_str);
            let problem = Problem::error(
                "unknownDocument",
                format!("expected a document of the process, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known));
            self.report(keys, problem);
        }
        source.documents.get(name)
    }

    /// Checks that a role exists.
    pub(crate) fn role(&mut self, keys: &[&str], name: &RoleName) {
        if !self.library.roles.contains_key(name) {
            let known = self.library.roles.keys().map(RoleName::as_str);
            let problem = Problem::error(
                "unknownRole",
                format!("expected a role of roles.yaml, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known))
            .maybe_hint(self.library.role_by_label(name.as_str()));
            self.report(keys, problem);
        }
    }

    /// Checks that a notice template exists.
    pub(crate) fn notice(&mut self, keys: &[&str], name: &NoticeName) {
        if !self.library.notices.contains(name) {
            let known = self.library.notices.iter().map(NoticeName::as_str);
            let problem = Problem::error(
                "unknownNotice",
                format!("expected a template of notices/, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known));
            self.report(keys, problem);
        }
    }

    /// Checks that a node exists.
    pub(crate) fn node_exists(&mut self, keys: &[&str], name: &NodeName) -> bool {
        let exists = self.names.contains_key(name);
        if !exists {
            let known = self.names.keys().map(NodeName::as_str);
            let problem = Problem::error(
                "unknownNode",
                format!("expected a node of the process, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known));
            self.report(keys, problem);
        }
        exists
    }

    /// Whether there is such a node in the same scope.
    pub(crate) fn is_beside(&self, name: &NodeName) -> bool {
        let scope = |path: &[String]| path.len().checked_sub(1).map(|end| path[..end].to_vec());
        self.names.get(name).is_some_and(|path| scope(path) == scope(self.path))
    }

    /// Whether a node of the same scope is an activity.
    pub(crate) fn is_activity(&self, name: &NodeName) -> bool {
        let mut path = self.path[..self.path.len() - 1].to_vec();
        path.push(name.to_string());
        self.element(&path).is_some_and(Element::is_activity)
    }

    /// A node of the same scope or another, by name.
    pub(crate) fn named(&self, name: &NodeName) -> Option<&Element> {
        self.names.get(name).and_then(|path| self.element(path))
    }

    /// Whether this is an event at the edge of a node.
    pub(crate) fn is_attached_to(&self, name: &NodeName) -> bool {
        let own = self.element(self.path);
        matches!(own, Some(Element::BoundaryEvent(event)) if event.attached_to == *name)
    }

    /// The sub-process around this node.
    pub(crate) fn around(&self) -> Option<&Element> {
        let around = self.path.len().checked_sub(2).filter(|length| *length > 1)?;
        self.element(&self.path[..around])
    }

    /// Whether a completed activity can be undone: by a boundary event on it or inside it, or by an
    /// event sub-process.
    pub(crate) fn has_compensation(&self, name: &NodeName) -> bool {
        fn undoes(element: &Element, name: Option<&NodeName>) -> bool {
            let inside =
                || element.nodes().into_iter().flatten().any(|(_, inner)| undoes(inner, None));
            match element {
                Element::BoundaryEvent(event) => {
                    event.compensation && name.is_none_or(|name| event.attached_to == *name)
                }
                Element::StartEvent(start) => start.compensation && name.is_none(),
                _ => name.is_none() && inside(),
            }
        }
        let on_it = self
            .names
            .values()
            .any(|path| self.element(path).is_some_and(|element| undoes(element, Some(name))));
        on_it || self.named(name).is_some_and(|element| undoes(element, None))
    }

    /// Whether a compensation that this node throws concerns another: it stands in the same scope, or
    /// deeper, or is one of the scopes around. What an event sub-process throws concerns what it is in.
    pub(crate) fn is_undone_from_here(&self, name: &NodeName) -> bool {
        let Some(other) = self.names.get(name) else { return true };
        let mut scope = &self.path[..self.path.len().saturating_sub(1)];
        while scope.len() > 1
            && matches!(self.element(&scope[..scope.len() - 1]), Some(Element::EventSubProcess(_)))
        {
            scope = &scope[..scope.len() - 2];
        }
        let is_around = scope.starts_with(other);
        other.starts_with(scope) || is_around
    }

    /// The element at a path of keys.
    fn element(&self, path: &[String]) -> Option<&Element> {
        let mut nodes = &self.source.nodes;
        let mut element = None;
        for name in path.iter().skip(1).step_by(2) {
            element = nodes.get(name.as_str());
            if let Some(inner) = element.and_then(Element::nodes) {
                nodes = inner;
            }
        }
        element
    }

    /// Checks that a variable exists.
    pub(crate) fn variable(&mut self, keys: &[&str], name: &str) {
        if !self.source.variables.contains_key(name) {
            let known = self.source.variables.keys().map(String::as_str);
            let problem = Problem::error(
                "unknownVariable",
                format!("expected one of the process's `variables`, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name, known));
            self.report(keys, problem);
        }
    }

    /// The type a variable has in expressions.
    pub(crate) fn variable_type(&self, name: &str) -> Option<Type> {
        self.source.variables.get(name).map(|variable| super::compile::type_of(variable.kind))
    }

    /// Finds a register.
    pub(crate) fn register(
        &mut self,
        keys: &[&str],
        name: &RegisterName,
    ) -> Option<super::Register> {
        let found = self.library.registers.get(name).cloned();
        if found.is_none() {
            let known = self.library.registers.keys().map(RegisterName::as_str);
            let problem = Problem::error(
                "unknownRegister",
                format!("expected a register of registers/, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known));
            self.report(keys, problem);
        }
        found
    }

    /// Compiles a decision table against this process's names.
    pub(crate) fn decision(
        &mut self,
        keys: &[&str],
        name: &DecisionName,
    ) -> Option<CompiledDecision> {
        let faulty = self.library.faulty_decisions.get(name);
        let Some(source) = self.library.decisions.get(name).or(faulty).cloned() else {
            let known = self.library.decisions.keys().map(DecisionName::as_str);
            let problem = Problem::error(
                "unknownDecision",
                format!("expected a table of decisions/, found `{name}`"),
            )
            .maybe_hint(did_you_mean(name.as_str(), known));
            self.report(keys, problem);
            return None;
        };
        let mut problems = Vec::new();
        let compiled = Decision::compile(&source, &self.environment, &mut problems);
        // Of a document whose form is not there nobody knows what it can hold.
        let documents = self.source.documents.iter();
        let missing: Vec<&str> = documents
            .filter(|(_, document)| !self.library.forms.contains_key(&document.form))
            .map(|(name, _)| name.as_str())
            .collect();
        let reads = |name: &&str| source.reads(name);
        if missing.iter().any(reads) {
            problems.retain(|problem| !problem.is_about_all_inputs());
        }
        for problem in problems {
            self.report(keys, Problem { table: Some(name.clone()), ..problem });
        }
        compiled.filter(|_| self.library.decisions.contains_key(name)).map(std::sync::Arc::new)
    }
}

impl Library {
    /// A role that people call so, as a hint.
    pub(crate) fn role_by_label(&self, label: &str) -> Option<String> {
        let is_so = |text: &Text| match text {
            Text::One(text) => text == label,
            Text::Many(texts) => texts.iter().any(|(_, text)| text == label),
        };
        let (name, _) = self.roles.iter().find(|(_, text)| is_so(text))?;
        Some(format!("did you mean `{name}`, which is called so?"))
    }
}

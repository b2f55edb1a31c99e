//! Expressions of a file as ours: which language they are in, what their names are here, and what
//! becomes of what cannot be said. How words are translated is `bpmn::expression`.

use std::collections::BTreeMap;

use super::{Reading, node};
use crate::bpmn::expression::{self, Language};
use crate::bpmn::keys;
use crate::bpmn::xml::Id;
use crate::expression::{Environment, Expression, UNMAPPED};

/// What only the other tools' own engines know.
const INTERNAL: [&str; 9] = [
    "execution",
    "task",
    "nrOfInstances",
    "nrOfActiveInstances",
    "nrOfCompletedInstances",
    "numberOfInstances",
    "numberOfCompletedInstances",
    "numberOfActiveInstances",
    "numberOfTerminatedInstances",
];

impl Reading<'_> {
    /// Their expression as ours, with `=` in front; where it cannot be, that is reported and there
    /// is none.
    pub(in crate::bpmn) fn expression(
        &mut self,
        text: &str,
        element: Id,
        attribute: &str,
    ) -> Option<String> {
        match self.said(text, element) {
            Ok(text) => Some(text),
            Err(why) => {
                let message = format!("cannot say `{text}` in our expressions: {why}");
                self.not_mapped(element, attribute, message);
                None
            }
        }
    }

    /// A condition, with `=` in front. One that we cannot say is an error, and stays where it
    /// stood as what the checker refuses: without it another way would be taken. None where our
    /// extension says it.
    pub(super) fn condition(&mut self, element: Id, path: &[&str]) -> Option<String> {
        let text = self.tree.text(element);
        if keys::has(&self.over, path) {
            return None;
        }
        let said = match text.is_empty() {
            true => Err("it is empty".to_owned()),
            false => self.said(text, element),
        };
        Some(match said {
            Ok(text) => text,
            Err(why) => {
                let local = self.tree.local(element);
                let message = format!("the `{local}` `{text}` cannot be said: {why}");
                self.unsupported(element, message);
                format!("{UNMAPPED} {text}")
            }
        })
    }

    /// Their expression as ours, with `=` in front, or why it cannot be.
    fn said(&mut self, text: &str, element: Id) -> Result<String, String> {
        let language = self.language_of(text, element);
        if language == Language::Cel {
            return Ok(expression::with_sign(text));
        }
        let translated = expression::translate(text, language)?;
        let mut counts = BTreeMap::new();
        for name in translated.names() {
            match self.runs.as_ref().and_then(|runs| runs.count(name)) {
                Some(count) => drop(counts.insert(name, count)),
                None if INTERNAL.contains(&name) => {
                    return Err(format!("only their engine knows `{name}`"));
                }
                None => drop(self.identifier(name, element, "")),
            }
        }
        if let (Some(runs), false) = (&mut self.runs, counts.is_empty()) {
            runs.are_counted = true;
        }
        let text = translated
            .resolve(|name| counts.get(name).cloned().unwrap_or_else(|| self.resolve(name)));
        let environment = Environment::new().with_any_name();
        match Expression::compile(&text, &environment, None) {
            Ok(_) => Ok(format!("={text}")),
            Err(problems) => {
                Err(problems.into_iter().next().map_or_else(String::new, |it| it.message))
            }
        }
    }

    /// What we call a name of theirs.
    fn resolve(&mut self, name: &str) -> String {
        if self.initiator.as_deref() == Some(name) {
            return "initiator.id".to_owned();
        }
        let own = node::identifier(name);
        if let Some(path) = self.forms.path(&own) {
            return path;
        }
        if name == "loopCounter" {
            return "loop.index".to_owned();
        }
        if !self.items.contains(name) {
            self.variables.insert(own.clone());
        }
        own
    }

    /// What a text is written in: as the file says, else as its sign says, else as its tool does.
    fn language_of(&self, text: &str, element: Id) -> Language {
        let named = self.tree.attribute(element, "language").and_then(expression::by_name);
        named.unwrap_or_else(|| self.language_by_sign(text))
    }

    fn language_by_sign(&self, text: &str) -> Language {
        match self.language {
            Language::Cel => Language::Cel,
            usual => expression::by_sign(text).unwrap_or(usual),
        }
    }

    /// Whether a text is an expression where a time may stand as well.
    pub(super) fn is_expression(&self, text: &str, element: Id) -> bool {
        self.language_of(text, element) == Language::Cel || expression::is_dynamic(text)
    }

    /// A text of theirs that may be an expression: as a literal, or as our expression.
    pub(in crate::bpmn) fn dynamic(
        &mut self,
        text: &str,
        element: Id,
        attribute: &str,
    ) -> Option<String> {
        match expression::is_expression(text, self.language_by_sign(text)) {
            true => self.expression(text, element, attribute),
            false => Some(text.to_owned()),
        }
    }

    /// A name of theirs as one that expressions take; where it is another one, that is said once.
    pub(in crate::bpmn) fn identifier(
        &mut self,
        name: &str,
        element: Id,
        attribute: &str,
    ) -> String {
        let own = node::identifier(name);
        if own != name.trim() && self.renamed.insert(own.clone()) {
            let message = format!(
                "`{name}` is called `{own}`: a name in an expression has Latin letters, digits and `_`"
            );
            self.in_part(element, attribute, message);
        }
        own
    }

    /// A variable of theirs that something is written to.
    pub(in crate::bpmn) fn variable(&mut self, name: &str, element: Id, attribute: &str) -> String {
        let name = self.identifier(name, element, attribute);
        self.variables.insert(name.clone());
        name
    }
}

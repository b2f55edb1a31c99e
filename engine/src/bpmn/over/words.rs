//! Our expressions in the words of an original: as JUEL or FEEL where those say the same, which is
//! found out by reading them again.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::bpmn::export::Draft;
use crate::bpmn::expression::{self, Language, translate};
use crate::bpmn::import::{Raw, identifier};
use crate::bpmn::xml::{Id, Tree};

/// How the expressions of a process are written.
pub(super) struct Words<'m> {
    pub(super) tree: &'m Tree,
    pub(super) raw: &'m Raw,
    /// What its file is written in.
    pub(super) language: Language,
    /// What the process calls its variables, and the items of its lists: what is a name there.
    pub(super) names: BTreeSet<String>,
}

/// The variables of a process, and the items of its lists.
pub(super) fn names(draft: &Draft) -> BTreeSet<String> {
    let variables = draft.keys.get("variables").and_then(Value::as_mapping);
    let items = draft.nodes.iter().filter_map(|node| node.keys.get("forEach")?.get("as"));
    let names = variables.into_iter().flat_map(|all| all.keys()).chain(items);
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Words<'_> {
    /// A text of ours as it is to stand in the file, in the place of what an element says, and
    /// whether it is in our own language though the file is not.
    pub(super) fn said(&self, text: &str, element: Option<Id>, is_time: bool) -> (String, bool) {
        if is_time && text.starts_with(|first: char| "PRT0123456789@".contains(first)) {
            return (text.to_owned(), false);
        }
        let language = self.language_of(element);
        if language == Language::Cel {
            return (text.to_owned(), false);
        }
        let theirs = self.theirs(text, language);
        let same = theirs.filter(|theirs| {
            let read = translate(theirs, language).ok();
            let read = read.filter(|read| read.names().all(|name| self.is_theirs(name)));
            let read = read.map(|read| read.resolve(|name| self.resolved(name)));
            read.is_some_and(|read| squeezed(&read) == squeezed(text))
        });
        match same {
            Some(theirs) => (theirs, false),
            None => (text.to_owned(), true),
        }
    }

    fn language_of(&self, element: Option<Id>) -> Language {
        let Some(element) = element else { return self.language };
        let named = self.tree.attribute(element, "language").and_then(expression::by_name);
        named.or_else(|| expression::by_sign(self.tree.text(element))).unwrap_or(self.language)
    }

    /// What would say it in another language.
    fn theirs(&self, text: &str, language: Language) -> Option<String> {
        let mut own = String::with_capacity(text.len());
        for (at, piece) in text.split('\'').enumerate() {
            let is_quoted = at % 2 == 1;
            match (is_quoted, language) {
                (true, Language::Feel) => own.extend(["\"", piece, "\""]),
                (true, _) => own.extend(["'", piece, "'"]),
                (false, Language::Feel) => {
                    let piece = self.without_document(piece);
                    let turned = [("&&", "and"), ("||", "or"), (" == ", " = ")];
                    own.push_str(&turned.iter().fold(piece, |it, (one, two)| it.replace(one, two)));
                }
                (false, _) => own.push_str(&self.without_document(piece)),
            }
        }
        match language {
            Language::Juel => Some(format!("${{{own}}}")),
            Language::Feel => Some(format!("={own}")),
            Language::Cel | Language::Other => None,
        }
    }

    /// Fields of forms are variables to other tools.
    fn without_document(&self, text: &str) -> String {
        let Some(document) = self.raw.forms.document() else { return text.to_owned() };
        let prefix = format!("{document}.");
        let mut own = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&prefix) {
            let (before, after) = rest.split_at(at);
            own.push_str(before);
            let inside = |last: char| last.is_alphanumeric() || last == '_' || last == '.';
            if before.ends_with(inside) {
                own.push_str(&prefix);
            }
            rest = &after[prefix.len()..];
        }
        own + rest
    }

    /// Whether a name means in the file what it means to us.
    fn is_theirs(&self, name: &str) -> bool {
        let own = identifier(name);
        self.raw.forms.path(&own).is_some() || self.names.contains(&own)
    }

    fn resolved(&self, name: &str) -> String {
        let own = identifier(name);
        self.raw.forms.path(&own).unwrap_or(own)
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

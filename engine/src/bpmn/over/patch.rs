//! Changes to the text of an XML file: what is not named stays as it is, to the last blank.

use serde_yaml::Value;

use crate::bpmn::import::files_text;
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::names::{BPMN, MANDATE};
use crate::bpmn::xml::{Id, ROOT, Span, Tree, escape_attribute, escape_text};
use crate::yaml;

/// What our extension of an element is to say, and what stands beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    pub(super) over: Keys,
    pub(super) beside: Keys,
}

/// Our prefix.
const PREFIX: &str = "mandate";

/// Changes to one file.
pub(super) struct Patches<'t> {
    tree: &'t Tree,
    changes: Vec<(Span, String)>,
    /// Whether the file knows our namespace.
    is_known: bool,
}

impl<'t> Patches<'t> {
    /// No changes yet. None where our prefix means something else in the file.
    pub(super) fn new(tree: &'t Tree) -> Option<Self> {
        let known = tree.prefixes.iter().find(|(prefix, _)| **prefix == *PREFIX);
        let is_ours = known.is_none_or(|(_, space)| **space == *MANDATE);
        is_ours.then(|| Self { tree, changes: Vec::new(), is_known: known.is_some() })
    }

    /// The file with all changes.
    pub(super) fn apply(mut self) -> String {
        let ours = format!("{PREFIX}:");
        if !self.is_known && self.changes.iter().any(|(_, text)| text.contains(&ours)) {
            let at = self.behind_name(ROOT);
            self.insert(at, format!(" xmlns:{PREFIX}=\"{MANDATE}\""));
        }
        self.changes.sort_by_key(|(span, _)| (span.start, span.end));
        let text = self.tree.source.text();
        let mut changed = String::with_capacity(text.len() + 1024);
        let mut at = 0;
        for (span, new) in &self.changes {
            if span.start >= at {
                changed.push_str(&text[at..span.start]);
                changed.push_str(new);
                at = span.end;
            }
        }
        changed.push_str(&text[at..]);
        as_utf8(changed)
    }

    /// Puts a text in the place of what is there.
    pub(super) fn replace(&mut self, span: Span, text: String) {
        self.changes.push((span, text));
    }

    /// Takes an element out of another, where it is there.
    pub(super) fn remove(&mut self, element: Id, space: &str, local: &str) {
        if let Some(child) = self.tree.child(element, space, local) {
            self.replace(self.tree.get(child).whole, String::new());
        }
    }

    /// Gives an element an attribute without a namespace.
    pub(super) fn attribute(&mut self, element: Id, local: &str, value: &str) {
        let new = format!("{local}=\"{}\"", escape_attribute(value));
        match self.tree.find_attribute(element, "", local) {
            Some(attribute) => self.changes.push((attribute.span, new)),
            None => {
                let at = self.behind_name(element);
                self.insert(at, format!(" {new}"));
            }
        }
    }

    /// The prefix of a namespace, which is declared where it is not: none where the prefix that it
    /// would have means something else.
    pub(super) fn declared(&mut self, prefix: &str, space: &str) -> Option<String> {
        let mut known = self.tree.prefixes.iter();
        if let Some((prefix, _)) = known.find(|(name, one)| **one == *space && !name.is_empty()) {
            return Some(prefix.to_string());
        }
        if self.tree.prefixes.iter().any(|(name, _)| **name == *prefix) {
            return None;
        }
        let (at, text) = (self.behind_name(ROOT), format!(" xmlns:{prefix}=\"{space}\""));
        if !self.changes.iter().any(|(_, change)| *change == text) {
            self.insert(at, text);
        }
        Some(prefix.to_owned())
    }

    /// Gives another value to an attribute of another tool, where an element has it: with a
    /// namespace of its own, or without one on an element that has.
    pub(super) fn theirs(&mut self, element: Id, is_prefixed: bool, local: &str, value: &str) {
        let tree = self.tree;
        let own = tree.get(element).attributes.iter();
        for attribute in own.filter(|one| *one.local == *local) {
            let space: &str = &tree.spaces[usize::from(attribute.space)];
            if is_prefixed == space.is_empty() || [BPMN, MANDATE].contains(&space) {
                continue;
            }
            let text = &tree.source.text()[attribute.span.start..attribute.span.end];
            let name = text.split('=').next().unwrap_or(local).trim();
            let new = format!("{name}=\"{}\"", escape_attribute(value));
            self.changes.push((attribute.span, new));
        }
    }

    /// Takes an attribute without a namespace away.
    pub(super) fn without(&mut self, element: Id, local: &str) {
        if let Some(attribute) = self.tree.find_attribute(element, "", local) {
            self.changes.push((attribute.span, String::new()));
        }
    }

    /// Puts a text into an element that has nothing but text.
    pub(super) fn content(&mut self, element: Id, text: &str) {
        let text = escape_text(text).into_owned();
        if self.is_empty_tag(element) {
            return self.inside(element, text);
        }
        let own = self.tree.get(element);
        let (start, whole) = (own.tag.end, self.tree.source.text());
        let end = whole[..own.whole.end].rfind("</").unwrap_or(start);
        self.changes.push((Span { start, end: end.max(start) }, text));
    }

    /// Says in our extension of an element what is to be said there: what it has without what
    /// changed, and over it what nothing else says.
    pub(super) fn settings(&mut self, element: Id, local: &str, changed: &Keys, said: Said) {
        let tree = self.tree;
        let extensions = tree.child(element, BPMN, "extensionElements");
        let setting = extensions.and_then(|one| tree.child(one, MANDATE, local));
        let mut settings = setting.map(|one| self.keys(one)).unwrap_or_default();
        keys::without(&mut settings, changed);
        keys::then(&mut settings, said.over);
        let kept = ["name", "type", "whole"].map(|kept| {
            let value = setting.and_then(|one| tree.attribute(one, kept));
            value.map_or_else(String::new, |value| {
                format!(" {kept}=\"{}\"", escape_attribute(value))
            })
        });
        let mut attributes = kept.concat();
        if settings.is_empty() && attributes.is_empty() {
            if let Some(setting) = setting {
                self.changes.push((tree.get(setting).whole, String::new()));
            }
            return;
        }
        if !said.beside.is_empty() {
            let beside = files_text(&said.beside);
            let beside = escape_attribute(beside.trim_end());
            attributes = format!("{attributes} beside=\"{beside}\"");
        }
        let yaml = if settings.is_empty() { String::new() } else { files_text(&settings) };
        let yaml = escape_text(&yaml);
        let part = format!("<{PREFIX}:{local}{attributes}>\n{yaml}</{PREFIX}:{local}>");
        match (setting, extensions) {
            (Some(setting), _) => self.changes.push((tree.get(setting).whole, part)),
            (None, Some(extensions)) => self.inside(extensions, part),
            (None, None) => {
                let prefix = Self::prefix_of(self.tree, element);
                let all = format!("<{prefix}extensionElements>{part}</{prefix}extensionElements>");
                self.extensions(element, all);
            }
        }
    }

    fn keys(&self, setting: Id) -> Keys {
        let text = &self.tree.get(setting).text;
        let tree = yaml::parse_all("settings", text.as_bytes()).tree;
        match tree.map(|tree| tree.value()) {
            Some(Value::Mapping(keys)) => keys,
            Some(_) | None => Keys::new(),
        }
    }

    /// Puts extensions behind an element's documentation, where the schema wants them.
    fn extensions(&mut self, element: Id, all: String) {
        let tree = self.tree;
        let documentation = tree.children(element, BPMN, "documentation").last();
        match documentation {
            Some(documentation) => {
                let at = tree.get(documentation).whole.end;
                self.insert(at, all);
            }
            None if self.is_empty_tag(element) => self.inside(element, all),
            None => {
                let at = tree.get(element).tag.end;
                self.insert(at, all);
            }
        }
    }

    /// Puts something at the end of an element.
    pub(super) fn inside(&mut self, element: Id, part: String) {
        let tree = self.tree;
        let own = tree.get(element);
        if self.is_empty_tag(element) {
            let name = self.tag_name(element).to_owned();
            let span = Span { start: own.tag.end - 2, end: own.tag.end };
            let (opened, closed) = (">".to_owned(), format!("</{name}>"));
            let open = self.changes.iter_mut().find(|(one, _)| *one == span);
            match open {
                Some((_, text)) => text.insert_str(text.len() - closed.len(), &part),
                None => self.changes.push((span, opened + &part + &closed)),
            }
            return;
        }
        let text = &tree.source.text()[own.whole.start..own.whole.end];
        let end = text.rfind("</").unwrap_or(text.len());
        self.insert(own.whole.start + end, part);
    }

    /// Puts a text between what is there.
    pub(super) fn insert(&mut self, at: usize, text: String) {
        self.changes.push((Span { start: at, end: at }, text));
    }

    fn is_empty_tag(&self, element: Id) -> bool {
        let tag = self.tree.get(element).tag;
        self.tree.source.text()[tag.start..tag.end].ends_with("/>")
    }

    /// An element's name as it is written.
    fn tag_name(&self, element: Id) -> &'t str {
        written_name(self.tree, element)
    }

    /// An element's prefix with its colon, or nothing.
    pub(super) fn prefix_of(tree: &Tree, element: Id) -> String {
        match written_name(tree, element).split_once(':') {
            Some((prefix, _)) => format!("{prefix}:"),
            None => String::new(),
        }
    }

    fn behind_name(&self, element: Id) -> usize {
        self.tree.get(element).tag.start + 1 + self.tag_name(element).len()
    }
}

/// A file that declares another encoding is read where it has ASCII alone. What is put in may have
/// more, so that it has to declare what it then is.
fn as_utf8(text: String) -> String {
    if text.is_ascii() || !text.starts_with("<?xml") {
        return text;
    }
    let declaration = text.find("?>").map_or("", |end| &text[..end]);
    let name = declaration.split_once("encoding").map_or("", |(_, rest)| rest);
    let Some(quote) = name.find(['"', '\'']) else { return text };
    let (start, mark) = (declaration.len() - name.len() + quote + 1, &name[quote..=quote]);
    match declaration[start..].find(mark) {
        Some(end) if !declaration[start..start + end].eq_ignore_ascii_case("utf-8") => {
            format!("{}UTF-8{}", &text[..start], &text[start + end..])
        }
        Some(_) | None => text,
    }
}

/// An element's name as it is written.
fn written_name(tree: &Tree, element: Id) -> &str {
    let tag = tree.get(element).tag;
    let text = &tree.source.text()[tag.start + 1..tag.end];
    let end = text.find(|c: char| c.is_whitespace() || c == '/' || c == '>');
    &text[..end.unwrap_or(text.len())]
}

//! An XML file as a tree in which every element and attribute knows its namespace and where it
//! stands. What the elements mean is not known here.

mod read;
mod text;
mod write;

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::yaml::Source;

pub use read::FILE_BYTES_MAX;
pub(super) use read::read;
pub(super) use text::is_name;
pub(super) use write::{Part, escape_attribute, escape_text};

/// An element's number in its tree.
pub(super) type Id = usize;

/// A stretch of the file in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// An attribute.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    /// Its namespace; empty for attributes without a prefix.
    pub(super) space: u16,
    pub(super) local: Box<str>,
    pub(super) value: Box<str>,
    /// Name, equals sign and value.
    pub(super) span: Span,
}

/// An element.
#[derive(Debug, Clone)]
pub(super) struct Element {
    pub(super) space: u16,
    pub(super) local: Box<str>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) children: Vec<Id>,
    /// Its own text, without that of the elements in it.
    pub(super) text: String,
    pub(super) parent: Option<Id>,
    /// Its start tag.
    pub(super) tag: Span,
    /// All of it.
    pub(super) whole: Span,
}

impl Element {
    /// The namespaces of it and of its attributes.
    pub(super) fn spaces(&self) -> impl Iterator<Item = u16> + '_ {
        std::iter::once(self.space).chain(self.attributes.iter().map(|one| one.space))
    }
}

/// Why a file cannot be read, and at which byte.
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) hint: Option<&'static str>,
}

pub(super) fn fault<T>(
    code: &'static str,
    at: usize,
    message: impl Into<String>,
) -> Result<T, Fault> {
    Err(Fault { code, at, message: message.into(), hint: None })
}

/// A file of XML.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) source: Source,
    pub(super) elements: Vec<Element>,
    /// Namespaces; the first is that of what has none.
    pub(super) spaces: Vec<Box<str>>,
    /// Prefixes that the outermost element declares.
    pub(super) prefixes: Vec<(Box<str>, Box<str>)>,
}

/// The outermost element.
pub(super) const ROOT: Id = 0;

impl Tree {
    pub(super) fn get(&self, id: Id) -> &Element {
        &self.elements[id]
    }

    /// The namespace of an element.
    pub(super) fn space(&self, id: Id) -> &str {
        &self.spaces[usize::from(self.elements[id].space)]
    }

    pub(super) fn local(&self, id: Id) -> &str {
        &self.elements[id].local
    }

    pub(super) fn is(&self, id: Id, space: &str, local: &str) -> bool {
        self.local(id) == local && self.space(id) == space
    }

    /// An element's child elements of one namespace and name.
    pub(super) fn children<'a>(
        &'a self,
        id: Id,
        space: &'a str,
        local: &'a str,
    ) -> impl Iterator<Item = Id> + 'a {
        let children = self.elements[id].children.iter().copied();
        children.filter(move |child| self.is(*child, space, local))
    }

    /// The first such child.
    pub(super) fn child(&self, id: Id, space: &str, local: &str) -> Option<Id> {
        let children = self.elements[id].children.iter().copied();
        children.into_iter().find(|child| self.is(*child, space, local))
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(&self, id: Id, local: &str) -> Option<&str> {
        self.attribute_in(id, "", local)
    }

    /// An attribute of a namespace.
    pub(super) fn attribute_in(&self, id: Id, space: &str, local: &str) -> Option<&str> {
        self.find_attribute(id, space, local).map(|attribute| &*attribute.value)
    }

    /// What a boolean attribute says; none where it is missing or says neither.
    pub(super) fn flag(&self, id: Id, local: &str) -> Option<bool> {
        self.attribute(id, local).and_then(super::schema::truth)
    }

    pub(super) fn find_attribute(&self, id: Id, space: &str, local: &str) -> Option<&Attribute> {
        self.elements[id].attributes.iter().find(|attribute| {
            *attribute.local == *local && *self.spaces[usize::from(attribute.space)] == *space
        })
    }

    /// An element's text without blanks around it.
    pub(super) fn text(&self, id: Id) -> &str {
        self.elements[id].text.trim()
    }

    /// Elements below one, itself included, in the order of the file.
    pub(super) fn below(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        // Elements are numbered in the order of the file, so what is below follows.
        let end = self.elements[id].whole.end;
        (id..self.elements.len()).take_while(move |other| self.elements[*other].tag.start < end)
    }

    /// Where an element's start tag stands.
    pub(super) fn place(&self, id: Id) -> Place {
        self.place_of(self.elements[id].tag)
    }

    /// Where an attribute stands; the element's tag where it has none of that name.
    pub(super) fn place_at(&self, id: Id, local: &str) -> Place {
        let attribute = self.elements[id].attributes.iter().find(|one| *one.local == *local);
        self.place_of(attribute.map_or(self.elements[id].tag, |attribute| attribute.span))
    }

    pub(super) fn place_of(&self, span: Span) -> Place {
        self.source.stretch(self.source.spot(span.start), self.source.spot(span.end))
    }

    /// An error at an element.
    pub(super) fn error(&self, code: &'static str, id: Id, message: String) -> Diagnostic {
        self.source.problem(code, self.place(id), message)
    }

    /// A warning behind everything else.
    pub(super) fn warning_at_end(&self, code: &'static str, message: String) -> Diagnostic {
        let end = self.elements[ROOT].whole.end;
        let place = self.place_of(Span { start: end, end });
        Diagnostic { severity: Severity::Warning, ..self.source.problem(code, place, message) }
    }

    /// An error at an element's attribute.
    pub(super) fn error_at(
        &self,
        code: &'static str,
        id: Id,
        attribute: &str,
        message: String,
    ) -> Diagnostic {
        self.source.problem(code, self.place_at(id, attribute), message)
    }
}

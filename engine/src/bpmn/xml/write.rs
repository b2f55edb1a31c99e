//! Writing XML: elements as values that print themselves, indented. Also escaping for those who
//! patch a file.

use std::borrow::Cow;
use std::fmt::Write;

use super::text::is_character;

/// An element to be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::bpmn) struct Part {
    /// With its prefix.
    pub(in crate::bpmn) name: String,
    pub(in crate::bpmn) attributes: Vec<(String, String)>,
    pub(in crate::bpmn) children: Vec<Part>,
    /// Only where there are no children.
    pub(in crate::bpmn) text: Option<String>,
}

impl Part {
    pub(in crate::bpmn) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With an attribute.
    pub(in crate::bpmn) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// With an attribute, where there is a value.
    pub(in crate::bpmn) fn maybe(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With text.
    pub(in crate::bpmn) fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With an element inside.
    pub(in crate::bpmn) fn child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// Writes it, indented by so many steps.
    pub(in crate::bpmn) fn write(&self, into: &mut String, depth: usize) {
        let pad = "  ".repeat(depth);
        put(into, format_args!("{pad}<{}", self.name));
        for (name, value) in &self.attributes {
            put(into, format_args!(" {name}=\"{}\"", escape_attribute(value)));
        }
        match (&self.text, self.children.is_empty()) {
            (None, true) => into.push_str(" />\n"),
            (Some(text), true) => {
                put(into, format_args!(">{}</{}>\n", escape_text(text), self.name));
            }
            (_, false) => {
                into.push_str(">\n");
                for child in &self.children {
                    child.write(into, depth + 1);
                }
                put(into, format_args!("{pad}</{}>\n", self.name));
            }
        }
    }
}

fn put(into: &mut String, arguments: std::fmt::Arguments<'_>) {
    into.write_fmt(arguments).expect("writing to a string does not fail");
}

/// A text as it stands between tags.
pub(in crate::bpmn) fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// A text as it stands in an attribute.
pub(in crate::bpmn) fn escape_attribute(text: &str) -> Cow<'_, str> {
    escape(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '\t' => Some("&#9;"),
        _ => None,
    })
}

fn escape(text: &str, of: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if !text.chars().any(|c| of(c).is_some() || !is_character(c)) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match of(c) {
            Some(escaped) => whole.push_str(escaped),
            // What XML cannot have is left out; our extension has it, escaped as YAML does.
            None if !is_character(c) => {}
            None => whole.push(c),
        }
    }
    Cow::Owned(whole)
}

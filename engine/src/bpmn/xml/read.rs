//! From the bytes of an XML file to a tree, in bounded time and memory. There are no document type
//! definitions and no entities but the five of XML itself, so nothing expands and nothing is
//! fetched; sizes, depths and counts have limits.

use std::borrow::Cow;
use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::text::{is_character, is_name, unescape};
use super::{Attribute, Element, Fault, Id, Span, Tree, fault};
use crate::diagnostic::Diagnostic;
use crate::yaml::Source;

/// A file may have so many bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// Elements may be nested so deep.
pub(in crate::bpmn) const DEPTH_MAX: usize = 64;
/// A file may have so many elements.
pub(in crate::bpmn) const ELEMENTS_MAX: usize = 200_000;
/// An element may have so many attributes.
pub(in crate::bpmn) const ATTRIBUTES_MAX: usize = 100;
/// A file may declare so many namespaces, and have so many declarations in force at once.
const NAMESPACES_MAX: usize = 100;
/// A name may have so many bytes.
const NAME_BYTES_MAX: usize = 500;

/// How encodings begin whose first 128 characters are those of ASCII. Many tools declare one of them,
/// and write what is beyond ASCII as references.
const LIKE_ASCII: [&str; 6] = ["iso-8859-", "windows-125", "cp125", "gb", "big5", "euc-"];

const XML_SPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Reads a file, or says where and why it cannot be read.
pub(in crate::bpmn) fn read(file: &str, bytes: &[u8]) -> Result<Tree, Box<Diagnostic>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("expected at most {FILE_BYTES_MAX} bytes, found {}", bytes.len());
        let source = Source::new(file, String::new());
        return Err(Box::new(source.problem("fileTooLarge", whole(&source), message)));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(error) => return Err(Box::new(not_utf8(file, bytes, error.valid_up_to()))),
    };
    let source = Source::new(file, text.clone());
    Reading::new(&source, &text).run().map_err(|Fault { code, at, message, hint }| {
        let place = source.place(source.spot(at.min(text.len())), 1);
        let problem = source.problem(code, place, message);
        Box::new(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        })
    })
}

fn whole(source: &Source) -> crate::diagnostic::Place {
    crate::diagnostic::Place { file: source.file().to_owned(), line: 1, column: 1, length: 1 }
}

fn not_utf8(file: &str, bytes: &[u8], valid: usize) -> Diagnostic {
    let good = String::from_utf8_lossy(&bytes[..valid]).into_owned();
    let source = Source::new(file, good);
    let spot = source.spot(source.text().len());
    let place = crate::diagnostic::Place { line: spot.line, column: spot.column, ..whole(&source) };
    let message = format!("expected UTF-8, found the byte {:#04x}", bytes[valid]);
    source.problem("notUtf8", place, message).hint("save the file as UTF-8")
}

struct Reading<'a> {
    text: &'a str,
    tree: Tree,
    open: Vec<Id>,
    /// Prefixes with their namespaces and the depth at which they were declared.
    bound: Vec<(Box<str>, u16, usize)>,
}

impl<'a> Reading<'a> {
    fn new(source: &Source, text: &'a str) -> Self {
        let spaces = vec!["".into(), XML_SPACE.into()];
        Self {
            text,
            tree: Tree {
                source: source.clone(),
                elements: Vec::new(),
                spaces,
                prefixes: Vec::new(),
            },
            open: Vec::new(),
            bound: vec![("".into(), 0, 0), ("xml".into(), 1, 0)],
        }
    }

    fn run(mut self) -> Result<Tree, Fault> {
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().check_comments = false;
        loop {
            let start = position(&reader);
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                    return fault("xmlSyntax", at, format!("this is no XML: {error}"));
                }
            };
            let span = Span { start, end: position(&reader) };
            match event {
                Event::Start(tag) => self.start(&tag, span)?,
                Event::Empty(tag) => {
                    self.start(&tag, span)?;
                    self.end(span.end);
                }
                Event::End(_) => self.end(span.end),
                Event::Text(_) => {
                    let text = &self.text[span.start..span.end];
                    self.characters(text, span.start)?;
                }
                Event::CData(_) => {
                    let text = self.text.get(span.start + 9..span.end.saturating_sub(3));
                    self.characters(text.unwrap_or_default(), span.start + 9)?;
                }
                Event::GeneralRef(_) => self.reference(span)?,
                Event::DocType(_) => {
                    return Err(Fault {
                        code: "dtdNotAllowed",
                        at: start,
                        message: "expected no document type definition".into(),
                        hint: Some("remove `<!DOCTYPE …>`: BPMN needs none"),
                    });
                }
                Event::Decl(declaration) => self.declaration(&declaration, start)?,
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return self.finish(),
            }
        }
    }

    fn declaration(
        &self,
        declaration: &quick_xml::events::BytesDecl<'_>,
        at: usize,
    ) -> Result<(), Fault> {
        if !self.tree.elements.is_empty() || at != 0 {
            return fault("xmlSyntax", at, "expected `<?xml … ?>` at the very beginning only");
        }
        let Some(Ok(encoding)) = declaration.encoding() else { return Ok(()) };
        let encoding = String::from_utf8_lossy(&encoding).to_lowercase();
        // Where every character is of ASCII, these encodings are the same.
        let same = self.text.is_ascii() && LIKE_ASCII.iter().any(|one| encoding.starts_with(one));
        if !matches!(&*encoding, "utf-8" | "utf8" | "us-ascii" | "ascii") && !same {
            return Err(Fault {
                code: "notUtf8",
                at,
                message: format!("expected the encoding UTF-8, found `{encoding}`"),
                hint: Some("save the file as UTF-8 and say so in its first line"),
            });
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, span: Span) -> Result<(), Fault> {
        let elements = self.tree.elements.len();
        if self.open.is_empty() && elements > 0 {
            return fault("xmlSyntax", span.start, "expected one outermost element, found another");
        }
        if self.open.len() >= DEPTH_MAX {
            let message = format!("expected at most {DEPTH_MAX} elements inside each other");
            return fault("tooDeep", span.start, message);
        }
        if elements >= ELEMENTS_MAX {
            let message = format!("expected at most {ELEMENTS_MAX} elements");
            return fault("tooManyElements", span.start, message);
        }
        let raw = Self::attributes(tag, span)?;
        self.declare(&raw, span)?;
        let mut attributes = Vec::with_capacity(raw.len());
        for Raw { name, value, span } in raw {
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let (space, local) = match name.contains(':') {
                true => self.resolve(name, span.start)?,
                false => (0, name),
            };
            let local = local.into();
            attributes.push(Attribute { space, local, value: value.into(), span });
        }
        let name = tag.name();
        let name = Self::name(name.as_ref(), span.start)?;
        let (space, local) = self.resolve(&name, span.start)?;
        let (local, parent) = (local.into(), self.open.last().copied());
        if let Some(parent) = parent {
            self.tree.elements[parent].children.push(elements);
        }
        let (children, text) = (Vec::new(), String::new());
        self.tree.elements.push(Element {
            space,
            local,
            attributes,
            children,
            text,
            parent,
            tag: span,
            whole: span,
        });
        self.open.push(elements);
        Ok(())
    }

    fn end(&mut self, at: usize) {
        if let Some(id) = self.open.pop() {
            self.tree.elements[id].whole.end = at;
        }
        let depth = self.open.len();
        if depth > 0 {
            self.bound.retain(|(_, _, declared)| *declared <= depth);
        }
    }

    fn attributes<'t>(tag: &'t BytesStart<'_>, span: Span) -> Result<Vec<Raw<'t>>, Fault> {
        // The tag borrows from the text: what stands in it is as far from its beginning there.
        let base = tag.name().as_ref().as_ptr() as usize;
        let begin = span.start + 1;
        let mut found = Vec::new();
        let mut names = BTreeSet::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => {
                    let message = format!("this is no attribute: {error}");
                    return fault("xmlSyntax", span.start, message);
                }
            };
            if found.len() >= ATTRIBUTES_MAX {
                let message = format!("expected at most {ATTRIBUTES_MAX} attributes");
                return fault("tooManyAttributes", span.start, message);
            }
            let key = attribute.key.into_inner();
            let start = begin + (key.as_ptr() as usize).saturating_sub(base);
            let Ok(name) = std::str::from_utf8(key) else {
                return fault("xmlSyntax", start, "expected an attribute's name");
            };
            Self::name(key, start)?;
            if !names.insert(name) {
                let message = format!("expected each attribute once, found `{name}` again");
                return fault("duplicateAttribute", start, message);
            }
            let end = match &attribute.value {
                Cow::Borrowed(value) => {
                    begin + (value.as_ptr() as usize).saturating_sub(base) + value.len() + 1
                }
                Cow::Owned(_) => start + key.len(),
            };
            let raw = std::str::from_utf8(&attribute.value).unwrap_or_default();
            let value = unescape(raw, start)?;
            if let Some(bad) = value.chars().find(|c| !is_character(*c)) {
                let message = format!("found the control character {:#06x}", u32::from(bad));
                return fault("controlCharacter", start, message);
            }
            found.push(Raw { name, value, span: Span { start, end } });
        }
        Ok(found)
    }

    /// Takes the namespaces that a start tag declares.
    fn declare(&mut self, raw: &[Raw<'_>], span: Span) -> Result<(), Fault> {
        let depth = self.open.len() + 1;
        for Raw { name, value, .. } in raw {
            let prefix = match name.split_once(':') {
                None if *name == "xmlns" => "",
                Some(("xmlns", prefix)) => prefix,
                _ => continue,
            };
            if self.bound.len() >= NAMESPACES_MAX {
                let message = format!("expected at most {NAMESPACES_MAX} namespaces");
                return fault("tooManyNamespaces", span.start, message);
            }
            let known = self.tree.spaces.iter().position(|space| **space == **value);
            let space = match known {
                Some(known) => known,
                None if self.tree.spaces.len() >= NAMESPACES_MAX => {
                    let message = format!("expected at most {NAMESPACES_MAX} namespaces");
                    return fault("tooManyNamespaces", span.start, message);
                }
                None => {
                    self.tree.spaces.push(value.as_str().into());
                    self.tree.spaces.len() - 1
                }
            };
            let space = u16::try_from(space).expect("NAMESPACES_MAX is small");
            if depth == 1 {
                self.tree.prefixes.push((prefix.into(), value.as_str().into()));
            }
            self.bound.push((prefix.into(), space, depth));
        }
        Ok(())
    }

    fn resolve<'n>(&self, name: &'n str, at: usize) -> Result<(u16, &'n str), Fault> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let bound = self.bound.iter().rev().find(|(bound, _, _)| **bound == *prefix);
        match bound {
            Some((_, space, _)) => Ok((*space, local)),
            None => {
                let message = format!("expected a declaration `xmlns:{prefix}`, which is missing");
                fault("unboundPrefix", at, message)
            }
        }
    }

    fn name(name: &[u8], at: usize) -> Result<String, Fault> {
        let text = std::str::from_utf8(name).unwrap_or_default();
        let good = !text.is_empty()
            && text.len() <= NAME_BYTES_MAX
            && text.split(':').count() <= 2
            && text.split(':').all(is_name);
        match good {
            true => Ok(text.to_owned()),
            false => fault("xmlSyntax", at, "expected a name"),
        }
    }

    fn characters(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        if let Some((offset, bad)) = text.char_indices().find(|(_, c)| !is_character(*c)) {
            let message = format!("found the control character {:#06x}", u32::from(bad));
            return fault("controlCharacter", at + offset, message);
        }
        match self.open.last() {
            Some(id) => self.tree.elements[*id].text.push_str(text),
            None if text.trim().is_empty() => {}
            None => {
                let blank = text.len() - text.trim_start().len();
                return fault("xmlSyntax", at + blank, "expected an element, found text");
            }
        }
        Ok(())
    }

    fn reference(&mut self, span: Span) -> Result<(), Fault> {
        let text = unescape(&self.text[span.start..span.end], span.start)?;
        self.characters(&text, span.start)
    }

    fn finish(self) -> Result<Tree, Fault> {
        if let Some(open) = self.open.last() {
            let element = &self.tree.elements[*open];
            let message = format!("expected the end of `{}`, which is missing", element.local);
            return fault("xmlSyntax", element.tag.start, message);
        }
        if self.tree.elements.is_empty() {
            return fault("xmlSyntax", 0, "expected an element, found none");
        }
        Ok(self.tree)
    }
}

/// An attribute as it stands in a tag.
struct Raw<'t> {
    name: &'t str,
    value: String,
    span: Span,
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

//! From the parser's events to a [`Tree`], one event after the other, never recursing. Everything
//! that YAML allows and a pack must not have is refused here: anchors, tags, keys that are no text,
//! keys written twice, several documents, and too much of anything.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::str::Chars;

use saphyr_parser::{BufferedInput, Event, Parser, ScalarStyle, ScanError, Span};

use crate::diagnostic::Diagnostic;

use super::comma;
use super::scalar::{self, Meaning};
use super::source::{Source, Spot, number};
use super::syntax;
use super::tree::{Body, Entry, Node, NodeId, Style, Tree};
use super::{DEPTH_MAX, LOOKAHEAD_CHARS_MAX, NODES_MAX, PROBLEMS_MAX, SCALAR_BYTES_MAX};

/// A list or map that is not closed yet.
struct Frame {
    node: NodeId,
    content: Content,
}

enum Content {
    List(Vec<NodeId>),
    Map { entries: Vec<Entry>, seen: BTreeMap<Box<str>, Spot>, key: Key },
}

/// What a map waits for: a key, or the value of a key.
enum Key {
    Wanted,
    /// The value that follows belongs to a key that has been refused.
    Refused,
    Known {
        key: Box<str>,
        start: Spot,
        end: Spot,
    },
}

struct Builder<'a> {
    source: &'a Source,
    /// Whether something stands at another level than it seems to.
    misplaced: bool,
    nodes: Vec<Node>,
    frames: Vec<Frame>,
    root: Option<NodeId>,
    problems: &'a mut Vec<Diagnostic>,
}

/// The characters of a text, until too many were read since the last event. The parser keeps a
/// whole list in brackets in memory while that might still turn out to be a key.
struct Metered<'a> {
    chars: Chars<'a>,
    /// How many may still be read; `None` when the bound is reached.
    left: Rc<Cell<Option<usize>>>,
}

impl Iterator for Metered<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let left = self.left.get()?;
        let next = self.chars.next()?;
        self.left.set(left.checked_sub(1));
        Some(next)
    }
}

/// Nothing after this can be read: the problem has been reported last. Whether it is one of syntax.
pub(super) struct Stop {
    pub(super) syntax: bool,
}

/// The tree of a text; `None` where it has nothing in it. Problems go to `problems`.
pub(super) fn attempt(
    source: &Source,
    problems: &mut Vec<Diagnostic>,
) -> Result<Option<Tree>, Stop> {
    let mut builder = Builder {
        source,
        misplaced: false,
        nodes: Vec::with_capacity(NODES_MAX.min(source.text().len() / 12)),
        frames: Vec::new(),
        root: None,
        problems,
    };
    builder.run()?;
    let Builder { nodes, root, misplaced, .. } = builder;
    Ok(root.map(|root| Tree { source: source.clone(), nodes, root, mended: misplaced }))
}

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Stop> {
        let left = Rc::new(Cell::new(Some(LOOKAHEAD_CHARS_MAX)));
        let chars = Metered { chars: self.source.text().chars(), left: Rc::clone(&left) };
        let mut parser: Parser<'_, BufferedInput<Metered<'_>>> = Parser::new_from_iter(chars);
        let mut last = Spot { line: 1, column: 1 };
        while let Some(event) = parser.next_event() {
            if left.get().is_none() {
                return Err(self.too_far(last));
            }
            match event {
                Ok((event, span)) => {
                    last = spot(span.end);
                    self.on(event, span)?;
                }
                Err(error) => return Err(self.scan_error(&error)),
            }
            left.set(Some(LOOKAHEAD_CHARS_MAX));
            if self.problems.len() >= PROBLEMS_MAX {
                return Err(Stop { syntax: false });
            }
        }
        Ok(())
    }

    /// One value that is so long that the parser may not even look for its end.
    fn too_far(&mut self, last: Spot) -> Stop {
        let message = format!(
            "expected at most {SCALAR_BYTES_MAX} bytes in one value, found {LOOKAHEAD_CHARS_MAX} \
             characters from here on without an end"
        );
        let hint = "shorten it; a long list in brackets is written with one `- ` a line";
        self.problem("scalarTooLarge", last, last, message, hint);
        Stop { syntax: false }
    }

    fn scan_error(&mut self, error: &ScanError) -> Stop {
        self.problems.push(syntax::explain(self.source, error));
        Stop { syntax: true }
    }

    fn on(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let (start, end) = (spot(span.start), spot(span.end));
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "expected one document in a file, found a second one";
                self.problem("severalDocuments", start, end, message, "put it into another file");
                Err(Stop { syntax: false })
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Alias(_) => {
                self.refuse_alias(start, end);
                let node = self.node(start, end, Body::Broken)?;
                self.completed(node);
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(start, end, anchor, tag.is_some());
                self.scalar(&text, style, start, end)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(start, end, anchor, tag.is_some());
                self.open(start, end, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse(start, end, anchor, tag.is_some());
                let (entries, seen) = (Vec::new(), BTreeMap::new());
                self.open(start, end, Content::Map { entries, seen, key: Key::Wanted })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(end);
                Ok(())
            }
        }
    }

    fn open(&mut self, start: Spot, end: Spot, content: Content) -> Result<(), Stop> {
        if self.frames.len() == DEPTH_MAX {
            let message = format!("expected at most {DEPTH_MAX} levels of lists and maps");
            self.problem("tooDeep", start, end, message, "flatten it");
            return Err(Stop { syntax: false });
        }
        let node = self.node(start, end, Body::Broken)?;
        self.frames.push(Frame { node, content });
        Ok(())
    }

    fn close(&mut self, end: Spot) {
        let frame = self.frames.pop().expect("the parser closes what it opened");
        let node = &mut self.nodes[frame.node as usize];
        // In block style a list or map has no text of its own: its end is its start.
        if node.start != node.end {
            node.end = end;
        }
        node.body = match frame.content {
            Content::List(items) => Body::List(items),
            Content::Map { entries, .. } => Body::Map(entries),
        };
        self.completed(frame.node);
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        start: Spot,
        end: Spot,
    ) -> Result<(), Stop> {
        if text.len() > SCALAR_BYTES_MAX {
            let message = format!(
                "expected at most {SCALAR_BYTES_MAX} bytes in one value, found {}",
                text.len()
            );
            self.problem("scalarTooLarge", start, start, message, "shorten it");
            let node = self.node(start, start, Body::Broken)?;
            self.completed(node);
            return Ok(());
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        if self.take_key(text, style, start, end) {
            return Ok(());
        }
        let body = match (style, scalar::plain(text)) {
            (Style::Plain, Ok(meaning)) => Body::Scalar { text: text.into(), style, meaning },
            (Style::Plain, Err((code, message))) => {
                let hint = match code {
                    "notANumber" => "write a number, or text in quotes".to_owned(),
                    _ => format!("if it is text, put it in quotes: \"{text}\""),
                };
                self.problem(code, start, end, message, hint);
                Body::Broken
            }
            (_, _) => Body::Scalar { text: text.into(), style, meaning: Meaning::Text },
        };
        let node = self.node(start, end, body)?;
        self.completed(node);
        Ok(())
    }

    /// Takes a scalar as the key that the innermost map waits for.
    fn take_key(&mut self, text: &str, style: Style, start: Spot, end: Spot) -> bool {
        let Some(Frame { content: Content::Map { seen, key, .. }, .. }) = self.frames.last_mut()
        else {
            return false;
        };
        if !matches!(key, Key::Wanted) {
            return false;
        }
        *key = Key::Refused;
        if style == Style::Plain && text == "<<" {
            let message = "expected a name before the colon, found `<<`";
            let hint = "keys are not merged from elsewhere: write them out";
            self.problem("mergeNotAllowed", start, end, message, hint);
        } else if style == Style::Plain && matches!(text, "" | "~") {
            let message = "expected a name before the colon, found nothing";
            self.problem("keyNotText", start, end, message, "write the key");
        } else if let Some(space) =
            text.chars().next().filter(|c| matches!(c, '\u{3000}' | '\u{a0}'))
        {
            self.misplaced = true;
            let message = format!(
                "expected spaces at the beginning of the line, found U+{:04X}, which only looks so",
                u32::from(space)
            );
            self.problem("tabIndent", start, start, message, "indent with plain spaces");
        } else if let Some(first) = seen.get(text) {
            let message = format!(
                "`{text}` is written twice here, first on line {}, column {}",
                first.line, first.column
            );
            self.problem("duplicateKey", start, end, message, "keep one of the two");
        } else {
            seen.insert(text.into(), start);
            *key = Key::Known { key: text.into(), start, end };
        }
        true
    }

    /// Puts a finished node into what holds it.
    fn completed(&mut self, node: NodeId) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        self.nodes[node as usize].parent = frame.node;
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, .. } => match std::mem::replace(key, Key::Wanted) {
                Key::Known { key, start, end } => {
                    entries.push(Entry { key, start, end, value: node });
                    self.unspaced(node);
                }
                Key::Refused => {}
                Key::Wanted => {
                    *key = Key::Refused;
                    self.key_not_text(node);
                }
            },
        }
    }

    /// Within brackets, `type:userTask` is a key without a value: it is told, and read as one of which
    /// the value is not known.
    fn unspaced(&mut self, node: NodeId) {
        let Some(Frame { content: Content::Map { entries, .. }, .. }) = self.frames.last_mut()
        else {
            return;
        };
        comma::join(self.source, &mut self.nodes, entries, self.problems);
        let own = &mut self.nodes[node as usize];
        let Some(entry) = entries.last_mut() else { return };
        let Some(message) = syntax::split(entry, own) else { return };
        let (start, end) = (entry.start, entry.end);
        let hint = "a colon is followed by a space, and not a full-width one";
        self.problem("yamlSyntax", start, end, message, hint);
    }

    fn key_not_text(&mut self, node: NodeId) {
        let (start, end) = (self.nodes[node as usize].start, self.nodes[node as usize].end);
        let message = "expected a name before the colon, found a list or a map";
        let hint = "where this is a template such as `{{ name }}`, put the whole text in quotes";
        self.problem("keyNotText", start, end, message, hint);
    }

    fn node(&mut self, start: Spot, end: Spot, body: Body) -> Result<NodeId, Stop> {
        if self.nodes.len() == NODES_MAX {
            let message = format!("expected at most {NODES_MAX} values in a file");
            self.problem("tooManyValues", start, end, message, "split the file");
            return Err(Stop { syntax: false });
        }
        self.nodes.push(Node { start, end, parent: 0, body });
        Ok(number(self.nodes.len() - 1))
    }

    fn refuse_alias(&mut self, start: Spot, end: Spot) {
        let message = "expected a value, found an alias (`*`)";
        self.problem("aliasNotAllowed", start, end, message, "write the value out again here");
    }

    /// Anchors and tags are refused; the value beside them is read all the same.
    fn refuse(&mut self, start: Spot, end: Spot, anchor: usize, tag: bool) {
        if anchor == 0 && !tag {
            return;
        }
        let byte = self.source.byte(start);
        if anchor > 0 {
            let (start, end) = self.before(byte, '&').unwrap_or((start, end));
            let message = "expected a value, found an anchor (`&`)";
            let hint = "aliases are not used in packs: delete the anchor";
            self.problem("aliasNotAllowed", start, end, message, hint);
        }
        if tag {
            let (start, end) = self.before(byte, '!').unwrap_or((start, end));
            let message = "expected a value, found a tag (`!`)";
            let hint = "delete the tag; for text that looks like a number, use quotes";
            self.problem("tagNotAllowed", start, end, message, hint);
        }
    }

    /// The word with a mark that stands before (or at) a byte on the same line.
    fn before(&self, byte: usize, mark: char) -> Option<(Spot, Spot)> {
        let line = self.source.spot(byte).line;
        let from = self.source.byte(Spot { line, column: 1 });
        let text = &self.source.text()[from..];
        let text = &text[..text.find(['\n', '\r']).unwrap_or(text.len())];
        let mut found = None;
        for (at, _) in text.match_indices(mark) {
            if found.is_none() || from + at <= byte {
                found = Some(at);
            }
        }
        let at = found?;
        let word = text[at..].split_whitespace().next().unwrap_or_default();
        let start = self.source.spot(from + at);
        let end = Spot { column: start.column + number(word.chars().count()), ..start };
        Some((start, end))
    }

    fn problem(
        &mut self,
        code: &'static str,
        start: Spot,
        end: Spot,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let place = self.source.stretch(start, end);
        self.problems.push(self.source.problem(code, place, message).hint(hint));
    }
}

fn spot(marker: saphyr_parser::Marker) -> Spot {
    Spot { line: number(marker.line()), column: number(marker.col() + 1) }
}

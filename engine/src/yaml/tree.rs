//! A YAML document as a tree in which everything knows where it stands. Made by `build`; what the
//! values mean to Mandate is not known here.

use crate::diagnostic::{Diagnostic, Place};
use crate::problem::Problem;
use crate::wide;

use super::offset;
use super::scalar::Meaning;
use super::source::{Source, Spot};

/// Longer values are not repeated in a hint.
const HINTED_BYTES_MAX: usize = 200;

/// A node's number in its tree.
pub(crate) type NodeId = u32;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Box<str>,
    pub(crate) start: Spot,
    pub(crate) end: Spot,
    pub(crate) value: NodeId,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Scalar {
        text: Box<str>,
        style: Style,
        meaning: Meaning,
    },
    List(Vec<NodeId>),
    Map(Vec<Entry>),
    /// Something with a problem that has been reported; reads as whatever is wanted.
    Broken,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) start: Spot,
    pub(crate) end: Spot,
    pub(crate) parent: NodeId,
    pub(crate) body: Body,
}

/// A YAML document with places.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(crate) source: Source,
    pub(crate) nodes: Vec<Node>,
    pub(crate) root: NodeId,
    /// Whether lines with mistakes of syntax were taken out: what is missing may stand there.
    pub(crate) mended: bool,
}

impl Tree {
    /// The file's name.
    pub fn file(&self) -> &str {
        self.source.file()
    }

    /// The file's text, without a byte order mark.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Gives values the keys that are meant.
    pub(crate) fn rename(&mut self, keys: &std::collections::BTreeMap<NodeId, String>) {
        if keys.is_empty() {
            return;
        }
        for node in &mut self.nodes {
            let Body::Map(entries) = &mut node.body else { continue };
            for entry in entries {
                if let Some(key) = keys.get(&entry.value) {
                    entry.key = key.as_str().into();
                }
            }
        }
    }

    /// Whether lines were taken out because their syntax is wrong: good for finding more problems,
    /// not for anything else.
    pub fn is_mended(&self) -> bool {
        self.mended
    }

    /// How many keys and values it has.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// A line of the file as a person is shown it.
    pub fn excerpt(&self, line: u32) -> Option<String> {
        self.source.excerpt(line)
    }

    /// Where the value at a path stands. Where the path ends early, the nearest thing above; where
    /// the value is empty, its key.
    pub fn place<K: AsRef<str>>(&self, path: &[K]) -> Place {
        match self.find(path) {
            Found::Value(node) => self.place_of(node),
            Found::Above(node) => self.place_above(node),
        }
    }

    /// Where the last key of a path stands; like [`Tree::place`] for an item of a list.
    pub fn place_key<K: AsRef<str>>(&self, path: &[K]) -> Place {
        match self.find(path) {
            Found::Value(node) | Found::Above(node) => self.place_above(node),
        }
    }

    /// Where a character (from 0) of the scalar at a path stands: exact for scalars on one line
    /// and literal blocks, the nearest word for folded ones.
    /// Without a length, the word that begins there.
    pub fn place_in<K: AsRef<str>>(
        &self,
        path: &[K],
        offset: usize,
        length: Option<usize>,
    ) -> Place {
        let Found::Value(node) = self.find(path) else { return self.place(path) };
        match offset::spot(&self.source, &self.nodes[node as usize], offset) {
            Some(start) => {
                let length = length.unwrap_or_else(|| self.source.word(start));
                self.source.place(start, length)
            }
            None => self.place(path),
        }
    }

    /// A compiler's problem with its place in this file.
    pub fn diagnose(&self, problem: &Problem) -> Diagnostic {
        let place = match problem.offset {
            None if problem.on_key => self.place_key(&problem.path),
            Some(offset) => self.place_in(&problem.path, offset, problem.length),
            None => self.place(&problem.path),
        };
        Diagnostic {
            severity: problem.severity,
            hint: problem.hint.clone().or_else(|| self.wide_hint(problem)),
            ..self.source.problem(problem.code, place, problem.message.clone())
        }
    }

    /// What to write where a value has signs of a Chinese keyboard, or such as nobody sees.
    fn wide_hint(&self, problem: &Problem) -> Option<String> {
        let text = self.scalar(&problem.path).filter(|text| text.len() <= HINTED_BYTES_MAX)?;
        if let Some(sign) = wide::invisible(text) {
            return Some(format!("a sign that nobody sees is in it ({sign}): write it anew"));
        }
        let plain = wide::plain(text)?;
        Some(format!("it has full-width signs: write `{plain}` with an English keyboard"))
    }

    /// An error at a place of this file, with the line it is on.
    pub fn error(
        &self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.source.problem(code, place, message)
    }

    /// Whether there is a value at a path.
    pub fn has<K: AsRef<str>>(&self, path: &[K]) -> bool {
        matches!(self.find(path), Found::Value(_))
    }

    /// The keys of the map at a path, in the order of the file; empty where there is none.
    pub fn keys<K: AsRef<str>>(&self, path: &[K]) -> Vec<&str> {
        match self.find(path) {
            Found::Value(node) => self.entries(node).iter().map(|entry| &*entry.key).collect(),
            Found::Above(_) => Vec::new(),
        }
    }

    /// Where the key of a value begins and where the last thing in it ends, as lines and columns.
    pub(crate) fn span<K: AsRef<str>>(&self, path: &[K]) -> ((u32, u32), (u32, u32)) {
        let Found::Value(top) = self.find(path) else { return ((0, 0), (0, 0)) };
        let start = self.key_of(top).map_or(self.node(top).start, |entry| entry.start);
        let (mut todo, mut end) = (vec![top], (start.line, start.column));
        while let Some(node) = todo.pop() {
            let own = self.node(node);
            end = end.max((own.end.line, own.end.column));
            let keys = self.entries(node).iter().map(|entry| (entry.end.line, entry.end.column));
            end = keys.fold(end, std::cmp::Ord::max);
            todo.extend(self.children(node));
        }
        // What is empty ends where it begins.
        ((start.line, start.column), (end.0, end.1 + 1))
    }

    /// Whether a name is a key or an item of a list anywhere, or what a key at the top says.
    pub(crate) fn may_define(&self, name: &str) -> bool {
        let is_it = |node: NodeId| matches!(&self.node(node).body, Body::Scalar { text, .. } if **text == *name);
        let mut top = self.entries(self.root).iter();
        let has_it = |node: &Node| match &node.body {
            Body::Map(entries) => entries.iter().any(|entry| *entry.key == *name),
            Body::List(items) => items.iter().any(|item| is_it(*item)),
            Body::Scalar { .. } | Body::Broken => false,
        };
        top.any(|entry| is_it(entry.value)) || self.nodes.iter().any(has_it)
    }

    /// Every text at and below a path.
    pub(crate) fn words<K: AsRef<str>>(&self, path: &[K]) -> Vec<&str> {
        let Found::Value(top) = self.find(path) else { return Vec::new() };
        let (mut todo, mut words) = (vec![top], Vec::new());
        while let Some(node) = todo.pop() {
            if let Body::Scalar { text, .. } = &self.nodes[node as usize].body {
                words.push(&**text);
            }
            todo.extend(self.children(node));
        }
        words
    }

    /// The text of the scalar at a path.
    pub fn scalar<K: AsRef<str>>(&self, path: &[K]) -> Option<&str> {
        match self.find(path) {
            Found::Value(node) => match &self.nodes[node as usize].body {
                Body::Scalar { text, .. } => Some(text),
                Body::List(_) | Body::Map(_) | Body::Broken => None,
            },
            Found::Above(_) => None,
        }
    }

    /// The whole document as `serde_yaml` has it.
    pub fn value(&self) -> serde_yaml::Value {
        self.value_of(self.root)
    }

    fn value_of(&self, node: NodeId) -> serde_yaml::Value {
        use serde_yaml::Value;
        match &self.nodes[node as usize].body {
            Body::Scalar { text, meaning, .. } => match meaning {
                Meaning::Null => Value::Null,
                Meaning::Bool(value) => Value::Bool(*value),
                Meaning::Int(value) => Value::Number((*value).into()),
                Meaning::Float(value) => Value::Number((*value).into()),
                Meaning::Text => Value::String(text.to_string()),
            },
            Body::List(items) => items.iter().map(|item| self.value_of(*item)).collect(),
            Body::Map(entries) => {
                let pairs = entries.iter().map(|entry| {
                    (Value::String(entry.key.to_string()), self.value_of(entry.value))
                });
                Value::Mapping(pairs.collect())
            }
            Body::Broken => Value::Null,
        }
    }

    /// Whether a comment stands on the line of an empty value, behind its key.
    pub(crate) fn has_comment(&self, node: NodeId) -> bool {
        let Some(entry) = self.key_of(node).filter(|_| self.is_empty(node)) else { return false };
        let line = self.source.line(entry.end.line);
        let behind: String = line.chars().skip(entry.end.column as usize).collect();
        behind.trim_start().starts_with('#')
    }

    /// Whether nothing stands where a value should.
    pub(crate) fn is_empty(&self, node: NodeId) -> bool {
        matches!(&self.node(node).body, Body::Scalar { text, style: Style::Plain, .. } if text.is_empty())
    }

    pub(crate) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node as usize]
    }

    pub(crate) fn entries(&self, node: NodeId) -> &[Entry] {
        match &self.nodes[node as usize].body {
            Body::Map(entries) => entries,
            Body::Scalar { .. } | Body::List(_) | Body::Broken => &[],
        }
    }

    /// The nodes directly below a node.
    pub(crate) fn children(&self, node: NodeId) -> Vec<NodeId> {
        match &self.nodes[node as usize].body {
            Body::Map(entries) => entries.iter().map(|entry| entry.value).collect(),
            Body::List(items) => items.clone(),
            Body::Scalar { .. } | Body::Broken => Vec::new(),
        }
    }

    /// The key under which a node stands.
    pub(crate) fn key_of(&self, node: NodeId) -> Option<&Entry> {
        let parent = self.nodes[node as usize].parent;
        self.entries(parent).iter().find(|entry| entry.value == node)
    }

    /// The node at a path.
    pub(crate) fn at<K: AsRef<str>>(&self, path: &[K]) -> Option<NodeId> {
        match self.find(path) {
            Found::Value(node) => Some(node),
            Found::Above(_) => None,
        }
    }

    fn find<K: AsRef<str>>(&self, path: &[K]) -> Found {
        let mut node = self.root;
        for key in path {
            let key = key.as_ref();
            let next = match &self.nodes[node as usize].body {
                Body::Map(entries) => {
                    entries.iter().find(|entry| *entry.key == *key).map(|entry| entry.value)
                }
                Body::List(items) => {
                    key.parse::<usize>().ok().and_then(|index| items.get(index).copied())
                }
                Body::Scalar { .. } | Body::Broken => None,
            };
            match next {
                Some(next) => node = next,
                None => return Found::Above(node),
            }
        }
        Found::Value(node)
    }

    /// Where a value stands; its key where the value is empty.
    pub(crate) fn place_of(&self, node: NodeId) -> Place {
        let Node { start, end, body, .. } = &self.nodes[node as usize];
        match body {
            Body::Scalar { text, style: Style::Plain, .. } if text.is_empty() => {
                self.place_above(node)
            }
            Body::List(_) | Body::Map(_) if start == end => match self.entries(node).first() {
                Some(first) => self.source.stretch(first.start, first.end),
                None => self.source.place(*start, 1),
            },
            Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => {
                self.source.stretch(*start, *end)
            }
        }
    }

    /// Where the key of a value stands; the value itself in a list and at the top.
    pub(crate) fn place_above(&self, node: NodeId) -> Place {
        match self.key_of(node) {
            Some(entry) => self.source.stretch(entry.start, entry.end),
            None => match &self.nodes[node as usize].body {
                Body::Scalar { text, .. } if text.is_empty() => {
                    self.source.place(self.nodes[node as usize].start, 1)
                }
                Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => {
                    self.place_of(node)
                }
            },
        }
    }
}

/// The end of a path, or the last thing that was there.
enum Found {
    Value(NodeId),
    Above(NodeId),
}

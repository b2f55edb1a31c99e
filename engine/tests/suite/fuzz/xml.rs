//! Models: real ones and those that our processes are exported as, the same with tags out of their
//! places, and models of what stands in real ones: their elements, attributes and values, in new
//! combinations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine::definition::source::ProcessSource;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{FILE_BYTES_MAX, File, files};
use crate::chance::Chance;

/// Damages to one file.
const DAMAGES_MAX: usize = 6;
/// Elements in another that is made; the process has more.
const CHILDREN_MAX: usize = 5;
const FLOW_ELEMENTS_MAX: usize = 20;
/// Elements that are made stand in each other so deep.
const DEPTH_MAX: usize = 9;
/// A made file has so many elements.
const ELEMENTS_MAX: usize = 250;

/// The models of other tools, and the first pack's processes as models.
pub(super) fn models() -> Vec<File> {
    let mut models = files("src/bpmn/samples", ".bpmn");
    for (name, bytes) in files("../workflows/puer/processes", ".yaml") {
        let tree = engine::yaml::parse(&name, &bytes).expect("the pack is right");
        let source = engine::yaml::read::<ProcessSource>(&tree, &[]).expect("the pack is right");
        let model = engine::bpmn::export(&source);
        if model.len() < FILE_BYTES_MAX {
            models.push((name.replace(".yaml", ".bpmn"), model.into_bytes()));
        }
    }
    models
}

/// Where the next tag begins; the same place where none does.
fn tag(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'<').map_or(at, |on| at + on)
}

/// Leaves out, doubles and moves stretches between tags, and changes what attributes say.
pub(super) fn damage(chance: &mut Chance, bytes: &mut Vec<u8>) {
    for _ in 0..=chance.below(DAMAGES_MAX) {
        if bytes.is_empty() {
            return;
        }
        let start = tag(bytes, chance.below(bytes.len()));
        let end = tag(bytes, (start + 1 + chance.below(200)).min(bytes.len() - 1)).max(start);
        let piece = bytes[start..end].to_vec();
        match chance.below(4) {
            0 => drop(bytes.drain(start..end)),
            1 => {
                let at = tag(bytes, chance.below(bytes.len()));
                bytes.splice(at..at, piece);
            }
            2 => {
                drop(bytes.drain(start..end));
                let at = tag(bytes, chance.below(bytes.len() + 1).min(bytes.len()));
                bytes.splice(at..at, piece);
            }
            _ => change_value(chance, bytes, start),
        }
    }
}

/// Puts one quoted value of the file in the place of another.
fn change_value(chance: &mut Chance, bytes: &mut Vec<u8>, start: usize) {
    let value = |from: usize| {
        let at = from + bytes[from..].iter().position(|byte| *byte == b'"')?;
        let end = at + 2 + bytes[at + 1..].iter().position(|byte| *byte == b'"')?;
        Some((at, end))
    };
    let other = value(chance.below(bytes.len()));
    let Some((at, end)) = value(start) else { return };
    let new = match other {
        Some((from, until)) if chance.below(3) > 0 => bytes[from..until].to_vec(),
        _ => b"\"\"".to_vec(),
    };
    bytes.splice(at..end, new);
}

/// What real models have.
#[derive(Default)]
pub(super) struct Grammar {
    /// The outermost tags, as they stand.
    roots: Vec<String>,
    /// The elements in each.
    children: BTreeMap<String, BTreeSet<String>>,
    /// The attributes of each.
    attributes: BTreeMap<String, BTreeSet<String>>,
    /// What each attribute says somewhere.
    values: BTreeMap<String, BTreeSet<String>>,
    /// What stands in each.
    texts: BTreeMap<String, BTreeSet<String>>,
}

impl Grammar {
    pub(super) fn of(models: &[File]) -> Self {
        let mut grammar = Self::default();
        for (_, bytes) in models {
            grammar.learn(std::str::from_utf8(bytes).expect("models are UTF-8"));
        }
        grammar
    }

    fn learn(&mut self, model: &str) {
        let mut reader = Reader::from_str(model);
        let mut path: Vec<String> = Vec::new();
        loop {
            match reader.read_event().expect("models are XML") {
                Event::Start(start) => {
                    let name = self.element(&path, &start);
                    path.push(name);
                }
                Event::Empty(start) => drop(self.element(&path, &start)),
                Event::End(_) => drop(path.pop()),
                Event::Text(text) => {
                    let text = String::from_utf8_lossy(&text).trim().to_owned();
                    if let (Some(of), false) = (path.last(), text.is_empty()) {
                        self.texts.entry(of.clone()).or_default().insert(text);
                    }
                }
                Event::Eof => return,
                _ => {}
            }
        }
    }

    fn element(&mut self, path: &[String], start: &BytesStart<'_>) -> String {
        let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
        match path.last() {
            Some(above) => {
                self.children.entry(above.clone()).or_default().insert(name.clone());
            }
            None => self.roots.push(String::from_utf8_lossy(start).into_owned()),
        }
        for attribute in start.attributes().flatten() {
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            self.attributes.entry(name.clone()).or_default().insert(key.clone());
            self.values.entry(key).or_default().insert(value);
        }
        name
    }

    /// A model under some real one's outermost tag, whose prefixes are its own.
    pub(super) fn file(&self, chance: &mut Chance) -> Vec<u8> {
        let root = chance.one(&self.roots);
        let name = root.split_whitespace().next().expect("a tag has a name");
        let mut making = Making { grammar: self, text: format!("<{root}>\n"), elements: 0 };
        // Processes first, so that there is something to break.
        let prefix = name.strip_suffix("definitions").expect("they are definitions");
        for _ in 0..=chance.below(2) {
            making.element(chance, &format!("{prefix}process"), 1);
        }
        making.children(chance, name, 1, CHILDREN_MAX);
        writeln!(making.text, "</{name}>").expect("text takes what is written");
        making.text.into_bytes()
    }
}

/// A model that is being made.
struct Making<'a> {
    grammar: &'a Grammar,
    text: String,
    elements: usize,
}

impl Making<'_> {
    fn children(&mut self, chance: &mut Chance, of: &str, depth: usize, most: usize) {
        let Some(children) = self.grammar.children.get(of) else { return };
        let children: Vec<&String> = children.iter().collect();
        for _ in 0..chance.below(most + 1) {
            let child = *chance.one(&children);
            self.element(chance, child, depth + 1);
        }
    }

    fn element(&mut self, chance: &mut Chance, name: &str, depth: usize) {
        self.elements += 1;
        if depth > DEPTH_MAX || self.elements > ELEMENTS_MAX {
            return;
        }
        let mut tag = format!("<{name}");
        for key in self.grammar.attributes.get(name).into_iter().flatten() {
            if chance.below(8) == 0 {
                continue;
            }
            let value = self.value(chance, key);
            write!(tag, " {key}=\"{value}\"").expect("text takes what is written");
        }
        self.text.push_str(&tag);
        self.text.push('>');
        let texts: Vec<&String> = self.grammar.texts.get(name).into_iter().flatten().collect();
        if !texts.is_empty() {
            self.text.push_str(chance.one(&texts).as_str());
        }
        let scope = name.ends_with("rocess") || name.ends_with("transaction");
        self.children(chance, name, depth, if scope { FLOW_ELEMENTS_MAX } else { CHILDREN_MAX });
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// Few names, so that what is referred to is often there, and often twice.
    fn value(&self, chance: &mut Chance, key: &str) -> String {
        match key {
            "id" => format!("n{}", if chance.below(10) == 0 { 0 } else { self.elements }),
            _ if key.ends_with("Ref") || key == "bpmnElement" || key == "default" => {
                format!("n{}", chance.below(self.elements + 8))
            }
            _ => {
                let values: Vec<&String> =
                    self.grammar.values.get(key).into_iter().flatten().collect();
                (*chance.one(&values)).clone()
            }
        }
    }
}

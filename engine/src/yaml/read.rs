//! A tree as a Rust type, with all problems at once: what is wrong is reported, left out or
//! filled in, and the rest is read again until nothing new turns up.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::diagnostic::{Diagnostic, Place};
use crate::problem::nearest;

use super::PROBLEMS_MAX;
use super::de::{Fixes, NodeReader, Reading};
use super::reading_error::{Kind, ReadingError};
use super::tree::{Body, Entry, NodeId, Tree};
use super::{hint, locate};

/// One reading visits at most so many nodes, all its attempts together.
pub(super) const READ_WORK_MAX: u64 = 4_000_000;

/// The value at a path of a tree as a Rust type, or everything that is wrong with it.
///
/// Messages of a type's own `Deserialize` and of `#[serde(expecting = "…")]` are shown as they
/// are; where they begin with "a", "an", "one" or "either", as "expected …, found …".
pub fn read<T: DeserializeOwned>(tree: &Tree, at: &[&str]) -> Result<T, Vec<Diagnostic>> {
    let Some(node) = tree.at(at) else {
        let message = format!("expected `{}`, which is missing", at.join("."));
        return Err(vec![tree.error("missingKey", tree.place(at), message)]);
    };
    match Reader::new(tree, node).run() {
        (Some(value), problems) if problems.is_empty() => Ok(value),
        (_, problems) => Err(problems),
    }
}

/// A whole tree as a Rust type, as far as it can be read, and everything that is wrong with it. With
/// problems, the value lacks what they are about: good for finding more problems, not for anything
/// else.
pub(crate) fn read_on<T: DeserializeOwned>(tree: &Tree) -> (Option<T>, Vec<Diagnostic>) {
    Reader::new(tree, tree.root).run()
}

struct Reader<'t> {
    tree: &'t Tree,
    top: NodeId,
    fixes: Fixes,
    /// Keys that maps lack but seem to have misspelt.
    misspelt: BTreeSet<(NodeId, String)>,
    /// Nodes below which something was left out or filled in: what is said of them may follow.
    tainted: BTreeSet<NodeId>,
    work: Cell<u64>,
    problems: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    fn new(tree: &'t Tree, top: NodeId) -> Self {
        Self {
            tree,
            top,
            fixes: Fixes::default(),
            misspelt: BTreeSet::new(),
            tainted: BTreeSet::new(),
            work: Cell::new(READ_WORK_MAX),
            problems: Vec::new(),
        }
    }

    fn attempt<T: DeserializeOwned>(&self, fixes: &Fixes) -> Result<T, ReadingError> {
        let reading = Reading { tree: self.tree, fixes, work: &self.work };
        T::deserialize(NodeReader::new(&reading, self.top))
            .map_err(|error| error.at(self.top, false))
    }

    fn run<T: DeserializeOwned>(mut self) -> (Option<T>, Vec<Diagnostic>) {
        let mut read = None;
        while self.problems.len() < PROBLEMS_MAX {
            match self.attempt::<T>(&self.fixes) {
                Ok(value) => {
                    read = Some(value);
                    break;
                }
                Err(error) if self.follows(&error) => {
                    if !self.leave_out(error.at.unwrap_or(self.top)) {
                        break;
                    }
                }
                Err(error) => {
                    let attempt = |fixes: &Fixes| self.attempt::<T>(fixes).err();
                    let node = locate::culprit(self.tree, &self.fixes, &error, attempt);
                    if !self.take(&error, node) {
                        break;
                    }
                }
            }
        }
        self.problems.sort_by(|a, b| a.place.cmp(&b.place));
        (read, self.problems)
    }

    /// Whether an error only comes from a key that was added to a map that serde buffered.
    fn follows(&self, error: &ReadingError) -> bool {
        let added = error.at.is_some_and(|node| self.fixes.added.contains_key(&node));
        let nothing = matches!(&error.kind, Kind::Wrong { found, .. } if found == "nothing");
        added && nothing && !error.exact
    }

    /// Reports an error and works around it; `false` where that cannot be done.
    fn take(&mut self, error: &ReadingError, node: NodeId) -> bool {
        match &error.kind {
            Kind::UnknownKey { found, known } => {
                let is_it = |entry: &&Entry| *entry.key == **found;
                let entry = self.tree.entries(node).iter().find(is_it);
                // A type that looks at its first key does not say that it is that one.
                let entry = entry.or_else(|| self.tree.key_of(node).filter(is_it));
                let Some(entry) = entry else { return self.take_other(error, node) };
                let place = self.tree.source.stretch(entry.start, entry.end);
                let meant = nearest(found, known.iter().copied());
                self.misspelt.extend(meant.map(|key| (node, key.to_owned())));
                self.report("unknownKey", place, error, Some(hint::unknown_key(found, known)));
                self.leave_out(entry.value)
            }
            Kind::MissingKey(key) => self.take_missing(error, node, key),
            Kind::UnknownVariant { found, known } => {
                let (node, place) = match error.key {
                    true => (node, self.tree.place_above(node)),
                    false => self.named(node, found),
                };
                let mut hint = nearest(found, known.iter().copied())
                    .map(|name| format!("did you mean `{name}`?"));
                if known.is_empty() {
                    hint = None;
                }
                let code = match self.tree.key_of(node) {
                    Some(entry) if *entry.key == *"type" => "unknownType",
                    Some(_) | None => "unknownValue",
                };
                self.report(code, place, error, hint);
                // Without its type nothing can be said of what stands beside it.
                if code == "unknownType" {
                    self.leave_out(self.tree.node(node).parent)
                } else {
                    self.leave_out(node)
                }
            }
            Kind::Wrong { .. } | Kind::Other(_) => self.take_other(error, node),
            Kind::TooMuch => {
                let place = self.tree.place_above(self.top);
                self.report("tooManyProblems", place, error, Some("mend what is listed".into()));
                false
            }
        }
    }

    /// Where a variant's name stands: a scalar, the key of a map, or the `type` in it.
    fn named(&self, node: NodeId, found: &str) -> (NodeId, Place) {
        let entries = self.tree.entries(node);
        if let Some(entry) = entries.iter().find(|entry| *entry.key == *"type") {
            return (entry.value, self.tree.place_of(entry.value));
        }
        match entries.iter().find(|entry| *entry.key == *found) {
            Some(entry) => (node, self.tree.source.stretch(entry.start, entry.end)),
            None => (node, self.tree.place_of(node)),
        }
    }

    fn take_missing(&mut self, error: &ReadingError, node: NodeId, key: &str) -> bool {
        let added = self.fixes.added.entry(node).or_default();
        if added.iter().any(|name| name == key)
            || !matches!(self.tree.node(node).body, Body::Map(_))
        {
            return self.leave_out(node);
        }
        added.push(key.to_owned());
        self.taint(node);
        let left_out = self.tree.entries(node).iter().any(|entry| *entry.key == *key);
        let is_misspelt = self.misspelt.contains(&(node, key.to_owned()));
        if !left_out && !is_misspelt && !self.tree.mended {
            self.report("missingKey", self.tree.place_above(node), error, None);
        }
        true
    }

    fn take_other(&mut self, error: &ReadingError, node: NodeId) -> bool {
        let nothing = matches!(&error.kind, Kind::Wrong { found, .. } if found == "nothing");
        let is_told = matches!(self.tree.node(node).body, Body::Broken);
        let follows = is_told || self.tainted.contains(&node) || (nothing && self.tree.mended);
        if !follows {
            let place =
                if error.key { self.tree.place_above(node) } else { self.tree.place_of(node) };
            let (code, message) = match &error.kind {
                Kind::Wrong { code, expected, found, .. } => {
                    (*code, format!("expected {expected}, found {found}"))
                }
                Kind::Other(message) => ("wrongValue", self.other(message, node)),
                Kind::UnknownKey { .. } => ("unknownKey", error.to_string()),
                Kind::MissingKey(_) | Kind::UnknownVariant { .. } | Kind::TooMuch => {
                    ("wrongValue", error.to_string())
                }
            };
            let hint = match &error.kind {
                Kind::Wrong { expected, known, .. } => {
                    hint::wrong(self.tree, node, expected, known)
                }
                _ => None,
            };
            let problem = self.tree.error(code, place, message);
            self.problems.push(Diagnostic { hint, ..problem });
        }
        self.leave_out(node)
    }

    /// The words of a type's own error.
    fn other(&self, message: &str, node: NodeId) -> String {
        let found = self.found(node);
        if message.starts_with("data did not match any variant") {
            return format!("expected something else here, found {found}");
        }
        let begins = ["a ", "an ", "one ", "either "].iter().any(|word| message.starts_with(word));
        if begins { format!("expected {message}, found {found}") } else { message.to_owned() }
    }

    fn found(&self, node: NodeId) -> String {
        match &self.tree.node(node).body {
            Body::Scalar { text, .. } if text.is_empty() => "nothing".to_owned(),
            Body::Scalar { text, .. } => format!("`{}`", super::source::cut(text, 60)),
            Body::List(_) => "a list".to_owned(),
            Body::Map(_) => "keys with values".to_owned(),
            Body::Broken => "nothing".to_owned(),
        }
    }

    fn report(
        &mut self,
        code: &'static str,
        place: Place,
        error: &ReadingError,
        hint: Option<String>,
    ) {
        let problem = self.tree.error(code, place, error.to_string());
        self.problems.push(Diagnostic { hint, ..problem });
    }

    /// Leaves a value out, or what holds it where that has been tried; `false` at the top.
    fn leave_out(&mut self, node: NodeId) -> bool {
        let mut node = node;
        while node != self.top {
            self.taint(self.tree.node(node).parent);
            if self.fixes.skipped.insert(node) {
                return true;
            }
            node = self.tree.node(node).parent;
        }
        false
    }

    fn taint(&mut self, node: NodeId) {
        let mut node = node;
        while self.tainted.insert(node) && node != self.top && node != self.tree.root {
            node = self.tree.node(node).parent;
        }
    }
}

//! A tree as a Rust type, with all problems at once: what is wrong is reported, left out or
//! filled in, and the rest is read again until nothing new turns up.

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::diagnostic::{Diagnostic, Place};
use crate::problem::nearest;

use super::PROBLEMS_MAX;
use super::alias::meant;
use super::de::{Fixes, NodeReader, Reading};
use super::reading_error::{Kind, ReadingError};
use super::tree::{Body, Entry, NodeId, Tree};
use super::{comma, hint, locate};

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
    let mut reader = Reader::new(tree, node);
    match reader.run() {
        Some(value) if reader.problems.is_empty() => Ok(value),
        Some(_) | None => Err(reader.problems),
    }
}

/// A whole tree as a Rust type, as far as it can be read, and everything that is wrong with it. With
/// problems, the value lacks what they are about: good for finding more problems, not for anything
/// else. What stands under a misspelt key is read as what it is meant for, and the tree has that key then.
pub(crate) fn read_on<T: DeserializeOwned>(tree: &mut Tree) -> (Option<T>, Vec<Diagnostic>) {
    let mut reader = Reader::new(tree, tree.root);
    let value = reader.run();
    let Reader { fixes, problems, .. } = reader;
    tree.rename(&fixes.renamed);
    (value, problems)
}

struct Reader<'t> {
    tree: &'t Tree,
    top: NodeId,
    fixes: Fixes,
    /// Keys that maps lack but seem to have misspelt.
    misspelt: BTreeSet<(NodeId, String)>,
    /// Keys that maps have and that are near to none, by their problems: each may stand for one that
    /// is missing.
    strange: Vec<(NodeId, usize, NodeId)>,
    /// Keys that maps lack, told with one of those.
    paired: BTreeSet<(NodeId, String)>,
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
            strange: Vec::new(),
            paired: BTreeSet::new(),
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

    fn run<T: DeserializeOwned>(&mut self) -> Option<T> {
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
        read
    }

    /// Whether an error only comes from a key that was added to a map that serde buffered.
    fn follows(&self, error: &ReadingError) -> bool {
        let added = error.at.is_some_and(|node| self.fixes.added.contains_key(&node));
        let nothing = matches!(
            &error.kind,
            Kind::Wrong { found, .. } if found == "nothing" || found == "the text ``"
        );
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
                if let Some(holder) = self.outdented(node, entry.value) {
                    return self.take_outdented(error, node, (entry, holder), known);
                }
                let place = self.tree.source.stretch(entry.start, entry.end);
                let meant = meant(found, known);
                if meant.is_none() {
                    self.strange.push((node, self.problems.len(), entry.value));
                }
                self.misspelt.extend(meant.map(|key| (node, key.to_owned())));
                let hint = hint::unknown_key(found, known);
                let hint = match comma::may_be_rest(self.tree, entry) && meant.is_none() {
                    true => format!(
                        "if it is the rest of a text with a comma, put that in quotes; {hint}"
                    ),
                    false => hint,
                };
                self.report("unknownKey", place, error, Some(hint));
                match nearest(found, known.iter().copied()) {
                    Some(key) if self.is_free(node, key) => {
                        self.fixes.renamed.insert(entry.value, key.to_owned());
                        true
                    }
                    Some(_) | None => self.leave_out(entry.value),
                }
            }
            Kind::MissingKey(key) => self.take_missing(error, node, key),
            Kind::UnknownVariant { found, known } => {
                let (node, place) = match error.key {
                    true => (node, self.tree.place_above(node)),
                    false => self.named(node, found),
                };
                let hint = meant(found, known).map(|name| format!("did you mean `{name}`?"));
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

    /// The empty key above an unknown one, which may be meant to stand in it.
    fn outdented(&self, node: NodeId, value: NodeId) -> Option<&'t Entry> {
        let entries = self.tree.entries(node);
        let at = entries.iter().position(|entry| entry.value == value)?;
        let is_seen = |entry: &&Entry| !self.fixes.skipped.contains(&entry.value);
        let is_empty = |entry: &&Entry| self.tree.is_empty(entry.value);
        let above = entries[..at].iter().rev().find(|it| is_empty(it) || is_seen(it))?;
        let is_block = !matches!(self.tree.node(value).body, Body::Scalar { .. });
        (is_block && is_empty(&above)).then_some(above)
    }

    /// Tells once of keys that stand too far left, and reads over all of them: at the empty key above
    /// them, where that is told already, else at the first.
    fn take_outdented(
        &mut self,
        error: &ReadingError,
        node: NodeId,
        (entry, holder): (&'t Entry, &'t Entry),
        known: &[&str],
    ) -> bool {
        let above = self.tree.source.stretch(holder.start, holder.end);
        let hint = format!(
            "`{}` is empty: what belongs to it, from `{}` on, stands further in than it",
            holder.key, entry.key
        );
        match self.problems.iter_mut().find(|problem| problem.place == above) {
            Some(problem) => problem.hint = Some(hint),
            None => {
                let place = self.tree.source.stretch(entry.start, entry.end);
                self.report("unknownKey", place, error, Some(hint));
            }
        }
        self.leave_out(holder.value);
        let entries = self.tree.entries(node).iter();
        let after = entries.skip_while(|other| other.value != entry.value);
        for other in after.take_while(|other| !known.contains(&&*other.key)) {
            self.leave_out(other.value);
        }
        true
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

    /// Whether a map has nothing under a key yet.
    fn is_free(&self, node: NodeId, key: &str) -> bool {
        let mut entries = self.tree.entries(node).iter();
        entries.all(|entry| {
            let renamed = self.fixes.renamed.get(&entry.value);
            renamed.map_or(&*entry.key, String::as_str) != key
        })
    }

    fn take_missing(&mut self, error: &ReadingError, node: NodeId, key: &str) -> bool {
        let left_out = self.tree.entries(node).iter().any(|entry| *entry.key == *key);
        let is_misspelt = self.misspelt.contains(&(node, key.to_owned()));
        let is_told = left_out || is_misspelt || self.tree.mended;
        if !is_told && self.take_strange(node, key) {
            return true;
        }
        let added = self.fixes.added.entry(node).or_default();
        if added.iter().any(|name| name == key)
            || !matches!(self.tree.node(node).body, Body::Map(_))
        {
            return self.leave_out(node);
        }
        added.push(key.to_owned());
        self.taint(node);
        if !is_told && !self.paired.contains(&(node, key.to_owned())) {
            self.report("missingKey", self.tree.place_above(node), error, None);
        }
        true
    }

    /// Takes a key that is near to none for one that is missing: two mistakes, or one key with a name
    /// of its own, told as one, which says both. What stands under it is read so where that may be.
    fn take_strange(&mut self, node: NodeId, key: &str) -> bool {
        let Some(at) = self.strange.iter().position(|(strange, ..)| *strange == node) else {
            return false;
        };
        let (_, problem, value) = self.strange.remove(at);
        let hint = &mut self.problems[problem].hint;
        let known = hint.take().unwrap_or_default();
        *hint = Some(format!("`{key}` is missing here, which may be meant; {known}"));
        self.paired.insert((node, key.to_owned()));
        let is_read = matches!(self.tree.node(value).body, Body::Map(_) | Body::List(_));
        if is_read {
            self.fixes.skipped.remove(&value);
            self.fixes.renamed.insert(value, key.to_owned());
        }
        is_read
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

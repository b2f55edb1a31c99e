//! What can be said of a process, and of other parts, that could not be read whole. Nodes with something wrong stay as nodes
//! of which nothing is known, so that the rest is checked at once; what may only follow from what is
//! missing is not said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::definition::Doubts;
use crate::definition::source::ProcessSource;
use crate::diagnostic::{Diagnostic, Place};
use crate::elements::Element;
use crate::form::FormSource;
use crate::ids::NodeName;
use crate::problem::Problem;
use crate::yaml::Tree;

/// A process of which parts are missing.
#[derive(Debug)]
pub(super) struct Salvaged {
    pub(super) source: Arc<ProcessSource>,
    /// Nodes with something wrong.
    pub(super) doubts: Doubts,
    /// Names that stand in the file but could not be read.
    lost: BTreeSet<String>,
    /// Whether documents or variables are among them.
    lacks_data: bool,
    faults: Vec<Place>,
}

impl Salvaged {
    /// What is left of a process beside its faults.
    pub(super) fn of(mut source: ProcessSource, tree: &Tree, faults: &[Diagnostic]) -> Self {
        let mut salvage = Salvage { tree, faults, doubts: BTreeMap::new(), lost: BTreeSet::new() };
        let top = vec!["nodes".to_owned()];
        salvage.nodes(&mut source.nodes, &top);
        // What is wrong in part is of no known type.
        let is_right = |part: &str, name: &str| {
            !faults.iter().any(|fault| is_within(tree, &[part, name], &fault.place))
        };
        source.documents.retain(|name, _| is_right("documents", name.as_str()));
        source.variables.retain(|name, _| is_right("variables", name));
        let names: BTreeSet<&str> =
            source.documents.keys().map(crate::ids::DocumentName::as_str).collect();
        let variables = source.variables.keys().map(String::as_str);
        let known: BTreeSet<&str> = names.into_iter().chain(variables).collect();
        let mut left_out = BTreeSet::new();
        for part in ["documents", "variables"] {
            let written = tree.keys(&[part]);
            let lost = written.into_iter().filter(|name| !known.contains(name));
            left_out.extend(lost.map(str::to_owned));
        }
        let lacks_data = !left_out.is_empty();
        salvage.lost.extend(left_out);
        // What stands under a misspelt key is not there either.
        for key in tree.keys(&[""; 0]) {
            if !["documents", "variables", "nodes", "notices"].contains(&key) {
                salvage.lost.extend(tree.keys(&[key]).into_iter().map(str::to_owned));
            }
        }
        let Salvage { mut doubts, lost, .. } = salvage;
        for (path, names) in &mut doubts {
            *names = tree.words(path).into_iter().map(NodeName::from).collect();
        }
        let faults = faults.iter().map(|fault| fault.place.clone()).collect();
        Self {
            source: Arc::new(source),
            doubts: Doubts { nodes: doubts },
            lost,
            lacks_data,
            faults,
        }
    }

    /// Whether a name stands in the file that could not be read.
    pub(super) fn has_lost(&self, name: &str) -> bool {
        self.lost.contains(name)
    }

    /// Whether a problem may only follow from what is missing.
    pub(super) fn follows(&self, problem: &Problem, tree: &Tree) -> bool {
        // Without what could not be read there may be none.
        let nodes = ["nodes".to_owned()];
        let has_nodes = tree.has(&nodes) && tree.scalar(&nodes).is_none();
        let is_read = has_nodes && !has_fault(tree, &nodes, &self.faults);
        if matches!(problem.code, "badNodeCount" | "emptyProcess") && !is_read {
            return true;
        }
        let may_be_unread = matches!(
            problem.code,
            "nothingToCompensate" | "cancelWithoutEvent" | "badLink" | "unusedMessage"
        );
        let says = |word: &NodeName| {
            let said = [format!("`{word}`"), format!("`link: {word}`")];
            said.iter().any(|said| problem.message.contains(said))
        };
        if may_be_unread && self.doubts.nodes.values().flatten().any(says) {
            return true;
        }
        let mentions = |name: &String| problem.message.contains(&format!("`{name}`"));
        if self.lost.iter().any(mentions) {
            return true;
        }
        if problem.table.is_some() || problem.form.is_some() {
            // It stands in another file.
            return problem.is_about_all_inputs() && self.lacks_data;
        }
        let path = &problem.path[..];
        let is_in = |node: &&Vec<String>| path.starts_with(node);
        let is_around = |node: &Vec<String>| node.len() == path.len() + 1 && node.starts_with(path);
        match self.doubts.nodes.keys().filter(is_in).max_by_key(|node| node.len()) {
            // One of its own keys, which is there and has nothing wrong in it.
            Some(node) => {
                // How several decide may be what could not be read.
                problem.code == "outcomeOfMany"
                    || path.len() == node.len()
                    || !tree.has(path)
                    || has_fault(tree, path, &self.faults)
            }
            None => {
                let is_of_nodes = path.first().is_some_and(|key| key == "nodes");
                let is_inner = is_of_nodes && path.len() > 1;
                (!is_inner && !tree.has(path)) || self.doubts.nodes.keys().any(is_around)
            }
        }
    }
}

/// Another part of which something is missing: it is checked by itself, and nobody refers to it.
#[derive(Debug)]
pub(super) struct Faulty<T> {
    pub(super) source: T,
    faults: Vec<Place>,
    /// Names on the way to what is missing.
    lost: BTreeSet<String>,
}

impl<T> Faulty<T> {
    /// What is left of a part beside its faults.
    pub(super) fn of(source: T, tree: &Tree, faults: Vec<Place>) -> Self {
        let mut lost = BTreeSet::new();
        let mut todo: Vec<Vec<String>> = vec![Vec::new()];
        while let Some(path) = todo.pop() {
            for key in tree.keys(&path) {
                let inner: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
                if has_fault(tree, &inner, &faults) {
                    lost.insert(key.to_owned());
                    todo.push(inner);
                }
            }
        }
        Self { source, faults, lost }
    }

    /// Whether a key at the top may be one of what is wrong.
    fn may_lack(&self, key: &str, tree: &Tree) -> bool {
        let keys = tree.keys(&[""; 0]).into_iter();
        let mut wrong = keys.filter(|own| has_fault(tree, &[(*own).to_owned()], &self.faults));
        wrong.any(|own| crate::problem::nearest(own, [key]).is_some())
    }

    /// Whether something is wrong at a path.
    pub(super) fn has_fault(&self, tree: &Tree, path: &[String]) -> bool {
        has_fault(tree, path, &self.faults)
    }

    /// Whether a problem may only follow from what is missing.
    pub(super) fn follows(&self, problem: &Problem, tree: &Tree) -> bool {
        let mentions = |name: &String| problem.message.contains(&format!("`{name}`"));
        // Rules may hold together by another policy than none.
        let is_of_policy = problem.code == "decisionOverlap" && self.may_lack("hit", tree);
        is_of_policy
            || problem.is_about_all_inputs()
            || !tree.has(&problem.path)
            || has_fault(tree, &problem.path, &self.faults)
            || self.lost.iter().any(mentions)
    }
}

impl Faulty<FormSource> {
    /// The form without the fields that have something wrong, or something wrong inside them.
    pub(super) fn sound(&self, tree: &Tree) -> FormSource {
        let mut form = self.source.clone();
        let is_right = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            !self.has_fault(tree, &path)
        };
        form.fields.retain(|name, _| is_right(&["fields", name]));
        for (at, section) in form.sections.iter_mut().enumerate() {
            let at = at.to_string();
            section.fields.retain(|name, _| is_right(&["sections", &at, "fields", name]));
        }
        form
    }
}

/// Whether a problem at a path may only follow from what a file has wrong.
pub(super) fn is_doubtful(tree: &Tree, path: &[String], faults: &[Place]) -> bool {
    !faults.is_empty() && (!tree.has(path) || has_fault(tree, path, faults))
}

/// Whether one of some faults is at a path or below it.
pub(super) fn has_fault(tree: &Tree, path: &[String], faults: &[Place]) -> bool {
    faults.iter().any(|place| is_within(tree, path, place))
}

fn is_within<K: AsRef<str>>(tree: &Tree, path: &[K], place: &Place) -> bool {
    let (begin, end) = tree.span(path);
    (begin..end).contains(&(place.line, place.column))
}

struct Salvage<'t> {
    tree: &'t Tree,
    faults: &'t [Diagnostic],
    doubts: BTreeMap<Vec<String>, Vec<NodeName>>,
    lost: BTreeSet<String>,
}

impl Salvage<'_> {
    /// Finds the nodes with something wrong, and gives those that could not be read a place.
    fn nodes(&mut self, nodes: &mut IndexMap<NodeName, Element>, path: &[String]) {
        for (at, name) in self.tree.keys(path).into_iter().enumerate() {
            let own: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
            let inner: Vec<String> = own.iter().cloned().chain(["nodes".to_owned()]).collect();
            let (begin, end) = self.tree.span(&own);
            let is_in = |place: &Place, from: (u32, u32), to: (u32, u32)| {
                (from..to).contains(&(place.line, place.column))
            };
            let is_inner = |place: &Place| {
                self.tree.keys(&inner).into_iter().any(|name| {
                    let node: Vec<String> =
                        inner.iter().cloned().chain([name.to_owned()]).collect();
                    let (begin, end) = self.tree.span(&node);
                    is_in(place, begin, end)
                })
            };
            let mut faults = self.faults.iter().map(|fault| &fault.place);
            if faults.any(|place| is_in(place, begin, end) && !is_inner(place)) {
                self.doubts.insert(own.clone(), Vec::new());
            }
            match nodes.get_mut(name) {
                Some(element) => {
                    if let Some(inside) = element.nodes_mut() {
                        self.nodes(inside, &inner);
                    }
                }
                None => {
                    self.doubts.insert(own.clone(), Vec::new());
                    self.lost.insert(name.to_owned());
                    self.lost.extend(self.tree.keys(&inner).into_iter().map(str::to_owned));
                    let at = at.min(nodes.len());
                    nodes.shift_insert(at, NodeName::from(name), Element::unread());
                }
            }
        }
    }
}

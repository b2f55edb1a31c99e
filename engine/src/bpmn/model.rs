//! A BPMN model: processes with their nodes and flows, over the tree of its file. Names are
//! resolved here, and what leads nowhere is reported; other rules are in `rules`, what it all means
//! to us in `import`.

mod associations;
mod build;
mod references;

use std::collections::BTreeMap;

use super::table::Row;
use super::xml::{Id, Tree};
use crate::diagnostic::Diagnostic;

pub(super) use build::{build, is_choreography, without_prefix};

/// After so many problems a file is not looked at any further.
pub(super) const PROBLEMS_MAX: usize = 100;
/// A file may have so many processes.
pub(super) const PROCESSES_MAX: usize = 100;
/// A process may have so many nodes; as many as the language allows.
pub(super) const NODES_MAX: usize = 2_000;
/// A process may have so many flows.
pub(super) const FLOWS_MAX: usize = 10_000;

/// What a file says.
#[derive(Debug)]
pub(super) struct Model<'t> {
    pub(super) tree: &'t Tree,
    pub(super) processes: Vec<Process<'t>>,
    /// Elements by their ids.
    pub(super) ids: BTreeMap<&'t str, Id>,
    /// The process and the place in it of every flow node, by its id.
    pub(super) owners: BTreeMap<&'t str, (usize, usize)>,
}

/// A process.
#[derive(Debug)]
pub(super) struct Process<'t> {
    pub(super) element: Id,
    pub(super) id: &'t str,
    /// The pool that shows it.
    pub(super) participant: Option<Id>,
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) flows: Vec<Flow<'t>>,
}

/// A flow node, at any depth of sub-processes.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) element: Id,
    pub(super) id: &'t str,
    pub(super) row: &'static Row,
    /// The sub-process it is in.
    pub(super) scope: Option<usize>,
    pub(super) incoming: Vec<usize>,
    /// In the order in which it lists them.
    pub(super) outgoing: Vec<usize>,
    pub(super) default: Option<usize>,
    /// Its event definitions, those it refers to included.
    pub(super) events: Vec<Id>,
    /// The activity that a boundary event stands on.
    pub(super) host: Option<usize>,
    /// What a compensation event's association leads to: what undoes its host.
    pub(super) handler: Option<usize>,
}

/// A sequence flow.
#[derive(Debug)]
pub(super) struct Flow<'t> {
    pub(super) element: Id,
    pub(super) id: &'t str,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) condition: Option<Id>,
}

/// Takes problems until there are enough.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) problems: Vec<Diagnostic>,
}

impl Report {
    pub(super) fn push(&mut self, problem: Diagnostic) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    /// Whether there are enough: finding the place of another one would be wasted work.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    pub(super) fn has_errors(&self) -> bool {
        self.problems.iter().any(Diagnostic::is_error)
    }
}

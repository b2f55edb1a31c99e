//! A BPMN model: processes with their nodes and flows, over the tree of its file. Names are
//! resolved here, and what leads nowhere is reported; other rules are in `rules`, what it all means
//! to us in `import`.

mod associations;
mod build;
mod references;

use std::collections::BTreeMap;

use super::table::Row;
use super::xml::{Id, Tree};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) use build::{build, is_choreography, without_prefix};

/// After so many errors a file is not looked at any further.
pub(super) const ERRORS_MAX: usize = 100;
/// So many warnings are listed; the others are counted.
pub(super) const WARNINGS_MAX: usize = 1_000;
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
    /// Empty where it has none.
    pub(super) id: &'t str,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) condition: Option<Id>,
}

/// Takes problems until there are enough. Warnings take no room from errors: what is told of every
/// element of a large file must not hide what is wrong with one.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) problems: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Report {
    pub(super) fn push(&mut self, problem: Diagnostic) {
        let (count, max) = match problem.is_error() {
            true => (&mut self.errors, ERRORS_MAX),
            false => (&mut self.warnings, WARNINGS_MAX),
        };
        *count += 1;
        if *count <= max {
            self.problems.push(problem);
        }
    }

    /// A warning, if there is room for it: else it is counted, and finding its place would be wasted
    /// work.
    pub(super) fn warn(&mut self, problem: impl FnOnce() -> Diagnostic) {
        match self.warnings < WARNINGS_MAX {
            true => self.push(Diagnostic { severity: Severity::Warning, ..problem() }),
            false => self.warnings += 1,
        }
    }

    /// Whether there are enough errors: finding the place of another one would be wasted work.
    pub(super) fn is_full(&self) -> bool {
        self.errors >= ERRORS_MAX
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// What is not listed, in words; none where everything is.
    pub(super) fn rest(&self) -> Option<String> {
        let warnings = self.warnings.saturating_sub(WARNINGS_MAX);
        match (self.is_full(), warnings) {
            (true, _) => Some(format!("only the first {ERRORS_MAX} errors are listed")),
            (false, 0) => None,
            (false, more) => Some(format!("{more} more warnings are not listed")),
        }
    }
}

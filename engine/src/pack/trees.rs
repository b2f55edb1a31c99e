//! The trees behind a pack: from a part and a path of keys to the file, line and column, also where
//! a part is put together from several files.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::DecisionSource;
use crate::diagnostic::{Diagnostic, Place};
use crate::form::FormSource;
use crate::ids::{DecisionName, FormName, ProcessName};
use crate::problem::Problem;
use crate::scenario::Fixtures;
use crate::yaml::Tree;

use super::salvage::{Faulty, Salvaged};
use super::{Kind, Pack};

/// A pack and where everything in it stands. Keep the pack; drop the trees when the checks are done.
#[derive(Debug)]
pub struct Loaded {
    /// The pack.
    pub pack: Pack,
    /// What its scenarios use by name, those of the packs that it extends included.
    pub fixtures: Fixtures,
    pub(super) trees: BTreeMap<String, Tree>,
    pub(super) origins: BTreeMap<(Kind, String), Vec<Origin>>,
    pub(super) broken: BTreeSet<(Kind, String)>,
    /// Processes of which parts could not be read.
    pub(super) salvaged: BTreeMap<ProcessName, Salvaged>,
    /// Forms and tables of which parts could not be read.
    pub(super) faulty_forms: BTreeMap<FormName, Faulty<FormSource>>,
    pub(super) faulty_decisions: BTreeMap<DecisionName, Faulty<DecisionSource>>,
    /// Where files have something wrong.
    pub(super) faults: BTreeMap<String, Vec<Place>>,
    /// The texts of files that have no tree.
    pub(super) texts: BTreeMap<String, String>,
    /// Parts whose name another file has already.
    pub(super) duplicates: BTreeSet<(Kind, String)>,
}

/// A file that a part, or something in it, comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) file: String,
    /// The keys that stand before the part's own in this file, such as `override`.
    pub(super) prefix: Vec<String>,
}

impl Loaded {
    /// The tree of a file.
    pub fn tree(&self, file: &str) -> Option<&Tree> {
        self.trees.get(file)
    }

    /// The file that defines a part.
    pub fn file(&self, kind: Kind, name: &str) -> Option<&str> {
        let origins = self.origins.get(&(kind, name.to_owned()))?;
        origins.last().map(|origin| origin.file.as_str())
    }

    /// Whether there is a file for a part, but with problems: whoever misses it need not say so.
    pub fn is_broken(&self, kind: Kind, name: &str) -> bool {
        self.broken.contains(&(kind, name.to_owned()))
    }

    /// Whether a problem of a process only follows from what of that could not be read.
    pub(super) fn follows_in(&self, process: &ProcessName, problem: &Problem) -> bool {
        let tree = self.file(Kind::Process, process.as_str()).and_then(|file| self.tree(file));
        match (self.salvaged.get(process), tree) {
            (Some(salvaged), Some(tree)) => salvaged.follows(problem, tree),
            _ => false,
        }
    }

    /// Whether a problem of a table only follows from what of that could not be read.
    pub(super) fn follows_from_table(&self, table: &DecisionName, problem: &Problem) -> bool {
        let tree = self.file(Kind::Decision, table.as_str()).and_then(|file| self.tree(file));
        match (self.faulty_decisions.get(table), tree) {
            (Some(faulty), Some(tree)) => faulty.follows(problem, tree),
            _ => false,
        }
    }

    /// Whether a problem of a form only follows from what of that could not be read.
    pub(super) fn follows_from_form(&self, form: &FormName, problem: &Problem) -> bool {
        let tree = self.file(Kind::Form, form.as_str()).and_then(|file| self.tree(file));
        match (self.faulty_forms.get(form), tree) {
            (Some(faulty), Some(tree)) => faulty.follows(problem, tree),
            _ => false,
        }
    }

    /// A compiler's problem in a part, at its place.
    pub fn diagnose(&self, kind: Kind, name: &str, problem: &Problem) -> Diagnostic {
        match self.find(kind, name, &problem.path) {
            Some((tree, path)) => tree.diagnose(&Problem { path, ..problem.clone() }),
            None => Diagnostic {
                severity: problem.severity,
                hint: problem.hint.clone(),
                ..Diagnostic::error(problem.code, self.nowhere(kind, name), problem.message.clone())
            },
        }
    }

    /// Where the value at a path of a part stands.
    pub fn place(&self, kind: Kind, name: &str, path: &[String]) -> Place {
        match self.find(kind, name, path) {
            Some((tree, path)) => tree.place(&path),
            None => self.nowhere(kind, name),
        }
    }

    fn nowhere(&self, kind: Kind, name: &str) -> Place {
        let file = self.file(kind, name).unwrap_or(kind.location()).to_owned();
        Place { file, ..Place::default() }
    }

    /// The tree and the path in it: of the last file that has at least the first two keys (a named
    /// part), else of the first one.
    pub(super) fn find(
        &self,
        kind: Kind,
        name: &str,
        path: &[String],
    ) -> Option<(&Tree, Vec<String>)> {
        let origins = self.origins.get(&(kind, name.to_owned()))?;
        let named = &path[..path.len().min(2)];
        let whole = |origin: &Origin, path: &[String]| -> Vec<String> {
            origin.prefix.iter().chain(path).cloned().collect()
        };
        let over = origins.iter().skip(1).rev().find(|origin| {
            let tree = self.trees.get(&origin.file);
            !named.is_empty() && tree.is_some_and(|tree| tree.has(&whole(origin, named)))
        });
        let origin = over.or(origins.first())?;
        Some((self.trees.get(&origin.file)?, whole(origin, path)))
    }
}

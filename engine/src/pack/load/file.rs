//! Files as they are opened: what can be made of each without the others, several at once.

use super::FIXTURES;
use crate::diagnostic::Diagnostic;
use crate::pack::Kind;
use crate::scenario::source::ScenarioSource;
use crate::yaml::{self, Parsed, Tree};

/// Files are parsed together while they have no more bytes than this.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// One file of a pack.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) kind: Kind,
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
}

/// What can be made of a file without the others.
pub(super) struct Opened {
    pub(super) parsed: Parsed,
    /// What is wrong with a scenario whose text is in order.
    pub(super) scenario: Vec<Diagnostic>,
}

impl File<'_> {
    pub(super) fn open(&self) -> Opened {
        let parsed = yaml::parse_all(self.path, self.bytes);
        let tree = parsed.tree.as_ref().filter(|tree| self.is_scenario() && !tree.is_mended());
        let scenario = tree.map(scenario_problems).unwrap_or_default();
        Opened { parsed, scenario }
    }

    pub(super) fn is_scenario(&self) -> bool {
        self.kind == Kind::Scenario && !self.path.ends_with(FIXTURES)
    }
}

fn scenario_problems(tree: &Tree) -> Vec<Diagnostic> {
    match yaml::read::<ScenarioSource>(tree, &[]) {
        Ok(source) => crate::scenario::check(&source, tree),
        Err(problems) => problems,
    }
}

/// Files as they are parsed at once: what is not kept takes no more memory than one large file.
pub(super) fn batches<'a, 'f>(files: &'a [File<'f>]) -> impl Iterator<Item = &'a [File<'f>]> {
    let mut bytes = 0;
    files.chunk_by(move |file, next| {
        bytes += file.bytes.len();
        let fits = bytes + next.bytes.len() <= BATCH_BYTES_MAX;
        if !fits {
            bytes = 0;
        }
        fits
    })
}

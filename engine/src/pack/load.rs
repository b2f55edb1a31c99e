//! From files to a pack: each file by its kind, problems collected, a parent's parts below its
//! child's.

mod faulty;
mod file;
mod named;
mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;

use crate::calendar::Calendars;
use crate::decision::DecisionSource;
use crate::definition::source::ProcessSource;
use crate::diagnostic::{Diagnostic, Place};
use crate::form::FormSource;
use crate::ids::{
    DecisionName, FormName, NoticeName, PersonId, ProcessName, RegisterName, RoleName, UnitId,
};
use crate::notice::NoticeSource;
use crate::scenario::Fixtures;
use crate::side_by_side;
use crate::yaml::{self, Tree};
use file::{File, Opened, batches};

use super::bounded::bounded;
use super::salvage::{Faulty, Salvaged};
use super::trees::Origin;
use super::{
    Kind, Loaded, PACK_BYTES_MAX, PACK_FILES_MAX, PACK_NODES_MAX, PARENTS_MAX, Pack, PackSource,
    PersonSource, ProcessOverride, RegisterSource, RoleSource, UnitSource, check,
};

/// Where the files of an extended pack are.
const PARENT: &str = "parent/";
/// Where values of scenarios have names.
const FIXTURES: &str = "scenarios/fixtures.yaml";

/// Reads the files of a pack: as much as can be made of them, and every problem, sorted by place.
/// Without a `pack.yaml` that can be read, `meta` has nothing but an empty name; a pack that is too
/// large is not read at all.
pub fn load<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> (Option<Loaded>, Vec<Diagnostic>) {
    load_parts(files, Parts::All)
}

/// Which files of a pack are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Parts {
    /// All.
    #[default]
    All,
    /// What cases run on: all but the scenarios.
    Running,
}

pub(super) fn load_parts<P: AsRef<str>, B: AsRef<[u8]>>(
    files: &[(P, B)],
    parts: Parts,
) -> (Option<Loaded>, Vec<Diagnostic>) {
    let mut loader = Loader { parts, ..Loader::default() };
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.as_ref().len()).sum();
    if files.len() > PACK_FILES_MAX || bytes > PACK_BYTES_MAX {
        let message = format!(
            "expected at most {PACK_FILES_MAX} files with {PACK_BYTES_MAX} bytes in all, found {} with {bytes}",
            files.len()
        );
        return (None, vec![Diagnostic::error("packTooLarge", whole("pack.yaml"), message)]);
    }
    let mut sorted: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_ref(), bytes.as_ref())).collect();
    sorted.sort_unstable();
    for level in (0..=PARENTS_MAX).rev() {
        let prefix = PARENT.repeat(level);
        loader.level(&prefix, &sorted);
    }
    let deeper = PARENT.repeat(PARENTS_MAX + 1);
    if let Some((path, _)) = sorted.iter().find(|(path, _)| path.starts_with(&deeper)) {
        let message = format!("expected at most {PARENTS_MAX} packs that extend each other");
        loader.problems.push(Diagnostic::error("tooManyParents", whole(path), message));
    }
    loader.finish(super::hash(files))
}

fn whole(file: &str) -> Place {
    Place { file: file.to_owned(), length: 1, ..Place::default() }
}

#[derive(Default)]
struct Loader {
    parts: Parts,
    meta: Option<PackSource>,
    roles: IndexMap<RoleName, RoleSource>,
    units: IndexMap<UnitId, UnitSource>,
    people: IndexMap<PersonId, PersonSource>,
    notices: BTreeMap<NoticeName, NoticeSource>,
    registers: BTreeMap<RegisterName, RegisterSource>,
    calendars: Calendars,
    forms: BTreeMap<FormName, FormSource>,
    decisions: BTreeMap<DecisionName, DecisionSource>,
    processes: BTreeMap<ProcessName, Arc<ProcessSource>>,
    salvaged: BTreeMap<ProcessName, Salvaged>,
    faulty_forms: BTreeMap<FormName, Faulty<FormSource>>,
    faulty_decisions: BTreeMap<DecisionName, Faulty<DecisionSource>>,
    faults: BTreeMap<String, Vec<Place>>,
    texts: BTreeMap<String, String>,
    duplicates: BTreeSet<(Kind, String)>,
    scenarios: Vec<String>,
    fixtures: Fixtures,
    nodes: usize,
    trees: BTreeMap<String, Tree>,
    origins: BTreeMap<(Kind, String), Vec<Origin>>,
    broken: BTreeSet<(Kind, String)>,
    /// Names that this level of packs has defined.
    defined: BTreeMap<(Kind, String), String>,
    problems: Vec<Diagnostic>,
}

impl Loader {
    /// The files of one pack: those under a prefix and not under the next one.
    fn level(&mut self, prefix: &str, files: &[(&str, &[u8])]) {
        self.defined.clear();
        let meta = self.meta.take();
        let mut any = false;
        let mut own = Vec::new();
        for (path, bytes) in files {
            let Some(inner) = path.strip_prefix(prefix) else { continue };
            if inner.starts_with(PARENT) {
                continue;
            }
            if !known_ending(inner) {
                self.unknown_ending(inner, path);
                continue;
            }
            any = true;
            match Kind::of(inner) {
                Some(Kind::Scenario) if self.parts == Parts::Running => {}
                Some(kind) if inner.rsplit_once('.').is_some_and(|(_, end)| end == "yaml") => {
                    own.push(File { kind, path, bytes });
                }
                Some(_) | None => self.stray(inner, path, bytes),
            }
        }
        for some in batches(&own) {
            for (file, opened) in some.iter().zip(side_by_side::map(some, File::open)) {
                self.file(*file, opened);
            }
        }
        self.check_meta(prefix, any, meta.as_ref());
    }

    /// `pack.yaml` must be there, and the pack that it extends.
    fn check_meta(&mut self, prefix: &str, any: bool, parent: Option<&PackSource>) {
        let path = format!("{prefix}pack.yaml");
        let there =
            self.trees.contains_key(&path) || self.broken.contains(&(Kind::Pack, path.clone()));
        if !there && (any || prefix.is_empty()) {
            let message = "expected a file `pack.yaml`, which is missing";
            let hint = "it names the pack: `pack: …`, `name: …`, `version: \"1\"`";
            self.problems.push(Diagnostic::error("missingFile", whole(&path), message).hint(hint));
        }
        let Some(extends) = self.meta.as_ref().and_then(|meta| meta.extends.clone()) else {
            let is_read = self.meta.is_some() && !self.broken.contains(&(Kind::Pack, path.clone()));
            if is_read && parent.is_some() {
                let message = "found files of another pack, but `pack.yaml` has no `extends`";
                self.problems.push(Diagnostic::error("unusedParent", whole(&path), message));
            }
            return;
        };
        if parent.is_none() {
            let message = format!("expected the pack `{extends}`, which could not be read");
            let tree = &self.trees[&path];
            let problem = tree.error("missingParent", tree.place(&["extends"]), message);
            self.problems.push(problem.hint("`extends` is the other pack's folder, from this one"));
        }
    }

    fn file(&mut self, file: File<'_>, Opened { parsed, scenario }: Opened) {
        let File { kind, path, bytes } = file;
        let clean = parsed.problems.is_empty();
        let faults = parsed.problems.clone();
        self.note(path, &faults);
        self.problems.extend(parsed.problems);
        let Some(mut tree) = parsed.tree else {
            self.unread(kind, path, bytes);
            return;
        };
        if self.is_elsewhere(kind, path, &tree, bytes) {
            return;
        }
        self.nodes += tree.size();
        if self.nodes > PACK_NODES_MAX {
            if self.nodes - tree.size() <= PACK_NODES_MAX {
                let message = format!("expected at most {PACK_NODES_MAX} values in all files");
                self.problems.push(Diagnostic::error("packTooLarge", whole(path), message));
            }
            return;
        }
        let whole = if tree.is_mended() {
            self.look(kind, path, &mut tree);
            false
        } else {
            match kind {
                Kind::Process => self.process(path, &mut tree, faults),
                Kind::Scenario if file.is_scenario() => self.scenario(path, scenario),
                _ => self.part(kind, path, &mut tree),
            }
        };
        if !whole || !clean {
            let name = tree.scalar(&[kind.name()]).unwrap_or(stem(path)).to_owned();
            self.broken.insert((kind, name));
            self.broken.insert((kind, path.to_owned()));
        }
        self.trees.insert(path.to_owned(), tree);
    }

    /// Finds the problems of a file of which lines were taken out. What is kept by name is kept as far
    /// as it stands there; of the rest nobody knows what those lines change.
    fn look(&mut self, kind: Kind, path: &str, tree: &mut Tree) {
        match kind {
            Kind::Decision => drop(self.read::<DecisionSource>(tree)),
            Kind::Form => drop(self.read::<FormSource>(tree)),
            Kind::Process if tree.has(&["override"]) => drop(self.read::<ProcessOverride>(tree)),
            Kind::Process => drop(self.read::<ProcessSource>(tree)),
            Kind::Scenario => {}
            Kind::Pack
            | Kind::Roles
            | Kind::People
            | Kind::Calendar
            | Kind::Notice
            | Kind::Register => {
                self.part(kind, path, tree);
            }
        }
    }

    /// Reads a file as what it is; `false` where that failed.
    fn part(&mut self, kind: Kind, path: &str, tree: &mut Tree) -> bool {
        match kind {
            Kind::Pack => self.meta(path, tree),
            Kind::Roles => self.roles(path, tree),
            Kind::People => self.people(path, tree),
            Kind::Calendar => self.calendar(path, tree),
            Kind::Decision => self.decision(path, tree),
            Kind::Form => self.form(path, tree),
            Kind::Notice => self.notice(path, tree),
            Kind::Register => self.register(path, tree),
            // Read with what its text has wrong.
            Kind::Process => false,
            Kind::Scenario => {
                let read = self.keep(self.fixtures.over(tree));
                let is_whole = read.is_some();
                self.fixtures = read.unwrap_or_default();
                is_whole
            }
        }
    }

    fn scenario(&mut self, path: &str, problems: Vec<Diagnostic>) -> bool {
        // One of the extended pack is replaced by one of the same name.
        let own = |path: &str| path.trim_start_matches(PARENT).to_owned();
        self.scenarios.retain(|other| own(other) != own(path));
        self.scenarios.push(path.to_owned());
        let is_whole = problems.is_empty();
        self.problems.extend(problems);
        is_whole
    }

    fn read<T: DeserializeOwned>(&mut self, tree: &Tree) -> Option<T> {
        self.keep(yaml::read(tree, &[]))
    }

    fn keep<T>(&mut self, read: Result<T, Vec<Diagnostic>>) -> Option<T> {
        read.map_err(|problems| self.problems.extend(problems)).ok()
    }

    /// Notes where a part is defined; it replaces the parent's. Gives the name to keep it by: one that
    /// is there already has another, by which it is checked all the same.
    fn define(&mut self, kind: Kind, name: &str, path: &str, tree: &Tree) -> String {
        let mut own = name.to_owned();
        if !self.once(kind, name, path, tree) {
            own = format!("{name} in {path}");
            self.duplicates.insert((kind, own.clone()));
        }
        self.origin(kind, &own, path, false, &[]);
        own
    }

    /// Within one pack a name is defined once.
    fn once(&mut self, kind: Kind, name: &str, path: &str, tree: &Tree) -> bool {
        let first = self.defined.get(&(kind, name.to_owned())).cloned();
        if let Some(first) = &first {
            let message = format!("`{name}` is defined twice, first in {first}");
            let place = tree.place(&[kind.name()]);
            let problem = tree.error("duplicateName", place, message);
            self.problems.push(problem.hint("rename one, or delete one of the files"));
        } else {
            self.defined.insert((kind, name.to_owned()), path.to_owned());
        }
        first.is_none()
    }

    fn origin(&mut self, kind: Kind, name: &str, path: &str, over: bool, prefix: &[&str]) {
        let origins = self.origins.entry((kind, name.to_owned())).or_default();
        if !over {
            origins.clear();
        }
        let prefix = prefix.iter().map(|key| (*key).to_owned()).collect();
        origins.push(Origin { file: path.to_owned(), prefix });
    }

    fn finish(mut self, hash: crate::ids::Hash) -> (Option<Loaded>, Vec<Diagnostic>) {
        let mut problems = std::mem::take(&mut self.problems);
        self.salvaged.retain(|name, _| !self.processes.contains_key(name));
        let meta = self.meta.unwrap_or_else(PackSource::unread);
        let loaded = Loaded {
            pack: Pack {
                meta,
                hash,
                roles: self.roles,
                units: self.units,
                people: self.people,
                notices: self.notices,
                registers: self.registers,
                calendars: self.calendars,
                forms: self.forms,
                decisions: self.decisions,
                processes: self.processes,
                scenarios: self.scenarios,
            },
            fixtures: self.fixtures,
            trees: self.trees,
            origins: self.origins,
            broken: self.broken,
            salvaged: self.salvaged,
            faulty_forms: self.faulty_forms,
            faulty_decisions: self.faulty_decisions,
            faults: self.faults,
            texts: self.texts,
            duplicates: self.duplicates,
        };
        check::check(&loaded, &mut problems);
        bounded(&mut problems);
        (Some(loaded), problems)
    }
}

/// Files that a pack may have besides its parts: read me, drawings, what editors leave.
fn known_ending(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !hidden && matches!(ending.as_str(), "yaml" | "yml")
}

/// A file's name without folders and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".yaml").or(name.strip_suffix(".yml")).unwrap_or(name)
}

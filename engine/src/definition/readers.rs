//! Who reads the cases of a process without taking part in them: `readers` of a process. Whose lists have
//! a case the newest version says; what is read of it, the version that it runs on.

use std::collections::BTreeMap;

use super::source::{CaseReader, DocumentUse, FieldRight, OneOrMany, ProcessSource};
use super::{Definition, Library, Opinions, Using};
use crate::actor::{Actor, Grant, Principal};
use crate::form::Rights;
use crate::ids::{DocumentName, RoleName, UnitId};
use crate::instance::Instance;
use crate::problem::{Problem, did_you_mean};

/// A role whose holders read cases.
#[derive(Debug, Clone)]
pub struct Readers {
    /// The role.
    pub role: RoleName,
    /// Whether they read only what was begun for a unit for which they hold it.
    pub own_unit: bool,
    /// What they read, where it is said.
    show: Option<Vec<Using>>,
}

/// Cases that somebody reads of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All.
    All,
    /// Those that were begun for one of these units.
    Units(Vec<UnitId>),
}

impl Readers {
    /// Whether somebody is of them, for a case that was begun for a unit.
    fn has(&self, actor: &Actor, unit: Option<&UnitId>) -> bool {
        match (self.scope(actor), unit) {
            (Some(Scope::All), _) => true,
            (Some(Scope::Units(units)), Some(unit)) => units.contains(unit),
            (Some(Scope::Units(_)), None) | (None, _) => false,
        }
    }

    /// Which cases somebody reads as one of them; none who is not.
    fn scope(&self, actor: &Actor) -> Option<Scope> {
        let Actor::Person { grants, .. } = actor else { return None };
        let own = Principal::Role(self.role.clone());
        let held: Vec<&Grant> = grants.iter().filter(|grant| grant.is(&own)).collect();
        if held.is_empty() {
            return None;
        }
        let units: Option<Vec<UnitId>> = held.iter().map(|grant| grant.unit.clone()).collect();
        Some(units.filter(|_| self.own_unit).map_or(Scope::All, Scope::Units))
    }
}

impl Definition {
    /// Which cases somebody reads without taking part; none where they are no reader.
    pub fn scope_of(&self, actor: &Actor) -> Option<Scope> {
        let mut units = Vec::new();
        for scope in self.readers.iter().filter_map(|readers| readers.scope(actor)) {
            match scope {
                Scope::All => return Some(Scope::All),
                Scope::Units(own) => units.extend(own),
            }
        }
        (!units.is_empty()).then_some(Scope::Units(units))
    }

    /// Whether somebody reads a case without taking part.
    pub fn is_read_by(&self, instance: &Instance, actor: &Actor) -> bool {
        let unit = instance.initiator().and_then(|initiator| initiator.unit.as_ref());
        self.readers.iter().any(|readers| readers.has(actor, unit))
    }

    /// Whether somebody who reads a case reads names and opinions in it: where the process does not say
    /// whose holders do.
    pub const fn opens_opinions_to_readers(&self) -> bool {
        matches!(self.opinions, Opinions::Inside | Opinions::Open)
    }

    /// How much of a document somebody reads who reads the case. Whom this version does not name reads what
    /// is read where nothing is said.
    pub fn read_by(
        &self,
        instance: &Instance,
        actor: &Actor,
        document: &DocumentName,
    ) -> Option<Rights> {
        let unit = instance.initiator().and_then(|initiator| initiator.unit.as_ref());
        let mut own = self.readers.iter().filter(|readers| readers.has(actor, unit)).peekable();
        if own.peek().is_none() {
            return Some(self.unhidden(document));
        }
        let shown = own.filter_map(|readers| match &readers.show {
            None => Some(self.unhidden(document)),
            Some(show) => {
                let using = show.iter().find(|using| using.document == *document);
                using.map(|using| using.rights.clone())
            }
        });
        shown.reduce(|one, other| one.or(&other))
    }

    /// All of a document but for the fields that some task hides.
    fn unhidden(&self, document: &DocumentName) -> Rights {
        let uses = self.nodes.iter().flat_map(|node| node.edits().iter().chain(node.shows()));
        let uses = uses.filter(|using| using.document == *document);
        let paths = uses.flat_map(|using| {
            let hidden = |path: &&str| using.rights.of(path) == FieldRight::Hidden;
            using.rights.paths().filter(hidden)
        });
        let hidden = paths.map(|path| (path.to_owned(), FieldRight::Hidden));
        Rights::new(FieldRight::Read, hidden.collect())
    }
}

/// Compiles the readers of a process.
pub(super) fn compile(
    source: &ProcessSource,
    library: &Library,
    problems: &mut Vec<Problem>,
) -> Vec<Readers> {
    let mut compiled = Vec::new();
    for (at, reader) in source.readers.as_slice().iter().enumerate() {
        let at = at.to_string();
        let mut path = match &source.readers {
            OneOrMany::One(_) => vec!["readers"],
            OneOrMany::Many(_) => vec!["readers", &at],
        };
        let full = reader.full();
        let show = full.show.as_ref().map(|show| uses(source, library, (show, &path), problems));
        if let CaseReader::Full(_) = reader {
            path.push("role");
        }
        super::compile::role_exists(library, &full.role, &path, problems);
        compiled.push(Readers { role: full.role, own_unit: full.own_unit, show });
    }
    compiled
}

/// The documents that readers are shown; problems where there is no such document or field.
fn uses(
    source: &ProcessSource,
    library: &Library,
    (show, path): (&OneOrMany<DocumentUse>, &[&str]),
    problems: &mut Vec<Problem>,
) -> Vec<Using> {
    let mut uses = Vec::new();
    for (at, one) in show.as_slice().iter().enumerate() {
        let at = at.to_string();
        let mut path = [path, &["show"]].concat();
        if let OneOrMany::Many(_) = show {
            path.push(&at);
        }
        let name = one.document();
        let Some(document) = source.documents.get(name) else {
            let known = source.documents.keys().map(DocumentName::as_str);
            let message = format!("expected a document of the process, found `{name}`");
            let problem = Problem::error("unknownDocument", message)
                .maybe_hint(did_you_mean(name.as_str(), known));
            if let DocumentUse::ByField(_) = one {
                path.push("document");
            }
            problems.push(problem.under(&path));
            continue;
        };
        let fields = match one {
            DocumentUse::Whole(_) => BTreeMap::new(),
            DocumentUse::ByField(by_field) => by_field.fields.clone(),
        };
        let form = library.forms.get(&document.form);
        for field in fields.keys().filter(|_| form.is_some()) {
            if !form.is_some_and(|form| form.has_field(field)) {
                let message = format!("expected a field of the form, found `{field}`");
                let at = [&path[..], &["fields", field]].concat();
                problems.push(Problem::error("unknownField", message).under(&at).at_key());
            }
        }
        let rights = Rights::new(FieldRight::Read, fields);
        uses.push(Using { document: name.clone(), rights });
    }
    uses
}

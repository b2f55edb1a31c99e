//! Files whose parts others only name: `pack.yaml`, roles, people, calendars, notices, registers. As
//! much of each as can be read is kept, and what is wrong with it is noted, so that the rest of the pack
//! is checked against it at once.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Loader, Parts, stem, whole};
use crate::calendar::{Calendar, CalendarSource};
use crate::diagnostic::{Diagnostic, Severity};
use crate::notice::NoticeSource;
use crate::pack::{
    Kind, PackSource, PeopleSource, PersonSource, RegisterSource, RolesSource, kind,
};
use crate::yaml::{self, Tree};

impl Loader {
    /// Notes where a file has something wrong.
    pub(super) fn note(&mut self, path: &str, faults: &[Diagnostic]) {
        if !faults.is_empty() {
            let places = faults.iter().map(|fault| fault.place.clone());
            self.faults.entry(path.to_owned()).or_default().extend(places);
        }
    }

    /// A file of which nothing can be read but its words.
    pub(super) fn unread(&mut self, kind: Kind, path: &str, bytes: &[u8]) {
        self.broken.insert((kind, stem(path).to_owned()));
        self.broken.insert((kind, path.to_owned()));
        // Of UTF-16, the letters of names have zeros between them.
        let text = String::from_utf8_lossy(bytes).replace('\0', "");
        self.texts.insert(path.to_owned(), text);
    }

    /// A file that stands where a pack has none: it is told so, and what it defines is not missed.
    pub(super) fn stray(&mut self, inner: &str, path: &str, bytes: &[u8]) {
        let looks = yaml::parse_all(path, bytes).tree.as_ref().and_then(kind::looks);
        let kind = Kind::of(inner).or_else(|| kind::near(inner)).or(looks);
        let problem = match Kind::of(inner) {
            Some(_) => {
                let message = "expected a file that ends with `.yaml`";
                Diagnostic::error("unknownFile", whole(path), message)
                    .hint(format!("rename it to `{}.yaml`", stem(path)))
            }
            None => {
                let message = format!("`{inner}` is not a file that a pack has");
                Diagnostic::error("unknownFile", whole(path), message)
                    .hint(kind::hint(inner, looks))
            }
        };
        self.problems.push(problem);
        if let Some(kind) = kind {
            self.unread(kind, path, bytes);
            self.broken.insert((kind, kind.location().to_owned()));
        }
    }

    /// A file of another kind than its folder holds: it is told so, and what it defines is not missed.
    pub(super) fn is_elsewhere(
        &mut self,
        kind: Kind,
        path: &str,
        tree: &Tree,
        bytes: &[u8],
    ) -> bool {
        let is_folder = kind.location().ends_with('/') && kind != Kind::Scenario;
        if !is_folder || tree.has(&[kind.name()]) {
            return false;
        }
        let Some(other) = kind::looks(tree).filter(|other| *other != kind) else { return false };
        let message = format!("expected a {}, found a file with `{}`", kind.name(), other.name());
        let problem = tree.error("unknownFile", tree.place_key(&[other.name()]), message);
        let hint = match other.location().ends_with('/') {
            true => format!("put it into `{}`", other.location()),
            false => format!("it is `{}`", other.location()),
        };
        self.problems.push(problem.hint(hint));
        self.unread(other, path, bytes);
        true
    }

    /// A file in a folder of parts that looks like one and is not read for its ending.
    pub(super) fn unknown_ending(&mut self, inner: &str, path: &str) {
        let lower = inner.to_ascii_lowercase();
        let ending = [".yaml.txt", ".yml.txt", ".json"].iter().find(|it| lower.ends_with(**it));
        let is_part = Kind::of(inner).is_some_and(|kind| kind.location().ends_with('/'));
        if let Some(ending) = ending.filter(|_| is_part && self.parts == Parts::All) {
            let message = "a file with this ending is not read";
            let name = &inner[..inner.len() - ending.len()];
            let problem = Diagnostic::error("unknownFile", whole(path), message)
                .hint(format!("a part of a pack is YAML: `{name}.yaml`"));
            self.problems.push(Diagnostic { severity: Severity::Warning, ..problem });
        }
    }

    /// As much of a file as can be read, and whether that is all of it.
    pub(super) fn as_far_as<T: DeserializeOwned>(
        &mut self,
        path: &str,
        tree: &mut Tree,
    ) -> (Option<T>, bool) {
        let (source, found) = yaml::read_on(tree);
        let is_whole = found.is_empty();
        self.note(path, &found);
        self.problems.extend(found);
        (source, is_whole)
    }

    pub(super) fn meta(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (meta, is_whole) = self.as_far_as::<PackSource>(path, tree);
        self.meta = meta;
        self.origin(Kind::Pack, "", path, false, &[]);
        is_whole && self.meta.is_some()
    }

    pub(super) fn roles(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (Some(source), is_whole) = self.as_far_as::<RolesSource>(path, tree) else {
            return false;
        };
        self.origin(Kind::Roles, "", path, true, &[]);
        self.roles.extend(source.roles.into_iter().map(|(name, role)| (name, role.full())));
        is_whole
    }

    pub(super) fn people(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (Some(source), is_whole) = self.as_far_as::<PeopleSource>(path, tree) else {
            return false;
        };
        self.origin(Kind::People, "", path, true, &[]);
        self.units.extend(source.units);
        self.people.extend(source.people);
        // Whoever could not be read is there all the same: of them nobody knows what they hold.
        for id in tree.keys(&["people"]) {
            self.people.entry(id.into()).or_insert_with(PersonSource::unread);
        }
        is_whole
    }

    pub(super) fn notice(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (source, is_whole) = self.as_far_as::<NoticeSource>(path, tree);
        let Some(source) = source.filter(|source| !source.notice.as_str().is_empty()) else {
            return false;
        };
        let name = self.define(Kind::Notice, source.notice.as_str(), path, tree);
        self.notices.insert(name.as_str().into(), source);
        is_whole
    }

    pub(super) fn register(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (source, is_whole) = self.as_far_as::<RegisterSource>(path, tree);
        let Some(source) = source.filter(|source| !source.register.as_str().is_empty()) else {
            return false;
        };
        let name = self.define(Kind::Register, source.register.as_str(), path, tree);
        self.registers.insert(name.as_str().into(), source);
        is_whole
    }

    pub(super) fn calendar(&mut self, path: &str, tree: &mut Tree) -> bool {
        let (source, is_whole) = self.as_far_as::<CalendarSource>(path, tree);
        let Some(source) = source.filter(|source| !source.calendar.as_str().is_empty()) else {
            return false;
        };
        let name = self.define(Kind::Calendar, source.calendar.as_str(), path, tree);
        match Calendar::compile(&source) {
            Ok(calendar) => {
                self.calendars.insert(name.as_str().into(), Arc::new(calendar));
                is_whole
            }
            Err(problems) => {
                let told = problems.iter().filter(|problem| !self.is_doubtful(path, tree, problem));
                let told: Vec<Diagnostic> = told.map(|problem| tree.diagnose(problem)).collect();
                self.problems.extend(told);
                false
            }
        }
    }

    fn is_doubtful(&self, path: &str, tree: &Tree, problem: &crate::problem::Problem) -> bool {
        let faults = self.faults.get(path).map_or(&[][..], Vec::as_slice);
        crate::pack::salvage::is_doubtful(tree, &problem.path, faults)
    }
}

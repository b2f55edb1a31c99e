//! A pack compiled: forms, then every process against them. What the store publishes, and what
//! scenarios play on.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Kind, Loaded, PersonSource};
use crate::calendar::Calendars;
use crate::definition::{Definition, Library, Register, Series};
use crate::diagnostic::Diagnostic;
use crate::form::Form;
use crate::ids::{PersonId, ProcessName};

/// A pack, compiled.
#[derive(Debug)]
pub struct Built {
    /// Processes by name.
    pub definitions: BTreeMap<ProcessName, Arc<Definition>>,
    /// Calendars by name.
    pub calendars: Arc<Calendars>,
    /// Demonstration accounts.
    pub people: IndexMap<PersonId, PersonSource>,
}

impl Loaded {
    /// Compiles the pack; `version` gives each process the version it will have. Everything that
    /// compiles is there, and every problem of what does not.
    pub fn build(&self, version: impl Fn(&ProcessName) -> u32) -> (Built, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let library = self.library(&mut diagnostics);
        let mut definitions = BTreeMap::new();
        for (name, source) in &self.pack.processes {
            let mut problems = Vec::new();
            let definition = Definition::compile(source, &library, version(name), &mut problems);
            let places = problems.iter().filter(|problem| !self.follows_from_other(problem));
            diagnostics
                .extend(places.map(|problem| self.diagnose(Kind::Process, name.as_str(), problem)));
            if let Some(definition) = definition {
                definitions.insert(name.clone(), Arc::new(definition));
            }
        }
        diagnostics.sort_by(|a, b| a.place.cmp(&b.place));
        diagnostics.dedup();
        let calendars = Arc::new(self.pack.calendars.clone());
        (Built { definitions, calendars, people: self.pack.people.clone() }, diagnostics)
    }

    /// Whether a problem is only that a part is missing which has problems of its own.
    fn follows_from_other(&self, problem: &crate::problem::Problem) -> bool {
        let kind = match problem.code {
            "unknownForm" => Kind::Form,
            "unknownDecision" => Kind::Decision,
            "unknownRegister" => Kind::Register,
            "unknownNotice" => Kind::Notice,
            "unknownCalendar" => Kind::Calendar,
            _ => return false,
        };
        let name = problem.message.rsplit('`').nth(1).unwrap_or_default();
        self.is_broken(kind, name)
    }

    fn library(&self, diagnostics: &mut Vec<Diagnostic>) -> Library {
        let pack = &self.pack;
        let mut forms = BTreeMap::new();
        for (name, source) in &pack.forms {
            let mut problems = Vec::new();
            let form = Form::compile(source, &mut problems);
            diagnostics.extend(
                problems.iter().map(|problem| self.diagnose(Kind::Form, name.as_str(), problem)),
            );
            forms.insert(name.clone(), Arc::new(form));
        }
        let mut registers = BTreeMap::new();
        for (name, source) in &pack.registers {
            // What is wrong with a series has been told when the file was read.
            let Ok(series) = Series::parse(&source.series) else { continue };
            let register = Register {
                name: source.name.clone(),
                series,
                columns: source.columns.clone(),
                public: source.public,
            };
            registers.insert(name.clone(), register);
        }
        let documents = |source: &crate::definition::source::ProcessSource| {
            let documents = source.documents.iter();
            documents.map(|(name, it)| (name.clone(), (it.form.clone(), it.list))).collect()
        };
        Library {
            forms,
            decisions: pack
                .decisions
                .iter()
                .map(|(name, source)| (name.clone(), Arc::new(source.clone())))
                .collect(),
            registers,
            roles: pack
                .roles
                .iter()
                .map(|(name, role)| (name.clone(), role.name.clone()))
                .collect(),
            notices: pack.notices.keys().cloned().collect(),
            processes: pack
                .processes
                .iter()
                .map(|(name, source)| (name.clone(), documents(source)))
                .collect(),
            calendars: pack.calendars.clone(),
            calendar: pack.meta.calendar.clone(),
        }
    }
}

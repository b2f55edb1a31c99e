//! From a pack's files to definitions that run: forms and processes compiled against each other,
//! every problem at its file, line and column.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::decision::Decision;
use crate::definition::source::ProcessSource;
use crate::definition::{Definition, Library, Register};
use crate::diagnostic::Diagnostic;
use crate::elements::Element;
use crate::expression::Environment;
use crate::form::Form;
use crate::ids::{DecisionName, ProcessName, RoleName};
use crate::problem::Problem;
use crate::series::Series;

use super::load::{Parts, load_parts};
use super::{Kind, Loaded, PACK_PROBLEMS_MAX, Pack};

/// A pack that can run.
#[derive(Debug)]
pub struct Compiled {
    /// Its parts as written.
    pub pack: Pack,
    /// What its processes refer to.
    pub library: Library,
    /// Its processes.
    pub definitions: BTreeMap<ProcessName, Arc<Definition>>,
    /// What is not wrong but probably not meant.
    pub warnings: Vec<Diagnostic>,
}

/// Loads and compiles a pack: all of it, or every problem there is. `version` gives each process
/// the version that it will have.
pub fn compile<P: AsRef<str>, B: AsRef<[u8]>>(
    files: &[(P, B)],
    version: impl Fn(&ProcessName) -> u32,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile_for(Purpose::Publish, files, version)
}

/// The same for a pack that was published: it was checked then, and runs as it was, whatever is
/// asked of a new one today.
pub fn compile_published<P: AsRef<str>, B: AsRef<[u8]>>(
    files: &[(P, B)],
    version: impl Fn(&ProcessName) -> u32,
) -> Result<Compiled, Vec<Diagnostic>> {
    compile_for(Purpose::Run, files, version)
}

/// What a pack is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Publish,
    Run,
}

fn compile_for<P: AsRef<str>, B: AsRef<[u8]>>(
    purpose: Purpose,
    files: &[(P, B)],
    version: impl Fn(&ProcessName) -> u32,
) -> Result<Compiled, Vec<Diagnostic>> {
    let parts = match purpose {
        Purpose::Publish => Parts::All,
        Purpose::Run => Parts::Running,
    };
    let (loaded, mut problems) = load_parts(files, parts);
    let Some(loaded) = loaded else { return Err(problems) };
    let mut library = library(&loaded);
    forms(&loaded, &mut library, &mut problems);
    let mut definitions = BTreeMap::new();
    for (name, source) in &loaded.pack.processes {
        let mut own = Vec::new();
        let definition = definition(purpose, source, &library, version(name), &mut own);
        if let (Some(definition), Purpose::Publish) = (&definition, purpose) {
            own.extend(crate::soundness::check(definition));
            own.extend(super::persons::check(&loaded.pack, definition));
            own.extend(super::gateways::check(definition));
            own.extend(super::ignored::check(definition));
        }
        diagnose(&loaded, Kind::Process, name.as_str(), &own, &mut problems);
        definitions.extend(definition.map(|definition| (name.clone(), Arc::new(definition))));
    }
    if definitions.len() == loaded.pack.processes.len() {
        unasked(&loaded, &definitions, &mut problems);
        if purpose == Purpose::Publish {
            for (name, own) in super::calls::check(&definitions) {
                diagnose(&loaded, Kind::Process, name.as_str(), &[own], &mut problems);
            }
        }
    }
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    problems.dedup();
    problems.truncate(PACK_PROBLEMS_MAX);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    Ok(Compiled { pack: loaded.pack, library, definitions, warnings: problems })
}

/// Compiles a process. A published one that was checked when less was known of its types runs with
/// what it was checked with.
fn definition(
    purpose: Purpose,
    source: &ProcessSource,
    library: &Library,
    version: u32,
    problems: &mut Vec<Problem>,
) -> Option<Definition> {
    let definition = Definition::compile(source, library, version, problems);
    if definition.is_some() || purpose == Purpose::Publish {
        return definition;
    }
    problems.clear();
    let library = Library { as_written: true, ..library.clone() };
    Definition::compile(source, &library, version, problems)
}

/// What is known of the holders of each role, by the people whom the pack names.
fn people_fields(pack: &Pack) -> BTreeMap<RoleName, BTreeSet<String>> {
    let mut known: BTreeMap<RoleName, BTreeSet<String>> = BTreeMap::new();
    for person in pack.people.values() {
        for held in &person.roles {
            let fields = known.entry(held.role().clone()).or_default();
            fields.extend(person.fields.keys().cloned());
        }
    }
    known
}

/// What processes may refer to, without the forms.
fn library(loaded: &Loaded) -> Library {
    let pack = &loaded.pack;
    let registers = pack.registers.iter().filter_map(|(name, source)| {
        let register = Register {
            name: source.name.clone(),
            series: Series::parse(&source.series).ok()?,
            columns: source.columns.clone(),
            public: source.public,
        };
        Some((name.clone(), register))
    });
    let decisions = pack.decisions.iter();
    let processes = pack.processes.iter().map(|(name, process)| {
        let documents = process.documents.iter();
        let documents = documents.map(|(name, own)| (name.clone(), (own.form.clone(), own.list)));
        (name.clone(), documents.collect())
    });
    Library {
        forms: BTreeMap::new(),
        decisions: decisions.map(|(name, own)| (name.clone(), Arc::new(own.clone()))).collect(),
        registers: registers.collect(),
        roles: pack.roles.iter().map(|(name, role)| (name.clone(), role.name.clone())).collect(),
        notices: pack.notices.keys().cloned().collect(),
        processes: processes.collect(),
        calendars: pack.calendars.clone(),
        calendar: pack.meta.calendar.clone(),
        people_fields: people_fields(pack),
        as_written: false,
    }
}

/// Tables that no process asks are checked as well: their names may then be anything.
fn unasked(
    loaded: &Loaded,
    definitions: &BTreeMap<ProcessName, Arc<Definition>>,
    problems: &mut Vec<Diagnostic>,
) {
    let nodes = definitions.values().flat_map(|definition| definition.nodes());
    let asked: BTreeSet<&DecisionName> = nodes
        .filter_map(|node| match node.element() {
            Element::BusinessRuleTask(task) => Some(&task.decision),
            _ => None,
        })
        .collect();
    let environment = Environment::new().with_any_name();
    for (name, source) in &loaded.pack.decisions {
        if !asked.contains(name) {
            let mut own = Vec::new();
            Decision::compile(source, &environment, &mut own);
            diagnose(loaded, Kind::Decision, name.as_str(), &own, problems);
        }
    }
}

fn forms(loaded: &Loaded, library: &mut Library, problems: &mut Vec<Diagnostic>) {
    let zone = loaded.pack.meta.zone.as_deref().and_then(|zone| zone.parse().ok());
    let environment = match zone {
        Some(zone) => Environment::new().with_zone(zone),
        None => Environment::new(),
    };
    for (name, source) in &loaded.pack.forms {
        let mut own = Vec::new();
        let form = Form::compile_in(source, &environment, &mut own);
        diagnose(loaded, Kind::Form, name.as_str(), &own, problems);
        library.forms.insert(name.clone(), Arc::new(form));
    }
}

/// Problems of a part as diagnostics, without those that only follow from a file with problems.
fn diagnose(
    loaded: &Loaded,
    kind: Kind,
    name: &str,
    own: &[Problem],
    problems: &mut Vec<Diagnostic>,
) {
    for problem in own.iter().filter(|problem| !loaded.follows(problem)) {
        problems.push(match &problem.table {
            Some(table) => loaded.diagnose(Kind::Decision, table.as_str(), problem),
            None => loaded.diagnose(kind, name, problem),
        });
    }
}

//! From a pack's files to definitions that run: forms and processes compiled against each other,
//! every problem at its file, line and column.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::decision::Decision;
use crate::definition::{Definition, Doubts, Library, Register};
use crate::diagnostic::Diagnostic;
use crate::elements::Element;
use crate::expression::Environment;
use crate::form::Form;
use crate::ids::{DecisionName, NodeName, OutcomeName, ProcessName, RoleName};
use crate::problem::Problem;
use crate::series::Series;
use crate::side_by_side;

use super::bounded::bounded;
use super::load::{Parts, load_parts};
use super::salvage::Faulty;
use super::{Kind, Loaded, Pack};

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
    /// Warnings that the pack's author stands by (`accept`), each with the reason as its hint.
    pub accepted: Vec<Diagnostic>,
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
    let mut accepted = Vec::new();
    let definitions = match purpose {
        Purpose::Publish => {
            let found = Found { problems: &mut problems, accepted: &mut accepted };
            checked(&loaded, &library, version, found)
        }
        Purpose::Run => running(&loaded, &library, version, &mut problems),
    };
    bounded(&mut problems);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    accepted.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(Compiled { pack: loaded.pack, library, definitions, warnings: problems, accepted })
}

/// What is told of a pack.
struct Found<'a> {
    problems: &'a mut Vec<Diagnostic>,
    accepted: &'a mut Vec<Diagnostic>,
}

/// Compiles the processes of a pack and checks them, with everything that is wrong at once: the
/// definitions are good only where nothing is.
fn checked(
    loaded: &Loaded,
    library: &Library,
    version: impl Fn(&ProcessName) -> u32,
    found: Found<'_>,
) -> BTreeMap<ProcessName, Arc<Definition>> {
    let Found { problems, accepted } = found;
    let nothing = Doubts::default();
    let whole = loaded.pack.processes.iter().map(|(name, source)| (name, source, &nothing));
    let salvaged = loaded.salvaged.iter().map(|(name, it)| (name, &it.source, &it.doubts));
    let sources: Vec<_> = whole.chain(salvaged).collect();
    let versions: BTreeMap<_, _> =
        sources.iter().map(|(name, ..)| (*name, version(name))).collect();
    let looked_at = side_by_side::map(&sources, |(name, source, doubts)| {
        let mut own = Vec::new();
        let definition = Definition::draw(source, library, versions[name], doubts, &mut own);
        if let Some(definition) = &definition {
            own.extend(crate::soundness::check(definition));
            own.extend(super::persons::check(loaded, definition));
            own.extend(super::gateways::check(definition));
            own.extend(super::ignored::check(definition));
            super::own_events::check(definition, &mut own);
        }
        super::reserved::check(source, &mut own);
        super::reserved::lists(source, |form| library.forms.get(form).map(|it| &**it), &mut own);
        (definition, own)
    });
    let (mut drawn, mut told) = (BTreeMap::new(), Vec::new());
    for ((name, source, _), (definition, mut own)) in sources.into_iter().zip(looked_at) {
        own.retain(|problem| !loaded.follows_in(name, problem));
        told.push((name, source, own));
        if !loaded.is_duplicate(Kind::Process, name.as_str()) {
            drawn.extend(definition.map(|definition| (name.clone(), Arc::new(definition))));
        }
    }
    unasked(loaded, problems);
    faulty(loaded, library, problems);
    let between = super::calls::check(&drawn, loaded);
    let between = between.into_iter().chain(super::heard::check(&drawn, loaded));
    for (name, own) in between.chain(super::thrown::check(&drawn)) {
        match told.iter_mut().find(|(process, ..)| **process == name) {
            Some((.., all)) => all.push(own),
            None => diagnose(loaded, Kind::Process, name.as_str(), &[own], problems),
        }
    }
    for (name, source, mut own) in told {
        let stood_by = super::accept::take(source, &mut own);
        diagnose(loaded, Kind::Process, name.as_str(), &own, problems);
        diagnose(loaded, Kind::Process, name.as_str(), &stood_by, accepted);
    }
    let well_known = super::well_known::check(loaded, &drawn);
    diagnose(loaded, Kind::People, "", &well_known, problems);
    once(problems, "noCalendar");
    drawn
}

/// Keeps the first problem of a code: one line mends them all.
fn once(problems: &mut Vec<Diagnostic>, code: &str) {
    let places = problems.iter().filter(|problem| problem.code == code).map(|one| &one.place);
    let Some(first) = places.min().cloned() else { return };
    problems.retain(|problem| problem.code != code || problem.place == first);
}

/// Compiles the processes of a pack that was published. One that was checked when less was known of
/// its types runs with what it was checked with.
fn running(
    loaded: &Loaded,
    library: &Library,
    version: impl Fn(&ProcessName) -> u32,
    problems: &mut Vec<Diagnostic>,
) -> BTreeMap<ProcessName, Arc<Definition>> {
    let mut definitions = BTreeMap::new();
    for (name, source) in &loaded.pack.processes {
        let mut own = Vec::new();
        let mut definition = Definition::compile(source, library, version(name), &mut own);
        if definition.is_none() {
            own.clear();
            let library = Library { as_written: true, ..library.clone() };
            definition = Definition::compile(source, &library, version(name), &mut own);
        }
        diagnose(loaded, Kind::Process, name.as_str(), &own, problems);
        definitions.extend(definition.map(|definition| (name.clone(), Arc::new(definition))));
    }
    unasked(loaded, problems);
    definitions
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
    let registers = pack.registers.iter().map(|(name, source)| {
        let register = Register {
            name: source.name.clone(),
            // What is wrong with it is told of the register.
            series: Series::parse(&source.series).unwrap_or_default(),
            columns: source.columns.clone(),
            types: source.types.clone(),
            public: source.public,
        };
        (name.clone(), register)
    });
    let faulty = loaded.faulty_decisions.iter();
    let decisions = pack.decisions.iter();
    let salvaged = loaded.salvaged.iter().map(|(name, it)| (name, &it.source));
    let processes = pack.processes.iter().chain(salvaged).map(|(name, process)| {
        let documents = process.documents.iter();
        let documents = documents.map(|(name, own)| (name.clone(), (own.form.clone(), own.list)));
        (name.clone(), documents.collect())
    });
    Library {
        forms: BTreeMap::new(),
        decisions: decisions.map(|(name, own)| (name.clone(), Arc::new(own.clone()))).collect(),
        faulty_decisions: faulty
            .map(|(name, own)| (name.clone(), Arc::new(own.source.clone())))
            .collect(),
        registers: registers.collect(),
        roles: pack.roles.iter().map(|(name, role)| (name.clone(), role.name.clone())).collect(),
        notices: pack.notices.keys().cloned().collect(),
        processes: processes.collect(),
        endings: pack
            .processes
            .iter()
            .map(|(name, process)| (name.clone(), endings(&process.nodes)))
            .collect(),
        calendars: pack.calendars.clone(),
        calendar: pack.meta.calendar.clone(),
        zone: pack.meta.zone.as_deref().and_then(|zone| zone.parse().ok()),
        people_fields: people_fields(pack),
        as_written: false,
    }
}

/// The outcomes that end events of a process give the case: its own, and those of its event
/// sub-processes.
fn endings(nodes: &IndexMap<NodeName, Element>) -> BTreeSet<OutcomeName> {
    let mut found = BTreeSet::new();
    for element in nodes.values() {
        if let Element::EndEvent(end) = element {
            found.extend(end.outcome.clone());
        }
        if let Element::EventSubProcess(event) = element {
            found.extend(endings(&event.nodes));
        }
    }
    found
}

/// The tables that processes ask.
fn asked(loaded: &Loaded) -> BTreeSet<&DecisionName> {
    let salvaged = loaded.salvaged.values().map(|it| &it.source);
    let mut asked = BTreeSet::new();
    for source in loaded.pack.processes.values().chain(salvaged) {
        tables(&source.nodes, &mut asked);
    }
    asked
}

/// Tables that no process asks are checked as well: their names may then be anything.
fn unasked(loaded: &Loaded, problems: &mut Vec<Diagnostic>) {
    let asked = asked(loaded);
    let knows = |table: &&DecisionName| loaded.pack.decisions.contains_key(*table);
    let is_all = asked.iter().all(knows);
    let environment = Environment::new().with_any_name();
    for (name, source) in &loaded.pack.decisions {
        if !asked.contains(name) {
            let mut own = Vec::new();
            Decision::compile(source, &environment, &mut own);
            // What could not be read, or names no table, may ask it, and know what its inputs can be.
            let is_one = !loaded.is_duplicate(Kind::Decision, name.as_str());
            let is_unasked = is_all && is_one && !loaded.may_name(Kind::Process, name.as_str());
            own.retain(|problem| is_unasked || !problem.is_about_all_inputs());
            diagnose(loaded, Kind::Decision, name.as_str(), &own, problems);
        }
    }
}

/// Forms and tables that could not be read whole are checked by themselves.
fn faulty(loaded: &Loaded, library: &Library, problems: &mut Vec<Diagnostic>) {
    for (name, faulty) in &loaded.faulty_forms {
        let mut own = Vec::new();
        Form::compile_for_cases(&faulty.source, &library.environment(None), &mut own);
        keep_own(loaded, Kind::Form, name.as_str(), faulty, own, problems);
    }
    let anything = Environment::new().with_any_name();
    let asked = asked(loaded);
    // What a process asks was looked at with that.
    for (name, faulty) in loaded.faulty_decisions.iter().filter(|(name, _)| !asked.contains(name)) {
        let mut own = Vec::new();
        Decision::compile(&faulty.source, &anything, &mut own);
        keep_own(loaded, Kind::Decision, name.as_str(), faulty, own, problems);
    }
}

fn keep_own<T>(
    loaded: &Loaded,
    kind: Kind,
    name: &str,
    faulty: &Faulty<T>,
    mut own: Vec<Problem>,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(tree) = loaded.file(kind, name).and_then(|file| loaded.tree(file)) else { return };
    own.retain(|problem| !faulty.follows(problem, tree));
    diagnose(loaded, kind, name, &own, problems);
}

/// Tables that some nodes and those inside them ask.
fn tables<'a>(nodes: &'a IndexMap<NodeName, Element>, asked: &mut BTreeSet<&'a DecisionName>) {
    for element in nodes.values() {
        if let Element::BusinessRuleTask(task) = element {
            asked.insert(&task.decision);
        }
        if let Some(inside) = element.nodes() {
            tables(inside, asked);
        }
    }
}

fn forms(loaded: &Loaded, library: &mut Library, problems: &mut Vec<Diagnostic>) {
    // They have no names beside a form's fields.
    let environment = library.environment(None);
    for (name, source) in &loaded.pack.forms {
        let mut own = Vec::new();
        let form = Form::compile_for_cases(source, &environment, &mut own);
        let processes = loaded.pack.processes.values();
        let mut documents = processes.flat_map(|process| process.documents.values());
        let is_alone = !documents.any(|document| document.form == *name);
        // What could not be read may use it.
        let is_one = !loaded.is_duplicate(Kind::Form, name.as_str());
        if is_alone && is_one && !loaded.may_name(Kind::Process, name.as_str()) {
            own.extend(form.unfit_alone());
        }
        own.extend(super::defaults::strangers(loaded, source));
        diagnose(loaded, Kind::Form, name.as_str(), &own, problems);
        library.forms.insert(name.clone(), Arc::new(form));
    }
    // Of others, those fields that have nothing wrong: what the form itself has wrong is told of it.
    for (name, faulty) in &loaded.faulty_forms {
        let Some(tree) = loaded.file(Kind::Form, name.as_str()).and_then(|it| loaded.tree(it))
        else {
            continue;
        };
        let form = Form::compile_for_cases(&faulty.sound(tree), &environment, &mut Vec::new());
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
    let is_told = |problem: &&Problem| {
        let is_of_faulty = match (&problem.table, &problem.form) {
            (Some(table), _) => loaded.follows_from_table(table, problem),
            (None, Some(form)) => loaded.follows_from_form(form, problem),
            (None, None) => false,
        };
        !is_of_faulty && !loaded.follows(kind, name, problem)
    };
    for problem in own.iter().filter(is_told) {
        problems.push(match (&problem.table, &problem.form) {
            (Some(table), _) => loaded.diagnose(Kind::Decision, table.as_str(), problem),
            (None, Some(form)) => loaded.diagnose(Kind::Form, form.as_str(), problem),
            (None, None) => loaded.diagnose(kind, name, problem),
        });
    }
}

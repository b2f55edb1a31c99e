//! From YAML's structure to the graph: names are resolved, expressions checked, flows drawn.
//! Rules about one element are in its file; rules about the whole graph in `graph`.

mod abstentions;
mod beginnings;
mod broken;
mod environment;
mod flows;
mod graph;
mod literal;
mod loose;
mod messages;
mod names;
mod outcomes;
mod repeats;
pub(crate) mod secrets;
mod size;
mod twins;
mod undone;
mod unreached;
mod unwaited;
mod written;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::source::ProcessSource;
use super::{
    Compiler, Definition, Document, Doubts, Each, INITIATOR, Known, Library, Node, Opinions, Series,
};
use crate::elements::Element;
use crate::expression::{Environment, Type};
use crate::ids::{CalendarName, NodeName};
use crate::problem::{Problem, did_you_mean};
use broken::Broken;

pub(crate) use environment::type_of;
pub(crate) use graph::loops_without_wait;

/// The calendar of a pack that names none.
pub(super) const DEFAULT_CALENDAR: &str = "default";

/// A node before it is compiled.
struct Flat<'a> {
    name: &'a NodeName,
    element: &'a Element,
    scope: Option<usize>,
    path: Vec<String>,
    /// The node that follows in the file, within the same scope.
    next: Option<&'a NodeName>,
    /// Whether it only undoes what another one did: no token goes on from it.
    undoes: bool,
}

impl Definition {
    /// Compiles a process. Every problem is reported, with the path of its keys in the file; the
    /// definition is there when none of them is an error.
    pub fn compile(
        source: &ProcessSource,
        library: &Library,
        version: u32,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let before = problems.len();
        let drawn = Self::draw(source, library, version, &Doubts::default(), problems)?;
        (!problems[before..].iter().any(is_error)).then_some(drawn)
    }

    /// The same with a definition also where there are errors: nothing may run by it, but more can
    /// be said of it. There is none where it has nothing to begin with.
    pub(crate) fn draw(
        source: &ProcessSource,
        library: &Library,
        version: u32,
        doubts: &Doubts,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let source = &*abstentions::with_abstentions(source);
        let mut flat = Vec::new();
        flatten(&source.nodes, None, &["nodes".to_owned()], &mut flat);
        if size::is_wrong(&flat, library, problems) {
            return None;
        }
        let names = unique_names(&flat, problems);
        let environment = environment::of_process(source, library, &flat);
        let documents = documents(source, library, &environment, problems);
        let (bare, within) = compile_nodes(source, library, &flat, &names, &environment, problems);
        let mut definition = Self {
            process: source.process.clone(),
            version,
            name: source.name.clone(),
            by_name: bare.iter().enumerate().map(|(at, node)| (node.name.clone(), at)).collect(),
            nodes: bare,
            flows: Vec::new(),
            start: 0,
            event_starts: Vec::new(),
            listeners: Vec::new(),
            back: BTreeMap::new(),
            has_conditions: false,
            apart: apart(&flat),
            documents,
            variables: source
                .variables
                .iter()
                .map(|(name, variable)| (name.clone(), variable.initial.clone()))
                .collect(),
            variable_types: source
                .variables
                .iter()
                .map(|(name, variable)| (name.clone(), variable.kind))
                .collect(),
            results: source
                .variables
                .iter()
                .filter_map(|(name, variable)| Some((name.clone(), variable.label.clone()?)))
                .collect(),
            messages: messages::kept(source, library, &flat, problems),
            notices: source.notices.clone(),
            started_by: source.started_by.clone(),
            operations: source.operations.as_slice().iter().copied().collect(),
            until: source.until.each().map(|(one, node)| (one, node.clone())).collect(),
            opinions: Opinions::of(source.opinions.as_slice()),
            readers: super::readers::compile(source, library, problems),
            calendar: calendar(source, library, problems),
            number: number(source, problems),
            title: title(source, &environment, problems),
            registers: library.registers.clone(),
            role_names: library.roles.clone(),
        };
        names::process_names(source, library, problems);
        literal::check(source, &flat, problems);
        names::until(source, &names, problems);
        let drawing = flows::Drawing { source, library, flat: &flat, names: &names, doubts };
        let loose = drawing.draw(&mut definition, (&environment, &within), problems)?;
        definition.find_all_ways();
        graph::check_all(&definition, &loose, library, problems);
        Some(definition)
    }
}

/// Which tasks must not be the same person's, from either side.
fn apart(flat: &[Flat<'_>]) -> BTreeMap<NodeName, Vec<NodeName>> {
    let mut apart: BTreeMap<NodeName, Vec<NodeName>> = BTreeMap::new();
    for node in flat {
        let Element::UserTask(task) = node.element else { continue };
        for other in task.separate.iter().filter(|other| *other != node.name) {
            for (one, other) in [(node.name, other), (other, node.name)] {
                let all = apart.entry(one.clone()).or_default();
                if !all.contains(other) {
                    all.push(other.clone());
                }
            }
        }
    }
    apart
}

fn is_error(problem: &Problem) -> bool {
    problem.severity == crate::diagnostic::Severity::Error
}

/// Lists nodes and the nodes inside them, each with its place in the file.
fn flatten<'a>(
    nodes: &'a IndexMap<NodeName, Element>,
    scope: Option<usize>,
    path: &[String],
    flat: &mut Vec<Flat<'a>>,
) {
    let handlers: std::collections::HashSet<&NodeName> = nodes
        .values()
        .filter_map(|element| match element {
            Element::BoundaryEvent(event) => event.handler(),
            _ => None,
        })
        .collect();
    // In an ad-hoc sub-process nothing follows by the order of the file.
    let in_order = !scope.is_some_and(|at| matches!(flat[at].element, Element::AdHocSubProcess(_)));
    for (at, (name, element)) in nodes.iter().enumerate() {
        let undoes = handlers.contains(name);
        let next = nodes
            .iter()
            .skip(at + 1)
            .find(|(name, element)| !element.stands_aside() && !handlers.contains(name))
            .map(|(name, _)| name)
            .filter(|_| in_order);
        let mut path = path.to_vec();
        path.push(name.as_str().to_owned());
        let own = flat.len();
        flat.push(Flat { name, element, scope, path: path.clone(), next, undoes });
        if let Some(inner) = element.nodes() {
            path.push("nodes".to_owned());
            flatten(inner, Some(own), &path, flat);
        }
    }
}

fn unique_names(flat: &[Flat<'_>], problems: &mut Vec<Problem>) -> BTreeMap<NodeName, Vec<String>> {
    let mut names = BTreeMap::new();
    for node in flat {
        if names.insert(node.name.clone(), node.path.clone()).is_some() {
            let message =
                format!("expected each node's name once in a process, found `{}` again", node.name);
            problems.push(Problem::error("duplicateNode", message).under(&node.path));
        }
    }
    names
}

fn documents(
    source: &ProcessSource,
    library: &Library,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> IndexMap<crate::ids::DocumentName, Document> {
    let mut documents = IndexMap::new();
    for (name, document) in &source.documents {
        let form = library.forms.get(&document.form).cloned();
        if form.is_none() {
            let known = library.forms.keys().map(crate::ids::FormName::as_str);
            let message = format!("expected a form of forms/, found `{}`", document.form);
            let problem = Problem::error("unknownForm", message)
                .maybe_hint(did_you_mean(document.form.as_str(), known));
            problems.push(problem.under(&["documents", name.as_str(), "form"]));
        }
        let roles = document.readers.iter().enumerate();
        for (at, role) in roles.filter(|(_, role)| role.as_str() != INITIATOR) {
            let keys = ["documents", name.as_str(), "readers", &at.to_string()];
            role_exists(library, role, &keys, problems);
        }
        if document.apart && !document.list {
            let message =
                "expected `list: true` beside it: a document that is no list has no entries";
            let problem = Problem::error("ignoredKey", message);
            problems.push(problem.under(&["documents", name.as_str(), "apart"]).at_key());
        }
        let Some(form) = form else { continue };
        let mut rules = form.rules_in(&source.process, environment, problems);
        let mut own = Vec::new();
        rules.extend(form.rules_beside(&document.rules, environment, &mut own));
        let path = ["documents", name.as_str()];
        problems.extend(own.into_iter().map(|problem| problem.under(&path)));
        let compiled = Document {
            rules: rules.into(),
            name: document.name.clone().unwrap_or_else(|| form.source().name.clone()),
            form,
            list: document.list,
            readers: document.readers.clone(),
            apart: document.apart,
        };
        documents.insert(name.clone(), compiled);
    }
    documents
}

pub(super) fn role_exists(
    library: &Library,
    role: &crate::ids::RoleName,
    keys: &[&str],
    problems: &mut Vec<Problem>,
) {
    if !library.roles.contains_key(role) {
        let known = library.roles.keys().map(crate::ids::RoleName::as_str);
        let problem =
            Problem::error("unknownRole", format!("expected a role of roles.yaml, found `{role}`"))
                .maybe_hint(did_you_mean(role.as_str(), known))
                .maybe_hint(library.role_by_label(role.as_str()));
        problems.push(problem.under(keys));
    }
}

fn calendar(
    source: &ProcessSource,
    library: &Library,
    problems: &mut Vec<Problem>,
) -> CalendarName {
    let Some(name) = source.calendar.as_ref().or(library.calendar.as_ref()) else {
        return CalendarName::new(DEFAULT_CALENDAR);
    };
    // That the pack's own is not there is told of the pack.
    if source.calendar.is_some() && !library.calendars.contains_key(name) {
        let message = format!("expected a calendar of calendars/, found `{name}`");
        problems.push(Problem::error("unknownCalendar", message).under(&["calendar"]));
    }
    name.clone()
}

fn number(source: &ProcessSource, problems: &mut Vec<Problem>) -> Option<Series> {
    match Series::parse(source.number.as_ref()?) {
        Ok(series) => Some(series),
        Err(error) => {
            problems.push(error.problem().under(&["number"]));
            None
        }
    }
}

fn title(
    source: &ProcessSource,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Option<crate::expression::Expression> {
    let text = source.title.as_ref()?;
    let (text, shift) = text.strip_prefix('=').map_or((text.as_str(), 0), |rest| (rest, 1));
    match crate::expression::Expression::compile(text, environment, Some(&Type::Text)) {
        Ok(expression) => Some(expression),
        Err(found) => {
            problems.extend(found.into_iter().map(|one| one.shift(shift).under(&["title"])));
            None
        }
    }
}

fn compile_nodes(
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
    names: &BTreeMap<NodeName, Vec<String>>,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> (Vec<Node>, Vec<Option<Environment>>) {
    let mut nodes: Vec<Node> = Vec::with_capacity(flat.len());
    // What conditions see beside what the whole case does: the items of the runs around.
    let mut within = Vec::with_capacity(flat.len());
    let mut items: HashMap<usize, Vec<(String, Type)>> = HashMap::new();
    for (own, node) in flat.iter().enumerate() {
        let mut inside =
            node.scope.and_then(|scope| items.get(&scope).cloned()).unwrap_or_default();
        let mut outer = environment.clone();
        for (item, ty) in &inside {
            outer = outer.with(item.clone(), ty.clone());
        }
        within.push((!inside.is_empty()).then(|| outer.clone()));
        for (item, ty) in undone::items((source, library), (flat, names), node, &outer) {
            outer = outer.with(item.clone(), ty.clone());
            inside.push((item, ty));
        }
        let mut compiler = compiler_of(node, source, library, names, outer, problems);
        let each = repeats::compile(&mut compiler, node.element, &mut inside);
        for (item, ty) in &inside {
            compiler.environment = compiler.environment.clone().with(item.clone(), ty.clone());
        }
        let each = match (each, node.element) {
            (None, Element::UserTask(task)) => task.compile_people(&mut compiler, &mut inside),
            (Some(each), Element::UserTask(task)) => {
                let sign = task.compile_sign(&mut compiler);
                Some(Each { sign, score: task.compile_score(&mut compiler), ..each })
            }
            (each, _) => each,
        };
        let behavior = node
            .element
            .compile(&mut compiler)
            .unwrap_or_else(|| Arc::new(Broken::of(node.element)));
        items.insert(own, inside);
        nodes.push(Node {
            name: node.name.clone(),
            element: node.element.clone(),
            behavior,
            scope: node.scope,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            boundaries: Vec::new(),
            each: each.map(Box::new),
            inner_start: None,
            choices: Vec::new(),
            listeners: Vec::new(),
            ways: Vec::new(),
            compensation: None,
            known: Known::All,
        });
    }
    (nodes, within)
}

/// What compiles one node.
fn compiler_of<'a>(
    node: &'a Flat<'_>,
    source: &'a ProcessSource,
    library: &'a Library,
    names: &'a BTreeMap<NodeName, Vec<String>>,
    environment: Environment,
    problems: &'a mut Vec<Problem>,
) -> Compiler<'a> {
    let (node, path) = (node.name, &node.path[..]);
    Compiler { source, library, environment, node, path, names, problems }
}

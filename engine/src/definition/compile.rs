//! From YAML's structure to the graph: names are resolved, expressions checked, flows drawn.
//! Rules about one element are in its file; rules about the whole graph in `graph`.

mod abstentions;
mod environment;
mod graph;
mod names;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;

use super::source::{ForEach, ProcessSource, Target, To};
use super::{Compiler, Definition, Document, Each, Flow, FlowKind, Library, Listed, Node, Series};
use crate::elements::{Behavior, Element, Way, WayKind};
use crate::expression::{Environment, Type};
use crate::ids::{CalendarName, NodeName};
use crate::problem::{Problem, did_you_mean};

pub(crate) use environment::type_of;
pub(crate) use graph::loop_without_wait;

/// The calendar of a pack that names none.
pub(super) const DEFAULT_CALENDAR: &str = "default";

/// Nodes of one process.
const NODES_MAX: usize = 2_000;

/// A node before it is compiled.
struct Flat<'a> {
    name: &'a NodeName,
    element: &'a Element,
    scope: Option<usize>,
    path: Vec<String>,
    /// The node that follows in the file, within the same scope.
    next: Option<&'a NodeName>,
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
        let errors_before = problems.len();
        let source = &*abstentions::with_abstentions(source);
        let mut flat = Vec::new();
        flatten(&source.nodes, None, &["nodes".to_owned()], &mut flat);
        if flat.is_empty() || flat.len() > NODES_MAX {
            let message = format!("expected 1 to {NODES_MAX} nodes, found {}", flat.len());
            problems.push(Problem::error("badNodeCount", message).under(&["nodes"]));
            return None;
        }
        let names = unique_names(&flat, problems);
        let documents = documents(source, library, problems);
        let environment = environment::of_process(source, library, &flat);
        let bare = compile_nodes(source, library, &flat, &names, &environment, problems);
        let mut definition = Self {
            process: source.process.clone(),
            version,
            name: source.name.clone(),
            by_name: bare.iter().enumerate().map(|(at, node)| (node.name.clone(), at)).collect(),
            nodes: bare,
            flows: Vec::new(),
            start: 0,
            documents,
            variables: source
                .variables
                .iter()
                .map(|(name, variable)| (name.clone(), variable.initial.clone()))
                .collect(),
            notices: source.notices.clone(),
            started_by: source.started_by.clone(),
            operations: source.operations.as_slice().iter().copied().collect(),
            calendar: calendar(source, library, problems),
            number: number(source, problems),
            title: title(source, &environment, problems),
            registers: library.registers.clone(),
            role_names: library.roles.clone(),
        };
        names::process_names(source, library, problems);
        draw_flows(&mut definition, source, library, &flat, &names, &environment, problems);
        if problems[errors_before..].iter().any(is_error) {
            return None;
        }
        graph::check(&definition, &names, problems);
        (!problems[errors_before..].iter().any(is_error)).then_some(definition)
    }
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
    for (at, (name, element)) in nodes.iter().enumerate() {
        let next = nodes
            .iter()
            .skip(at + 1)
            .find(|(_, element)| !matches!(element, Element::BoundaryEvent(_)))
            .map(|(name, _)| name);
        let mut path = path.to_vec();
        path.push(name.as_str().to_owned());
        let own = flat.len();
        flat.push(Flat { name, element, scope, path: path.clone(), next });
        if let Element::SubProcess(inner) = element {
            path.push("nodes".to_owned());
            flatten(&inner.nodes, Some(own), &path, flat);
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
        for (at, role) in document.readers.iter().enumerate() {
            let keys = ["documents", name.as_str(), "readers", &at.to_string()];
            role_exists(library, role, &keys, problems);
        }
        let Some(form) = form else { continue };
        let compiled = Document {
            name: document.name.clone().unwrap_or_else(|| form.source().name.clone()),
            form,
            list: document.list,
            readers: document.readers.clone(),
        };
        documents.insert(name.clone(), compiled);
    }
    documents
}

fn role_exists(
    library: &Library,
    role: &crate::ids::RoleName,
    keys: &[&str],
    problems: &mut Vec<Problem>,
) {
    if !library.roles.contains_key(role) {
        let known = library.roles.keys().map(crate::ids::RoleName::as_str);
        let problem =
            Problem::error("unknownRole", format!("expected a role of roles.yaml, found `{role}`"))
                .maybe_hint(did_you_mean(role.as_str(), known));
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
    if !library.calendars.contains_key(name) {
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
) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::with_capacity(flat.len());
    let mut items: HashMap<usize, Vec<(String, Type)>> = HashMap::new();
    for (own, node) in flat.iter().enumerate() {
        let mut inside =
            node.scope.and_then(|scope| items.get(&scope).cloned()).unwrap_or_default();
        let mut outer = environment.clone();
        for (item, ty) in &inside {
            outer = outer.with(item.clone(), ty.clone());
        }
        let mut compiler =
            Compiler { source, library, environment: outer, node: node.name, names, problems };
        let each = node
            .element
            .for_each()
            .and_then(|each| compile_each(&mut compiler, node.element, each, &mut inside));
        for (item, ty) in &inside {
            compiler.environment = compiler.environment.clone().with(item.clone(), ty.clone());
        }
        let each = match (each, node.element) {
            (None, Element::UserTask(task)) => task.compile_people(&mut compiler, &mut inside),
            (Some(each), Element::UserTask(task)) => {
                Some(Each { sign: task.compile_sign(&mut compiler), ..each })
            }
            (each, _) => each,
        };
        let behavior = node.element.compile(&mut compiler).unwrap_or_else(|| Arc::new(Broken));
        items.insert(own, inside);
        nodes.push(Node {
            name: node.name.clone(),
            element: node.element.clone(),
            behavior,
            scope: node.scope,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            boundaries: Vec::new(),
            each,
            inner_start: None,
        });
    }
    nodes
}

/// Stands where an element had errors; a definition with errors is never run.
#[derive(Debug)]
struct Broken;

impl Behavior for Broken {
    fn activate(
        &self,
        _step: &mut crate::step::Step<'_>,
        _key: crate::ids::Key,
    ) -> Result<(), crate::step::Halt> {
        unreachable!("a definition with errors is never run")
    }
}

fn compile_each(
    compiler: &mut Compiler<'_>,
    element: &Element,
    each: &ForEach,
    inside: &mut Vec<(String, Type)>,
) -> Option<Each> {
    if !element.is_activity() {
        let message =
            format!("expected `forEach` on an activity only, found it on a `{}`", element.kind());
        compiler.report(&["forEach"], Problem::error("notAnActivity", message));
        return None;
    }
    let list = compiler.expression(&["forEach", "in"], &each.list, None)?;
    let item_type = match list.ty() {
        Type::List(item) => (**item).clone(),
        Type::Any => Type::Any,
        other => {
            let problem = Problem::error("wrongType", format!("expected a list, found {other}"));
            compiler.report(&["forEach", "in"], problem);
            return None;
        }
    };
    inside.push((each.item.clone(), item_type.clone()));
    inside.push(("loop".to_owned(), environment::loop_type()));
    let environment = compiler
        .environment
        .clone()
        .with(each.item.clone(), item_type)
        .with("loop", environment::loop_type());
    let until = each.until.as_ref().and_then(|until| {
        compiler.expression_in(&["forEach", "until"], until, Some(&Type::Bool), &environment)
    });
    let list = Listed::Given(list);
    Some(Each { list, item: each.item.clone(), mode: each.mode, until, sign: None })
}

/// Draws every flow: the way on, and the ways that outcomes, intakes and deadlines name.
fn draw_flows(
    definition: &mut Definition,
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
    names: &BTreeMap<NodeName, Vec<String>>,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) {
    definition.start = first_of(flat, None);
    for (own, node) in flat.iter().enumerate() {
        if matches!(node.element, Element::SubProcess(_)) {
            definition.nodes[own].inner_start = Some(first_of(flat, Some(own)));
        }
        if let Element::BoundaryEvent(boundary) = node.element
            && let Some(host) = definition.by_name.get(&boundary.attached_to).copied()
        {
            definition.nodes[host].boundaries.push(own);
        }
        let mut compiler = Compiler {
            source,
            library,
            environment: environment.clone(),
            node: node.name,
            names,
            problems,
        };
        let ways = ways_of(node, &mut compiler);
        for (keys, way) in ways {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            if !compiler.node_exists(&keys, &way.to) {
                continue;
            }
            let to = definition.by_name[&way.to];
            if definition.nodes[to].scope != node.scope {
                let message = format!(
                    "expected a node of the same (sub-)process, but `{}` is in another one",
                    way.to
                );
                compiler.report(&keys, Problem::error("crossesScope", message));
                continue;
            }
            let flow = definition.flows.len();
            definition.nodes[own].outgoing.push(flow);
            definition.nodes[to].incoming.push(flow);
            definition.flows.push(Flow { from: own, to, kind: way.kind, name: way.name });
        }
    }
}

/// A way on, drawn but not yet resolved.
struct Drawn {
    to: NodeName,
    kind: FlowKind,
    name: Option<crate::text::Text>,
}

fn ways_of(node: &Flat<'_>, compiler: &mut Compiler<'_>) -> Vec<(Vec<String>, Drawn)> {
    let mut ways = Vec::new();
    let has_next = node.element.goes_on();
    match node.element.to() {
        None if has_next => {
            if let Some(next) = node.next
                && !matches!(node.element, Element::BoundaryEvent(_))
            {
                ways.push((vec![], Drawn { to: next.clone(), kind: FlowKind::Next, name: None }));
            }
        }
        None => {}
        Some(To::One(to)) => {
            let drawn = Drawn { to: to.clone(), kind: FlowKind::Next, name: None };
            ways.push((vec!["to".into()], drawn));
        }
        Some(To::Many(targets)) => {
            for (at, target) in targets.iter().enumerate() {
                ways.extend(target_way(compiler, node.element, at, target));
            }
        }
    }
    for Way { keys, to, kind } in node.element.ways() {
        let kind = match kind {
            WayKind::Outcome(outcome) => FlowKind::Outcome(outcome),
            WayKind::None => FlowKind::None,
            WayKind::Fewer => FlowKind::Fewer,
            WayKind::Overdue => FlowKind::Overdue,
        };
        ways.push((keys, Drawn { to, kind, name: None }));
    }
    ways
}

fn target_way(
    compiler: &mut Compiler<'_>,
    element: &Element,
    at: usize,
    target: &Target,
) -> Option<(Vec<String>, Drawn)> {
    let at = at.to_string();
    let conditional =
        matches!(element, Element::ExclusiveGateway(_) | Element::InclusiveGateway(_));
    if !conditional && !matches!(element, Element::ParallelGateway(_)) {
        let message = format!(
            "expected one node, found a list: only gateways have several ways on, not a `{}`",
            element.kind()
        );
        compiler.report(&["to"], Problem::error("notAGateway", message));
        return None;
    }
    match target {
        Target::Node(to) => {
            let kind = if conditional { FlowKind::Default } else { FlowKind::Next };
            Some((vec!["to".into(), at], Drawn { to: to.clone(), kind, name: None }))
        }
        Target::Branch(branch) => {
            let kind = match &branch.when {
                None if conditional => FlowKind::Default,
                None => FlowKind::Next,
                Some(_) if !conditional => {
                    let problem = Problem::error(
                        "conditionNotAllowed",
                        "expected no condition: a parallel gateway takes every way",
                    );
                    compiler.report(&["to", &at, "when"], problem);
                    return None;
                }
                Some(when) => FlowKind::When(compiler.expression(
                    &["to", &at, "when"],
                    when,
                    Some(&Type::Bool),
                )?),
            };
            let keys = vec!["to".into(), at, "to".into()];
            Some((keys, Drawn { to: branch.to.clone(), kind, name: branch.name.clone() }))
        }
    }
}

/// Where a scope begins: its start event, or its first node.
fn first_of(flat: &[Flat<'_>], scope: Option<usize>) -> usize {
    let own = || flat.iter().enumerate().filter(|(_, node)| node.scope == scope);
    own()
        .find(|(_, node)| matches!(node.element, Element::StartEvent(_)))
        .or_else(|| own().find(|(_, node)| !matches!(node.element, Element::BoundaryEvent(_))))
        .map_or(0, |(at, _)| at)
}

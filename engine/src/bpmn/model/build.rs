//! From the tree to the model: ids are collected, references resolved.

use std::collections::BTreeMap;

use super::{FLOWS_MAX, Flow, Model, NODES_MAX, Node, PROCESSES_MAX, Process, Report};
use super::{associations, references};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::{self, Class};
use crate::bpmn::xml::{Id, ROOT, Tree, is_name};

/// The model of a file, and what leads nowhere in it; none where it is no BPMN.
pub(in crate::bpmn) fn build<'t>(tree: &'t Tree, report: &mut Report) -> Option<Model<'t>> {
    if !tree.is(ROOT, BPMN, "definitions") {
        let found = tree.local(ROOT);
        let message = format!("expected `definitions` of BPMN 2.0, found `{found}`");
        let hint = format!("its namespace must be {BPMN}");
        report.push(tree.error("notBpmn", ROOT, message).hint(hint));
        return None;
    }
    let ids = ids(tree, report);
    let mut processes = Vec::new();
    for element in tree.children(ROOT, BPMN, "process") {
        if let Some(id) = id_of(tree, element, report) {
            let participant = participant(tree, id);
            let mut process =
                Process { element, id, participant, nodes: Vec::new(), flows: Vec::new() };
            nodes(tree, element, None, &mut process, report);
            processes.push(process);
        }
    }
    if processes.is_empty() && !report.has_errors() {
        let message = "expected a `process`, found none".to_owned();
        report.push(tree.error("noProcess", ROOT, message));
    }
    if processes.len() > PROCESSES_MAX {
        let message = format!("expected at most {PROCESSES_MAX} processes");
        report.push(tree.error("tooManyProcesses", processes[PROCESSES_MAX].element, message));
        return None;
    }
    let owners: BTreeMap<&str, (usize, usize)> = processes
        .iter()
        .enumerate()
        .flat_map(|(at, process)| {
            process.nodes.iter().enumerate().map(move |(node, one)| (one.id, (at, node)))
        })
        .collect();
    let names = Names { tree, ids: &ids, owners: &owners };
    for (at, process) in processes.iter_mut().enumerate() {
        flows(&names, at, process, report);
        resolve_nodes(&names, at, process, report);
        associations::resolve(&names, at, process, report);
    }
    references::check(&names, report);
    Some(Model { tree, processes, ids, owners })
}

/// What references are looked up in.
pub(super) struct Names<'a, 't> {
    pub(super) tree: &'t Tree,
    pub(super) ids: &'a BTreeMap<&'t str, Id>,
    pub(super) owners: &'a BTreeMap<&'t str, (usize, usize)>,
}

/// Collects ids; each may be there once in a file.
fn ids<'t>(tree: &'t Tree, report: &mut Report) -> BTreeMap<&'t str, Id> {
    let mut ids: BTreeMap<&str, Id> = BTreeMap::new();
    for element in tree.below(ROOT) {
        if report.is_full() {
            break;
        }
        // What stands in extensions has ids by other rules.
        let foreign = !tree.space(element).starts_with("http://www.omg.org/spec/");
        let Some(id) = tree.attribute(element, "id").filter(|_| !foreign) else { continue };
        if !is_name(id) {
            let message = format!("expected an id that is a name, found `{id}`");
            let hint = "an id begins with a letter or `_`, and has letters, digits, `-`, `_`, `.`";
            report.push(tree.error_at("badId", element, "id", message).hint(hint));
        }
        if let Some(first) = ids.get(id).copied() {
            let line = tree.place(first).line;
            let message =
                format!("expected each id once, found `{id}` again, first on line {line}");
            report.push(tree.error_at("duplicateId", element, "id", message));
        } else {
            ids.insert(id, element);
        }
    }
    ids
}

fn id_of<'t>(tree: &'t Tree, element: Id, report: &mut Report) -> Option<&'t str> {
    let id = tree.attribute(element, "id").filter(|id| !id.is_empty());
    if id.is_none() {
        let message = format!("expected an `id` on `{}`, which is missing", tree.local(element));
        report.push(tree.error("missingId", element, message));
    }
    id
}

/// The pool of a process.
fn participant(tree: &Tree, process: &str) -> Option<Id> {
    let collaborations = tree.children(ROOT, BPMN, "collaboration");
    let mut participants = collaborations.flat_map(|one| tree.children(one, BPMN, "participant"));
    participants.find(|one| {
        tree.attribute(*one, "processRef").is_some_and(|name| without_prefix(name) == process)
    })
}

/// A qualified name's local part: `tns:Message_1` refers to `Message_1`.
pub(in crate::bpmn) fn without_prefix(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local).trim()
}

/// Takes the flow nodes of a process or sub-process. The tree's depth bounds this one's.
fn nodes<'t>(
    tree: &'t Tree,
    inside: Id,
    scope: Option<usize>,
    process: &mut Process<'t>,
    report: &mut Report,
) {
    for element in &tree.get(inside).children {
        let element = *element;
        if report.is_full() {
            return;
        }
        if tree.space(element) != BPMN {
            continue;
        }
        let Some(row) = table::of_tag(tree.local(element)) else { continue };
        let Some(id) = id_of(tree, element, report) else { continue };
        let own = process.nodes.len();
        if own >= NODES_MAX {
            let message = format!("expected at most {NODES_MAX} nodes in a process");
            report.push(tree.error("tooManyNodes", element, message));
            return;
        }
        process.nodes.push(Node {
            element,
            id,
            row,
            scope,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            default: None,
            events: Vec::new(),
            host: None,
            handler: None,
        });
        if row.class == Class::Scope {
            nodes(tree, element, Some(own), process, report);
        }
    }
}

fn flows<'t>(names: &Names<'_, 't>, at: usize, process: &mut Process<'t>, report: &mut Report) {
    let tree = names.tree;
    let elements: Vec<Id> = tree
        .below(process.element)
        .filter(|element| tree.is(*element, BPMN, "sequenceFlow"))
        .filter(|element| !in_choreography(tree, *element))
        .collect();
    if elements.len() > FLOWS_MAX {
        let message = format!("expected at most {FLOWS_MAX} flows in a process");
        report.push(tree.error("tooManyFlows", elements[FLOWS_MAX], message));
        return;
    }
    for element in elements {
        if report.is_full() {
            break;
        }
        // Who writes BPMN by hand often leaves it out, and the schema lets them.
        let id = tree.attribute(element, "id").unwrap_or_default();
        let ends = ["sourceRef", "targetRef"].map(|end| end_of(names, at, element, end, report));
        let [Some(from), Some(to)] = ends else { continue };
        if process.nodes[from].scope != process.nodes[to].scope {
            let message = format!(
                "expected a flow within one (sub-)process, but `{}` and `{}` are in different ones",
                process.nodes[from].id, process.nodes[to].id
            );
            report.push(tree.error("flowCrossesScope", element, message));
            continue;
        }
        let condition = tree.child(element, BPMN, "conditionExpression");
        let flow = process.flows.len();
        process.flows.push(Flow { element, id, from, to, condition });
        process.nodes[from].outgoing.push(flow);
        process.nodes[to].incoming.push(flow);
    }
}

/// An activity of a choreography, which no process has.
pub(in crate::bpmn) fn is_choreography(tree: &Tree, element: Id) -> bool {
    let names = ["choreographyTask", "subChoreography", "callChoreography"];
    names.iter().any(|name| tree.is(element, BPMN, name))
}

/// Whether something is inside of one, at any depth.
fn in_choreography(tree: &Tree, element: Id) -> bool {
    let above = std::iter::successors(tree.get(element).parent, |at| tree.get(*at).parent);
    above.into_iter().any(|at| is_choreography(tree, at))
}

/// A flow's end: a node of the same process.
fn end_of(
    names: &Names<'_, '_>,
    at: usize,
    flow: Id,
    end: &str,
    report: &mut Report,
) -> Option<usize> {
    let tree = names.tree;
    let Some(name) = tree.attribute(flow, end).map(without_prefix).filter(|name| !name.is_empty())
    else {
        let message = format!("expected a flow from one node to another, but `{end}` is missing");
        report.push(tree.error("flowWithoutEnd", flow, message));
        return None;
    };
    match names.owners.get(name) {
        Some((process, node)) if *process == at => Some(*node),
        Some(_) => {
            let message = format!(
                "expected a node of the same process, but `{name}` is in another pool: use a message"
            );
            report.push(tree.error_at("flowCrossesPool", flow, end, message));
            None
        }
        // It is told where it stands; what leads to it leads nowhere.
        None if names.ids.get(name).is_some_and(|it| is_choreography(tree, *it)) => None,
        None if names.ids.contains_key(name) => {
            let found = tree.local(names.ids[name]);
            let message =
                format!("expected an event, activity or gateway, but `{name}` is a `{found}`");
            report.push(tree.error_at("wrongReference", flow, end, message));
            None
        }
        None => {
            let message = format!("expected a node of this process, but there is no `{name}`");
            report.push(tree.error_at("flowWithoutEnd", flow, end, message));
            None
        }
    }
}

/// Resolves what nodes refer to: their flows, their default, their host, their events.
fn resolve_nodes(names: &Names<'_, '_>, at: usize, process: &mut Process<'_>, report: &mut Report) {
    let tree = names.tree;
    for own in 0..process.nodes.len() {
        let element = process.nodes[own].element;
        let listed = listed_flows(names, process, own, report);
        let node = &mut process.nodes[own];
        node.outgoing
            .sort_by_key(|flow| listed.iter().position(|one| one == flow).unwrap_or(usize::MAX));
        if let Some(name) = tree.attribute(element, "default").map(without_prefix) {
            let outgoing = process.nodes[own].outgoing.iter().copied();
            let found = outgoing.into_iter().find(|flow| process.flows[*flow].id == name);
            if found.is_none() {
                let message = format!(
                    "expected a flow that leaves `{}`, but `{name}` is none",
                    process.nodes[own].id
                );
                report.push(tree.error_at("defaultNotOutgoing", element, "default", message));
            }
            process.nodes[own].default = found;
        }
        if process.nodes[own].row.class == Class::Boundary {
            process.nodes[own].host = host(names, at, process, own, report);
        }
        process.nodes[own].events = events(names, element, report);
    }
}

fn is_flow(names: &Names<'_, '_>, name: &str) -> bool {
    names.ids.get(name).is_some_and(|id| names.tree.is(*id, BPMN, "sequenceFlow"))
}

/// Flows that a node lists as outgoing. What it lists must come or go there.
fn listed_flows(
    names: &Names<'_, '_>,
    process: &Process<'_>,
    own: usize,
    report: &mut Report,
) -> Vec<usize> {
    let tree = names.tree;
    let node = &process.nodes[own];
    let mut listed = Vec::new();
    for (local, flows) in [("incoming", &node.incoming), ("outgoing", &node.outgoing)] {
        let own = flows.iter().map(|flow| (process.flows[*flow].id, *flow));
        let own: BTreeMap<&str, usize> = own.filter(|(id, _)| !id.is_empty()).collect();
        for child in tree.children(node.element, BPMN, local) {
            if report.is_full() {
                return listed;
            }
            let name = without_prefix(tree.text(child));
            match own.get(name) {
                Some(flow) if local == "outgoing" => listed.push(*flow),
                Some(_) => {}
                // One that is in no process has been refused already.
                None if is_flow(names, name) && !process.flows.iter().any(|one| one.id == name) => {
                }
                None if is_flow(names, name) => {
                    let end = if local == "outgoing" { "leave" } else { "lead to" };
                    let message =
                        format!("expected a flow, but `{name}` does not {end} `{}`", node.id);
                    report.push(tree.error("flowMismatch", child, message));
                }
                None => {
                    let message = format!("expected a sequence flow, but there is no `{name}`");
                    report.push(tree.error("unknownReference", child, message));
                }
            }
        }
    }
    listed
}

fn host(
    names: &Names<'_, '_>,
    at: usize,
    process: &Process<'_>,
    own: usize,
    report: &mut Report,
) -> Option<usize> {
    let (tree, node) = (names.tree, &process.nodes[own]);
    let element = node.element;
    let Some(name) = tree.attribute(element, "attachedToRef").map(without_prefix) else {
        let message = "expected `attachedToRef`: a boundary event stands on an activity".to_owned();
        report.push(tree.error("boundaryWithoutHost", element, message));
        return None;
    };
    let host = names.owners.get(name).filter(|(process, _)| *process == at).map(|(_, node)| *node);
    let good = host.filter(|host| {
        let host = &process.nodes[*host];
        let is_of_event = tree.flag(host.element, "triggeredByEvent") == Some(true);
        host.row.class.is_activity() && host.scope == node.scope && !is_of_event
    });
    if good.is_none() {
        let message =
            format!("expected an activity of the same (sub-)process, but `{name}` is none");
        report.push(tree.error_at("boundaryWithoutHost", element, "attachedToRef", message));
    }
    good
}

/// An event's definitions: those in it, and those it refers to.
fn events(names: &Names<'_, '_>, element: Id, report: &mut Report) -> Vec<Id> {
    let tree = names.tree;
    let mut events = Vec::new();
    for child in &tree.get(element).children {
        if tree.space(*child) != BPMN {
            continue;
        }
        let local = tree.local(*child);
        if local.ends_with("EventDefinition") {
            events.push(*child);
        } else if local == "eventDefinitionRef" {
            let name = without_prefix(tree.text(*child));
            match names.ids.get(name) {
                Some(id) if tree.local(*id).ends_with("EventDefinition") => events.push(*id),
                _ => {
                    let message = format!("expected an event definition, but `{name}` is none");
                    report.push(tree.error("unknownReference", *child, message));
                }
            }
        }
    }
    events
}

//! A process as nodes and flows with ids, ready to be written: what its YAML says, cut down to what
//! it must say, and with the ways that are implied drawn.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_yaml::Value;

use crate::bpmn::import::{clean, pointer};
use crate::bpmn::keys::{self, Keys};
use crate::bpmn::table::{self, Class, Row};
use crate::bpmn::xml::is_name;
use crate::definition::source::{ProcessSource, Target, To};
use crate::definition::starts::instantiates;
use crate::elements::Element;
use crate::ids::NodeName;

/// How the ids begin that are given to what a process does not name.
const OURS: [&str; 2] = ["Definitions_", "Declared_"];

/// Ids that a file has, each once.
#[derive(Debug, Default)]
pub(in crate::bpmn) struct Ids {
    used: BTreeSet<String>,
}

impl Ids {
    /// An id as near as may be to what is wanted.
    pub(in crate::bpmn) fn take(&mut self, wanted: &str) -> String {
        let base = if is_name(wanted) { wanted.to_owned() } else { clean(wanted) };
        let base = if is_name(&base) { base } else { format!("_{}", base.len()) };
        let base = match OURS.iter().any(|ours| base.starts_with(ours)) {
            true => format!("_{base}"),
            false => base,
        };
        let mut id = base.clone();
        let mut number = 2;
        while Self::all(&id).iter().any(|id| self.used.contains(id)) {
            id = format!("{base}_{number}");
            number += 1;
        }
        self.used.extend(Self::all(&id));
        id
    }

    /// An id with those that its diagram has.
    fn all(id: &str) -> [String; 4] {
        ["", "_di", "_plane", "_diagram"].map(|end| format!("{id}{end}"))
    }
}

/// A process ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::bpmn) struct Draft {
    pub(in crate::bpmn) id: String,
    pub(in crate::bpmn) name: String,
    /// What it says beside its nodes and its name in other files.
    pub(in crate::bpmn) keys: Keys,
    pub(in crate::bpmn) settings: Keys,
    /// What BPMN says of the same things.
    pub(in crate::bpmn) beside: Keys,
    pub(in crate::bpmn) nodes: Vec<DraftNode>,
    pub(in crate::bpmn) flows: Vec<DraftFlow>,
}

/// A node ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::bpmn) struct DraftNode {
    pub(in crate::bpmn) id: String,
    pub(in crate::bpmn) name: String,
    pub(in crate::bpmn) row: &'static Row,
    pub(in crate::bpmn) scope: Option<usize>,
    /// What it says beside its type, its nodes and its ways on.
    pub(in crate::bpmn) keys: Keys,
    pub(in crate::bpmn) settings: Keys,
    /// What BPMN says of the same things.
    pub(in crate::bpmn) beside: Keys,
    pub(in crate::bpmn) host: Option<usize>,
    /// A start event that only shows where the first node is.
    pub(in crate::bpmn) implied: bool,
    pub(in crate::bpmn) default: Option<usize>,
}

/// A flow ready to be written, or the association from a compensation event to what undoes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::bpmn) struct DraftFlow {
    pub(in crate::bpmn) id: String,
    pub(in crate::bpmn) from: usize,
    pub(in crate::bpmn) to: usize,
    /// Whether it is an association.
    pub(in crate::bpmn) undoes: bool,
    /// The key of the node that names it.
    pub(in crate::bpmn) way: Option<String>,
    /// `when` and `name`.
    pub(in crate::bpmn) keys: Keys,
    pub(in crate::bpmn) settings: Keys,
    /// What BPMN says of the same things.
    pub(in crate::bpmn) beside: Keys,
}

/// A node of the source with its place.
struct Flat {
    name: NodeName,
    element: Element,
    scope: Option<usize>,
    next: Option<NodeName>,
    /// Whether it only undoes what another one did.
    undoes: bool,
}

/// Drafts a process.
pub(in crate::bpmn) fn draft(source: &ProcessSource, ids: &mut Ids) -> Draft {
    let mut flat = Vec::new();
    flatten(&source.nodes, None, &mut flat);
    let by_name: BTreeMap<&str, usize> =
        flat.iter().enumerate().map(|(at, node)| (node.name.as_str(), at)).collect();
    let mut nodes: Vec<DraftNode> =
        flat.iter().map(|node| draft_node(node, &by_name, ids)).collect();
    let name = source.process.as_str().to_owned();
    let id = ids.take(&name);
    let mut flows = Vec::new();
    for (at, node) in flat.iter().enumerate() {
        draw(at, node, &by_name, &mut nodes, &mut flows);
    }
    imply_starts(&flat, &mut nodes, &mut flows, ids);
    for flow in &mut flows {
        let kind = if flow.undoes { "Association" } else { "Flow" };
        flow.id = ids.take(&format!("{kind}_{}_{}", nodes[flow.from].id, nodes[flow.to].id));
    }
    let keys = process_keys(source);
    let (settings, beside) = (Keys::new(), Keys::new());
    Draft { id, name, keys, settings, beside, nodes, flows }
}

fn flatten(nodes: &IndexMap<NodeName, Element>, scope: Option<usize>, flat: &mut Vec<Flat>) {
    let handlers: BTreeSet<&NodeName> = nodes.values().filter_map(handler).collect();
    let in_order = !ad_hoc(scope, flat);
    for (at, (name, element)) in nodes.iter().enumerate() {
        let mut rest = nodes.iter().skip(at + 1);
        let next = rest.find(|(name, next)| !next.stands_aside() && !handlers.contains(name));
        let next = next.filter(|_| in_order).map(|(name, _)| name.clone());
        let undoes = handlers.contains(name);
        let own = flat.len();
        flat.push(Flat { name: name.clone(), element: element.clone(), scope, next, undoes });
        if let Some(inner) = element.nodes() {
            flatten(inner, Some(own), flat);
        }
    }
}

/// What undoes the activity that a compensation event stands on.
fn handler(element: &Element) -> Option<&NodeName> {
    match element {
        Element::BoundaryEvent(event) => event.handler(),
        _ => None,
    }
}

/// What a process says beside its nodes.
fn process_keys(source: &ProcessSource) -> Keys {
    let bare = ProcessSource { nodes: IndexMap::new(), ..source.clone() };
    let mut keys = mapping(&bare);
    keys::minimal(&mut keys, &|keys| {
        serde_yaml::from_value::<ProcessSource>(Value::Mapping(keys.clone()))
            .is_ok_and(|read| read == bare)
    });
    keys.shift_remove("nodes");
    keys.shift_remove("process");
    keys
}

/// What an element says, cut down to what it must say.
pub(in crate::bpmn) fn element_keys(element: &Element) -> Keys {
    let mut keys = mapping(element);
    let has_nodes = keys.contains_key("nodes");
    if has_nodes {
        keys.insert("nodes".into(), Value::Mapping(Keys::new()));
    }
    let bare = serde_yaml::from_value::<Element>(Value::Mapping(keys.clone()));
    if let Ok(bare) = bare {
        keys::minimal(&mut keys, &|keys| {
            serde_yaml::from_value::<Element>(Value::Mapping(keys.clone()))
                .is_ok_and(|read| read == bare)
        });
    }
    keys.shift_remove("nodes");
    keys
}

fn mapping<T: serde::Serialize>(value: &T) -> Keys {
    match serde_yaml::to_value(value) {
        Ok(Value::Mapping(keys)) => keys,
        Ok(_) | Err(_) => unreachable!("sources are written as maps with text keys"),
    }
}

fn draft_node(node: &Flat, by_name: &BTreeMap<&str, usize>, ids: &mut Ids) -> DraftNode {
    let mut keys = element_keys(&node.element);
    keys.shift_remove("type");
    keys.shift_remove("to");
    for way in node.element.ways() {
        let path: Vec<&str> = way.keys.iter().map(String::as_str).collect();
        keys::remove(&mut keys, &path);
    }
    let host = keys::text(&keys, "attachedTo").and_then(|host| by_name.get(host).copied());
    DraftNode {
        id: ids.take(node.name.as_str()),
        name: node.name.as_str().to_owned(),
        row: table::of_kind(node.element.kind()).expect("every element has a row"),
        scope: node.scope,
        keys,
        settings: Keys::new(),
        beside: Keys::new(),
        host,
        implied: false,
        default: None,
    }
}

/// Draws the ways on from a node.
fn draw(
    at: usize,
    node: &Flat,
    by_name: &BTreeMap<&str, usize>,
    nodes: &mut [DraftNode],
    flows: &mut Vec<DraftFlow>,
) {
    let undoes = handler(&node.element).is_some();
    let mut add = |to: &NodeName, way: Option<String>, keys: Keys| {
        let to = by_name.get(to.as_str()).copied()?;
        let (id, settings, beside) = (String::new(), Keys::new(), Keys::new());
        flows.push(DraftFlow { id, from: at, to, undoes, way, keys, settings, beside });
        Some(flows.len() - 1)
    };
    let mut onward = None;
    match node.element.to() {
        None if node.undoes || node.element.kind() == "boundaryEvent" => {}
        None if node.element.goes_on() => {
            onward = node.next.as_ref().and_then(|next| add(next, None, Keys::new()));
        }
        None => {}
        Some(To::One(to)) => onward = add(to, None, Keys::new()),
        Some(To::Many(targets)) => {
            let chooses = !matches!(node.element.kind(), "parallelGateway" | "eventBasedGateway");
            for target in targets {
                let (to, keys) = target_keys(target);
                let is_default = chooses && !keys.contains_key("when");
                let flow = add(to, None, keys);
                if is_default {
                    nodes[at].default = flow;
                }
            }
        }
    }
    let ways = node.element.ways();
    if !ways.is_empty() {
        nodes[at].default = onward;
    }
    for way in ways {
        let mut keys = Keys::new();
        let outcome = match way.keys.as_slice() {
            [first, outcome, _] if first == "outcomes" => Some(outcome.clone()),
            _ => None,
        };
        let when = match &outcome {
            Some(outcome) => format!("outcomes.{} == '{outcome}'", node.name),
            None => format!("'{}'", way.keys[0]),
        };
        keys.insert("when".into(), when.into());
        let label = outcome.and_then(|outcome| label(&nodes[at].keys, &outcome));
        if let Some(label) = label {
            keys.insert("name".into(), label);
        }
        add(&way.to, Some(pointer(&way.keys)), keys);
    }
}

/// What a person reads on an outcome.
fn label(keys: &Keys, outcome: &str) -> Option<Value> {
    let outcome = keys.get("outcomes")?.get(outcome)?;
    Some(outcome.get("label").unwrap_or(outcome).clone())
}

fn target_keys(target: &Target) -> (&NodeName, Keys) {
    match target {
        Target::Node(to) => (to, Keys::new()),
        Target::Branch(branch) => {
            let mut keys = mapping(branch);
            keys.shift_remove("to");
            keys::without_nulls(&mut keys);
            (&branch.to, keys)
        }
    }
}

/// Puts a start event before the first node of a scope that has none, so that every reader of BPMN
/// knows where to begin.
fn imply_starts(
    flat: &[Flat],
    nodes: &mut Vec<DraftNode>,
    flows: &mut Vec<DraftFlow>,
    ids: &mut Ids,
) {
    let mut scopes: BTreeSet<Option<usize>> = flat.iter().map(|node| node.scope).collect();
    scopes.insert(None);
    for scope in scopes {
        let mut own = (0..flat.len()).filter(|at| flat[*at].scope == scope);
        let begins =
            |at: usize| nodes[at].row.class == Class::Start || instantiates(&flat[at].element);
        if own.clone().any(begins) || ad_hoc(scope, flat) {
            continue;
        }
        let first = own.find(|at| !flat[*at].element.stands_aside() && !flat[*at].undoes);
        let Some(first) = first else { continue };
        let id = ids.take(
            &scope.map_or_else(|| "start".to_owned(), |at| format!("{}_start", nodes[at].id)),
        );
        let from = nodes.len();
        nodes.push(DraftNode {
            name: id.clone(),
            id,
            row: table::of_kind("startEvent").expect("BPMN has start events"),
            scope,
            keys: Keys::new(),
            settings: Keys::new(),
            beside: Keys::new(),
            host: None,
            implied: true,
            default: None,
        });
        let (id, way) = (String::new(), None);
        let (keys, settings) = (Keys::new(), Keys::new());
        let beside = Keys::new();
        let undoes = false;
        flows.push(DraftFlow { id, from, to: first, undoes, way, keys, settings, beside });
    }
}

/// An ad-hoc sub-process has no beginning and no order.
fn ad_hoc(scope: Option<usize>, flat: &[Flat]) -> bool {
    scope.is_some_and(|scope| flat[scope].element.kind() == "adHocSubProcess")
}

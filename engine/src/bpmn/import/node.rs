//! A node as keys: what its BPMN element says, then what the tool's extensions say, then what our
//! own extension says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_yaml::Value;

use super::{RawFlow, RawNode, Reading};
use crate::bpmn::keys::Keys;
use crate::bpmn::model::{Flow, Process, without_prefix};
use crate::bpmn::names::{BPMN, MANDATE};
use crate::bpmn::table::Class;
use crate::bpmn::xml::{Id, Tree};
use crate::bpmn::{expression, tools};

/// What the script of a `scriptTask` of ours is written in.
pub(in crate::bpmn) const SCRIPT: &str = "text/x-mandate";

/// Names in YAML of a process's nodes by their ids: the id itself where it can be used in an
/// expression, unless our own extension has a name.
pub(super) fn names<'m>(tree: &Tree, process: &Process<'m>) -> BTreeMap<&'m str, String> {
    let mut names = BTreeMap::new();
    let mut used = BTreeSet::new();
    for node in &process.nodes {
        let setting = tree.child(node.element, BPMN, "extensionElements");
        let setting = setting.and_then(|one| tree.child(one, MANDATE, "node"));
        let name = setting.and_then(|one| tree.attribute(one, "name"));
        let wanted = name.map_or_else(|| clean(node.id), str::to_owned);
        names.insert(node.id, unique(&mut used, &wanted));
    }
    names
}

/// A name that is not used yet.
pub(in crate::bpmn) fn unique(used: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !used.insert(name.clone()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// An id as a name that expressions can use: `sid-12` becomes `sid_12`.
pub(in crate::bpmn) fn clean(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for c in id.trim().chars() {
        let fits = c.is_alphanumeric() || c == '_';
        match fits {
            true => name.push(c),
            false if name.ends_with('_') => {}
            false => name.push('_'),
        }
    }
    match name.chars().next() {
        None => "_".to_owned(),
        Some(first) if first.is_numeric() => format!("_{name}"),
        Some(_) => name,
    }
}

/// A name as one that expressions take: they have Latin letters alone, so that others become the
/// numbers of their characters.
pub(in crate::bpmn) fn identifier(name: &str) -> String {
    let mut own = String::with_capacity(name.len());
    for c in clean(name).chars() {
        match c.is_ascii() {
            true => own.push(c),
            false => write!(own, "u{:x}", u32::from(c)).expect("a string takes all"),
        }
    }
    own
}

fn is_event_sub_process(tree: &Tree, element: Id) -> bool {
    tree.flag(element, "triggeredByEvent") == Some(true)
}

impl<'m> Reading<'m> {
    pub(super) fn node(&mut self, process: &Process<'m>, at: usize) -> RawNode {
        let tree = self.tree;
        let node = &process.nodes[at];
        let mut keys = Keys::new();
        self.look_ahead(node.element, "node");
        keys.insert("type".into(), node.row.kind.into());
        if let Some(name) = tree.attribute(node.element, "name").filter(|name| !name.is_empty()) {
            keys.insert("name".into(), name.into());
        }
        if let Some(text) = self.documentation(node.element) {
            keys.insert("documentation".into(), text.into());
        }
        if let Some(host) = node.host {
            let host = self.node_name(process.nodes[host].id);
            keys.insert("attachedTo".into(), host.into());
        }
        // A start event interrupts nothing but what an event sub-process stands in.
        let around = node.scope.map(|scope| process.nodes[scope].element);
        let beside = match node.row.class {
            Class::Boundary => tree.flag(node.element, "cancelActivity"),
            Class::Start if around.is_some_and(|one| is_event_sub_process(tree, one)) => {
                tree.flag(node.element, "isInterrupting")
            }
            _ => None,
        };
        if beside == Some(false) {
            keys.insert("interrupting".into(), false.into());
        }
        if node.row.class.is_event() {
            self.events(node, &mut keys);
        }
        if node.row.class.is_activity() {
            self.loops(node.element, &mut keys);
        }
        if node.row.kind == "adHocSubProcess" {
            self.ad_hoc(node.element, &mut keys);
        }
        self.by_tag(node.element, &mut keys);
        self.instantiates(node.element, &mut keys);
        self.undoes(process, at);
        tools::node(self, process, at, &mut keys);
        let beside = self.settings(node.element, "node", &mut keys);
        self.waits_for(process, at, &keys);
        RawNode {
            id: node.id.to_owned(),
            name: self.node_name(node.id),
            element: Some(node.element),
            scope: node.scope,
            keys,
            beside,
            implied: node.row.class == Class::Start
                && tree.attribute_in(node.element, MANDATE, "implied") == Some("true"),
            outgoing: node.outgoing.clone(),
            handler: node.handler,
            ends: false,
        }
    }

    /// A gateway or a task that begins a case.
    fn instantiates(&mut self, element: Id, keys: &mut Keys) {
        if self.tree.flag(element, "instantiate") == Some(true) {
            keys.insert("instantiate".into(), true.into());
        }
        if self.tree.attribute(element, "eventGatewayType") == Some("Parallel") {
            keys.insert("eventGatewayType".into(), "parallel".into());
        }
    }

    /// What undoes an activity and the event that leads there need each other.
    fn undoes(&mut self, process: &Process<'m>, at: usize) {
        let (tree, node) = (self.tree, &process.nodes[at]);
        // An event sub-process undoes what it stands in, and its start event says so.
        let lonely = tree.flag(node.element, "isForCompensation") == Some(true)
            && !is_event_sub_process(tree, node.element)
            && !process.nodes.iter().any(|one| one.handler == Some(at));
        if lonely {
            let message = format!(
                "expected an association that leads from a compensation event to `{}`",
                node.id
            );
            self.not_mapped(node.element, "isForCompensation", message);
        }
        let unmarked = node.handler.map(|handler| process.nodes[handler].element);
        let unmarked =
            unmarked.filter(|handler| tree.flag(*handler, "isForCompensation") != Some(true));
        if let Some(handler) = unmarked {
            let message = format!(
                "`{}` undoes what `{}` stands on, though it has no `isForCompensation`",
                tree.attribute(handler, "id").unwrap_or_default(),
                node.id
            );
            self.in_part(handler, "", message);
        }
        let compensates =
            node.events.iter().any(|one| tree.local(*one) == "compensateEventDefinition");
        if node.row.class == Class::Boundary && compensates && node.handler.is_none() {
            let message =
                format!("expected an association from `{}` to what undoes its activity", node.id);
            self.not_mapped(node.element, "", message);
        }
    }

    /// What BPMN itself says on one kind of element.
    fn by_tag(&mut self, element: Id, keys: &mut Keys) {
        let tree = self.tree;
        match tree.local(element) {
            "callActivity" => {
                if let Some(called) = tree.attribute(element, "calledElement") {
                    match expression::is_dynamic(called) {
                        true => {
                            let message =
                                format!("expected a process, found the expression `{called}`");
                            self.not_mapped(element, "calledElement", message);
                        }
                        false => {
                            let called = self.called(without_prefix(called));
                            keys.insert("process".into(), called.into());
                        }
                    }
                }
            }
            "scriptTask" => self.script(element, keys),
            // `validate` says that it is missing, unless our extension has it.
            "complexGateway" => {
                let activation = tree.child(element, BPMN, "activationCondition");
                let text = activation.and_then(|it| self.condition(it, &["activation"]));
                keys.extend(text.map(|text| ("activation".into(), text.into())));
            }
            "sendTask" | "receiveTask" => self.task_message(element, keys),
            "subProcess" if is_event_sub_process(tree, element) => {
                keys.insert("type".into(), "eventSubProcess".into());
            }
            _ => {}
        }
    }

    /// The name in YAML of a process that is called: perhaps one of this file.
    fn called(&self, id: &str) -> String {
        match self.model.processes.iter().find(|process| process.id == id) {
            Some(process) => self.process_name(process.element, process.id),
            None => clean(id),
        }
    }

    /// A script of ours: lines of `name = expression`.
    fn script(&mut self, element: Id, keys: &mut Keys) {
        let tree = self.tree;
        let Some(script) = tree.child(element, BPMN, "script") else { return };
        if tree.attribute(element, "scriptFormat") != Some(SCRIPT) {
            return;
        }
        self.take_element(script);
        let mut set = Keys::new();
        for line in tree.text(script).lines() {
            if let Some((name, value)) = line.split_once(" = ") {
                set.insert(name.trim().into(), format!("={}", value.trim()).into());
            }
        }
        keys.insert("set".into(), Value::Mapping(set));
    }

    /// How the activities of an ad-hoc sub-process are chosen.
    fn ad_hoc(&mut self, element: Id, keys: &mut Keys) {
        let tree = self.tree;
        if tree.attribute(element, "ordering") == Some("Sequential") {
            keys.insert("ordering".into(), "sequential".into());
        }
        if tree.flag(element, "cancelRemainingInstances") == Some(false) {
            keys.insert("cancelRemaining".into(), false.into());
        }
        if let Some(until) = tree.child(element, BPMN, "completionCondition")
            && !tree.text(until).is_empty()
            && let Some(text) = self.condition(until, &["until"])
        {
            keys.insert("until".into(), text.into());
        }
    }

    pub(super) fn flow(&mut self, process: &Process<'m>, flow: &Flow<'m>) -> RawFlow {
        let tree = self.tree;
        let mut keys = Keys::new();
        let way = tree.attribute_in(flow.element, MANDATE, "way").map(str::to_owned);
        self.look_ahead(flow.element, "flow");
        if let Some(condition) = flow.condition
            && way.is_none()
            && let Some(text) = self.condition(condition, &["when"])
        {
            // In `when` the sign may be left out, and reads better so.
            keys.insert("when".into(), text.trim_start_matches('=').trim().into());
        }
        if let Some(name) = tree.attribute(flow.element, "name").filter(|name| !name.is_empty()) {
            keys.insert("name".into(), name.into());
        }
        let beside = self.settings(flow.element, "flow", &mut keys);
        let is_default =
            process.nodes[flow.from].default.is_some_and(|one| process.flows[one].id == flow.id);
        let (from, to, has_condition) = (flow.from, flow.to, flow.condition.is_some());
        let (id, element) = (flow.id.to_owned(), flow.element);
        RawFlow { id, element, from, to, way, is_default, has_condition, keys, beside }
    }
}

//! New nodes and flows put into the text of an original: what was there keeps its ids, its names,
//! its place on the diagram, and what other tools wrote on it.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::patch::Patches;
use super::place::Diagram;
use crate::bpmn::export::{Declared, Draft, flow_part, node_part, shown};
use crate::bpmn::import::{Raw, RawFlow};
use crate::bpmn::keys::Keys;
use crate::bpmn::model::Model;
use crate::bpmn::names::{BPMN, CEL, XSI};
use crate::bpmn::table;
use crate::bpmn::xml::{Id, Part, ROOT, Tree};

/// The flow of an original that a flow of a draft is.
pub(super) fn original<'r>(raw: &'r Raw, draft: &Draft, at: usize) -> Option<&'r RawFlow> {
    let flow = &draft.flows[at];
    // What leaves a gateway that import put in behind an activity leaves that one in the file.
    let name = |at: usize| {
        let name = draft.nodes[at].name.as_str();
        let split = || raw.nodes.iter().find(|one| name == format!("{}_split", one.name));
        match raw.nodes.iter().any(|one| one.name == name) {
            true => name,
            false => split().map_or(name, |one| one.name.as_str()),
        }
    };
    raw.flows.iter().find(|one| {
        raw.nodes[one.from].name == name(flow.from)
            && raw.nodes[one.to].name == name(flow.to)
            && one.way == flow.way
    })
}

/// Puts a change into the text; none where it has no place there.
pub(super) fn put(
    patches: &mut Patches<'_>,
    model: &Model<'_>,
    raw: &Raw,
    (was, is): (&Draft, &Draft),
    change: &Change,
) -> Option<()> {
    let mut insertion = Insertion::new(model, raw, was, is, change)?;
    for (flow, id) in &insertion.given {
        patches.attribute(*flow, "id", id);
    }
    // What leads to a new node is drawn when that has its place.
    insertion.new_nodes(patches, change)?;
    insertion.turned(patches, was, change)?;
    insertion.gone(patches, raw, was, change)?;
    insertion.new_flows(patches, change)?;
    insertion.defaults(patches, change)?;
    insertion.diagram.finish(patches);
    Some(())
}

/// A draft with the ids of the file, and where things are in it.
struct Insertion<'m> {
    model: &'m Model<'m>,
    tree: &'m Tree,
    /// The element of the process.
    process: Id,
    draft: Draft,
    /// The elements of its nodes; none for what is new or not in the file.
    elements: Vec<Option<Id>>,
    /// The elements of its flows.
    flows: BTreeMap<usize, Id>,
    /// The ids of flows that had none and need one now.
    given: BTreeMap<Id, String>,
    diagram: Diagram<'m>,
    /// The prefix of BPMN in the file, with its colon.
    prefix: String,
    /// Flows that are listed as incoming already.
    listed: BTreeSet<usize>,
}

impl<'m> Insertion<'m> {
    fn new(
        model: &'m Model<'m>,
        raw: &Raw,
        was: &Draft,
        is: &Draft,
        change: &Change,
    ) -> Option<Self> {
        let tree = model.tree;
        let mut draft = is.clone();
        let mut used: BTreeSet<String> = model.ids.keys().map(|id| (*id).to_owned()).collect();
        let mut elements = vec![None; draft.nodes.len()];
        for (_, at) in &change.nodes {
            let node = &mut draft.nodes[*at];
            let found = raw.nodes.iter().find(|one| one.name == node.name);
            elements[*at] = found.and_then(|one| one.element);
            if let Some(found) = found {
                node.id.clone_from(&found.id);
            }
        }
        for at in &change.new_nodes {
            let node = &mut draft.nodes[*at];
            node.id = fresh(&mut used, &node.id);
            node.settings = without_name(&node.keys);
        }
        let mut flows = BTreeMap::new();
        for (old, at) in &change.flows {
            let Some(found) = original(raw, was, *old) else { continue };
            draft.flows[*at].id.clone_from(&found.id);
            flows.insert(*at, found.element);
        }
        let turned = change.turned.iter().map(|(_, at)| *at);
        let referred = turned.chain(change.defaults.iter().filter_map(|(_, flow)| *flow));
        let mut given = BTreeMap::new();
        for at in referred.filter(|at| flows.contains_key(at)) {
            if draft.flows[at].id.is_empty() {
                let id = fresh(&mut used, &wanted_id(&draft, at));
                draft.flows[at].id.clone_from(&id);
                given.insert(flows[&at], id);
            }
        }
        for at in &change.new_flows {
            let id = fresh(&mut used, &wanted_id(&draft, *at));
            let flow = &mut draft.flows[*at];
            flow.id = id;
            flow.settings = without_name(&flow.keys);
        }
        let turned = |at: &usize| change.turned.iter().any(|(_, one)| one == at);
        let stay = flows.keys().filter(|at| !turned(at)).map(|at| draft.flows[*at].id.as_str());
        let diagram = Diagram::new(tree, &draft, &stay.collect(), used)?;
        let (process, prefix) = (raw.element, Patches::prefix_of(tree, raw.element));
        let listed = BTreeSet::new();
        Some(Self { model, tree, process, draft, elements, flows, given, diagram, prefix, listed })
    }

    /// Flows that lead elsewhere now: the same flow with another target.
    fn turned(&mut self, patches: &mut Patches<'_>, was: &Draft, change: &Change) -> Option<()> {
        for (old, at) in &change.turned {
            let element = *self.flows.get(at)?;
            let target = self.draft.nodes[self.draft.flows[*at].to].id.clone();
            patches.attribute(element, "targetRef", &target);
            self.no_longer_comes(patches, was, *old, change)?;
            self.diagram.edge(&self.draft, *at);
        }
        Some(())
    }

    /// The node that a flow led to no longer lists it: the first new flow that leads there takes its
    /// place.
    fn no_longer_comes(
        &mut self,
        patches: &mut Patches<'_>,
        was: &Draft,
        old: usize,
        change: &Change,
    ) -> Option<()> {
        let target = was.flows[old].to;
        let (_, now) = *change.nodes.iter().find(|(at, _)| *at == target)?;
        let id = self.draft_id(change, old)?;
        let Some(child) = self.listing(self.elements[now]?, "incoming", &id) else {
            return Some(());
        };
        let instead = change
            .new_flows
            .iter()
            .copied()
            .find(|flow| self.draft.flows[*flow].to == now && !self.listed.contains(flow));
        let part = instead.map(|flow| {
            self.listed.insert(flow);
            self.list("incoming", flow)
        });
        patches.replace(self.tree.get(child).whole, part.unwrap_or_default());
        Some(())
    }

    /// The id of a flow of before.
    fn draft_id(&self, change: &Change, old: usize) -> Option<String> {
        let (_, now) = change.flows.iter().find(|(at, _)| *at == old)?;
        Some(self.draft.flows[*now].id.clone())
    }

    fn listing(&self, node: Id, local: &'static str, flow: &str) -> Option<Id> {
        let mut children = self.tree.children(node, BPMN, local);
        children.find(|child| !flow.is_empty() && self.tree.text(*child) == flow)
    }

    fn list(&self, local: &str, flow: usize) -> String {
        let (prefix, id) = (&self.prefix, &self.draft.flows[flow].id);
        format!("<{prefix}{local}>{id}</{prefix}{local}>")
    }

    /// Flows that are no longer there, with their edges and where they are listed.
    fn gone(
        &self,
        patches: &mut Patches<'_>,
        raw: &Raw,
        was: &Draft,
        change: &Change,
    ) -> Option<()> {
        for at in &change.gone {
            let flow = original(raw, was, *at)?;
            let listed = [(flow.from, "outgoing"), (flow.to, "incoming")];
            let listed = listed
                .into_iter()
                .filter_map(|(node, end)| self.listing(raw.nodes[node].element?, end, &flow.id));
            let edge = self.diagram.edge_of(&flow.id);
            for part in listed.chain(edge).chain([flow.element]) {
                patches.replace(self.tree.get(part).whole, String::new());
            }
        }
        Some(())
    }

    fn new_nodes(&mut self, patches: &mut Patches<'_>, change: &Change) -> Option<()> {
        let first = self.tree.children(ROOT, BPMN, "process").next()?;
        let mut declared = Declared::default();
        let mut parts = Vec::new();
        for at in &change.new_nodes {
            let mut part = node_part(&self.draft, *at, &self.draft.nodes[*at], &mut declared);
            says_all(&mut part);
            parts.push((self.draft.nodes[*at].scope, part));
            self.diagram.node(&self.draft, *at);
        }
        for (scope, part) in parts {
            self.behind_flow_elements(patches, scope, part)?;
        }
        for mut part in declared.parts() {
            if part.attributes.iter().any(|(name, id)| name == "id" && self.is_used(id)) {
                return None;
            }
            self.restyle(patches, &mut part)?;
            patches.insert(self.tree.get(first).whole.start, written(&part));
        }
        Some(())
    }

    fn is_used(&self, id: &str) -> bool {
        self.model.ids.contains_key(id)
    }

    fn new_flows(&mut self, patches: &mut Patches<'_>, change: &Change) -> Option<()> {
        for at in &change.new_flows {
            let (from, to) = (self.draft.flows[*at].from, self.draft.flows[*at].to);
            let part = flow_part(&self.draft, &self.draft.flows[*at]);
            let scope = self.draft.nodes[from].scope;
            self.behind_flow_elements(patches, scope, part)?;
            self.diagram.edge(&self.draft, *at);
            for (node, end) in [(from, "outgoing"), (to, "incoming")] {
                let Some(element) = self.elements[node] else { continue };
                let last = self.tree.children(element, BPMN, end).last();
                if let Some(last) = last.filter(|_| end == "outgoing" || !self.listed.contains(at))
                {
                    patches.insert(self.tree.get(last).whole.end, self.list(end, *at));
                }
            }
        }
        Some(())
    }

    fn defaults(&self, patches: &mut Patches<'_>, change: &Change) -> Option<()> {
        for (node, flow) in &change.defaults {
            let element = self.elements[*node]?;
            let id = flow.map(|flow| self.draft.flows[flow].id.as_str());
            match (id, self.tree.find_attribute(element, "", "default")) {
                (Some(id), _) => patches.attribute(element, "default", id),
                (None, Some(attribute)) => patches.replace(attribute.span, String::new()),
                (None, None) => {}
            }
        }
        Some(())
    }

    /// Puts a node or a flow behind the last of its scope, where the schema of BPMN wants it.
    fn behind_flow_elements(
        &self,
        patches: &mut Patches<'_>,
        scope: Option<usize>,
        mut part: Part,
    ) -> Option<()> {
        self.restyle(patches, &mut part)?;
        let around = match scope {
            Some(scope) => self.elements[scope]?,
            None => self.process,
        };
        let is_flow_element = |one: &&Id| {
            let local = self.tree.local(**one);
            let known = local == "sequenceFlow" || table::of_tag(local).is_some();
            known && self.tree.space(**one) == BPMN
        };
        let children = &self.tree.get(around).children;
        match children.iter().rfind(is_flow_element) {
            Some(last) => {
                patches.insert(self.tree.get(*last).whole.end, format!("\n{}", written(&part)));
            }
            None => patches.inside(around, written(&part)),
        }
        Some(())
    }

    /// Gives the names of a part the file's prefix. What is in our own expressions says so.
    fn restyle(&self, patches: &mut Patches<'_>, part: &mut Part) -> Option<()> {
        if let Some(local) = part.name.strip_prefix("bpmn:") {
            part.name = format!("{}{local}", self.prefix);
        }
        let formal = part.attributes.iter_mut().find(|(name, _)| name == "xsi:type");
        if let Some((name, kind)) = formal {
            let xsi = patches.declared("xsi", XSI)?;
            *name = format!("{xsi}:type");
            *kind = format!("{}tFormalExpression", self.prefix);
            part.attributes.push(("language".to_owned(), CEL.to_owned()));
        }
        part.children.iter_mut().try_for_each(|child| self.restyle(patches, child))
    }
}

/// What the id of a flow would be.
fn wanted_id(draft: &Draft, flow: usize) -> String {
    let ends = [draft.flows[flow].from, draft.flows[flow].to].map(|at| &draft.nodes[at].id);
    format!("Flow_{}_{}", ends[0], ends[1])
}

/// An id that the file does not have.
fn fresh(used: &mut BTreeSet<String>, wanted: &str) -> String {
    crate::bpmn::import::unique(used, wanted)
}

/// Keys that our extension says: all but a name that BPMN has room for.
fn without_name(keys: &Keys) -> Keys {
    let mut keys = keys.clone();
    if keys.get("name").is_some_and(|name| name.is_string() && shown(name).is_some()) {
        keys.shift_remove("name");
    }
    keys
}

/// Marks a node of ours in a file of another tool: nothing of that tool is to be read into it.
fn says_all(part: &mut Part) {
    let extensions = part.children.iter_mut().find(|one| one.name == "bpmn:extensionElements");
    match extensions.and_then(|one| one.children.first_mut()) {
        Some(setting) => setting.attributes.push(("whole".to_owned(), "true".to_owned())),
        None => {
            let setting = Part::new("mandate:node").with("whole", "true");
            let extensions = Part::new("bpmn:extensionElements").child(setting);
            let at =
                part.children.iter().take_while(|one| one.name == "bpmn:documentation").count();
            part.children.insert(at, extensions);
        }
    }
}

pub(super) fn written(part: &Part) -> String {
    let mut text = String::new();
    part.write(&mut text, 0);
    text.trim_end().to_owned()
}

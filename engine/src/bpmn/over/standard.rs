//! What BPMN, or the tool that an original is of, has a place for is said there, so that everybody
//! who reads the file reads what is so now. How it is said is what `export` writes: where a node or
//! a flow is written otherwise than before, the original is made to say that, and nothing else. What
//! does not come back from there goes into our extension.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::change::Change;
use super::insert;
use super::patch::Patches;
use super::words::Words;
use crate::bpmn::export::{Declared, Draft, flow_part, node_part};
use crate::bpmn::import::Raw;
use crate::bpmn::model::{Model, without_prefix};
use crate::bpmn::names::{BPMN, CEL, MANDATE, XSI};
use crate::bpmn::xml::{Id, Part, ROOT, Tree};

/// Attributes that say what something is connected with: `insert` sees to those.
const CONNECTIONS: [&str; 5] = ["id", "default", "sourceRef", "targetRef", "attachedToRef"];

/// What stands inside a node or a flow and says something of it.
const INNER: [&str; 11] = [
    "documentation",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "script",
    "activationCondition",
    "completionCondition",
    "loopCondition",
    "conditionExpression",
    "condition",
    "timeDate",
    "timeDuration",
];

/// Conditions, which may come and go.
const CONDITIONS: [&str; 3] = ["conditionExpression", "completionCondition", "loopCondition"];

/// The times of a timer, of which it has one.
const TIMES: [&str; 3] = ["timeDate", "timeDuration", "timeCycle"];

/// Keys that tools have an attribute for, on the node or on their extension of it, with the plain
/// words that we have.
const TOOLS: [(&str, &str); 6] = [
    ("assign", "assignee"),
    ("role", "candidateGroups"),
    ("topic", "topic"),
    ("topic", JOB_TYPE),
    ("decision", "decisionRef"),
    ("decision", "decisionId"),
];

/// The topic, as Zeebe's definition of a job calls it; `type` says elsewhere what kind of task it is.
const JOB_TYPE: &str = "type";
const JOB: &str = "taskDefinition";

/// Says everything that changed.
pub(super) struct Standard<'m> {
    model: &'m Model<'m>,
    tree: &'m Tree,
    raw: &'m Raw,
    words: Words<'m>,
    was: Draft,
    is: Draft,
    declared: Declared,
    /// What had to be declared anew: element and name, with its id.
    new: BTreeMap<(&'static str, String), String>,
    /// The prefix of BPMN in the file, with its colon.
    prefix: String,
}

impl<'m> Standard<'m> {
    pub(super) fn new(
        model: &'m Model<'m>,
        raw: &'m Raw,
        words: Words<'m>,
        (was, is): (&Draft, &Draft),
    ) -> Self {
        let with_ids = |draft: &Draft| {
            let mut draft = draft.clone();
            for node in &mut draft.nodes {
                if let Some(found) = raw.nodes.iter().find(|one| one.name == node.name) {
                    node.id.clone_from(&found.id);
                }
            }
            draft
        };
        Self {
            model,
            tree: model.tree,
            raw,
            words,
            was: with_ids(was),
            is: with_ids(is),
            declared: Declared::default(),
            new: BTreeMap::new(),
            prefix: Patches::prefix_of(model.tree, raw.element),
        }
    }

    /// Says what nodes and flows say otherwise than before; none where the file lacks one of them.
    pub(super) fn say(&mut self, patches: &mut Patches<'_>, change: &Change) -> Option<()> {
        let name = |draft: &Draft| draft.keys.get("name").cloned();
        if name(&self.was) != name(&self.is)
            && let Some(Value::String(name)) = name(&self.is)
            && self.tree.attribute(self.raw.element, "name").is_some()
        {
            patches.attribute(self.raw.element, "name", &name);
        }
        for (old, at) in &change.nodes {
            if self.was.nodes[*old].keys == self.is.nodes[*at].keys {
                continue;
            }
            let name = &self.is.nodes[*at].name;
            let element = self.raw.nodes.iter().find(|node| node.name == *name)?.element?;
            let was = node_part(&self.was, *old, &self.was.nodes[*old], &mut self.declared);
            let is = node_part(&self.is, *at, &self.is.nodes[*at], &mut self.declared);
            self.part(patches, element, &was, &is)?;
            self.tools(patches, element, *old, *at);
        }
        for (old, at) in &change.flows {
            let (was, is) = (&self.was.flows[*old], &self.is.flows[*at]);
            if was.keys == is.keys || is.way.is_some() {
                continue;
            }
            let element = insert::original(self.raw, &self.was, *old)?.element;
            let (was, is) = (flow_part(&self.was, was), flow_part(&self.is, is));
            self.part(patches, element, &was, &is)?;
        }
        Some(())
    }

    /// Makes an element say what a part says, where that is otherwise than before.
    fn part(
        &mut self,
        patches: &mut Patches<'_>,
        element: Id,
        was: &Part,
        is: &Part,
    ) -> Option<()> {
        self.attributes(patches, element, was, is)?;
        if is.text.is_some() && is.text != was.text {
            self.text(patches, element, is)?;
        }
        for child in is.children.iter().filter(|child| says(child)) {
            let before = was.children.iter().find(|one| one.name == child.name);
            if before != Some(child) {
                self.child(patches, element, before, child)?;
            }
        }
        for child in was.children.iter().filter(|child| CONDITIONS.contains(&local(child))) {
            if !is.children.iter().any(|one| one.name == child.name) {
                patches.remove(element, BPMN, local(child));
            }
        }
        Some(())
    }

    fn attributes(
        &mut self,
        patches: &mut Patches<'_>,
        element: Id,
        was: &Part,
        is: &Part,
    ) -> Option<()> {
        let own = |part: &Part| -> BTreeMap<String, String> {
            let own = part
                .attributes
                .iter()
                .filter(|(name, _)| !name.contains(':') && !CONNECTIONS.contains(&name.as_str()));
            own.cloned().collect()
        };
        let (was, is) = (own(was), own(is));
        for (name, value) in &is {
            if was.get(name) == Some(value) {
                continue;
            }
            match self.declared.of(value) {
                Some(_) => self.refer(patches, element, name, value)?,
                None => patches.attribute(element, name, value),
            }
        }
        for name in was.keys().filter(|name| !is.contains_key(*name)) {
            patches.without(element, name);
        }
        Some(())
    }

    fn child(
        &mut self,
        patches: &mut Patches<'_>,
        element: Id,
        before: Option<&Part>,
        child: &Part,
    ) -> Option<()> {
        let local = local(child);
        if let Some(there) = self.tree.child(element, BPMN, local) {
            let nothing = Part::new(child.name.clone());
            return self.part(patches, there, before.unwrap_or(&nothing), child);
        }
        if TIMES.contains(&local) {
            for other in TIMES {
                patches.remove(element, BPMN, other);
            }
        } else if !CONDITIONS.contains(&local) {
            return Some(());
        }
        let text = child.text.as_deref().unwrap_or_default();
        let (text, is_ours) = self.words.said(text, None, TIMES.contains(&local));
        let xsi = patches.declared("xsi", XSI)?;
        let prefix = &self.prefix;
        let mut part = Part::new(format!("{prefix}{local}"))
            .with(&format!("{xsi}:type"), format!("{prefix}tFormalExpression"))
            .text(text);
        if is_ours {
            part = part.with("language", CEL);
        }
        patches.inside(element, insert::written(&part));
        Some(())
    }

    /// Puts the text of a part into an element: an expression in the language of the file where that
    /// says it, else in ours, which is then named.
    fn text(&self, patches: &mut Patches<'_>, element: Id, is: &Part) -> Option<()> {
        let text = is.text.as_deref().unwrap_or_default();
        if !is.attributes.iter().any(|(name, _)| name == "xsi:type") {
            patches.content(element, text);
            return Some(());
        }
        let (text, is_ours) = self.words.said(text, Some(element), TIMES.contains(&local(is)));
        patches.content(element, &text);
        if is_ours && self.tree.attribute(element, "language") != Some(CEL) {
            patches.attribute(element, "language", CEL);
            if self.tree.attribute_in(element, XSI, "type").is_none() {
                let xsi = patches.declared("xsi", XSI)?;
                let formal = format!("{}tFormalExpression", self.prefix);
                patches.attribute(element, &format!("{xsi}:type"), &formal);
            }
        }
        Some(())
    }

    /// Lets an element refer to what has a name: to one that the file declares, by another name for
    /// the one that it refers to and nothing else does, or by one that is declared anew.
    fn refer(
        &mut self,
        patches: &mut Patches<'_>,
        element: Id,
        attribute: &str,
        declared: &str,
    ) -> Option<()> {
        let (kind, named_by, name) = self.declared.of(declared)?;
        let tree = self.tree;
        let mut known = tree.children(ROOT, BPMN, kind);
        let named = known.find(|one| tree.attribute(*one, named_by) == Some(name));
        if let Some(id) = named.and_then(|one| tree.attribute(one, "id")) {
            patches.attribute(element, attribute, id);
            return Some(());
        }
        let key = (kind, name.to_owned());
        if let Some(id) = self.new.get(&key) {
            patches.attribute(element, attribute, id);
            return Some(());
        }
        let old = tree.attribute(element, attribute).map(without_prefix);
        let refers =
            |one: &Id| tree.attribute(*one, attribute).map(without_prefix) == old && old.is_some();
        let before = old.and_then(|id| self.model.ids.get(id).copied());
        if let Some(before) = before.filter(|_| tree.below(ROOT).filter(refers).count() == 1) {
            patches.attribute(before, named_by, name);
            return Some(());
        }
        let taken =
            |id: &str| self.model.ids.contains_key(id) || self.new.values().any(|one| one == id);
        let wanted = (1..).map(|number| format!("{kind}_{number}"));
        let id = wanted.into_iter().find(|id| !taken(id))?;
        let mut part =
            Part::new(format!("{}{kind}", self.prefix)).with("id", id.clone()).with("name", name);
        if named_by != "name" {
            part = part.with(named_by, name);
        }
        let first = tree.children(ROOT, BPMN, "process").next()?;
        patches.insert(tree.get(first).whole.start, insert::written(&part));
        patches.attribute(element, attribute, &id);
        self.new.insert(key, id);
        Some(())
    }

    /// What the tool of the file says in plain words.
    fn tools(&self, patches: &mut Patches<'_>, element: Id, old: usize, at: usize) {
        let (was, is) = (&self.was.nodes[old].keys, &self.is.nodes[at].keys);
        let extensions = self.tree.child(element, BPMN, "extensionElements");
        let theirs = extensions.into_iter().flat_map(|all| self.tree.get(all).children.clone());
        let places: Vec<Id> = std::iter::once(element)
            .chain(theirs.filter(|one| self.tree.space(*one) != MANDATE))
            .collect();
        for (key, local) in TOOLS {
            let Some(words) = is.get(key).filter(|now| was.get(key) != Some(now)).and_then(plain)
            else {
                continue;
            };
            let places = places.iter();
            for place in places.filter(|it| local != JOB_TYPE || self.tree.local(**it) == JOB) {
                patches.theirs(*place, *place == element, local, &words);
            }
        }
        let count = was.get("forEach").is_some().then(|| is.get("forEach")).flatten();
        let marker = self.tree.child(element, BPMN, "multiInstanceLoopCharacteristics");
        let cardinality =
            marker.and_then(|marker| self.tree.child(marker, BPMN, "loopCardinality"));
        if let (Some(items), Some(cardinality)) = (count.and_then(numbered), cardinality) {
            patches.content(cardinality, &items.to_string());
        }
    }
}

/// How many items there are in a list that only numbers them.
fn numbered(each: &Value) -> Option<usize> {
    let list = each.get("in")?.as_str()?.strip_prefix("=[")?.strip_suffix(']')?;
    let items: Vec<&str> = list.split(',').map(str::trim).collect();
    let counts = |(at, item): (usize, &&str)| *item == (at + 1).to_string();
    items.iter().enumerate().all(counts).then_some(items.len())
}

/// One word or several, none of which is an expression or means something of ours.
fn plain(value: &Value) -> Option<String> {
    let word = |value: &Value| {
        let word = value.as_str().filter(|word| !word.starts_with('=') && *word != "initiator");
        word.map(str::to_owned)
    };
    match value {
        Value::Sequence(words) => {
            words.iter().map(word).collect::<Option<Vec<_>>>().map(|words| words.join(", "))
        }
        value => word(value),
    }
}

fn local(part: &Part) -> &str {
    part.name.strip_prefix("bpmn:").unwrap_or(&part.name)
}

/// Whether a part says something of what it stands in.
fn says(part: &Part) -> bool {
    let local = local(part);
    INNER.contains(&local) || TIMES.contains(&local) || local.ends_with("EventDefinition")
}

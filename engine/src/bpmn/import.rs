//! From a BPMN model to our YAML. First everything a node says becomes keys (`node`, `event`, the
//! other tools' extensions in `tools`), then flows become `to` (`ways`), then it is put in order
//! and written (`files`). What was not understood is reported by `leftover`.

mod brought;
mod event;
mod expressions;
mod files;
mod leftover;
mod node;
mod order;
mod repeats;
mod settings;
mod validate;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_yaml::Value;

use super::expression::{self, Language};
use super::form::Forms;
use super::keys::{self, Keys};
use super::model::{Model, Process, Report};
use super::names::{BPMN, EXPORTER, MANDATE};
use super::time::Weekdays;
use super::tools::{self, Tool};
use super::xml::{Id, ROOT, Tree};
use crate::diagnostic::Diagnostic;

pub(super) use event::{ANY, EVENTS, Says};
pub(super) use files::{Written, files, text as files_text};
pub(super) use node::{SCRIPT, clean, identifier, unique};
pub(super) use settings::{pointer, unpointer};
pub(super) use ways::implied_default;

/// A process as keys, before its flows are drawn.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) element: Id,
    pub(super) name: String,
    pub(super) keys: Keys,
    pub(super) nodes: Vec<RawNode>,
    pub(super) flows: Vec<RawFlow>,
    pub(super) roles: IndexMap<String, String>,
    pub(super) forms: Forms,
    /// What stood beside what our own extension says.
    pub(super) beside: Keys,
}

/// A node as keys.
#[derive(Debug)]
pub(super) struct RawNode {
    /// Its id in the file.
    pub(super) id: String,
    /// Its name in YAML.
    pub(super) name: String,
    /// Where it stands; none for what was put in.
    pub(super) element: Option<Id>,
    pub(super) scope: Option<usize>,
    pub(super) keys: Keys,
    /// What stood beside what our own extension says.
    pub(super) beside: Keys,
    /// A start event that only shows where our first node is.
    pub(super) implied: bool,
    /// Flows that leave it, in its order.
    pub(super) outgoing: Vec<usize>,
    /// What a compensation event leads to.
    pub(super) handler: Option<usize>,
    /// Whether nothing leaves it, so that a token ends there.
    pub(super) ends: bool,
}

/// A flow as keys: `when`, `name`.
#[derive(Debug)]
pub(super) struct RawFlow {
    /// Empty where it has none.
    pub(super) id: String,
    pub(super) element: Id,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The key of the node that names the way, such as `outcomes/accept/to`.
    pub(super) way: Option<String>,
    pub(super) is_default: bool,
    /// Whether it has a condition, be it one that we cannot say.
    pub(super) has_condition: bool,
    pub(super) keys: Keys,
    /// What stood beside what our own extension says.
    pub(super) beside: Keys,
}

/// Everything that reading needs and gathers.
pub(super) struct Reading<'m> {
    pub(super) model: &'m Model<'m>,
    pub(super) tree: &'m Tree,
    pub(super) report: &'m mut Report,
    pub(super) tool: Tool,
    /// Whether the file is one of ours.
    pub(super) own: bool,
    pub(super) language: Language,
    taken_attributes: BTreeSet<usize>,
    taken_elements: BTreeSet<Id>,
    /// Names in YAML by id, of the process that is read.
    names: BTreeMap<&'m str, String>,
    roles: IndexMap<String, String>,
    pub(super) forms: Forms,
    /// The lane that a node is in, by the node's id.
    pub(super) lanes: BTreeMap<&'m str, Id>,
    /// What multi-instance activities call their items.
    pub(super) items: BTreeSet<&'m str>,
    /// Names that expressions use and that are no fields.
    variables: BTreeSet<String>,
    /// How long messages are kept, by name.
    kept: IndexMap<String, String>,
    /// What the model calls whoever began the case.
    initiator: Option<String>,
    /// What our own extension says of the node or flow that is read.
    over: Keys,
    /// Names that are said to be others here.
    renamed: BTreeSet<String>,
    /// The runs that a completion condition may count.
    runs: Option<repeats::Runs>,
}

impl<'m> Reading<'m> {
    pub(super) fn new(model: &'m Model<'m>, report: &'m mut Report) -> Self {
        let tree = model.tree;
        let tool = tools::detect(tree);
        let named = tree.attribute(ROOT, "expressionLanguage").and_then(expression::by_name);
        let language = match named {
            None | Some(Language::Other) => tool.language(),
            Some(named) => named,
        };
        Self {
            model,
            tree,
            report,
            tool,
            own: tree.attribute(ROOT, "exporter") == Some(EXPORTER),
            language,
            taken_attributes: BTreeSet::new(),
            taken_elements: BTreeSet::new(),
            names: BTreeMap::new(),
            roles: IndexMap::new(),
            forms: Forms::default(),
            lanes: BTreeMap::new(),
            items: BTreeSet::new(),
            variables: BTreeSet::new(),
            kept: IndexMap::new(),
            initiator: None,
            over: Keys::new(),
            renamed: BTreeSet::new(),
            runs: None,
        }
    }

    /// Every process as keys.
    pub(super) fn raws(&mut self) -> Vec<Raw> {
        let model = self.model;
        // A process without nodes stands for somebody else's, behind a closed pool.
        let closed = model.processes.iter().filter(|process| process.nodes.is_empty());
        for process in closed.filter(|one| !self.tree.get(one.element).children.is_empty()) {
            let message = format!("`{}` has no nodes: nothing of it runs", process.id);
            self.not_mapped(process.element, "", message);
        }
        let processes = model.processes.iter().filter(|process| !process.nodes.is_empty());
        let raws = processes.map(|process| self.process(process)).collect();
        leftover::report(self);
        raws
    }

    fn process(&mut self, process: &Process<'m>) -> Raw {
        self.names = node::names(self.tree, process);
        self.roles = IndexMap::new();
        self.variables = BTreeSet::new();
        let label = self.tree.attribute(process.element, "name").unwrap_or_default();
        self.forms = Forms::of_process(&self.process_name(process.element, process.id), label);
        tools::gather(self, process);
        let mut keys = Keys::new();
        let name = self.process_name(process.element, process.id);
        keys.insert("process".into(), name.clone().into());
        let label = self.tree.attribute(process.element, "name").filter(|name| !name.is_empty());
        let pool = process.participant.and_then(|pool| self.tree.attribute(pool, "name"));
        let label = label.or(pool.filter(|name| !name.is_empty())).unwrap_or(process.id);
        keys.insert("name".into(), label.into());
        if let Some(text) = self.documentation(process.element) {
            keys.insert("description".into(), text.into());
        }
        tools::process(self, process, &mut keys);
        let beside = self.settings(process.element, "process", &mut keys);
        let nodes = (0..process.nodes.len()).map(|at| self.node(process, at)).collect();
        let flows = process.flows.iter().map(|flow| self.flow(process, flow)).collect();
        self.declare(&mut keys);
        let roles = std::mem::take(&mut self.roles);
        let forms = std::mem::take(&mut self.forms);
        let element = process.element;
        let mut raw = Raw { element, name, keys, nodes, flows, roles, forms, beside };
        tools::whole(self, process, &mut raw);
        brought::report(self, &raw);
        raw
    }

    /// Declares what expressions and forms use.
    fn declare(&mut self, keys: &mut Keys) {
        if let Some(document) = self.forms.document() {
            let mut uses = Keys::new();
            uses.insert("form".into(), self.forms.name().into());
            keys::set(keys, &["documents", document], Value::Mapping(uses));
        }
        for (name, keep) in std::mem::take(&mut self.kept) {
            if keys.get("messages").and_then(|map| map.get(name.as_str())).is_none() {
                keys::set(keys, &["messages", &name, "keep"], keep.into());
            }
        }
        for name in std::mem::take(&mut self.variables) {
            let declared = ["documents", "variables"]
                .iter()
                .any(|key| keys.get(*key).and_then(|map| map.get(name.as_str())).is_some());
            if !declared {
                keys::set(keys, &["variables", &name, "type"], "any".into());
            }
        }
    }

    /// The name in YAML of a process.
    pub(super) fn process_name(&self, element: Id, id: &str) -> String {
        let setting = self.tree.child(element, BPMN, "extensionElements");
        let setting = setting.and_then(|one| self.tree.child(one, MANDATE, "process"));
        let name = setting.and_then(|one| self.tree.attribute(one, "name"));
        name.map_or_else(|| node::clean(id), str::to_owned)
    }

    /// The texts of an element's documentation.
    fn documentation(&mut self, element: Id) -> Option<String> {
        let texts = self.tree.children(element, BPMN, "documentation");
        let texts: Vec<&str> =
            texts.map(|one| self.tree.text(one)).filter(|text| !text.is_empty()).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// An attribute of another tool, noted as understood.
    pub(super) fn take(&mut self, element: Id, space: &str, local: &str) -> Option<&'m str> {
        let tree = self.tree;
        let attribute = tree.find_attribute(element, space, local)?;
        self.taken_attributes.insert(attribute.span.start);
        Some(attribute.value.trim()).filter(|value| !value.is_empty())
    }

    /// All attributes of an element that is reported as a whole.
    pub(super) fn take_attributes(&mut self, element: Id) {
        let attributes = self.tree.get(element).attributes.iter();
        self.taken_attributes.extend(attributes.map(|one| one.span.start));
    }

    /// An element noted as understood, without what is in it.
    pub(super) fn take_element(&mut self, element: Id) {
        self.taken_elements.insert(element);
    }

    /// An element's first extension of a name, noted as understood.
    pub(super) fn take_extension(&mut self, element: Id, space: &str, local: &str) -> Option<Id> {
        let found = self.extension(element, space, local)?;
        self.taken_elements.insert(found);
        Some(found)
    }

    /// An element's first extension of a name.
    pub(super) fn extension(&self, element: Id, space: &str, local: &str) -> Option<Id> {
        let extensions = self.tree.child(element, BPMN, "extensionElements")?;
        self.tree.child(extensions, space, local)
    }

    /// Reports something that could not be mapped, and stays in the original file.
    pub(super) fn not_mapped(&mut self, element: Id, attribute: &str, message: String) {
        self.report.warn(|| self.tree.error_at("notMapped", element, attribute, message));
    }

    /// Reports something that was mapped, but not quite as it was meant.
    pub(super) fn in_part(&mut self, element: Id, attribute: &str, message: String) {
        self.report.warn(|| self.tree.error_at("mappedInPart", element, attribute, message));
    }

    /// Reports something that we do not have.
    pub(super) fn unsupported(&mut self, element: Id, message: String) {
        if self.report.is_full() {
            return;
        }
        let problem = self.tree.error("unsupportedElement", element, message);
        self.report.push(problem);
    }

    pub(super) fn push(&mut self, problem: Diagnostic) {
        self.report.push(problem);
    }

    /// A role of ours for a group of theirs.
    pub(super) fn role(&mut self, group: &str, label: &str) -> String {
        let name = node::clean(group);
        self.roles.entry(name.clone()).or_insert_with(|| label.to_owned());
        name
    }

    /// A message is kept for so long; where it is sent in several places, the first one counts.
    pub(super) fn keep(&mut self, message: &str, keep: &str, said_by: Id) {
        let first = self.kept.entry(message.to_owned()).or_insert_with(|| keep.to_owned()).clone();
        if first != keep {
            let message = format!(
                "`{message}` is kept for {first} wherever it is sent, which another element says"
            );
            self.not_mapped(said_by, "timeToLive", message);
        }
    }

    pub(super) fn set_initiator(&mut self, name: &str) {
        self.initiator = Some(name.to_owned());
    }

    /// How the cron of the file counts the days of the week.
    pub(super) fn weekdays(&self) -> Weekdays {
        match self.tool {
            _ if self.own => Weekdays::Unix,
            Tool::Mandate | Tool::Zeebe => Weekdays::Unix,
            Tool::Camunda | Tool::Flowable | Tool::Activiti | Tool::Signavio | Tool::Other => {
                Weekdays::Quartz
            }
        }
    }

    /// The name in YAML of a node, by its id.
    pub(super) fn node_name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| node::clean(id))
    }
}

//! From a process to a file of BPMN 2.0. Whatever BPMN has a place for is written there; then the
//! file is read again, and what did not come back goes into our own extension. So export and import
//! fit each other by construction, also for keys that are added to the language.

mod diagram;
mod draft;
mod element;

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::import::{Raw, Reading};
use super::keys::{self, Keys};
use super::model;
use super::names::{BPMN, BPMNDI, CEL, DC, DI, EXPORTER, MANDATE, XSI};
use super::xml::{self, Part};
use crate::definition::source::ProcessSource;

pub(super) use diagram::size;
pub(super) use draft::{Draft, DraftFlow, Ids, draft};
pub(super) use element::{Declared, flow as flow_part, node as node_part};

/// Processes as one file.
pub(super) fn file(processes: &[&ProcessSource]) -> String {
    let mut ids = Ids::default();
    let mut drafts: Vec<Draft> = processes.iter().map(|one| draft(one, &mut ids)).collect();
    settle(&mut drafts);
    text(&drafts)
}

/// Puts into each draft's settings what BPMN alone does not bring back.
pub(super) fn settle(drafts: &mut [Draft]) {
    let Some(raws) = read(drafts) else {
        // Larger than what we read: then our extension says all of it.
        drafts.iter_mut().for_each(everything);
        return;
    };
    for (draft, raw) in drafts.iter_mut().zip(raws) {
        missing(draft, &raw);
    }
    let raws = read(drafts).unwrap_or_default();
    for (draft, raw) in drafts.iter_mut().zip(raws) {
        note(draft, &raw);
    }
}

/// What the file of drafts is read as.
fn read(drafts: &[Draft]) -> Option<Vec<Raw>> {
    let plain = text(drafts);
    let mut report = model::Report::default();
    let tree = xml::read("export.bpmn", plain.as_bytes()).ok()?;
    let model = model::build(&tree, &mut report).filter(|_| !report.has_errors())?;
    Some(Reading::new(&model, &mut report).raws())
}

/// Notes what BPMN says of the same things as our extension.
fn note(draft: &mut Draft, raw: &Raw) {
    draft.beside.clone_from(&raw.beside);
    let nodes: BTreeMap<&str, &Keys> =
        raw.nodes.iter().map(|node| (node.id.as_str(), &node.beside)).collect();
    for node in &mut draft.nodes {
        node.beside =
            nodes.get(node.id.as_str()).map(|beside| (*beside).clone()).unwrap_or_default();
    }
    let flows: BTreeMap<&str, &Keys> =
        raw.flows.iter().map(|flow| (flow.id.as_str(), &flow.beside)).collect();
    for flow in &mut draft.flows {
        flow.beside =
            flows.get(flow.id.as_str()).map(|beside| (*beside).clone()).unwrap_or_default();
    }
}

fn everything(draft: &mut Draft) {
    draft.settings = draft.keys.clone();
    draft.nodes.iter_mut().for_each(|node| node.settings = node.keys.clone());
    draft.flows.iter_mut().for_each(|flow| flow.settings = flow.keys.clone());
}

fn missing(draft: &mut Draft, raw: &Raw) {
    let came_back = without(&raw.keys, &["process"]);
    draft.settings = keys::difference(&draft.keys, &came_back);
    let nodes: BTreeMap<&str, &Keys> =
        raw.nodes.iter().map(|node| (node.id.as_str(), &node.keys)).collect();
    for node in &mut draft.nodes {
        let Some(came_back) = nodes.get(node.id.as_str()) else { continue };
        let came_back = without(came_back, &["type"]);
        node.settings = keys::difference(&node.keys, &came_back);
    }
    let flows: BTreeMap<&str, &Keys> =
        raw.flows.iter().map(|flow| (flow.id.as_str(), &flow.keys)).collect();
    for flow in &mut draft.flows {
        let Some(came_back) = flows.get(flow.id.as_str()) else { continue };
        if flow.way.is_none() {
            flow.settings = keys::difference(&flow.keys, came_back);
        }
    }
}

fn without(keys: &Keys, names: &[&str]) -> Keys {
    let mut keys = keys.clone();
    keys.retain(|key, _| !names.iter().any(|name| key.as_str() == Some(name)));
    keys
}

/// The whole file.
fn text(drafts: &[Draft]) -> String {
    let mut definitions = Part::new("bpmn:definitions")
        .with("xmlns:bpmn", BPMN)
        .with("xmlns:bpmndi", BPMNDI)
        .with("xmlns:dc", DC)
        .with("xmlns:di", DI)
        .with("xmlns:xsi", XSI)
        .with("xmlns:mandate", MANDATE)
        .with("id", "Definitions_1")
        .with("targetNamespace", MANDATE)
        .with("expressionLanguage", CEL)
        .with("exporter", EXPORTER)
        .with("exporterVersion", env!("CARGO_PKG_VERSION"));
    let mut declared = element::Declared::default();
    let processes: Vec<Part> =
        drafts.iter().map(|draft| element::process(draft, &mut declared)).collect();
    definitions.children.extend(declared.parts());
    definitions.children.extend(processes);
    definitions.children.extend(drafts.iter().map(diagram::diagram));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    definitions.write(&mut text, 0);
    text
}

/// A text that a person reads, in the language that BPMN has room for.
pub(super) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Mapping(texts) => {
            let text = texts.get("zh").or_else(|| texts.values().next())?;
            text.as_str().map(str::to_owned)
        }
        _ => None,
    }
}

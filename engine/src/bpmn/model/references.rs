//! References that have no use of their own in the model: messages, signals, pools, what a diagram
//! draws. What leads nowhere, or to something else than it should, is reported.

use super::Report;
use super::build::{Names, without_prefix};
use crate::bpmn::names::{BPMN, BPMNDI};
use crate::bpmn::xml::{Id, ROOT};

/// References that everything may have: attribute, and what it must refer to.
const REFERENCES: &[(&str, &[&str])] = &[
    ("messageRef", &["message"]),
    ("signalRef", &["signal"]),
    ("errorRef", &["error"]),
    ("escalationRef", &["escalation"]),
    ("processRef", &["process"]),
];

/// Checks references that have no use of their own in the model.
pub(super) fn check(names: &Names<'_, '_>, report: &mut Report) {
    let tree = names.tree;
    for element in tree.below(ROOT) {
        if report.is_full() {
            break;
        }
        let diagram = tree.space(element) == BPMNDI;
        if tree.space(element) != BPMN && !diagram {
            continue;
        }
        if diagram {
            if let Some(name) = tree.attribute(element, "bpmnElement").map(without_prefix)
                && !names.ids.contains_key(name)
            {
                let message = format!("expected something to draw, but there is no `{name}`");
                report.warn(|| tree.error_at("unknownReference", element, "bpmnElement", message));
            }
            continue;
        }
        for (attribute, expected) in REFERENCES {
            let Some(name) = tree.attribute(element, attribute).map(without_prefix) else {
                continue;
            };
            refers(names, element, attribute, name, expected, report);
        }
        if tree.local(element) == "linkEventDefinition" {
            links(names, element, report);
        }
        if tree.local(element) == "flowNodeRef" {
            let name = without_prefix(tree.text(element));
            if !names.owners.contains_key(name) {
                let message = format!("expected a node of this process, but there is no `{name}`");
                report.push(tree.error("unknownReference", element, message));
            }
        }
    }
}

/// A link may name its other ends. They are found by its name; what is said must be links.
fn links(names: &Names<'_, '_>, link: Id, report: &mut Report) {
    let tree = names.tree;
    for end in ["source", "target"].into_iter().flat_map(|end| tree.children(link, BPMN, end)) {
        let name = without_prefix(tree.text(end));
        let found = names.ids.get(name).map(|id| tree.local(*id));
        if found != Some("linkEventDefinition") {
            let message = format!("expected a link event definition, but `{name}` is none");
            report.push(tree.error("unknownReference", end, message));
        }
    }
}

fn refers(
    names: &Names<'_, '_>,
    element: Id,
    attribute: &str,
    name: &str,
    expected: &[&str],
    report: &mut Report,
) {
    let tree = names.tree;
    match names.ids.get(name).map(|id| tree.local(*id)) {
        Some(found) if expected.contains(&found) => {}
        // A pool may stand for a process of another file.
        None if attribute == "processRef" && tree.local(element) == "participant" => {}
        Some(found) => {
            let message = format!("expected a `{}`, but `{name}` is a `{found}`", expected[0]);
            report.push(tree.error_at("wrongReference", element, attribute, message));
        }
        None => {
            let message = format!("expected a `{}`, but there is no `{name}`", expected[0]);
            report.push(tree.error_at("unknownReference", element, attribute, message));
        }
    }
}

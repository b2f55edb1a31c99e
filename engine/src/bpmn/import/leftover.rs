//! What nobody understood: foreign attributes and extensions, and elements of BPMN that have no
//! counterpart. Each is reported where it stands. None is lost: the original file keeps it, and it
//! goes out as it came.

use super::Reading;
use crate::bpmn::names::{BPMN, MANDATE, MODELER, XSI};
use crate::bpmn::table;
use crate::bpmn::xml::{Id, ROOT};

/// Elements of BPMN that are read, or that only structure or decorate.
const UNDERSTOOD: &[&str] = &[
    "definitions",
    "process",
    "collaboration",
    "participant",
    "laneSet",
    "lane",
    "childLaneSet",
    "flowNodeRef",
    "incoming",
    "outgoing",
    "documentation",
    "sequenceFlow",
    "conditionExpression",
    "activationCondition",
    "message",
    "signal",
    "error",
    "escalation",
    "messageFlow",
    "textAnnotation",
    "text",
    "association",
    "group",
    "category",
    "categoryValue",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "timeDate",
    "timeDuration",
    "timeCycle",
];

/// Attributes of tools that say how a file was made or how it looks, not what it means.
const LOOKS: &[&str] = &[
    MODELER,
    MANDATE,
    XSI,
    "http://www.w3.org/XML/1998/namespace",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
];

/// Reports everything that was not understood.
pub(super) fn report(reading: &mut Reading<'_>) {
    let mut todo = vec![ROOT];
    while let Some(element) = todo.pop() {
        if reading.report.is_full() {
            return;
        }
        let tree = reading.tree;
        attributes(reading, element);
        if tree.is(element, BPMN, "extensionElements") {
            extensions(reading, element);
            continue;
        }
        let children = &tree.get(element).children;
        for child in children.iter().rev().copied() {
            let local = tree.local(child);
            if tree.space(child) != BPMN {
                // Diagrams have their own part of the file.
                continue;
            }
            let known = UNDERSTOOD.contains(&local)
                || table::of_tag(local).is_some()
                || local.ends_with("EventDefinition")
                || local == "extensionElements"
                || reading.taken_elements.contains(&child);
            match known {
                true => todo.push(child),
                false => {
                    let message = format!("`{local}` has no counterpart; it stays in the XML file");
                    reading.not_mapped(child, "", message);
                }
            }
        }
    }
}

fn attributes(reading: &mut Reading<'_>, element: Id) {
    let tree = reading.tree;
    for attribute in &tree.get(element).attributes {
        let space = &*tree.spaces[usize::from(attribute.space)];
        let known = space.is_empty()
            || LOOKS.contains(&space)
            || reading.taken_attributes.contains(&attribute.span.start);
        if !known {
            let (local, value) = (&attribute.local, short(&attribute.value));
            let message =
                format!("`{local}` (`{value}`) has no counterpart; it stays in the XML file");
            let mut problem =
                tree.source.problem("notMapped", tree.place_of(attribute.span), message);
            problem.severity = crate::diagnostic::Severity::Warning;
            reading.push(problem);
        }
    }
}

fn extensions(reading: &mut Reading<'_>, element: Id) {
    let tree = reading.tree;
    let mut todo: Vec<Id> = tree.get(element).children.iter().rev().copied().collect();
    while let Some(extension) = todo.pop() {
        if reading.report.is_full() {
            return;
        }
        if tree.space(extension) == MANDATE {
            continue;
        }
        if reading.taken_elements.contains(&extension) {
            todo.extend(tree.get(extension).children.iter().rev());
            continue;
        }
        let local = tree.local(extension);
        let message = format!("`{local}` has no counterpart; it stays in the XML file");
        reading.not_mapped(extension, "", message);
    }
}

/// The beginning of a text, for messages.
fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

//! What nobody understood: foreign attributes and extensions, and elements of BPMN that have no
//! counterpart. Each is reported where it stands. None is lost: the original file keeps it, and it
//! goes out as it came.

use super::Reading;
use crate::bpmn::model::is_choreography;
use crate::bpmn::names::{BPMN, BPMNDI, MANDATE, MODELER, XSI};
use crate::bpmn::schema::{self, Child, Fate};
use crate::bpmn::xml::{Id, ROOT};

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
    let mut todo = vec![(ROOT, "definitions")];
    while let Some((element, kind)) = todo.pop() {
        let tree = reading.tree;
        attributes(reading, element, |local, value| {
            schema::attribute(kind, local).is_some_and(|known| known.is_silent(value))
        });
        if tree.is(element, BPMN, "extensionElements") {
            extensions(reading, element);
            continue;
        }
        foreign(reading, element);
        for (child, found) in schema::inside(tree, element, kind).rev() {
            let taken = reading.taken_elements.contains(&child);
            match found {
                Some(Child { fate: Fate::Read | Fate::Checked | Fate::Kept, kind }) => {
                    todo.push((child, kind));
                }
                Some(Child { fate: Fate::Taken, kind }) if taken => todo.push((child, kind)),
                Some(_) | None if taken => {}
                _ if is_choreography(tree, child) => {
                    let found = tree.local(child);
                    let message =
                        format!("`{found}` shows how partners talk; model what this side does");
                    reading.unsupported(child, message);
                }
                Some(_) | None => {
                    let local = tree.local(child);
                    let message = format!("`{local}` has no counterpart; it stays in the XML file");
                    reading.not_mapped(child, "", message);
                }
            }
        }
    }
}

/// Elements of other tools outside of extensions. Diagrams have their own part of the file.
fn foreign(reading: &mut Reading<'_>, element: Id) {
    let tree = reading.tree;
    for child in &tree.get(element).children {
        let space = tree.space(*child);
        if space != BPMN && space != BPMNDI && !reading.taken_elements.contains(child) {
            let local = tree.local(*child);
            let message = format!("`{local}` has no counterpart; it stays in the XML file");
            reading.not_mapped(*child, "", message);
        }
    }
}

/// Reports an element's attributes that nobody took. Those without a namespace are judged by the
/// function.
fn attributes(reading: &mut Reading<'_>, element: Id, silent: impl Fn(&str, &str) -> bool) {
    let tree = reading.tree;
    for attribute in &tree.get(element).attributes {
        let space = &*tree.spaces[usize::from(attribute.space)];
        let known = LOOKS.contains(&space)
            || reading.taken_attributes.contains(&attribute.span.start)
            || (space.is_empty() && silent(&attribute.local, &attribute.value));
        if !known {
            let (local, value) = (&attribute.local, short(&attribute.value));
            let message =
                format!("`{local}` (`{value}`) has no counterpart; it stays in the XML file");
            let place = || tree.place_of(attribute.span);
            reading.report.warn(|| tree.source.problem("notMapped", place(), message));
        }
    }
}

fn extensions(reading: &mut Reading<'_>, element: Id) {
    let tree = reading.tree;
    let mut todo: Vec<Id> = tree.get(element).children.iter().rev().copied().collect();
    while let Some(extension) = todo.pop() {
        if tree.space(extension) == MANDATE {
            continue;
        }
        if reading.taken_elements.contains(&extension) {
            attributes(reading, extension, |_, _| false);
            todo.extend(tree.get(extension).children.iter().rev());
            continue;
        }
        let local = tree.local(extension);
        let which = tree.attribute(extension, "name").map(short);
        let which = which.map_or_else(String::new, |name| format!(" (`{name}`)"));
        let message = format!("`{local}`{which} has no counterpart; it stays in the XML file");
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

//! What stands where the schema of BPMN has no room for it, so that nobody would read it, and values
//! that an attribute cannot have.

use crate::bpmn::model::Report;
use crate::bpmn::schema::{self, Fate};
use crate::bpmn::xml::{ROOT, Tree};

/// Reports elements that would be read elsewhere, and values that cannot be read.
pub(super) fn check(tree: &Tree, report: &mut Report) {
    let mut todo = vec![(ROOT, "definitions")];
    while let Some((element, kind)) = todo.pop() {
        if report.is_full() {
            return;
        }
        for attribute in &tree.get(element).attributes {
            let own = tree.spaces[usize::from(attribute.space)].is_empty();
            let Some(known) = schema::attribute(kind, &attribute.local).filter(|_| own) else {
                continue;
            };
            let (local, value) = (&attribute.local, &attribute.value);
            if matches!(known.fate, Fate::Read | Fate::Checked)
                && let Err(expected) = known.check(value)
            {
                let message = format!("expected {expected} for `{local}`, found `{value}`");
                report.push(tree.source.problem(
                    "badValue",
                    tree.place_of(attribute.span),
                    message,
                ));
            }
        }
        for (child, found) in schema::inside(tree, element, kind).rev() {
            match found {
                Some(found) if matches!(found.fate, Fate::Read | Fate::Checked | Fate::Taken) => {
                    todo.push((child, found.kind));
                }
                None if schema::is_read(tree.local(child)) => {
                    let (local, parent) = (tree.local(child), tree.local(element));
                    let message = format!("a `{local}` may not stand in a `{parent}`");
                    report.push(tree.error("wrongPlace", child, message));
                }
                Some(_) | None => {}
            }
        }
    }
}

//! What undoes an activity that runs over a list undoes each run by itself: it sees that run's item.

use std::collections::BTreeMap;

use super::{Flat, compiler_of, repeats};
use crate::definition::Library;
use crate::definition::source::ProcessSource;
use crate::elements::Element;
use crate::expression::{Environment, Type};
use crate::ids::NodeName;

/// The names that the activity which a node undoes has in each of its runs; none for a node that
/// undoes nothing, or what runs once. `outer` is what both see.
pub(super) fn items(
    (source, library): (&ProcessSource, &Library),
    (flat, names): (&[Flat<'_>], &BTreeMap<NodeName, Vec<String>>),
    node: &Flat<'_>,
    outer: &Environment,
) -> Vec<(String, Type)> {
    let host = flat.iter().filter(|_| node.undoes).find_map(|one| match one.element {
        Element::BoundaryEvent(event) if event.handler() == Some(node.name) => {
            flat.iter().find(|host| *host.name == event.attached_to)
        }
        _ => None,
    });
    let mut inside = Vec::new();
    let Some(host) = host else { return inside };
    // What is wrong with it is told where it stands.
    let mut problems = Vec::new();
    let mut compiler = compiler_of(host, source, library, names, outer.clone(), &mut problems);
    let each = repeats::compile(&mut compiler, host.element, &mut inside);
    if let (None, Element::UserTask(task)) = (each, host.element) {
        task.compile_people(&mut compiler, &mut inside);
    }
    inside
}

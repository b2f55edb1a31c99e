//! The outcome that a vote's `abstain: allowed` adds, before anything is compiled, so that forms,
//! expressions and the API know it like every other.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::definition::source::ProcessSource;
use crate::elements::Element;
use crate::ids::NodeName;

/// The process with the outcome that a vote's `abstain: allowed` adds.
pub(super) fn with_abstentions(source: &ProcessSource) -> Cow<'_, ProcessSource> {
    fn any(nodes: &IndexMap<NodeName, Element>) -> bool {
        nodes.values().any(|element| match element {
            Element::UserTask(task) => task.adds_abstention(),
            element => element.nodes().is_some_and(any),
        })
    }
    fn add(nodes: &mut IndexMap<NodeName, Element>) {
        for element in nodes.values_mut() {
            match element {
                Element::UserTask(task) if task.adds_abstention() => task.add_abstention(),
                other => {
                    if let Some(inside) = other.nodes_mut() {
                        add(inside);
                    }
                }
            }
        }
    }
    if !any(&source.nodes) {
        return Cow::Borrowed(source);
    }
    let mut source = source.clone();
    add(&mut source.nodes);
    Cow::Owned(source)
}

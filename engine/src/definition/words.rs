//! What people call what a definition has names for.

use super::{Definition, Node};
use crate::elements::Element;
use crate::text::Language;

impl Definition {
    /// What people call an outcome of the case: the name of its end event, first of one of the process
    /// itself; none where that has none.
    pub fn outcome_label(&self, outcome: &str, language: Language) -> Option<&str> {
        let mut ends: Vec<&Node> = self
            .nodes
            .iter()
            .filter(|node| match &node.element {
                Element::EndEvent(end) => {
                    end.outcome.as_ref().is_some_and(|it| it.as_str() == outcome)
                }
                _ => false,
            })
            .collect();
        ends.sort_by_key(|node| node.scope.is_some());
        ends.into_iter().find_map(|node| Some(node.element.name()?.get(language)))
    }
}

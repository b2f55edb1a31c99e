//! Rules of lists that tell by what they refuse what nobody is to read yet. Conditions of intakes are
//! looked at with the intake.

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::ids::DocumentName;
use crate::problem::Problem;

/// What to do instead of a condition that tells.
pub(crate) const LATER: &str =
    "look at it where the list may be read: in an outcome of a task behind";

/// Reports lists whose rules read the list itself, where its writers are not to know each other's entries.
pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    for (name, document) in &definition.documents {
        let reads_itself = |rule: &crate::form::Rule| rule.reads().contains(name.as_str());
        if !document.list || !document.rules.iter().any(reads_itself) {
            continue;
        }
        let node = definition.nodes.iter().find(|node| keeps_secret(node, name));
        let why = match node {
            Some(node) => format!("before `{}` is over nobody reads them", node.name),
            None if document.apart => "nobody who writes them reads those of others".to_owned(),
            None => continue,
        };
        let message = format!(
            "expected rules that do not read `{name}` itself: by what they refuse they tell of others' entries, but {why}"
        );
        let problem = Problem::warning("tellsWhatIsSecret", message).hint(LATER);
        problems.push(problem.under(&["documents", name.as_str()]));
    }
}

/// Whether what a node takes into a list is not read before it is over.
fn keeps_secret(node: &Node, list: &DocumentName) -> bool {
    match &node.element {
        Element::Intake(intake) => intake.sealed && intake.into == *list,
        _ => node.is_secret_round() && node.edits().iter().any(|using| using.document == *list),
    }
}

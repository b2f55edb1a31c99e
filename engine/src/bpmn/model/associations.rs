//! Associations that mean something: from a compensation event to what undoes its host. All others
//! only lead to notes.

use std::collections::BTreeMap;

use super::build::{Names, without_prefix};
use super::{Process, Report};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;

/// Resolves what compensation events lead to. An association has two ends and, in the files of some
/// tools, no direction.
pub(super) fn resolve(
    names: &Names<'_, '_>,
    at: usize,
    process: &mut Process<'_>,
    report: &mut Report,
) {
    let tree = names.tree;
    let scopes = process.nodes.iter().filter(|node| node.row.class == Class::Scope);
    let scopes: Vec<_> =
        [process.element].into_iter().chain(scopes.map(|one| one.element)).collect();
    let mut leads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for association in scopes.into_iter().flat_map(|one| tree.children(one, BPMN, "association")) {
        let ends = ["sourceRef", "targetRef"].map(|end| tree.attribute(association, end));
        if let [Some(from), Some(to)] = ends.map(|end| end.map(without_prefix)) {
            leads.entry(from).or_default().push(to);
            leads.entry(to).or_default().push(from);
        }
    }
    for own in 0..process.nodes.len() {
        let node = &process.nodes[own];
        let compensates =
            node.events.iter().any(|one| tree.local(*one) == "compensateEventDefinition");
        if node.row.class != Class::Boundary || !compensates {
            continue;
        }
        let found: Vec<usize> = leads
            .get(node.id)
            .into_iter()
            .flatten()
            .filter_map(|name| names.owners.get(name))
            .filter(|(process, _)| *process == at)
            .map(|(_, found)| *found)
            .filter(|found| {
                let found = &process.nodes[*found];
                found.row.class.is_activity() && found.scope == node.scope
            })
            .collect();
        if let [_, _, ..] = found[..] {
            let message = format!(
                "expected one association from `{}` to what undoes its activity, found {}",
                node.id,
                found.len()
            );
            report.push(tree.error("manyHandlers", node.element, message));
        }
        process.nodes[own].handler = found.first().copied();
    }
}

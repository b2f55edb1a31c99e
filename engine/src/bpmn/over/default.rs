//! A default that a file only implies, by conditions of which always one holds. Where the ways of its
//! gateway change they may no longer be so, and it is said as BPMN says it.

use std::collections::BTreeSet;

use super::change::Change;
use super::patch::Patches;
use crate::bpmn::export::Draft;
use crate::bpmn::import::{Raw, implied_default};
use crate::bpmn::names::BPMN;

/// Says the default of every gateway whose ways change; none where its flow has no id to say.
pub(super) fn say(
    patches: &mut Patches<'_>,
    raw: &Raw,
    (was, is): (&Draft, &Draft),
    change: &Change,
) -> Option<()> {
    let says_else = |pair: &&(usize, usize)| was.flows[pair.0].keys != is.flows[pair.1].keys;
    let before = change.flows.iter().filter(says_else).chain(&change.turned).map(|pair| pair.0);
    let before = before.chain(change.gone.iter().copied()).map(|flow| was.flows[flow].from);
    let new = change.new_flows.iter().map(|flow| is.flows[*flow].from);
    let names = before.map(|node| &was.nodes[node].name);
    let changed: BTreeSet<&String> = names.chain(new.map(|node| &is.nodes[node].name)).collect();
    let has_another =
        |name: &String| change.defaults.iter().any(|(node, _)| is.nodes[*node].name == *name);
    for name in changed.into_iter().filter(|name| !has_another(name)) {
        let Some(at) = raw.nodes.iter().position(|node| node.name == *name) else { continue };
        let Some(flow) = implied_default(raw, at).map(|flow| &raw.flows[flow]) else { continue };
        let gateway = raw.nodes[at].element.filter(|_| !flow.id.is_empty())?;
        patches.attribute(gateway, "default", &flow.id);
        patches.remove(flow.element, BPMN, "conditionExpression");
    }
    Some(())
}

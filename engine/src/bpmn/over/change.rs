//! What came, went or was turned between two drafts of one process.

use std::collections::BTreeMap;

use crate::bpmn::export::{Draft, DraftFlow};
use crate::bpmn::keys::Keys;
use crate::bpmn::table::Class;

/// How a draft differs from an earlier one, by places in both: `(was, is)`.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Nodes that are in both.
    pub(super) nodes: Vec<(usize, usize)>,
    /// Nodes that are new.
    pub(super) new_nodes: Vec<usize>,
    /// Flows that are in both, those included that leave as before and now lead elsewhere.
    pub(super) flows: Vec<(usize, usize)>,
    /// Those of them that now lead elsewhere.
    pub(super) turned: Vec<(usize, usize)>,
    /// Flows that are new.
    pub(super) new_flows: Vec<usize>,
    /// Flows that are no longer there.
    pub(super) gone: Vec<usize>,
    /// Nodes that have another default now, and the flow that is it, or none: both of what is now.
    pub(super) defaults: Vec<(usize, Option<usize>)>,
}

impl Change {
    /// The difference; none where it is more than new nodes and flows, turned ones and ones that are
    /// gone.
    pub(super) fn between(was: &Draft, is: &Draft) -> Option<Self> {
        let mut change = Self::default();
        change.compare_nodes(was, is)?;
        change.compare_flows(was, is)?;
        change.compare_defaults(was, is);
        Some(change)
    }

    /// Whether every node and flow is still there, and no other.
    pub(super) fn is_empty(&self) -> bool {
        let lists = [&self.new_nodes, &self.new_flows, &self.gone];
        lists.iter().all(|list| list.is_empty())
            && self.turned.is_empty()
            && self.defaults.is_empty()
    }

    fn compare_nodes(&mut self, was: &Draft, is: &Draft) -> Option<()> {
        let name = |draft: &Draft, at: Option<usize>| at.map(|at| draft.nodes[at].name.clone());
        let mut before: BTreeMap<&str, usize> =
            was.nodes.iter().enumerate().map(|(at, node)| (node.name.as_str(), at)).collect();
        for (at, node) in is.nodes.iter().enumerate() {
            let Some(old) = before.remove(node.name.as_str()) else {
                // What holds others would need a place for each of them.
                if node.implied || node.row.class == Class::Scope {
                    return None;
                }
                self.new_nodes.push(at);
                continue;
            };
            let other = &was.nodes[old];
            let same = other.row == node.row
                && other.implied == node.implied
                && name(was, other.scope) == name(is, node.scope)
                && name(was, other.host) == name(is, node.host);
            if !same {
                return None;
            }
            self.nodes.push((old, at));
        }
        before.is_empty().then_some(())
    }

    fn compare_flows(&mut self, was: &Draft, is: &Draft) -> Option<()> {
        let leaves = |draft: &Draft, flow: &DraftFlow| {
            (draft.nodes[flow.from].name.clone(), flow.way.clone(), flow.undoes)
        };
        let ends = |draft: &Draft, flow: &DraftFlow| {
            (leaves(draft, flow), draft.nodes[flow.to].name.clone())
        };
        let mut left: Vec<usize> = (0..is.flows.len()).collect();
        let mut take = |matches: &dyn Fn(&DraftFlow) -> bool| {
            let found = left.iter().position(|at| matches(&is.flows[*at]))?;
            Some(left.remove(found))
        };
        let mut missing = Vec::new();
        for (at, flow) in was.flows.iter().enumerate() {
            match take(&|other| ends(is, other) == ends(was, flow)) {
                Some(same) => self.flows.push((at, same)),
                None => missing.push(at),
            }
        }
        for at in missing {
            match take(&|other| leaves(is, other) == leaves(was, &was.flows[at])) {
                Some(turned) => {
                    self.flows.push((at, turned));
                    self.turned.push((at, turned));
                }
                None => self.gone.push(at),
            }
        }
        self.new_flows = left;
        let undoes = self.turned.iter().any(|(at, _)| was.flows[*at].undoes)
            || self.gone.iter().any(|at| was.flows[*at].undoes)
            || self.new_flows.iter().any(|at| is.flows[*at].undoes);
        (!undoes).then_some(())
    }

    fn compare_defaults(&mut self, was: &Draft, is: &Draft) {
        for (old, now) in &self.nodes {
            let (before, default) = (was.nodes[*old].default, is.nodes[*now].default);
            let same = |pair: &(usize, usize)| Some(pair.0) == before && Some(pair.1) == default;
            if (before.is_some() || default.is_some()) && !self.flows.iter().any(same) {
                self.defaults.push((*now, default));
            }
        }
    }
}

/// What the nodes and flows of a draft say, whatever the order of the nodes.
pub(super) fn nodes(draft: &Draft) -> BTreeMap<&str, NodeSays<'_>> {
    let name = |at: usize| draft.nodes[at].name.as_str();
    let nodes = draft.nodes.iter().enumerate().map(|(at, node)| {
        let mut own: Vec<usize> =
            (0..draft.flows.len()).filter(|flow| draft.flows[*flow].from == at).collect();
        match node.row.class {
            // Conditions are asked in their order, and the default after all of them.
            Class::Gateway => own.sort_by_key(|flow| node.default == Some(*flow)),
            _ => own.sort_by_key(|flow| (name(draft.flows[*flow].to), &draft.flows[*flow].way)),
        }
        let flows = own.into_iter().map(|flow| &draft.flows[flow]);
        let flows = flows.map(|flow| (name(flow.to), flow.way.as_deref(), flow.undoes, &flow.keys));
        let says = NodeSays {
            kind: node.row.kind,
            scope: node.scope.map(name),
            host: node.host.map(name),
            implied: node.implied,
            keys: &node.keys,
            default: node.default.map(|flow| name(draft.flows[flow].to)),
            flows: flows.collect(),
        };
        (node.name.as_str(), says)
    });
    nodes.collect()
}

impl NodeSays<'_> {
    /// All of it but the keys.
    pub(super) fn shape(&self) -> String {
        let flows = self.flows.iter().map(|(to, way, undoes, _)| (to, way, undoes));
        let flows: Vec<_> = flows.collect();
        let Self { kind, scope, host, implied, default, .. } = self;
        format!("{kind} {scope:?} {host:?} {implied} {default:?} {flows:?}")
    }
}

/// What a draft says of a node and of the flows that leave it: where to, by which way, whether it
/// undoes, and its keys.
#[derive(Debug, PartialEq)]
pub(super) struct NodeSays<'d> {
    kind: &'static str,
    scope: Option<&'d str>,
    host: Option<&'d str>,
    implied: bool,
    pub(super) keys: &'d Keys,
    default: Option<&'d str>,
    pub(super) flows: Vec<(&'d str, Option<&'d str>, bool, &'d Keys)>,
}

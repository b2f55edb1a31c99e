//! Ways of their own, as tokens are on them: what an event beside an activity began, or what people
//! began in an ad-hoc sub-process. Which nodes belong to such a way is `definition/ways.rs`.

use super::{Step, Token};
use crate::ids::{Key, NodeName};

impl Step<'_> {
    /// The innermost way of its own that what descends from these is on at a node.
    pub(super) fn way_at(&self, node: usize, scope: Key, from: &[Key]) -> Option<Key> {
        self.way_begun(self.definition.nodes[node].ways.first()?, scope, from)
    }

    /// The ways of their own that an activation is on, the innermost first.
    pub(super) fn ways_at(&self, token: &Token, key: Key, from: &[Key]) -> Vec<Key> {
        let ways = self.definition.nodes[token.node].ways.iter();
        let ways = ways.map(|starts| match starts.contains(&token.node) {
            true => Some(token.corrects.unwrap_or(key)),
            false => self.way_begun(starts, token.scope, from),
        });
        ways.flatten().collect()
    }

    /// Nodes inside a sub-process that were left by some way in a pass before.
    pub(super) fn done_inside_before(&self, scope: usize, is_apart: bool) -> Vec<NodeName> {
        let nodes = &self.definition.nodes;
        let is_one = nodes[scope].behavior.is_scope() && nodes[scope].each.is_none();
        let was_begun = || self.instance.passed(nodes[scope].name.as_str()).is_some();
        if is_apart || !is_one || !was_begun() {
            return Vec::new();
        }
        self.left_inside(scope)
    }

    /// Of a correction, nodes inside it that were left before, and stay so until they are done in this pass.
    pub(super) fn kept_inside(&self, token: &Token, anew: &[NodeName]) -> Vec<NodeName> {
        match token.corrects {
            Some(_) if anew.is_empty() => self.left_inside(token.node),
            Some(_) | None => Vec::new(),
        }
    }

    /// Nodes inside an activity that were left by some way.
    fn left_inside(&self, scope: usize) -> Vec<NodeName> {
        let nodes = &self.definition.nodes;
        let around = |at: &usize| nodes[*at].scope;
        let is_inside = |at: usize| {
            std::iter::successors(nodes[at].scope, around).any(|around| around == scope)
        };
        let is_left = |at: &usize| {
            let passed = self.instance.passed(nodes[*at].name.as_str());
            passed.is_some_and(crate::instance::Passed::is_left) && is_inside(*at)
        };
        (0..nodes.len()).filter(is_left).map(|at| nodes[at].name.clone()).collect()
    }

    fn way_begun(&self, starts: &[usize], scope: Key, from: &[Key]) -> Option<Key> {
        let names = starts.iter().map(|start| &self.definition.nodes[*start].name);
        self.instance.way_begun(from, &names.collect::<Vec<_>>(), scope)
    }

    /// Whether another correction is still to come back to the same node, on the same way.
    pub(super) fn is_coming_back(&self, scope: Key, back: &NodeName, from: &[Key]) -> bool {
        let at = self.definition.index(back);
        let way = self.way_at(at, scope, from);
        self.instance.activations().values().filter(|one| one.scope == scope).any(|one| {
            let own = one.come_back.iter().map(|back| (back, &one.from));
            let mut all = own.chain(one.also.iter().map(|it| (&it.back, &it.from)));
            all.any(|(own, from)| own == back && self.way_at(at, scope, from) == way)
        })
    }
}

//! Sub-processes that end since a plan ends all that is inside them: what holds nothing does not stay.

use std::collections::BTreeSet;

use super::Fitting;
use crate::fate::{Alive, Becomes, Fate};
use crate::ids::Key;
use crate::step::choosing::is_done_empty;

impl Fitting<'_> {
    /// Says of scopes that are left empty that they end, and of what stands on them that it ends with them.
    pub(super) fn end_left_scopes(&mut self, fates: &mut [Fate]) {
        let mut left: BTreeSet<Key> = fates.iter().filter_map(|fate| self.leaves(fate)).collect();
        while let Some(scope) = left.pop_last() {
            let Some(activation) = self.instance.activation(scope) else { continue };
            let is_run = activation.item.is_some();
            let waits = !is_done_empty(self.old, self.instance, scope);
            if is_run || waits || self.ended.contains_key(&scope) {
                continue;
            }
            if self.holds_something(scope, fates) {
                continue;
            }
            left.insert(activation.scope);
            self.ended.insert(scope, activation.node.clone());
            for fate in fates.iter_mut().filter(|fate| fate.key == Some(scope)) {
                let is_itself = matches!(fate.what, Alive::Node { .. });
                if let Alive::Token { .. } = fate.what {
                    continue;
                }
                fate.to = None;
                fate.becomes = match is_itself {
                    true => Becomes::Ends,
                    false => Becomes::EndsWith { node: activation.node.clone() },
                };
            }
        }
    }

    /// The scope that something leaves by ending, and not to begin anew there.
    fn leaves(&self, fate: &Fate) -> Option<Key> {
        let ends = fate.becomes == Becomes::Ends;
        match (&fate.what, fate.key) {
            (Alive::Node { .. } | Alive::Listener, Some(key)) if ends => {
                self.instance.activation(key).map(|one| one.scope)
            }
            (Alive::Token { .. }, scope) if ends => scope,
            _ => None,
        }
    }

    /// Whether something stays or begins inside a scope.
    fn holds_something(&self, scope: Key, fates: &[Fate]) -> bool {
        let is_inside = |key: Key| {
            let one = self.instance.activation(key);
            one.is_some_and(|one| one.scope == scope && !one.is_listener())
        };
        let stays =
            |fate: &&Fate| !matches!(fate.becomes, Becomes::Ends | Becomes::EndsWith { .. });
        fates.iter().filter(stays).any(|fate| match (&fate.what, fate.key) {
            (Alive::Node { .. }, Some(key)) => is_inside(key),
            (Alive::Token { .. }, key) => key == Some(scope),
            _ => false,
        })
    }
}

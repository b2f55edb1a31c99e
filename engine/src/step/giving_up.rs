//! An admin gives up what stopped for good, and alone: what undoes earlier work, which reads the data as they
//! were then, or what one run of a list was to give, whose item is a copy. Correcting data reaches neither.
//! What they are a part of goes on. And tokens that wait at a join, which nothing waits for any more.

use std::collections::BTreeSet;

use super::modification::Fault;
use super::{Halt, Leave, Step};
use crate::event::{Cause, Event};
use crate::ids::{Key, NodeName};
use crate::instance::Arrival;

impl Step<'_> {
    /// Takes away the tokens that wait at a joining gateway.
    pub(super) fn cancel_waiting(
        &mut self,
        node: &NodeName,
        scope: Option<Key>,
        left: &mut BTreeSet<Key>,
    ) -> Result<(), Fault> {
        let is_it =
            |one: &&Arrival| one.node == *node && scope.is_none_or(|scope| one.scope == scope);
        let waiting: Vec<(Key, u32)> = self
            .instance
            .arrivals()
            .iter()
            .filter(is_it)
            .map(|one| (one.scope, one.flow))
            .collect();
        if waiting.is_empty() {
            let known = self.instance.arrivals().iter().map(|one| one.node.as_str());
            let known: BTreeSet<&str> = known.collect();
            let message = format!(
                "expected a gateway at which tokens wait ({}), found `{node}`",
                if known.is_empty() {
                    "there is none".to_owned()
                } else {
                    known.into_iter().collect::<Vec<_>>().join(", ")
                }
            );
            return Err(Fault::new("node", message));
        }
        for (scope, flow) in waiting {
            self.emit(Event::TokenCancelled { node: node.clone(), scope, flow });
            left.insert(scope);
        }
        Ok(())
    }

    /// Whether an activation is given up alone, where an admin ends it by hand.
    pub(super) fn is_given_up_alone(&self, key: Key) -> bool {
        let Some(one) = self.instance.activation(key) else { return false };
        let is_done = one.incident.as_ref().is_some_and(|it| it.is_done);
        one.compensates.is_some() || is_done && one.item.is_some()
    }

    /// Gives it up. Earlier work stays as it is, and what else is to be undone is undone; a run that is done
    /// counts as done, and gave nothing.
    pub(super) fn give_up(&mut self, key: Key) -> Result<(), Halt> {
        let around = self.activation(key).scope;
        if self.activation(key).compensates.is_some() {
            self.terminate(key, &Cause::Modified);
            return self.compensate_next(around);
        }
        self.emit(Event::IncidentResolved { key });
        self.complete_with(key, Leave::Next, None)
    }
}

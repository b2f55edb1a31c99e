//! Undoing what was done: activities with a compensation handler are remembered when they complete,
//! with the data as they were then; a throw undoes them one by one, the last first.

use super::triggers::Trigger;
use super::{Halt, Step, Token};
use crate::event::Event;
use crate::ids::{Key, NodeName};
use crate::instance::{Done, Waiting};
use crate::rejection::Rejection;

impl Step<'_> {
    /// Remembers that an activation did something that can be undone, with what it gave as a run of
    /// a list. What is not kept with it is given back.
    pub(super) fn keep_for_compensation(&mut self, key: Key, gave: Option<Event>) -> Option<Event> {
        let Some(handler) = self.node_of(key).compensation else { return gave };
        // Of one that runs many times, each run is undone by itself.
        if matches!(self.activation(key).waiting, Waiting::Items { .. }) {
            return gave;
        }
        if let Some(gave) = gave {
            self.emit(gave);
        }
        let (mut within, mut runs) = (Vec::new(), Vec::new());
        let mut scope = self.activation(key).scope;
        while let Some(around) = self.instance.activation(scope) {
            within.push((scope, around.node.clone()));
            runs.extend(around.item.clone().map(|item| (around.node.clone(), item)));
            scope = around.scope;
        }
        let handler = self.definition.nodes[handler].name.clone();
        self.emit(Event::CompensationKept { key, handler, within, runs });
        None
    }

    /// Undoes an activity that was done, or everything that was done in the scope of the activation
    /// that asks for it, which waits until it is undone.
    pub(crate) fn compensate(&mut self, key: Key, activity: Option<&NodeName>) -> Result<(), Halt> {
        let scope = self.compensated_scope(self.activation(key).scope);
        self.compensate_in(key, scope, activity)
    }

    /// The same for a named scope.
    pub(crate) fn compensate_in(
        &mut self,
        key: Key,
        scope: Key,
        activity: Option<&NodeName>,
    ) -> Result<(), Halt> {
        self.emit(Event::CompensationThrown { key, scope, activity: activity.cloned() });
        self.compensate_next(key)
    }

    /// What an event sub-process throws concerns the scope it is in; one that undoes a sub-process,
    /// that sub-process as it was.
    fn compensated_scope(&self, mut scope: Key) -> Key {
        while let Some(around) = self.instance.activation(scope) {
            if let Some(done) = around.compensates {
                return done;
            }
            if !self.node_of(scope).behavior.listens() {
                return scope;
            }
            scope = around.scope;
        }
        scope
    }

    /// Undoes the next thing, or lets the activation that asked for it go on.
    pub(super) fn compensate_next(&mut self, key: Key) -> Result<(), Halt> {
        let Some(activation) = self.instance.activation(key) else { return Ok(()) };
        let Waiting::Compensating { scope, activity } = &activation.waiting else { return Ok(()) };
        let all = self.instance.done();
        let next = all.iter().rev().find(|done| {
            done.last < key
                && done.undone_by.is_none()
                && concerns(done, all, *scope, activity.as_ref())
        });
        let Some(done) = next else {
            let behavior = &self.node_of(key).behavior;
            let ended = behavior.compensated(self, key);
            return self.settle(key, ended).map(|_| ());
        };
        let (undoes, node) = (done.key, self.definition.index(&done.handler));
        let token = Token { compensates: Some(undoes), ..Token::new(node, key) };
        self.activate(&token, Vec::new())
    }
}

impl Step<'_> {
    /// Refuses what would end an undoing half way.
    pub(super) fn undoes_nothing(&self) -> Result<(), Halt> {
        self.undoes_none_of(|_| true)
    }

    /// The same, of some activations.
    pub(super) fn undoes_none_of(&self, concerned: impl Fn(Key) -> bool) -> Result<(), Halt> {
        let all = self.instance.activations().iter();
        let mut undoing = all.filter(|(key, one)| one.compensates.is_some() && concerned(**key));
        match undoing.next() {
            Some((_, one)) => Err(Rejection::Compensating { node: one.node.clone() }.into()),
            None => Ok(()),
        }
    }

    /// A transaction whose work is undone is left by its cancel event.
    pub(super) fn leave_cancelled(&mut self, transaction: Key) -> Result<(), Halt> {
        let activation = self.activation(transaction);
        let host = if activation.item.is_some() { activation.scope } else { transaction };
        let definition = self.definition;
        let cancel = self.node_of(host).boundaries.iter().find_map(|node| {
            let behavior = &definition.nodes[*node].behavior;
            matches!(behavior.trigger(), Some(Trigger::Cancel)).then_some(behavior)
        });
        let cancel = cancel.expect("the checker wants a cancel event on such a transaction");
        cancel.happen(self, host, None)
    }
}

/// Whether something that was done is to be undone.
fn concerns(done: &Done, all: &[Done], scope: Key, activity: Option<&NodeName>) -> bool {
    let in_scope = scope == Key(0) || done.within.iter().any(|(around, _)| *around == scope);
    let named = activity.is_none_or(|activity| {
        done.node == *activity || done.within.iter().any(|(_, node)| node == activity)
    });
    // What a sub-process with a handler of its own did is undone by that handler.
    let by_another = done
        .within
        .iter()
        .take_while(|(around, _)| *around != scope)
        .any(|(around, _)| all.iter().any(|other| other.key == *around));
    in_scope && named && !by_another
}

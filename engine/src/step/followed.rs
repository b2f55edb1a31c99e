//! What counts as something that followed, so that a decision cannot be taken back any more; and how one
//! is taken back that only asked for a correction.

use std::collections::BTreeSet;

use super::{Halt, Step};
use crate::definition::source::Then;
use crate::elements::Element;
use crate::event::{Cause, Event};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{Activation, Asked, DueBefore, Trace, Waiting};
use crate::operation::Operation;
use crate::rejection::Rejection;

/// Who asked for a correction that is open by deciding a task.
pub(super) struct AskedFor {
    /// The correction.
    key: Key,
    /// Which of those who asked, in the order in which they did.
    place: u32,
    back: NodeName,
    person: PersonId,
    from: Vec<Key>,
    due: Option<DueBefore>,
}

impl Step<'_> {
    /// The correction that is open and was asked for by deciding a task.
    pub(super) fn asked_by(&self, task: Key) -> Option<AskedFor> {
        self.instance.activations().iter().find_map(|(key, one)| {
            let asked = one.asked_for();
            (0..).zip(asked).find_map(|(place, Asked { back, by, from, due, task: own })| {
                let person = by.filter(|by| match own.is_zero() {
                    true => self.decided_last(&back, task, by),
                    false => own == task,
                })?;
                Some(AskedFor { key: *key, place, back, person, from, due })
            })
        })
    }

    /// Whether a person decided a node last, and as this task: so it was known who asked for a correction
    /// before that was noted.
    fn decided_last(&self, node: &NodeName, task: Key, person: &PersonId) -> bool {
        let passed = self.instance.passed(node.as_str());
        passed.is_some_and(|passed| passed.key == task && passed.by.as_ref() == Some(person))
    }

    /// What a decision of a task is undone with: itself, what it descends from, and the scopes around it.
    pub(crate) fn asked_with(&self, key: Key) -> Vec<Key> {
        let whole = self.whole(key);
        let mut keys = vec![whole];
        keys.extend(&self.activation(whole).from);
        let around = |key: &Key| self.instance.activation(*key).map(|one| one.scope);
        keys.extend(std::iter::successors(around(&whole), around).filter(|key| !key.is_zero()));
        keys
    }

    /// Why whoever asks cannot take back that they asked for a correction; nothing where they can.
    pub(super) fn asking_refused(&self, asked: &AskedFor) -> Result<(), Halt> {
        self.is_not_ending()?;
        let node = &self.definition.nodes[self.definition.index(&asked.back)];
        let operation = Operation::TakeBack;
        if !node.behavior.allows(operation) {
            let node = node.name.to_string();
            return Err(Rejection::OperationNotAllowed { operation, node, until: None }.into());
        }
        if self.envelope.actor.person() != Some(&asked.person) {
            return Err(Rejection::NotCandidate { expected: asked.person.to_string() }.into());
        }
        if !self.is_untouched(asked.key) {
            let node = self.activation(asked.key).node.clone();
            return Err(Rejection::SomethingFollowed { node }.into());
        }
        Ok(())
    }

    /// Whoever asked for a correction asks no more: it comes back to them at once, and is over where nobody
    /// else asked for it.
    pub(super) fn ask_no_more(
        &mut self,
        task: Key,
        asked: AskedFor,
        reason: &str,
    ) -> Result<(), Halt> {
        self.asking_refused(&asked)?;
        Self::check_length("reason", reason)?;
        let AskedFor { key, place, back, person, from, due } = asked;
        let correction = self.activation(key).clone();
        let is_over = correction.also.is_empty();
        if is_over {
            self.notice_stopped(&[key]);
        }
        let (to, then, reason) = (vec![back.clone()], Then::RunOn, Some(reason.to_owned()));
        let (again, who) = (Vec::new(), Some(person.clone()));
        self.emit(Event::Returned { key: task, again, to, then, person: who, reason });
        if is_over {
            self.terminate(key, &Cause::Returned);
        } else {
            self.emit(Event::CorrectionLeft { key, place });
        }
        let node = self.definition.index(&correction.node);
        let (come_back, asked_by) = (Some(back), Some(person));
        let own = Activation { come_back, asked_by, from, also: Vec::new(), ..correction };
        self.go_back(node, own, due.as_ref());
        Ok(())
    }

    /// Refuses to take back what something followed of all that descends from it.
    pub(super) fn nothing_followed(&self, cone: &BTreeSet<Key>, again: Key) -> Result<(), Halt> {
        self.has_sent_nothing(cone)?;
        for key in cone.iter().filter(|key| **key != again) {
            let done = match (self.instance.trail().get(key), self.instance.activation(*key)) {
                (Some(trace), _) => self.is_somebodys(trace).then_some(&trace.node),
                (None, Some(open)) => (!self.is_untouched(*key)).then_some(&open.node),
                (None, None) => None,
            };
            if let Some(node) = done {
                return Err(Rejection::SomethingFollowed { node: node.clone() }.into());
            }
        }
        Ok(())
    }

    /// Whether what was done counts as something that followed: not a join, nor what only worked something
    /// out for the case, which is done anew, nor what was passed without asking anybody.
    pub(super) fn is_somebodys(&self, trace: &Trace) -> bool {
        let element = &self.definition.nodes[self.definition.index(&trace.node)].element;
        let only_reckons = matches!(
            element,
            Element::ScriptTask(_) | Element::BusinessRuleTask(_) | Element::ManualTask(_)
        );
        let is_skipped = trace.left.as_ref().is_some_and(|left| left.skipped);
        trace.used.is_empty() && !only_reckons && !is_skipped
    }

    /// Refuses to take back what an event has sent a message or a signal because of.
    pub(super) fn has_sent_nothing(&self, cone: &BTreeSet<Key>) -> Result<(), Halt> {
        let mut traces = cone.iter().filter_map(|key| self.instance.trail().get(key));
        match traces.find_map(|trace| trace.sent.clone()) {
            Some(node) => Err(Rejection::SomethingFollowed { node }.into()),
            None => Ok(()),
        }
    }

    /// Whether an open activation is a task, or tasks for several people, none of them decided; or waits
    /// for an event, of which nothing has come; or a sub-process in which nothing was done.
    pub(super) fn is_untouched(&self, key: Key) -> bool {
        let one = self.activation(key);
        match &one.waiting {
            Waiting::Task { .. } => true,
            Waiting::Items { votes, sheets, .. } => {
                one.waiting.nobody_decided()
                    && votes.is_empty()
                    && sheets.is_empty()
                    && self.is_untouched_inside(key)
            }
            Waiting::Nothing => {
                let node = self.node_of(key);
                let is_scope =
                    matches!(node.element, Element::SubProcess(_) | Element::Transaction(_));
                let waits_for_event = matches!(
                    &node.element,
                    Element::EventBasedGateway(_)
                        | Element::IntermediateCatchEvent(_)
                        | Element::ReceiveTask(_)
                );
                waits_for_event
                    || self.has_not_begun(key)
                    || is_scope && self.is_untouched_inside(key)
            }
            Waiting::Listener => true,
            // What it received before it is corrected is no matter of the correction.
            Waiting::Submissions { submissions, .. } => {
                submissions.iter().all(|one| one.of.is_some() && !one.void)
            }
            Waiting::Choosing { .. } => self.is_untouched_inside(key),
            Waiting::Job { .. } | Waiting::Call | Waiting::Compensating { .. } => false,
        }
    }

    /// What stands at an incident has not begun.
    fn has_not_begun(&self, key: Key) -> bool {
        let one = self.activation(key);
        let stands = one.incident.as_ref();
        !one.left.whole
            && stands
                .is_some_and(|it| it.boundaries.is_empty() && it.timer.is_none() && !it.is_done)
            && self.instance.activations().values().all(|inner| inner.scope != key)
    }

    /// Whether nothing was done in a scope, and nothing came.
    fn is_untouched_inside(&self, scope: Key) -> bool {
        let mut traces = self.instance.trail().values().filter(|trace| trace.scope == scope);
        let is_quiet = traces.all(|trace| trace.sent.is_none() && !self.is_somebodys(trace));
        let mut open = self.instance.activations().iter().filter(|(_, one)| one.scope == scope);
        let is_quiet = is_quiet && self.activation(scope).undoes.is_empty();
        is_quiet && open.all(|(key, _)| self.is_untouched(*key))
    }
}

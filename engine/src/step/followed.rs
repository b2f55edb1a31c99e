//! What counts as something that followed, so that a decision cannot be taken back any more; and how one
//! is taken back that only asked for a correction.

use std::collections::BTreeSet;

use super::{Halt, Step};
use crate::definition::source::Then;
use crate::elements::Element;
use crate::event::{Cause, Event};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{Activation, DueBefore, Trace, Waiting};
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
        let decided = |back: &NodeName| {
            let passed = self.instance.passed(back.as_str()).filter(|passed| passed.key == task);
            passed.and_then(|passed| passed.by.clone())
        };
        self.instance.activations().iter().find_map(|(key, one)| {
            let first = one.come_back.iter();
            let first = first.map(|back| (back, &one.asked_by, &one.from, &one.asked_due));
            let also = one.also.iter().map(|it| (&it.back, &it.by, &it.from, &it.due));
            (0..).zip(first.chain(also)).find_map(|(place, (back, by, from, due))| {
                let person = decided(back).filter(|person| Some(person) == by.as_ref())?;
                let (key, back, from, due) = (*key, back.clone(), from.clone(), due.clone());
                Some(AskedFor { key, place, back, person, from, due })
            })
        })
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

    /// Whether what was done counts as something that followed: not a join, nor what only worked something
    /// out for the case, which is done anew.
    pub(super) fn is_somebodys(&self, trace: &Trace) -> bool {
        let element = &self.definition.nodes[self.definition.index(&trace.node)].element;
        let only_reckons = matches!(
            element,
            Element::ScriptTask(_) | Element::BusinessRuleTask(_) | Element::ManualTask(_)
        );
        trace.used.is_empty() && !only_reckons
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
    /// for an event, of which nothing has come.
    pub(super) fn is_untouched(&self, key: Key) -> bool {
        let waits_for_event = matches!(
            &self.node_of(key).element,
            Element::EventBasedGateway(_)
                | Element::IntermediateCatchEvent(_)
                | Element::ReceiveTask(_)
        );
        let one = self.activation(key);
        // What stands at an incident has not begun.
        let has_not_begun = !one.left.whole
            && one
                .incident
                .as_ref()
                .is_some_and(|it| it.boundaries.is_empty() && it.timer.is_none() && !it.is_done)
            && self.instance.activations().values().all(|inner| inner.scope != key);
        match &one.waiting {
            Waiting::Task { .. } => true,
            Waiting::Items { done, .. } => *done == 0,
            Waiting::Nothing => waits_for_event || has_not_begun,
            Waiting::Submissions { .. }
            | Waiting::Job { .. }
            | Waiting::Call
            | Waiting::Choosing { .. }
            | Waiting::Listener
            | Waiting::Compensating { .. } => false,
        }
    }
}

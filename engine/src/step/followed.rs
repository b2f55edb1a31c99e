//! What counts as something that followed, so that a decision cannot be taken back any more.

use super::Step;
use crate::elements::Element;
use crate::ids::Key;
use crate::instance::{Trace, Waiting};

impl Step<'_> {
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
            Waiting::Nothing => waits_for_event,
            Waiting::Submissions { .. }
            | Waiting::Job { .. }
            | Waiting::Call
            | Waiting::Choosing { .. }
            | Waiting::Listener
            | Waiting::Compensating { .. } => false,
        }
    }
}

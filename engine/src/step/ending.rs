//! A case that is ended before its time: everything in it ends, whoever loses something by it is told,
//! and an event sub-process of the process does what is to be done then. Why it is an error that begins
//! it is in `docs/decisions/cancelling-a-case.md`.

use super::triggers::{Trigger, thrown};
use super::{Halt, Step};
use crate::actor::Actor;
use crate::definition::Compiler;
use crate::elements::Element;
use crate::event::{Cause, Ending, Event};
use crate::ids::{ErrorCode, Key};
use crate::instance::EndingEarly;
use crate::problem::Problem;
use crate::rejection::Rejection;

/// The error that a case which another waits for gives it when somebody ends it before its time.
const CANCELLED: &str = "CANCELLED";

/// The error by which an event sub-process of the process begins when the case is ended before its
/// time. Nothing else throws it, and `any` does not catch it.
const CASE_CANCELLED: &str = "CASE_CANCELLED";

/// Refuses to catch the end of the case elsewhere than in an event sub-process of the process.
pub(super) fn check_caught(compiler: &mut Compiler<'_>, keys: &[&str], code: Option<&ErrorCode>) {
    let place = (compiler.named(compiler.node), compiler.around());
    let is_of_process = matches!(place, (Some(Element::EventSubProcess(_)), None));
    if !is_of_process && code.is_some_and(|code| code.as_str() == CASE_CANCELLED) {
        let message = format!(
            "expected `{CASE_CANCELLED}` only where an eventSubProcess of the process itself begins: \
             it is thrown when the case is ended"
        );
        compiler.report(keys, Problem::error("eventNotAllowed", message));
    }
}

/// Refuses to throw the end of the case: it is ended by an operation alone.
pub(super) fn check_thrown(compiler: &mut Compiler<'_>, code: Option<&ErrorCode>) {
    if code.is_some_and(|code| code.as_str() == CASE_CANCELLED) {
        let message = format!(
            "expected another code than `{CASE_CANCELLED}`: that is thrown when the case is ended"
        );
        compiler.report(&["error"], Problem::error("eventNotAllowed", message));
    }
}

/// Whether an event is that the case is ended before its time.
fn is_of_ending(trigger: &Trigger) -> bool {
    matches!(trigger, Trigger::Error { code: Some(code), .. } if code.as_str() == CASE_CANCELLED)
}

impl Step<'_> {
    /// Ends the case before its time, with everything in it.
    pub(super) fn end_early(&mut self, how: Ending, reason: &str) -> Result<(), Halt> {
        if how != Ending::Cancelled {
            Self::check_reason(reason)?;
        }
        Self::check_length("reason", reason)?;
        let by_caller = matches!(self.envelope.actor, Actor::Case { .. });
        if let Some(EndingEarly { how, reason, .. }) =
            self.instance.ending().filter(|_| by_caller).cloned()
        {
            // The case that called it ends it already: what is to be done then is done all the same.
            self.emit(Event::InstanceEnding { reason, at: self.now(), how, by_caller });
            return Ok(());
        }
        let all: Vec<Key> = self.instance.activations().keys().copied().collect();
        self.notice_stopped(&all);
        self.terminate_inside(Key(0), &Cause::Cancelled);
        let handler = self.definition.listeners.iter().find(|node| {
            let trigger = self.definition.nodes[**node].behavior.trigger();
            trigger.is_some_and(is_of_ending)
        });
        let ending = EndingEarly { how, reason: reason.to_owned(), by_caller };
        match handler {
            // A person who ends it once more does not want to wait.
            Some(node) if self.instance.ending().is_none() => {
                let EndingEarly { how, reason, by_caller } = ending;
                let payload = thrown(CASE_CANCELLED, &reason);
                if self.instance.suspended().is_some() {
                    // What is to be done when it ends cannot stand still: whoever ends it may not resume it.
                    let person = self.envelope.actor.person().cloned();
                    self.emit(Event::InstanceResumed { person, at: self.now() });
                }
                self.emit(Event::InstanceEnding { reason, at: self.now(), how, by_caller });
                self.definition.nodes[*node].behavior.happen_in(self, Key(0), Some(&payload))
            }
            Some(_) | None => {
                self.end_cancelled(ending);
                Ok(())
            }
        }
    }

    /// The case is ended before its time; nothing is active in it any more.
    pub(super) fn end_cancelled(&mut self, ending: EndingEarly) {
        let EndingEarly { how, reason, by_caller } = ending;
        if !by_caller {
            self.report_end(None, Some((ErrorCode::new(CANCELLED), reason.clone())));
        }
        self.notice_ended();
        let done_kept = !self.instance.done().is_empty();
        self.emit(Event::InstanceCancelled { reason, at: self.now(), how, done_kept });
    }

    /// Refuses what would go back behind the end of a case that is ended.
    pub(super) fn is_not_ending(&self) -> Result<(), Halt> {
        match self.instance.ending() {
            Some(_) => Err(Rejection::InstanceClosed.into()),
            None => Ok(()),
        }
    }
}

//! An event on an activity: interrupting it, beside it, or what undoes it once it is done.

use std::sync::Arc;

use super::{Behavior, Element, Source};
use crate::command::Content;
use crate::definition::Compiler;
use crate::definition::source::{Repeat, Time, To};
use crate::event::Cause;
use crate::ids::{ErrorCode, EscalationCode, Key, MessageName, NodeName, SignalName};
use crate::instance::Timer;
use crate::problem::Problem;
use crate::step::triggers::{Trigger, TriggerSource};
use crate::step::{Halt, Leave, Step};

/// What it may wait for.
const ALLOWED: [&str; 8] =
    ["timer", "message", "signal", "condition", "error", "escalation", "compensation", "cancel"];

super::node! {
    /// Stands on an activity: when what it waits for happens, its own way is taken.
    pub struct BoundaryEvent {
        /// The activity.
        pub attached_to: NodeName,
        /// When it fires.
        #[serde(default)]
        pub timer: Option<Time>,
        /// Whether the timer fires again and again (only beside, never interrupting): `true` for ever, or
        /// how often in all.
        #[serde(default)]
        pub repeat: Repeat,
        /// The message it waits for.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that is written with what the message, the signal or the error
        /// brings.
        #[serde(default)]
        pub into: Option<String>,
        /// The signal it waits for.
        #[serde(default)]
        pub signal: Option<SignalName>,
        /// The condition: it fires when this becomes true while the activity is active.
        #[serde(default)]
        pub condition: Option<String>,
        /// The error it catches from inside; `any` for every one.
        #[serde(default)]
        pub error: Option<ErrorCode>,
        /// The escalation it catches from inside; `any` for every one.
        #[serde(default)]
        pub escalation: Option<EscalationCode>,
        /// Whether it leads to what undoes the activity, once that is done.
        #[serde(default)]
        pub compensation: bool,
        /// Whether it is taken when the transaction was cancelled and its work is undone.
        #[serde(default)]
        pub cancel: bool,
        /// Whether the activity ends; it does by default.
        #[serde(default = "super::truth")]
        pub interrupting: bool,
    }
}

impl BoundaryEvent {
    fn trigger_source(&self) -> TriggerSource<'_> {
        TriggerSource {
            timer: self.timer.as_ref(),
            repeat: self.repeat,
            message: self.message.as_ref(),
            key: self.key.as_ref(),
            into: self.into.as_ref(),
            signal: self.signal.as_ref(),
            condition: self.condition.as_ref(),
            error: self.error.as_ref(),
            escalation: self.escalation.as_ref(),
            compensation: self.compensation,
            cancel: self.cancel,
        }
    }

    /// What undoes the activity, where that is what it is for.
    pub(crate) fn handler(&self) -> Option<&NodeName> {
        match &self.to {
            Some(To::One(to)) if self.compensation => Some(to),
            _ => None,
        }
    }

    fn check_host(&self, compiler: &mut Compiler<'_>) {
        if !compiler.node_exists(&["attachedTo"], &self.attached_to) {
            return;
        }
        if !compiler.is_activity(&self.attached_to) {
            let message = format!(
                "expected a task or a sub-process of the same scope, but `{}` is none",
                self.attached_to
            );
            compiler.report(&["attachedTo"], Problem::error("notAnActivity", message));
        }
        if self.cancel
            && !matches!(compiler.named(&self.attached_to), Some(Element::Transaction(_)))
        {
            let message = format!(
                "expected `cancel` on a `transaction` only, but `{}` is none",
                self.attached_to
            );
            compiler.report(&["cancel"], Problem::error("eventNotAllowed", message));
        }
    }
}

impl Source for BoundaryEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        self.check_host(compiler);
        let trigger = self.trigger_source().compile(compiler, &[], &ALLOWED);
        if self.repeat.is_said() && self.interrupting {
            let message = "expected `repeat` only on a timer with `interrupting: false`";
            compiler.report(&["repeat"], Problem::error("badEvent", message));
        }
        if !self.interrupting && (self.error.is_some() || self.compensation || self.cancel) {
            let message = "expected no `interrupting: false`: an error, a compensation and a \
                           cancellation always end the activity";
            compiler.report(&["interrupting"], Problem::error("badEvent", message));
        }
        if self.compensation && self.handler().is_none() {
            let message = "expected `to`: the one activity that undoes this one";
            compiler.report(&[], Problem::error("boundaryWithoutWay", message));
        }
        let (node, interrupting) = (compiler.node.clone(), self.interrupting);
        Some(Arc::new(Boundary { node, trigger: trigger?, interrupting }))
    }

    fn stands_aside(&self) -> bool {
        true
    }
}

/// It stands on its host from the host's activation on; reached, it goes its own way.
#[derive(Debug)]
struct Boundary {
    node: NodeName,
    trigger: Trigger,
    interrupting: bool,
}

impl Behavior for Boundary {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }

    fn arm(&self, step: &mut Step<'_>, host: Key) -> Result<(), Halt> {
        self.trigger.arm(step, host, Some(&self.node))
    }

    fn fire(&self, step: &mut Step<'_>, host: Key, timer: &Timer) -> Result<(), Halt> {
        self.go(step, host, None, Some(timer))
    }

    fn trigger(&self) -> Option<&Trigger> {
        Some(&self.trigger)
    }

    fn happen(
        &self,
        step: &mut Step<'_>,
        host: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        self.go(step, host, payload, None)
    }
}

impl Boundary {
    fn go(
        &self,
        step: &mut Step<'_>,
        host: Key,
        payload: Option<&Content>,
        fired: Option<&Timer>,
    ) -> Result<(), Halt> {
        let scope = step.activation(host).scope;
        let from = match self.interrupting {
            true => step.instance.lineage_cut_off(host),
            false => step.instance.lineage(host),
        };
        // Whoever threw it is not there any more: its way is taken, and waits for repair.
        let failed = if self.trigger.is_thrown() {
            match self.trigger.keep_thrown(step, host, payload) {
                Err(Halt::Incident { code, message }) => Some((code, message)),
                kept => kept.map(|()| None)?,
            }
        } else {
            self.trigger.keep(step, host, payload)?;
            None
        };
        if self.interrupting {
            step.terminate(host, &Cause::Boundary { node: self.node.clone() });
        } else {
            self.trigger.arm_again(step, host, Some(&self.node), fired)?;
        }
        match failed {
            Some((code, message)) => step.fail_boundary(&self.node, (scope, from), code, message),
            None => step.enter_boundary(&self.node, scope, from),
        }
        Ok(())
    }
}

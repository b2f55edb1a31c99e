//! Waits for a timer, a message, a signal or a condition; or is the other end of a link.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::Content;
use crate::definition::Compiler;
use crate::definition::source::Time;
use crate::ids::{Key, MessageName, NodeName, SignalName};
use crate::instance::Timer;
use crate::problem::Problem;
use crate::step::triggers::{Trigger, TriggerSource};
use crate::step::{Halt, Leave, Step};

/// What it may wait for.
const ALLOWED: [&str; 4] = ["timer", "message", "signal", "condition"];

super::node! {
    /// Waits until its time has come, its message or signal arrives or its condition is true.
    pub struct IntermediateCatchEvent {
        /// Until when. What lies in the past is over at once.
        #[serde(default)]
        pub timer: Option<Time>,
        /// The message it waits for.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that is written with what the message or the signal brings.
        #[serde(default)]
        pub into: Option<String>,
        /// The signal it waits for.
        #[serde(default)]
        pub signal: Option<SignalName>,
        /// The condition: it goes on as soon as this is true.
        #[serde(default)]
        pub condition: Option<String>,
        /// The name of a link: tokens come here from the throw event with the same link.
        #[serde(default)]
        pub link: Option<String>,
    }
}

impl Source for IntermediateCatchEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let source = TriggerSource {
            timer: self.timer.as_ref(),
            message: self.message.as_ref(),
            key: self.key.as_ref(),
            into: self.into.as_ref(),
            signal: self.signal.as_ref(),
            condition: self.condition.as_ref(),
            ..TriggerSource::default()
        };
        if self.link.is_some() {
            if let Some(other) = source.given().first() {
                let message = format!("expected nothing beside `link`, found `{other}`");
                compiler.report(&[other], Problem::error("badEvent", message));
            }
            return Some(Arc::new(LinkTarget));
        }
        let trigger = source.compile(compiler, &[], &ALLOWED)?;
        Some(Arc::new(Catch { node: compiler.node.clone(), trigger }))
    }

    fn waits(&self) -> bool {
        self.link.is_none()
    }

    fn stands_aside(&self) -> bool {
        self.link.is_some()
    }
}

/// Tokens that come by a link go on.
#[derive(Debug)]
struct LinkTarget;

impl Behavior for LinkTarget {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}

/// Waits for one thing: as a node of its own, or at the event-based gateway before it.
#[derive(Debug)]
pub(super) struct Catch {
    pub(super) node: NodeName,
    pub(super) trigger: Trigger,
}

impl Behavior for Catch {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        if let Trigger::Timer { when, .. } = &self.trigger
            && when.working(step, key)?.until <= step.now()
        {
            return step.complete(key, Leave::Next);
        }
        self.trigger.arm(step, key, None)
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        self.happen(step, key, None)
    }

    fn trigger(&self) -> Option<&Trigger> {
        Some(&self.trigger)
    }

    fn happen(&self, step: &mut Step<'_>, key: Key, payload: Option<&Content>) -> Result<(), Halt> {
        self.trigger.keep(step, key, payload)?;
        if step.activation(key).node == self.node {
            return step.complete(key, Leave::Next);
        }
        step.complete_gateway(key, &self.node)
    }
}

//! A timer or a message on an activity, interrupting it or beside it.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::Content;
use crate::definition::{Compiler, When};
use crate::event::{Cause, TimerPurpose};
use crate::ids::Key;
use crate::problem::Problem;
use crate::step::messages::Awaited;
use crate::step::{Halt, Leave, Step};

use crate::definition::source::Time;
use crate::ids::{MessageName, NodeName};

super::node! {
    /// Stands on an activity: when its timer runs out or its message comes, its own way is taken.
    pub struct BoundaryEvent {
        /// The activity.
        pub attached_to: NodeName,
        /// When it fires.
        #[serde(default)]
        pub timer: Option<Time>,
        /// Whether the timer fires again and again (only beside, never interrupting).
        #[serde(default)]
        pub repeat: bool,
        /// The message it waits for.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that the message's payload is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// Whether the activity ends; it does by default.
        #[serde(default = "super::truth")]
        pub interrupting: bool,
    }
}

impl Source for BoundaryEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        if self.timer.is_some() == self.message.is_some() {
            let message = "expected either `timer` or `message`";
            compiler.report(&[], Problem::error("badEvent", message));
            return None;
        }
        if compiler.node_exists(&["attachedTo"], &self.attached_to)
            && !compiler.is_activity(&self.attached_to)
        {
            let message = format!(
                "expected a task or a sub-process of the same scope, but `{}` is none",
                self.attached_to
            );
            compiler.report(&["attachedTo"], Problem::error("notAnActivity", message));
        }
        if self.repeat && (self.interrupting || self.timer.is_none()) {
            let message = "expected `repeat` only on a timer with `interrupting: false`";
            compiler.report(&["repeat"], Problem::error("badEvent", message));
        }
        let timer = match &self.timer {
            Some(timer) => Some(compiler.time(&["timer"], timer)?),
            None => None,
        };
        let awaited = Awaited::compile(compiler, self.message.as_ref(), self.key.as_ref(), self.into.as_ref());
        Some(Arc::new(Boundary {
            node: compiler.node.clone(),
            timer,
            repeat: self.repeat,
            awaited,
            interrupting: self.interrupting,
        }))
    }
}

/// It stands on its host from the host's activation on; reached, it goes its own way.
#[derive(Debug)]
struct Boundary {
    node: NodeName,
    timer: Option<When>,
    repeat: bool,
    awaited: Option<Awaited>,
    interrupting: bool,
}

impl Boundary {
    fn arm_timer(&self, step: &mut Step<'_>, host: Key) -> Result<(), Halt> {
        let Some(timer) = &self.timer else { return Ok(()) };
        let working = timer.working(step, host)?;
        let purpose = TimerPurpose::Boundary { node: self.node.clone() };
        step.arm(host, working.until, purpose, Some(working));
        Ok(())
    }

    fn go(&self, step: &mut Step<'_>, host: Key) {
        let scope = step.activation(host).scope;
        let from = step.instance.lineage(host);
        if self.interrupting {
            step.terminate(host, &Cause::Boundary { node: self.node.clone() });
        }
        step.enter_boundary(&self.node, scope, from);
    }
}

impl Behavior for Boundary {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }

    fn arm(&self, step: &mut Step<'_>, host: Key) -> Result<(), Halt> {
        self.arm_timer(step, host)?;
        match &self.awaited {
            Some(awaited) => awaited.open(step, host, Some(&self.node)),
            None => Ok(()),
        }
    }

    fn fire(&self, step: &mut Step<'_>, host: Key, _purpose: &TimerPurpose) -> Result<(), Halt> {
        if self.repeat {
            self.arm_timer(step, host)?;
        }
        self.go(step, host);
        Ok(())
    }

    fn deliver(
        &self,
        step: &mut Step<'_>,
        host: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        if let Some(awaited) = &self.awaited {
            awaited.keep(step, host, payload)?;
            if !self.interrupting {
                awaited.open(step, host, Some(&self.node))?;
            }
        }
        self.go(step, host);
        Ok(())
    }
}

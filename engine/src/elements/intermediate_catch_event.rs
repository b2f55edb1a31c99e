//! Waits for a timer or a message.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::Content;
use crate::definition::{Compiler, When};
use crate::event::TimerPurpose;
use crate::ids::Key;
use crate::problem::Problem;
use crate::step::messages::Awaited;
use crate::step::{Halt, Leave, Step};

use crate::definition::source::Time;
use crate::ids::MessageName;

super::node! {
    /// Waits until its time has come or its message arrives.
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
        /// The document or variable that the message's payload is written to.
        #[serde(default)]
        pub into: Option<String>,
    }
}

impl Source for IntermediateCatchEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        if self.timer.is_some() == self.message.is_some() {
            let message = "expected either `timer` or `message`";
            compiler.report(&[], Problem::error("badEvent", message));
            return None;
        }
        let timer = match &self.timer {
            Some(timer) => Some(compiler.time(&["timer"], timer)?),
            None => None,
        };
        let awaited = Awaited::compile(compiler, self.message.as_ref(), self.key.as_ref(), self.into.as_ref());
        Some(Arc::new(Catch { timer, awaited }))
    }

    fn waits(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Catch {
    timer: Option<When>,
    awaited: Option<Awaited>,
}

impl Behavior for Catch {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        if let Some(timer) = &self.timer {
            let working = timer.working(step, key)?;
            if working.until <= step.now() {
                return step.complete(key, Leave::Next);
            }
            step.arm(key, working.until, TimerPurpose::Event, Some(working));
        }
        if let Some(awaited) = &self.awaited {
            awaited.open(step, key, None)?;
        }
        Ok(())
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, _purpose: &TimerPurpose) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }

    fn deliver(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        if let Some(awaited) = &self.awaited {
            awaited.keep(step, key, payload)?;
        }
        step.complete(key, Leave::Next)
    }
}

//! Where a case or a sub-process begins. What begins an event sub-process is compiled with that
//! sub-process.

use std::sync::Arc;

use super::{Behavior, Element, Source};
use crate::command::Command;
use crate::definition::source::{Repeat, Time};
use crate::definition::{Compiler, When};
use crate::ids::{ErrorCode, EscalationCode, Key, MessageName, SignalName};
use crate::problem::Problem;
use crate::step::triggers::{Trigger, TriggerSource};
use crate::step::{Halt, Leave, Step};

/// What may begin an event sub-process.
const OF_AN_EVENT_SUB_PROCESS: [&str; 7] =
    ["timer", "message", "signal", "condition", "error", "escalation", "compensation"];

/// What may begin a case.
const OF_A_CASE: [&str; 3] = ["timer", "message", "signal"];

super::node! {
    /// Where a case begins. Passes the token on at once.
    pub struct StartEvent {
        /// When it begins.
        #[serde(default)]
        pub timer: Option<Time>,
        /// Whether the timer fires again and again, `true` for ever, or how often in all: while the scope
        /// is active (event sub-processes with `interrupting: false`), or one case after the other
        /// (cron, a day of the year, or a period).
        #[serde(default)]
        pub repeat: Repeat,
        /// The message that begins it.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that is written with what the message, the signal or the error
        /// brings.
        #[serde(default)]
        pub into: Option<String>,
        /// The signal that begins it.
        #[serde(default)]
        pub signal: Option<SignalName>,
        /// The condition that begins it when it becomes true.
        #[serde(default)]
        pub condition: Option<String>,
        /// The error that begins it; `any` for every one.
        #[serde(default)]
        pub error: Option<ErrorCode>,
        /// The escalation that begins it; `any` for every one.
        #[serde(default)]
        pub escalation: Option<EscalationCode>,
        /// Whether it undoes the sub-process around it, once that is done.
        #[serde(default)]
        pub compensation: bool,
        /// Whether everything else in the scope ends when it begins; it does by default.
        #[serde(default = "super::truth")]
        pub interrupting: bool,
    }
}

impl StartEvent {
    /// Whether an event begins it.
    pub(crate) fn has_trigger(&self) -> bool {
        !self.trigger_source().given().is_empty()
    }

    /// Compiles what begins a case.
    fn compile_begin(&self, compiler: &mut Compiler<'_>) -> Option<Trigger> {
        if self.key.is_some() {
            let message = "expected no `key`: there is no case yet that a message could belong to";
            compiler.report(&["key"], Problem::error("badEvent", message));
        }
        if !self.interrupting {
            let message = "expected `interrupting` only in an `eventSubProcess`";
            compiler.report(&["interrupting"], Problem::error("badEvent", message));
        }
        let trigger = self.trigger_source().compile(compiler, &[], &OF_A_CASE)?;
        if let Trigger::Timer { when, .. } = &trigger {
            self.check_time(compiler, when);
        }
        Some(trigger)
    }

    /// A time that begins cases stands by itself, and says whether it does so again and again.
    fn check_time(&self, compiler: &mut Compiler<'_>, when: &When) {
        let (key, code, message) = match when.comes_again() {
            // Counted from the publication, then from one beginning to the next.
            None if when.is_period() && self.repeat.is_said() => return,
            None => {
                let message = "expected a date, a day of the year, a cron expression or a period \
                               with `repeat: true`: there is no case yet that a single period \
                               could be counted from, nor has it data";
                ("timer", "badTime", message)
            }
            Some(true) if !self.repeat.is_said() => {
                let message = "expected `repeat: true` beside a time that comes again and again: it \
                               begins a case each time";
                ("timer", "badEvent", message)
            }
            Some(false) if self.repeat.is_said() => {
                ("repeat", "badEvent", "expected no `repeat` beside a date: it comes once")
            }
            Some(_) => return,
        };
        compiler.report(&[key], Problem::error(code, message));
    }

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
            cancel: false,
        }
    }

    /// Compiles what begins the event sub-process around it; `under` is where it stands in that.
    pub(super) fn compile_trigger(
        &self,
        compiler: &mut Compiler<'_>,
        under: &[&str],
    ) -> Option<Trigger> {
        let keys = |key| under.iter().copied().chain([key]).collect::<Vec<_>>();
        if !self.interrupting && (self.error.is_some() || self.compensation) {
            let message = "expected no `interrupting: false`: after an error the rest of the scope \
                           cannot go on, and what is undone is done already";
            compiler.report(&keys("interrupting"), Problem::error("badEvent", message));
        }
        if self.repeat.is_said() && self.interrupting {
            let message = "expected `repeat` only on a timer with `interrupting: false`";
            compiler.report(&keys("repeat"), Problem::error("badEvent", message));
        }
        self.trigger_source().compile(compiler, under, &OF_AN_EVENT_SUB_PROCESS)
    }
}

impl Source for StartEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let given = self.trigger_source().given();
        let (Some(key), false) =
            (given.first(), matches!(compiler.around(), Some(Element::EventSubProcess(_))))
        else {
            return Some(Arc::new(Start));
        };
        if compiler.around().is_none() {
            let trigger = self.compile_begin(compiler)?;
            return Some(Arc::new(Begin { trigger }));
        }
        let message = "expected a start event without a trigger: what begins this sub-process is \
                       the token that comes to it";
        let hint = "an `eventSubProcess` begins with an event";
        compiler.report(&[key], Problem::error("eventNotAllowed", message).hint(hint));
        None
    }

    fn stands_aside(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Start;

impl Behavior for Start {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}

/// Begins a case when an event happens, and keeps what that brought.
#[derive(Debug)]
struct Begin {
    trigger: Trigger,
}

impl Behavior for Begin {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        // A later try goes on without: what came is in the journal, and can be written by hand.
        if let Command::Begin { payload, .. } = &step.envelope.command {
            self.trigger.keep_first(step, key, payload.as_ref())?;
        }
        step.complete(key, Leave::Next)
    }

    fn trigger(&self) -> Option<&Trigger> {
        Some(&self.trigger)
    }
}

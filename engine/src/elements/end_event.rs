//! Where a token ends; with the last one its scope ends. It may throw something as it ends.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::event::Cause;
use crate::ids::{
    DocumentName, ErrorCode, EscalationCode, Key, MessageName, NodeName, OutcomeName, SignalName,
};
use crate::problem::Problem;
use crate::step::throws::{Throw, ThrowSource};
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Where a token ends. When no token is left, the scope is done; a case then has the outcome.
    pub struct EndEvent {
        /// How the case ended, for registers, notices and callers.
        #[serde(default)]
        pub outcome: Option<OutcomeName>,
        /// Whether it ends its whole scope at once, with everything still active in it.
        #[serde(default)]
        pub terminate: bool,
        /// The error it throws: it ends the nearest scope that catches it.
        #[serde(default)]
        pub error: Option<ErrorCode>,
        /// What a person should know of the error: a text or an expression.
        #[serde(default)]
        pub error_message: Option<String>,
        /// The escalation it throws.
        #[serde(default)]
        pub escalation: Option<EscalationCode>,
        /// The signal it broadcasts.
        #[serde(default)]
        pub signal: Option<SignalName>,
        /// The message it sends.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression.
        #[serde(default)]
        pub key: Option<String>,
        /// The document that the message or the signal carries.
        #[serde(default)]
        pub payload: Option<DocumentName>,
        /// The activity it undoes; `all` for everything in the scope, the last first.
        #[serde(default)]
        pub compensate: Option<NodeName>,
        /// Whether it cancels the transaction it is in: what was done is undone.
        #[serde(default)]
        pub cancel: bool,
    }
}

impl Source for EndEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let source = ThrowSource {
            message: self.message.as_ref(),
            key: self.key.as_ref(),
            payload: self.payload.as_ref(),
            signal: self.signal.as_ref(),
            error: self.error.as_ref(),
            text: self.error_message.as_ref(),
            escalation: self.escalation.as_ref(),
            compensate: self.compensate.as_ref(),
            cancel: self.cancel,
        };
        let throw = source.compile(compiler)?;
        if self.terminate && !matches!(throw, Throw::Nothing) {
            let message = "expected nothing to throw beside `terminate`";
            compiler.report(&["terminate"], Problem::error("badEvent", message));
        }
        Some(Arc::new(End { terminate: self.terminate, throw }))
    }

    fn waits(&self) -> bool {
        true
    }

    fn goes_on(&self) -> bool {
        false
    }
}

#[derive(Debug)]
struct End {
    terminate: bool,
    throw: Throw,
}

impl Behavior for End {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        if self.terminate {
            let scope = step.activation(key).scope;
            step.complete(key, Leave::End)?;
            return step.end_scope(scope, &Cause::Terminated);
        }
        self.throw.run(step, key, Leave::End)
    }

    fn compensated(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.throw.compensated(step, key, Leave::End)
    }
}

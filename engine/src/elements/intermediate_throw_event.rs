//! Throws a message, a signal, an escalation or a compensation and goes on; or is one end of a link.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::{DocumentName, EscalationCode, Key, MessageName, NodeName, SignalName};
use crate::problem::Problem;
use crate::step::throws::{Throw, ThrowSource};
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Throws one thing and goes on. Where it throws nothing it is a milestone that is passed.
    pub struct IntermediateThrowEvent {
        /// The message it sends.
        #[serde(default)]
        pub message: Option<MessageName>,
        /// The message's correlation key: an expression.
        #[serde(default)]
        pub key: Option<String>,
        /// The document that the message or the signal carries.
        #[serde(default)]
        pub payload: Option<DocumentName>,
        /// The signal it broadcasts.
        #[serde(default)]
        pub signal: Option<SignalName>,
        /// The escalation it throws.
        #[serde(default)]
        pub escalation: Option<EscalationCode>,
        /// The activity it undoes; `all` for everything in the scope, the last first.
        #[serde(default)]
        pub compensate: Option<NodeName>,
        /// The name of a link: the token goes on at the catch event with the same link.
        #[serde(default)]
        pub link: Option<String>,
    }
}

impl Source for IntermediateThrowEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let source = ThrowSource {
            message: self.message.as_ref(),
            key: self.key.as_ref(),
            payload: self.payload.as_ref(),
            signal: self.signal.as_ref(),
            escalation: self.escalation.as_ref(),
            compensate: self.compensate.as_ref(),
            ..ThrowSource::default()
        };
        let throw = source.compile(compiler)?;
        if self.link.is_some() && (self.to.is_some() || !matches!(throw, Throw::Nothing)) {
            let message = "expected neither `to` nor anything to throw beside `link`";
            compiler.report(&["link"], Problem::error("badEvent", message));
        }
        Some(Arc::new(Thrower(throw)))
    }

    fn waits(&self) -> bool {
        false
    }

    fn goes_on(&self) -> bool {
        self.link.is_none()
    }
}

/// Throws and goes on.
#[derive(Debug)]
pub(super) struct Thrower(pub(super) Throw);

impl Behavior for Thrower {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.0.run(step, key, Leave::Next)
    }

    fn compensated(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        self.0.compensated(step, key, Leave::Next)
    }
}

//! Sends a message to whatever case waits for it.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::command::Request;
use crate::definition::{Compiler, Dynamic};
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

use crate::ids::{DocumentName, MessageName};

super::node! {
    /// Sends a message and goes on.
    pub struct IntermediateThrowEvent {
        /// The message.
        pub message: MessageName,
        /// The correlation key: an expression.
        pub key: String,
        /// The document it carries.
        #[serde(default)]
        pub payload: Option<DocumentName>,
    }
}

impl Source for IntermediateThrowEvent {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let key = compiler.dynamic(&["key"], &self.key, None);
        if let Some(payload) = &self.payload {
            compiler.document(&["payload"], payload);
        }
        Some(Arc::new(Throw {
            message: self.message.clone(),
            key: key?,
            payload: self.payload.clone(),
        }))
    }
}

#[derive(Debug)]
struct Throw {
    message: MessageName,
    key: Dynamic,
    payload: Option<DocumentName>,
}

impl Behavior for Throw {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let correlation = step.dynamic_text(&self.key, key)?.unwrap_or_default();
        let payload = self.payload.as_ref().and_then(|document| {
            step.instance.documents().get(document).and_then(|state| state.current.last().cloned())
        });
        let from = step.activation(key).node.clone();
        let message = self.message.clone();
        step.request(Request::SendMessage { message, correlation, payload, from });
        step.complete(key, Leave::Next)
    }
}

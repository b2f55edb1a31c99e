//! A task that sends a message to whatever case waits for it.

use std::sync::Arc;

use super::intermediate_throw_event::Thrower;
use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::{DocumentName, MessageName};
use crate::step::throws::ThrowSource;

super::node! {
    /// Sends a message and goes on.
    pub struct SendTask {
        /// The message.
        pub message: MessageName,
        /// The correlation key: an expression.
        pub key: String,
        /// The document it carries.
        #[serde(default)]
        pub payload: Option<DocumentName>,
    }
}

impl Source for SendTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let source = ThrowSource {
            message: Some(&self.message),
            key: Some(&self.key),
            payload: self.payload.as_ref(),
            ..ThrowSource::default()
        };
        source.compile(compiler).map(|throw| Arc::new(Thrower(throw)) as Arc<dyn Behavior>)
    }

    fn is_activity(&self) -> bool {
        true
    }
}

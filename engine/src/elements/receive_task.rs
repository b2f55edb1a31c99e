//! A task that waits for a message; boundary events may stand on it.

use std::sync::Arc;

use super::intermediate_catch_event::Catch;
use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::MessageName;
use crate::step::triggers::TriggerSource;

super::node! {
    /// Waits until its message arrives.
    pub struct ReceiveTask {
        /// The message it waits for.
        pub message: MessageName,
        /// The message's correlation key: an expression; the case's id where nothing is said.
        #[serde(default)]
        pub key: Option<String>,
        /// The document or variable that the message's payload is written to.
        #[serde(default)]
        pub into: Option<String>,
        /// Whether it begins a case: when its message comes and no case waits for it. Then nothing
        /// leads to it.
        #[serde(default)]
        pub instantiate: bool,
    }
}

impl Source for ReceiveTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let source = TriggerSource {
            message: Some(&self.message),
            key: self.key.as_ref(),
            into: self.into.as_ref(),
            ..TriggerSource::default()
        };
        let trigger = source.compile(compiler, &[], &["message"])?;
        Some(Arc::new(Catch { node: compiler.node.clone(), trigger }))
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }

    fn stands_aside(&self) -> bool {
        self.instantiate
    }
}

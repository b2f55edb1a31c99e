//! Where a token ends; with the last one its scope ends.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::event::Cause;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

use crate::ids::OutcomeName;

super::node! {
    /// Where a token ends. When no token is left, the scope is done; a case then has the outcome.
    pub struct EndEvent {
        /// How the case ended, for registers, notices and callers.
        #[serde(default)]
        pub outcome: Option<OutcomeName>,
        /// Whether it ends its whole scope at once, with everything still active in it.
        #[serde(default)]
        pub terminate: bool,
    }
}

impl Source for EndEvent {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(End { terminate: self.terminate }))
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
}

impl Behavior for End {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let scope = step.activation(key).scope;
        step.complete(key, Leave::End)?;
        if self.terminate { step.end_scope(scope, &Cause::Terminated) } else { Ok(()) }
    }
}

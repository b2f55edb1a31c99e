//! Where a case begins.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Where a case begins. Passes the token on at once.
    pub struct StartEvent {
    }
}

impl Source for StartEvent {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(Start))
    }
}

#[derive(Debug)]
struct Start;

impl Behavior for Start {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}

//! All ways on at once; waits for all that come in.

use std::sync::Arc;

use super::{Behavior, Join, Source};
use crate::definition::Compiler;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Waits for a token on each incoming flow, then goes on along all outgoing ones.
    pub struct ParallelGateway {
    }
}

impl Source for ParallelGateway {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(Parallel))
    }
}

#[derive(Debug)]
struct Parallel;

impl Behavior for Parallel {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }

    fn join(&self) -> Join {
        Join::All
    }
}

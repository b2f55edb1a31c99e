//! Work that nobody reports: it is in the model for its readers, and a token passes it at once.

use std::sync::Arc;

use super::{Behavior, Source};
use crate::definition::Compiler;
use crate::ids::Key;
use crate::step::{Halt, Leave, Step};

super::node! {
    /// Work outside any system that nobody reports. Passes the token on at once; where the case
    /// must wait for somebody, that is a `userTask`.
    pub struct ManualTask {
    }
}

impl Source for ManualTask {
    fn compile(&self, _compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        Some(Arc::new(Manual))
    }

    fn is_activity(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Manual;

impl Behavior for Manual {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.complete(key, Leave::Next)
    }
}

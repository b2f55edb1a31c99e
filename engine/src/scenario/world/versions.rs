//! Two versions of a process: the pack's own, and the one before, on which its first case begins.

use std::sync::Arc;

use super::{Trouble, World};
use crate::definition::Definition;
use crate::ids::{InstanceId, ProcessName};

impl World<'_> {
    /// The definition that a case runs on, or that one begins on now.
    pub(in crate::scenario) fn definition(
        &self,
        id: InstanceId,
        process: &ProcessName,
    ) -> Result<Arc<Definition>, Trouble> {
        let found = match self.cases.get(&id) {
            Some(case) => self.version(process, case.version()),
            None if self.cases.values().any(|case| case.process() == process) => self.own(process),
            None => self.before(process).or_else(|| self.own(process)),
        };
        let missing = || format!("expected a process of the pack, found `{process}`").into();
        found.cloned().ok_or_else(missing)
    }

    /// A version of a process.
    pub(super) fn version(&self, process: &ProcessName, version: u32) -> Option<&Arc<Definition>> {
        let mut both = self.before(process).into_iter().chain(self.own(process));
        both.find(|one| one.version() == version)
    }

    fn own(&self, process: &ProcessName) -> Option<&Arc<Definition>> {
        self.built.definitions.get(process)
    }

    fn before(&self, process: &ProcessName) -> Option<&Arc<Definition>> {
        self.before.as_ref().filter(|one| one.process() == process)
    }
}

//! How a scenario's case begins, and on which version of its process.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Play;
use crate::command::Command;
use crate::definition::Definition;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ids::{DocumentName, InstanceId, PersonId, ProcessName};
use crate::pack::Compiled;
use crate::scenario::source::{How, OtherSource, ScenarioSource};
use crate::scenario::world::Trouble;
use crate::yaml::Tree;

/// The version before the pack's own, where the scenario has one.
pub(super) fn before(
    built: &Compiled,
    source: &ScenarioSource,
    tree: &Tree,
) -> Result<Option<Arc<Definition>>, Vec<Diagnostic>> {
    let Some(before) = &source.before else { return Ok(None) };
    let name = &source.process;
    let (Some(process), Some(own)) = (built.pack.processes.get(name), built.definitions.get(name))
    else {
        let message = format!("expected a process of the pack, found `{name}`");
        return Err(vec![tree.error("unknownProcess", tree.place(&["process"]), message)]);
    };
    let mut problems = Vec::new();
    let version = own.version().saturating_sub(1);
    let before = Definition::compile(&before.of(process), &built.library, version, &mut problems);
    let errors = problems.into_iter().filter(|problem| problem.severity == Severity::Error);
    let errors: Vec<Diagnostic> =
        errors.map(|problem| tree.diagnose(&problem.under(&["before", "override"]))).collect();
    if errors.is_empty() { Ok(before.map(Arc::new)) } else { Err(errors) }
}

impl Play<'_> {
    /// Begins another case by hand.
    pub(super) fn begin_other(
        &mut self,
        process: &ProcessName,
        start: &OtherSource,
    ) -> Result<InstanceId, Trouble> {
        self.begin_by(process, &start.by, &start.with)
    }

    fn begin_by(
        &mut self,
        process: &ProcessName,
        person: &PersonId,
        with: &BTreeMap<DocumentName, Value>,
    ) -> Result<InstanceId, Trouble> {
        let actor = self.world.actor(person)?;
        let (documents, process) = (self.documents(with)?, process.clone());
        let command = Command::Start { process, documents, parent: None, origin: None };
        self.world.start(actor, command)
    }

    /// Begins the case as the scenario's head says.
    pub(super) fn begin(&mut self, source: &ScenarioSource) -> Result<InstanceId, Trouble> {
        let process = &source.process;
        match source.start.how()? {
            How::By(person) => self.begin_by(process, person, &source.start.with),
            How::Message(message) => {
                let payload = self.payload(message.with.as_ref())?;
                // No case is found by it.
                let key = message.key.clone().unwrap_or_else(|| message.name.to_string());
                self.world.send(message.name.clone(), key, payload)?;
                self.world.begun(process, None)
            }
            How::Signal(signal) => {
                let payload = self.payload(signal.with.as_ref())?;
                self.world.send_signal(&signal.name, payload.as_ref())?;
                self.world.begun(process, None)
            }
            How::Timer(event) => {
                self.world.wait_for_start(process, event)?;
                self.world.begun(process, Some(event))
            }
        }
    }
}

//! Incidents: what a scenario expects, and what fails it.

use super::Play;
use crate::ids::{InstanceId, Key};
use crate::scenario::source::StepSource;

/// The incident of a job that a worker could not do: the step that says so is expectation enough.
const OF_A_JOB: &str = "JOB_FAILED";

impl Play<'_> {
    /// An incident that the next step does not expect is a failure at the step that raised it.
    pub(super) fn no_new_incident(
        &mut self,
        id: InstanceId,
        step: &StepSource,
        next: Option<&StepSource>,
    ) -> Result<(), String> {
        if matches!(step, StepSource::Expect(_)) {
            return Ok(());
        }
        let case = &self.world.cases[&id];
        let codes = match next {
            Some(StepSource::Expect(expect)) => expect.incidents.as_slice(),
            Some(_) | None => &[],
        };
        for (key, activation) in case.activations() {
            let Some(incident) = &activation.incident else { continue };
            let at = (id, *key);
            if incident.code == OF_A_JOB || self.expected.contains(&at) {
                continue;
            }
            if !codes.contains(&incident.code) {
                let node = &activation.node;
                return Err(format!(
                    "an incident at `{node}`: {}: {}",
                    incident.code, incident.message
                ));
            }
            self.expected.insert(at);
        }
        Ok(())
    }

    /// Something is tried again, and should not stop once more.
    pub(super) fn expect_no_more(&mut self, id: InstanceId, key: Key) {
        self.expected.remove(&(id, key));
    }
}

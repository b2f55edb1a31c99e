//! Incidents: what a scenario expects, and what fails it.

use super::Play;
use crate::ids::{InstanceId, Key};
use crate::scenario::source::StepSource;

/// The incident of a job that a worker could not do: the step that says so is expectation enough.
const OF_A_JOB: &str = "JOB_FAILED";

impl Play<'_> {
    /// An incident that the next step does not expect is a failure at the step that raised it, in
    /// whichever case; no step is the start.
    pub(super) fn no_new_incident(
        &mut self,
        step: Option<&StepSource>,
        next: Option<(InstanceId, &StepSource)>,
    ) -> Result<(), String> {
        if matches!(step, Some(StepSource::Expect(_))) {
            return Ok(());
        }
        let (expected_in, codes) = self.expected_next(next);
        for (id, case) in &self.world.cases {
            for (key, activation) in case.activations() {
                let Some(incident) = &activation.incident else { continue };
                let at = (*id, *key);
                if incident.code == OF_A_JOB || self.expected.contains(&at) {
                    continue;
                }
                if expected_in != Some(*id) || !codes.contains(&incident.code) {
                    let (process, node) = (case.process(), &activation.node);
                    return Err(format!(
                        "an incident at `{node}` of `{process}`: {}: {}",
                        incident.code, incident.message
                    ));
                }
                self.expected.insert(at);
            }
        }
        Ok(())
    }

    /// The incidents that the next step expects, and in which case.
    fn expected_next<'s>(
        &self,
        next: Option<(InstanceId, &'s StepSource)>,
    ) -> (Option<InstanceId>, &'s [String]) {
        match next {
            Some((id, StepSource::Expect(expect))) => {
                (Some(id), expect.incidents.as_deref().unwrap_or_default())
            }
            Some((_, StepSource::In(inner))) => {
                let Some(other) = self.other(inner).ok() else { return (None, &[]) };
                self.expected_next(inner.steps.first().map(|first| (other, first)))
            }
            Some(_) | None => (None, &[]),
        }
    }

    /// Something is tried again, and should not stop once more.
    pub(super) fn expect_no_more(&mut self, id: InstanceId, key: Key) {
        self.expected.remove(&(id, key));
    }
}

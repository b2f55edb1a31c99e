//! What was left unsaid: that nothing failed in the background but what the scenario expects.

use anyhow::{Context as _, Result, ensure};
use engine::scenario::source::StepSource;
use serde_json::{Value, json};

use super::{OVERSEER, Player, text};

/// The incident of a job that a worker could not do: the step that says so is expectation enough.
const OF_A_JOB: &str = "JOB_FAILED";

impl Player<'_> {
    /// No case has an incident that neither was expected before nor is by the next step.
    pub(super) async fn no_new_incident(&mut self, next: Option<&StepSource>) -> Result<()> {
        let query = "{ instances(filter: { incident: true }, first: 10) { edges { node {
            id process currentNodes { key name incidentCode incident } } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({})).await?;
        let codes = match next {
            Some(StepSource::Expect(expect)) => expect.incidents.as_deref().unwrap_or_default(),
            Some(_) | None => &[],
        };
        for edge in data["instances"]["edges"].as_array().context("a list")? {
            let case = text(&edge["node"]["id"])?;
            for node in edge["node"]["currentNodes"].as_array().context("a list")? {
                let Some(code) = node["incidentCode"].as_str() else { continue };
                let at = (case.clone(), node["key"].as_u64().context("a key")?);
                if code == OF_A_JOB || self.expected.contains(&at) {
                    continue;
                }
                ensure!(codes.iter().any(|one| one == code), "expected no incident, found {edge}");
                self.expected.insert(at);
            }
        }
        Ok(())
    }

    /// Something is tried again, and should not stop once more.
    pub(super) fn expect_no_more(&mut self, case: &str, key: u64) {
        self.expected.remove(&(case.to_owned(), key));
    }

    /// The active nodes of a case, in the order in which they began.
    pub(super) async fn active_nodes(&self, case: &str) -> Result<Vec<Value>> {
        let query = "query($case: ID!) { instance(id: $case) {
            currentNodes { key name incidentCode runs { key name incidentCode } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({ "case": case })).await?;
        let nodes = data["instance"]["currentNodes"].as_array().context("a list")?;
        let runs = nodes.iter().flat_map(|node| node["runs"].as_array().into_iter().flatten());
        let mut all: Vec<Value> = nodes.iter().chain(runs).cloned().collect();
        all.sort_by_key(|node| node["key"].as_u64());
        Ok(all)
    }
}

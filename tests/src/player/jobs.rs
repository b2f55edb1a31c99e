//! What a worker does: fetches jobs by topic, and completes or fails them.

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use engine::elements::Element;
use engine::ids::NodeName;
use engine::scenario::source::JobSource;
use serde_json::json;

use super::steps::Told;
use super::{Player, WORKER, text};

impl Player<'_> {
    pub(super) async fn complete_job(&mut self, case: &str, step: &JobSource) -> Result<Told> {
        let job = self.job(case, &step.job).await?;
        let query = "mutation($job: ID!, $result: JSON) {
            completeJob(input: { job: $job, result: $result }) { job } }";
        self.mutate(WORKER, query, json!({ "job": job, "result": step.result })).await
    }

    pub(super) async fn fail_job(&mut self, case: &str, step: &JobSource) -> Result<Told> {
        let job = self.job(case, &step.job).await?;
        let query = "mutation($job: ID!, $error: String!, $code: String) {
            failJob(input: { job: $job, error: $error, code: $code }) { job { retries } } }";
        let variables = json!({ "job": job, "error": step.error, "code": step.code });
        self.mutate(WORKER, query, variables).await
    }

    /// The job of a node of a case. Its worker remembers those that it fetched: one that waits to
    /// be tried again is not fetched.
    async fn job(&mut self, case: &str, node: &NodeName) -> Result<String> {
        let topic = self.topic(case, node).await?;
        let query = "mutation($topic: String!) {
            fetchJobs(input: { topic: $topic, first: 100 }) { jobs { id } } }";
        let data = self.api.ask(Some(WORKER), query, json!({ "topic": topic })).await?;
        for job in data["fetchJobs"]["jobs"].as_array().context("a list")? {
            self.jobs.insert(text(&job["id"])?);
        }
        let active = self.active_nodes(case).await?;
        let active = active.iter().filter(|one| one["name"] == node.as_str());
        for key in active.filter_map(|one| one["key"].as_u64()) {
            let id = job_id(case, key)?;
            if self.jobs.contains(&id) {
                return Ok(id);
            }
        }
        bail!("expected an open job at `{node}`, found none of the topic `{topic}`")
    }

    async fn topic(&self, case: &str, node: &NodeName) -> Result<String> {
        let query = "query($case: ID!) { instance(id: $case) { process } }";
        let data =
            self.api.ask(Some(crate::player::OVERSEER), query, json!({ "case": case })).await?;
        let process = text(&data["instance"]["process"])?;
        let definition = self.script.compiled.definitions.get(process.as_str());
        match definition
            .and_then(|it| it.node(node.as_str()))
            .map(engine::definition::Node::element)
        {
            Some(Element::ServiceTask(task)) => Ok(task.job_topic().to_owned()),
            _ => bail!("expected a service task, found `{node}`"),
        }
    }
}

/// The id that the API gives a job. To a worker it says nothing; the player must know whose of two
/// jobs of one topic it is.
fn job_id(case: &str, key: u64) -> Result<String> {
    let plain = String::from_utf8(BASE64.decode(case)?)?;
    let number = plain.strip_prefix("Instance:").context("the id of a case")?;
    Ok(BASE64.encode(format!("Job:{number}/{key}")))
}

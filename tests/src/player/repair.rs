//! Steps by which an admin repairs a case, on the real stage.

use anyhow::{Context as _, Result, bail};
use engine::ids::{NodeName, PersonId};
use engine::scenario::source::{ChangeSource, CorrectSource, MigrateSource, StepSource};
use serde_json::{Value, json};

use super::steps::Told;
use super::{OVERSEER, Player};
use crate::api::Refused;

/// The key of what is not there: the server says so in its own words.
const NONE: u64 = 0;

/// Whether a step is one of these: the API denies them before the engine would.
pub(super) fn is_repair(step: &StepSource) -> bool {
    matches!(
        step,
        StepSource::Correct(_)
            | StepSource::Modify(_)
            | StepSource::Suspend(_)
            | StepSource::Resume(_)
            | StepSource::Retry(_)
            | StepSource::Migrate(_)
    )
}

impl Player<'_> {
    /// Carries out one of these steps.
    pub(super) async fn repair(&mut self, case: &str, step: &StepSource) -> Result<Told> {
        match step {
            StepSource::Correct(step) => self.correct(case, step).await,
            StepSource::Modify(step) => {
                let mut changes = Vec::new();
                for change in &step.changes {
                    changes.push(self.change(case, change).await?);
                }
                let given = json!({ "instance": case, "changes": changes, "reason": step.reason });
                self.give(("modifyInstance", "ModifyInstance"), &step.by, given).await
            }
            StepSource::Suspend(step) => {
                let given = json!({ "instance": case, "reason": step.reason });
                self.give(("suspendInstance", "SuspendInstance"), &step.by, given).await
            }
            StepSource::Resume(step) => {
                let given = json!({ "instance": case });
                self.give(("resumeInstance", "ResumeInstance"), &step.by, given).await
            }
            StepSource::Retry(step) => {
                let key = self.stopped(case, &step.node).await?;
                let given = json!({ "instance": case, "key": key });
                let told = self.give(("retryNode", "RetryNode"), &step.by, given).await?;
                if told.is_ok() {
                    self.expect_no_more(case, key);
                }
                Ok(told)
            }
            StepSource::Migrate(step) => self.migrate(case, step).await,
            other => bail!("this step cannot be played over GraphQL yet: {other:?}"),
        }
    }

    async fn correct(&mut self, case: &str, step: &CorrectSource) -> Result<Told> {
        let documents = self.documents(step.by.as_str(), &step.documents).await?;
        let mut given = json!({ "instance": case, "documents": documents,
            "variables": step.variables, "reason": step.reason });
        let mut retried = None;
        if let Some(node) = &step.retry {
            let key = self.stopped(case, node).await?;
            given["retry"] = json!(key);
            retried = Some(key);
        }
        let told = self.give(("correctData", "CorrectData"), &step.by, given).await?;
        if let (true, Some(key)) = (told.is_ok(), retried) {
            self.expect_no_more(case, key);
        }
        Ok(told)
    }

    async fn change(&self, case: &str, change: &ChangeSource) -> Result<Value> {
        Ok(match change {
            ChangeSource::Cancel(it) => {
                json!({ "cancel": { "key": self.active(case, &it.node).await? } })
            }
            ChangeSource::CancelWaiting(it) => {
                let within = self.within(case, it.within.as_ref()).await?;
                json!({ "cancelWaiting": { "node": it.node, "within": within } })
            }
            ChangeSource::StartBefore(it) => {
                let within = self.within(case, it.within.as_ref()).await?;
                json!({ "startBefore": { "node": it.node, "within": within } })
            }
            ChangeSource::StartAfter(it) => {
                let within = self.within(case, it.within.as_ref()).await?;
                json!({ "startAfter": { "node": it.node, "within": within } })
            }
            ChangeSource::Move(it) => {
                let within = self.within(case, it.within.as_ref()).await?;
                let key = self.active(case, &it.node).await?;
                json!({ "move": { "key": key, "to": it.to, "within": within } })
            }
        })
    }

    /// To the newest version of the process, which is the pack's own.
    async fn migrate(&self, case: &str, step: &MigrateSource) -> Result<Told> {
        let query = "query($case: ID!) { instance(id: $case) { process } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({ "case": case })).await?;
        let process = json!({ "process": data["instance"]["process"] });
        let query = "query($process: String!) { processDefinition(process: $process) { version } }";
        let data = self.api.ask(Some(OVERSEER), query, process).await?;
        let version = data["processDefinition"]["version"].as_u64().context("it is published")?;
        let given = json!({ "instances": [case], "version": version, "plan": step.plan,
            "reason": step.reason });
        self.give_each(("migrateInstances", "MigrateInstances"), &step.by, given).await
    }

    /// A mutation of several cases that is about one: what became of that.
    pub(super) async fn give_each(
        &self,
        (mutation, input): (&str, &str),
        by: &PersonId,
        given: Value,
    ) -> Result<Told> {
        let query = format!(
            "mutation($input: {input}Input!) {{ {mutation}(input: $input) {{
                results {{ refused {{ code message extensions }} }} }} }}"
        );
        let variables = json!({ "input": given });
        let mut data = match self.api.try_ask(Some(by.as_str()), &query, variables).await? {
            Ok(data) => data,
            Err(refused) => return Ok(Err(refused)),
        };
        let results = data[mutation]["results"].as_array_mut().context("a list")?;
        let [result] = results.as_mut_slice() else { bail!("expected one result: {results:?}") };
        let refused = result["refused"].take();
        if refused.is_null() {
            return Ok(Ok(()));
        }
        Ok(Err(Refused {
            code: super::text(&refused["code"])?,
            message: super::text(&refused["message"])?,
            extensions: refused["extensions"].clone(),
        }))
    }

    async fn within(&self, case: &str, node: Option<&NodeName>) -> Result<Option<u64>> {
        match node {
            Some(node) => self.active(case, node).await.map(Some),
            None => Ok(None),
        }
    }

    /// The key of the activation of a node that began first.
    async fn active(&self, case: &str, node: &NodeName) -> Result<u64> {
        let nodes = self.active_nodes(case).await?;
        let found = nodes.iter().find(|one| one["name"] == node.as_str());
        found.map_or(Ok(NONE), |one| one["key"].as_u64().context("a key"))
    }

    /// The key of the activation of a node that an incident stopped; else of whichever there is.
    async fn stopped(&self, case: &str, node: &NodeName) -> Result<u64> {
        let nodes = self.active_nodes(case).await?;
        let is_it = |one: &&Value| one["name"] == node.as_str() && one["incidentCode"].is_string();
        match nodes.iter().find(is_it) {
            Some(one) => one["key"].as_u64().context("a key"),
            None => self.active(case, node).await,
        }
    }
}

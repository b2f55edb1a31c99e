//! One step: which mutation it is, and on which task as whom.

use anyhow::{Context as _, Result, bail, ensure};
use engine::ids::NodeName;
use engine::scenario::source::{
    CompleteSource, MessageSource, RejectSource, SignalSource, StepSource, SubmitSource,
};
use serde_json::{Value, json};

use super::repair::is_repair;
use super::{OVERSEER, Player, WORKER, text};
use crate::api::Refused;

/// What became of a mutation.
pub(super) type Told = Result<(), Refused>;

/// A task of a case.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) open: bool,
    pub(super) assignee: Option<String>,
}

impl Player<'_> {
    /// Does one step, which must succeed.
    pub(super) async fn one(
        &mut self,
        case: &str,
        step: &StepSource,
        next: Option<&StepSource>,
    ) -> Result<()> {
        match step {
            StepSource::Reject(reject) => self.reject(case, reject).await?,
            StepSource::Expect(expect) => return self.expect(case, expect).await,
            step => match self.attempt(case, step).await? {
                Ok(()) => {}
                Err(refused) => bail!("refused: {refused}"),
            },
        }
        self.settle().await?;
        self.no_new_incident(next).await
    }

    /// Does one step and says what became of it.
    async fn attempt(&mut self, case: &str, step: &StepSource) -> Result<Told> {
        match step {
            StepSource::Complete(step) => self.complete(case, step).await,
            StepSource::Claim(step) => {
                self.on_task("claimTask", case, &step.task, step.by.as_str(), "", json!({})).await
            }
            StepSource::Release(step) => {
                self.on_task("releaseTask", case, &step.task, step.by.as_str(), "", json!({})).await
            }
            StepSource::Urge(step) => {
                self.on_task("urgeTask", case, &step.task, step.by.as_str(), "", json!({})).await
            }
            StepSource::Extend(step) => {
                let more = json!({ "by": step.length, "reason": step.reason });
                if let Ok(intake) = self.intake(case, &step.task) {
                    return self.extend_intake(&intake, step.by.as_str(), more).await;
                }
                let arguments = ", by: $by, reason: $reason";
                self.on_task("extendTask", case, &step.task, step.by.as_str(), arguments, more)
                    .await
            }
            StepSource::Submit(step) => self.submit(case, step).await,
            StepSource::Withdraw(step) => {
                let query = "mutation($intake: ID!, $number: Int!) {
                    withdrawSubmission(input: { intake: $intake, submission: $number }) {
                        repeated } }";
                let intake = self.intake(case, &step.from)?;
                let variables = json!({ "intake": intake, "number": step.submission });
                self.mutate(step.by.as_str(), query, variables).await
            }
            StepSource::Advance(time) => {
                let is_length = time.contains(' ');
                let variables = match is_length {
                    true => json!({ "length": time }),
                    false => json!({ "until": self.instant(time)? }),
                };
                self.pass_time(variables).await.map(Ok)
            }
            StepSource::Message(step) => {
                let key = step.key.as_deref().context("a message from outside has a key")?;
                self.message(step, key).await
            }
            StepSource::Signal(step) => self.signal(step).await,
            StepSource::CompleteJob(step) => self.complete_job(case, step).await,
            StepSource::FailJob(step) => self.fail_job(case, step).await,
            StepSource::Comment(step) => {
                let query = "mutation($case: ID!, $text: String!) {
                    addComment(input: { instance: $case, text: $text }) { revision } }";
                let variables = json!({ "case": case, "text": step.text });
                self.mutate(step.by.as_str(), query, variables).await
            }
            StepSource::Cancel(step) => {
                let query = "mutation($case: ID!, $reason: String!) {
                    cancelInstance(input: { instance: $case, reason: $reason }) { revision } }";
                let variables = json!({ "case": case, "reason": step.reason });
                self.mutate(step.by.as_str(), query, variables).await
            }
            other => self.operate(case, other).await,
        }
    }

    async fn extend_intake(&self, intake: &str, who: &str, more: Value) -> Result<Told> {
        let query = "mutation($intake: ID!, $by: String!, $reason: String!) {
            extendIntake(input: { intake: $intake, by: $by, reason: $reason }) { repeated } }";
        let variables = json!({ "intake": intake, "by": more["by"], "reason": more["reason"] });
        self.mutate(who, query, variables).await
    }

    pub(super) async fn message(&mut self, step: &MessageSource, key: &str) -> Result<Told> {
        let payload = match &step.with {
            Some(with) => self.content(WORKER, with).await?,
            None => Value::Null,
        };
        self.messages += 1;
        let query = "mutation($input: SendMessageInput!) {
            sendMessage(input: $input) { message } }";
        let variables = json!({ "input": { "message": step.name, "correlation": key,
            "payload": payload, "idempotencyKey": format!("m{}", self.messages) } });
        self.mutate(WORKER, query, variables).await
    }

    pub(super) async fn signal(&mut self, step: &SignalSource) -> Result<Told> {
        let payload = match &step.with {
            Some(with) => self.content(WORKER, with).await?,
            None => Value::Null,
        };
        self.messages += 1;
        let query = "mutation($input: SendSignalInput!) {
            sendSignal(input: $input) { signal } }";
        let variables = json!({ "input": { "signal": step.name, "payload": payload,
            "idempotencyKey": format!("s{}", self.messages) } });
        self.mutate(WORKER, query, variables).await
    }

    pub(super) async fn mutate(&self, by: &str, query: &str, variables: Value) -> Result<Told> {
        let by = (by != "public").then_some(by);
        Ok(self.api.try_ask(by, query, variables).await?.map(drop))
    }

    async fn reject(&mut self, case: &str, step: &RejectSource) -> Result<()> {
        let inner = step.step().map_err(anyhow::Error::msg)?;
        let before = self.revision(case).await?;
        match self.attempt(case, &inner).await? {
            Ok(()) => bail!("expected {}, but it was carried out", step.code),
            Err(refused) => {
                // Whom the engine would refuse, the API may deny before that.
                let is_denied = is_repair(&inner)
                    && (step.code.as_str(), refused.code.as_str()) == ("NOT_CANDIDATE", "DENIED");
                let is_it = refused.code == step.code
                    || is_denied
                    || self.is_hidden(case, &inner, &refused).await?;
                ensure!(is_it, "expected {}, found {refused}", step.code);
                let fields = refused.extensions["fields"].as_array().into_iter().flatten();
                let mut paths = fields.map(|field| field["path"].to_string());
                let is_field = |field: &String| {
                    refused.extensions["field"] == field.as_str()
                        || paths.any(|path| {
                            path.contains(field.split('.').next_back().unwrap_or_default())
                        })
                };
                let is_met = step.field.as_ref().is_none_or(is_field);
                ensure!(is_met, "expected {}, found {refused}", step.wanted());
            }
        }
        ensure!(self.revision(case).await? == before, "a refused command changed the case");
        Ok(())
    }

    /// Whether the API told whoever may not even see the case that there is none.
    async fn is_hidden(&self, case: &str, step: &StepSource, refused: &Refused) -> Result<bool> {
        let step = serde_json::to_value(step).context("a step is plain data")?;
        let by = step.as_object().and_then(|step| step.values().next()?["by"].as_str());
        let Some(by) = by.filter(|_| refused.code == "NOT_FOUND") else { return Ok(false) };
        let see = "query($case: ID!) { instance(id: $case) { id } }";
        let seen = self.api.try_ask(Some(by), see, json!({ "case": case })).await?;
        Ok(seen.is_err_and(|hidden| hidden.code == "NOT_FOUND"))
    }

    /// What a refusal must not change: where the case stands and what it holds.
    async fn revision(&self, case: &str) -> Result<Value> {
        let query = "query($case: ID!) { instance(id: $case) { status currentNodes { name round }
            tasks(first: 200) { edges { node { id state outcome } } }
            documents { name version content } } }";
        self.api.ask(Some(OVERSEER), query, json!({ "case": case })).await
    }

    async fn submit(&mut self, case: &str, step: &SubmitSource) -> Result<Told> {
        let intake = self.intake(case, &step.to)?;
        let by = step.by.as_str();
        let content = self.content(by, &step.with).await?;
        let query = "mutation($intake: ID!, $content: JSON!, $replaces: Int) {
            submitToIntake(input: { intake: $intake, content: $content, replaces: $replaces }) {
                receivedAt hash } }";
        let variables = json!({ "intake": intake, "content": content, "replaces": step.replaces });
        self.mutate(by, query, variables).await
    }

    fn intake(&self, case: &str, node: &NodeName) -> Result<String> {
        let found = self.intakes.get(&(case.to_owned(), node.to_string()));
        found.cloned().with_context(|| format!("`{node}` was never open to submit to"))
    }

    async fn complete(&mut self, case: &str, step: &CompleteSource) -> Result<Told> {
        let tasks = self.tasks(case, &step.task).await?;
        let open: Vec<Task> = tasks.iter().filter(|task| task.open).cloned().collect();
        let by = step.by.as_str();
        if matches!(by, "each" | "one") {
            ensure!(!open.is_empty(), "no open task at `{}`", step.task);
            let many = if by == "one" { 1 } else { open.len() };
            for task in open.iter().take(many) {
                let person = task.assignee.clone().context("such a task is somebody's")?;
                ensure!(self.inbox(&person).await?.contains(&task.id), "not in {person}'s inbox");
                if let Err(refused) = self.decide(&person, &task.id, step).await? {
                    return Ok(Err(refused));
                }
            }
            return Ok(Ok(()));
        }
        let inbox = self.inbox(by).await?;
        // Theirs; where they have none, whichever there is, and the server says why not.
        let own = open.iter().find(|task| inbox.contains(&task.id));
        let task = own.or_else(|| open.first()).or_else(|| tasks.last());
        let id = match task {
            Some(task) => task.id.clone(),
            // The node has had none: any that is done is refused alike.
            None => {
                self.every_task(case).await?.first().context("a task of the case")?.1.id.clone()
            }
        };
        let told = self.decide(by, &id, step).await?;
        ensure!(told.is_err() || own.is_some(), "{by} decided what was not in their inbox");
        Ok(told)
    }

    async fn decide(&mut self, by: &str, task: &str, step: &CompleteSource) -> Result<Told> {
        let documents = self.documents(by, &step.with).await?;
        let query = "mutation($input: CompleteTaskInput!) {
            completeTask(input: $input) { revision } }";
        let input = json!({ "task": task, "outcome": step.outcome, "documents": documents,
                            "comment": step.comment });
        self.mutate(by, query, json!({ "input": input })).await
    }

    /// Tasks of a node, the oldest first.
    pub(super) async fn tasks(&self, case: &str, node: &NodeName) -> Result<Vec<Task>> {
        let all = self.every_task(case).await?.into_iter();
        Ok(all.filter(|(at, _)| at == node.as_str()).map(|(_, task)| task).collect())
    }

    /// Tasks of a case with their nodes, the oldest first.
    async fn every_task(&self, case: &str) -> Result<Vec<(String, Task)>> {
        let query = "query($case: ID!) { instance(id: $case) { tasks(first: 200) { edges { node {
            id nodeName state assignee { handle } } } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({ "case": case })).await?;
        let all = data["instance"]["tasks"]["edges"].as_array().context("a list")?.iter();
        all.map(|edge| &edge["node"])
            .map(|task| {
                let own = Task {
                    id: text(&task["id"])?,
                    open: task["state"] == "OPEN" || task["state"] == "CLAIMED",
                    assignee: task["assignee"]["handle"].as_str().map(str::to_owned),
                };
                Ok((text(&task["nodeName"])?, own))
            })
            .collect()
    }

    /// The ids of a person's open tasks.
    async fn inbox(&self, person: &str) -> Result<Vec<String>> {
        let query = "{ inbox(first: 200) { edges { node { id } } } }";
        let data = self.api.ask(Some(person), query, json!({})).await?;
        let edges = data["inbox"]["edges"].as_array().context("a list")?;
        edges.iter().map(|edge| text(&edge["node"]["id"])).collect()
    }

    async fn on_task(
        &self,
        mutation: &str,
        case: &str,
        node: &NodeName,
        by: &str,
        arguments: &str,
        more: Value,
    ) -> Result<Told> {
        let tasks = self.tasks(case, node).await?;
        let task = tasks.iter().find(|task| task.open).or_else(|| tasks.last());
        let task = task.with_context(|| format!("there is no task at `{node}`"))?;
        let declared =
            if more.get("by").is_some() { ", $by: String!, $reason: String!" } else { "" };
        let query = format!(
            "mutation($task: ID!{declared}) {{ {mutation}(input: {{ task: $task{arguments} }}) {{
                revision }} }}"
        );
        let mut variables = more;
        variables["task"] = json!(task.id);
        self.mutate(by, &query, variables).await
    }
}

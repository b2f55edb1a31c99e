//! Approval operations as steps: on a task, and on a case as a whole. Deciding is in `steps`.

use anyhow::{Context as _, Result};
use engine::event::Placement;
use engine::ids::{NodeName, PersonId};
use engine::scenario::source::StepSource;
use serde_json::{Value, json};

use super::steps::{Task, Told};
use super::{OVERSEER, Player, text};

impl Player<'_> {
    /// Carries out one of these steps.
    pub(super) async fn operate(&mut self, case: &str, step: &StepSource) -> Result<Told> {
        match step {
            StepSource::Return(step) => {
                let then = step.then.map(|then| match then {
                    engine::definition::source::Then::RunOn => "RUN_ON",
                    engine::definition::source::Then::ComeBack => "COME_BACK",
                });
                let given =
                    json!({ "to": step.to.as_slice(), "then": then, "reason": step.reason });
                self.on_own(case, ("returnTask", "ReturnTask"), &step.task, &step.by, given).await
            }
            StepSource::TakeBack(step) => {
                let tasks = self.tasks(case, &step.task).await?;
                let own = |task: &&Task| task.assignee.as_deref() == Some(step.by.as_str());
                let done = || tasks.iter().filter(|task| !task.open);
                let task = done().rfind(own).or(done().next_back()).or_else(|| tasks.last());
                let task =
                    task.with_context(|| format!("no task at `{}` was decided", step.task))?;
                let given = json!({ "task": task.id });
                self.give(("takeBackTask", "TakeBackTask"), &step.by, given).await
            }
            StepSource::Transfer(step) => {
                let to = self.person(&step.to).await?;
                let given = json!({ "to": to, "reason": step.reason });
                let mutation = ("transferTask", "TransferTask");
                self.on_own(case, mutation, &step.task, &step.by, given).await
            }
            StepSource::Delegate(step) => {
                let to = self.person(&step.to).await?;
                let given = json!({ "to": to, "reason": step.reason });
                let mutation = ("delegateTask", "DelegateTask");
                self.on_own(case, mutation, &step.task, &step.by, given).await
            }
            StepSource::HandBack(step) => {
                let given = json!({ "comment": step.comment });
                let mutation = ("handBackTask", "HandBackTask");
                self.on_own(case, mutation, &step.task, &step.by, given).await
            }
            StepSource::AddSigners(step) => {
                let mut people = Vec::new();
                for person in step.people.as_slice() {
                    people.push(self.person(person).await?);
                }
                let place = match step.place {
                    Placement::Before => "BEFORE",
                    Placement::After => "AFTER",
                    Placement::Alongside => "ALONGSIDE",
                };
                let given = json!({ "people": people, "place": place, "reason": step.reason });
                self.on_own(case, ("addSigners", "AddSigners"), &step.task, &step.by, given).await
            }
            StepSource::RemoveSigner(step) => {
                let person = self.person(&step.person).await?;
                let given = json!({ "person": person, "reason": step.reason });
                let mutation = ("removeSigner", "RemoveSigner");
                self.on_own(case, mutation, &step.task, &step.by, given).await
            }
            StepSource::Replace(step) => {
                let whose = step.person.as_ref().unwrap_or(&step.by);
                let task = self.own(case, &step.task, whose).await?.id;
                let given = json!({ "task": task, "reason": step.reason });
                self.give(("replaceDrawn", "ReplaceDrawn"), &step.by, given).await
            }
            StepSource::Begin(step) => self.begin_activity(case, &step.task, &step.by).await,
            other => self.operate_case(case, other).await,
        }
    }

    async fn operate_case(&mut self, case: &str, step: &StepSource) -> Result<Told> {
        match step {
            StepSource::WithdrawCase(step) => {
                let given = json!({ "instance": case, "reason": step.reason });
                self.give(("withdrawInstance", "WithdrawInstance"), &step.by, given).await
            }
            StepSource::Void(step) => {
                let given = json!({ "instance": case, "reason": step.reason });
                self.give(("voidInstance", "VoidInstance"), &step.by, given).await
            }
            StepSource::Terminate(step) => {
                let task = match &step.task {
                    Some(node) => Some(self.own(case, node, &step.by).await?.id),
                    None => None,
                };
                let given = json!({ "instance": case, "task": task, "reason": step.reason });
                self.give(("terminateInstance", "TerminateInstance"), &step.by, given).await
            }
            StepSource::Reopen(step) => {
                let given = json!({ "instance": case, "to": step.to, "reason": step.reason });
                self.give(("reopenInstance", "ReopenInstance"), &step.by, given).await
            }
            StepSource::HandOver(step) => {
                let (from, to) = (self.person(&step.from).await?, self.person(&step.to).await?);
                let given = json!({ "from": from, "to": to, "instances": [case],
                    "reason": step.reason });
                self.give_each(("handOver", "HandOver"), &step.by, given).await
            }
            StepSource::Deputy(step) => {
                let at = |time: &str| match time.len() {
                    10 => format!("{time}T00:00:00+08:00"),
                    _ => format!("{time}:00+08:00"),
                };
                let given = json!({ "deputy": self.person(&step.to).await?,
                    "from": step.from.as_deref().map(at), "until": at(&step.until),
                    "processes": step.processes, "reason": step.reason });
                let query = "mutation($input: SetDeputyInput!) { setDeputy(input: $input) { deputy { id } } }";
                self.mutate(step.of.as_str(), query, json!({ "input": given })).await
            }
            StepSource::EndDeputy(step) => {
                let query = "{ me { deputies { nodes { id active } } } }";
                let data = self.api.ask(Some(step.of.as_str()), query, json!({})).await?;
                let all = data["me"]["deputies"]["nodes"].as_array().context("a list")?;
                let now = all.iter().find(|one| one["active"] == true).context("one is active")?;
                let given = json!({ "deputy": now["id"] });
                let query =
                    "mutation($input: EndDeputyInput!) { endDeputy(input: $input) { repeated } }";
                self.mutate(step.of.as_str(), query, json!({ "input": given })).await
            }
            other => self.repair(case, other).await,
        }
    }

    /// Begins an activity of the ad-hoc sub-process that offers it, or else of any.
    async fn begin_activity(&self, case: &str, activity: &NodeName, by: &PersonId) -> Result<Told> {
        let query = "query($case: ID!) {
            instance(id: $case) { choices { key activities { name } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({ "case": case })).await?;
        let choices = data["instance"]["choices"].as_array().context("a list of choices")?;
        let offers = |one: &&Value| {
            let activities = one["activities"].as_array();
            activities.is_some_and(|all| all.iter().any(|it| it["name"] == activity.as_str()))
        };
        let key = choices.iter().rfind(offers).or(choices.first()).map(|one| &one["key"]);
        let given = json!({ "instance": case, "key": key, "activity": activity });
        self.give(("beginActivity", "BeginActivity"), by, given).await
    }

    async fn on_own(
        &self,
        case: &str,
        mutation: (&str, &str),
        node: &NodeName,
        by: &PersonId,
        mut given: Value,
    ) -> Result<Told> {
        given["task"] = json!(self.own(case, node, by).await?.id);
        self.give(mutation, by, given).await
    }

    /// A mutation with its whole input, by its name and its input's.
    pub(super) async fn give(
        &self,
        (mutation, input): (&str, &str),
        by: &PersonId,
        given: Value,
    ) -> Result<Told> {
        let query = format!(
            "mutation($input: {input}Input!) {{ {mutation}(input: $input) {{ revision }} }}"
        );
        self.mutate(by.as_str(), &query, json!({ "input": given })).await
    }

    /// The task of a node that is a person's; else whichever there is, and the server says why not.
    async fn own(&self, case: &str, node: &NodeName, by: &PersonId) -> Result<Task> {
        let tasks = self.tasks(case, node).await?;
        let is_own = |task: &&Task| task.open && task.assignee.as_deref() == Some(by.as_str());
        let own = tasks.iter().find(is_own).or_else(|| tasks.iter().find(|task| task.open));
        let task = own.or_else(|| tasks.last());
        task.cloned().with_context(|| format!("there is no task at `{node}`"))
    }

    /// The global id of a person, as they are told it themselves.
    async fn person(&self, person: &PersonId) -> Result<String> {
        let data = self.api.ask(Some(person.as_str()), "{ me { id } }", json!({})).await?;
        text(&data["me"]["id"])
    }
}

//! How a case begins on the real stage: by its person, or by itself; on the version before where the
//! scenario has one, which is published first, and the pack's own right after.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use engine::ids::{DocumentName, NodeName, ProcessName};
use engine::pack::Kind;
use engine::scenario::source::{BeforeSource, How, ScenarioSource};
use serde_json::{Value, json};

use super::steps::Told;
use super::{OVERSEER, Player, Script, text};

type Files = Vec<(String, Vec<u8>)>;

impl Script {
    /// The pack's files with a process as it was before.
    fn before(&self, process: &ProcessName, before: &BeforeSource) -> Result<Files> {
        let own = self.compiled.pack.processes.get(process).context("a process of the pack")?;
        let place = self.loaded.file(Kind::Process, process.as_str()).context("it has a file")?;
        let mut files = self.files.clone();
        let file = files.iter_mut().find(|(path, _)| path == place).context("it is the pack's")?;
        // JSON is YAML.
        file.1 = serde_json::to_vec(&before.of(own))?;
        Ok(files)
    }

    /// The pack's files, but for a line at the end that says nothing.
    fn anew(&self) -> Result<Files> {
        let mut files = self.files.clone();
        let meta = files.iter_mut().find(|(path, _)| path == "pack.yaml").context("a pack.yaml")?;
        meta.1.extend_from_slice(b"\n# published anew\n");
        Ok(files)
    }
}

impl Player<'_> {
    /// Begins the case as the scenario's head says.
    pub(super) async fn begin(&mut self, source: &ScenarioSource) -> Result<String> {
        let at = self.instant(&source.start.at)?;
        self.pass_time(json!({ "until": at })).await?;
        let how = source.start.how().map_err(anyhow::Error::msg)?;
        match &source.before {
            Some(before) => self.publish(&self.script.before(&source.process, before)?).await?,
            // The times of start events run from when the pack was published.
            None if matches!(how, How::Timer(_)) => self.publish(&self.script.anew()?).await?,
            None => {}
        }
        let case = match how {
            How::By(person) => {
                Some(self.start(&source.process, person.as_str(), &source.start.with).await?)
            }
            How::Message(message) => {
                let key = message.key.as_deref().unwrap_or(message.name.as_str());
                done(self.message(message, key).await?)?;
                None
            }
            How::Signal(signal) => {
                done(self.signal(signal).await?)?;
                None
            }
            How::Timer(event) => {
                self.wait_for_start(&source.process, event, &at).await?;
                None
            }
        };
        self.settle().await?;
        if source.before.is_some() {
            self.publish(&self.script.files).await?;
        }
        match case {
            Some(case) => Ok(case),
            None => {
                let newest = self.cases(&source.process).await?;
                text(&newest.first().context("expected that a case begins, but none did")?["id"])
            }
        }
    }

    /// Somebody begins a case.
    pub(super) async fn start(
        &mut self,
        process: &ProcessName,
        by: &str,
        with: &BTreeMap<DocumentName, Value>,
    ) -> Result<String> {
        let documents = self.documents(by, with).await?;
        let query = "mutation($input: StartInstanceInput!) {
            startInstance(input: $input) { instance { id } } }";
        let input = json!({ "process": process, "documents": documents });
        let data = self.api.ask(Some(by), query, json!({ "input": input })).await?;
        text(&data["startInstance"]["instance"]["id"])
    }

    /// Lets time pass from a moment until a start event begins a case.
    async fn wait_for_start(
        &self,
        process: &ProcessName,
        event: &NodeName,
        at: &str,
    ) -> Result<()> {
        let at: chrono::DateTime<chrono::Utc> = at.parse().context("an instant")?;
        let compiled = &self.script.compiled;
        let definition = compiled.definitions.get(process).context("a process of the pack")?;
        let next = definition.next_start(event, None, at.into(), &compiled.pack.calendars);
        let next = next.with_context(|| format!("`{event}` begins no case any more"))?;
        self.pass_time(json!({ "until": next.at.to_string() })).await
    }

    /// Publishes a pack.
    async fn publish(&self, files: &[(String, Vec<u8>)]) -> Result<()> {
        let file = |(path, bytes): &(String, Vec<u8>)| -> Result<Value> {
            Ok(json!({ "path": path, "text": std::str::from_utf8(bytes)? }))
        };
        let files = files.iter().map(file).collect::<Result<Vec<Value>>>()?;
        let query = "mutation($input: DeployPackInput!) { deployPack(input: $input) {
            version unchanged diagnostics { severity file line code message } } }";
        let input = json!({ "input": { "files": files } });
        let data = self.api.ask(Some(OVERSEER), query, input).await?;
        let told = &data["deployPack"];
        ensure!(told["version"].is_u64() && told["unchanged"] == false, "not published: {told}");
        Ok(())
    }
}

fn done(told: Told) -> Result<()> {
    match told {
        Ok(()) => Ok(()),
        Err(refused) => bail!("refused: {refused}"),
    }
}

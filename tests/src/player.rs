//! Plays a pack's scenario against a running server: every step is what a person would do, through
//! GraphQL over HTTP with that person's own token, and every expectation is read back the same way.
//! Time passes by the demonstration's clock. What scenarios mean is the engine's `scenario`; this
//! is the same play on the real stage.

mod beginning;
mod documents;
mod expect;
mod incidents;
mod jobs;
mod operations;
mod repair;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use engine::calendar::Zone;
use engine::ids::ProcessName;
use engine::pack::{Compiled, Loaded};
use engine::scenario::Fixtures;
use engine::scenario::source::{ScenarioSource, StepSource};
use engine::yaml;
use serde_json::{Value, json};

use crate::api::Api;
use crate::smtp::SmtpServer;

const FIXTURES: &str = "scenarios/fixtures.yaml";
/// Who looks at everything, to say where a case is.
pub const OVERSEER: &str = "admin";
/// Who hands messages and the results of jobs in.
pub const WORKER: &str = "platform";

/// A pack, read for playing.
#[derive(Debug)]
pub struct Script {
    compiled: Compiled,
    loaded: Loaded,
    fixtures: Fixtures,
    files: Vec<(String, Vec<u8>)>,
}

/// One scenario on its way on one server.
#[derive(Debug)]
pub struct Player<'a> {
    script: &'a Script,
    /// The API it is played on.
    pub api: Api,
    mails: &'a SmtpServer,
    zone: Zone,
    /// Files by uploader and name, so that each is uploaded once.
    uploaded: BTreeMap<(String, String), crate::api::Uploaded>,
    /// Intakes that were open once, by case and node: late submissions are tried on them.
    intakes: BTreeMap<(String, String), String>,
    /// How many messages were handed in: each has an id of its own.
    messages: usize,
    /// Jobs that its worker fetched.
    jobs: BTreeSet<String>,
    /// Incidents that the scenario expects, by case and key, until something tries them again.
    expected: BTreeSet<(String, u64)>,
}

impl Script {
    /// Reads a pack's folder.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(files: &[(String, Vec<u8>)]) -> Result<Self> {
        let told = |problems: Vec<engine::diagnostic::Diagnostic>| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(lines.join("\n"))
        };
        let compiled = engine::pack::compile(files, |_| 1).map_err(told)?;
        let loaded = engine::pack::Pack::load(files).map_err(told)?;
        let fixtures = loaded.fixtures.clone();
        Ok(Self { compiled, loaded, fixtures, files: files.to_vec() })
    }

    /// The files of its scenarios, in order.
    pub fn scenarios(&self) -> Vec<String> {
        let all = self.loaded.pack.scenarios.iter();
        all.filter(|file| *file != FIXTURES).cloned().collect()
    }

    fn scenario(&self, file: &str) -> Result<ScenarioSource> {
        let tree = self.loaded.tree(file).with_context(|| format!("there is no {file}"))?;
        yaml::read(tree, &[]).map_err(|problems| anyhow::anyhow!("{file}: {problems:?}"))
    }
}

/// Plays a scenario from its beginning to its end, and answers the player with the id of its case.
///
/// # Errors
/// The step that did not go as written, and what the server said.
pub async fn play<'a>(
    script: &'a Script,
    address: &str,
    mails: &'a SmtpServer,
    file: &str,
) -> Result<(Player<'a>, String)> {
    let source = script.scenario(file)?;
    ensure!(source.registers.is_empty(), "the API makes no entries of registers");
    let pack = &script.compiled.pack;
    let zone = script
        .compiled
        .definitions
        .get(&source.process)
        .and_then(|definition| pack.calendars.get(definition.calendar()))
        .map_or(Zone::UTC, |calendar| calendar.zone());
    let mut player = Player {
        script,
        api: Api::of(address),
        mails,
        zone,
        uploaded: BTreeMap::new(),
        intakes: BTreeMap::new(),
        messages: 0,
        jobs: BTreeSet::new(),
        expected: BTreeSet::new(),
    };
    let case = player.begin(&source).await.with_context(|| format!("{file}: start"))?;
    player.no_new_incident(source.steps.first()).await.with_context(|| format!("{file}: start"))?;
    player.steps(&case, &source.steps).await.with_context(|| file.to_owned())?;
    Ok((player, case))
}

impl Player<'_> {
    /// Steps of one case; those of another are a list of their own.
    async fn steps(&mut self, case: &str, steps: &[StepSource]) -> Result<()> {
        for (number, step) in steps.iter().enumerate() {
            let at = || format!("step {} on {case}: {step:?}", number + 1);
            if let StepSource::In(inner) = step {
                let other = match &inner.start {
                    Some(start) => {
                        let (process, by) = (&inner.process, start.by.as_str());
                        let begun = self.start(process, by, &start.with).await.with_context(at)?;
                        self.settle().await.with_context(at)?;
                        begun
                    }
                    None => self.other(inner).await.with_context(at)?,
                };
                // A list in a list is as deep as its author wrote it.
                Box::pin(self.steps(&other, &inner.steps)).await.with_context(at)?;
                continue;
            }
            self.one(case, step, steps.get(number + 1)).await.with_context(at)?;
        }
        Ok(())
    }

    /// Lets everything happen that is due now: called cases begin, messages arrive.
    async fn settle(&mut self) -> Result<()> {
        self.pass_time(json!({})).await?;
        self.note_intakes().await
    }

    async fn pass_time(&self, input: Value) -> Result<()> {
        let query = "mutation($input: PassTimeInput!) { passTime(input: $input) { now } }";
        self.api.ask(Some(OVERSEER), query, json!({ "input": input })).await.map(drop)
    }

    /// A local time as scenarios write it, or a day's beginning.
    fn instant(&self, text: &str) -> Result<String> {
        let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
            .ok()
            .or_else(|| day().map(|day| day.and_time(chrono::NaiveTime::MIN)));
        let local = local.with_context(|| format!("expected a time, found `{text}`"))?;
        Ok(self.zone.instant(local).to_string())
    }

    async fn other(&self, inner: &engine::scenario::source::InSource) -> Result<String> {
        let newest_first = self.cases(&inner.process).await?;
        let found = match inner.nth {
            Some(nth) => newest_first.iter().rev().nth(nth.saturating_sub(1)),
            None => newest_first
                .iter()
                .find(|case| case["status"] == "ACTIVE" || case["status"] == "SUSPENDED")
                .or_else(|| newest_first.first()),
        };
        let found = found.with_context(|| format!("there is no case of `{}`", inner.process))?;
        text(&found["id"])
    }

    /// The cases of a process with their status, the newest first.
    async fn cases(&self, process: &ProcessName) -> Result<Vec<Value>> {
        let query =
            "query($process: String) { instances(filter: { process: $process }, first: 200) {
            edges { node { id status } } } }";
        let variables = json!({ "process": process });
        let mut data = self.api.ask(Some(OVERSEER), query, variables).await?;
        let Value::Array(edges) = data["instances"]["edges"].take() else {
            bail!("a list: {data}")
        };
        Ok(edges.into_iter().map(|mut it| it["node"].take()).collect())
    }

    /// Remembers the intakes that are open now.
    async fn note_intakes(&mut self) -> Result<()> {
        let query = "{ instances(first: 200) { edges { node {
            id intakes { id nodeName open } } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({})).await?;
        for edge in data["instances"]["edges"].as_array().context("a list")? {
            let case = text(&edge["node"]["id"])?;
            let intakes = edge["node"]["intakes"].as_array().context("a list")?.iter();
            for intake in intakes.filter(|intake| intake["open"] == true) {
                let key = (case.clone(), text(&intake["nodeName"])?);
                self.intakes.insert(key, text(&intake["id"])?);
            }
        }
        Ok(())
    }

    /// The local day of an instant, so many milliseconds before it.
    ///
    /// # Errors
    /// Where it is no instant.
    pub fn day(&self, at: &str, before_ms: i64) -> Result<String> {
        let at: chrono::DateTime<chrono::Utc> = at.parse().context("an instant")?;
        Ok(self.zone.date((at - chrono::Duration::milliseconds(before_ms)).into()).to_string())
    }

    /// The pack's registers, and whether each is public.
    pub fn registers(&self) -> Vec<(String, bool)> {
        let all = self.script.compiled.pack.registers.iter();
        all.map(|(name, register)| (name.to_string(), register.public)).collect()
    }

    /// A file that a person uploaded on the way.
    pub fn uploaded(&self, person: &str, name: &str) -> Option<&crate::api::Uploaded> {
        self.uploaded.get(&(person.to_owned(), name.to_owned()))
    }
}

/// A text that must be there.
fn text(value: &Value) -> Result<String> {
    Ok(value.as_str().with_context(|| format!("expected a text, found {value}"))?.to_owned())
}

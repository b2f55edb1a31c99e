//! What a scenario expects, compared with what the API shows and with the mail that came.

use anyhow::{Context as _, Result, bail, ensure};
use engine::scenario::source::{ExpectSource, SentSource};
use engine::text::Language;
use serde_json::{Value, json};

use super::{OVERSEER, Player};

const CASE: &str = "query($case: ID!) { instance(id: $case) { status outcome
    currentNodes { name incidentCode incident } documents { name list content }
    tasks(first: 200) { edges { node { nodeName state dueAt } } } } }";

impl Player<'_> {
    /// Every expectation of one step.
    pub(super) async fn expect(&self, case: &str, expect: &ExpectSource) -> Result<()> {
        ensure!(expect.variables.is_empty(), "the API shows no variables");
        let data = self.api.ask(Some(OVERSEER), CASE, json!({ "case": case })).await?;
        let found = &data["instance"];
        let nodes = found["currentNodes"].as_array().context("a list")?;
        let is_at = |name: &str| nodes.iter().any(|node| node["name"] == name);
        for node in &expect.at {
            ensure!(is_at(node.as_str()), "expected the case at `{node}`, found {found}");
        }
        for node in &expect.not_at {
            ensure!(!is_at(node.as_str()), "expected the case not at `{node}`, found {found}");
        }
        let is_none = nodes.iter().all(|node| node["incidentCode"].is_null());
        let expects_none = expect.incidents.as_ref().is_some_and(Vec::is_empty);
        ensure!(is_none || !expects_none, "expected no incident, found {found}");
        for code in expect.incidents.iter().flatten() {
            let is_there = nodes.iter().any(|node| node["incidentCode"] == code.as_str());
            ensure!(is_there, "expected the incident {code}, found {found}");
        }
        if let Some(status) = &expect.status {
            ensure!(found["status"] == status.to_uppercase(), "expected {status}, found {found}");
        }
        if let Some(outcome) = &expect.outcome {
            ensure!(found["outcome"] == outcome.as_str(), "expected {outcome}, found {found}");
        }
        for (node, day) in &expect.due {
            self.due(found, node.as_str(), day)?;
        }
        for (name, expected) in &expect.documents {
            let all = found["documents"].as_array().context("a list")?;
            let document = all.iter().find(|document| document["name"] == name.as_str());
            let content = document.map_or(&Value::Null, |document| &document["content"]);
            let content = match (content, expected) {
                (Value::Array(list), Value::Object(_)) => list.last().unwrap_or(&Value::Null),
                (content, _) => content,
            };
            ensure!(contains(content, expected), "expected {expected} in {name}, found {content}");
        }
        for entry in &expect.registers {
            let entries = self.register(entry.register.as_str()).await?;
            let found = entries.iter().find(|found| found["number"] == entry.number.as_str());
            let found = found.with_context(|| format!("expected {entry:?}, found {entries:?}"))?;
            for (name, expected) in &entry.columns {
                let found = &found["columns"][name];
                ensure!(contains(found, expected), "expected {entry:?}, found {found}");
            }
        }
        if let Some(pages) = &expect.pages {
            if pages.is_empty() {
                let up = self.pages_up().await?;
                ensure!(up.is_empty(), "expected no page to be up, found {up:?}");
            }
            let titles = self.pages().await?;
            for page in pages {
                ensure!(titles.contains(page), "expected the page `{page}`, found {titles:?}");
            }
        }
        for notice in &expect.notices {
            self.received(notice).await?;
        }
        Ok(())
    }

    fn due(&self, found: &Value, node: &str, day: &str) -> Result<()> {
        let tasks = found["tasks"]["edges"].as_array().context("a list")?;
        let open = tasks.iter().map(|edge| &edge["node"]).find(|task| {
            task["nodeName"] == node && (task["state"] == "OPEN" || task["state"] == "CLAIMED")
        });
        let due = open.and_then(|task| task["dueAt"].as_str());
        let due =
            due.with_context(|| format!("expected `{node}` open with a due date: {found}"))?;
        // The end of the last day is 00:00 of the next.
        let last = self.day(due, 1)?;
        ensure!(last == day, "expected `{node}` due on {day}, found {last}");
        Ok(())
    }

    /// The entries of a register.
    pub(super) async fn register(&self, register: &str) -> Result<Vec<Value>> {
        let query = "query($register: String!) { register(name: $register) { entries(first: 200) {
            edges { node { number columns } } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({ "register": register })).await?;
        let edges = data["register"]["entries"]["edges"].as_array().context("a list")?;
        Ok(edges.iter().map(|edge| edge["node"].clone()).collect())
    }

    /// The titles of the pages that the public sees now.
    async fn pages_up(&self) -> Result<Vec<String>> {
        let query = "{ pages(first: 100) { edges { node { title } } } }";
        let data = self.api.ask(None, query, json!({})).await?;
        let edges = data["pages"]["edges"].as_array().context("a list")?.iter();
        edges.map(|edge| super::text(&edge["node"]["title"])).collect()
    }

    /// The titles of every page that any case published.
    pub(super) async fn pages(&self) -> Result<Vec<String>> {
        let query = "{ instances(first: 200) { edges { node { pages { title } } } } }";
        let data = self.api.ask(Some(OVERSEER), query, json!({})).await?;
        let cases = data["instances"]["edges"].as_array().context("a list")?.iter();
        let pages = cases.flat_map(|edge| edge["node"]["pages"].as_array().into_iter().flatten());
        pages.map(|page| super::text(&page["title"])).collect()
    }

    /// Waits for the mail that a notice became.
    async fn received(&self, sent: &SentSource) -> Result<()> {
        let pack = &self.script.compiled.pack;
        let template = pack.notices.get(&sent.notice).context("a notice of the pack")?;
        let subject = template.subject.get(Language::Zh);
        let subject = subject.split("{{").next().unwrap_or_default();
        ensure!(!subject.is_empty(), "`{}` begins with a place, not with words", sent.notice);
        for address in self.addresses(&sent.to)? {
            self.mails.wait_for_mail(&address, subject).await?;
        }
        Ok(())
    }

    /// Whom `role:…`, `person:…` or an address means.
    fn addresses(&self, to: &str) -> Result<Vec<String>> {
        let people = &self.script.compiled.pack.people;
        let found: Vec<String> = if let Some(id) = to.strip_prefix("person:") {
            people.get(id).and_then(|person| person.email.clone()).into_iter().collect()
        } else if let Some(role) = to.strip_prefix("role:") {
            let (role, unit) = role.split_once('@').map_or((role, None), |(r, u)| (r, Some(u)));
            let holds = |person: &engine::pack::PersonSource| {
                person.grants().iter().any(|grant| {
                    let there = unit.is_none_or(|unit| {
                        grant.unit.as_ref().is_none_or(|own| own.as_str() == unit)
                    });
                    grant.role.as_str() == role && there
                })
            };
            let holders = people.values().filter(|person| holds(person));
            holders.filter_map(|person| person.email.clone()).collect()
        } else {
            vec![to.to_owned()]
        };
        if found.is_empty() {
            bail!("nobody with an address is `{to}`");
        }
        Ok(found)
    }
}

/// Whether a value has everything that another one has.
fn contains(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected
            .iter()
            // `null` is what is not there.
            .all(|(key, expected)| contains(found.get(key).unwrap_or(&Value::Null), expected)),
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(found, expected)| contains(found, expected))
        }
        (found, expected) => found == expected,
    }
}

//! Each mistake of a caller against the built binary, on both databases: a typed error with its
//! code, the field where there is one, and nothing changed.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::api::Api;
use tests::places::Place;

const COMPLETE: &str = "mutation($task: ID!, $outcome: String, $documents: [DocumentInput!],
        $comment: String, $key: String) {
    completeTask(input: { task: $task, outcome: $outcome, documents: $documents,
                          comment: $comment, idempotencyKey: $key }) { revision } }";
const SUBMIT: &str = "mutation($intake: ID!, $content: JSON!) {
    submitToIntake(input: { intake: $intake, content: $content }) { hash } }";

/// The id that the first task of case 4711 would have.
const NO_TASK: &str = "VGFzazo0NzExLzE";

/// One case that stands at its review.
struct Desk {
    api: Api,
    case: Value,
}

impl Desk {
    /// Everything of the case that a refused command must not change.
    async fn state(&self) -> Result<Value> {
        let query = "query($case: ID!) { instance(id: $case) { status outcome
            currentNodes { name round }
            tasks(first: 50) { nodes { id state assignee { handle } outcome } }
            applications: documentVersions(document: \"application\", first: 50) { nodes { ...shown } }
            handedIn: documentVersions(document: \"comments\", first: 50) { nodes { ...shown } }
            comments(first: 50) { nodes { text } } } }
            fragment shown on DocumentVersion { document version hash }";
        self.api.ask(Some("admin"), query, json!({ "case": self.case })).await
    }

    async fn task(&self, node: &str) -> Result<Value> {
        let query = "query($case: ID!) { instance(id: $case) {
            tasks(first: 50) { nodes { id nodeName } } } }";
        let data = self.api.ask(Some("admin"), query, json!({ "case": self.case })).await?;
        let tasks = data["instance"]["tasks"]["nodes"].as_array().context("a list")?;
        let task = tasks.iter().rfind(|task| task["nodeName"] == node);
        Ok(task.with_context(|| format!("a task at {node}"))?["id"].clone())
    }

    /// Asks for what must be refused with a code, and answers the error's extensions.
    async fn refused(&self, who: &str, query: &str, given: Value, code: &str) -> Result<Value> {
        let before = self.state().await?;
        let told = self.api.try_ask(Some(who), query, given.clone()).await?;
        let refused = match told {
            Ok(data) => anyhow::bail!("expected {code} for {given}, found {data}"),
            Err(refused) => refused,
        };
        ensure!(refused.code == code, "expected {code} for {given}, found {refused}");
        ensure!(!refused.message.is_empty(), "an error says something");
        ensure!(refused.extensions["retryable"] != true, "the same again is no better: {refused}");
        ensure!(self.state().await? == before, "{code} changed something");
        Ok(refused.extensions)
    }
}

async fn mistakes(place: &Place) -> Result<()> {
    let server = tests::office::serve(place, &place.url(), &[])?;
    let api = Api::of(server.address());
    let query = "mutation { startInstance(input: { process: \"permit\" }) { instance { id } } }";
    let data = api.ask(Some("clerk0"), query, json!({})).await?;
    let desk = Desk { api, case: data["startInstance"]["instance"]["id"].clone() };
    forms(&desk).await?;
    tasks(&desk).await?;
    arguments(&desk).await?;
    intakes(&desk).await?;
    ensure!(server.end()?.success());
    Ok(())
}

/// A form that does not validate names each field; then it is handed in.
async fn forms(desk: &Desk) -> Result<()> {
    let task = desk.task("apply").await?;
    let with = |content: Value| json!({ "task": task, "documents": [{ "document": "application", "content": content }] });
    let table = [
        (json!({}), json!([["application", "name"]])),
        (json!({ "seats": 21 }), json!([["application", "name"], ["application", "seats"]])),
        (json!({ "name": 7 }), json!([["application", "name"]])),
        (json!({ "name": "Road", "colour": "red" }), json!([["application", "colour"]])),
    ];
    for (content, paths) in table {
        let told = desk.refused("clerk0", COMPLETE, with(content), "INVALID_DOCUMENT").await?;
        let fields = told["fields"].as_array().context("fields")?;
        let mut found: Vec<Value> = fields.iter().map(|field| field["path"].clone()).collect();
        found.sort_by_key(Value::to_string);
        ensure!(Value::Array(found) == paths, "expected {paths}, found {told}");
    }
    desk.refused("clerk0", COMPLETE, json!({ "task": task }), "DOCUMENT_MISSING").await?;
    let good = with(json!({ "name": "Road", "seats": 20 }));
    // Who has nothing to do with the case is not even told that there is one.
    desk.refused("clerk1", COMPLETE, good.clone(), "NOT_FOUND").await?;
    desk.api.ask(Some("clerk0"), COMPLETE, good.clone()).await?;
    // The same once more, without a key: a second completion.
    desk.refused("clerk0", COMPLETE, good, "NOT_OPEN").await?;
    Ok(())
}

async fn tasks(desk: &Desk) -> Result<()> {
    let (stale, open) = (desk.task("apply").await?, desk.task("review").await?);
    let table = [
        (json!({ "task": stale, "outcome": "accept" }), "NOT_OPEN"),
        (json!({ "task": open, "outcome": "perhaps" }), "UNKNOWN_OUTCOME"),
        (json!({ "task": open }), "UNKNOWN_OUTCOME"),
        (json!({ "task": open, "outcome": "correct" }), "COMMENT_REQUIRED"),
        (json!({ "task": NO_TASK, "outcome": "accept" }), "NOT_FOUND"),
    ];
    for (given, code) in table {
        desk.refused("reviewer", COMPLETE, given, code).await?;
    }
    let accept = json!({ "task": open, "outcome": "accept", "key": "once" });
    let done = desk.api.ask(Some("reviewer"), COMPLETE, accept.clone()).await?;
    // Under its key the same command is answered alike and does nothing more.
    let before = desk.state().await?;
    ensure!(desk.api.ask(Some("reviewer"), COMPLETE, accept).await? == done);
    ensure!(desk.state().await? == before);
    Ok(())
}

async fn arguments(desk: &Desk) -> Result<()> {
    for id in [&desk.case, &json!("Task:1.1")] {
        let given = json!({ "task": id, "outcome": "accept" });
        let told = desk.refused("reviewer", COMPLETE, given, "BAD_ID").await?;
        ensure!(told["field"] == "input.task", "{told}");
    }
    let key = "k".repeat(1_000);
    let given = json!({ "task": desk.task("review").await?, "key": key });
    let told = desk.refused("reviewer", COMPLETE, given, "BAD_ARGUMENT").await?;
    ensure!(told["field"] == "input.idempotencyKey", "{told}");
    let unknown = "mutation { startInstance(input: { process: \"nothing\" }) { revision } }";
    desk.refused("clerk0", unknown, json!({}), "NOT_FOUND").await?;
    let extend = "mutation($task: ID!) {
        extendTask(input: { task: $task, by: \"soon\", reason: \"x\" }) { revision } }";
    let before = desk.state().await?;
    let given = json!({ "task": desk.task("review").await? });
    let told = desk.api.try_ask(Some("reviewer"), extend, given).await?;
    ensure!(told.is_err_and(|refused| !refused.code.is_empty()), "it has a code");
    ensure!(desk.state().await? == before);
    Ok(())
}

async fn intakes(desk: &Desk) -> Result<()> {
    let data = desk.api.ask(None, "{ openIntakes { id } }", json!({})).await?;
    let intake = data["openIntakes"][0]["id"].clone();
    let with = |content: Value| json!({ "intake": intake, "content": content });
    let wrong = with(json!({ "seats": 0, "name": "Rail" }));
    let told = desk.refused("clerk1", SUBMIT, wrong, "INVALID_DOCUMENT").await?;
    ensure!(told["fields"][0]["path"] == json!(["comments", "seats"]), "{told}");
    desk.api.ask(None, SUBMIT, with(json!({ "name": "In time" }))).await?;
    let pass = "mutation { passTime(input: { length: \"6 days\" }) { done } }";
    desk.api.ask(Some("admin"), pass, json!({})).await?;
    let late = with(json!({ "name": "Too late" }));
    desk.refused("clerk1", SUBMIT, late, "INTAKE_CLOSED").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_each_mistake_has_its_code_and_changes_nothing() -> Result<()> {
    mistakes(&Place::sqlite()?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_each_mistake_has_its_code_and_changes_nothing() -> Result<()> {
    mistakes(&Place::postgres()?).await
}

//! The built binary calls a service and is killed before it has written the answer down: it calls
//! again, with the same key, and the case goes on once.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tests::api::{Api, instance_key};
use tests::places::Place;
use tests::server::Server;
use tests::service::{Reply, Service};

/// Looks at the case until it must have gone on; each waits for the server.
const LOOKS_MAX: usize = 2_000;

const ASKS: &str = "process: asks
name: Asks a service
startedBy: [clerk]
variables: { score: { type: integer, initial: 0 } }
nodes:
  ask:
    type: serviceTask
    http:
      method: PUT
      url: http://ADDRESS/score
      headers: { X-Token: { secret: TOKEN } }
      timeout: 60 seconds
      result: { score: response.body.score }
  end: { type: endEvent, outcome: done }
";

fn serve(place: &Place, pack: &Path, service: &Service) -> Result<Server> {
    let secrets = place.folder().join("secrets");
    std::fs::create_dir_all(&secrets)?;
    std::fs::write(secrets.join("TOKEN"), "a-very-secret-token\n")?;
    let (pack, secrets) = (pack.display().to_string(), secrets.display().to_string());
    let files = place.files();
    let hosts = ["--connector-hosts", service.address(), "--connector-secrets", &secrets];
    let own = ["--demo", "--pack", &pack, "--blobs", &files];
    Server::start(&place.url(), &[&own[..], &hosts[..]].concat())
}

async fn killed_between_the_call_and_its_answer(place: &Place) -> Result<()> {
    let service =
        Service::start([Reply::Silence, Reply::json(200, &json!({ "score": 5 }))]).await?;
    let pack = place.folder().join("office");
    tests::office::write(&pack)?;
    std::fs::write(pack.join("processes/asks.yaml"), ASKS.replace("ADDRESS", service.address()))?;

    let server = serve(place, &pack, &service)?;
    let api = Api::of(server.address());
    let query = "mutation { startInstance(input: { process: \"asks\", idempotencyKey: \"1\" }) {
        instance { id } } }";
    let begun = api.ask(Some("clerk0"), query, json!({})).await?;
    let case = begun["startInstance"]["instance"]["id"].clone();
    service.asked_times(1).await?;
    server.kill()?;

    let server = serve(place, &pack, &service)?;
    let api = Api::of(server.address());
    let pass = "mutation { passTime(input: { length: \"2 minutes\" }) { done } }";
    api.ask(Some("admin"), pass, json!({})).await?;
    let asked = service.asked_times(2).await?;
    ensure!(asked[0] == asked[1], "expected the same call again, found {asked:?}");
    let key = &asked[0].headers["idempotency-key"];
    let number = instance_key(&case)?;
    ensure!(key.starts_with(&format!("{number}-1-")), "expected the job's key, found `{key}`");
    ensure!(asked[0].headers["x-token"] == "a-very-secret-token");

    let query = "query($id: ID!) { instance(id: $id) { status outcome } }";
    let mut found = json!(null);
    for _ in 0..LOOKS_MAX {
        found = api.ask(Some("admin"), query, json!({ "id": case })).await?["instance"].take();
        if found["status"] != "ACTIVE" {
            break;
        }
    }
    ensure!(found == json!({ "status": "COMPLETED", "outcome": "done" }), "found {found}");
    let metrics = tests::client().get(format!("{}/metrics", server.address())).send().await?;
    let metrics = metrics.text().await?;
    let line = "mandate_connector_calls_total{outcome=\"2xx\"} 1";
    ensure!(metrics.lines().any(|own| own == line), "expected {line} in\n{metrics}");
    let ended = server.end()?;
    ensure!(ended.success(), "it ended with {ended}");
    let count = |what: &str| {
        let sql = format!("SELECT count(*) FROM journal WHERE instance_id = {number} AND {what}");
        Ok::<_, anyhow::Error>(place.numbers(&sql)?.concat())
    };
    ensure!(count("command = 'completeJob' AND refused IS NULL")? == [1], "it is done once");
    ensure!(count("content LIKE '%a-very-secret-token%'")? == [0], "no secret is journalled");
    ensure!(service.asked().len() == 2, "nobody asked again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_a_call_that_a_kill_cut_off_is_made_again_under_the_same_key() -> Result<()> {
    killed_between_the_call_and_its_answer(&Place::sqlite()?).await.context("SQLite")
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_a_call_that_a_kill_cut_off_is_made_again_under_the_same_key() -> Result<()> {
    killed_between_the_call_and_its_answer(&Place::postgres()?).await.context("PostgreSQL")
}

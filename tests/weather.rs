//! Bad weather around the built binary: a database that goes away and comes back, a disk that is
//! full. A command is answered with a retryable error, nothing is half-written, and service goes on
//! by itself.

use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use testkit::postgres::{Database, Server as Postgres};
use tests::api::{Api, Refused};
use tests::places::Place;
use tests::server::Server;

/// Tries until service must have come back; each waits for the database.
const TRIES_MAX: usize = 200;
const START: &str = "mutation($key: String!) {
    startInstance(input: { process: \"three\", idempotencyKey: $key }) {
        repeated instance { id } } }";

async fn begin(api: &Api, key: &str) -> Result<Result<Value, Refused>> {
    api.try_ask(Some("clerk0"), START, json!({ "key": key })).await
}

/// Begins a case as soon as the server can again.
async fn begin_at_last(api: &Api, key: &str) -> Result<Value> {
    for _ in 0..TRIES_MAX {
        match begin(api, key).await? {
            Ok(data) => return Ok(data),
            Err(refused) => retryable(&refused)?,
        }
    }
    anyhow::bail!("service did not resume within {TRIES_MAX} tries")
}

fn retryable(refused: &Refused) -> Result<()> {
    ensure!(refused.code == "UNAVAILABLE", "expected UNAVAILABLE, found {refused}");
    ensure!(refused.extensions["retryable"] == true, "expected it retryable, found {refused}");
    Ok(())
}

/// How many cases the overseer counts.
async fn count(api: &Api) -> Result<usize> {
    let query = "{ instances(first: 200) { edges { node { id } } } }";
    let data = api.ask(Some("admin"), query, json!({})).await?;
    Ok(data["instances"]["edges"].as_array().map_or(0, Vec::len))
}

async fn is_ready(server: &Server) -> Result<bool> {
    let answer = tests::client().get(format!("{}/readyz", server.address())).send().await?;
    Ok(answer.status().is_success())
}

/// The journal and the tables of a server that has ended.
fn holds(place: &Place, database: &str) -> Result<()> {
    for command in ["verify", "rebuild"] {
        let mut checking = Command::new(testkit::binary::mandate()?);
        checking.current_dir(place.folder()).args([command, "--database", database]);
        checking.args(["--blobs", &place.files()]);
        let checked = checking.output()?;
        let said = String::from_utf8_lossy(&checked.stdout);
        ensure!(checked.status.success(), "mandate {command}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_restarts_is_waited_for() -> Result<()> {
    let place = Place::sqlite()?;
    let mut postgres = Postgres::start()?;
    let database = Database::create_on(&postgres.url())?;
    let server = tests::office::serve(&place, &database.url(), &[])?;
    let api = Api::of(server.address());
    for number in 0..5 {
        begin(&api, &format!("before{number}")).await?.expect("the database is there");
    }

    postgres.crash()?;
    retryable(&begin(&api, "meanwhile").await?.expect_err("the database is gone"))?;
    let query = "{ instances(first: 200) { edges { node { id } } } }";
    let read = api.try_ask(Some("admin"), query, json!({})).await?;
    retryable(&read.expect_err("the database is gone"))?;
    ensure!(!is_ready(&server).await?, "a load balancer is told");

    postgres.resume()?;
    let data = begin_at_last(&api, "meanwhile").await?;
    let first = &data["startInstance"];
    assert_eq!(first["repeated"], false);
    let again = begin_at_last(&api, "meanwhile").await?;
    let expected = json!({ "repeated": true, "instance": first["instance"] });
    assert_eq!(again["startInstance"], expected);
    ensure!(is_ready(&server).await?, "it takes work again");
    assert_eq!(count(&api).await?, 6);
    ensure!(server.end()?.success());
    holds(&place, &database.url())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_nothing_for_good() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let api = Api::of(server.address());
    for number in 0..5 {
        begin(&api, &format!("before{number}")).await?.expect("there is space");
    }

    server.limit_files(Some(4096))?;
    for number in 0..5 {
        let refused = begin(&api, &format!("meanwhile{number}")).await?;
        retryable(&refused.expect_err("nothing can be written"))?;
    }
    let refused = api.upload("clerk0", "a.pdf", "application/pdf", pdf()).await;
    let refused = format!("{:#}", refused.expect_err("nothing can be written"));
    ensure!(refused.contains("503") && refused.contains("UNAVAILABLE"), "{refused}");
    assert_eq!(count(&api).await?, 5, "reading goes on, and nothing was half-written");

    server.limit_files(None)?;
    for number in 0..5 {
        let data = begin_at_last(&api, &format!("meanwhile{number}")).await?;
        assert_eq!(data["startInstance"]["repeated"], false, "it had not happened");
    }
    assert_eq!(count(&api).await?, 10);
    api.upload("clerk0", "a.pdf", "application/pdf", pdf()).await?;
    ensure!(server.end()?.success());
    holds(&place, &place.url())
}

/// A file that is larger than what may be written.
fn pdf() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7".to_vec();
    bytes.resize(100_000, b' ');
    bytes
}

#[test]
fn a_database_that_is_not_there_is_no_proof() -> Result<()> {
    let place = Place::sqlite()?;
    let empty = Database::create()?;
    let missing = place.folder().join("typo/none.db");
    for database in [format!("sqlite://{}", missing.display()), empty.url()] {
        for command in ["verify", "rebuild"] {
            let mut checking = Command::new(testkit::binary::mandate()?);
            checking.current_dir(place.folder()).args([command, "--database", &database]);
            let checked = checking.output()?;
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            ensure!(!checked.status.success(), "mandate {command} found {database} sound");
            ensure!(said.contains("expected") && said.contains("found"), "{said}");
        }
    }
    ensure!(!missing.exists() && !place.folder().join("typo").exists(), "it was made");
    Ok(())
}

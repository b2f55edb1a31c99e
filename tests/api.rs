//! The API of the built binary over HTTP, with the demonstration loaded: signing in, beginning a
//! case, and what whoever is not concerned is told. Runs on both databases.

use serde_json::{Value, json};
use tests::server::Server;

async fn ask(server: &Server, token: Option<&str>, query: &str, variables: Value) -> Value {
    let request = tests::client().post(format!("{}/graphql", server.address()));
    let request = match token {
        Some(token) => request.header("Authorization", format!("Bearer {token}")),
        None => request,
    };
    let body = json!({ "query": query, "variables": variables });
    let answer = request.json(&body).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

async fn signs_in_and_is_told_who_they_are(database: &str, files: &str) {
    let more = ["--demo", "--pack", "workflows/puer", "--blobs", files];
    let server = Server::start(database, &more).expect("it starts");
    let me = "{ me { handle } inboxCount }";

    let answer = ask(&server, Some("demo-wang"), me, json!({})).await;
    assert_eq!(answer["data"], json!({ "me": { "handle": "wang" }, "inboxCount": 0 }), "{answer}");

    let answer = ask(&server, None, "{ me { handle } }", json!({})).await;
    assert_eq!(answer["data"]["me"], Value::Null, "{answer}");

    let answer = ask(&server, Some("demo-nobody"), me, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "TOKEN_UNKNOWN", "{answer}");

    let answer = ask(&server, Some("demo-wang"), "{ nothing }", json!({})).await;
    assert!(answer["errors"][0]["message"].as_str().is_some_and(|m| m.contains("nothing")));
    let code = &answer["errors"][0]["extensions"]["code"];
    assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{answer}");
    assert!(server.end().expect("it ends").success());
}

#[tokio::test]
async fn on_sqlite_a_person_signs_in_and_is_told_who_they_are() {
    let data = tempfile::tempdir().expect("a folder");
    let database = format!("sqlite://{}", data.path().join("m.db").display());
    let files = data.path().join("files").display().to_string();
    signs_in_and_is_told_who_they_are(&database, &files).await;
}

#[tokio::test]
async fn on_postgresql_a_person_signs_in_and_is_told_who_they_are() {
    let data = tempfile::tempdir().expect("a folder");
    let database = testkit::postgres::Database::create().expect("a database");
    let files = data.path().join("files").display().to_string();
    signs_in_and_is_told_who_they_are(&database.url(), &files).await;
}

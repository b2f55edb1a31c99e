//! What cases call and this server cannot call is said before a case meets it: by `mandate check`, in the
//! log, and by `/readyz`, which stays ready.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::api::Api;
use tests::places::Place;
use tests::server::Server;

use crate::command_line::{folder, mandate};

const PACK: [(&str, &str); 3] = [
    ("pack.yaml", "pack: calls\nname: Calls\nversion: '1'\n"),
    ("roles.yaml", "roles: { clerk: Clerk }\n"),
    (
        "processes/loan.yaml",
        "process: loan
name: Loan
startedBy: [clerk]
variables: { id: { type: text, initial: a } }
nodes:
  score:
    type: serviceTask
    http:
      url: ='https://credit.example.cn:8443/score/' + id
      headers: { X-Token: { secret: CREDIT_TOKEN } }
  tell:
    type: serviceTask
    http: { url: https://news.example.cn/, method: POST, headers: { X-Token: { secret: NEWS_TOKEN } } }
  end: { type: endEvent }
",
    ),
];

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The codes and lines of what `check` finds.
fn found(here: &Path, more: &[&str]) -> Value {
    let checked = mandate(here, &[&["check", ".", "--format", "json"], more].concat());
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
    let problems: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let problems = problems.as_array().expect("a list").iter();
    problems.map(|one| json!([one["code"], one["severity"], one["place"]["line"]])).collect()
}

#[test]
fn check_says_what_the_server_needs_and_what_it_lacks() {
    let pack = folder(&PACK);
    let here = pack.path();
    let checked = mandate(here, &["check", "."]);
    let needs = "its server needs:
  host credit.example.cn:8443  for loan.score
  host news.example.cn  for loan.tell
  secret CREDIT_TOKEN  for loan.score
  secret NEWS_TOKEN  for loan.tell
";
    assert!(text(&checked).ends_with(needs), "{}", text(&checked));
    assert_eq!(found(here, &[]), json!([]), "nothing is known of its server");

    std::fs::create_dir(here.join(".secrets")).expect("a folder");
    std::fs::write(here.join(".secrets/NEWS_TOKEN"), "n").expect("a file");
    let settings = ["--connector-hosts", "news.example.cn", "--connector-secrets", ".secrets"];
    let lacks = json!([["hostNotAllowed", "warning", 9], ["secretMissing", "warning", 10]]);
    assert_eq!(found(here, &settings), lacks);
    let checked = mandate(here, &[&["check", "."], &settings[..]].concat());
    let said = text(&checked);
    for part in
        ["processes/loan.yaml:9:", "`credit.example.cn:8443`", "MANDATE_SECRET_CREDIT_TOKEN"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Somebody else makes the calls.
    assert_eq!(found(here, &[&settings[..], &["--connector-calls-max", "0"]].concat()), json!([]));
}

async fn ready(server: &Server) -> Result<(u16, String)> {
    let answer = tests::client().get(format!("{}/readyz", server.address())).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_what_it_lacks_and_stays_ready() -> Result<()> {
    let place = Place::sqlite()?;
    let secrets = place.folder().join("secrets");
    std::fs::create_dir_all(&secrets)?;
    std::fs::write(secrets.join("CREDIT_TOKEN"), "c")?;
    let kept = secrets.display().to_string();
    let more = ["--connector-secrets", &kept, "--connector-hosts", "credit.example.cn:8443"];
    let mut server = tests::office::serve(&place, &place.url(), &more)?;
    ensure!(ready(&server).await? == (200, "ready\n".to_owned()), "nothing calls anybody");
    let api = Api::of(server.address());
    let files = PACK.map(|(path, text)| json!({ "path": path, "text": text }));
    let deploy = "mutation($files: [FileInput!]!) { deployPack(input: { files: $files }) { \
                  diagnostics { code } } }";
    let deployed = api.ask(Some("admin"), deploy, json!({ "files": files })).await?;
    ensure!(deployed["deployPack"]["diagnostics"] == json!([]), "{deployed}");

    let line = server.wait_for("a service cannot be called")?;
    let line: Value = serde_json::from_str(&line).context("a log line is JSON")?;
    let said = [&line["level"], &line["process"], &line["node"]];
    ensure!(said == [&json!("WARN"), &json!("loan"), &json!("tell")], "{line}");
    let host = "missing: loan.tell: the host `news.example.cn` is not in connectorHosts\n";
    let secret = "missing: loan.tell: the secret `NEWS_TOKEN` is not there: a file in \
                  connectorSecrets, or MANDATE_SECRET_NEWS_TOKEN\n";
    ensure!(ready(&server).await? == (200, format!("ready\n{host}{secret}")));
    // What is put there is seen at once, for a secret is read when it is wanted.
    std::fs::write(secrets.join("NEWS_TOKEN"), "n")?;
    ensure!(ready(&server).await? == (200, format!("ready\n{host}")));
    ensure!(server.end()?.success(), "it ends well");
    Ok(())
}

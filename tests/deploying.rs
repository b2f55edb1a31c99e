//! Publishing a pack over GraphQL, against the built binary: it is held to the same as at the command
//! line, the templates of its notices included.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::api::Api;
use tests::places::Place;

const DEPLOY: &str = "mutation($files: [FileInput!]!) { deployPack(input: { files: $files }) { \
    version unchanged diagnostics { code severity file line } } }";
const CHECK: &str = "query($files: [FileInput!]!) { checkPack(files: $files) { deployable \
    diagnostics { code file line } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_cannot_be_filled_is_not_published() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let api = Api::of(server.address());
    let files = |body: &str| -> Vec<Value> {
        let notice = format!("notice: told\nsubject: News\nbody: |\n  {body}\n");
        let own = tests::office::files().map(|(path, text)| json!({ "path": path, "text": text }));
        own.chain([json!({ "path": "notices/told.yaml", "text": notice })]).collect()
    };
    let wrong = json!({ "files": files("Dear {{ recipient.nam }}") });
    let problem = json!({ "code": "unknownName", "file": "notices/told.yaml", "line": 4 });

    let checked = api.ask(Some("admin"), CHECK, wrong.clone()).await?;
    assert_eq!(checked["checkPack"], json!({ "deployable": false, "diagnostics": [problem] }));
    let told = api.ask(Some("admin"), DEPLOY, wrong).await?;
    let told = &told["deployPack"];
    ensure!(told["version"].is_null(), "nothing was published: {told}");
    let found = told["diagnostics"].get(0).context("a diagnostic")?;
    assert_eq!((&found["code"], &found["severity"]), (&json!("unknownName"), &json!("ERROR")));

    let right = json!({ "files": files("Dear {{ recipient.name }}") });
    let told = api.ask(Some("admin"), DEPLOY, right).await?;
    assert_eq!(told["deployPack"]["version"], 2, "{told}");
    ensure!(server.end()?.success());
    Ok(())
}

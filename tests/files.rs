//! Uploads, downloads and large requests over HTTP, against the built binary: the limits are those of
//! the settings, a file comes back under its name, and what is refused has a code.

use anyhow::{Result, ensure};
use reqwest::header::{AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::{Response, Url};
use serde_json::{Value, json};
use tests::places::Place;
use tests::server::Server;

const PDF: &str = "%PDF-1.7 plan";

/// A server of the office with more settings.
async fn upload(server: &Server, query: &str, media_type: &str, bytes: &str) -> Result<Response> {
    let mut url = Url::parse(&format!("{}/attachments", server.address()))?;
    url.set_query((!query.is_empty()).then_some(query));
    let request = tests::client().post(url).header(AUTHORIZATION, "Bearer demo-clerk0");
    Ok(request.header(CONTENT_TYPE, media_type).body(bytes.to_owned()).send().await?)
}

/// The status, code and message of an error.
async fn refused(answer: Response) -> Result<(u16, String, String)> {
    let status = answer.status().as_u16();
    let told: Value = serde_json::from_str(&answer.text().await?)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &told["errors"][0];
    Ok((status, text(&error["extensions"]["code"]), text(&error["message"])))
}

#[tokio::test(flavor = "multi_thread")]
async fn how_large_and_of_which_type_a_file_may_be_is_set() -> Result<()> {
    let place = Place::sqlite()?;
    let settings =
        ["--attachment-bytes-max", "20", "--attachment-types", "application/pdf,image/webp"];
    let server = tests::office::serve(&place, &place.url(), &settings)?;
    let webp = upload(&server, "name=a.webp", "image/webp", "any bytes").await?;
    assert_eq!(webp.status(), 200);
    let long = "%PDF-1.7 twenty-one b";
    assert_eq!(long.len(), 21);
    for (media_type, bytes, says) in [
        ("application/pdf", long, "20"),
        ("application/pdf", "<html>", ""),
        ("image/png", "x", "application/pdf, image/webp"),
    ] {
        let (status, code, message) =
            refused(upload(&server, "name=a", media_type, bytes).await?).await?;
        assert_eq!((status, code.as_str()), (400, "FILE_REFUSED"), "{message}");
        assert!(message.contains(says), "{message}");
    }
    for query in ["", "nam=a.pdf", "name=a.pdf&more=1", "name="] {
        let (status, code, message) =
            refused(upload(&server, query, "application/pdf", PDF).await?).await?;
        assert_eq!((status, code.as_str()), (400, "FILE_REFUSED"), "{query}: {message}");
    }
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_keeps_its_name() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let name = "name=%E5%AE%9E%E6%96%BD%20%E6%96%B9%E6%A1%88.pdf";
    let kept = upload(&server, name, "application/pdf", PDF).await?;
    let kept: Value = serde_json::from_str(&kept.text().await?)?;
    let url = format!("{}/attachments/{}", server.address(), kept["hash"].as_str().unwrap_or("-"));
    let request = tests::client().get(&url).header(AUTHORIZATION, "Bearer demo-clerk0");
    let answer = request.send().await?;
    assert_eq!(answer.status(), 200, "{kept}");
    assert_eq!(
        answer.headers()[CONTENT_DISPOSITION],
        "attachment; filename=\"__ __.pdf\"; \
         filename*=UTF-8''%E5%AE%9E%E6%96%BD%20%E6%96%B9%E6%A1%88.pdf"
    );
    assert_eq!(answer.text().await?, PDF);
    let other =
        tests::client().get(&url).header(AUTHORIZATION, "Bearer demo-clerk1").send().await?;
    assert!(!other.headers().contains_key(CONTENT_DISPOSITION));
    assert_eq!(refused(other).await?.1, "NOT_FOUND");
    ensure!(server.end()?.success());
    Ok(())
}

/// A pack is larger than any other request, and only its publishers send one.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_publish_packs_may_send_larger_requests() -> Result<()> {
    let place = Place::sqlite()?;
    let limits = ["--request-bytes-max", "2000", "--deploy-bytes-max", "20000"];
    let server = tests::office::serve(&place, &place.url(), &limits)?;
    let files = |more: usize| -> Value {
        let note = format!("# {}\nnotice: n\nsubject: S\nbody: B\n", "x".repeat(more));
        let own = tests::office::files().map(|(path, text)| json!({ "path": path, "text": text }));
        own.chain([json!({ "path": "notices/n.yaml", "text": note })]).collect()
    };
    let query =
        "mutation($files: [FileInput!]!) { deployPack(input: { files: $files }) { version } }";
    let ask = async |who: Option<&str>, more: usize| -> Result<Response> {
        let body = json!({ "query": query, "variables": { "files": files(more) } });
        let request = tests::client().post(format!("{}/graphql", server.address())).json(&body);
        let request = match who {
            Some(who) => request.header(AUTHORIZATION, format!("Bearer demo-{who}")),
            None => request,
        };
        Ok(request.send().await?)
    };
    let deployed: Value = serde_json::from_str(&ask(Some("admin"), 3_000).await?.text().await?)?;
    assert_eq!(deployed["data"]["deployPack"]["version"], 2, "{deployed}");
    for (who, more, setting) in [
        (Some("clerk0"), 3_000, "requestBytesMax"),
        (None, 3_000, "requestBytesMax"),
        (Some("admin"), 30_000, "deployBytesMax"),
    ] {
        let (status, code, message) = refused(ask(who, more).await?).await?;
        assert_eq!((status, code.as_str()), (413, "REQUEST_TOO_LARGE"), "{who:?}");
        assert!(message.contains(setting), "{message}");
    }
    ensure!(server.end()?.success());
    Ok(())
}

//! The page to try queries on, in a network that reaches nothing else: it names only its own files,
//! they are there, and in a real browser its queries are answered.

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};
use tests::api::Api;
use tests::browser::Page;
use tests::places::Place;
use tests::server::Server;

const BEGIN: &str = "mutation { startInstance(input: { process: \"three\" }) { instance { id } } }";

/// The text between two others, every time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let rest = text.split(before).skip(1);
    rest.filter_map(|rest| Some(rest.split_once(after)?.0)).collect()
}

#[tokio::test]
async fn graphiql_names_only_its_own_files_and_all_of_them_are_there() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let client = tests::client();
    let address = format!("{}/graphiql", server.address());
    let page = client.get(&address).send().await?;
    let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str()?;
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    let page = page.text().await?;

    let mut named = between(&page, "src=\"", "\"");
    named.extend(between(&page, "href=\"", "\"").into_iter().filter(|one| *one != "data:,"));
    assert_eq!(named.len(), 6, "{named:?}");
    ensure!(!page.contains("://"), "another host: {page}");
    for name in named {
        let file = format!("{}/{name}", server.address());
        let answer = client.get(&file).send().await?;
        assert_eq!(answer.status(), 200, "{name}");
        let is_css = name.ends_with("css");
        let media_type = if is_css { "text/css" } else { "text/javascript" };
        let found = answer.headers()[CONTENT_TYPE].to_str()?;
        assert_eq!(found, format!("{media_type}; charset=utf-8"), "{name}");
        let tag = answer.headers()[ETAG].clone();
        let text = answer.text().await?;
        ensure!(!is_css || !text.contains("@import"), "{name}");
        let own = between(&text, "url(", ")").iter().all(|url| url.starts_with("data:"));
        assert!(own || !is_css, "{name}");
        let again = client.get(&file).header(IF_NONE_MATCH, tag).send().await?;
        assert_eq!((again.status().as_u16(), again.bytes().await?.len()), (304, 0), "{name}");
    }
    let unknown = client.get(format!("{address}/nothing.js")).send().await?;
    assert_eq!(unknown.status(), 404);
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test]
async fn graphiql_is_not_there_where_real_cases_run() -> Result<()> {
    let place = Place::sqlite()?;
    let server = Server::start(&place.url(), &["--blobs", &place.files()])?;
    for path in ["", "graphiql", "graphiql/page.js", "graphiql/people"] {
        let answer = tests::client().get(format!("{}/{path}", server.address())).send().await?;
        assert_eq!(answer.status(), 404, "/{path}");
    }
    ensure!(server.end()?.success());
    Ok(())
}

/// The queries of its tabs are what the schema has; `startInstance` has no process by that name.
#[tokio::test]
async fn graphiql_opens_with_queries_that_the_server_answers() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let page = tests::client().get(format!("{}/graphiql", server.address())).send().await?;
    let page = page.text().await?;
    let api = Api::of(server.address());
    let mut codes = Vec::new();
    for query in between(&page, "<script type=\"application/graphql\">", "</script>") {
        let answer = api.try_ask(Some("clerk1"), query, json!({})).await?;
        codes.push(answer.err().map(|refused| refused.code));
    }
    let none = None::<String>;
    let code = |code: &str| Some(code.to_owned());
    let subscription = code("GRAPHQL_VALIDATION_FAILED");
    assert_eq!(codes, [none.clone(), none, code("NOT_FOUND"), subscription]);
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test]
async fn graphiql_answers_a_person_and_hears_of_changes_in_a_real_browser() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let mut page = Page::open(&format!("{}/graphiql", server.address())).await?;
    let choose = "(() => { const select = document.querySelector('.sign-in select');
        if (!select || !document.querySelector('.graphiql-query-editor .CodeMirror')) return false;
        select.value = 'clerk1';
        return select.dispatchEvent(new Event('change', { bubbles: true })); })()";
    page.until(choose).await?;
    let headers =
        "document.querySelector('.graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror')";
    page.until(&format!("{headers}.CodeMirror.getValue().includes('Bearer demo-clerk1')")).await?;
    let run = "document.querySelector('.graphiql-execute-button').click()";
    page.until(&format!("({run}, true)")).await?;
    let shown = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()";
    let answer = format!("{shown}.includes('inboxCount') && {shown}");
    let answer = page.until(&answer).await?;
    let answer: Value = serde_json::from_str(answer.as_str().context("a text")?)?;
    assert_eq!(answer["data"]["me"]["handle"], "clerk1", "{answer}");
    assert_eq!(answer["data"]["inboxCount"], 0, "{answer}");

    // GraphiQL may fill a tab's headers again after the choice: what it fills in then is of before.
    let again =
        format!("{headers}.CodeMirror.setValue('{{\"Authorization\":\"Bearer demo-admin\"}}')");
    page.until(&format!("({again}, true)")).await?;
    page.until(&format!("{headers}.CodeMirror.getValue().includes('Bearer demo-clerk1')")).await?;

    // The last tab listens over a websocket, as the person who was chosen on the first.
    let tab = "[...document.querySelectorAll('.graphiql-tab-button')].at(-1)";
    page.until(&format!("({tab}.click(), {tab}.textContent === 'Watch')")).await?;
    page.until(&format!("{headers}.CodeMirror.getValue().includes('Bearer demo-clerk1')")).await?;
    page.until(&format!("({run}, true)")).await?;
    // A tab that was opened this moment may still run the operation of the one before.
    let too_early = format!("{shown}.includes('Unknown operation') && ({run}, false)");
    page.until(&format!("{shown}.includes('\"inboxChanged\": 0') || {too_early}")).await?;
    Api::of(server.address()).ask(Some("clerk0"), BEGIN, json!({})).await?;
    page.until(&format!("{shown}.includes('\"inboxChanged\": 1')")).await?;

    let host = server.address().trim_start_matches("http:");
    let outside = page.requests().into_iter().filter(|url| {
        let own =
            ["http:", "ws:"].iter().any(|scheme| url.starts_with(&format!("{scheme}{host}/")));
        !own && !url.starts_with("data:")
    });
    assert_eq!(outside.collect::<Vec<_>>(), [""; 0]);
    assert_eq!(page.complaints(), [""; 0]);
    drop(page);
    ensure!(server.end()?.success());
    Ok(())
}

/// Whoever comes back finds the tabs that they left, and reads whom they are signed in as.
#[tokio::test]
async fn graphiql_is_as_it_was_left_on_a_second_visit() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let address = format!("{}/graphiql", server.address());
    let mut page = Page::open(&address).await?;
    let tabs = "document.querySelectorAll('.graphiql-tab-button').length";
    let signed_in = "document.querySelector('.sign-in select')?.value";
    let first = page.until(&format!("{tabs} === 4 && {signed_in}")).await?;
    page.until("localStorage.getItem('graphiql:tabState')").await?;
    page.go(&format!("{address}?again")).await?;
    let shown = format!("{tabs} > 0 && {signed_in} !== undefined && [{tabs}, {signed_in}]");
    assert_eq!(page.until(&shown).await?, json!([4, first]));
    drop(page);
    ensure!(server.end()?.success());
    Ok(())
}

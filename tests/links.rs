//! A link in a mail is opened as its reader opens it: there is a page, which tells how the case is
//! worked on today, and nothing of the case.

use anyhow::{Context as _, Result, ensure};
use reqwest::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use reqwest::{Client, Url};
use serde_json::{Value, json};
use tests::api::Api;
use tests::browser::Page;
use tests::places::Place;
use tests::server::Server;
use tests::smtp::{Mail, SmtpServer};

/// The address that the mails name; the tests know the way to it.
const HOST: &str = "office.example";
const PACK: [(&str, &str); 6] = [
    ("pack.yaml", "pack: links\nname: Links\nversion: '1'\n"),
    ("roles.yaml", "roles: { clerk: Clerk }\n"),
    (
        "people.yaml",
        "people:\n  li: { name: Li, email: li@office.example, language: en, roles: [clerk] }\n",
    ),
    (
        "processes/bridge.yaml",
        "process: bridge
name: Bridge
startedBy: [clerk]
notices: { task: todo, ended: done }
nodes:
  check: { type: userTask, name: Check, role: clerk, outcomes: { accept: Accept } }
",
    ),
    ("notices/todo.yaml", "notice: todo\nsubject: To do\nbody: \"Here: {{ task.url }}\"\n"),
    ("notices/done.yaml", "notice: done\nsubject: Done\nbody: \"Here: {{ case.url }}\"\n"),
];

/// A server that sends mail, with the pack published.
fn serve(place: &Place, mails: &SmtpServer) -> Result<Server> {
    let pack = place.folder().join("pack");
    for (path, text) in PACK {
        let path = pack.join(path);
        std::fs::create_dir_all(path.parent().context("in the pack")?)?;
        std::fs::write(path, text)?;
    }
    let smtp = format!("smtp://{}:{}", mails.host(), mails.port());
    let (pack, public) = (pack.display().to_string(), format!("http://{HOST}"));
    let more = ["--demo", "--pack", &pack, "--blobs", &place.files(), "--smtp", &smtp];
    Server::start(&place.url(), &[&more[..], &["--public-url", &public]].concat())
}

/// A client that finds the server where the mails say that it is.
fn reader(server: &Server) -> Result<Client> {
    let address = server.address().trim_start_matches("http://").parse()?;
    drop(tests::client());
    Ok(Client::builder().resolve(HOST, address).build()?)
}

/// The link of a mail.
fn link(mail: &Mail) -> Result<String> {
    let text = mail.text();
    let link = text.split_whitespace().find(|word| word.starts_with("http"));
    Ok(link.with_context(|| format!("a link in `{text}`"))?.to_owned())
}

async fn open(client: &Client, link: &str) -> Result<String> {
    let answer = client.get(link).send().await?;
    ensure!(answer.status() == 200, "{link}: {}", answer.status());
    let headers = answer.headers();
    assert_eq!(headers[CACHE_CONTROL], "no-store");
    assert!(headers[CONTENT_SECURITY_POLICY].to_str()?.starts_with("default-src 'none'"));
    Ok(answer.text().await?)
}

/// The queries that a page leads to GraphiQL with.
fn queries(link: &str, page: &str) -> Result<Vec<String>> {
    let hrefs = page.split("<a href=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    let queries = hrefs.map(|href| {
        let url = Url::parse(link)?.join(href)?;
        assert_eq!((url.host_str(), url.path()), (Some(HOST), "/graphiql"));
        let query = url.query_pairs().find(|(name, _)| name == "query");
        Ok(query.context("a query")?.1.into_owned())
    });
    queries.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_mails_lead_to_a_page_that_says_how_it_is_done() -> Result<()> {
    let (place, mails) = (Place::sqlite()?, SmtpServer::start().await?);
    let server = serve(&place, &mails)?;
    let (api, client) = (Api::of(server.address()), reader(&server)?);
    let begin = "mutation { startInstance(input: { process: \"bridge\" }) { instance { id } } }";
    api.ask(Some("li"), begin, json!({})).await?;

    let task = link(&mails.wait_for_mail("li@office.example", "To do").await?)?;
    let page = open(&client, &task).await?;
    let zh = page.find("网页办理界面将在后续版本提供").context("Chinese")?;
    let en = page.find("come in a later version").context("English")?;
    assert!(zh < en && page.contains("<h1>待办任务</h1>"), "{page}");
    for secret in ["Bridge", "Check", "Li<", "accept"] {
        assert!(!page.contains(secret), "{secret} is the case's");
    }
    // What the page says to ask is answered, to whom may see it.
    let [see, decide] = &queries(&task, &page)?[..] else { panic!("two queries: {page}") };
    let seen = api.ask(Some("li"), see, json!({})).await?;
    assert_eq!(seen["task"]["label"], "Check");
    let refused = api.try_ask(None, see, json!({})).await?;
    ensure!(
        refused.is_err_and(|refused| refused.code == "NOT_SIGNED_IN"),
        "the public sees nothing"
    );
    let decide = decide.replace("outcome: \"\"", "outcome: \"accept\"");
    let decided = api.ask(Some("li"), &decide, json!({})).await?;
    assert_eq!(decided["completeTask"]["task"]["outcome"], "accept");

    let case = link(&mails.wait_for_mail("li@office.example", "Done").await?)?;
    let page = open(&client, &case).await?;
    assert!(page.contains("<h1>案件</h1>") && !page.contains("Bridge"), "{page}");
    let [see] = &queries(&case, &page)?[..] else { panic!("one query: {page}") };
    let seen = api.ask(Some("li"), see, json!({})).await?;
    let (label, status) = (&seen["instance"]["processLabel"], &seen["instance"]["status"]);
    assert_eq!((label, status), (&json!("Bridge"), &json!("COMPLETED")));

    // A case that is not there has the same page, but for its own id.
    let other = open(&client, &format!("http://{HOST}/cases/4711")).await?;
    let id =
        |page: &str| Some(page.split_once("(id: &quot;")?.1.split_once("&quot;")?.0.to_owned());
    let (own, none) = (id(&page).context("an id")?, id(&other).context("an id")?);
    assert_eq!(page.replace(&own, &none), other);
    for path in ["cases/x", "cases/0", "cases/1/2", "tasks/1", "tasks/1/x", "tasks/%3Cb%3E/1"] {
        let answer = client.get(format!("http://{HOST}/{path}")).send().await?;
        assert_eq!(answer.status(), 404, "{path}");
    }
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_real_cases_run_the_page_leads_nowhere_else() -> Result<()> {
    let place = Place::sqlite()?;
    let server = Server::start(&place.url(), &["--blobs", &place.files()])?;
    for path in ["tasks/1/2", "cases/1"] {
        let page = open(&tests::client(), &format!("{}/{path}", server.address())).await?;
        assert!(!page.contains("<a ") && page.contains("query "), "{page}");
    }
    ensure!(server.end()?.success());
    Ok(())
}

/// Who has chosen whom to sign in as stays that person, in a new tab with the query of the link.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_opens_graphiql_with_its_query_in_a_real_browser() -> Result<()> {
    let place = Place::sqlite()?;
    let server = tests::office::serve(&place, &place.url(), &[])?;
    let mut page = Page::open(&format!("{}/graphiql", server.address())).await?;
    let choose = "(() => { const select = document.querySelector('.sign-in select');
        if (!select || !document.querySelector('.graphiql-query-editor .CodeMirror')) return false;
        select.value = 'clerk1';
        return select.dispatchEvent(new Event('change', { bubbles: true })); })()";
    page.until(choose).await?;
    page.until("document.querySelector('.sign-in select').value === 'clerk1'").await?;
    page.go(&format!("{}/cases/4711", server.address())).await?;
    let leads = page.until("document.querySelector('a')?.href").await?;
    page.go(leads.as_str().context("an address")?).await?;
    let shown =
        "document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror.getValue()";
    let id = "SW5zdGFuY2U6NDcxMQ";
    page.until(&format!("({shown} || '').includes('{id}')")).await?;
    page.until("document.querySelector('.sign-in select').value === 'clerk1'").await?;
    let tabs = "document.querySelectorAll('.graphiql-tab').length";
    assert_eq!(page.until(tabs).await?, Value::from(5), "the tabs that were there, and one more");
    assert_eq!(page.until("location.search === ''").await?, Value::Bool(true));
    page.until("(document.querySelector('.graphiql-execute-button').click(), true)").await?;
    let answer = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()";
    page.until(&format!("{answer}.includes('NOT_FOUND')")).await?;
    drop(page);
    ensure!(server.end()?.success());
    Ok(())
}

#[tokio::test]
async fn where_no_address_is_set_a_page_names_the_one_that_the_server_listens_at() -> Result<()> {
    let place = Place::sqlite()?;
    let server = Server::start(&place.url(), &["--blobs", &place.files()])?;
    let page = tests::client().get(format!("{}/cases/1", server.address())).send().await?;
    let page = page.text().await?;
    assert!(page.contains(&format!("{}/graphql", server.address())), "{page}");
    ensure!(server.end()?.success());
    Ok(())
}

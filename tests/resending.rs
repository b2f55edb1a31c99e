//! A receipt that a real mail server refuses: it is given up, an admin finds it and has it sent again,
//! and whoever handed something in has what it says, in both languages; and an address that the public
//! names again and again. Against the built binary, on both databases.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tests::api::Api;
use tests::places::Place;
use tests::server::Server;
use tests::smtp::{Refusal, SmtpServer};

const FILES: [(&str, &str); 7] = [
    ("pack.yaml", "pack: hall\nname: Hall\nversion: '1'\ncalendar: cn\n"),
    ("roles.yaml", "roles:\n  clerk: { name: Clerk }\n  admin: { name: Admin }\n"),
    (
        "people.yaml",
        "people:\n  wang: { name: Wang, roles: [clerk] }\n  chief: { name: Chief, roles: [admin] }\n",
    ),
    ("calendars/cn.yaml", "calendar: cn\nzone: Asia/Shanghai\n"),
    (
        "forms/comment.yaml",
        "form: comment
name: Comment
fields:
  text: { type: text, label: Text, required: true }
  email: { type: email, label: Mail }
",
    ),
    (
        "processes/hearing.yaml",
        "process: hearing
name: Hearing
startedBy: [clerk]
notices: { receipt: received }
documents: { comments: { form: comment, list: true } }
nodes:
  hear: { type: intake, name: { zh: 听证, en: Hearing }, from: public, receiptTo: email, closes: 5 days, into: comments }
",
    ),
    (
        "notices/received.yaml",
        "notice: received
subject: { zh: '回执：{{ submission.intake }}', en: 'Receipt: {{ submission.intake }}' }
body: { zh: '{{ submission.receivedAt }} {{ submission.hash }}', en: '{{ submission.hash }}' }
",
    ),
];

const ADDRESS: &str = "ming.zhang@example.org";
const SUBMIT: &str = "mutation($intake: ID!, $content: JSON!) { submitToIntake(input: { intake: $intake, \
    content: $content }) { hash receivedAt submission } }";
const FAILED: &str = "{ noticesFailed { nodes { id template instance state attempts failedAt lastError \
    person { handle } role } } }";
const RESEND: &str = "mutation($notice: ID!) { resendNotice(input: { notice: $notice }) { repeated \
    notice { id } } }";
const RESENT: &str = "{ noticesResent { nodes { notice instance error person { handle } } } }";

fn write(folder: &Path) -> Result<()> {
    for (path, text) in FILES {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().context("it is in the folder")?)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// The number of notices that were given up, as `/metrics` tells it.
async fn given_up(server: &Server) -> Result<String> {
    let answer = tests::client().get(format!("{}/metrics", server.address())).send().await?;
    let text = answer.text().await?;
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix("mandate_notices_failed "));
    Ok(line.context("it is among the metrics")?.to_owned())
}

/// Hands something in as the public; what the API answers.
async fn hand_in(api: &Api) -> Result<Value> {
    let start = "mutation { startInstance(input: { process: \"hearing\" }) { instance { id } } }";
    let begun = api.ask(Some("wang"), start, json!({})).await?;
    let open = api.ask(None, "{ openIntakes { id } }", json!({})).await?;
    let content = json!({ "text": "Fewer cars", "email": ADDRESS });
    let given = json!({ "intake": open["openIntakes"][0]["id"], "content": content });
    let mut taken = api.ask(None, SUBMIT, given).await?["submitToIntake"].take();
    taken["instance"] = begun["startInstance"]["instance"]["id"].clone();
    Ok(taken)
}

async fn run(place: &Place) -> Result<()> {
    let mails = SmtpServer::start().await?;
    mails.refuse(ADDRESS, Refusal::Permanent);
    let (pack, files) = (place.folder().join("pack"), place.files());
    write(&pack)?;
    let (pack, smtp) = (pack.display().to_string(), format!("smtp://127.0.0.1:{}", mails.port()));
    let more = ["--demo", "--pack", &pack, "--blobs", &files, "--smtp", &smtp];
    let mut server = Server::start(&place.url(), &more)?;
    let api = Api::of(server.address());
    ensure!(given_up(&server).await? == "0", "nothing is given up yet");

    let taken = hand_in(&api).await?;
    ensure!(taken["submission"].is_null(), "the public is told no number: {taken}");
    server.wait_for("a notice is given up")?;
    ensure!(given_up(&server).await? == "1", "the receipt is given up");

    for (who, code) in [(Some("wang"), "DENIED"), (None, "NOT_SIGNED_IN")] {
        let refused = api.try_ask(who, FAILED, json!({})).await?;
        ensure!(refused.err().is_some_and(|refused| refused.code == code), "{who:?}");
    }
    let found = api.ask(Some("chief"), FAILED, json!({})).await?;
    let nodes = found["noticesFailed"]["nodes"].as_array().context("a list")?;
    let [notice] = nodes.as_slice() else { anyhow::bail!("expected one notice: {found}") };
    let error = notice["lastError"].as_str().context("it says why")?;
    ensure!(error.contains("550"), "in the server's words: {error}");
    let (mailbox, _) = ADDRESS.split_once('@').context("an address")?;
    ensure!(!found.to_string().contains(mailbox), "nobody's address is told: {found}");
    ensure!(notice["template"] == "received" && notice["state"] == "FAILED", "{notice}");
    ensure!(notice["instance"] == taken["instance"] && notice["attempts"] == 1, "{notice}");
    ensure!(notice["person"].is_null() && notice["role"].is_null(), "{notice}");

    mails.accept(ADDRESS);
    let given = json!({ "notice": notice["id"] });
    let refused = api.try_ask(Some("wang"), RESEND, given.clone()).await?;
    ensure!(refused.err().is_some_and(|refused| refused.code == "DENIED"), "only an admin may");
    for repeated in [false, true] {
        let resent = api.ask(Some("chief"), RESEND, given.clone()).await?;
        let expected = json!({ "repeated": repeated, "notice": { "id": notice["id"] } });
        ensure!(resent["resendNotice"] == expected, "{resent}");
    }
    let mail = mails.wait_for_mail(ADDRESS, "回执：听证 / Receipt: Hearing").await?;
    let received = taken["receivedAt"].as_str().context("a time")?;
    let received = chrono::DateTime::parse_from_rfc3339(received)?;
    let beijing =
        received.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).context("UTC+8")?);
    let hash = taken["hash"].as_str().context("a hash")?;
    let second = beijing.format("%Y-%m-%d %H:%M:%S");
    let expected = format!("{second}（UTC+08:00） {hash}\n\n----\n\n{hash}");
    let text = mail.text().replace("\r\n", "\n");
    ensure!(text.trim() == expected, "{text} is not {expected}");

    ensure!(given_up(&server).await? == "0", "nothing is given up any more");
    let kept = api.ask(Some("chief"), RESENT, json!({})).await?;
    let expected = json!([{ "notice": notice["id"], "instance": taken["instance"], "error": error,
        "person": { "handle": "chief" } }]);
    ensure!(kept["noticesResent"]["nodes"] == expected, "{kept}");
    ensure!(server.end()?.success(), "it ends well");
    ensure!(mails.received().len() == 1, "the receipt went out once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_was_refused_is_found_and_sent_again() -> Result<()> {
    for place in Place::both()? {
        run(&place).await?;
    }
    Ok(())
}

const RECEIPT: &str = "mutation($intake: ID!, $content: JSON!, $key: String) { submitToIntake(input: { \
    intake: $intake, content: $content, idempotencyKey: $key }) { receipt receiptNote repeated } }";

async fn limited(place: &Place) -> Result<()> {
    let mails = SmtpServer::start().await?;
    let (pack, files) = (place.folder().join("pack"), place.files());
    write(&pack)?;
    let (pack, smtp) = (pack.display().to_string(), format!("smtp://127.0.0.1:{}", mails.port()));
    let more =
        ["--demo", "--pack", &pack, "--blobs", &files, "--smtp", &smtp, "--receipts-max", "2"];
    let server = Server::start(&place.url(), &more)?;
    let api = Api::of(server.address());
    let start = "mutation { startInstance(input: { process: \"hearing\" }) { instance { id } } }";
    api.ask(Some("wang"), start, json!({})).await?;
    let open = api.ask(None, "{ openIntakes { id } }", json!({})).await?;
    let intake = &open["openIntakes"][0]["id"];
    let told = async |who: Option<&str>, email: Option<&str>, key: &str| {
        let content = json!({ "text": format!("Fewer cars, {key}"), "email": email });
        let given = json!({ "intake": intake, "content": content, "key": key });
        anyhow::Ok(api.ask(who, RECEIPT, given).await?["submitToIntake"].take())
    };
    let shouted = ADDRESS.to_uppercase();
    for (who, email, key, receipt) in [
        (None, None, "0", "NONE"),
        (None, Some(ADDRESS), "1", "MAILED"),
        (None, Some(ADDRESS), "2", "MAILED"),
        (None, Some(ADDRESS), "3", "WITHHELD"),
        (None, Some(shouted.as_str()), "3a", "WITHHELD"),
        (None, Some("other@example.org"), "4", "MAILED"),
        // Whoever is signed in is known: theirs goes out.
        (Some("wang"), Some(ADDRESS), "5", "MAILED"),
        (None, Some(ADDRESS), "6", "WITHHELD"),
    ] {
        let first = told(who, email, key).await?;
        ensure!(first["receipt"] == receipt, "{key}: {first}");
        let note = first["receiptNote"].as_str().unwrap_or_default();
        ensure!(note.contains('2') == (receipt == "WITHHELD"), "{key}: {first}");
        let again = told(who, email, key).await?;
        ensure!(again["repeated"] == true && again["receipt"] == receipt, "{key}: {again}");
    }
    // A day later it gets some again.
    let pass = "mutation { passTime(input: { length: \"25 hours\" }) { done } }";
    api.ask(Some("chief"), pass, json!({})).await?;
    ensure!(told(None, Some(ADDRESS), "7").await?["receipt"] == "MAILED");
    let never = "mutation { passTime(input: { until: \"never\" }) { done } }";
    let refused = api.try_ask(Some("chief"), never, json!({})).await?.err().context("no time")?;
    ensure!(refused.code == "BAD_ARGUMENT" && refused.extensions["field"] == "input.until");

    mails.wait_for_mail("other@example.org", "Receipt").await?;
    let counted = "SELECT count(*) FROM outbox WHERE status IN ('new', 'pending')";
    while place.numbers(counted)?.concat() != [0] {
        tokio::task::yield_now().await;
    }
    ensure!(server.end()?.success(), "it ends well");
    let to = |address: &str| {
        mails.received().iter().filter(|mail| mail.to.iter().any(|to| to == address)).count()
    };
    ensure!((to(ADDRESS), to("other@example.org")) == (4, 1), "{:?}", mails.received());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_public_names_gets_only_so_many_receipts() -> Result<()> {
    for place in Place::both()? {
        limited(&place).await?;
    }
    Ok(())
}

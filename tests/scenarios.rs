//! A pack's scenarios on the real stage: the built binary, its database, HTTP, mail. The same script
//! that `mandate test` plays against the engine alone is played by all its people through GraphQL,
//! each with their own token.
//!
//! The whole procedure of the first pack is played on both databases, and what came of it is
//! compared exactly: the authorisation, its register entries, its pages, every mail. A few other
//! scenarios are played as well, each on a server of its own; with `MANDATE_TEST_LONG=1`
//! (`cargo xtask test --long`) all of them, on both databases; with `MANDATE_TEST_SCENARIO=name`
//! those whose file's name contains it. The pack in `packs/repairs` is played whole every time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::places::Place;
use tests::player::{OVERSEER, Player, Script, play};
use tests::server::Server;
use tests::smtp::{Mail, SmtpServer};

use crate::packs::files;

/// The scenario that is compared exactly.
const WHOLE: &str = "scenarios/openTender.yaml";
/// Scenarios that every run plays, by what they need of the stage.
const SAMPLE: [&str; 5] = [
    // Messages from outside, a suspension, notices to five offices.
    "scenarios/suspended.yaml",
    // Late submissions, intakes that close with too few, cancelled rounds.
    "scenarios/tooFewTwice.yaml",
    // Drawn experts recuse themselves, others are drawn in their place.
    "scenarios/expertRecusal.yaml",
    // Forms that do not validate, outcomes that are not offered.
    "scenarios/agreementForms.yaml",
    // A task transferred and taken back, a case withdrawn and handed in again.
    "scenarios/dataRequestTakenBack.yaml",
];
/// Scenarios at once: each is a server, a script and a database.
const AT_ONCE: usize = 3;

fn pack() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows/puer")
}

/// A pack for what no pack of a city needs: repairs, and cases that begin by themselves.
fn repairs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/repairs")
}

fn script(pack: &Path) -> Result<Script> {
    Script::read(&files(pack).context("the pack's folder")?)
}

/// A server with the demonstration of a pack and a mailbox for all its people.
async fn stage(pack: &Path, place: &Place) -> Result<(Server, SmtpServer)> {
    let mails = SmtpServer::start().await?;
    let smtp = format!("smtp://{}:{}", mails.host(), mails.port());
    let pack = pack.display().to_string();
    let own = ["--demo", "--pack", &pack, "--blobs", &place.files(), "--smtp", &smtp];
    // What services answer is the script's.
    let more = [&own[..], &["--connector-calls-max", "0"]].concat();
    Ok((Server::start(&place.url(), &more)?, mails))
}

/// Plays one scenario of a pack on a server of its own.
async fn alone(pack: &Path, script: &Script, place: &Place, file: &str) -> Result<()> {
    let (server, mails) = stage(pack, place).await?;
    play(script, server.address(), &mails, file).await?;
    let ended = server.end()?;
    ensure!(ended.success(), "the server ended with {ended}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_the_whole_procedure_ends_with_an_authorisation() -> Result<()> {
    the_whole_procedure(&Place::sqlite()?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_the_whole_procedure_ends_with_an_authorisation() -> Result<()> {
    the_whole_procedure(&Place::postgres()?).await
}

async fn the_whole_procedure(place: &Place) -> Result<()> {
    let script = script(&pack())?;
    let (server, mails) = stage(&pack(), place).await?;
    let (player, case) = play(&script, server.address(), &mails, WHOLE).await?;
    let query = "query($case: ID!) { instance(id: $case) { title number status } }";
    let data = player.api.ask(Some("wang"), query, json!({ "case": case })).await?;
    let title = "普洱市文旅与交通公共数据授权运营";
    let expected = json!({ "title": title, "number": "普授运〔2026〕0001号", "status": "ACTIVE" });
    assert_eq!(data["instance"], expected);
    the_files(&player).await?;
    let found = [
        ("cases, and how each ended", cases(&player).await?),
        (
            "register entries; those of public registers as the public reads them",
            registers(&player).await?,
        ),
        (
            "pages: first day, last day, and whether the public sees it at the end",
            pages(&player).await?,
        ),
        (
            "mails: how many, to whom, about what; whoever was drawn is `expert`",
            mailed(&mails).await?,
        ),
    ];
    compare(&found)?;
    draws_are_done_again(&player).await?;
    the_clock_is_the_admins(&player).await?;
    let before = mails.received().len();
    ensure!(server.end()?.success());
    assert_eq!(mails.received().len(), before, "no mail came that was not expected");
    Ok(())
}

/// Whoever reads a case's history can do each draw again, by SHA-256 of `seed:person`.
async fn draws_are_done_again(player: &Player<'_>) -> Result<()> {
    let query = "{ instances(filter: { process: \"expertAppraisal\" }, first: 10) { edges { node {
        history(first: 200) { edges { node { happened { kind count } } } } } } } }";
    let data = player.api.ask(Some(OVERSEER), query, json!({})).await?;
    let mut draws = Vec::new();
    for case in data["instances"]["edges"].as_array().context("a list")? {
        let history = case["node"]["history"]["edges"].as_array().context("a list")?;
        let facts = history.iter().filter_map(|edge| edge["node"]["happened"].as_array()).flatten();
        draws.extend(facts.filter(|fact| fact["kind"] == "peopleDrawn").map(|fact| &fact["count"]));
    }
    ensure!(!draws.is_empty(), "experts were drawn");
    for draw in draws {
        let seed = draw["seed"].as_str().context("a seed")?;
        let names = |key: &str| -> Vec<&str> {
            draw[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
        };
        let mut order = names("order");
        order.sort_by_cached_key(|person| Sha256::digest(format!("{seed}:{person}")));
        let (drawn, reserves) = (names("drawn"), names("reserves"));
        assert_eq!(order, names("order"), "the order of the draw");
        assert_eq!(order[..drawn.len()], drawn, "the first are drawn");
        assert_eq!(order[drawn.len()..][..reserves.len()], reserves, "the next stand in");
    }
    Ok(())
}

/// Compares what came of the procedure with what is checked in.
fn compare(found: &[(&str, Vec<String>)]) -> Result<()> {
    let mut text =
        String::from("# What comes of the whole procedure; compared by tests/scenarios.rs.\n");
    for (title, lines) in found {
        let _into_a_string = write!(text, "\n# {title}\n{}\n", lines.join("\n"));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/whole_procedure.txt");
    if std::env::var_os("MANDATE_TEST_UPDATE").is_some() {
        std::fs::write(path, &text)?;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (kept_lines, found_lines) = (lines(&kept), lines(&text));
    ensure!(
        kept == text,
        "expected what tests/whole_procedure.txt says. Gone: {:#?}\nNew: {:#?}\nIf the pack was meant \
         to change so, run `MANDATE_TEST_UPDATE=1 cargo test -p tests whole_procedure` and read the \
         difference like code",
        kept_lines.difference(&found_lines).collect::<Vec<_>>(),
        found_lines.difference(&kept_lines).collect::<Vec<_>>(),
    );
    Ok(())
}

async fn cases(player: &Player<'_>) -> Result<Vec<String>> {
    let query = "{ instances(first: 200) { edges { node { process number status outcome } } } }";
    let data = player.api.ask(Some(OVERSEER), query, json!({})).await?;
    let edges = data["instances"]["edges"].as_array().context("a list")?;
    let of = |edge: &Value, key: &str| edge["node"][key].as_str().unwrap_or("-").to_owned();
    let line = |edge| {
        let status = of(edge, "status").to_lowercase();
        [of(edge, "process"), of(edge, "number"), status, of(edge, "outcome")].join(" ")
    };
    let mut lines: Vec<String> = edges.iter().map(line).collect();
    // Ids, and with them the order of the list, are each database's own.
    lines.sort();
    Ok(lines)
}

async fn registers(player: &Player<'_>) -> Result<Vec<String>> {
    let query = "query($register: String!) { register(name: $register) { entries(first: 200) {
        edges { node { number columns } } } } }";
    let mut lines = Vec::new();
    for (register, public) in player.registers() {
        let reader = (!public).then_some(OVERSEER);
        let variables = json!({ "register": register });
        let data = player.api.ask(reader, query, variables.clone()).await?;
        let edges = data["register"]["entries"]["edges"].as_array().context("a list")?;
        for edge in edges {
            let number = edge["node"]["number"].as_str().unwrap_or_default();
            lines.push(format!("{register} {number} {}", edge["node"]["columns"]));
        }
        if !public {
            let refused = player.api.try_ask(None, query, variables).await?;
            assert_eq!(refused.expect_err("it is not public").code, "NOT_SIGNED_IN", "{register}");
        }
    }
    Ok(lines)
}

async fn pages(player: &Player<'_>) -> Result<Vec<String>> {
    let query = "{ instances(first: 200) { edges { node { pages {
        id title publishedFrom publishedUntil } } } } }";
    let data = player.api.ask(Some(OVERSEER), query, json!({})).await?;
    let cases = data["instances"]["edges"].as_array().context("a list")?.iter();
    let pages = cases.flat_map(|it| it["node"]["pages"].as_array().into_iter().flatten());
    let mut lines = Vec::new();
    for page in pages {
        let query = "query($id: ID!) { page(id: $id) { title content } }";
        let shown = player.api.try_ask(None, query, json!({ "id": page["id"] })).await?;
        let shown = match shown {
            Ok(shown) => shown,
            Err(refused) if refused.code == "NOT_FOUND" || refused.code == "NOT_SIGNED_IN" => {
                json!({})
            }
            Err(refused) => anyhow::bail!("the page was refused: {refused}"),
        };
        let content = shown["page"]["content"].to_string();
        let (address, secret) = ("wu@example.org", "contactEmail");
        ensure!(!content.contains(address) && !content.contains(secret), "too much: {content}");
        // A page is public until the end of its last day.
        let day = |key: &str, before_ms: i64| match page[key].as_str() {
            Some(at) => player.day(at, before_ms),
            None => Ok("-".to_owned()),
        };
        let (from, until) = (day("publishedFrom", 0)?, day("publishedUntil", 1)?);
        let public = if shown["page"].is_null() { "over" } else { "public" };
        lines.push(format!(
            "{from} {until} {public} {}",
            page["title"].as_str().unwrap_or_default()
        ));
    }
    lines.sort();
    Ok(lines)
}

/// A subject without the name of whoever was drawn: a short one in brackets behind the task's.
fn without_person(subject: &str) -> String {
    const NAME_MAX: usize = 4;
    let Some((task, rest)) = subject.split_once('（') else { return subject.to_owned() };
    match rest.split_once('）') {
        Some((name, rest)) if name.chars().count() <= NAME_MAX => format!("{task}（…）{rest}"),
        _ => subject.to_owned(),
    }
}

/// Every mail: they come in the background, so that it waits for as many as are expected.
async fn mailed(mails: &SmtpServer) -> Result<Vec<String>> {
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/whole_procedure.txt"));
    let kept = kept.unwrap_or_default();
    let counts = kept.lines().filter(|line| line.contains("@example.org "));
    let count = |line: &str| line.split(' ').next().and_then(|count| count.parse::<usize>().ok());
    let received = mails.wait_for(counts.filter_map(count).sum()).await?;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for mail in &received {
        let (name, domain) = mail.to[0].split_once('@').context("an address")?;
        let (name, subject) = match name.starts_with("expert") {
            true => ("expert", without_person(&mail.subject())),
            false => (name, mail.subject()),
        };
        *counts.entry(format!("{name}@{domain} {subject}")).or_default() += 1;
    }
    let mut ids: Vec<String> = received.iter().map(Mail::message_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), received.len(), "each mail has an id of its own");
    let is_it =
        |mail: &&Mail| mail.to == ["wu@example.org"] && mail.subject().starts_with("授权生效");
    let in_force = received.iter().find(is_it).context("the operator is told")?.text();
    assert!(
        in_force.contains("普授运营〔2026〕0001号") && in_force.contains("已登记生效"),
        "{in_force}"
    );
    Ok(counts.iter().map(|(line, count)| format!("{count} {line}")).collect())
}

/// A file is read by who uploaded it, and by nobody who has nothing to do with it.
async fn the_files(player: &Player<'_>) -> Result<()> {
    let uploaded = player.uploaded("wu", "申请表盖章件.pdf").context("wu uploaded it")?;
    let bytes = player.api.download("wu", &uploaded.hash).await?.expect("it is wu's own");
    assert_eq!(u64::try_from(bytes.len())?, uploaded.size);
    assert!(bytes.starts_with(b"%PDF-"));
    let stranger = player.api.download("guo", &uploaded.hash).await?;
    assert_eq!(stranger.map(|bytes| bytes.len()), Err(404));
    Ok(())
}

/// Nobody but an admin lets time pass, and back it goes for nobody.
async fn the_clock_is_the_admins(player: &Player<'_>) -> Result<()> {
    let query = "mutation($input: PassTimeInput!) { passTime(input: $input) { now } }";
    let cases = [
        (Some("wang"), json!({ "length": "1 days" }), "DENIED"),
        (None, json!({ "length": "1 days" }), "NOT_SIGNED_IN"),
        (Some(OVERSEER), json!({ "length": "soon" }), "BAD_ARGUMENT"),
        (Some(OVERSEER), json!({ "until": "2026-01-05T01:00:00Z" }), "REFUSED"),
    ];
    for (who, variables, code) in cases {
        let told = player.api.try_ask(who, query, json!({ "input": variables })).await?;
        assert_eq!(told.expect_err("refused").code, code, "{who:?} {variables}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_go_on_the_real_stage_as_they_are_written() -> Result<()> {
    let script = script(&pack())?;
    let long = tests::long();
    let mut todo = Vec::new();
    let only = tests::only_scenario();
    for (number, file) in script.scenarios().into_iter().enumerate() {
        if let Some(only) = &only {
            if file.contains(only) {
                todo.extend(Place::both()?.map(|place| (file.clone(), place)));
            }
            continue;
        }
        let sampled = SAMPLE.contains(&file.as_str());
        if long || (sampled && number % 2 == 0) {
            todo.push((file.clone(), Place::sqlite()?));
        }
        if long || (sampled && number % 2 == 1) {
            todo.push((file, Place::postgres()?));
        }
    }
    ensure!(only.is_some() || todo.len() >= SAMPLE.len(), "a scenario of the sample is gone");
    play_all(&pack(), &script, todo).await
}

#[tokio::test(flavor = "multi_thread")]
async fn repairs_go_on_the_real_stage_as_they_are_written() -> Result<()> {
    let script = script(&repairs())?;
    let mut todo = Vec::new();
    for (number, file) in script.scenarios().into_iter().enumerate() {
        if tests::long() || number % 2 == 0 {
            todo.push((file.clone(), Place::sqlite()?));
        }
        if tests::long() || number % 2 == 1 {
            todo.push((file, Place::postgres()?));
        }
    }
    play_all(&repairs(), &script, todo).await
}

/// Plays scenarios, a few at once, each on a server of its own; tells of all that fail.
async fn play_all(pack: &Path, script: &Script, todo: Vec<(String, Place)>) -> Result<()> {
    let played = stream::iter(todo).map(async |(file, place)| {
        let played = alone(pack, script, &place, &file).await.with_context(|| place.url());
        match &played {
            Ok(()) => eprintln!("{file}: as written"),
            Err(error) => eprintln!("{file}: {error:#}"),
        }
        played
    });
    let played: Vec<Result<()>> = played.buffer_unordered(AT_ONCE).collect().await;
    let failures: Vec<String> =
        played.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    ensure!(failures.is_empty(), "{} failed:\n\n{}", failures.len(), failures.join("\n\n"));
    Ok(())
}
